//! Refitting the stated priors from outcomes: what a basis, a standing, a tie, a confidence, a reply and an old word were
//! worth in this network; how often clients were glad, by field; how far referrers' skill is spread.
//!
//! The weights come from a logistic regression of "was this the right person?" on what was disclosed, pooled over all
//! vouchers, so that nobody's own record enters: `ln odds = base + ln κ + ln s + ln δ + (1 − confidence) ln floor + reply ln ρ +
//! age ln ½ / half-life`. A weight is thus the odds of a good outcome beside those of the best kind of word. Each starts
//! at its prior and is held there as by [`PRIOR`]; the order that the house rules state never turns round; the best of
//! each kind stays at its prior. Meant to run once a day: between two runs no outcome moves anybody's constants.

use std::collections::BTreeMap;

use crate::facts::{Basis, Day, Field, Id, Standing, Tie};
use crate::parameters::Parameters;
use crate::record::{growth, skill_of};

/// Below this many outcomes the priors stand.
pub const ENOUGH: usize = 200;

/// Precision of the prior of each logarithm of a weight: a standard deviation of ½.
const PRIOR: f64 = 4.0;
const ROUNDS: usize = 200;
/// Outcomes as which a base rate's prior counts: the house rule for all fields, the share of all fields for each.
const BASE: (f64, f64) = (20.0, 5.0);
/// A field with fewer outcomes has no base rate of its own: one client's answer must not be read from it.
const FEW: usize = 5;
/// A base rate fades so many times slower than one member's record.
const SLOWER: f64 = 3.0;
/// Referrers as which the prior of the spread of skill counts.
const REFERRERS: f64 = 20.0;
/// A month as ages are counted here, in days.
const MONTH: Day = 30;

/// One outcome and what was disclosed with the referral, frozen when it was offered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Who put their name to it, if anybody did.
    pub referrer: Option<Id>,
    /// For work in which field.
    pub field: Field,
    /// How the referrer knew the work.
    pub basis: Basis,
    /// Who the referrer was to judge the field.
    pub standing: Standing,
    /// What else tied the two.
    pub tie: Tie,
    /// The stated probability.
    pub confidence: f32,
    /// The engine's own forecast, frozen with it; not a number if there was none.
    pub forecast: f32,
    /// Days since the vouch behind it was given or renewed; 0 without one.
    pub age: Day,
    /// That vouch was a fast, identical, evidence-free reply.
    pub reply: bool,
    /// Yes 1, partly ½, no 0.
    pub y: f32,
    /// Day answered.
    pub at: Day,
}

/// Places of the weights in one vector: basis, standing, tie (undescribed is family), floor, reply, age.
const STANDING: usize = 6;
const TIE: usize = 11;
const FLOOR: usize = 15;
const REPLY: usize = 16;
/// What one half-life of the prior leaves of a word.
const AGE: usize = 17;
const SIZE: usize = 18;

/// "The first never weighs less than the second", as the rules order them.
const ORDER: [(usize, usize); 12] = [
    (0, 1),
    (1, 2),
    (2, 3),
    (STANDING, STANDING + 2),
    (STANDING + 2, STANDING + 1),
    (STANDING + 2, STANDING + 3),
    (STANDING + 1, STANDING + 4),
    (STANDING + 3, STANDING + 4),
    (TIE, TIE + 1),
    (TIE + 1, TIE + 2),
    (TIE + 1, TIE + 3),
    (0, 5),
];

/// Rows that are alike: basis, standing, tie, percent of confidence, months of age, whether it is a reply.
type Cell = (usize, usize, usize, u8, Day, bool);

