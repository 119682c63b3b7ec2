//! Conversations: posts, comments under them, guests, moderation, subscriptions, feeds, reviews of groups.

mod about;
pub(crate) mod api;
#[cfg(test)]
mod api_tests;
mod authors;
mod checks;
mod edit;
mod embed;
mod feeds;
mod guests;
mod keeping_api;
mod list;
mod mentions;
mod moderation;
mod naming;
mod order;
mod pages;
mod posts;
mod read;
pub(crate) mod reviews;
#[cfg(test)]
mod rule_tests;
mod service;
mod settings;
mod telling;
#[cfg(test)]
mod tests;
mod thread;
mod token;
mod visitor;
mod webmention;
mod write;

pub use edit::REASONS;
pub use guests::guest_from_elsewhere;
pub use mentions::forget;
pub use naming::{Naming, naming};
pub use order::{arrange, put};
pub use posts::free_slug;
pub use reviews::count as reviews_of;
pub use service::run as run_service_job;
pub use settings::{First, Rules};
pub use telling::run_job;
pub use token::network_secret;
pub use webmention::{ENDPOINT as WEBMENTIONS, run_job as run_webmention_job};

use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use axum::Router;
use store::{Bind, Tx, Value, sql};

/// Everything under `/conversations`, `/comments`, `/moderation`, and the reviews of groups.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(list::routes())
        .merge(pages::routes())
        .merge(posts::routes())
        .merge(about::routes())
        .merge(edit::routes())
        .merge(embed::routes())
        .merge(guests::routes())
        .merge(moderation::routes())
        .merge(telling::routes())
        .merge(feeds::routes())
        .merge(reviews::routes())
        .merge(webmention::routes())
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? } else $other:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// As stored.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads what is stored or sent; anything else is the last resort.
            pub fn read(text: &str) -> Self {
                match text { $($text => Self::$variant,)+ _ => Self::$other }
            }
        }

        impl Bind for $name {
            fn value(&self) -> Value<'_> {
                Value::Text(self.as_str())
            }
        }
    };
}

words!(
    /// What became of a comment.
    State {
        /// Everybody who may read the post reads it.
        Approved = "approved",
        /// Waits for the guest's own yes by letter.
        Unconfirmed = "unconfirmed",
        /// Waits for a moderator.
        Held = "held",
        /// Unwanted advertising.
        Spam = "spam",
        /// Refused, or imported from a trash can.
        Trash = "trash",
        /// Taken away by its author or a moderator.
        Removed = "removed",
    } else Held
);

words!(
    /// What a comment wants to be.
    Purpose {
        /// A remark.
        Comment = "comment",
        /// Asks to be recommended somebody.
        Request = "request",
        /// Names a professional.
        Answer = "answer",
    } else Comment
);

/// HTML that is safe to show, made from what was typed (`markdown`) or brought in (`html`).
pub fn rendered(format: &str, text: &str) -> String {
    if format == "html" { formats::html::clean(text) } else { formats::markdown::render_with_pictures(text) }
}

/// The words alone, made from the same.
pub fn plain(format: &str, text: &str) -> String {
    if format == "html" { formats::html::plain(text) } else { formats::markdown::plain(text) }
}

/// Whether somebody looks after what is said here.
///
/// # Errors
/// The database's.
pub fn is_moderator(tx: &mut Tx<'_>, party: Option<Key>) -> Result<bool> {
    let Some(party) = party else { return Ok(false) };
    let found: Option<i64> = tx.value(
        sql!(
            "SELECT 1 FROM roles WHERE party_id = $1 AND scope = 'network' AND role IN ('moderator', 'admin') LIMIT 1"
        ),
        &[&party],
    )?;
    Ok(found.is_some())
}

/// Everybody who looks after what is said here: id, address, name.
///
/// # Errors
/// The database's.
pub fn moderators(tx: &mut Tx<'_>) -> Result<Vec<(Key, String, String)>> {
    Ok(tx.rows(
        sql!(
            "SELECT DISTINCT p.id, p.email, p.name FROM roles r JOIN parties p ON p.id = r.party_id
             WHERE r.scope = 'network' AND r.role IN ('moderator', 'admin') AND p.status = 'active' AND p.email IS NOT NULL
             LIMIT 20"
        ),
        &[],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?)
}

/// What happened to a post or comment: the truth behind its state.
pub struct Event<'a> {
    /// The post.
    pub post: Key,
    /// The comment, if it is about one.
    pub comment: Option<Key>,
    /// `None`: a rule, or a guest.
    pub actor: Option<Key>,
    /// `approved`, `removed`, `locked`, …
    pub kind: &'a str,
    /// As stored.
    pub from: &'a str,
    /// As stored.
    pub to: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Writes it down.
///
/// # Errors
/// The database's.
pub fn note(tx: &mut Tx<'_>, event: &Event<'_>) -> Result<Key> {
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO moderation_events (id, post_id, comment_id, actor_id, kind, from_state, to_state, reason, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &[&id, &event.post, &event.comment, &event.actor, &event.kind, &event.from, &event.to, &event.reason, &now],
    )?;
    Ok(id)
}
