//! One's own profile: the pages that edit it.

pub(crate) mod api;
mod basics;
mod professions;
#[cfg(test)]
mod tests;

use crate::app::App;
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
