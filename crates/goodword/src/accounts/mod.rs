//! Signing in (by a mailed link, an account elsewhere, a passkey), and what belongs to it: sessions, addresses, limits.

mod account;
pub(crate) mod api;
mod email_change;
mod letters;
mod pages;
mod passkeys;
mod providers;
mod sessions;
#[cfg(test)]
mod tests;
mod throttle;

pub use account::letters_leave;
pub use letters::link_for;
pub use pages::{enter, routes, signed_in};
pub use providers::{Button, Provider, Providers};
pub use sessions::{NOTED, seen};
pub use throttle::{Throttle, by_address};

use crate::error::Result;
use crate::key::Key;
use store::Tx;

/// Starts a remembered session and returns its secret, for the cookie only.
///
/// # Errors
/// The database's.
pub fn start_session(tx: &mut Tx<'_>, party: Key, agent: &str) -> Result<String> {
    sessions::start(tx, party, agent, sessions::Stay::Long)
}
