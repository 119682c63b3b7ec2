//! One's own profile: the pages that edit it.

pub(crate) mod api;
mod basics;
mod professions;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::error::{Error, Result};
use axum::Router;

/// The parts of one's own profile: name of the part, path, label.
pub const TABS: [(&str, &str, &str); 5] = [
    ("basics", "/profile/edit", "Basics"),
    ("professions", "/profile/professions", "Professions"),
    ("work", "/profile/work", "Work"),
    ("groups", "/profile/groups", "Groups"),
    ("jobs", "/profile/jobs", "Jobs"),
];

/// `/profile/edit` and `/profile/professions`.
pub fn routes() -> Router<App> {
    basics::routes().merge(professions::routes())
}

/// An amount as it is typed: `3000`, `2500.50`.
pub fn plain_money(minor: i64) -> String {
    if minor % 100 == 0 { (minor / 100).to_string() } else { format!("{}.{:02}", minor / 100, (minor % 100).abs()) }
}

/// A web address typed into `field`; `https://` is added where it is missing, empty stays empty.
///
/// # Errors
/// [`Error::Invalid`] for anything but http and https with a host.
pub fn parse_url(field: &'static str, typed: &str) -> Result<String> {
    let text = formats::text::clean_line(typed);
    if text.is_empty() {
        return Ok(text);
    }
    let full = if text.contains("://") { text } else { format!("https://{text}") };
    let lower = full.to_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let host = rest.map(|r| r.split(['/', '?', '#']).next().unwrap_or(""));
    let fits = full.len() <= 300 && !full.contains([' ', '"', '<', '>', '\\']);
    match host {
        Some(host) if fits && host.contains('.') && !host.contains('@') => Ok(full),
        _ => Err(Error::field(field, "This does not look like a web address, such as https://example.org/work.")),
    }
}
