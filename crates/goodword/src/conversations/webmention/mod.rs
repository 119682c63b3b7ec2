//! Webmention (W3C Recommendation of 12 January 2017): pages elsewhere that link to a post are checked and wait for a
//! moderator as comments marked as such; pages that a member's public post links to are told.

mod receive;
mod send;
#[cfg(test)]
mod tests;

pub use send::told;

use crate::app::App;
use axum::Router;
use axum::http::HeaderValue;
use axum::routing::post;
use outbound::{Answer, Url};
use store::Job;

/// Where mentions of this network's posts are taken.
pub const ENDPOINT: &str = "/webmention";
/// Tries before an answer that does not come is taken for none.
const TRIES: i64 = 4;
/// Bytes of a page that are read.
const PAGE: usize = 1024 * 1024;
/// Redirects that are followed.
const REDIRECTS: u8 = 5;

/// `/webmention`.
pub fn routes() -> Router<App> {
    Router::new().route("/webmention", post(receive::ask))
}

/// The header by which a post's page says where it takes mentions.
pub fn advertisement(public_url: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("<{public_url}{ENDPOINT}>; rel=\"webmention\"")).ok()
}

/// The jobs: they ask other servers, so no transaction holds them.
///
/// # Errors
/// What may pass: the job is tried again.
pub async fn run_job(app: &App, job: &Job) -> anyhow::Result<()> {
    match job.kind.as_str() {
        "webmention-check" => receive::check(app, job).await,
        "webmention-links" => send::find(app, job).await,
        _ => send::tell(app, job).await,
    }
}

/// A page's links with the address each leads to, as a browser would resolve them.
fn resolved<'a>(
    page: &'a formats::links::Page,
    answer: &Answer,
) -> impl Iterator<Item = (&'a formats::links::Link, Url)> {
    let base = base(page, answer);
    page.links.iter().filter_map(move |link| Some((link, base.as_ref()?.join(&link.href).ok()?)))
}

/// What a page's relative addresses start from.
fn base(page: &formats::links::Page, answer: &Answer) -> Option<Url> {
    let own = Url::parse(&answer.url).ok()?;
    Some(page.base.as_ref().and_then(|base| own.join(base).ok()).unwrap_or(own))
}

/// The body as text: what is not UTF-8 is replaced, which no address has.
fn text(answer: &Answer) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(&answer.body)
}

/// Whether a page is HTML, by what its server says.
fn is_html(answer: &Answer) -> bool {
    let kind = answer.headers.get(outbound::header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("text/html");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    kind == "text/html" || kind == "application/xhtml+xml"
}
