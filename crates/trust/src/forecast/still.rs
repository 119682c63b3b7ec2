//! Forecasting a held-out rating from ratings without an order in time.

use super::additive::{Additive, Learning, Loss};
use super::history::{Map, pair};

/// A rating between members numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Who rates.
    pub rater: u32,
    /// Who is rated.
    pub ratee: u32,
    /// −1 to 1.
    pub value: f64,
}

/// Names of the facts of [`Still::facts`], in the order of a row.
pub const STILL_FACTS: [&str; 38] = [
    "generosity of the rater + record of this person",
    "generosity of the rater",
    "record of this person",
    "what the rater usually gives",
    "what this person usually gets",
    "what this person gave the rater",
    "what people the rater trusts said",
    "how much they said",
    "how much the rater has rated",
    "how often this person has been rated",
    "how much this person has rated",
    "how often the rater has been rated",
    "share of bad ratings this person got",
    "share of bad ratings the rater gives",
    "generosity of this person",
    "record of the rater",
    "share of bad ratings this person gives",
    "share of bad ratings the rater got",
    "what people the rater distrusts said",
    "what people who judge like the rater said",
    "how much those said",
    "how alike the two judge others",
    "what people who trust the rater said",
    "what people this person trusts think of the rater",
    "whom both rated: product of ratings",
    "how many both rated",
    "who rated both: product of ratings",
    "how many rated both",
    "spread of what this person got",
    "spread of what the rater gives",
    "worst rating this person got",
    "worst rating the rater gave",
    "how often the rater recommends clearly",
    "how often the rater is lukewarm",
    "what the rater said of people like this one",
    "how much the rater said of people like this one",
    "what people the rater distrusts or trusts said, signed",
    "best rating this person got",
];
const WIDTH: usize = STILL_FACTS.len();
const LOOK: usize = 200;

#[derive(Clone, Debug, Default)]
struct Side {
    with: Vec<(u32, f32)>,
    sum: f64,
    square: f64,
    bad: f64,
    clear: f64,
    faint: f64,
    worst: f64,
    best: f64,
}

impl Side {
    fn add(&mut self, other: u32, value: f64) {
        self.worst = if self.with.is_empty() { value } else { self.worst.min(value) };
        self.best = if self.with.is_empty() { value } else { self.best.max(value) };
        self.with.push((other, value as f32));
        self.sum += value;
        self.square += value * value;
        self.bad += f64::from(value < 0.0);
        self.clear += f64::from(value >= 0.5);
        self.faint += f64::from(value > 0.0 && value <= 0.1);
    }

    fn count(&self) -> f64 {
        self.with.len() as f64
    }

    fn known(&self, value: f64) -> f64 {
        if self.with.is_empty() { f64::NAN } else { value }
    }

    fn spread(&self) -> f64 {
        let (n, mean) = (self.count(), self.sum / self.count());
        if n < 2.0 { f64::NAN } else { (self.square / n - mean * mean).max(0.0).sqrt() }
    }
}

/// Known ratings: offsets by ridge, and who rated whom.
#[derive(Clone, Debug)]
pub struct Still {
    mean: f64,
    give: Vec<f64>,
    get: Vec<f64>,
    given: Vec<Side>,
    got: Vec<Side>,
    ratings: Map<u64, f32>,
    judges: Map<u64, [f32; 3]>,
    judged: Map<u64, [f32; 3]>,
}

impl Still {
    /// From the known ratings of `members` members. Ratings of oneself, of unknown members and without a finite value
    /// are passed over.
    pub fn of(edges: &[Edge], members: usize) -> Self {
        let edges: Vec<Edge> = edges
            .iter()
            .filter(|e| e.value.is_finite() && e.rater != e.ratee && (e.rater.max(e.ratee) as usize) < members)
            .copied()
            .collect();
        let (mean, give, get) = ridge(&edges, members);
        let mut still = Self {
            mean,
            give,
            get,
            given: vec![Side::default(); members],
            got: vec![Side::default(); members],
            ratings: Map::default(),
            judges: Map::default(),
            judged: Map::default(),
        };
        for edge in &edges {
            still.given[edge.rater as usize].add(edge.ratee, edge.value);
            still.got[edge.ratee as usize].add(edge.rater, edge.value);
            still.ratings.insert(pair(edge.rater, edge.ratee), edge.value as f32);
        }
        let residual = |rater: u32, ratee: u32, value: f32| {
            f64::from(value) - mean - still.give[rater as usize] - still.get[ratee as usize]
        };
        still.judges = likeness(&still.got, |ratee, rater, value| residual(rater, ratee, value));
        still.judged = likeness(&still.given, residual);
        still
    }

