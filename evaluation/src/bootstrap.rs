//! Standard errors by resampling whole raters (or askers, authors, users): rows of one person are not independent.

use crate::metrics::{deviation, interval};
use crate::network::Dice;

/// How often the rows are drawn anew.
pub const DRAWS: usize = 200;
const SEED: u64 = 20_261_124;

/// Weights per row for each draw: how often its person was drawn.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    group: Vec<u32>,
    groups: usize,
}

impl Bootstrap {
    /// `person` of each row.
    pub fn by(person: impl Iterator<Item = u32>) -> Self {
        let person: Vec<u32> = person.collect();
        let mut numbers = std::collections::HashMap::new();
        let group: Vec<u32> = person
            .iter()
            .map(|person| {
                let next = numbers.len() as u32;
                *numbers.entry(*person).or_insert(next)
            })
            .collect();
        Self { group, groups: numbers.len() }
    }

    /// The figure under each draw.
    pub fn draws<const N: usize>(&self, mut figures: impl FnMut(&[f64]) -> [f64; N]) -> Vec<[f64; N]> {
        let mut dice = Dice(SEED);
        let mut times = vec![0.0; self.groups];
        let mut weights = vec![0.0; self.group.len()];
        (0..DRAWS)
            .map(|_| {
                times.fill(0.0);
                for _ in 0..self.groups {
                    times[dice.below(self.groups)] += 1.0;
                }
                for (weight, group) in weights.iter_mut().zip(&self.group) {
                    *weight = times[*group as usize];
                }
                figures(&weights)
            })
            .collect()
    }

    /// Standard errors of the figures; NaN with one person only.
    pub fn errors<const N: usize>(&self, figures: impl FnMut(&[f64]) -> [f64; N]) -> [f64; N] {
        if self.groups < 2 {
            return [f64::NAN; N];
        }
        let draws = self.draws(figures);
        std::array::from_fn(|n| deviation(&draws.iter().map(|draw| draw[n]).collect::<Vec<_>>()))
    }

    /// 95 % intervals of the figures: of paired differences, say.
    pub fn intervals<const N: usize>(&self, figures: impl FnMut(&[f64]) -> [f64; N]) -> [(f64, f64); N] {
        let draws = self.draws(figures);
        std::array::from_fn(|n| interval(&draws.iter().map(|draw| draw[n]).collect::<Vec<_>>()))
    }
}
