//! What the protocols work on: members numbered from 0, weighted edges between them, and a seeded generator.

/// One edge with its weight scaled so that 1 is the best and anything not above 0 is no trust.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Who rates.
    pub source: u32,
    /// Who is rated.
    pub target: u32,
    /// −1 to 1.
    pub weight: f64,
    /// Seconds since 1970, if the file has them.
    pub time: Option<f64>,
}

/// A network with members numbered from 0 in order of first mention.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// How many members.
    pub members: usize,
    /// Its edges: no self-loops, one per ordered pair (the latest), in file order.
    pub links: Vec<Link>,
    /// When ranking, test edges count as positive above this scaled weight.
    pub threshold: f64,
}

impl Network {
    /// Whether every edge has a time.
    pub fn timed(&self) -> bool {
        !self.links.is_empty() && self.links.iter().all(|link| link.time.is_some())
    }

    /// The edges by time, those of equal time in file order.
    pub fn in_time(&self) -> Vec<Link> {
        let mut links = self.links.clone();
        links.sort_by(|a, b| a.time.unwrap_or(0.0).total_cmp(&b.time.unwrap_or(0.0)));
        links
    }
}

/// A small generator with a fixed seed (SplitMix64): the splits are the same on every machine.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound` (0 if that is 0).
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Shuffles in place.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n + 1));
        }
    }
}
