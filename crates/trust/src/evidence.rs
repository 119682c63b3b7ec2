//! What one piece of evidence weighs: basis, standing, tie, confidence, age; and what it costs of its author's word.

use crate::facts::{Basis, Day, Standing, Tie};
use crate::graph::{Kind, Slot, day_offset};
use crate::parameters::Parameters;

/// Days in a table by [`Slot::day_offset`].
const DAYS: usize = 1 << 15;
/// The day offset at which the running sums have scale 1.
const MIDDLE: i64 = 1 << 14;
/// One unit of weight in the running sums of [`crate::graph::Member::spent`].
const UNIT: f64 = 18_446_744_073_709_551_616.0; // 2^64
/// Exponents beyond this are the same as never or always.
const FAR: f64 = 40.0;
/// Confidence steps (of 1 %) above 50 from which an author counts as generous: 75 %, the second worded choice.
const GENEROUS: f64 = 25.0;

/// Tables made once from the parameters.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    half_life: f64,
    /// 2^((day − MIDDLE) / half-life) by day offset: age factors of all edges at once, up to a common scale.
    growth: Vec<f64>,
    floor: f64,
}

impl Scale {
    pub fn new(parameters: &Parameters) -> Self {
        let half_life = if parameters.half_life.is_finite() { parameters.half_life.max(1.0) } else { 1e9 };
        let growth = (0..DAYS as i64).map(|day| growth(day, half_life)).collect();
        Scale { half_life, growth, floor: parameters.confidence_floor.clamp(0.0, 1.0) }
    }

    /// What all growth factors are divided by at this day.
    pub fn today(&self, day: Day) -> f64 {
        growth(day_offset(day), self.half_life)
    }

    /// What is left of a slot's weight by age; `today` from [`Scale::today`]. An edge from the future is as fresh as today's.
    pub fn age_factor(&self, slot: Slot, today: f64) -> f64 {
        (self.growth[slot.day_offset()] / today).min(1.0)
    }

    /// Part of the weight that the stated confidence earns, once `shift` steps are taken back for a generous author.
    pub fn confidence_factor(&self, slot: Slot, shift: f64) -> f64 {
        if slot.basis().is_none() {
            return 1.0;
        }
        let steps = (slot.confidence_step() as f64 - shift).max(0.0);
        self.floor + (1.0 - self.floor) * steps / 49.0
    }

    /// What an edge costs of its author's word, in the units of the running sums. It does not depend on standing, so
    /// that losing a standing (or a vouch that gave it) never makes the author's other words count for more.
    pub fn cost(&self, slot: Slot, parameters: &Parameters) -> u128 {
        let weight = match slot.kind() {
            Kind::Vouch(basis) => parameters.basis(basis) * parameters.tie(slot.tie()),
            // Counted apart: it does not fade.
            Kind::Reliance => 0.0,
        };
        let weight = weight.clamp(0.0, 1.0) * self.confidence_factor(slot, 0.0);
        (weight * self.growth[slot.day_offset()] * UNIT) as u128
    }

    /// The running sum as weight of today.
    pub fn spent(&self, sum: u128, today: f64) -> f64 {
        sum as f64 / UNIT / today
    }
}

fn growth(offset: i64, half_life: f64) -> f64 {
    libm::exp2(((offset - MIDDLE) as f64 / half_life).clamp(-FAR, FAR))
}

/// The cached part of a weight, in 65,535ths: κ · s · δ, or nothing if the edge is not live.
pub(crate) fn cached_weight(slot: Slot, parameters: &Parameters) -> u16 {
    if !slot.live() {
        return 0;
    }
    let weight = match slot.kind() {
        Kind::Vouch(basis) => {
            // What was not disclosed weighs as if it had been said twice; it costs what the tie costs.
            let tie = parameters.tie(slot.tie());
            let tie = if slot.undisclosed() { tie * tie } else { tie };
            parameters.basis(basis) * parameters.standing(slot.standing()) * tie
        }
        Kind::Reliance => parameters.reliance,
    };
    // Rounded down: a weight never exceeds its cost.
    (weight.clamp(0.0, 1.0) * 65_535.0) as u16
}

/// Steps of confidence taken back from an author who habitually states more than [`GENEROUS`].
pub(crate) fn generosity(steps: u64, vouches: u32, parameters: &Parameters) -> f64 {
    if vouches == 0 || parameters.offset <= 0.0 {
        return 0.0;
    }
    let n = f64::from(vouches);
    let excess = (steps as f64 / n - GENEROUS).max(0.0);
    parameters.offset.min(1.0) * excess * n / (n + parameters.offset_prior.max(0.0))
}

/// Whether a vouch is of the kind whose quick, identical return says little: nobody states to have paid for or shared work.
pub(crate) fn is_evidence_free(slot: Slot) -> bool {
    !matches!(slot.basis(), None | Some(Basis::Hired | Basis::WorkedBeside))
}

/// The best of the standings somebody has: by weight, then in the order of the rules.
pub(crate) fn best_standing(held: &[Standing], parameters: &Parameters) -> Standing {
    let mut best = Standing::Lay;
    for &standing in held {
        let (new, old) = (parameters.standing(standing), parameters.standing(best));
        if new > old || (new == old && standing < best) {
            best = standing;
        }
    }
    best
}

/// Weight of a tie between a reporter and a professional, for outcomes.
pub(crate) fn tie_weight(tie: Tie, parameters: &Parameters) -> f64 {
    let weight = parameters.tie(tie);
    if weight.is_finite() { weight.clamp(0.0, 1.0) } else { 0.0 }
}
