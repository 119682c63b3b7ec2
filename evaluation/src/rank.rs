//! `--protocol rank`: finding a held-out positive edge among all candidates, without sampled negatives.
//!
//! With times: the first 80 % of the edges are training, the last 20 % are asked for. Without: a seeded tenth is held
//! out. A question (a, b) has as candidates everybody somebody has rated in training, except a and whom a has rated.
//! Figures are given for all questions and for those whose reverse edge is not in training (the fair ones: a
//! reciprocal edge gives the answer away).

use std::collections::{BTreeMap, HashSet};

use trust::{Ask, Candidates, Engine, Parameters, Visibility};

use crate::metrics::{deviation, interval};
use crate::network::{Dice, Link, Network};
use crate::parallel::each;
use crate::rank_engine::{FIELD, choose, day, engine, id, imported};
use crate::report;

/// How many questions at most.
const QUESTIONS: usize = 4000;
const SEED: u64 = 20_261_123;

/// Training edges and the questions.
#[derive(Clone, Debug)]
pub struct Split {
    /// Members of the network.
    pub members: usize,
    /// Edges the engine is told.
    pub training: Vec<Link>,
    /// Held-out positive edges, and whether the reverse is in training.
    pub questions: Vec<(u32, u32, bool)>,
    /// The day of the questions.
    pub day: i32,
}

/// HR@10 and NDCG@10 with bootstrap standard errors by asker.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Questions scored.
    pub n: usize,
    /// Share of questions whose answer is among the first ten.
    pub hr: f64,
    /// Standard error of `hr`.
    pub hr_se: f64,
    /// Discounted gain of those.
    pub ndcg: f64,
    /// Standard error of `ndcg`.
    pub ndcg_se: f64,
}

/// Splits edges by time, or at random if any has none. `outer` false gives the inner split for tuning: the same cut
/// again inside the training part.
pub fn split(network: &Network, outer: bool) -> Split {
    let (training, held) = cut(&network.links, SEED);
    let (training, held) = if outer { (training, held) } else { cut(&training, SEED + 1) };
    let mut rated = vec![false; network.members];
    let mut rates = vec![false; network.members];
    let mut positive = HashSet::new();
    let mut pairs = HashSet::new();
    for link in &training {
        rated[link.target as usize] = true;
        pairs.insert((link.source, link.target));
        if link.weight > 0.0 {
            rates[link.source as usize] = true;
            positive.insert((link.source, link.target));
        }
    }
    let fits = |link: &&Link| {
        link.weight > network.threshold
            && rated[link.target as usize]
            && rates[link.source as usize]
            && !pairs.contains(&(link.source, link.target))
    };
    let questions: Vec<(u32, u32, bool)> = held
        .iter()
        .filter(fits)
        .map(|link| (link.source, link.target, positive.contains(&(link.target, link.source))))
        .collect();
    let questions = choose(&mut Dice(SEED), &questions, QUESTIONS);
    let day = training.iter().map(|link| day(link.time)).max().unwrap_or(0);
    Split { members: network.members, training, questions, day }
}

fn cut(links: &[Link], seed: u64) -> (Vec<Link>, Vec<Link>) {
    let mut links = links.to_vec();
    let timed = links.iter().all(|link| link.time.is_some());
    let place = if timed {
        links.sort_by(|a, b| a.time.unwrap_or(0.0).total_cmp(&b.time.unwrap_or(0.0)));
        links.len() * 8 / 10
    } else {
        Dice(seed).shuffle(&mut links);
        links.len() * 9 / 10
    };
    let held = links.split_off(place);
    (links, held)
}

/// The place of each question's answer among its candidates, from 1; 0 if not among the first ten.
pub type Places = Vec<usize>;

/// Asks the engine.
pub fn ask_engine(split: &Split, engine: &Engine) -> Places {
    let known = known(split);
    by_asker(split, |asker, limit| {
        let empty = HashSet::new();
        let rated = known.get(&asker).unwrap_or(&empty);
        let accept = |person: u128| !rated.contains(&(person as u32 - 1));
        let ask = Ask {
            limit,
            voices: 0,
            candidates: Candidates::Where(&accept),
            visible: Visibility::Everything,
            ..Ask::new(Some(id(asker)), FIELD, split.day)
        };
        let answer = engine.recommend(&ask);
        let reached = answer.candidates.iter().filter(|candidate| candidate.reach > 0.0);
        reached.map(|candidate| candidate.person as u32 - 1).collect()
    })
}

