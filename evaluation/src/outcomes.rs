//! The outcome of an author in a field: the last fifth by time from the first four.
//!
//! Two protocols. *Frozen*: everything learnt up to the cut, nothing after it, as in the reference study. *Prequential*:
//! each outcome is forecast from strictly earlier ones, as a network that hears of outcomes does; shrinkage and fading
//! are chosen before the cut in both. A chance is the share of the most common outcome among earlier rows of like
//! forecast: frozen, the eight hundredths before the cut; prequential, always the last eight hundredths.

use crate::bootstrap::Bootstrap;
use crate::load::Rating;
use crate::metrics::{calibration_error, mae, order, rmse, skill};
use crate::report::{Figures, Report};
use crate::things::Said;
use trust::forecast::{Fading, Outcome, Records};

/// Into how many parts the test rows are cut for the prequential protocol: learnt anew before each.
const PARTS: usize = 100;

/// The rows with an outcome, in time order.
struct Stream {
    rows: Vec<Rating>,
    value: Vec<f64>,
    /// Whether it is the most common outcome (for outcomes without a common one: above the median).
    good: Vec<f64>,
    /// Where validation and test begin.
    check: usize,
    test: usize,
}

impl Stream {
    fn of(rows: &[Rating]) -> (Self, usize) {
        let value = |r: &Rating| r.outcome.unwrap_or(f64::NAN);
        let mut rows: Vec<Rating> = rows.iter().filter(|r| value(r).is_finite() && r.time.is_some()).copied().collect();
        // A few values beyond a scale of 1 to 5 are codes, not outcomes.
        let on_scale = |r: &Rating| (1.0..=5.0).contains(&value(r));
        let off = rows.iter().filter(|r| !on_scale(r)).count();
        let codes = if off * 100 <= rows.len() { off } else { 0 };
        if codes > 0 {
            rows.retain(on_scale);
        }
        rows.sort_by(|a, b| a.time.unwrap_or(0.0).total_cmp(&b.time.unwrap_or(0.0)));
        let (check, test) = (rows.len() * 72 / 100, rows.len() * 8 / 10);
        let value: Vec<f64> = rows.iter().map(value).collect();
        let mut known = value[..test].to_vec();
        known.sort_by(f64::total_cmp);
        let common = known.chunk_by(|a, b| a == b).max_by_key(|run| run.len());
        let good = match common {
            Some(run) if run.len() * 20 >= known.len() => value.iter().map(|v| f64::from(*v == run[0])).collect(),
            _ => value.iter().map(|v| f64::from(*v > known[known.len() / 2])).collect(),
        };
        (Stream { rows, value, good, check, test }, codes)
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    /// What was known before row `to`. Ages are in tenths of the whole; `lead` is added to each.
    fn records(&self, to: usize, lead: usize, how: &Fading) -> Records {
        let known: Vec<Outcome> = (0..to)
            .map(|k| Outcome {
                author: self.rows[k].user,
                field: self.rows[k].category,
                value: self.value[k],
                age: (to + lead - k) as f64 / self.len() as f64 * 10.0,
            })
            .collect();
        Records::learn(&known, how)
    }

    /// Forecasts of a range from what was known before `to`, aged as of the end of the whole.
    fn frozen(&self, to: usize, range: std::ops::Range<usize>, how: &Fading) -> Said {
        let records = self.records(to, self.len() - to, how);
        self.rows[range].iter().map(|r| records.forecast(r.user, r.category)).collect()
    }

    /// The shrinkage and fading with the least error on the validation rows.
    fn chosen(&self) -> Fading {
        let truth = &self.value[self.check..self.test];
        let ones = vec![1.0; truth.len()];
        let start = Fading { author: 1.0, author_field: 4.0, field: 5.0, rate: 0.0, common_rate: 0.0 };
        let mut best = (f64::INFINITY, start);
        for author in [0.5, 1.0, 2.0] {
            for author_field in [2.0, 4.0, 8.0, f64::INFINITY] {
                for rate in [0.0, 0.3, 0.6, 1.0, 2.0] {
                    for common_rate in [0.0, 0.3, 1.0, 2.0, 4.0] {
                        let how = Fading { author, author_field, rate, common_rate, ..start };
                        let found = rmse(truth, &self.frozen(self.check, self.check..self.test, &how), &ones);
                        if found < best.0 {
                            best = (found, how);
                        }
                    }
                }
            }
        }
        best.1
    }

    /// Forecasts of the validation and test rows, each from strictly earlier moments, with chances and base rates for
    /// the test rows.
    fn prequential(&self, how: &Fading) -> (Said, Said, Said) {
        let window = self.test - self.check;
        let lead = self.len() - self.test;
        let mut said = Said::new();
        let (mut chance, mut base) = (Said::new(), Said::new());
        let size = lead.div_ceil(PARTS).max(1);
        let mut from = self.check;
        while from < self.len() {
            let mut to = (from + size).min(if from < self.test { self.test } else { self.len() });
            // Rows of one moment are forecast together.
            while to < self.len() && self.rows[to].time == self.rows[to - 1].time {
                to += 1;
            }
            let records = self.records(from, lead, how);
            let fresh: Said = self.rows[from..to].iter().map(|r| records.forecast(r.user, r.category)).collect();
            for n in from.max(self.test)..to {
                if n == from.max(self.test) {
                    let recent = said.len().saturating_sub(window);
                    let was = &self.good[self.check + recent..from];
                    chance.extend(steps(&said[recent..], was, &fresh[n - from..]));
                    base.extend(vec![was.iter().sum::<f64>() / was.len().max(1) as f64; to - n]);
                }
            }
            said.extend(fresh);
            from = to;
        }
        said.drain(..window);
        (said, chance, base)
    }

    fn figures(&self, said: &[f64]) -> Figures {
        let (truth, bootstrap) = (&self.value[self.test..], self.bootstrap());
        let of = |w: &[f64]| [rmse(truth, said, w), mae(truth, said, w)];
        let ([r, m], [x, y]) = (of(&vec![1.0; truth.len()]), bootstrap.errors(of));
        Figures::default().with("rmse", r).with("rmse_se", x).with("mae", m).with("mae_se", y)
    }

    fn calibrated(&self, chance: &[f64], base: &[f64], figures: Figures) -> Figures {
        let (truth, sorted) = (&self.good[self.test..], order(chance));
        let of = |w: &[f64]| [skill(truth, chance, base, w), calibration_error(&sorted, chance, truth, w)];
        let ([brier, ece], [x, y]) = (of(&vec![1.0; truth.len()]), self.bootstrap().errors(of));
        figures.with("brier_skill", brier).with("brier_skill_se", x).with("ece", ece).with("ece_se", y)
    }

    fn bootstrap(&self) -> Bootstrap {
        Bootstrap::by(self.rows[self.test..].iter().map(|r| r.user))
    }
}

/// Adds both protocols, baselines and controls to a report.
pub fn add(rows: &[Rating], report: &mut Report) {
    let (stream, codes) = Stream::of(rows);
    if stream.len() < 100 {
        return;
    }
    eprintln!("{} outcomes", stream.len());
    let how = stream.chosen();
    let (check, test, n) = (stream.check, stream.test, stream.len());
    let said = stream.frozen(test, test..n, &how);
    let chance = steps(&stream.frozen(check, check..test, &how), &stream.good[check..test], &said);
    let before = &stream.good[check..test];
    let base = vec![before.iter().sum::<f64>() / before.len().max(1) as f64; n - test];
    report.parts.push(("outcome", stream.calibrated(&chance, &base, stream.figures(&said))));
    let (said, chance, base) = stream.prequential(&how);
    report.parts.push(("outcome_prequential", stream.calibrated(&chance, &base, stream.figures(&said))));
    let never = f64::INFINITY;
    let plain = Fading { author: 1e12, author_field: never, field: 1e12, rate: 0.0, common_rate: 0.0 };
    for (name, how) in [
        ("outcome: global mean", plain),
        ("outcome: author mean, unshrunk", Fading { author: 1e-9, ..plain }),
        ("outcome control: without the field", Fading { author_field: never, field: 1e12, ..how }),
        ("outcome control: without fading", Fading { rate: 0.0, common_rate: 0.0, ..how }),
    ] {
        report.baselines.push((name.into(), stream.figures(&stream.frozen(test, test..n, &how))));
    }
    report.notes.push(format!(
        "Outcome: {} scored, {codes} codes beyond the scale of 1 to 5 left out, chosen on validation: {how:?}; a chance is the \
         share of the most common outcome among earlier rows of like forecast.",
        n - test
    ));
}

/// Chance by 15 steps of equal mass: how often `was` among earlier forecasts near this one.
fn steps(early: &[f64], was: &[f64], said: &[f64]) -> Said {
    let order = order(early);
    let size = order.len().div_ceil(15).max(1);
    let bins: Vec<(f64, f64)> = order
        .chunks(size)
        .map(|bin| {
            let rate = bin.iter().map(|n| was[*n as usize]).sum::<f64>() / bin.len() as f64;
            (bin.last().map_or(0.0, |n| early[*n as usize]), rate)
        })
        .collect();
    said.iter()
        .map(|value| {
            bins.get(bins.partition_point(|bin| bin.0 < *value).min(bins.len().max(1) - 1)).map_or(0.5, |bin| bin.1)
        })
        .collect()
}
