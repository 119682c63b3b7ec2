//! `--protocol random` and `pair`: five parts, each forecast from the other four.
//!
//! `random` cuts edges at random: it leaks the future and the reply, and is for comparison with published tables only.
//! `pair` keeps both directions between two members in one part, so that a reply is never known. The facts of a
//! training edge are gathered without it: the training part is cut again into eight (in the same way), and each of them
//! described from the other seven.

use crate::bootstrap::Bootstrap;
use crate::metrics::{auc, best_threshold, macro_f1, mae, order, rmse};
use crate::network::{Dice, Link, Network};
use crate::prequential::share;
use crate::report::{Figures, Report};
use std::collections::BTreeMap;
use trust::forecast::{Edge, Learning, STILL_FACTS, Still, Weighed};

type Row = [f64; STILL_FACTS.len()];
const PARTS: usize = 5;
const INNER: usize = 8;
const SEED: u64 = 20_261_123;
/// The facts that need a third person.
const NETWORK: [usize; 15] = [6, 7, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 34, 35, 36];
const REPLY: [usize; 1] = [5];

/// Which part each edge falls in.
fn parts(links: &[Edge], count: usize, seed: u64, pairs: bool) -> Vec<usize> {
    let mut dice = Dice(seed);
    if pairs {
        let mut of: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        let key = |e: &Edge| (e.rater.min(e.ratee), e.rater.max(e.ratee));
        return links.iter().map(|e| *of.entry(key(e)).or_insert_with(|| dice.below(count))).collect();
    }
    let mut places: Vec<usize> = (0..links.len()).collect();
    dice.shuffle(&mut places);
    let mut parts = vec![0; links.len()];
    places.iter().enumerate().for_each(|(n, place)| parts[*place] = n % count);
    parts
}

fn pick<T: Copy>(all: &[T], kept: impl Fn(usize) -> bool) -> Vec<T> {
    all.iter().enumerate().filter(|(n, _)| kept(*n)).map(|(_, item)| *item).collect()
}

/// Facts of each edge, gathered from the edges of other parts.
fn describe(edges: &[Edge], of: &[usize], count: usize, members: usize) -> Vec<Row> {
    let mut rows = vec![[f64::NAN; STILL_FACTS.len()]; edges.len()];
    for part in 0..count {
        let still = Still::of(&pick(edges, |n| of[n] != part), members);
        for n in (0..edges.len()).filter(|n| of[*n] == part) {
            rows[n] = still.facts(edges[n].rater, edges[n].ratee);
        }
    }
    rows
}

/// What each method said of every edge: value and score.
struct Said {
    name: String,
    value: Vec<f64>,
    score: Vec<f64>,
    f1: f64,
}

impl Said {
    fn new(name: &str, n: usize) -> Self {
        Self { name: name.into(), value: vec![f64::NAN; n], score: vec![f64::NAN; n], f1: 0.0 }
    }
}

/// Learns on `rows` and forecasts `asked`, with the threshold for macro-F1 from a held-out eighth of `rows`.
fn stacked(
    rows: &[Row],
    values: &[f64],
    inner: &[usize],
    asked: &[Row],
    off: &[usize],
    signed: bool,
    how: &Learning,
) -> (Vec<(f64, f64)>, f64) {
    let blind = |rows: &[Row]| -> Vec<Row> {
        let mut rows = rows.to_vec();
        rows.iter_mut().for_each(|row| off.iter().for_each(|fact| row[*fact] = f64::NAN));
        rows
    };
    let (rows, asked) = (blind(rows), blind(asked));
    let model = Weighed::learn(&rows, values, how);
    let mut threshold = 0.5;
    if signed {
        let early = Weighed::learn(&pick(&rows, |n| inner[n] != 0), &pick(values, |n| inner[n] != 0), how);
        let scores: Vec<f64> = pick(&rows, |n| inner[n] == 0).iter().map(|row| early.forecast(row).1).collect();
        let good: Vec<bool> = pick(values, |n| inner[n] == 0).iter().map(|value| *value > 0.0).collect();
        threshold = best_threshold(&scores, &good);
    }
    (asked.iter().map(|row| model.forecast(row)).collect(), threshold)
}