/// Whom each asker has rated in training.
fn known(split: &Split) -> BTreeMap<u32, HashSet<u32>> {
    let mut known: BTreeMap<u32, HashSet<u32>> = BTreeMap::new();
    split.training.iter().for_each(|link| {
        known.entry(link.source).or_default().insert(link.target);
    });
    known
}

fn by_asker(split: &Split, mut first: impl FnMut(u32, usize) -> Vec<u32>) -> Places {
    let mut lists: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    split
        .questions
        .iter()
        .map(|&(asker, answer, _)| {
            let list = lists.entry(asker).or_insert_with(|| first(asker, 10));
            list.iter().position(|&member| member == answer).map_or(0, |place| place + 1)
        })
        .collect()
}

/// Scores for baselines: the ten best unrated members by a score of (asker, candidate).
pub fn ask_scores(split: &Split, mut scores: impl FnMut(u32) -> Vec<f64>) -> Places {
    let known = known(split);
    let mut candidate = vec![false; split.members];
    split.training.iter().for_each(|link| candidate[link.target as usize] = true);
    by_asker(split, |asker, limit| {
        let score = scores(asker);
        let rated = known.get(&asker);
        let mut order: Vec<u32> = (0..split.members as u32)
            .filter(|&member| {
                candidate[member as usize]
                    && score[member as usize] > 0.0
                    && member != asker
                    && !rated.is_some_and(|rated| rated.contains(&member))
            })
            .collect();
        order.sort_by(|&a, &b| score[b as usize].total_cmp(&score[a as usize]).then(a.cmp(&b)));
        order.truncate(limit);
        order
    })
}

/// Popularity, and common trusted contacts weighted by 1 / ln(2 + out-degree) (Adamic-Adar on two steps).
pub fn baselines(split: &Split) -> Vec<(&'static str, Places)> {
    let mut out: Vec<Vec<u32>> = vec![Vec::new(); split.members];
    let mut popularity = vec![0.0; split.members];
    for link in split.training.iter().filter(|link| link.weight > 0.0) {
        out[link.source as usize].push(link.target);
        popularity[link.target as usize] += 1.0;
    }
    let adamic = |asker: u32| {
        let mut score = vec![0.0; split.members];
        for &contact in &out[asker as usize] {
            let part = 1.0 / (2.0 + out[contact as usize].len() as f64).ln();
            out[contact as usize].iter().for_each(|&member| score[member as usize] += part);
        }
        score
    };
    vec![
        ("popularity", ask_scores(split, |_| popularity.clone())),
        ("two steps, Adamic-Adar", ask_scores(split, adamic)),
    ]
}

/// Questions, hits and gain of each asker; `fair` leaves out questions whose reverse edge is in training.
fn sums(split: &Split, places: &Places, fair: bool) -> Vec<[f64; 3]> {
    let mut by_asker: BTreeMap<u32, [f64; 3]> = BTreeMap::new();
    for (question, &place) in split.questions.iter().zip(places).filter(|(question, _)| !(fair && question.2)) {
        let [asked, hits, gain] = by_asker.entry(question.0).or_default();
        *asked += 1.0;
        if place > 0 {
            *hits += 1.0;
            *gain += 1.0 / (place as f64 + 1.0).log2();
        }
    }
    by_asker.into_values().collect()
}

fn ratio(rows: &[[f64; 3]]) -> [f64; 2] {
    let sums = rows.iter().fold([0.0; 3], |a, b| std::array::from_fn(|n| a[n] + b[n]));
    [sums[1] / f64::max(sums[0], 1.0), sums[2] / f64::max(sums[0], 1.0)]
}

/// The ratios under 400 draws of askers.
fn draws(rows: &[[f64; 3]]) -> [Vec<f64>; 2] {
    let mut dice = Dice(SEED);
    let draw = |_| ratio(&(0..rows.len()).map(|_| rows[dice.below(rows.len())]).collect::<Vec<_>>());
    let draws: Vec<[f64; 2]> = (0..400).map(draw).collect();
    std::array::from_fn(|n| draws.iter().map(|draw| draw[n]).collect())
}

