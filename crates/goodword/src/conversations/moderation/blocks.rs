//! Keeping somebody from writing, and letting them again.

use super::moderator;
use crate::app::App;
use crate::conversations::visitor::Visitor;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::path::Path;
use crate::say;
use axum::Router;
use axum::response::Response;
use axum::routing::post;
use axum_extra::extract::Form;
use serde::Deserialize;
use store::{Tx, sql};

/// `/moderation/blocks/…`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/moderation/blocks/{id}", post(block)).route("/moderation/blocks/{id}/lifting", post(lift))
}

/// Keeps somebody from writing for now; they are told when they try, with the reason.
///
/// # Errors
/// [`Error::Forbidden`] for a moderator.
pub fn block_author(tx: &mut Tx<'_>, by: Key, party: Key, reason: &str) -> Result<()> {
    if crate::conversations::is_moderator(tx, Some(party))? {
        return Err(Error::Forbidden("A moderator cannot be blocked; an admin can end the role first.".into()));
    }
    let exists: Option<Key> = tx.value(sql!("SELECT id FROM parties WHERE id = $1"), &[&party])?;
    exists.ok_or(Error::NotFound)?;
    let (id, now, reason) = (tx.id(), tx.now(), formats::text::clean_line(&say::shorten(reason, 300)));
    tx.execute(
        sql!("INSERT INTO author_blocks (id, party_id, by_id, reason, at) VALUES ($1, $2, $3, $4, $5)"),
        &[&id, &party, &by, &reason, &now],
    )?;
    log_block(tx, by, party, "blocked", &reason)
}

fn log_block(tx: &mut Tx<'_>, by: Key, party: Key, kind: &str, reason: &str) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    let name: String = tx.value(sql!("SELECT name FROM parties WHERE id = $1"), &[&party])?.unwrap_or_default();
    let reason = if reason.is_empty() { name } else { format!("{name}: {reason}") };
    tx.execute(
        sql!(
            "INSERT INTO moderation_events (id, actor_id, kind, from_state, to_state, reason, at)
             VALUES ($1, $2, $3, '', '', $4, $5)"
        ),
        &[&id, &by, &kind, &reason, &now],
    )?;
    Ok(())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Why {
    reason: String,
}

async fn block(visitor: Visitor, Path(party): Path<Key>, Form(why): Form<Why>) -> Result<Response> {
    visitor.write(move |tx, reader| block_author(tx, moderator(reader)?, party, &why.reason)).await?;
    let undo = format!("/moderation/blocks/{party}/lifting");
    Ok(visitor.visit.see_with_undo("/moderation", "Blocked: they cannot write here for now, and are told so.", &undo))
}

/// Lets somebody write again.
///
/// # Errors
/// [`Error::NotFound`] for somebody who is not blocked.
pub fn lift_block(tx: &mut Tx<'_>, by: Key, party: Key) -> Result<()> {
    let now = tx.now();
    let lifted = tx.execute(
        sql!("UPDATE author_blocks SET lifted_at = $1 WHERE party_id = $2 AND lifted_at IS NULL"),
        &[&now, &party],
    )?;
    if lifted == 0 { Err(Error::NotFound) } else { log_block(tx, by, party, "unblocked", "") }
}

async fn lift(visitor: Visitor, Path(party): Path<Key>) -> Result<Response> {
    visitor.write(move |tx, reader| lift_block(tx, moderator(reader)?, party)).await?;
    Ok(visitor.visit.see("/moderation", "They may write again."))
}

/// Who may not write for now, the latest first: party, name, reason, when.
///
/// # Errors
/// The database's.
pub fn blocked(tx: &mut Tx<'_>) -> Result<Vec<(Key, String, String, i64)>> {
    Ok(tx.rows(
        sql!(
            "SELECT b.party_id, p.name, b.reason, b.at FROM author_blocks b JOIN parties p ON p.id = b.party_id
             WHERE b.lifted_at IS NULL ORDER BY b.at DESC LIMIT 100"
        ),
        &[],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )?)
}
