//! The outcome of an author in a field: the last fifth by time from the first four.
//!
//! The rows are told to the engine as outcomes of professionals ([`trust::Engine::put_outcome`]); the forecast is the mean
//! of [`trust::Engine::quality`]; base rates are refitted by [`trust::fit`], as the product does every night.
//!
//! Two protocols. *Frozen*: everything learnt up to the cut, nothing after it, as in the reference study. *Prequential*:
//! each outcome is forecast from strictly earlier ones, as a network that hears of outcomes does; the constants
//! are chosen before the cut in both. A chance is the share of the most common outcome among earlier rows of like
//! forecast: frozen, the eight hundredths before the cut; prequential, always the last eight hundredths.

use crate::bootstrap::Bootstrap;
use crate::load::Rating;
use crate::metrics::{calibration_error, mae, order, rmse, skill};
use crate::parallel::each;
use crate::report::{Figures, Report};
use crate::things::Said;
use trust::{Basis, Day, Engine, Field, Fields, Outcome, Parameters, Seen, Standing, Tie, fit};

/// Into how many parts the test rows are cut for the prequential protocol: a night before each.
const PARTS: usize = 100;
/// Times that span fewer days than this are no dates: they are stretched over [`SPAN`].
const DATES: f64 = 60.0;
const SPAN: f64 = 3650.0;

/// The rows with an outcome, in time order.
struct Stream {
    rows: Vec<Rating>,
    value: Vec<f64>,
    day: Vec<Day>,
    /// The least and the greatest outcome before the test rows.
    scale: (f64, f64),
    fields: u16,
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
        let scale = (known[0], known[known.len() - 1]);
        let time: Vec<f64> = rows.iter().map(|r| r.time.unwrap_or(0.0) / 86_400.0).collect();
        let span = time[time.len() - 1] - time[0];
        let stretch = if span < DATES { SPAN / span.max(1e-9) } else { 1.0 };
        let day = time.iter().map(|t| (15_000.0 + (t - time[0]) * stretch) as Day).collect();
        let fields = rows.iter().map(|r| r.category + 1).max().unwrap_or(1).min(60_000) as u16;
        (Stream { rows, value, day, scale, fields, good, check, test }, codes)
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    /// The engine before it has heard of any row.
    fn engine(&self, constants: &Parameters) -> Engine {
        Engine::new(Fields::new(self.fields, []), constants.clone())
    }

    /// A field of the engine; categories beyond its number share one.
    fn field(&self, n: usize) -> Field {
        Field(self.rows[n].category.min(u32::from(self.fields) - 1) as u16)
    }

    /// An outcome between 0 and 1, as the engine wants it.
    fn unit(&self, n: usize) -> f32 {
        let (low, high) = self.scale;
        ((self.value[n] - low) / (high - low).max(1e-9)).clamp(0.0, 1.0) as f32
    }

    fn tell(&self, engine: &mut Engine, range: std::ops::Range<usize>) {
        for n in range {
            engine.put_outcome(Outcome {
                id: n as u128 + 1,
                referrer: None,
                professional: u128::from(self.rows[n].user) + 1,
                field: self.field(n),
                confidence: f32::NAN,
                forecast: f32::NAN,
                y: self.unit(n),
                at: self.day[n],
                reporter: 1.0,
                tie: Tie::None,
                verified: true,
            });
        }
    }

    /// The constants after the night before row `to`: base rates refitted from all earlier rows.
    fn night(&self, to: usize, constants: &Parameters) -> Parameters {
        let seen: Vec<Seen> = (0..to)
            .map(|n| Seen {
                referrer: None,
                field: self.field(n),
                basis: Basis::NotStated,
                standing: Standing::Lay,
                tie: Tie::None,
                confidence: 0.75,
                forecast: f32::NAN,
                age: 0,
                reply: false,
                y: self.unit(n),
                at: self.day[n],
            })
            .collect();
        let today = to.checked_sub(1).map_or(0, |last| self.day[last]);
        fit(&seen, constants, today).unwrap_or_else(|| constants.clone())
    }

    /// What the engine expects of these rows.
    fn asked(&self, engine: &Engine, range: std::ops::Range<usize>) -> Said {
        let (low, high) = self.scale;
        range
            .map(|n| {
                let quality = engine.quality(u128::from(self.rows[n].user) + 1, self.field(n), self.day[n]);
                low + quality.mean * (high - low)
            })
            .collect()
    }

