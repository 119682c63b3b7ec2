//! Forecasting the next rating from everything earlier, and learning on.

use super::additive::{Additive, Learning, Loss};
use super::facts::FACTS;
use super::history::{History, Rated};

/// What one fact added to a forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Which fact: its number in [`FACTS`].
    pub number: usize,
    /// Which fact, in words.
    pub fact: &'static str,
    /// The fact itself; `None` if it is not known.
    pub known: Option<f64>,
    /// What it added to the value.
    pub value: f64,
    /// What it added to the log-odds of a good rating.
    pub odds: f64,
}

/// How a rating is expected to come out.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The expected rating, −1 to 1.
    pub value: f64,
    /// The chance that it is above 0.
    pub chance: f64,
    /// Expected distance of the rating from `value` (standard deviation), learnt from past misses.
    pub uncertainty: f64,
    /// How many ratings it rests on: of the rater and of the ratee.
    pub evidence: (usize, usize),
}

/// A forecaster that sees each rating once, in time order: forecast first, then learn.
#[derive(Clone, Debug, Default)]
pub struct Live {
    history: History,
    learning: Learning,
    rows: Vec<f64>,
    values: Vec<f64>,
    value: Additive,
    chance: Additive,
    miss: Additive,
    learnt: usize,
    misses: Vec<f64>,
    dropped: Vec<usize>,
}

/// The fact that forecasts follow in a straight line while ratings are few: generosity of the rater + record.
const RECORD: usize = 3;
/// Below this many ratings nothing is learnt about how facts combine.
const FEW: usize = 500;

/// The facts that need to know how alike two people judge.
const AGREEMENT: [usize; 3] = [29, 30, 31];

impl Live {
    /// A forecaster that has seen nothing.
    pub fn new(learning: Learning) -> Self {
        Self { learning, ..Self::default() }
    }

    /// The same without some facts (numbers of [`FACTS`]): what they add can then be measured.
    pub fn without(learning: Learning, facts: &[usize]) -> Self {
        let mut live = Self { learning, dropped: facts.to_vec(), ..Self::default() };
        live.history.without_agreement = AGREEMENT.iter().all(|fact| facts.contains(fact));
        live
    }

    /// Learns a whole network at once, in the order of time (and of ids within a moment, so that the order given does
    /// not matter). Every rating's facts are gathered as by [`Live::learn`]; how facts combine is learnt anew only
    /// whenever the ratings have doubled, as far as past misses need it, and once at the end.
    pub fn load(learning: Learning, left_out: &[usize], mut ratings: Vec<Rated>) -> Self {
        let mut live = Self::without(learning, left_out);
        ratings.sort_by(|a, b| a.time.total_cmp(&b.time).then((a.rater, a.ratee).cmp(&(b.rater, b.ratee))));
        for moment in ratings.chunk_by(|a, b| a.time == b.time) {
            live.note(moment);
            if live.values.len() >= (2 * live.learnt).max(FEW) {
                live.learnt = live.values.len();
                live.value = live.fit(&live.values, Loss::Value);
            }
        }
        if live.values.len() >= FEW {
            live.refit();
        }
        live
    }

    /// Lets go of what only learning on needs: most of the memory.
    pub fn settle(&mut self) {
        (self.rows, self.values, self.misses) = Default::default();
    }

    /// What has been rated so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The facts a forecast rests on, in the order of [`FACTS`].
    pub fn facts(&self, rater: u128, ratee: u128, time: f64) -> [f64; FACTS.len()] {
        let mut facts = self.history.facts(rater, ratee, time);
        for dropped in &self.dropped {
            if let Some(fact) = facts.get_mut(*dropped) {
                *fact = f64::NAN;
            }
        }
        facts
    }

    /// How the rater is expected to rate the ratee.
    pub fn forecast(&self, rater: u128, ratee: u128, time: f64) -> Forecast {
        self.forecast_from(&self.facts(rater, ratee, time))
    }

    /// The same from facts already gathered.
    pub fn forecast_from(&self, facts: &[f64; FACTS.len()]) -> Forecast {
        let count = |fact: usize| libm::expm1(facts[fact]).round().max(0.0) as usize;
        let evidence = (count(7), count(8));
        if self.value.is_empty() {
            // Where the rater's generosity is left out: what this person usually gets.
            let known = [facts[3], facts[1]].into_iter().find(|fact| fact.is_finite());
            let value = known.unwrap_or(0.0).clamp(-1.0, 1.0);
            return Forecast { value, chance: ((1.0 + value) / 2.0).clamp(0.01, 0.99), uncertainty: 0.4, evidence };
        }
        let value = self.value.score(facts).clamp(-1.0, 1.0);
        let chance = 1.0 / (1.0 + libm::exp(-self.chance.score(facts)));
        let uncertainty = self.miss.score(facts).max(0.0025).sqrt();
        Forecast { value, chance, uncertainty, evidence }
    }

    /// The parts of a forecast, the greatest first; with `said without any fact` they sum to the value (before it is
    /// clamped) and to the log-odds.
    pub fn parts(&self, rater: u128, ratee: u128, time: f64) -> (f64, f64, Vec<Part>) {
        let facts = self.facts(rater, ratee, time);
        let ((value, values), (odds, all)) = (self.value.parts(&facts), self.chance.parts(&facts));
        let mut parts: Vec<Part> = (0..FACTS.len())
            .map(|n| Part {
                number: n,
                fact: FACTS[n],
                known: facts[n].is_finite().then_some(facts[n]),
                value: values[n],
                odds: all[n],
            })
            .filter(|part| part.value != 0.0 || part.odds != 0.0)
            .collect();
        parts.sort_by(|a, b| b.odds.abs().total_cmp(&a.odds.abs()));
        (value, odds, parts)
    }

    /// Learns ratings of one moment: none of them is known when the others are forecast. Refits how facts combine
    /// whenever the ratings have grown by a sixteenth (at least 1,000).
    pub fn learn(&mut self, moment: &[Rated]) {
        self.note(moment);
        let step = if self.learnt == 0 { FEW } else { (self.learnt / 16).max(1000) };
        if self.values.len() >= self.learnt + step {
            self.refit();
        }
    }

    fn note(&mut self, moment: &[Rated]) {
        for rated in moment.iter().filter(|rated| rated.value.is_finite() && rated.time.is_finite()) {
            let facts = self.facts(rated.rater, rated.ratee, rated.time);
            self.misses.push(rated.value - self.forecast_from(&facts).value);
            self.rows.extend_from_slice(&facts);
            self.values.push(rated.value.clamp(-1.0, 1.0));
        }
        for rated in moment {
            self.history.add(rated);
        }
    }

    pub(super) fn refit(&mut self) {
        self.learnt = self.values.len();
        let good: Vec<f64> = self.values.iter().map(|value| f64::from(*value > 0.0)).collect();
        self.value = self.fit(&self.values, Loss::Value);
        self.chance = self.fit(&good, Loss::Chance);
        let squares: Vec<f64> = self.misses.iter().map(|miss| miss * miss).collect();
        let rough = Learning { rounds: 40, rate: 0.1, pairs: false, ..self.learning };
        self.miss = Additive::learn(&self.rows, FACTS.len(), &squares, &[], (Loss::Value, None), &rough);
    }

    fn fit(&self, target: &[f64], loss: Loss) -> Additive {
        Additive::learn(&self.rows, FACTS.len(), target, &[], (loss, Some(RECORD)), &self.learning)
    }
}
