//! How somebody gets work: jobs by source, for themselves only.

pub(crate) mod api;
mod pages;
#[cfg(test)]
mod tests;

pub use pages::routes;

use crate::error::{Error, Result};
use crate::input::{Check, Words, parse_date, parse_money};
use crate::key::Key;
use serde::Deserialize;
use store::{Tx, sql};

/// Where work comes from: as stored, as shown, what it means.
pub const SOURCES: [(&str, &str, &str); 4] = [
    ("referral", "A referral", "Somebody sent them to me"),
    ("group", "A group", "I met them through one"),
    ("ambassador", "A client who speaks for me", "They came because a client of mine told them"),
    ("direct", "I sold it myself", "An advertisement, a call, my own site"),
];

/// A job.
#[derive(Clone, Debug)]
pub struct Won {
    /// Its id.
    pub id: Key,
    /// As stored.
    pub source: String,
    /// ISO date.
    pub on: String,
    /// Minor units.
    pub amount: Option<i64>,
    /// Of the amount.
    pub currency: String,
    /// For oneself.
    pub note: String,
}

impl Won {
    /// "A referral".
    pub fn source_words(&self) -> &'static str {
        SOURCES.iter().find(|(value, ..)| *value == self.source).map_or("", |(_, label, _)| label)
    }
}

/// One's own jobs, newest first; those after one of them, where one is named.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, me: Key, after: Option<Key>, rows: i64) -> Result<Vec<Won>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, source, won_on, amount, currency, note FROM jobs_won
             WHERE party_id = $1 AND deleted_at IS NULL AND (CAST($2 AS UUID) IS NULL OR (won_on, created_at, id)
               < (SELECT c.won_on, c.created_at, c.id FROM jobs_won c WHERE c.id = $2 AND c.party_id = $1))
             ORDER BY won_on DESC, created_at DESC, id DESC LIMIT $3"
        ),
        &[&me, &after, &rows],
        |r| {
            Ok(Won {
                id: r.get(0)?,
                source: r.get(1)?,
                on: r.get(2)?,
                amount: r.get(3)?,
                currency: r.get(4)?,
                note: r.get(5)?,
            })
        },
    )?)
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// See [`SOURCES`].
    pub source: String,
    /// ISO date.
    pub won_on: String,
    /// Amount.
    pub amount: String,
    /// For oneself.
    pub note: String,
}

/// Notes a job.
/// The same again within `within` µs is one: a form's button pressed twice.
///
/// # Errors
/// [`Error::Invalid`].
pub fn add(tx: &mut Tx<'_>, me: Key, typed: &Typed, within: i64) -> Result<()> {
    let mut check = Check::default();
    if !SOURCES.iter().any(|(value, ..)| *value == typed.source) {
        check.refuse("source", "Please say where it came from.");
    }
    let on = check.take(parse_date("won_on", &typed.won_on))?.flatten();
    if on.is_none() && typed.won_on.trim().is_empty() {
        check.refuse("won_on", "Please say when.");
    }
    let amount = check.take(parse_money("amount", &typed.amount))?.flatten();
    let note = check.take(Words::optional("note", &typed.note))?;
    check.finish()?;
    let (Some(on), Some(note)) = (on, note) else {
        return Err(Error::BadRequest("The form could not be read.".into()));
    };
    let (id, now) = (tx.id(), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO jobs_won (id, party_id, source, won_on, amount, currency, note, created_at)
             SELECT $1, f.party_id, $2, $3, $4, f.currency, $5, $6 FROM profiles f
             WHERE f.party_id = $7 AND NOT EXISTS (SELECT 1 FROM jobs_won j
               WHERE j.party_id = $7 AND j.source = $2 AND j.won_on = $3 AND j.note = $5
                 AND COALESCE(j.amount, -1) = COALESCE(CAST($4 AS BIGINT), -1) AND j.deleted_at IS NULL
                 AND j.created_at > $8)"
        ),
        &[&id, &typed.source, &on, &amount, &note, &now, &me, &(now - within)],
    )?;
    Ok(())
}

/// Removes one's own job, or puts it back.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn set_deleted(tx: &mut Tx<'_>, me: Key, id: Key, deleted: bool) -> Result<()> {
    let at = deleted.then(|| tx.now());
    let done =
        tx.execute(sql!("UPDATE jobs_won SET deleted_at = $1 WHERE id = $2 AND party_id = $3"), &[&at, &id, &me])?;
    if done == 0 { Err(Error::NotFound) } else { Ok(()) }
}
