//! `/metrics` for Prometheus: requests, jobs, the engine, the database. For this machine, or for whoever has the token.

#[cfg(test)]
mod tests;

use crate::app::App;
use crate::error::{Error, Result};
use crate::live::BOUNDS;
use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use store::Waiting;

type Labels = Vec<(&'static str, String)>;
/// A gauge of fractions.
type Real = Gauge<f64, AtomicU64>;

/// What is counted as it happens; one process serves one network.
struct Counted {
    requests: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram, fn() -> Histogram>,
    database_errors: Counter,
}

/// From half a millisecond to about half a minute.
fn buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.0005, 3.0, 11))
}

static COUNTED: LazyLock<Counted> = LazyLock::new(|| Counted {
    requests: Family::default(),
    seconds: Family::new_with_constructor(buckets as fn() -> Histogram),
    database_errors: Counter::default(),
});

/// The database failed a request.
pub fn database_failed() {
    COUNTED.database_errors.inc();
}

/// Counts a request by the pattern of its route (never by its path: links in letters are secrets) and its status.
#[expect(clippy::disallowed_methods, reason = "a duration for an operator; nothing is decided by it")]
pub async fn count(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", |p| p.as_str()).to_owned();
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE") => known,
        // Whoever makes up methods shall not make up rows here.
        _ => "other",
    };
    let labels: Labels = vec![("method", method.to_owned()), ("route", route)];
    let started = std::time::Instant::now();
    let response = next.run(request).await;
    COUNTED.seconds.get_or_create(&labels).observe(started.elapsed().as_secs_f64());
    let mut labels = labels;
    labels.push(("status", response.status().as_u16().to_string()));
    COUNTED.requests.get_or_create(&labels).inc();
    response
}

/// `/metrics`.
pub fn routes() -> Router<App> {
    Router::new().route("/metrics", get(show))
}

/// Whether whoever asks may read it: with the token where one is set, else only from this machine and not through the
/// server in front of us (which has this machine's address too, but says for whom it asks).
fn may_read(token: Option<&str>, peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
    if let Some(token) = token {
        let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let given = given.and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default();
        // By their hashes: comparing them tells nothing about the token by its time.
        return crate::key::hash_token(given) == crate::key::hash_token(token);
    }
    let forwarded = ["x-forwarded-for", "x-real-ip", "forwarded", "via"].iter().any(|name| headers.contains_key(*name));
    peer.is_some_and(|ip| ip.to_canonical().is_loopback()) && !forwarded
}

async fn show(State(app): State<App>, headers: HeaderMap, request: Request) -> Result<Response> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if !may_read(app.metrics_token(), peer, &headers) {
        return Err(Error::NotFound);
    }
    // A database that is away is something to say, not a reason to say nothing.
    let waiting = app.db.read(|tx| tx.waiting_jobs()).await.ok();
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((content_type, text(&app, waiting.as_deref())?).into_response())
}

fn text(app: &App, waiting: Option<&[Waiting]>) -> Result<String> {
    let mut all = Registry::with_prefix("goodword");
    all.register("requests", "Requests answered, by route and status", COUNTED.requests.clone());
    all.register_with_unit("request_duration", "Time to answer, by route", Unit::Seconds, COUNTED.seconds.clone());
    all.register("database_errors", "Requests the database failed", COUNTED.database_errors.clone());
    all.register("database_up", "Whether the database answers", number(i64::from(waiting.is_some())));
    let (jobs, failed) = (Family::<Labels, Gauge>::default(), Family::<Labels, Gauge>::default());
    let now = app.clock.now();
    let mut late = 0;
    for kind in waiting.unwrap_or_default() {
        // `outcome-open-1772` is one kind.
        let name = kind.kind.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
        let labels = vec![("kind", name)];
        jobs.get_or_create(&labels).inc_by(kind.count);
        failed.get_or_create(&labels).inc_by(kind.failed);
        late = late.max(now - kind.due_at);
    }
    all.register("jobs_waiting", "Jobs that wait, by kind", jobs);
    all.register("jobs_failed", "Jobs that failed and will be tried again, by kind", failed);
    all.register_with_unit(
        "jobs_late",
        "How long the longest waiting job is overdue",
        Unit::Seconds,
        real(late.max(0)),
    );
    let figures = app.live.figures();
    let seq = app.live.memory().seq;
    all.register_with_unit("engine_memory", "Memory of the trust engine", Unit::Bytes, count_of(figures.bytes));
    all.register("engine_edges", "Vouches and entries of trust lists in memory", count_of(figures.edges));
    all.register("engine_people", "People in memory", count_of(figures.people));
    // Summed up as a histogram's are: each class holds those below it.
    let (questions, mut so_far) = (Family::<Labels, Counter>::default(), 0);
    let bounds = BOUNDS.iter().map(|ms| format!("{ms}")).chain(["+Inf".to_owned()]);
    for (bound, n) in bounds.zip(figures.questions) {
        so_far += n;
        questions.get_or_create(&vec![("within_ms", bound)]).inc_by(so_far);
    }
    all.register("engine_questions", "Questions the engine answered, by how long it took at most", questions);
    let taken = Counter::<f64, AtomicU64>::default();
    taken.inc_by(seconds(i64::try_from(figures.micros).unwrap_or(i64::MAX)));
    all.register_with_unit("engine_questions_time", "Time all questions to the engine took", Unit::Seconds, taken);
    let state = Family::<Labels, Gauge>::default();
    for name in ["absent", "learning", "ready"] {
        state.get_or_create(&vec![("state", name.to_owned())]).set(i64::from(name == figures.forecast));
    }
    all.register("forecast_state", "Whether ratings are forecast: 1 for the state it is in", state);
    let (rated, took) = figures.forecast_learnt.unwrap_or_default();
    all.register("forecast_ratings", "Ratings the forecast was learnt from", count_of(rated));
    let duration = Real::default();
    duration.set(took);
    all.register_with_unit("forecast_learning", "Time the forecast took to learn", Unit::Seconds, duration);
    all.register("engine_change", "Number of the last change applied", number(seq));
    all.register_with_unit("uptime", "Time since the start", Unit::Seconds, real(now - app.started_at));
    let build = Family::<Labels, Gauge>::default();
    build.get_or_create(&vec![("version", env!("CARGO_PKG_VERSION").to_owned())]).set(1);
    all.register("build", "Which version runs", build);
    let mut text = String::new();
    encode(&mut text, &all).map_err(|e| Error::Internal(e.into()))?;
    Ok(text)
}

fn number(value: i64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(value);
    gauge
}

fn count_of(value: usize) -> Gauge {
    number(i64::try_from(value).unwrap_or(i64::MAX))
}

/// A gauge of seconds, from µs.
fn real(micros: i64) -> Real {
    let gauge = Real::default();
    gauge.set(seconds(micros));
    gauge
}

#[expect(clippy::cast_precision_loss, reason = "times since a start")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1_000_000.0
}
