//! What an operator may want to know of the engine: how big it is, how long its answers take.

use super::Live;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the classes of duration (ms); the last class has none.
pub const BOUNDS: [u64; 6] = [1, 3, 8, 30, 100, 300];

/// How long questions took, since the start.
#[derive(Debug, Default)]
pub struct Questions {
    classes: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Questions {
    pub(super) fn note(&self, took: Duration) {
        let class = BOUNDS.partition_point(|bound| took > Duration::from_millis(*bound));
        self.classes[class].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// The engine of this node in figures.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// People known.
    pub people: usize,
    /// Vouches and entries of trust lists.
    pub edges: usize,
    /// Bytes of memory of the ranking.
    pub bytes: usize,
    /// Outcomes its constants were fitted on; 0: they are priors.
    pub fitted_on: usize,
    /// Questions by duration: how many up to each of [`BOUNDS`], and how many took longer.
    pub questions: [u64; BOUNDS.len() + 1],
    /// Microseconds all questions took together.
    pub micros: u64,
    /// Whether there is a forecast of ratings: `absent`, `learning` or `ready`.
    pub forecast: &'static str,
    /// From how many ratings it was learnt, and in how many seconds.
    pub forecast_learnt: Option<(usize, f64)>,
}

impl Figures {
    /// How many questions were answered.
    pub fn asked(&self) -> u64 {
        self.questions.iter().sum()
    }

    /// How many of them within 8 ms.
    pub fn quick(&self) -> u64 {
        self.questions[..=BOUNDS.iter().take_while(|bound| **bound < 8).count()].iter().sum()
    }
}

impl Live {
    /// The figures now.
    pub fn figures(&self) -> Figures {
        let memory = self.memory();
        let size = memory.engine.size();
        Figures {
            people: size.people,
            edges: size.edges,
            bytes: size.edge_bytes + size.id_bytes + size.person_bytes,
            fitted_on: memory.engine.parameters().outcomes,
            questions: memory.questions.classes.each_ref().map(|n| n.load(Ordering::Relaxed)),
            micros: memory.questions.micros.load(Ordering::Relaxed),
            forecast: memory.forecasts.state(),
            forecast_learnt: memory.forecasts.learnt().map(|learnt| (learnt.ratings, learnt.seconds)),
        }
    }
}
