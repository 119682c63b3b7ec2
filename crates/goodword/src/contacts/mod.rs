//! People I know, brought in from an address book: for my eyes only, and nobody is written to by it.

pub(crate) mod api;
mod pages;
mod reading;
mod store;
#[cfg(test)]
mod tests;
mod upload;

pub use pages::routes;
pub use store::run_job;

use crate::key::Key;

/// People one member may keep.
pub const MOST: usize = 20_000;

/// Somebody I know.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Its id.
    pub id: Key,
    /// As written; the address where there is no name.
    pub name: String,
    /// Folded.
    pub email: Option<String>,
    /// As written.
    pub phone: String,
    /// Firm.
    pub firm: String,
    /// What they do.
    pub title: String,
    /// Town.
    pub town: String,
    /// Anything else.
    pub note: String,
    /// Their page, where they are a member who may be found by this address.
    pub here: Option<(Key, String)>,
}

impl Contact {
    /// "Planner, Salt & Fig, Venice".
    pub fn line(&self) -> String {
        let parts = [self.title.as_str(), self.firm.as_str(), self.town.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// "Ana".
    pub fn first(&self) -> &str {
        crate::say::first_name(&self.name)
    }

    /// A form elsewhere with name and address filled in.
    pub fn filled(&self, path: &str) -> String {
        let encode = crate::router::url_encode;
        format!("{path}?name={}&email={}", encode(&self.name), encode(self.email.as_deref().unwrap_or_default()))
    }
}
