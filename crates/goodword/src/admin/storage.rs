//! What the network takes up: rows, pictures, letters, bytes.

use crate::app::App;
use crate::error::{Error, Result};
use crate::page::Frame;
use crate::viewer::Visit;
use askama::Template;
use axum::response::Response;
use store::{Health, Tx, sql};

#[derive(Template)]
#[template(path = "admin/storage.html")]
struct Page {
    frame: Frame,
    health: Health,
    rows: Vec<(String, i64)>,
    sums: Sums,
}

/// What is not counted by rows alone.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    pub pictures: i64,
    pub picture_bytes: i64,
    pub letters: i64,
    pub unsent: i64,
}

impl Page {
    /// `12.3 MB`.
    fn size(&self, bytes: &i64) -> String {
        crate::say::size(*bytes)
    }
}

/// Counts.
pub(super) fn counts(tx: &mut Tx<'_>) -> Result<(Vec<(String, i64)>, Sums)> {
    let rows = tx.rows(
        sql!(
            "SELECT 'Members', COUNT(*) FROM parties WHERE kind = 'member' AND status <> 'erased'
                     UNION ALL SELECT 'Clients, guests, people invited', COUNT(*) FROM parties WHERE kind <> 'member'
                     UNION ALL SELECT 'Vouches', COUNT(*) FROM vouches
                     UNION ALL SELECT 'Needs', COUNT(*) FROM needs
                     UNION ALL SELECT 'Referrals', COUNT(*) FROM referrals
                     UNION ALL SELECT 'Outcomes', COUNT(*) FROM outcomes
                     UNION ALL SELECT 'Notices', COUNT(*) FROM notices
                     UNION ALL SELECT 'Sessions', COUNT(*) FROM sessions
                     UNION ALL SELECT 'Lines of the audit log', COUNT(*) FROM audit_log"
        ),
        &[],
        |r| Ok((r.get::<String>(0)?, r.get::<i64>(1)?)),
    )?;
    let sums = tx.row(
                sql!(
                    "SELECT (SELECT COUNT(*) FROM pictures),
                       (SELECT CAST(COALESCE(SUM(LENGTH(bytes)), 0) AS BIGINT) FROM pictures),
                       (SELECT COUNT(*) FROM letters), (SELECT COUNT(*) FROM letters WHERE sent_at IS NULL AND plain <> '')"
                ),
                &[],
                |r| Ok(Sums { pictures: r.get(0)?, picture_bytes: r.get(1)?, letters: r.get(2)?, unsent: r.get(3)? }),
            )?;
    Ok((rows, sums.unwrap_or_default()))
}

/// How the database does.
pub(super) async fn health(app: &App) -> Result<Health> {
    let db = app.db.clone();
    Ok(tokio::task::spawn_blocking(move || db.health()).await.map_err(|e| Error::Internal(e.into()))??)
}

pub(super) async fn show(visit: Visit) -> Result<Response> {
    let (frame, (rows, sums)) = visit
        .read(|tx, who| {
            who.admin()?;
            counts(tx)
        })
        .await?;
    let health = health(&visit.app).await?;
    visit.html(&Page { frame, health, rows, sums })
}
