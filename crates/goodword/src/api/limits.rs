//! How often a program may ask: a bucket a token, filled steadily.

use crate::app::App;
use crate::error::Error;
use crate::tokens;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;

/// Requests at once that a full bucket allows.
const BURST: i64 = 300;
/// One more request every so often (µs): ten a second.
const EVERY: i64 = 100_000;
/// Buckets kept; full ones are forgotten when there are more.
const BUCKETS: usize = 20_000;

/// When each bucket is full again (µs), by whose it is (the generic cell rate algorithm).
#[derive(Default)]
pub struct Buckets(Mutex<HashMap<[u8; 32], i64>>);

impl Buckets {
    /// Takes one from a bucket: what is left, or how long to wait (s).
    fn take(&self, whose: [u8; 32], now: i64) -> Result<i64, i64> {
        let mut buckets = self.0.lock().unwrap_or_else(|p| p.into_inner());
        if buckets.len() >= BUCKETS {
            buckets.retain(|_, full_at| *full_at > now);
        }
        // One that is full later than any can be was used while the clock was ahead.
        let known = buckets.get(&whose).copied().filter(|at| *at - now <= BURST * EVERY);
        let full_at = known.unwrap_or(now).max(now) + EVERY;
        let over = full_at - now - BURST * EVERY;
        if over > 0 {
            return Err(over.div_euclid(1_000_000) + 1);
        }
        buckets.insert(whose, full_at);
        Ok(-over / EVERY)
    }
}

/// Around every operation.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let whose = tokens::bearer(request.uri(), request.headers()).unwrap_or_else(|| {
        let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_string());
        crate::key::hash_token(&address.unwrap_or_default())
    });
    let limited = app.site.api_limit;
    match app.buckets.take(whose, app.clock.now()) {
        Err(wait) if limited => {
            let mut response =
                Error::TooMany(format!("That is more than ten requests a second. Try again in {wait} s."))
                    .into_response();
            response.headers_mut().insert("retry-after", HeaderValue::from(wait));
            response
        }
        left => {
            let mut response = next.run(request).await;
            let header = HeaderName::from_static("x-ratelimit-remaining");
            response.headers_mut().insert(header, HeaderValue::from(left.unwrap_or(0)));
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_then_ten_a_second() {
        let buckets = Buckets::default();
        let (ana, ben) = ([1; 32], [2; 32]);
        for left in (0..BURST).rev() {
            assert_eq!(buckets.take(ana, 5), Ok(left));
        }
        assert_eq!(buckets.take(ana, 5), Err(1));
        assert_eq!(buckets.take(ben, 5), Ok(BURST - 1), "somebody else’s bucket");
        assert_eq!(buckets.take(ana, 5 + EVERY), Ok(0));
        assert_eq!(buckets.take(ana, 5 + EVERY), Err(1));
        let ahead = 5 + store::DAY;
        assert_eq!(buckets.take(ana, ahead), Ok(BURST - 1));
        assert_eq!(buckets.take(ana, 6 + EVERY), Ok(BURST - 1), "a clock that was a day ahead holds nobody up");
    }
}
