//! Which facts a rater may be told about: none that tells what one other person said.

use super::history::{History, latest, pair};
use super::live::{Live, Part};
use std::collections::BTreeMap;

/// Whose ratings a fact rests on, beside the rater's own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// All who rated the ratee.
    Raters,
    Trusted,
    Distrusted,
    Trusting,
    /// Nobody else's.
    Nobodys,
    /// One person's (the last or worst that anybody gave), or what a product leaves out anyway.
    OnePersons,
}

fn whose(fact: usize) -> Whose {
    match fact {
        0 | 2 | 7 | 12 | 18..=21 | 34 | 36 | 37 | 40 => Whose::Nobodys,
        1 | 3 | 8 | 11 | 39 | 42 | 43 => Whose::Raters,
        5 | 6 => Whose::Trusted,
        28 => Whose::Distrusted,
        32 => Whose::Trusting,
        _ => Whose::OnePersons,
    }
}

/// How many people, and how many of them gave a bad rating, for the first four of [`Whose`].
type Heads = [(usize, usize); 4];

impl History {
    fn heads(&self, rater: u128, ratee: u128) -> Heads {
        let mut heads = Heads::default();
        let known = |id: u128| self.numbers.get(&id).copied();
        let (a, Some(b)) = (known(rater).unwrap_or(u32::MAX), known(ratee)) else { return heads };
        // Somebody who rated twice is one person; one bad rating of theirs is enough.
        let mut raters: BTreeMap<u32, bool> = BTreeMap::new();
        for (u, x) in latest(&self.people[b as usize].raters).iter().filter(|(u, _)| *u != a) {
            *raters.entry(*u).or_default() |= *x < 0.0;
        }
        for (u, bad) in raters {
            let of = |from: u32, to: u32| self.ratings.get(&pair(from, to)).map(|(value, _)| *value);
            let theirs = [
                (Whose::Raters, true),
                (Whose::Trusted, of(a, u).is_some_and(|value| value > 0.0)),
                (Whose::Distrusted, of(a, u).is_some_and(|value| value <= 0.0)),
                (Whose::Trusting, of(u, a).is_some_and(|value| value > 0.0)),
            ];
            for (group, _) in theirs.iter().filter(|(_, belongs)| *belongs) {
                let (people, worse) = &mut heads[*group as usize];
                (*people, *worse) = (*people + 1, *worse + usize::from(bad));
            }
        }
        heads
    }
}

impl Live {
    /// The parts of a forecast, the greatest first, that the rater may be told: those that rest on the ratings of at
    /// least two other people, of whom not exactly one gave a bad one, or on nobody else's.
    pub fn told(&self, rater: u128, ratee: u128, time: f64) -> Vec<Part> {
        let heads = self.history().heads(rater, ratee);
        let (_, _, mut parts) = self.parts(rater, ratee, time);
        parts.retain(|part| match whose(part.number) {
            Whose::Nobodys => true,
            Whose::OnePersons => false,
            // How many warned of somebody is told anyway, of all who rated them.
            Whose::Raters => heads[Whose::Raters as usize].0 > 1,
            group => matches!(heads[group as usize], (people, bad) if people > 1 && bad != 1),
        });
        parts
    }
}
