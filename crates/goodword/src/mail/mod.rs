//! Letters: written once as parts, sent as text and HTML, in the transaction of what they tell about.

pub(crate) mod api;
mod bounces;
mod choices;
mod compose;
mod digests;
mod mime;
mod pages;
mod sending;
mod smtp;
#[cfg(test)]
mod tests;
mod topics;

pub use bounces::command as bounce;
pub use digests::{run_job, zone_of};
pub use mime::host;
pub use pages::routes;
pub use sending::send;
pub use smtp::Way;

use crate::error::Result;
use crate::key::{Key, hash_token, new_token};
use serde::{Deserialize, Serialize};
use store::{Tx, sql};
use topics::{Pace, Topic};

/// The address behind `List-Unsubscribe`; a mail program posts there, from anywhere, so the token is its only proof.
pub const UNSUBSCRIBE: &str = "/unsubscribing/";

/// A piece of a letter.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum Part {
    /// A paragraph.
    Text(String),
    /// Somebody's own words.
    Quote(String),
    /// A button in HTML, a line with the URL in text: what it says, the path on this site.
    Button(String, String),
    /// Begins another matter, in a letter about several.
    Heading(String),
}

/// A letter to one person.
pub struct Letter<'a> {
    /// `sign-in`, `ask`, `consent`, …: decides its topic (`topics.rs`), and so whether and when it is sent.
    pub kind: &'a str,
    /// What it is about, if anything: letters about one thing make one thread.
    pub about: Option<Key>,
    /// Whom it is for, if they are known.
    pub to: Option<Key>,
    /// Where it goes.
    pub address: &'a str,
    /// Their name as the letter greets it; may be empty.
    pub name: &'a str,
    /// The subject line.
    pub subject: String,
    /// The body.
    pub parts: Vec<Part>,
    /// A vCard, or an invitation for a calendar, to attach.
    pub card: Option<String>,
}

/// Writes a letter into the outbox and enqueues its sending, keeps it for a digest, or drops it, as its reader chose;
/// all of that only if the transaction commits.
///
/// # Errors
/// The database's.
pub fn post(tx: &mut Tx<'_>, public_url: &str, letter: &Letter<'_>) -> Result<()> {
    let topic = topics::of(letter.kind);
    let wish = choices::wish(tx, letter, topic)?;
    match wish.pace {
        Pace::Never => Ok(()),
        Pace::Daily | Pace::Weekly if letter.to.is_some() && letter.card.is_none() => {
            digests::hold(tx, letter, wish.pace)
        }
        _ => write(tx, public_url, &wish.network, letter, topic),
    }
}

/// A letter that will not be sent any more: its text goes.
///
/// # Errors
/// The database's.
pub fn give_up(tx: &mut Tx<'_>, id: Key) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "UPDATE letters SET plain = '', html = '', attachment = NULL, unsubscribe = NULL, failed_at = $1,
               failure = 'given up' WHERE id = $2 AND sent_at IS NULL"
        ),
        &[&now, &id],
    )?;
    Ok(())
}

fn write(tx: &mut Tx<'_>, public_url: &str, network: &str, letter: &Letter<'_>, topic: &Topic) -> Result<()> {
    let (id, now) = (Key(tx.id()), tx.now());
    let token = (letter.to.is_some() && !topic.paces.is_empty()).then(|| new_token(tx.clock()));
    let headline = formats::text::clean_line(&letter.subject);
    let subject = if topic.is_thread { thread_subject(tx, letter, &headline)? } else { headline.clone() };
    let sheet = compose::Sheet { public_url, network, headline: &headline, letter, topic, token: token.as_deref() };
    let (plain, html) = (sheet.plain(headline != subject), sheet.html());
    tx.execute(
        sql!(
            "INSERT INTO letters (id, party_id, kind, subject_id, address, to_name, subject, plain, html, attachment,
               created_at, unsubscribe, unsubscribe_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        ),
        &[
            &id,
            &letter.to,
            &letter.kind,
            &letter.about,
            &letter.address,
            &letter.name,
            &subject,
            &plain,
            &html,
            &letter.card,
            &now,
            &token,
            &token.as_deref().map(hash_token),
        ],
    )?;
    tx.enqueue("letter", &id.to_string(), "", now)?;
    Ok(())
}

/// Mail programs gather what has one subject: later letters of a thread keep the first one's.
fn thread_subject(tx: &mut Tx<'_>, letter: &Letter<'_>, own: &str) -> Result<String> {
    let first: Option<String> = tx.value(
        sql!(
            "SELECT subject FROM letters WHERE subject_id = $1 AND party_id = $2 AND subject <> ''
             ORDER BY created_at, id LIMIT 1"
        ),
        &[&letter.about, &letter.to],
    )?;
    Ok(match first {
        Some(first) if first.starts_with("Re: ") => first,
        Some(first) => format!("Re: {first}"),
        None => own.to_owned(),
    })
}
