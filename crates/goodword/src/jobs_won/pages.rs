//! The page "how I get work": totals by source, a table, the form.

use super::{SOURCES, Typed, Won, add, of, set_deleted};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;

/// Jobs on the page.
const LISTED: i64 = 500;

/// `/profile/jobs/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/profile/jobs", get(show).post(save))
        .route("/profile/jobs/{id}/removal", post(remove))
        .route("/profile/jobs/{id}/restoration", post(restore))
}

/// What came from one source.
struct Total {
    label: &'static str,
    jobs: usize,
    /// Width of its bar, percent of the longest.
    bar: usize,
    /// "$12,000", where amounts were stated.
    amount: String,
}

fn totals(jobs: &[Won]) -> Vec<Total> {
    let of = |source: &str| jobs.iter().filter(|j| j.source == source).cloned().collect::<Vec<Won>>();
    let most = SOURCES.iter().map(|(source, ..)| of(source).len()).max().unwrap_or(0).max(1);
    SOURCES
        .iter()
        .map(|(source, label, _)| {
            let these = of(source);
            // Amounts in different currencies are never added up.
            let mut sums: Vec<(String, i64)> = Vec::new();
            for job in &these {
                let Some(amount) = job.amount else { continue };
                match sums.iter_mut().find(|(currency, _)| *currency == job.currency) {
                    Some((_, sum)) => *sum = sum.saturating_add(amount),
                    None => sums.push((job.currency.clone(), amount)),
                }
            }
            let words: Vec<String> = sums.iter().map(|(c, sum)| crate::say::money(*sum, c)).collect();
            Total { label, jobs: these.len(), bar: these.len() * 100 / most, amount: crate::say::list(&words) }
        })
        .collect()
}

#[derive(Template)]
#[template(path = "jobs_won/mine.html")]
struct Mine {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    jobs: Vec<Won>,
    totals: Vec<Total>,
}

async fn page(visit: &Visit, typed: Typed, errors: Errors) -> Result<Mine> {
    let (frame, jobs) = visit.read(|tx, who| of(tx, who.member()?.id, None, LISTED)).await?;
    let totals = totals(&jobs);
    Ok(Mine { frame, errors, typed, jobs, totals })
}

async fn show(visit: Visit) -> Result<Response> {
    let page = page(&visit, Typed::default(), Errors::default()).await?;
    visit.html(&page)
}

async fn save(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let kept = typed.clone();
    match Errors::split(visit.write(move |tx, member| add(tx, member.id, &typed, store::MINUTE)).await)? {
        Ok(()) => Ok(visit.see("/profile/jobs", "Noted, for you alone.")),
        Err(errors) => {
            let page = page(&visit, kept, errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn remove(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, member| set_deleted(tx, member.id, id, true)).await?;
    Ok(visit.see_with_undo("/profile/jobs", "Removed.", &format!("/profile/jobs/{id}/restoration")))
}

async fn restore(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, member| set_deleted(tx, member.id, id, false)).await?;
    Ok(visit.see("/profile/jobs", "It is back."))
}
