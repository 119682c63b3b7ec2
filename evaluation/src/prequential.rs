//! `--protocol prequential`: go through the ratings in time order, forecast each from everything strictly earlier, then
//! learn it. Ratings of the same moment are forecast together before any is learnt. The last half is scored.

use crate::bootstrap::Bootstrap;
use crate::metrics::{auc, best_threshold, calibration_error, macro_f1, order, rmse, skill};
use crate::network::{Link, Network};
use crate::parallel::each;
use crate::report::{Figures, Report};
use trust::forecast::{LEFT_OUT, Learning, Live, Rated};

/// The facts that need the network: what others said whom the rater trusts, distrusts or judges like.
pub const NETWORK: [usize; 12] = [5, 6, 28, 29, 30, 31, 32, 33, 42, 43, 45, 46];
/// The facts about the rater alone.
const RATER: [usize; 15] = [0, 2, 3, 7, 12, 14, 18, 19, 20, 21, 34, 36, 37, 40, 5];

/// The facts about when things happened and what happened last.
const MOMENTS: [usize; 17] = [13, 14, 15, 18, 19, 20, 21, 22, 23, 24, 25, 26, 34, 35, 38, 41, 44];

/// Everything said about the scored rows.
pub struct Stream {
    rows: Vec<Link>,
    mean: Vec<f64>,
    naive: Vec<[f64; 5]>,
    replied: Vec<bool>,
    fresh: Vec<bool>,
    value: Vec<f64>,
    chance: Vec<f64>,
    spread: Vec<f64>,
}

#[cfg(test)]
impl Stream {
    pub fn said(&self) -> &[f64] {
        &self.value
    }
}

/// The rows of the stream in time order with the forecasts made before each.
pub fn run(links: &[Link], mut live: Live) -> Stream {
    let mut stream = Stream {
        rows: links.to_vec(),
        mean: Vec::new(),
        naive: Vec::new(),
        replied: Vec::new(),
        fresh: Vec::new(),
        value: Vec::new(),
        chance: Vec::new(),
        spread: Vec::new(),
    };
    let (mut good, mut seen) = (0.0, 0.0);
    for moment in links.chunk_by(|a, b| a.time == b.time) {
        let rated: Vec<Rated> = moment.iter().map(rated).collect();
        let base = (good + 9.0) / (seen + 10.0);
        for rated in &rated {
            let facts = live.facts(rated.rater, rated.ratee, rated.time);
            let forecast = live.forecast_from(&facts);
            let reply = if facts[4].is_nan() { facts[3] } else { facts[4] };
            stream.mean.push(base);
            stream.naive.push([facts[0], facts[1], facts[3], reply, facts[5]]);
            stream.replied.push(!facts[4].is_nan());
            stream.fresh.push(facts[8] == 0.0);
            stream.value.push(forecast.value);
            stream.chance.push(forecast.chance);
            stream.spread.push(forecast.uncertainty);
        }
        live.learn(&rated);
        good += moment.iter().filter(|link| link.weight > 0.0).count() as f64;
        seen += moment.len() as f64;
    }
    stream
}

fn rated(link: &Link) -> Rated {
    Rated {
        rater: u128::from(link.source),
        ratee: u128::from(link.target),
        value: link.weight,
        time: link.time.unwrap_or(0.0),
    }
}

/// Scores the rows from `from` on for which `kept`.
pub fn figures(stream: &Stream, value: &[f64], chance: &[f64], from: usize, kept: impl Fn(usize) -> bool) -> Figures {
    let rows: Vec<usize> = (from..stream.rows.len()).filter(|n| kept(*n)).collect();
    let truth: Vec<f64> = rows.iter().map(|n| stream.rows[*n].weight).collect();
    let good: Vec<bool> = truth.iter().map(|value| *value > 0.0).collect();
    let value: Vec<f64> = rows.iter().map(|n| value[*n].clamp(-1.0, 1.0)).collect();
    let chance: Vec<f64> = rows.iter().map(|n| chance[*n]).collect();
    let sorted = order(&chance);
    let ones = vec![1.0; rows.len()];
    let of = |weights: &[f64]| [auc(&sorted, &chance, &good, weights), rmse(&truth, &value, weights)];
    let [area, error] = of(&ones);
    let [area_se, error_se] = Bootstrap::by(rows.iter().map(|n| stream.rows[*n].source)).errors(of);
    Figures::default().with("auc", area).with("auc_se", area_se).with("rmse", error).with("rmse_se", error_se)
}

/// Paired 95 % intervals of the difference in AUC and RMSE on the rows from `from` on.
fn difference(stream: &Stream, from: usize, value: &[f64], chance: &[f64]) -> [(f64, f64); 2] {
    let rows: Vec<usize> = (from..stream.rows.len()).collect();
    let truth: Vec<f64> = rows.iter().map(|n| stream.rows[*n].weight).collect();
    let good: Vec<bool> = truth.iter().map(|value| *value > 0.0).collect();
    let (ours, theirs) = (&stream.chance[from..], &chance[from..]);
    let (a, b) = (order(ours), order(theirs));
    let other: Vec<f64> = value[from..].iter().map(|value| value.clamp(-1.0, 1.0)).collect();
    Bootstrap::by(rows.iter().map(|n| stream.rows[*n].source)).intervals(|weights| {
        [
            auc(&a, ours, &good, weights) - auc(&b, theirs, &good, weights),
            rmse(&truth, &stream.value[from..], weights) - rmse(&truth, &other, weights),
        ]
    })
}

