//! Records: how often a referrer's word held (skill, factor K) and how a professional's clients fared (quality).

use libm::{exp, exp2, lgamma, log};

use crate::answer::{Quality, Record};
use crate::evidence::tie_weight;
use crate::facts::{Day, Outcome};
use crate::graph::{ALL_FIELDS, day_offset};
use crate::parameters::Parameters;

/// One unit in the running sums: 2^48.
const UNIT: f64 = 281_474_976_710_656.0;
/// The day offset at which the running sums have scale 1: 2034.
const MIDDLE: i64 = 1 << 14;
const FAR: f64 = 40.0;

/// Decaying sums over outcomes, in fixed point: the same whatever the order they came in, and removable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub count: u32,
    weight: i128,
    /// Sum of y.
    good: i128,
    /// Sum of what the fields' base rates led to expect of it.
    expected: i128,
    /// Sum of Brier skill.
    skill: i128,
    /// Sum of its square.
    square: i128,
}

/// Sums as of today.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub weight: f64,
    pub good: f64,
    pub expected: f64,
    pub skill: f64,
    pub square: f64,
}

/// Brier skill that a tie which came out later counts as: that of a certain word that went wrong where one in two would.
const UNDISCLOSED: f64 = -0.75;

impl Sums {
    /// With a penalty for each vouch whose tie came out later. It does not fade while the vouch stands.
    pub fn charged(self, undisclosed: u32) -> Self {
        let n = f64::from(undisclosed);
        Sums { weight: self.weight + n, skill: self.skill + UNDISCLOSED * n, ..self }
    }
}

/// 2^(day / half-life of outcomes), up to a common scale.
pub(crate) fn growth(day: Day, parameters: &Parameters) -> f64 {
    let half_life = parameters.outcome_half_life;
    let half_life = if half_life.is_finite() { half_life.max(1.0) } else { 1e9 };
    exp2(((day_offset(day) - MIDDLE) as f64 / half_life).clamp(-FAR, FAR))
}

/// A number from 0 to 1, whatever was given.
pub(crate) fn probability(value: f32) -> f64 {
    if value.is_nan() { 0.0 } else { f64::from(value.clamp(0.0, 1.0)) }
}

/// Brier skill relative to the engine's frozen forecast: above 0 if the referrer's stated confidence was closer.
pub(crate) fn skill_of(y: f32, confidence: f32, forecast: f32) -> f64 {
    let (y, p, q) = (probability(y), probability(confidence), probability(forecast));
    (q - y) * (q - y) - (p - y) * (p - y)
}

impl Tally {
    /// Adds an outcome (`sign` 1) or takes it out again (−1).
    pub fn count(&mut self, outcome: &Outcome, parameters: &Parameters, sign: i32) {
        let checked = if outcome.verified { 1.0 } else { parameters.unverified.clamp(0.0, 1.0) };
        let weight = probability(outcome.reporter) * tie_weight(outcome.tie, parameters) * checked;
        let scale = weight * growth(outcome.at, parameters) * UNIT;
        let skill = skill_of(outcome.y, outcome.confidence, outcome.forecast);
        let sign = i128::from(sign);
        self.count = self.count.saturating_add_signed(sign as i32);
        self.weight += sign * (scale as i128);
        self.good += sign * ((scale * probability(outcome.y)) as i128);
        self.expected += sign * ((scale * parameters.base(outcome.field.0)) as i128);
        self.skill += sign * ((scale * skill) as i128);
        self.square += sign * ((scale * skill * skill) as i128);
    }

    pub fn sums(&self, day: Day, parameters: &Parameters) -> Sums {
        let unit = UNIT * growth(day, parameters);
        // Outcomes are never from the future, but a clock may have been wrong: no figure exceeds the plain count.
        let cap = if self.weight as f64 > unit * f64::from(self.count) {
            unit * f64::from(self.count) / self.weight as f64
        } else {
            1.0
        };
        let today = |sum: i128| sum as f64 / unit * cap;
        Sums {
            weight: today(self.weight),
            good: today(self.good),
            expected: today(self.expected),
            skill: today(self.skill),
            square: today(self.square),
        }
    }
}

/// The prior mean of skill: the one that gives a fresh member [`Parameters::factor_fresh`].
fn fresh_skill(parameters: &Parameters) -> f64 {
    log(parameters.factor_fresh.max(1e-6)) / parameters.factor_slope.max(1e-6) * parameters.skill_deviation.max(1e-9)
}

