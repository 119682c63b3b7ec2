//! Chance with a fixed seed, and the drawing of texts so that none wears out.

use std::collections::{HashMap, HashSet};

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same everywhere.
pub(super) struct Random(u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 for an empty range.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// From `low` to `high`, both possible.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1).max(1) as u64) as i64
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }
}

/// Draws from lists of texts like cards from a shuffled pack: each text once before any comes again.
pub(super) struct Texts {
    pub random: Random,
    packs: HashMap<(usize, usize), Vec<usize>>,
    used: HashSet<String>,
}

impl Texts {
    pub fn new(seed: u64) -> Self {
        Texts { random: Random(seed), packs: HashMap::new(), used: HashSet::new() }
    }

    pub fn draw(&mut self, list: &'static [&'static str]) -> &'static str {
        self.draw_from(list, 0)
    }

    /// As [`Texts::draw`], with a pack of its own for each `owner`: what one person's vouches say does not repeat.
    pub fn draw_from(&mut self, list: &'static [&'static str], owner: usize) -> &'static str {
        if list.is_empty() {
            return "";
        }
        let pack = self.packs.entry((list.as_ptr() as usize, owner)).or_default();
        if pack.is_empty() {
            pack.extend(0..list.len());
            self.random.shuffle(pack);
        }
        pack.pop().map_or("", |i| list[i])
    }

    /// The first of up to thirty attempts that nobody has written before.
    pub fn fresh(&mut self, mut write: impl FnMut(&mut Self) -> String) -> String {
        let mut text = write(self);
        for _ in 0..30 {
            if !self.used.contains(&text) {
                break;
            }
            text = write(self);
        }
        self.used.insert(text.clone());
        text
    }
}
