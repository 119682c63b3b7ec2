//! A tie that was not disclosed and came out later: a moderator adds it to the vouch, its author is warned and may appeal.

use super::{TIES, notify};
use crate::error::{Error, Result};
use crate::input::Words;
use crate::key::Key;
use crate::sanctions::{self, Decision};
use crate::viewer::Member;
use store::{Tx, sql};

/// Adds the tie: shown beside the word, which weighs less from then on and counts against its author's record. The
/// author gets the moderator's reason and a way to appeal; the recipient hears what is shown of the two.
///
/// # Errors
/// [`Error::Invalid`] for a tie that was disclosed or is none; [`Error::Conflict`] when one was found already;
/// [`Error::NotFound`], and those of [`sanctions::decide`].
pub fn tie_found(tx: &mut Tx<'_>, public_url: &str, by: &Member, vouch: Key, tie: &str, reason: &str) -> Result<()> {
    let reason = Words::parse("decision", reason)?;
    if tie == "none" || !TIES.iter().any(|(value, ..)| *value == tie) {
        return Err(Error::field("tie", "Please choose the tie that came out."));
    }
    let found = tx.row(
        sql!(
            "SELECT v.from_id, v.to_id, v.tie, v.tie_sanction_id, a.name FROM vouches v JOIN parties a ON a.id = v.from_id
             WHERE v.id = $1 AND v.state IN ('live', 'withdrawn')"
        ),
        &[&vouch],
        |r| {
            let ends: (Key, Key) = (r.get(0)?, r.get(1)?);
            Ok((ends, r.get::<String>(2)?, r.get::<Option<Key>>(3)?, r.get::<String>(4)?))
        },
    )?;
    let ((author, recipient), disclosed, known, name) = found.ok_or(Error::NotFound)?;
    if known.is_some() {
        return Err(Error::Conflict("A moderator has added a tie to this word already. Nothing was changed.".into()));
    }
    if disclosed == tie {
        return Err(Error::field("tie", "This tie was disclosed with the word."));
    }
    let decision = Decision { suspends: false, about_a_word: true, reason, days: None };
    let sanction = sanctions::decide(tx, public_url, by, author, &decision)?;
    tx.execute(
        sql!(
            "UPDATE vouches SET tie_before = tie, tie = $1, tie_sanction_id = $2, version = version + 1 WHERE id = $3"
        ),
        &[&tie, &sanction, &vouch],
    )?;
    event(tx, vouch, by.id, "tie found")?;
    let words = format!("A tie between you and {name} was added to {name}’s word for you. You may hide it.");
    notify(tx, recipient, "vouch", &words, &format!("/vouches/{vouch}"))
}

/// A decision was lifted: where it was about a tie, the author's own answer stands again.
///
/// # Errors
/// The database's.
pub fn tie_taken_back(tx: &mut Tx<'_>, by: Key, sanction: Key) -> Result<()> {
    let found: Option<Key> = tx.value(sql!("SELECT id FROM vouches WHERE tie_sanction_id = $1"), &[&sanction])?;
    let Some(vouch) = found else { return Ok(()) };
    tx.execute(
        sql!(
            "UPDATE vouches SET tie = COALESCE(tie_before, tie), tie_before = NULL, tie_sanction_id = NULL,
               version = version + 1 WHERE id = $1"
        ),
        &[&vouch],
    )?;
    event(tx, vouch, by, "tie taken back")
}

fn event(tx: &mut Tx<'_>, vouch: Key, by: Key, kind: &str) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    tx.execute(
        sql!("INSERT INTO vouch_events (id, vouch_id, actor_id, kind, detail, at) VALUES ($1, $2, $3, $4, '', $5)"),
        &[&id, &vouch, &by, &kind, &now],
    )?;
    tx.change("vouch", vouch.0)?;
    Ok(())
}