/// Posterior skill: member over all fields, then member in the field.
fn skill(all: Sums, field: Sums, parameters: &Parameters) -> f64 {
    let (n0, nf) = (parameters.skill_prior.max(1e-6), parameters.skill_field_prior.max(1e-6));
    let member = (n0 * fresh_skill(parameters) + all.skill) / (n0 + all.weight);
    (nf * member + field.skill) / (nf + field.weight)
}

/// K for a member with these sums.
pub(crate) fn factor(all: Sums, field: Sums, parameters: &Parameters) -> f64 {
    let (low, high) = factor_bounds(parameters);
    let k = exp(parameters.factor_slope * skill(all, field, parameters) / parameters.skill_deviation.max(1e-9));
    if k.is_nan() { low } else { k.clamp(low, high) }
}

/// The bounds of K, in order and positive.
pub(crate) fn factor_bounds(parameters: &Parameters) -> (f64, f64) {
    let (low, high) = parameters.factor_bounds;
    let high = if high.is_finite() && high > 0.0 { high } else { 1.0 };
    (if low > 0.0 { low.min(high) } else { 0.0 }, high)
}

/// Everything a page shows of a referrer's record.
///
/// `all`: over all fields, as counted and with what undisclosed ties cost.
pub(crate) fn describe(all: (Tally, Sums, Sums), field: (Tally, Sums), parameters: &Parameters) -> Record {
    let mean = skill(all.2, field.1, parameters);
    let n = all.1.weight + field.1.weight + parameters.skill_prior.max(1e-6);
    let average = if all.1.weight > 0.0 { all.1.skill / all.1.weight } else { 0.0 };
    let spread = if all.1.weight > 0.0 { (all.1.square / all.1.weight - average * average).max(0.0) } else { 0.0 };
    // Until the member's own spread is known, the one of a coin with the usual odds (.16) stands in for it.
    let variance = (spread * all.1.weight + 0.16 * parameters.skill_prior) / n;
    let half = 1.645 * libm::sqrt(variance / n);
    let (a, b) = beta_of(parameters.base(ALL_FIELDS), all.1, parameters);
    Record {
        scored: all.0.count as usize,
        scored_in_field: field.0.count as usize,
        skill: mean,
        skill_interval: (mean - half, mean + half),
        factor: factor(all.2, field.1, parameters),
        held: a / (a + b),
        held_interval: (beta_quantile(a, b, 0.05), beta_quantile(a, b, 0.95)),
    }
}

/// The Beta posterior that starts from this share, as if it had been seen in [`Parameters::quality_field`] outcomes.
fn beta_of(share: f64, sums: Sums, parameters: &Parameters) -> (f64, f64) {
    let n0 = field_prior(parameters);
    (n0 * share + sums.good.max(0.0), n0 * (1.0 - share) + (sums.weight - sums.good).max(0.0))
}

/// Outcomes as which the prior of a record counts.
pub(crate) fn field_prior(parameters: &Parameters) -> f64 {
    sound_prior(parameters.quality_field)
}

fn sound_prior(outcomes: f64) -> f64 {
    if outcomes.is_finite() { outcomes.max(1e-3) } else { 1e12 }
}

/// A professional's posterior, nested: the field's base rate, what sets the professional apart over all fields, then the
/// outcomes in this field.
pub(crate) fn quality(base: f64, all: Sums, field: Sums, count: u32, parameters: &Parameters) -> Quality {
    let apart = (all.good - all.expected) / (sound_prior(parameters.quality_member) + all.weight);
    let (a, b) = beta_of((base + apart).clamp(0.01, 0.99), field, parameters);
    Quality {
        mean: a / (a + b),
        low: beta_quantile(a, b, parameters.quality_quantile.clamp(0.001, 0.999)),
        outcomes: count as usize,
    }
}

/// The quantile of a Beta distribution, by bisection of the regularised incomplete beta function.
pub(crate) fn beta_quantile(a: f64, b: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if incomplete_beta(a, b, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// I_x(a, b) by Lentz's continued fraction (Press et al., Numerical Recipes, §6.4).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1.0 - x)) / a;
    let away = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..200 {
        let m = f64::from(m);
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / away(1.0 + numerator * d);
            c = away(1.0 + numerator / c);
            h *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-14 {
            break;
        }
    }
    front * h
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_quantiles_agree_with_closed_forms() {
        // Beta(1, 1) is uniform; Beta(a, 1) has quantile p^(1/a).
        assert!((beta_quantile(1.0, 1.0, 0.2) - 0.2).abs() < 1e-9);
        assert!((beta_quantile(4.0, 1.0, 0.2) - 0.2f64.powf(0.25)).abs() < 1e-9);
        assert!((beta_quantile(1.0, 3.0, 0.2) - (1.0 - 0.8f64.powf(1.0 / 3.0))).abs() < 1e-9);
    }
}
