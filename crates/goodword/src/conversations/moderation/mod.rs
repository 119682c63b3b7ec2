//! Looking after what is said: decisions on comments and posts, each of which can be taken back.

mod blocks;
mod by_letter;
mod log;
mod queue;
mod rules;

pub use blocks::{block_author, blocked, lift_block};
pub use log::{Line, log_lines};
pub use queue::{TABS, Waiting, waiting};
pub use rules::keep_rules;

use super::visitor::{Reader, Visitor};
use super::{Event, State, note, order, telling};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::say;
use axum::Router;
use store::{Tx, sql};

/// Rows on a page.
const ROWS: i64 = 25;

/// `/moderation/…`, for moderators and admins; everybody else is told whose it is.
pub fn routes() -> Router<App> {
    queue::routes().merge(blocks::routes()).merge(log::routes()).merge(rules::routes()).merge(by_letter::routes())
}

fn moderator(reader: &Reader) -> Result<Key> {
    Ok(reader.who.moderator()?.id)
}

/// Before anything that was sent is looked at.
async fn only_moderators(visitor: &Visitor) -> Result<()> {
    visitor.read(|_, reader| moderator(reader).map(drop)).await.map(drop)
}

/// Moves a comment to a state; returns the event by which it can be undone.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it is there already.
pub fn decide(tx: &mut Tx<'_>, by: Key, comment: Key, to: State, reason: &str) -> Result<Key> {
    let found: Option<(Key, String, Option<String>)> =
        tx.row(sql!("SELECT post_id, state, removed_as FROM comments WHERE id = $1"), &[&comment], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
    let (post, from, removed_as) = found.ok_or(Error::NotFound)?;
    if from == to.as_str() {
        return Err(Error::Conflict("Somebody has decided the same already.".into()));
    }
    if removed_as.as_deref() == Some("author") {
        return Err(Error::Conflict("Its author deleted it; it is not ours to show.".into()));
    }
    if State::read(&from) == State::Unconfirmed && to == State::Approved {
        return Err(Error::Conflict("Its author has not confirmed the address yet.".into()));
    }
    let now = tx.now();
    let as_what = (to == State::Removed).then_some("moderator");
    tx.execute(sql!("UPDATE comments SET removed_as = $1 WHERE id = $2"), &[&as_what, &comment])?;
    order::put(tx, comment, to)?;
    close_reports(tx, by, now, post, Some(comment))?;
    // Told once: the job is known by its comment.
    if to == State::Approved {
        telling::enqueue(tx, comment, State::Approved)?;
    }
    let event = note(
        tx,
        &Event {
            post,
            comment: Some(comment),
            actor: Some(by),
            kind: to.as_str(),
            from: &from,
            to: to.as_str(),
            reason,
        },
    )?;
    super::service::learn(tx, comment, event, State::read(&from), to)?;
    Ok(event)
}

/// Moves a post to a state; returns the event by which it can be undone.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it is there already.
pub fn decide_of_post(tx: &mut Tx<'_>, by: Key, post: Key, to: State, reason: &str) -> Result<Key> {
    let to = if to == State::Approved { "published" } else { to.as_str() };
    let now = tx.now();
    let event = super::posts::put(tx, by, post, to, reason)?;
    close_reports(tx, by, now, post, None)?;
    Ok(event)
}

/// Leaves something as it is: what was reported of it is answered.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when nothing is reported any more.
pub fn leave(tx: &mut Tx<'_>, by: Key, post: Option<Key>, comment: Option<Key>) -> Result<()> {
    let now = tx.now();
    let found: Option<(Key, String)> = match comment {
        Some(comment) => tx.row(sql!("SELECT post_id, state FROM comments WHERE id = $1"), &[&comment], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?,
        None => tx.row(sql!("SELECT id, state FROM posts WHERE id = $1"), &[&post], |r| Ok((r.get(0)?, r.get(1)?)))?,
    };
    let (post, state) = found.ok_or(Error::NotFound)?;
    if close_reports(tx, by, now, post, comment)? == 0 {
        return Err(Error::Conflict("Nothing is reported of it any more.".into()));
    }
    let kind = "reports answered: left as it is";
    note(tx, &Event { post, comment, actor: Some(by), kind, from: &state, to: &state, reason: "" })?;
    Ok(())
}

/// What was reported of a comment, or of a post itself, is answered by a decision.
fn close_reports(tx: &mut Tx<'_>, by: Key, now: i64, post: Key, comment: Option<Key>) -> Result<u64> {
    Ok(tx.execute(
        sql!(
            "UPDATE reports SET closed_at = $1, closed_by = $2
             WHERE post_id = $3 AND closed_at IS NULL AND (comment_id = $4 OR (comment_id IS NULL AND $4 IS NULL))"
        ),
        &[&now, &by, &post, &comment],
    )?)
}

/// Takes back what was decided of a post.
fn undo_of_post(tx: &mut Tx<'_>, by: Key, event: Key) -> Result<bool> {
    let found: Option<(Key, String)> = tx.row(
        sql!(
            "SELECT e.post_id, e.from_state FROM moderation_events e JOIN posts s ON s.id = e.post_id
             WHERE e.id = $1 AND e.comment_id IS NULL AND e.undone_at IS NULL AND s.state = e.to_state
               AND e.from_state <> '' AND e.from_state <> e.to_state"
        ),
        &[&event],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let Some((post, from)) = found else { return Ok(false) };
    let now = tx.now();
    tx.execute(sql!("UPDATE moderation_events SET undone_at = $1 WHERE id = $2"), &[&now, &event])?;
    super::posts::put(tx, by, post, &from, "decision undone")?;
    Ok(true)
}

/// Takes decisions back: each comment or post is again what it was before, unless somebody has decided otherwise since.
///
/// # Errors
/// The database's.
pub fn undo(tx: &mut Tx<'_>, by: Key, events: &[Key]) -> Result<usize> {
    let mut undone = 0;
    for event in events {
        if undo_of_post(tx, by, *event)? {
            undone += 1;
            continue;
        }
        let found: Option<(Key, Key, String, String)> = tx.row(
            sql!(
                "SELECT e.post_id, e.comment_id, e.from_state, e.to_state FROM moderation_events e
                   JOIN comments c ON c.id = e.comment_id
                 WHERE e.id = $1 AND e.undone_at IS NULL AND c.state = e.to_state AND e.from_state <> ''"
            ),
            &[event],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
        )?;
        let Some((post, comment, from, to)) = found else { continue };
        let now = tx.now();
        tx.execute(sql!("UPDATE comments SET removed_as = NULL WHERE id = $1"), &[&comment])?;
        order::put(tx, comment, State::read(&from))?;
        tx.execute(sql!("UPDATE moderation_events SET undone_at = $1 WHERE id = $2"), &[&now, event])?;
        let kind = "decision undone";
        let event = Event { post, comment: Some(comment), actor: Some(by), kind, from: &to, to: &from, reason: "" };
        let event = note(tx, &event)?;
        super::service::learn(tx, comment, event, State::read(&to), State::read(&from))?;
        undone += 1;
    }
    Ok(undone)
}

/// The state a decision leads to.
///
/// # Errors
/// [`Error::BadRequest`] for none.
pub fn state(to: &str) -> Result<State> {
    match to {
        "approved" => Ok(State::Approved),
        "held" => Ok(State::Held),
        "spam" => Ok(State::Spam),
        "removed" => Ok(State::Removed),
        _ => Err(Error::BadRequest("Please choose what is to happen.".into())),
    }
}

fn said(to: State, n: usize) -> String {
    let what = say::count(n, "comment");
    match to {
        State::Approved => format!("{what} published."),
        State::Held => format!("{what} held back."),
        State::Spam => format!("{what} called spam."),
        _ => format!("{what} removed."),
    }
}