/// The protocol on any network.
pub fn measure(network: &Network, pairs: bool, how: &Learning) -> anyhow::Result<Report> {
    anyhow::ensure!(network.links.len() >= 100, "five parts need at least 100 edges, {} found", network.links.len());
    let edges: Vec<Edge> =
        network.links.iter().map(|l: &Link| Edge { rater: l.source, ratee: l.target, value: l.weight }).collect();
    let of = parts(&edges, PARTS, SEED, pairs);
    let signed = edges.iter().filter(|e| e.value <= 0.0).count() >= 50;
    let good: Vec<bool> = edges.iter().map(|e| e.value > 0.0).collect();
    let n = edges.len();
    let off: Vec<(&str, &[usize])> = if pairs {
        vec![("**Goodword**", &[]), ("control: without the network", &NETWORK)]
    } else {
        vec![("**Goodword**", &[]), ("control: without the reply", &REPLY), ("control: without the network", &NETWORK)]
    };
    let mut all: Vec<Said> = off.iter().map(|(name, _)| Said::new(name, n)).collect();
    let names = ["rater mean", "ratee mean", "offsets (ridge)", "reply, else offsets", "2-hop trusted opinion"];
    all.extend(names.iter().map(|name| Said::new(name, n)));
    for part in 0..PARTS {
        eprintln!("part {} of {PARTS}", part + 1);
        let known = pick(&edges, |n| of[n] != part);
        let asked: Vec<usize> = (0..n).filter(|n| of[*n] == part).collect();
        let inner = parts(&known, INNER, SEED + 1 + part as u64, pairs);
        let rows = describe(&known, &inner, INNER, network.members);
        let values: Vec<f64> = known.iter().map(|e| e.value).collect();
        let still = Still::of(&known, network.members);
        let facts: Vec<Row> = asked.iter().map(|n| still.facts(edges[*n].rater, edges[*n].ratee)).collect();
        let truth = pick(&good, |n| of[n] == part);
        let ones = vec![1.0; truth.len()];
        for (m, (_, off)) in off.iter().enumerate() {
            let (found, threshold) = stacked(&rows, &values, &inner, &facts, off, signed, how);
            asked
                .iter()
                .zip(&found)
                .for_each(|(n, (value, score))| (all[m].value[*n], all[m].score[*n]) = (*value, *score));
            let scores: Vec<f64> = found.iter().map(|f| f.1).collect();
            all[m].f1 += macro_f1(&scores, &truth, threshold, &ones) / PARTS as f64;
        }
        let plain = |row: &Row| [row[3], row[4], row[0], if row[5].is_nan() { row[0] } else { row[5] }, row[6]];
        for m in 0..names.len() {
            let said = &mut all[off.len() + m];
            asked
                .iter()
                .zip(&facts)
                .for_each(|(n, row)| (said.value[*n], said.score[*n]) = (plain(row)[m], plain(row)[m]));
            let check: Vec<f64> = pick(&rows, |n| inner[n] == 0).iter().map(|row| plain(row)[m]).collect();
            let threshold =
                best_threshold(&check, &pick(&values, |n| inner[n] == 0).iter().map(|v| *v > 0.0).collect::<Vec<_>>());
            let scores: Vec<f64> = facts.iter().map(|row| plain(row)[m]).collect();
            said.f1 += macro_f1(&scores, &truth, threshold, &ones) / PARTS as f64;
        }
    }
    Ok(judged(&edges, &of, &good, signed, &all, pairs))
}

fn judged(edges: &[Edge], of: &[usize], good: &[bool], signed: bool, all: &[Said], pairs: bool) -> Report {
    let truth: Vec<f64> = edges.iter().map(|e| e.value).collect();
    let bootstrap = Bootstrap::by(edges.iter().map(|e| e.rater));
    let area = |said: &Said| {
        let sorted = order(&said.score);
        let split: Vec<Vec<u32>> =
            (0..PARTS).map(|part| sorted.iter().copied().filter(|n| of[*n as usize] == part).collect()).collect();
        let score = said.score.clone();
        move |weights: &[f64]| split.iter().map(|rows| auc(rows, &score, good, weights)).sum::<f64>() / PARTS as f64
    };
    let figures = |said: &Said| {
        let value: Vec<f64> = said.value.iter().map(|value| value.clamp(-1.0, 1.0)).collect();
        let area = area(said);
        let of = |w: &[f64]| [if signed { area(w) } else { f64::NAN }, rmse(&truth, &value, w), mae(&truth, &value, w)];
        let [a, r, m] = of(&vec![1.0; truth.len()]);
        let [a_se, r_se, m_se] = bootstrap.errors(of);
        let found = Figures::default().with("rmse", r).with("rmse_se", r_se).with("mae", m).with("mae_se", m_se);
        if signed { found.with("auc", a).with("auc_se", a_se).with("macro_f1", said.f1) } else { found }
    };
    let protocol = if pairs { "pair" } else { "random" };
    let mut report =
        Report { protocol, n: edges.len(), differ: ["auc", "rmse"], goodword: figures(&all[0]), ..Report::default() };
    let ours = area(&all[0]);
    for said in &all[1..] {
        report.baselines.push((said.name.clone(), figures(said)));
        let theirs = area(said);
        let other: Vec<f64> = said.value.iter().map(|value| value.clamp(-1.0, 1.0)).collect();
        let difference = bootstrap.intervals(|w| {
            let areas = if signed { ours(w) - theirs(w) } else { f64::NAN };
            [areas, rmse(&truth, &all[0].value, w) - rmse(&truth, &other, w)]
        });
        report.differences.push((said.name.clone(), difference));
    }
    report.notes.push(format!("Negative: {:.1} % of the ratings.", 100.0 - share(good)));
    report
}