/// The protocol on a network with times.
pub fn measure(network: &Network, learning: Learning, controls: bool) -> anyhow::Result<Report> {
    anyhow::ensure!(network.timed(), "the prequential protocol needs a time for every edge");
    let links = network.in_time();
    let half = links.len() / 2;
    let mut lives = vec![("", Live::new(learning))];
    if controls {
        lives.extend([
            ("as the product asks: without the reply", Live::without(learning, &LEFT_OUT)),
            ("control: without the network", Live::without(learning, &NETWORK)),
            ("control: without the rater's own history", Live::without(learning, &RATER)),
            ("control: without moments and sprees", Live::without(learning, &MOMENTS)),
            ("control: without pairs of facts", Live::new(Learning { pairs: false, ..learning })),
        ]);
    }
    let names: Vec<&str> = lives.iter().map(|live| live.0).collect();
    let mut streams = each(lives, |(name, live)| {
        let stream = run(&links, live);
        eprintln!("{}", if name.is_empty() { "all facts" } else { name });
        stream
    });
    let stream = streams.remove(0);
    let mut report =
        Report { protocol: "prequential", n: links.len() - half, differ: ["auc", "rmse"], ..Report::default() };
    let scored = |value: &[f64], chance: &[f64]| {
        let fair = figures(&stream, value, chance, half, |row| !stream.replied[row]);
        let found = figures(&stream, value, chance, half, |_| true).with("auc_no_reciprocal", fair.get("auc"));
        found.with("auc_no_reciprocal_se", fair.get("auc_se"))
    };
    report.goodword = calibrated(&stream, half, scored(&stream.value, &stream.chance));
    for (name, part) in [("no_reciprocal", &stream.replied), ("ratee_new", &stream.fresh)] {
        let kept = |n: usize| part[n] == (name == "ratee_new");
        report.parts.push((name, figures(&stream, &stream.value, &stream.chance, half, kept)));
    }
    let naive =
        ["rater mean", "ratee mean", "rater offset + ratee mean", "reply, else offset + mean", "2-hop trusted opinion"];
    let mut others: Vec<(&str, Vec<f64>, Vec<f64>)> = Vec::new();
    for (n, name) in naive.into_iter().enumerate() {
        let scores: Vec<f64> = stream.naive.iter().map(|row| row[n]).collect();
        others.push((name, scores.clone(), scores));
    }
    others.extend(names.into_iter().skip(1).zip(streams).map(|(name, other)| (name, other.value, other.chance)));
    let found = each(others, |(name, value, chance)| {
        (name.to_owned(), scored(&value, &chance), difference(&stream, half, &value, &chance))
    });
    for (name, figures, difference) in found {
        report.baselines.push((name.clone(), figures));
        report.differences.push((name, difference));
    }
    let bad = links[half..].iter().filter(|link| link.weight <= 0.0).count() as f64 / (links.len() - half) as f64;
    report.notes.push(format!(
        "Negative: {:.1} % of the scored ratings. Ratee never rated before: {:.1} %. Reply known: {:.1} %.",
        bad * 100.0,
        share(&stream.fresh[half..]),
        share(&stream.replied[half..]),
    ));
    Ok(report)
}

/// Percentage of yes.
pub fn share(of: &[bool]) -> f64 {
    100.0 * of.iter().filter(|yes| **yes).count() as f64 / of.len().max(1) as f64
}

/// Adds how far the stated chances can be believed: Brier skill over the base rate known at the time, expected
/// calibration error, macro-F1 with the threshold of the first half, and how many ratings fall within 1.64 stated
/// deviations (90 % if they were normal).
fn calibrated(stream: &Stream, from: usize, figures: Figures) -> Figures {
    let good = |n: usize| f64::from(stream.rows[n].weight > 0.0);
    let truth: Vec<f64> = (from..stream.rows.len()).map(good).collect();
    let chance = &stream.chance[from..];
    let sorted = order(chance);
    let flags = |range: std::ops::Range<usize>| range.map(|n| stream.rows[n].weight > 0.0).collect::<Vec<_>>();
    let threshold = best_threshold(&stream.chance[from / 2..from], &flags(from / 2..from));
    let called = flags(from..stream.rows.len());
    let of = |w: &[f64]| {
        [
            skill(&truth, chance, &stream.mean[from..], w),
            calibration_error(&sorted, chance, &truth, w),
            macro_f1(chance, &called, threshold, w),
        ]
    };
    let [brier, error, f1] = of(&vec![1.0; truth.len()]);
    let [brier_se, error_se, f1_se] = Bootstrap::by(stream.rows[from..].iter().map(|row| row.source)).errors(of);
    let within = (from..stream.rows.len())
        .filter(|n| (stream.rows[*n].weight - stream.value[*n]).abs() <= 1.64 * stream.spread[*n])
        .count() as f64;
    figures
        .with("macro_f1", f1)
        .with("macro_f1_se", f1_se)
        .with("brier_skill", brier)
        .with("brier_skill_se", brier_se)
        .with("ece", error)
        .with("ece_se", error_se)
        .with("within_1.64_sd", within / truth.len().max(1) as f64)
}