    /// Forecasts of a range from what was known before `to`; `rates`: with base rates by field.
    fn frozen(&self, to: usize, range: std::ops::Range<usize>, constants: &Parameters, rates: bool) -> Said {
        let mut night = self.night(to, constants);
        if !rates {
            night.quality_fields.clear();
        }
        let mut engine = self.engine(&night);
        self.tell(&mut engine, 0..to);
        self.asked(&engine, range)
    }

    /// The constants with the least error on the validation rows, of n0 from 2 to 8 as the model states.
    fn chosen(&self) -> Parameters {
        let truth = &self.value[self.check..self.test];
        let ones = vec![1.0; truth.len()];
        let mut all = Vec::new();
        for outcome_half_life in [180.0, 365.0, 730.0] {
            for quality_member in [2.0, 4.0, 8.0] {
                for quality_field in [2.0, 4.0, 8.0] {
                    all.push(Parameters { outcome_half_life, quality_member, quality_field, ..Parameters::default() });
                }
            }
        }
        let error = |how: &Parameters| rmse(truth, &self.frozen(self.check, self.check..self.test, how, true), &ones);
        let mut best = (f64::INFINITY, Parameters::default());
        for (how, found) in all.iter().zip(each(all.iter().collect(), error)) {
            let (life, member, field) = (how.outcome_half_life, how.quality_member, how.quality_field);
            eprintln!("half-life {life}, member {member}, field {field}: {found:.4}");
            if found < best.0 {
                best = (found, how.clone());
            }
        }
        best.1
    }

    /// Forecasts of the validation and test rows, each from strictly earlier moments, with chances and base rates for
    /// the test rows.
    fn prequential(&self, constants: &Parameters) -> (Said, Said, Said) {
        let window = self.test - self.check;
        let mut said = Said::new();
        let (mut chance, mut base) = (Said::new(), Said::new());
        let size = (self.len() - self.test).div_ceil(PARTS).max(1);
        let mut engine = self.engine(constants);
        let (mut from, mut told) = (self.check, 0);
        while from < self.len() {
            let mut to = (from + size).min(if from < self.test { self.test } else { self.len() });
            // Rows of one moment are forecast together.
            while to < self.len() && self.rows[to].time == self.rows[to - 1].time {
                to += 1;
            }
            self.tell(&mut engine, told..from);
            told = from;
            engine.set_parameters(self.night(from, constants));
            let fresh = self.asked(&engine, from..to);
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
    let said = stream.frozen(test, test..n, &how, true);
    let chance = steps(&stream.frozen(check, check..test, &how, true), &stream.good[check..test], &said);
    let before = &stream.good[check..test];
    let base = vec![before.iter().sum::<f64>() / before.len().max(1) as f64; n - test];
    report.parts.push(("outcome", stream.calibrated(&chance, &base, stream.figures(&said))));
    let (said, chance, base) = stream.prequential(&how);
    report.parts.push(("outcome_prequential", stream.calibrated(&chance, &base, stream.figures(&said))));
    let never = 1e12;
    let mean =
        Parameters { quality_member: never, quality_field: never, outcome_half_life: never, ..Parameters::default() };
    let others = vec![
        ("outcome: global mean", mean.clone(), false),
        ("outcome: author mean, unshrunk", Parameters { quality_member: 1e-3, ..mean }, false),
        ("outcome, the product's constants as shipped", Parameters::default(), true),
        ("outcome control: without the field", Parameters { quality_field: never, ..how.clone() }, false),
        ("outcome control: without fading", Parameters { outcome_half_life: never, ..how.clone() }, true),
    ];
    report.baselines.extend(each(others, |(name, how, rates)| {
        (name.to_owned(), stream.figures(&stream.frozen(test, test..n, &how, rates)))
    }));
    report.notes.push(format!(
        "Outcome: {} scored, {codes} codes beyond the scale of 1 to 5 left out; chosen on validation: half-life {} days, n0 {} for a \
         professional and {} for one in a field; a chance is the share of the most common outcome among earlier rows of like forecast.",
        n - test, how.outcome_half_life, how.quality_member, how.quality_field
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
