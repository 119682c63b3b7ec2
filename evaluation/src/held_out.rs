//! `--protocol random` and `pair`: five parts, each forecast from the other four.
//!
//! `random` cuts edges at random: it leaks the future and the reply, and is for comparison with published tables only.
//! `pair` keeps both directions between two members in one part, so that a reply is never known. The facts of a
//! training edge are gathered without it: the training part is cut again into eight (in the same way), and each of them
//! described from the other seven.

use crate::bootstrap::Bootstrap;
use crate::metrics::{auc, best_threshold, macro_f1, mae, order, rmse};
use crate::network::{Dice, Link, Network};
use crate::parallel::each;
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

/// What each method said of every edge: value and score, with the threshold for macro-F1 of each part.
struct Said {
    name: String,
    value: Vec<f64>,
    score: Vec<f64>,
    threshold: [f64; PARTS],
}

impl Said {
    fn new(name: &str, n: usize) -> Self {
        Self { name: name.into(), value: vec![f64::NAN; n], score: vec![f64::NAN; n], threshold: [0.0; PARTS] }
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
    // Of each part: the edges asked for, and of each method what it said of them and the threshold.
    let found = each((0..PARTS).collect(), |part| {
        let known = pick(&edges, |n| of[n] != part);
        let asked: Vec<usize> = (0..n).filter(|n| of[*n] == part).collect();
        let inner = parts(&known, INNER, SEED + 1 + part as u64, pairs);
        let rows = describe(&known, &inner, INNER, network.members);
        let values: Vec<f64> = known.iter().map(|e| e.value).collect();
        let still = Still::of(&known, network.members);
        let facts: Vec<Row> = asked.iter().map(|n| still.facts(edges[*n].rater, edges[*n].ratee)).collect();
        let mut methods: Vec<(Vec<(f64, f64)>, f64)> =
            off.iter().map(|(_, off)| stacked(&rows, &values, &inner, &facts, off, signed, how)).collect();
        let plain = |row: &Row| [row[3], row[4], row[0], if row[5].is_nan() { row[0] } else { row[5] }, row[6]];
        let good: Vec<bool> = pick(&values, |n| inner[n] == 0).iter().map(|value| *value > 0.0).collect();
        methods.extend((0..names.len()).map(|m| {
            let check: Vec<f64> = pick(&rows, |n| inner[n] == 0).iter().map(|row| plain(row)[m]).collect();
            let said = facts.iter().map(|row| (plain(row)[m], plain(row)[m])).collect();
            (said, best_threshold(&check, &good))
        }));
        eprintln!("part {} of {PARTS}", part + 1);
        (asked, methods)
    });
    for (part, (asked, methods)) in found.into_iter().enumerate() {
        for (said, (found, threshold)) in all.iter_mut().zip(methods) {
            said.threshold[part] = threshold;
            asked.iter().zip(found).for_each(|(n, (value, score))| (said.value[*n], said.score[*n]) = (value, score));
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
    let rows: Vec<Vec<usize>> = (0..PARTS).map(|part| (0..edges.len()).filter(|n| of[*n] == part).collect()).collect();
    let called = |said: &Said, weights: &[f64]| {
        let of_part = |(rows, threshold): (&Vec<usize>, &f64)| {
            let score: Vec<f64> = rows.iter().map(|n| said.score[*n]).collect();
            let (good, weights): (Vec<bool>, Vec<f64>) = rows.iter().map(|n| (good[*n], weights[*n])).unzip();
            macro_f1(&score, &good, *threshold, &weights)
        };
        rows.iter().zip(&said.threshold).map(of_part).sum::<f64>() / PARTS as f64
    };
    let figures = |said: &Said| {
        let value: Vec<f64> = said.value.iter().map(|value| value.clamp(-1.0, 1.0)).collect();
        let area = area(said);
        let of = |w: &[f64]| {
            let [area, f1] = if signed { [area(w), called(said, w)] } else { [f64::NAN; 2] };
            [rmse(&truth, &value, w), mae(&truth, &value, w), area, f1]
        };
        let ([r, m, a, f], [r_se, m_se, a_se, f_se]) = (of(&vec![1.0; truth.len()]), bootstrap.errors(of));
        let found = Figures::default().with("rmse", r).with("rmse_se", r_se).with("mae", m).with("mae_se", m_se);
        if !signed {
            return found;
        }
        found.with("auc", a).with("auc_se", a_se).with("macro_f1", f).with("macro_f1_se", f_se)
    };
    let protocol = if pairs { "pair" } else { "random" };
    let mut report = Report { protocol, n: edges.len(), differ: ["auc", "rmse"], ..Report::default() };
    let found = each(all.iter().collect(), |said| {
        let (ours, theirs) = (area(&all[0]), area(said));
        let other: Vec<f64> = said.value.iter().map(|value| value.clamp(-1.0, 1.0)).collect();
        let difference = bootstrap.intervals(|w| {
            let areas = if signed { ours(w) - theirs(w) } else { f64::NAN };
            [areas, rmse(&truth, &all[0].value, w) - rmse(&truth, &other, w)]
        });
        (figures(said), difference)
    });
    for (said, (figures, difference)) in all.iter().zip(found) {
        if report.goodword.0.is_empty() {
            report.goodword = figures;
        } else {
            report.baselines.push((said.name.clone(), figures));
            report.differences.push((said.name.clone(), difference));
        }
    }
    report.notes.push(format!("Negative: {:.1} % of the ratings.", 100.0 - share(good)));
    report
}
