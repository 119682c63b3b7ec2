//! How often one may try to sign in: by network address and in all, kept in memory by each node. Letters to one e-mail
//! address are counted in the database, so that all nodes together send no more.
//!
//! The generic cell rate algorithm: of each key one number is kept, the time at which its allowance is whole again.

use crate::error::{Error, Result};
use crate::viewer::Visit;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

/// A minute, in µs.
const MINUTE: i64 = 60 * 1_000_000;
/// Keys held at once; when there are more, those whose allowance is whole again are dropped.
const KEYS: usize = 50_000;

/// So many at once, and one more each `every` µs.
struct Allowance {
    burst: i64,
    every: i64,
}

/// From one address: an office behind one address has to get in on Monday morning.
const ADDRESS: Allowance = Allowance { burst: 60, every: MINUTE / 2 };
/// From everywhere: what a mail relay can bear.
const ALL: Allowance = Allowance { burst: 1_000, every: MINUTE / 60 };

/// What has been used of all allowances.
#[derive(Default)]
pub struct Throttle {
    whole_at: Mutex<HashMap<Vec<u8>, i64>>,
}

impl Throttle {
    fn take(&self, key: &[u8], allowance: &Allowance, now: i64) -> bool {
        let mut all = self.whole_at.lock().unwrap_or_else(|p| p.into_inner());
        if all.len() >= KEYS {
            all.retain(|_, whole| *whole > now);
        }
        // One that is whole later than any can be was used while the clock was ahead.
        let known = all.get(key).copied().filter(|whole| whole - now <= allowance.burst * allowance.every);
        let whole = known.unwrap_or(now).max(now);
        if whole - now > (allowance.burst - 1) * allowance.every {
            return false;
        }
        // Full of others' keys: only the common allowance holds until some of theirs are whole again.
        if all.len() < KEYS || all.contains_key(key) {
            all.insert(key.to_vec(), whole + allowance.every);
        }
        true
    }
}

/// A try from an address. Of IPv6 the network counts, not the host: a household has 2⁶⁴ of those.
fn key_of(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets()[..8].to_vec(),
    }
}

/// Counts a try to sign in, whichever way.
///
/// # Errors
/// [`Error::TooMany`] with how long to wait.
pub fn by_address(visit: &Visit) -> Result<()> {
    let (throttle, now) = (&visit.app.throttle, visit.app.clock.now());
    if !throttle.take(&key_of(visit.address), &ADDRESS, now) {
        let sentence =
            "There were many tries to sign in from your network just now. Please wait a minute and try again.";
        return Err(Error::TooMany(sentence.into()));
    }
    if !throttle.take(b"", &ALL, now) {
        let sentence = "Very many people are signing in just now. Please wait a minute and try again.";
        return Err(Error::TooMany(sentence.into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_at_a_time_each_key_for_itself() {
        let throttle = Throttle::default();
        let few = Allowance { burst: 3, every: MINUTE };
        let now = 1_000 * MINUTE;
        let taken = |key: &[u8], at: i64| throttle.take(key, &few, at);
        assert!((0..3).all(|_| taken(b"a", now)) && !taken(b"a", now));
        assert!(taken(b"b", now), "somebody else is not held up");
        assert!(!taken(b"a", now + MINUTE - 1) && taken(b"a", now + MINUTE) && !taken(b"a", now + MINUTE));
        assert!((0..3).all(|_| taken(b"a", now + 10 * MINUTE)), "whole again, and not more than whole");
        assert!(!taken(b"a", now + 10 * MINUTE));
        assert!(
            taken(b"a", now + 2_000 * MINUTE) && taken(b"a", now + 11 * MINUTE),
            "the clock was ahead, and is back"
        );
    }

    #[test]
    fn a_flood_of_addresses_does_not_fill_the_memory() {
        let throttle = Throttle::default();
        for n in 0..60_000u32 {
            throttle.take(&n.to_be_bytes(), &ADDRESS, i64::from(n));
        }
        assert!(throttle.whole_at.lock().unwrap().len() <= KEYS);
        throttle.take(b"later", &ADDRESS, 100 * MINUTE);
        assert_eq!(throttle.whole_at.lock().unwrap().len(), 1);
    }

    #[test]
    fn of_ipv6_the_network_counts() {
        let key = |text: &str| key_of(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
