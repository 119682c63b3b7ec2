//! The only source of time and randomness: real in production, movable and seeded in tests and in the demo.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// Time in microseconds since 1970 (UTC), random bytes and new ids. Cloning shares the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Added to the real time; with `fixed`, the time itself.
    offset: AtomicI64,
    fixed: bool,
    /// The last id's milliseconds and counter, so that ids made in one millisecond still sort by creation.
    last: Mutex<(u64, u16)>,
    seed: Option<Mutex<u64>>,
}

/// Microseconds in one day.
pub const DAY: i64 = 86_400_000_000;

/// A minute (µs): the same form again within it is one button pressed twice.
pub const MINUTE: i64 = 60_000_000;

impl Clock {
    /// The machine's time and the operating system's randomness.
    pub fn real() -> Self {
        Self::build(0, false, None)
    }

    /// Stands still at `now` (µs) until advanced, with random numbers that repeat for the same `seed`.
    pub fn fixed(now: i64, seed: u64) -> Self {
        Self::build(now, true, Some(Mutex::new(seed | 1)))
    }

    fn build(offset: i64, fixed: bool, seed: Option<Mutex<u64>>) -> Self {
        Self(Arc::new(Inner { offset: AtomicI64::new(offset), fixed, last: Mutex::new((0, 0)), seed }))
    }

    /// Microseconds since 1970-01-01T00:00Z.
    pub fn now(&self) -> i64 {
        let offset = self.0.offset.load(Ordering::Relaxed);
        if self.0.fixed { offset } else { machine_time() + offset }
    }

    /// Moves the clock forward (or back) by `micros`; everything that reads it follows.
    pub fn advance(&self, micros: i64) {
        self.0.offset.fetch_add(micros, Ordering::Relaxed);
    }

    /// Moves the clock to `now` (µs).
    pub fn set(&self, now: i64) {
        self.advance(now - self.now());
    }

    /// Fills `bytes` with randomness fit for secrets (with a seed: repeatable, for tests and the demo only).
    pub fn random(&self, bytes: &mut [u8]) {
        match &self.0.seed {
            None => {
                if getrandom::fill(bytes).is_err() {
                    // Without randomness no secret may be made: stopping is the only safe answer.
                    std::process::abort();
                }
            }
            Some(state) => {
                let mut state = state.lock().unwrap_or_else(|p| p.into_inner());
                for chunk in bytes.chunks_mut(8) {
                    // SplitMix64 (Steele, Lea, Flood 2014).
                    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                    let mut z = *state;
                    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                    let word = (z ^ (z >> 31)).to_le_bytes();
                    chunk.copy_from_slice(&word[..chunk.len()]);
                }
            }
        }
    }

    /// A new UUID v7: sorts by creation, also within one millisecond of one process.
    pub fn id(&self) -> Uuid {
        let millis = u64::try_from(self.now() / 1000).unwrap_or(0);
        let mut random = [0u8; 10];
        self.random(&mut random);
        let mut last = self.0.last.lock().unwrap_or_else(|p| p.into_inner());
        let counter = if last.0 == millis { last.1.saturating_add(1) } else { 0 };
        *last = (millis, counter);
        // The 12 bits after the version carry the counter (RFC 9562, method 1).
        let [high, low] = counter.to_be_bytes();
        random[0] = high & 0x0f;
        random[1] = low;
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock everybody else must use")]
fn machine_time() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