    /// The facts about a rating of `b` by `a`, which must not be among the known ones; NaN where nothing is known.
    pub fn facts(&self, a: u32, b: u32) -> [f64; WIDTH] {
        let nobody = Side::default();
        let (ag, ar) = (self.given.get(a as usize).unwrap_or(&nobody), self.got.get(a as usize).unwrap_or(&nobody));
        let (bg, br) = (self.given.get(b as usize).unwrap_or(&nobody), self.got.get(b as usize).unwrap_or(&nobody));
        let offset = |of: &[f64], n: u32| of.get(n as usize).copied().unwrap_or(0.0);
        let (give, get) = (offset(&self.give, a), offset(&self.get, b));
        let base = self.mean + give + get;
        let rating = |x: u32, y: u32| self.ratings.get(&pair(x, y)).map(|value| f64::from(*value));
        let mut said: [(f64, f64); 6] = [(0.0, 0.0); 6];
        let add = |slot: &mut (f64, f64), weight: f64, value: f64| *slot = (slot.0 + weight * value, slot.1 + weight);
        let (mut both_raters, mut shared) = ((0.0, 0.0), (0.0, 0.0));
        for (u, x) in br.with.iter().take(4 * LOOK) {
            let (u, x) = (*u, f64::from(*x));
            let opinion = x - self.mean - offset(&self.give, u);
            if let Some(trust) = rating(a, u) {
                add(&mut said[if trust > 0.0 { 0 } else { 1 }], trust.abs(), opinion);
                add(&mut said[5], 1.0, trust * (opinion - get));
            }
            if let Some(trust) = rating(u, a) {
                add(&mut both_raters, 1.0, trust * x);
                if trust > 0.0 {
                    add(&mut said[2], trust, opinion);
                }
            }
            let alike = alike(&self.judges, a, u);
            if alike > 0.0 {
                add(&mut said[3], alike * alike, opinion - get);
            }
        }
        for (x, v) in bg.with.iter().take(4 * LOOK) {
            let v = f64::from(*v);
            if let Some(of_rater) = rating(*x, a)
                && v > 0.0
            {
                add(&mut said[4], v, of_rater);
            }
            if let Some(mine) = rating(a, *x) {
                add(&mut shared, 1.0, mine * v);
            }
        }
        let mut kin = (0.0, 0.0);
        for (x, v) in ag.with.iter().take(4 * LOOK) {
            let like = alike(&self.judged, *x, b);
            if like > 0.0 {
                add(&mut kin, like * like, f64::from(*v) - self.mean - give - offset(&self.get, *x));
            }
        }
        let known = |(sum, weight): (f64, f64)| if weight > 0.0 { sum / weight } else { f64::NAN };
        let usual = |side: &Side| (side.sum + 2.0 * self.mean) / (side.count() + 2.0);
        let share = |part: f64, side: &Side| part / (side.count() + 1.0);
        [
            base,
            give,
            get,
            usual(ag),
            usual(br),
            rating(b, a).unwrap_or(f64::NAN),
            self.mean + give + (said[0].0 + get) / (said[0].1 + 1.0),
            said[0].1,
            libm::log1p(ag.count()),
            libm::log1p(br.count()),
            libm::log1p(bg.count()),
            libm::log1p(ar.count()),
            share(br.bad, br),
            share(ag.bad, ag),
            bg.known(offset(&self.give, b)),
            ar.known(offset(&self.get, a)),
            share(bg.bad, bg),
            share(ar.bad, ar),
            known(said[1]),
            said[3].0 / (said[3].1 + 0.3),
            said[3].1,
            alike(&self.judges, a, b),
            known(said[2]),
            known(said[4]),
            known(shared),
            shared.1,
            known(both_raters),
            both_raters.1,
            br.spread(),
            ag.spread(),
            br.known(br.worst),
            ag.known(ag.worst),
            share(ag.clear, ag),
            share(ag.faint, ag),
            kin.0 / (kin.1 + 0.3),
            kin.1,
            said[5].0 / (said[5].1 + 1.0),
            br.known(br.best),
        ]
    }
}

