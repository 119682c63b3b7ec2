//! How somebody might rate somebody: learnt from all ratings of a network that was imported with warnings, kept beside
//! the engine, asked by pages. It never moves the ranking.

use super::{Live, Memory, id};
use crate::error::Result;
use crate::key::Key;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, RwLock};
use store::{DAY, Db, Tx, sql};
use trust::forecast::{self as model, LEFT_OUT, Learning, Part, Rated};

/// Fewer ratings, or fewer warnings among them, have nothing to teach.
const RATINGS: i64 = 500;
const WARNINGS: i64 = 20;
/// More would take more memory than all the rest.
const MOST: i64 = 250_000;
/// When at night it is learnt anew (UTC, µs): after the ranking was fitted.
const AT: i64 = 7 * 1_800_000_000;

/// What there is to know of a network's ratings, and since when.
#[derive(Debug)]
pub struct Forecasts {
    learnt: RwLock<Option<Arc<Learnt>>>,
    /// The night after which the ratings were last looked at; none since the network was loaded.
    night: AtomicI64,
    /// Just now.
    learning: AtomicBool,
}

impl Default for Forecasts {
    fn default() -> Self {
        Self { learnt: RwLock::default(), night: AtomicI64::new(i64::MIN), learning: AtomicBool::default() }
    }
}

/// What was learnt.
#[derive(Debug)]
pub struct Learnt {
    model: model::Live,
    /// Seconds since 1970 of the last rating.
    until: f64,
    /// Ratings it was learnt from.
    pub ratings: usize,
    /// Those of them that warn.
    pub warnings: usize,
    /// How long learning took.
    pub seconds: f64,
}

/// How one person might rate another.
#[derive(Debug)]
pub struct Expected {
    /// The numbers.
    pub forecast: model::Forecast,
    /// What moves it and may be told, the greatest first.
    pub parts: Vec<Part>,
    /// The one has rated the other before.
    pub again: bool,
}

impl Forecasts {
    /// The present one, if this network has one and it is learnt.
    pub fn learnt(&self) -> Option<Arc<Learnt>> {
        self.learnt.read().unwrap_or_else(|p| p.into_inner()).clone()
    }

    /// Whether the ratings are to be looked at: after loading, after an import, after each night.
    pub fn is_due(&self, now: i64) -> bool {
        self.night.load(Ordering::SeqCst) != night(now)
    }

    /// For an operator: `absent`, `learning` or `ready`.
    pub fn state(&self) -> &'static str {
        match (self.learning.load(Ordering::SeqCst), self.learnt().is_some()) {
            (true, _) => "learning",
            (false, true) => "ready",
            (false, false) => "absent",
        }
    }

    /// They have changed.
    pub(super) fn look_again(&self) {
        self.night.store(i64::MIN, Ordering::SeqCst);
    }
}

fn night(now: i64) -> i64 {
    (now - AT).div_euclid(DAY)
}

impl Live {
    /// Learns the forecast from the ratings as they stand, where it is due and there is enough to learn from. Takes
    /// seconds in a large network; who asks meanwhile gets the one before, or none.
    ///
    /// # Errors
    /// The database's; it stays due then.
    pub fn learn_forecast(&self, db: &Db) -> Result<()> {
        let (forecasts, now) = (self.memory().forecasts.clone(), db.clock().now());
        if !forecasts.is_due(now) {
            return Ok(());
        }
        // First: an import that comes while we learn is due again.
        forecasts.night.store(night(now), Ordering::SeqCst);
        let ratings = db.read_here(ratings).inspect_err(|_| forecasts.look_again())?;
        forecasts.learning.store(ratings.is_some(), Ordering::SeqCst);
        let learnt = ratings.map(|ratings| Arc::new(learn(ratings)));
        forecasts.learning.store(false, Ordering::SeqCst);
        if let Some(l) = &learnt {
            tracing::info!(
                ratings = l.ratings,
                warnings = l.warnings,
                seconds = l.seconds,
                "forecast of ratings learnt"
            );
        }
        *forecasts.learnt.write().unwrap_or_else(|p| p.into_inner()) = learnt;
        Ok(())
    }
}

impl Memory {
    /// How `rater` might rate `ratee`, where this network has a forecast.
    pub fn expected_rating(&self, rater: Key, ratee: Key, now: i64) -> Option<Expected> {
        let learnt = self.forecasts.learnt()?;
        let (rater, ratee) = (id(rater), id(ratee));
        if rater == ratee {
            return None;
        }
        // As of the last rating: of years in which nobody rated anybody nothing was learnt.
        let time = seconds(now).min(learnt.until + seconds(DAY));
        Some(Expected {
            forecast: learnt.model.forecast(rater, ratee, time),
            parts: learnt.model.told(rater, ratee, time),
            again: learnt.model.history().has_rated(rater, ratee),
        })
    }
}

/// Vouches and warnings that count, if they are enough and not too many.
fn ratings(tx: &mut Tx<'_>) -> Result<Option<Vec<Rated>>> {
    let warnings: i64 = tx.value(sql!("SELECT COUNT(*) FROM warnings"), &[])?.unwrap_or(0);
    if warnings < WARNINGS {
        return Ok(None);
    }
    let vouches: i64 = tx.value(sql!("SELECT COUNT(*) FROM vouches WHERE state = 'live'"), &[])?.unwrap_or(0);
    if warnings + vouches > MOST {
        tracing::warn!(vouches, warnings, "too many ratings to learn a forecast from");
        return Ok(None);
    }
    let rated =
        |from: Key, to: Key, value: f64, at: i64| Rated { rater: id(from), ratee: id(to), value, time: seconds(at) };
    let mut all = tx.rows(
        sql!(
            "SELECT v.from_id, v.to_id, v.confidence, v.renewed_at FROM vouches v JOIN parties p ON p.id = v.from_id
             WHERE v.state = 'live' AND v.hidden_at IS NULL AND p.status = 'active'"
        ),
        &[],
        // The import made 50 + 4.9 r of a rating r; a vouch is never a bad one.
        |r| Ok(rated(r.get(0)?, r.get(1)?, (whole(r.get(2)?) - 50.0).max(1.0) / 49.0, r.get(3)?)),
    )?;
    let good = all.len();
    all.extend(tx.rows(
        sql!(
            "SELECT w.from_id, w.to_id, w.strength, w.given_at FROM warnings w JOIN parties p ON p.id = w.from_id
             WHERE p.status = 'active'"
        ),
        &[],
        |r| Ok(rated(r.get(0)?, r.get(1)?, -whole(r.get(2)?) / 10.0, r.get(3)?)),
    )?);
    let enough = |n: usize, least: i64| i64::try_from(n).is_ok_and(|n| n >= least);
    Ok((enough(all.len(), RATINGS) && enough(all.len() - good, WARNINGS)).then_some(all))
}

fn learn(ratings: Vec<Rated>) -> Learnt {
    #[expect(clippy::disallowed_methods, reason = "how long learning takes, for operators; it decides nothing")]
    let start = std::time::Instant::now();
    let until = ratings.iter().map(|rated| rated.time).fold(0.0, f64::max);
    let (count, warnings) = (ratings.len(), ratings.iter().filter(|rated| rated.value < 0.0).count());
    let mut model = model::Live::load(Learning::default(), &LEFT_OUT, ratings);
    model.settle();
    Learnt { model, until, ratings: count, warnings, seconds: start.elapsed().as_secs_f64() }
}

#[expect(clippy::cast_precision_loss, reason = "percentages and strengths")]
fn whole(n: i64) -> f64 {
    n as f64
}

#[expect(clippy::cast_precision_loss, reason = "times")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
