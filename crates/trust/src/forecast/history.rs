//! What has been rated so far, and the facts about a pair that follow from it.

use super::facts::FACTS;
use hashbrown::HashMap;
use std::hash::BuildHasherDefault;

/// One rating as it happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rated {
    /// Who rates.
    pub rater: u128,
    /// Who is rated.
    pub ratee: u128,
    /// −1 (worst) to 1 (best).
    pub value: f64,
    /// Seconds since 1970.
    pub time: f64,
}

/// A fixed hash (Fibonacci multiplication): the same on every machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mixed(u64);

impl std::hash::Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        let mixed = (self.0.rotate_left(23) ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn write_u128(&mut self, n: u128) {
        self.write_u64(n as u64);
        self.write_u64((n >> 64) as u64);
    }
}

pub(super) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mixed>>;

/// Sums over one side (given or received) of one person.
#[derive(Clone, Debug)]
struct Side {
    sum: f64,
    square: f64,
    count: f64,
    bad: f64,
    worst: f64,
    /// Sum of ratings less what the ratee usually got: generosity.
    offset: f64,
    last: f64,
    when: f64,
    few: f64,
    /// Sum and count that fade with time, as of `when`.
    lately: (f64, f64),
    last_bad: f64,
}

impl Default for Side {
    fn default() -> Self {
        let unknown = f64::NAN;
        Self {
            sum: 0.0,
            square: 0.0,
            count: 0.0,
            bad: 0.0,
            worst: unknown,
            offset: 0.0,
            last: unknown,
            when: unknown,
            few: unknown,
            lately: (0.0, 0.0),
            last_bad: unknown,
        }
    }
}

impl Side {
    fn add(&mut self, value: f64, time: f64, fade: f64) {
        self.sum += value;
        self.square += value * value;
        self.count += 1.0;
        self.worst = if self.worst < value { self.worst } else { value };
        let kept = self.kept(time, fade);
        self.lately = (self.lately.0 * kept + value, self.lately.1 * kept + 1.0);
        self.few = if self.few.is_nan() { value } else { self.few + 0.35 * (value - self.few) };
        self.last = value;
        self.when = time;
        if value < 0.0 {
            self.bad += 1.0;
            self.last_bad = time;
        }
    }

    fn kept(&self, time: f64, fade: f64) -> f64 {
        if self.when.is_nan() { 0.0 } else { libm::exp(-((time - self.when).max(0.0) / fade)) }
    }

    fn mean(&self, prior: f64) -> f64 {
        (self.sum + 2.0 * prior) / (self.count + 2.0)
    }

    fn spread(&self) -> f64 {
        if self.count < 2.0 {
            return f64::NAN;
        }
        let mean = self.sum / self.count;
        (self.square / self.count - mean * mean).max(0.0).sqrt()
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    given: Side,
    got: Side,
    first: f64,
    faint: f64,
    clear: f64,
    /// Latest raters with value; and latest ratees.
    pub(super) raters: Vec<(u32, f32)>,
    ratees: Vec<(u32, f32)>,
    /// Sum of (given back − got first) and how often.
    replies: (f64, f64),
}

/// Everything rated so far.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub(super) numbers: Map<u128, u32>,
    pub(super) people: Vec<Person>,
    pub(super) ratings: Map<u64, (f32, f64)>,
    /// Agreement of two people about the same third ones: sum of products of residuals, squares of each, count.
    agreement: Map<u64, [f32; 4]>,
    /// Whether that is not kept: it is most of the memory.
    pub(super) without_agreement: bool,
    sum: f64,
    count: f64,
    mood: f64,
}

const HOURS: f64 = 6.0 * 3600.0;
const DAYS: f64 = 5.0 * 86_400.0;
/// Only the latest raters of one person are looked through, so that a star costs no more than others.
const LOOK: usize = 300;

pub(super) fn pair(a: u32, b: u32) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

impl History {
    /// How many ratings it holds.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether nothing has been rated.
    pub fn is_empty(&self) -> bool {
        self.count == 0.0
    }

    /// Whether the rater has rated the ratee: then nothing is left to forecast.
    pub fn has_rated(&self, rater: u128, ratee: u128) -> bool {
        let known = |id: u128| self.numbers.get(&id).copied();
        known(rater).zip(known(ratee)).is_some_and(|(a, b)| self.ratings.contains_key(&pair(a, b)))
    }

