//! Work that waits, and work that failed: why, again, or given up.

use super::page_of;
use crate::audit::{self, Subject};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::Frame;
use crate::path::Path;
use crate::roles::Role;
use crate::say;
use crate::viewer::Visit;
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use store::{Failed, Tx, Waiting};

/// Rows on a page.
const ROWS: i64 = 25;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    page: String,
}

#[derive(Template)]
#[template(path = "admin/jobs.html")]
struct Page {
    frame: Frame,
    waiting: Vec<Waiting>,
    failed: Vec<Failed>,
    page: i64,
    more: bool,
}

/// What a job is, in words where there are some.
fn words(kind: &str) -> String {
    crate::jobs::words(kind).map_or_else(|| crate::say::capital(kind), str::to_owned)
}

/// Kinds that are one thing to a person in one row.
fn together(waiting: Vec<Waiting>) -> Vec<Waiting> {
    let mut rows: Vec<Waiting> = Vec::new();
    for mut w in waiting {
        w.kind = words(&w.kind);
        match rows.iter_mut().find(|row| row.kind == w.kind) {
            Some(row) => {
                row.count += w.count;
                row.failed += w.failed;
                row.due_at = row.due_at.min(w.due_at);
            }
            None => rows.push(w),
        }
    }
    rows
}

impl Page {
    /// As the page and its forms name a job.
    fn id(&self, job: &Failed) -> Key {
        Key(job.id)
    }
}

pub(super) async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response> {
    let page = page_of(&asked.page);
    let (frame, (waiting, mut failed)) = visit
        .read(move |tx, who| {
            who.admin()?;
            Ok((tx.waiting_jobs()?, tx.failed_jobs(None, (page - 1) * ROWS, ROWS + 1)?))
        })
        .await?;
    let rows = usize::try_from(ROWS).unwrap_or(25);
    let more = failed.len() > rows;
    failed.truncate(rows);
    for job in &mut failed {
        job.reason = say::without_addresses(&job.reason);
        job.kind = words(&job.kind);
    }
    visit.html(&Page { frame, waiting: together(waiting), failed, page, more })
}

/// Makes a job due now.
///
/// # Errors
/// [`Error::Conflict`] when it does not wait any more.
pub(super) fn try_again(tx: &mut Tx<'_>, by: Key, id: Key) -> Result<()> {
    if !tx.retry_job(id.0)? {
        return Err(Error::Conflict("It has been done meanwhile, or was given up.".into()));
    }
    audit::log(tx, Some(by), "job retried", Subject::Thing("job", id), "")
}

/// Takes a job away, undone.
///
/// # Errors
/// As [`try_again`].
pub(super) fn drop_it(tx: &mut Tx<'_>, by: Key, id: Key) -> Result<()> {
    let (kind, key) =
        tx.drop_job(id.0)?.ok_or_else(|| Error::Conflict("It has been done meanwhile, or was given up.".into()))?;
    if let ("letter", Ok(letter)) = (kind.as_str(), key.parse()) {
        crate::mail::give_up(tx, letter)?;
    }
    audit::log(tx, Some(by), "job given up", Subject::Thing("job", id), &kind)
}

pub(super) async fn retry(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write_as(Role::Admin, move |tx, me| try_again(tx, me.id, id)).await?;
    Ok(visit.see("/admin/jobs", "It is tried again now."))
}

pub(super) async fn give_up(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write_as(Role::Admin, move |tx, me| drop_it(tx, me.id, id)).await?;
    Ok(visit.see("/admin/jobs", "Given up. It is not tried again."))
}