/// The constants with the priors that outcomes can measure replaced by what they measured, or nothing while there are
/// fewer than [`ENOUGH`].
pub fn fit(seen: &[Seen], prior: &Parameters, today: Day) -> Option<Parameters> {
    // Cells, so that neither the order of the rows nor their number of digits matters.
    let mut cells: BTreeMap<Cell, (f64, f64)> = BTreeMap::new();
    let mut count = 0;
    for row in seen.iter().filter(|row| row.basis != Basis::HeardOf && row.y.is_finite() && row.confidence.is_finite())
    {
        let tie = if row.tie == Tie::Undescribed { Tie::Family } else { row.tie };
        let percent = (row.confidence.clamp(0.5, 0.99) * 100.0).round() as u8;
        let months = row.age.clamp(0, 12_000) / MONTH;
        let key =
            (row.basis as usize, STANDING + row.standing as usize, TIE + tie as usize, percent, months, row.reply);
        let cell = cells.entry(key).or_default();
        *cell = (cell.0 + 1.0, cell.1 + f64::from(row.y.clamp(0.0, 1.0)));
        count += 1;
    }
    if count < ENOUGH {
        return None;
    }
    let start = logarithms(prior);
    let half_lives = f64::from(MONTH) / prior.half_life.max(1.0);
    let mut now = start;
    let mut base = {
        let good: f64 = cells.values().map(|cell| cell.1).sum();
        let share = (good / count as f64).clamp(0.01, 0.99);
        libm::log(share / (1.0 - share))
    };
    for _ in 0..ROUNDS {
        let mut slope = [0.0; SIZE + 1];
        let mut bend = [0.0; SIZE + 1];
        for (&(basis, standing, tie, percent, months, reply), &(n, good)) in &cells {
            let terms = [
                (basis, 1.0),
                (standing, 1.0),
                (tie, 1.0),
                (FLOOR, f64::from(99 - percent) / 49.0),
                (REPLY, f64::from(u8::from(reply))),
                (AGE, f64::from(months) * half_lives),
            ];
            let score = base + terms.iter().map(|(place, share)| share * now[*place]).sum::<f64>();
            let all = 1.0 + terms.iter().map(|term| term.1).sum::<f64>();
            let chance = 1.0 / (1.0 + libm::exp(-score));
            let (pull, weight) = (good - n * chance, n * chance * (1.0 - chance));
            for (place, share) in terms.into_iter().chain([(SIZE, 1.0)]) {
                slope[place] += share * pull;
                // The terms of a row move together: with their sum for the curve no step overshoots.
                bend[place] += share * all * weight;
            }
        }
        base += slope[SIZE] / (bend[SIZE] + 1e-9);
        for place in 0..SIZE {
            let pull = slope[place] - PRIOR * (now[place] - start[place]);
            now[place] += pull / (bend[place] + PRIOR);
        }
        // The best of each kind is the measure of the others.
        for best in [0, STANDING, TIE] {
            now[best] = start[best];
        }
        keep_order(&mut now, &start);
    }
    let mut fitted = with(prior, &now, count);
    (fitted.quality_base, fitted.quality_fields) = base_rates(seen, prior, today);
    fitted.skill_deviation = spread(seen, prior, today);
    Some(fitted)
}

