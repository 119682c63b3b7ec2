//! Refitting the stated priors from outcomes: what a basis, a standing, a tie and a confidence were worth in this network.
//!
//! A logistic regression of "was this the right person?" on what was disclosed, pooled over all vouchers, so that nobody's
//! own record enters: `ln odds = base + ln κ + ln s + ln δ + (1 − confidence) ln floor`. A weight is thus the odds of a
//! good outcome beside those of the best kind of word. Each weight starts at its prior and is held there as by
//! [`PRIOR`]; the order that the house rules state never turns round; the best of each kind stays at its prior.
//! Meant to run once a day: between two runs no outcome moves anybody's constants.

use std::collections::BTreeMap;

use crate::facts::{Basis, Standing, Tie};
use crate::parameters::Parameters;

/// Below this many outcomes the priors stand.
pub const ENOUGH: usize = 200;

/// Precision of the prior of each logarithm of a weight: a standard deviation of ½.
const PRIOR: f64 = 4.0;
const ROUNDS: usize = 200;

/// One outcome and what was disclosed with the referral, frozen when it was offered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// How the referrer knew the work.
    pub basis: Basis,
    /// Who the referrer was to judge the field.
    pub standing: Standing,
    /// What else tied the two.
    pub tie: Tie,
    /// The stated probability.
    pub confidence: f32,
    /// Yes 1, partly ½, no 0.
    pub y: f32,
}

/// Places of the weights in one vector: basis, standing, tie (undescribed is family), floor.
const STANDING: usize = 6;
const TIE: usize = 11;
const FLOOR: usize = 15;
const SIZE: usize = 16;

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

/// The constants with the priors that outcomes can measure replaced by what they measured, or nothing while there are
/// fewer than [`ENOUGH`].
pub fn fit(seen: &[Seen], prior: &Parameters) -> Option<Parameters> {
    // Cells, so that neither the order of the rows nor their number of digits matters.
    let mut cells: BTreeMap<(usize, usize, usize, u8), (f64, f64)> = BTreeMap::new();
    let mut count = 0;
    for row in seen.iter().filter(|row| row.basis != Basis::HeardOf && row.y.is_finite() && row.confidence.is_finite())
    {
        let tie = if row.tie == Tie::Undescribed { Tie::Family } else { row.tie };
        let percent = (row.confidence.clamp(0.5, 0.99) * 100.0).round() as u8;
        let key = (row.basis as usize, STANDING + row.standing as usize, TIE + tie as usize, percent);
        let cell = cells.entry(key).or_default();
        *cell = (cell.0 + 1.0, cell.1 + f64::from(row.y.clamp(0.0, 1.0)));
        count += 1;
    }
    if count < ENOUGH {
        return None;
    }
    let start = logarithms(prior);
    let mut now = start;
    let mut base = {
        let good: f64 = cells.values().map(|cell| cell.1).sum();
        let share = (good / count as f64).clamp(0.01, 0.99);
        libm::log(share / (1.0 - share))
    };
    for _ in 0..ROUNDS {
        let mut slope = [0.0; SIZE + 1];
        let mut bend = [0.0; SIZE + 1];
        for (&(basis, standing, tie, percent), &(n, good)) in &cells {
            let doubt = f64::from(99 - percent) / 49.0;
            let score = base + now[basis] + now[standing] + now[tie] + doubt * now[FLOOR];
            let chance = 1.0 / (1.0 + libm::exp(-score));
            let (pull, weight) = (good - n * chance, n * chance * (1.0 - chance));
            for (place, share) in [(basis, 1.0), (standing, 1.0), (tie, 1.0), (FLOOR, doubt), (SIZE, 1.0)] {
                slope[place] += share * pull;
                bend[place] += share * share * weight;
            }
        }
        // Five terms move together, so each takes a fifth of its own Newton step: that never overshoots.
        base += slope[SIZE] / (5.0 * bend[SIZE] + 1e-9);
        for place in 0..SIZE {
            let pull = slope[place] - PRIOR * (now[place] - start[place]);
            now[place] += pull / (5.0 * bend[place] + PRIOR);
        }
        // The best of each kind is the measure of the others.
        for best in [0, STANDING, TIE] {
            now[best] = start[best];
        }
        keep_order(&mut now, &start);
    }
    Some(with(prior, &now, count))
}

/// Natural logarithms of the weights that are fitted; a weight of 0 (hearsay) stays.
fn logarithms(p: &Parameters) -> [f64; SIZE] {
    let ln = |weight: f64| libm::log(if weight.is_finite() { weight.clamp(1e-3, 1.0) } else { 1.0 });
    let mut all = [0.0; SIZE];
    p.basis.iter().enumerate().for_each(|(n, weight)| all[n] = ln(*weight));
    p.standing.iter().enumerate().for_each(|(n, weight)| all[STANDING + n] = ln(*weight));
    p.tie[..4].iter().enumerate().for_each(|(n, weight)| all[TIE + n] = ln(*weight));
    all[FLOOR] = ln(p.confidence_floor);
    all
}

/// Where the order is broken the two meet; nothing exceeds the best of its kind, nor 1.
fn keep_order(now: &mut [f64; SIZE], start: &[f64; SIZE]) {
    now[FLOOR] = now[FLOOR].min(0.0);
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
    // Four digits: the same on every node, and short where they are stored.
    let weight = |place: usize| (libm::exp(fitted[place]) * 1e4).round() / 1e4;
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
    all.outcomes = outcomes;
    all
}