/// HR@10 and NDCG@10; `fair` leaves out questions whose reverse edge is in training.
pub fn figures(split: &Split, places: &Places, fair: bool) -> Figures {
    let rows = sums(split, places, fair);
    let ([hr, ndcg], [hr_draws, ndcg_draws]) = (ratio(&rows), draws(&rows));
    let n = rows.iter().map(|row| row[0]).sum::<f64>() as usize;
    Figures { n, hr, ndcg, hr_se: deviation(&hr_draws), ndcg_se: deviation(&ndcg_draws) }
}

/// Paired 95 % intervals of the difference, by asker, where the reply is not known.
fn difference(split: &Split, ours: &Places, theirs: &Places) -> [(f64, f64); 2] {
    let (ours, theirs) = (sums(split, ours, true), sums(split, theirs, true));
    let rows: Vec<[f64; 3]> = ours.iter().zip(&theirs).map(|(a, b)| [a[0], a[1] - b[1], a[2] - b[2]]).collect();
    draws(&rows).map(|draws| interval(&draws))
}

/// The engine at these constants on a split.
pub fn measure(split: &Split, parameters: Parameters) -> Places {
    ask_engine(split, &engine(split.members, &split.training, parameters))
}

/// The engine, and with one of its parts switched off or everybody's contacts relabelled at random.
fn engines(split: &Split) -> Vec<(String, Places)> {
    let standard = imported();
    let mut relabelled = split.clone();
    let mut labels: Vec<u32> = (0..split.members as u32).collect();
    Dice(SEED + 2).shuffle(&mut labels);
    relabelled.training.iter_mut().for_each(|link| link.source = labels[link.source as usize]);
    relabelled.training.retain(|link| link.source != link.target);
    let askers_know = Split { training: relabelled.training, ..split.clone() };
    let off = [
        ("", split, standard.clone()),
        ("without voucher diversity", split, Parameters { lone_voucher: 1.0, contact_cap: 1.0, ..standard.clone() }),
        ("without the budget's floor", split, Parameters { budget: 0.01, ..standard.clone() }),
        ("without judges beyond the asker's contacts", split, Parameters { lone_judge: 0.0, ..standard.clone() }),
        ("without confidence", split, Parameters { confidence_floor: 1.0, ..standard.clone() }),
        ("without age", split, Parameters { half_life: 1e9, ..standard.clone() }),
        ("relabelled graph", &askers_know, standard),
    ];
    each(off.to_vec(), |(name, split, parameters)| (name.to_owned(), measure(split, parameters)))
}

/// The whole protocol.
pub fn report(network: &Network) -> anyhow::Result<report::Report> {
    let split = split(network, true);
    anyhow::ensure!(
        !split.questions.is_empty(),
        "too few edges to rank: no positive edge that is held out joins two members known from the {} others",
        split.training.len()
    );
    let row = |places: &Places| {
        let (all, fair) = (figures(&split, places, false), figures(&split, places, true));
        let row = report::Figures::default().with("hr10", all.hr).with("hr10_se", all.hr_se);
        let row = row.with("ndcg10", all.ndcg).with("ndcg10_se", all.ndcg_se);
        let row = row.with("hr10_no_reciprocal", fair.hr).with("hr10_no_reciprocal_se", fair.hr_se);
        row.with("ndcg10_no_reciprocal", fair.ndcg).with("ndcg10_no_reciprocal_se", fair.ndcg_se)
    };
    let mut controls = engines(&split);
    let own = controls.remove(0).1;
    let fair = figures(&split, &own, true);
    let part = report::Figures::default().with("hr10", fair.hr).with("hr10_se", fair.hr_se);
    let part = part.with("ndcg10", fair.ndcg).with("ndcg10_se", fair.ndcg_se);
    let mut others: Vec<(String, Places)> =
        baselines(&split).into_iter().map(|(name, places)| (name.to_owned(), places)).collect();
    others.extend(controls);
    Ok(report::Report {
        protocol: "rank",
        n: split.questions.len(),
        goodword: row(&own),
        parts: vec![("no_reciprocal", part)],
        baselines: others.iter().map(|(name, places)| (name.clone(), row(places))).collect(),
        differences: others.iter().map(|(name, places)| (name.clone(), difference(&split, &own, places))).collect(),
        differ: ["hr10_no_reciprocal", "ndcg10_no_reciprocal"],
        notes: vec![format!(
            "{} of {} questions have no reverse edge in training. All members somebody has rated are candidates.",
            fair.n,
            split.questions.len()
        )],
        ..report::Report::default()
    })
}
