//! What two people did together: met, 1-2-1s, jobs, work seen. The fact is for both, the note for its author.

pub(crate) mod api;
mod pages;
#[cfg(test)]
mod tests;

pub use pages::routes;

use crate::error::{Error, Result};
use crate::input::{Check, Words, parse_date};
use crate::key::Key;
use serde::Deserialize;
use store::{Tx, sql};

/// As stored, as shown.
pub const KINDS: [(&str, &str); 4] = [
    ("met", "We met"),
    ("one to one", "We had a 1-2-1"),
    ("job together", "We did a job together"),
    ("work seen", "I saw their work"),
];

/// Something between two people.
#[derive(Clone, Debug)]
pub struct Encounter {
    /// Its id.
    pub id: Key,
    /// The reader noted it.
    pub mine: bool,
    /// As stored.
    pub kind: String,
    /// ISO date.
    pub on: String,
    /// Only where the reader wrote it.
    pub note: String,
}

impl Encounter {
    /// What happened, as this reader reads it.
    pub fn words(&self, other: &str) -> String {
        match (self.kind.as_str(), self.mine) {
            ("met", _) => "You met".into(),
            ("one to one", _) => "You had a 1-2-1".into(),
            ("job together", _) => "You did a job together".into(),
            (_, true) => format!("You saw {other}’s work"),
            (_, false) => format!("{other} saw your work"),
        }
    }
}

/// What either of the two noted, newest first. Another's note is never read from the database at all.
///
/// # Errors
/// The database's.
pub fn between(tx: &mut Tx<'_>, me: Key, other: Key) -> Result<Vec<Encounter>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, author_id = $1, kind, happened_on, CASE WHEN author_id = $1 THEN note ELSE '' END FROM encounters
             WHERE ((author_id = $1 AND other_id = $2) OR (author_id = $2 AND other_id = $1)) AND deleted_at IS NULL
             ORDER BY happened_on DESC, created_at DESC, id LIMIT 300"
        ),
        &[&me, &other],
        |r| Ok(Encounter { id: r.get(0)?, mine: r.get(1)?, kind: r.get(2)?, on: r.get(3)?, note: r.get(4)? }),
    )?)
}

/// How deep it goes, in plain facts: "Met 3 times, 1 1-2-1, no job together yet." The same day noted by both counts once.
pub fn depth(all: &[Encounter]) -> String {
    let days = |kind: &str| {
        let mut days: Vec<&str> = all.iter().filter(|e| e.kind == kind).map(|e| e.on.as_str()).collect();
        days.sort_unstable();
        days.dedup();
        days.len()
    };
    let (met, talks, jobs, seen) = (days("met"), days("one to one"), days("job together"), days("work seen"));
    if met + talks + jobs + seen == 0 {
        return "Nothing noted between you yet.".into();
    }
    let times = |n: usize| if n == 1 { "once".to_owned() } else { format!("{n} times") };
    let mut parts = Vec::new();
    if met > 0 {
        parts.push(format!("met {}", times(met)));
    }
    if talks > 0 {
        parts.push(format!("talked one to one {}", times(talks)));
    }
    parts.push(if jobs > 0 { format!("worked together {}", times(jobs)) } else { "no job together yet".into() });
    if seen > 0 {
        parts.push(format!("work seen {}", times(seen)));
    }
    format!("{}.", crate::say::capital(&parts.join(", ")))
}

/// A referral between the two, as both may know it: only once introduced.
#[derive(Clone, Debug)]
pub struct Referred {
    /// Its id.
    pub id: Key,
    /// The reader made it, for the other.
    pub by_me: bool,
    /// Occupation code.
    pub field: String,
    /// µs.
    pub at: i64,
}

/// Referrals one of them made to the other as a professional, after the introduction.
///
/// # Errors
/// The database's.
pub fn referrals(tx: &mut Tx<'_>, me: Key, other: Key) -> Result<Vec<Referred>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, referrer_id = $1, field, introduced_at FROM referrals
             WHERE introduced_at IS NOT NULL AND ((referrer_id = $1 AND professional_id = $2)
               OR (referrer_id = $2 AND professional_id = $1))
             ORDER BY introduced_at DESC, id LIMIT 100"
        ),
        &[&me, &other],
        |r| Ok(Referred { id: r.get(0)?, by_me: r.get(1)?, field: r.get(2)?, at: r.get(3)? }),
    )?)
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// See [`KINDS`].
    pub kind: String,
    /// ISO date.
    pub happened_on: String,
    /// For oneself.
    pub note: String,
}

/// Notes something between `me` and `other`; `today` (ISO) is the latest day.
/// The same again within `within` µs is one: a form's button pressed twice.
///
/// # Errors
/// [`Error::Invalid`].
pub fn add(tx: &mut Tx<'_>, me: Key, other: Key, typed: &Typed, today: &str, within: i64) -> Result<()> {
    let mut check = Check::default();
    if !KINDS.iter().any(|(value, _)| *value == typed.kind) {
        check.refuse("kind", "Please say what it was.");
    }
    let on = check.take(parse_date("happened_on", &typed.happened_on))?.flatten();
    match &on {
        None if typed.happened_on.trim().is_empty() => check.refuse("happened_on", "Please say when."),
        Some(on) if on.as_str() > today => check.refuse("happened_on", "This day is still to come."),
        _ => {}
    }
    let note = check.take(Words::optional("note", &typed.note))?;
    check.finish()?;
    let (Some(on), Some(note)) = (on, note) else {
        return Err(Error::BadRequest("The form could not be read.".into()));
    };
    let (id, now) = (tx.id(), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO encounters (id, author_id, other_id, kind, happened_on, note, created_at)
             SELECT $1, p.id, $3, $4, $5, $6, $7 FROM parties p
             WHERE p.id = $2 AND NOT EXISTS (SELECT 1 FROM encounters e
               WHERE e.author_id = $2 AND e.other_id = $3 AND e.kind = $4 AND e.happened_on = $5 AND e.note = $6
                 AND e.deleted_at IS NULL AND e.created_at > $8)"
        ),
        &[&id, &me, &other, &typed.kind, &on, &note, &now, &(now - within)],
    )?;
    Ok(())
}

/// Removes what one noted oneself, or puts it back; returns the other person.
///
/// # Errors
/// [`Error::NotFound`] for anybody else's.
pub fn set_deleted(tx: &mut Tx<'_>, me: Key, id: Key, deleted: bool) -> Result<String> {
    let at = deleted.then(|| tx.now());
    let done =
        tx.execute(sql!("UPDATE encounters SET deleted_at = $1 WHERE id = $2 AND author_id = $3"), &[&at, &id, &me])?;
    if done == 0 {
        return Err(Error::NotFound);
    }
    let handle: Option<String> = tx.value(
        sql!("SELECT COALESCE(p.handle, '') FROM encounters e JOIN parties p ON p.id = e.other_id WHERE e.id = $1"),
        &[&id],
    )?;
    handle.ok_or(Error::NotFound)
}