/// Four digits: the same on every node, and short where they are stored.
fn short(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// Share of clients who were glad: over all fields, and in the fields with outcomes enough to say.
fn base_rates(seen: &[Seen], prior: &Parameters, today: Day) -> (f64, Vec<(u16, f64)>) {
    let slow = Parameters { outcome_half_life: prior.outcome_half_life * SLOWER, ..prior.clone() };
    // Sums by day first, so that the order of the rows is nothing.
    let mut days: BTreeMap<(u16, Day), (usize, f64)> = BTreeMap::new();
    for row in seen.iter().filter(|row| row.y.is_finite()) {
        let day = days.entry((row.field.0, row.at.min(today))).or_default();
        *day = (day.0 + 1, day.1 + f64::from(row.y.clamp(0.0, 1.0)));
    }
    let mut fields: BTreeMap<u16, (usize, f64, f64)> = BTreeMap::new();
    let (mut weight, mut good) = (0.0, 0.0);
    for ((field, day), (count, sum)) in days {
        let part = growth(day, &slow) / growth(today, &slow);
        (weight, good) = (weight + part * count as f64, good + part * sum);
        let one = fields.entry(field).or_default();
        *one = (one.0 + count, one.1 + part * count as f64, one.2 + part * sum);
    }
    let start = if prior.quality_base.is_finite() { prior.quality_base.clamp(0.01, 0.99) } else { 0.5 };
    let all = (BASE.0 * start + good) / (BASE.0 + weight);
    let own = fields.into_iter().filter(|(_, sums)| sums.0 >= FEW);
    let own = own.map(|(field, (_, weight, good))| (field, short((BASE.1 * all + good) / (BASE.1 + weight))));
    (short(all), own.collect())
}

/// An outcome as it is sorted: whose, when, and the bits of answer, confidence and forecast.
type Bits = (Id, Day, u32, u32, u32);

/// How far the skill of those who refer is spread: of everybody with outcomes enough to say.
fn spread(seen: &[Seen], prior: &Parameters, today: Day) -> f64 {
    let mut rows: Vec<Bits> = seen
        .iter()
        .filter(|row| row.y.is_finite() && row.confidence.is_finite() && row.forecast.is_finite())
        .filter_map(|row| {
            Some((row.referrer?, row.at, row.y.to_bits(), row.confidence.to_bits(), row.forecast.to_bits()))
        })
        .collect();
    rows.sort_unstable();
    let shrunk = |of: &[Bits]| {
        let (mut sum, mut weight) = (0.0, prior.skill_prior.max(1e-6));
        for &(_, at, y, confidence, forecast) in of {
            let part = (growth(at, prior) / growth(today, prior)).min(1.0);
            weight += part;
            sum += part * skill_of(f32::from_bits(y), f32::from_bits(confidence), f32::from_bits(forecast));
        }
        sum / weight
    };
    let same = |a: &Bits, b: &Bits| a.0 == b.0;
    let skills: Vec<f64> = rows.chunk_by(same).filter(|of| of.len() >= FEW).map(shrunk).collect();
    let mean = skills.iter().sum::<f64>() / (skills.len() as f64).max(1.0);
    let square: f64 = skills.iter().map(|skill| (skill - mean) * (skill - mean)).sum();
    let start = prior.skill_deviation.max(1e-6);
    let found = libm::sqrt((REFERRERS * start * start + square) / (REFERRERS + skills.len() as f64));
    short(found.clamp(start / 4.0, start * 4.0))
}

/// Natural logarithms of the weights that are fitted; a weight of 0 (hearsay) stays.
fn logarithms(p: &Parameters) -> [f64; SIZE] {
    let ln = |weight: f64| libm::log(if weight.is_finite() { weight.clamp(1e-3, 1.0) } else { 1.0 });
    let mut all = [0.0; SIZE];
    p.basis.iter().enumerate().for_each(|(n, weight)| all[n] = ln(*weight));
    p.standing.iter().enumerate().for_each(|(n, weight)| all[STANDING + n] = ln(*weight));
    p.tie[..4].iter().enumerate().for_each(|(n, weight)| all[TIE + n] = ln(*weight));
    all[FLOOR] = ln(p.confidence_floor);
    all[REPLY] = ln(p.reciprocity);
    all[AGE] = -std::f64::consts::LN_2;
    all
}

/// Where the order is broken the two meet; nothing exceeds the best of its kind, nor 1.
fn keep_order(now: &mut [f64; SIZE], start: &[f64; SIZE]) {
    now[FLOOR] = now[FLOOR].min(0.0);
    now[REPLY] = now[REPLY].min(0.0);
    // No word gains by age, and none fades more than four times as fast as stated.
    now[AGE] = now[AGE].clamp(4.0 * start[AGE], start[AGE] / 10.0);
    for _ in 0..SIZE {
        for (more, less) in ORDER {
            if now[more] < now[less] {
                let top = [0, STANDING, TIE].contains(&more);
                let meet = if top { start[more] } else { f64::midpoint(now[more], now[less]) };
                (now[more], now[less]) = (meet, meet);
            }
        }
    }
    // Meeting half-way comes close; this settles what is left of it, from the best of each kind downwards.
    for best in [0, STANDING, TIE] {
        now[best] = start[best];
    }
    for (more, less) in ORDER {
        now[less] = now[less].min(now[more]);
    }
}

fn with(prior: &Parameters, fitted: &[f64; SIZE], outcomes: usize) -> Parameters {
    let weight = |place: usize| short(libm::exp(fitted[place]));
    let mut all = prior.clone();
    for n in 0..6 {
        if n != Basis::HeardOf as usize {
            all.basis[n] = weight(n);
        }
    }
    (0..5).for_each(|n| all.standing[n] = weight(STANDING + n));
    (0..4).for_each(|n| all.tie[n] = weight(TIE + n));
    all.tie[Tie::Undescribed as usize] = all.tie[Tie::Family as usize];
    all.confidence_floor = weight(FLOOR);
    all.reciprocity = weight(REPLY);
    all.half_life = (prior.half_life * -std::f64::consts::LN_2 / fitted[AGE]).round();
    all.outcomes = outcomes;
    all
}
