//! Reports to look at and appeals to answer, oldest first.

use super::page_of;
use crate::error::Result;
use crate::key::Key;
use crate::page::Frame;
use crate::path::Path;
use crate::reports::{self, Report};
use crate::roles::Role;
use crate::sanctions::{self, Sanction};
use crate::viewer::{Member, Visit};
use askama::Template;
use axum::extract::{Form, Query};
use axum::response::Response;
use serde::Deserialize;
use store::Tx;

/// Rows on a page.
const ROWS: i64 = 20;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    show: String,
    page: String,
}

#[derive(Template)]
#[template(path = "admin/reports.html")]
struct Page {
    frame: Frame,
    closed: bool,
    reports: Vec<Report>,
    appeals: Vec<Sanction>,
    page: i64,
    more: bool,
}

pub(super) async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response> {
    let (closed, page) = (asked.show == "closed", page_of(&asked.page));
    let (frame, (mut reports, appeals)) = visit
        .read(move |tx, who| {
            who.moderator()?;
            let appeals = if closed { Vec::new() } else { sanctions::open_appeals(tx)? };
            Ok((reports::list(tx, !closed, None, (page - 1) * ROWS, ROWS + 1)?, appeals))
        })
        .await?;
    let rows = usize::try_from(ROWS).unwrap_or(20);
    let more = reports.len() > rows;
    reports.truncate(rows);
    visit.html(&Page { frame, closed, reports, appeals, page, more })
}

#[derive(Deserialize)]
pub(super) struct Closing {
    #[serde(default)]
    decision: String,
    /// A tie that was not disclosed, where the report is about a word.
    #[serde(default)]
    tie: String,
}

pub(super) async fn close(visit: Visit, Path(id): Path<Key>, Form(closing): Form<Closing>) -> Result<Response> {
    let public_url = visit.app.site.public_url.clone();
    let close =
        move |tx: &mut Tx<'_>, me: &Member| reports::close(tx, &public_url, me, id, &closing.decision, &closing.tie);
    visit.write_as(Role::Moderator, close).await?;
    Ok(visit.see("/admin/reports", "Closed. Whoever reported it hears that it was looked at."))
}
