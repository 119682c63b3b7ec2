//! How somebody gets work, as JSON, for themselves only.

use super::{Typed, Won, add, of, set_deleted};
use crate::api::{Done, Id, Item, Json, List, Page, Query, created, typed_money};
use crate::app::App;
use crate::error::Result;
use crate::input::Words;
use crate::key::Key;
use crate::viewer::Visit;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mine, note)).routes(routes!(remove)).routes(routes!(restore))
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
struct Job {
    id: Key,
    source: String,
    won_on: String,
    /// Minor units.
    amount: Option<i64>,
    currency: String,
    note: String,
}

impl From<Won> for Job {
    fn from(w: Won) -> Self {
        Self { id: w.id, source: w.source, won_on: w.on, amount: w.amount, currency: w.currency, note: w.note }
    }
}

impl Item for Job {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// Jobs I won, newest first
#[utoipa::path(get, path = "/api/v1/me/jobs", tag = "How I get work", params(Page),
    responses((status = 200, description = "A page of jobs", body = List<Job>)))]
async fn mine(visit: Visit, Query(page): Query<Page>) -> Result<Response> {
    let (after, rows) = (page.after()?, page.rows()?);
    let (_, all) = visit.read(move |tx, who| of(tx, who.member()?.id, after, rows)).await?;
    Ok(page.cut(all.into_iter().map(Job::from).collect())?.answer(&visit.path))
}

/// A job to note.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct JobSent {
    /// `referral`, `group`, `ambassador` or `direct`.
    #[schema(required = true)]
    source: String,
    /// ISO date.
    #[schema(required = true)]
    won_on: String,
    /// Minor units.
    #[schema(minimum = 0)]
    amount: Option<i64>,
    /// For yourself.
    #[schema(value_type = Words)]
    note: String,
}

/// Note a job I won
#[utoipa::path(post, path = "/api/v1/me/jobs", tag = "How I get work", request_body = JobSent,
    responses((status = 201, description = "Noted", body = Done)))]
async fn note(visit: Visit, Json(sent): Json<JobSent>) -> Result<Response> {
    let typed = Typed { source: sent.source, won_on: sent.won_on, amount: typed_money(sent.amount), note: sent.note };
    visit.write(move |tx, me| add(tx, me.id, &typed, 0)).await?;
    Ok(created("/api/v1/me/jobs".into(), Done { said: "Noted.".into() }).into_response())
}

/// Remove a job
#[utoipa::path(delete, path = "/api/v1/me/jobs/{id}", tag = "How I get work", params(("id" = Key, Path)),
    responses((status = 200, description = "Removed", body = Done)))]
async fn remove(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| set_deleted(tx, me.id, id, true)).await?;
    Ok(Done::new("Removed."))
}

/// Put it back
#[utoipa::path(post, path = "/api/v1/me/jobs/{id}/restoration", tag = "How I get work", params(("id" = Key, Path)),
    responses((status = 200, description = "Back", body = Done)))]
async fn restore(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| set_deleted(tx, me.id, id, false)).await?;
    Ok(Done::new("It is back."))
}