    /// The mean of everything, from a prior of .3 worth 50 ratings.
    pub fn mean(&self) -> f64 {
        (self.sum + 15.0) / (self.count + 50.0)
    }

    fn number(&mut self, id: u128) -> u32 {
        let next = self.people.len() as u32;
        let number = *self.numbers.entry(id).or_insert(next);
        if number == next {
            self.people.push(Person { first: f64::NAN, ..Person::default() });
        }
        number
    }

    fn offset(&self, rater: u32) -> f64 {
        let given = &self.people[rater as usize].given;
        given.offset / (given.count + 3.0)
    }

    /// Learns one rating. A value or time that is not finite, and a rating of oneself, are passed over; a second
    /// rating of the same person counts as another.
    pub fn add(&mut self, rated: &Rated) {
        if !rated.value.is_finite() || !rated.time.is_finite() || rated.rater == rated.ratee {
            return;
        }
        let value = rated.value.clamp(-1.0, 1.0);
        let (a, b) = (self.number(rated.rater), self.number(rated.ratee));
        let mean = self.mean();
        let usual = self.people[b as usize].got.mean(mean);
        let residual = value - usual - self.offset(a);
        let raters = &self.people[b as usize].raters;
        let earlier: Vec<(u32, f32)> = if self.without_agreement { Vec::new() } else { latest(raters).to_vec() };
        for (u, x) in earlier {
            if u == a {
                continue;
            }
            let other = f64::from(x) - usual - self.offset(u);
            for (key, mine, theirs) in [(pair(a, u), residual, other), (pair(u, a), other, residual)] {
                let sums = self.agreement.entry(key).or_default();
                sums[0] += (mine * theirs) as f32;
                sums[1] += (mine * mine) as f32;
                sums[2] += (theirs * theirs) as f32;
                sums[3] += 1.0;
            }
        }
        let reply = self.ratings.get(&pair(b, a)).map(|(back, _)| value - f64::from(*back));
        for n in [a, b] {
            let person = &mut self.people[n as usize];
            person.first = if person.first < rated.time { person.first } else { rated.time };
        }
        let rater = &mut self.people[a as usize];
        rater.given.offset += value - usual;
        rater.given.add(value, rated.time, HOURS);
        rater.faint += f64::from(value > 0.0 && value <= 0.1);
        rater.clear += f64::from(value >= 0.5);
        rater.ratees.push((b, value as f32));
        if let Some(reply) = reply {
            rater.replies = (rater.replies.0 + reply, rater.replies.1 + 1.0);
        }
        let ratee = &mut self.people[b as usize];
        ratee.got.add(value, rated.time, DAYS);
        ratee.raters.push((a, value as f32));
        self.ratings.insert(pair(a, b), (value as f32, rated.time));
        self.sum += value;
        self.count += 1.0;
        self.mood = if self.count <= 1.0 { value } else { self.mood + (value - self.mood) / 200.0 };
    }

    fn agree(&self, a: u32, b: u32) -> f64 {
        self.agreement
            .get(&pair(a, b))
            .map_or(f64::NAN, |sums| f64::from(sums[0]) / ((f64::from(sums[1]) * f64::from(sums[2])).sqrt() + 0.3))
    }

