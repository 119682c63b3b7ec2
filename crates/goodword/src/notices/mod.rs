//! What waits on the site for a member to read.

pub(crate) mod api;

use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::Frame;
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use store::{Tx, sql};

/// `/notices`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/notices", get(show))
        .route("/notices/reading", post(read_all))
        .route("/notices/{id}/reading", post(read_one))
}

/// One notice.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its id.
    pub id: Key,
    /// What happened.
    pub words: String,
    /// When, µs.
    pub at: i64,
    /// Read before.
    pub read: bool,
}

/// The newest notices of a member: unread ones first.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, party: Key, limit: i64) -> Result<Vec<Notice>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, words, created_at, read_at FROM notices WHERE party_id = $1
             ORDER BY CASE WHEN read_at IS NULL THEN 0 ELSE 1 END, created_at DESC, id DESC LIMIT $2"
        ),
        &[&party, &limit],
        |r| Ok(Notice { id: r.get(0)?, words: r.get(1)?, at: r.get(2)?, read: r.get::<Option<i64>>(3)?.is_some() }),
    )?)
}

/// Notices newest first, those after one of them.
///
/// # Errors
/// The database's.
pub fn after(tx: &mut Tx<'_>, party: Key, unread: bool, after: Option<Key>, rows: i64) -> Result<Vec<Notice>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, words, created_at, read_at FROM notices WHERE party_id = $1 AND (NOT $2 OR read_at IS NULL)
               AND (CAST($3 AS UUID) IS NULL OR (created_at, id)
                 < (SELECT c.created_at, c.id FROM notices c WHERE c.id = $3 AND c.party_id = $1))
             ORDER BY created_at DESC, id DESC LIMIT $4"
        ),
        &[&party, &unread, &after, &rows],
        |r| Ok(Notice { id: r.get(0)?, words: r.get(1)?, at: r.get(2)?, read: r.get::<Option<i64>>(3)?.is_some() }),
    )?)
}

#[derive(Template)]
#[template(path = "notices/notices.html")]
struct Notices {
    frame: Frame,
    unread: Vec<Notice>,
    read: Vec<Notice>,
}

async fn show(visit: Visit) -> Result<Response> {
    let (frame, all) = visit.read(|tx, who| of(tx, who.member()?.id, 200)).await?;
    let (read, unread) = all.into_iter().partition(|n| n.read);
    visit.html(&Notices { frame, unread, read })
}

/// Marks all of a member's notices as read.
///
/// # Errors
/// The database's.
pub fn mark_all_read(tx: &mut Tx<'_>, party: Key) -> Result<()> {
    let now = tx.now();
    tx.execute(sql!("UPDATE notices SET read_at = $1 WHERE party_id = $2 AND read_at IS NULL"), &[&now, &party])?;
    Ok(())
}

/// Marks one as read and says where it points.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn mark_read(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<String> {
    let now = tx.now();
    let url: Option<String> = tx.value(
        sql!("UPDATE notices SET read_at = COALESCE(read_at, $1) WHERE id = $2 AND party_id = $3 RETURNING url"),
        &[&now, &id, &party],
    )?;
    url.ok_or(Error::NotFound)
}

async fn read_all(visit: Visit) -> Result<Response> {
    visit.write(|tx, member| mark_all_read(tx, member.id)).await?;
    Ok(visit.see("/notices", "All marked as read."))
}

/// Marks one as read and goes where it points: a press, since a GET changes nothing.
async fn read_one(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let url = visit.write(move |tx, member| mark_read(tx, member.id, id)).await?;
    Ok(Redirect::to(crate::page::own_path(&url)).into_response())
}
