//! Pages for keeping the network: people, invitations, reports, jobs, settings, storage, and how the server does.

pub(crate) mod api;
mod invitations;
mod jobs;
mod licences;
mod people;
mod queue;
mod settings;
mod storage;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::error::Result;
use crate::page::Frame;
use crate::viewer::Visit;
use crate::{mail, sanctions};
use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use store::{Tx, sql};

/// `/admin/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(overview))
        .route("/admin/people", get(people::list))
        .route("/admin/people/{id}", get(people::one))
        .route("/admin/people/{id}/licences", post(licences::decide))
        .route("/admin/people/{id}/role", post(people::set_role))
        .route("/admin/people/{id}/sanctions", post(people::decide))
        .route("/admin/sanctions/{id}/lifting", post(people::lift))
        .route("/admin/sanctions/{id}/answer", post(people::answer))
        .route("/admin/invitations", get(invitations::tree))
        .route("/admin/invitations/{id}/detachment", post(invitations::detach))
        .route("/admin/reports", get(queue::show))
        .route("/admin/reports/{id}/closing", post(queue::close))
        .route("/admin/jobs", get(jobs::show))
        .route("/admin/jobs/{id}/retry", post(jobs::retry))
        .route("/admin/jobs/{id}/drop", post(jobs::give_up))
        .route("/admin/settings", get(settings::form).post(settings::save))
        .route("/admin/storage", get(storage::show))
}

/// What wants somebody's eyes, and how the server does.
struct Waits {
    members: i64,
    away: i64,
    reports: i64,
    appeals: usize,
    jobs: i64,
    failed: i64,
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview {
    frame: Frame,
    waits: Waits,
    version: &'static str,
    public_url: String,
    mail: bool,
    loopback: bool,
    people: usize,
    vouches: usize,
    /// Of the ranking in memory.
    size: String,
}

/// Counts what waits.
fn waits(tx: &mut Tx<'_>) -> Result<Waits> {
    let counted = tx.row(
        sql!(
            "SELECT (SELECT COUNT(*) FROM parties WHERE kind = 'member' AND status = 'active'),
                       (SELECT COUNT(*) FROM parties WHERE kind = 'member' AND status = 'deactivated'),
                       (SELECT COUNT(*) FROM person_reports WHERE closed_at IS NULL)"
        ),
        &[],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    let (members, away, reports) = counted.unwrap_or_default();
    let appeals = sanctions::open_appeals(tx)?.len();
    let waiting = tx.waiting_jobs()?;
    let jobs = waiting.iter().map(|w| w.count).sum();
    let failed = waiting.iter().map(|w| w.failed).sum();
    Ok(Waits { members, away, reports, appeals, jobs, failed })
}

async fn overview(visit: Visit) -> Result<Response> {
    let (frame, waits) = visit
        .read(|tx, who| {
            who.moderator()?;
            waits(tx)
        })
        .await?;
    let (people, vouches, bytes) = {
        let size = visit.app.live.memory().engine.size();
        (size.people, size.edges, size.edge_bytes + size.id_bytes + size.person_bytes)
    };
    let site = &visit.app.site;
    visit.html(&Overview {
        frame,
        waits,
        version: env!("CARGO_PKG_VERSION"),
        public_url: site.public_url.clone(),
        mail: !matches!(site.mail, mail::Way::Kept),
        loopback: !site.public_url.starts_with("https://"),
        people,
        vouches,
        size: crate::say::size(i64::try_from(bytes).unwrap_or(i64::MAX)),
    })
}

/// A page number from a query, from 1.
fn page_of(text: &str) -> i64 {
    text.parse::<i64>().unwrap_or(1).clamp(1, 100_000)
}