    /// The facts known about a rating of `ratee` by `rater` at `time`, in the order of [`FACTS`]; NaN where there is
    /// nothing to know.
    pub fn facts(&self, rater: u128, ratee: u128, time: f64) -> [f64; FACTS.len()] {
        let nobody = Person { first: f64::NAN, ..Person::default() };
        let known = |id: u128| self.numbers.get(&id).copied();
        let (a, b) = (known(rater), known(ratee));
        let person = |n: Option<u32>| n.map_or(&nobody, |n| &self.people[n as usize]);
        let (pa, pb) = (person(a), person(b));
        let (a, b) = (a.unwrap_or(u32::MAX), b.unwrap_or(u32::MAX));
        let mean = self.mean();
        let usual = pb.got.mean(mean);
        let offset = pa.given.offset / (pa.given.count + 3.0);
        let back = self.ratings.get(&pair(b, a)).copied();
        let said = self.said(a, pb, mean);
        let since = |when: f64| libm::log1p((time - when).max(0.0));
        let lately = |side: &Side, fade: f64| {
            let kept = side.kept(time, fade);
            let (sum, count) = (side.lately.0 * kept, side.lately.1 * kept);
            (if count > 0.01 { sum / count } else { f64::NAN }, count)
        };
        let (rater_hours, rater_count) = lately(&pa.given, HOURS);
        let (ratee_days, ratee_count) = lately(&pb.got, DAYS);
        let bridge = Sum::over(latest(&pb.ratees), |(x, v)| {
            (v > 0.0).then(|| self.ratings.get(&pair(x, a)).map(|r| (v, f64::from(r.0)))).flatten()
        });
        let alike = self.agree(a, b);
        let share = |part: f64, side: &Side| part / (side.count + 1.0);
        [
            pa.given.mean(mean),
            usual,
            offset,
            usual + offset,
            back.map_or(f64::NAN, |(value, _)| f64::from(value)),
            said.trusted.shrunk(usual, 0.3) + offset,
            said.trusted.weight,
            libm::log1p(pa.given.count),
            libm::log1p(pb.got.count),
            libm::log1p(pb.given.count),
            libm::log1p(pa.got.count),
            share(pb.got.bad, &pb.got),
            share(pa.given.bad, &pa.given),
            since(pb.first),
            since(pa.first),
            since(pb.got.last_bad),
            if pa.got.count > 0.0 { pa.got.mean(mean) } else { f64::NAN },
            if pb.given.count > 0.0 { pb.given.mean(mean) } else { f64::NAN },
            pa.given.last,
            since(pa.given.when),
            pa.given.few,
            rater_hours,
            pb.got.last,
            since(pb.got.when),
            pb.got.few,
            ratee_days,
            back.map_or(f64::NAN, |(_, when)| since(when)),
            share(pb.given.bad, &pb.given),
            said.distrusted.known(),
            said.alike.known(),
            said.alike.weight,
            alike,
            said.trusting.known(),
            bridge.known(),
            rater_count,
            ratee_count,
            share(pa.faint, &pa.given),
            share(pa.clear, &pa.given),
            if self.count > 0.0 { self.mood } else { f64::NAN },
            pb.got.spread(),
            pa.given.spread(),
            pb.got.worst,
            said.plain.shrunk(mean, 2.0),
            said.standing.shrunk(mean, 0.5),
            pa.got.worst,
            pb.replies.0 / (pb.replies.1 + 1.0),
            said.overlap,
        ]
    }

    fn said(&self, a: u32, pb: &Person, mean: f64) -> Said {
        let mut said = Said::default();
        for (u, x) in latest(&pb.raters) {
            let (u, x) = (*u, f64::from(*x));
            if u == a {
                continue;
            }
            let opinion = x - self.offset(u);
            said.plain.add(1.0, opinion);
            said.standing.add(self.people[u as usize].got.mean(mean).max(0.0), x);
            if let Some((trust, _)) = self.ratings.get(&pair(a, u)) {
                let trust = f64::from(*trust);
                let side = if trust > 0.0 { &mut said.trusted } else { &mut said.distrusted };
                side.add(trust.abs(), opinion);
            }
            if let Some((trust, _)) = self.ratings.get(&pair(u, a)) {
                said.overlap += 1.0;
                if *trust > 0.0 {
                    said.trusting.add(f64::from(*trust), opinion);
                }
            }
            let alike = self.agree(a, u);
            if alike > 0.0 {
                said.alike.add(alike * alike, opinion);
            }
        }
        said
    }
}

pub(super) fn latest<T>(all: &[T]) -> &[T] {
    &all[all.len().saturating_sub(LOOK)..]
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: f64,
    weight: f64,
}

impl Sum {
    fn add(&mut self, weight: f64, value: f64) {
        self.sum += weight * value;
        self.weight += weight;
    }

    fn over(all: &[(u32, f32)], mut part: impl FnMut((u32, f64)) -> Option<(f64, f64)>) -> Self {
        let mut sum = Self::default();
        for (n, value) in all {
            if let Some((weight, value)) = part((*n, f64::from(*value))) {
                sum.add(weight, value);
            }
        }
        sum
    }

    fn shrunk(&self, prior: f64, strength: f64) -> f64 {
        (self.sum + strength * prior) / (self.weight + strength)
    }

    fn known(&self) -> f64 {
        if self.weight > 0.0 { self.sum / self.weight } else { f64::NAN }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Said {
    plain: Sum,
    standing: Sum,
    trusted: Sum,
    distrusted: Sum,
    trusting: Sum,
    alike: Sum,
    overlap: f64,
}