fn ridge(edges: &[Edge], members: usize) -> (f64, Vec<f64>, Vec<f64>) {
    let mean = edges.iter().map(|e| e.value).sum::<f64>() / edges.len().max(1) as f64;
    let (mut give, mut get) = (vec![0.0; members], vec![0.0; members]);
    let mut counts = vec![(0.0, 0.0); members];
    for edge in edges {
        counts[edge.rater as usize].0 += 1.0;
        counts[edge.ratee as usize].1 += 1.0;
    }
    for _ in 0..15 {
        let mut sums = vec![0.0; members];
        edges.iter().for_each(|e| sums[e.ratee as usize] += e.value - mean - give[e.rater as usize]);
        (0..members).for_each(|n| get[n] = sums[n] / (counts[n].1 + 2.0));
        sums.fill(0.0);
        edges.iter().for_each(|e| sums[e.rater as usize] += e.value - mean - get[e.ratee as usize]);
        (0..members).for_each(|n| give[n] = sums[n] / (counts[n].0 + 2.0));
    }
    (mean, give, get)
}

/// Sums of products of residuals for all two who share a third, looked through up to [`LOOK`] each.
fn likeness(sides: &[Side], residual: impl Fn(u32, u32, f32) -> f64) -> Map<u64, [f32; 3]> {
    let mut all = Map::default();
    for (n, side) in sides.iter().enumerate() {
        let last = &side.with[side.with.len().saturating_sub(LOOK)..];
        let rows: Vec<(u32, f32)> = last.iter().map(|(u, v)| (*u, residual(n as u32, *u, *v) as f32)).collect();
        for (i, (u, x)) in rows.iter().enumerate() {
            for (v, y) in &rows[..i] {
                let (key, x, y) = if u < v { (pair(*u, *v), *x, *y) } else { (pair(*v, *u), *y, *x) };
                let sums: &mut [f32; 3] = all.entry(key).or_default();
                *sums = [sums[0] + x * y, sums[1] + x * x, sums[2] + y * y];
            }
        }
    }
    all
}

fn alike(all: &Map<u64, [f32; 3]>, a: u32, b: u32) -> f64 {
    all.get(&pair(a.min(b), a.max(b)))
        .map_or(f64::NAN, |sums| f64::from(sums[0]) / ((f64::from(sums[1]) * f64::from(sums[2])).sqrt() + 0.3))
}

/// How much each fact matters for a held-out rating.
#[derive(Clone, Debug, Default)]
pub struct Weighed {
    value: Additive,
    chance: Additive,
    range: (f64, f64),
}

impl Weighed {
    /// Learns from rows of facts (each gathered without its own rating) and the ratings.
    pub fn learn(rows: &[[f64; WIDTH]], values: &[f64], how: &Learning) -> Self {
        let flat = rows.as_flattened();
        let good: Vec<f64> = values.iter().map(|value| f64::from(*value > 0.0)).collect();
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        Self {
            value: Additive::learn(flat, WIDTH, values, &[], (Loss::Value, Some(0)), how),
            chance: Additive::learn(flat, WIDTH, &good, &[], (Loss::Chance, Some(0)), how),
            range: (finite().fold(1.0, f64::min), finite().fold(-1.0, f64::max)),
        }
    }

    /// The expected rating and the chance that it is above 0.
    pub fn forecast(&self, facts: &[f64; WIDTH]) -> (f64, f64) {
        let value = self.value.score(facts).max(self.range.0).min(self.range.1);
        (value, 1.0 / (1.0 + libm::exp(-self.chance.score(facts))))
    }

    /// What each fact added to the value; with the first number they sum to it.
    pub fn parts(&self, facts: &[f64; WIDTH]) -> (f64, Vec<f64>) {
        self.value.parts(facts)
    }
}
