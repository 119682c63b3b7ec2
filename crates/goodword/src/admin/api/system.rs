//! How the server does, its jobs, settings, storage and audit log, as JSON.

use super::super::jobs::{drop_it, try_again};
use super::super::storage;
use crate::api::listing::short;
use crate::api::{Done, Id, Item, Json, List, Moment, Page, Query};
use crate::app::App;
use crate::audit::{self, Filter, Line};
use crate::error::Result;
use crate::key::Key;
use crate::mail;
use crate::roles::Role;
use crate::say;
use crate::settings::Settings;
use crate::viewer::Visit;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Failed;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(jobs))
        .routes(routes!(failed))
        .routes(routes!(retry))
        .routes(routes!(give_up))
        .routes(routes!(settings, save))
        .routes(routes!(stored))
        .routes(routes!(log))
}

/// What wants somebody’s eyes, and how the server does.
#[derive(Debug, Serialize, ToSchema)]
struct Overview {
    version: &'static str,
    public_url: String,
    /// Letters leave.
    mail: bool,
    members: i64,
    /// Paused, suspended or leaving.
    away: i64,
    open_reports: i64,
    open_appeals: usize,
    jobs_waiting: i64,
    jobs_failed: i64,
    /// In the engine’s memory.
    people_ranked: usize,
    vouches_ranked: usize,
}

/// What waits, and how the server does
#[utoipa::path(get, path = "/api/v1/admin", tag = "Keeping",
    responses((status = 200, description = "For moderators", body = Overview)))]
async fn overview(visit: Visit) -> Result<Json<Overview>> {
    let (_, waits) = visit
        .read(|tx, who| {
            who.moderator()?;
            super::super::waits(tx)
        })
        .await?;
    let size = visit.app.live.memory().engine.size();
    let site = &visit.app.site;
    Ok(Json(Overview {
        version: env!("CARGO_PKG_VERSION"),
        public_url: site.public_url.clone(),
        mail: !matches!(site.mail, mail::Way::Kept),
        members: waits.members,
        away: waits.away,
        open_reports: waits.reports,
        open_appeals: waits.appeals,
        jobs_waiting: waits.jobs,
        jobs_failed: waits.failed,
        people_ranked: size.people,
        vouches_ranked: size.edges,
    }))
}

/// Jobs of one kind that wait.
#[derive(Debug, Serialize, ToSchema)]
struct Waiting {
    kind: String,
    count: i64,
    /// Of which have failed at least once.
    failed: i64,
    /// When the first is due.
    due_at: Moment,
}

/// Work that waits, by kind
#[utoipa::path(get, path = "/api/v1/admin/jobs", tag = "Keeping",
    responses((status = 200, description = "For admins", body = Vec<Waiting>)))]
async fn jobs(visit: Visit) -> Result<Json<Vec<Waiting>>> {
    let (_, all) = visit
        .read(|tx, who| {
            who.admin()?;
            Ok(tx.waiting_jobs()?)
        })
        .await?;
    let told = |w: store::Waiting| Waiting { kind: w.kind, count: w.count, failed: w.failed, due_at: Moment(w.due_at) };
    Ok(Json(all.into_iter().map(told).collect()))
}

/// A job that failed and is tried again.
#[derive(Debug, Serialize, ToSchema)]
struct FailedJob {
    id: Key,
    kind: String,
    attempts: i64,
    /// What was said the last time, without addresses.
    reason: String,
    due_at: Moment,
}

impl From<Failed> for FailedJob {
    fn from(f: Failed) -> Self {
        let reason = say::without_addresses(&f.reason);
        Self { id: Key(f.id), kind: f.kind, attempts: f.attempts, reason, due_at: Moment(f.due_at) }
    }
}

impl Item for FailedJob {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// Work that failed, the longest waiting first
#[utoipa::path(get, path = "/api/v1/admin/jobs/failed", tag = "Keeping", params(Page),
    responses((status = 200, description = "A page of jobs, for admins", body = List<FailedJob>)))]
async fn failed(visit: Visit, Query(page): Query<Page>) -> Result<Response> {
    let (after, rows) = (page.after()?.map(|k| k.0), page.rows()?);
    let (_, found) = visit
        .read(move |tx, who| {
            who.admin()?;
            Ok(tx.failed_jobs(after, 0, rows)?)
        })
        .await?;
    Ok(page.cut(found.into_iter().map(FailedJob::from).collect())?.answer(&visit.path))
}

/// Try a job again now
#[utoipa::path(post, path = "/api/v1/admin/jobs/{id}/retry", tag = "Keeping", params(("id" = Key, Path)),
    responses((status = 200, description = "Due now, for admins", body = Done)))]
async fn retry(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write_as(Role::Admin, move |tx, me| try_again(tx, me.id, id)).await?;
    Ok(Done::new("It is tried again now."))
}

/// Give a job up
#[utoipa::path(delete, path = "/api/v1/admin/jobs/{id}", tag = "Keeping", params(("id" = Key, Path)),
    responses((status = 200, description = "Given up, for admins", body = Done)))]
async fn give_up(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write_as(Role::Admin, move |tx, me| drop_it(tx, me.id, id)).await?;
    Ok(Done::new("Given up. It is not tried again."))
}

/// What admins decide for the whole network.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct NetworkSettings {
    /// At the top of every page.
    #[schema(max_length = 120)]
    network: String,
    /// Who runs it.
    #[schema(max_length = 120)]
    operator: String,
    /// Whom to write to about privacy.
    #[schema(max_length = 120)]
    contact: String,
    /// `invitation` or `open`.
    join: String,
    /// People signed out see public people and voices.
    open: bool,
    /// Handles; none: the first twelve to have joined.
    founders: Vec<String>,
    /// `off`, `member` or `open`.
    law: String,
    /// `off`, `member` or `open`.
    health: String,
    /// `off`, `member` or `open`.
    settlement: String,
    /// Occupation code to `off`, `member` or `open`, where it differs.
    fields: BTreeMap<String, String>,
    /// Days.
    #[schema(minimum = 7, maximum = 3650)]
    keep_notices: i64,
    /// Days.
    #[schema(minimum = 7, maximum = 3650)]
    keep_letters: i64,
}

impl From<Settings> for NetworkSettings {
    fn from(s: Settings) -> Self {
        let pair = |line: &str| line.split_once(' ').map(|(code, policy)| (code.to_owned(), policy.to_owned()));
        Self {
            network: s.network,
            operator: s.operator,
            contact: s.contact,
            join: s.join,
            open: s.open == "yes",
            founders: s.founders.lines().map(str::to_owned).collect(),
            law: s.law,
            health: s.health,
            settlement: s.settlement,
            fields: s.fields.lines().filter_map(pair).collect(),
            keep_notices: s.keep_notices.parse().unwrap_or_default(),
            keep_letters: s.keep_letters.parse().unwrap_or_default(),
        }
    }
}

impl From<NetworkSettings> for Settings {
    fn from(d: NetworkSettings) -> Self {
        let fields: Vec<String> = d.fields.iter().map(|(code, policy)| format!("{code} {policy}")).collect();
        Self {
            network: d.network,
            operator: d.operator,
            contact: d.contact,
            join: d.join,
            open: if d.open { "yes" } else { "no" }.into(),
            founders: d.founders.join("\n"),
            law: d.law,
            health: d.health,
            settlement: d.settlement,
            fields: fields.join("\n"),
            keep_notices: d.keep_notices.to_string(),
            keep_letters: d.keep_letters.to_string(),
        }
    }
}

/// The network’s settings
#[utoipa::path(get, path = "/api/v1/admin/settings", tag = "Keeping",
    responses((status = 200, description = "For admins", body = NetworkSettings)))]
async fn settings(visit: Visit) -> Result<Json<NetworkSettings>> {
    let (join, open) = (visit.app.site.join, visit.app.site.open);
    let (_, now) = visit
        .read(move |tx, who| {
            who.admin()?;
            Settings::read(tx, join, open)
        })
        .await?;
    Ok(Json(now.into()))
}

/// Change the network’s settings, all of them at once
#[utoipa::path(put, path = "/api/v1/admin/settings", tag = "Keeping", request_body = NetworkSettings,
    responses((status = 200, description = "They hold at once, for admins", body = NetworkSettings)))]
async fn save(visit: Visit, Json(sent): Json<NetworkSettings>) -> Result<Json<NetworkSettings>> {
    let (join, open) = (visit.app.site.join, visit.app.site.open);
    let wanted = Settings::from(sent);
    let now = visit
        .write_as(Role::Admin, move |tx, me| {
            let before = Settings::read(tx, join, open)?;
            wanted.write(tx, me.id, &before)?;
            Settings::read(tx, join, open)
        })
        .await?;
    Ok(Json(now.into()))
}

/// What the network takes up.
#[derive(Debug, Serialize, ToSchema)]
struct Storage {
    /// `SQLite …` or `PostgreSQL …`.
    engine: String,
    bytes: i64,
    /// Settings of the database that are not safe against a crash.
    unsafe_settings: Vec<String>,
    rows: BTreeMap<String, i64>,
    pictures: i64,
    picture_bytes: i64,
    letters: i64,
    letters_unsent: i64,
}

/// What the network takes up
#[utoipa::path(get, path = "/api/v1/admin/storage", tag = "Keeping",
    responses((status = 200, description = "For admins", body = Storage)))]
async fn stored(visit: Visit) -> Result<Json<Storage>> {
    let (_, (rows, sums)) = visit
        .read(|tx, who| {
            who.admin()?;
            storage::counts(tx)
        })
        .await?;
    let health = storage::health(&visit.app).await?;
    Ok(Json(Storage {
        engine: health.engine.to_string(),
        bytes: health.bytes,
        unsafe_settings: health.unsafe_settings.iter().map(ToString::to_string).collect(),
        rows: rows.into_iter().collect(),
        pictures: sums.pictures,
        picture_bytes: sums.picture_bytes,
        letters: sums.letters,
        letters_unsent: sums.unsent,
    }))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// One act only.
    #[param(max_length = 60)]
    act: String,
    /// Part of the name of who did it or whom it concerns.
    #[param(max_length = 120)]
    who: String,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// A line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
struct LineShown {
    id: Key,
    at: Moment,
    /// By name; `null`: the program itself.
    actor: Option<String>,
    act: String,
    /// To what kind of thing.
    kind: String,
    subject: Option<Key>,
    /// By name, where it is a person.
    person: Option<String>,
    detail: String,
}

impl From<Line> for LineShown {
    fn from(l: Line) -> Self {
        Self {
            id: l.id,
            at: Moment(l.at),
            actor: l.actor,
            act: l.act,
            kind: l.kind,
            subject: l.subject,
            person: l.person,
            detail: l.detail,
        }
    }
}

impl Item for LineShown {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// The audit log, newest first
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "Keeping", params(Wanted),
    responses((status = 200, description = "A page of lines, for admins", body = List<LineShown>)))]
async fn log(visit: Visit, Query(wanted): Query<Wanted>) -> Result<Response> {
    short("act", &wanted.act, 60)?;
    short("who", &wanted.who, 120)?;
    let page = Page { limit: wanted.limit, cursor: wanted.cursor };
    let (before, rows) = (page.after()?.map(|k| k.to_string()).unwrap_or_default(), page.rows()?);
    let filter = Filter { act: wanted.act, who: wanted.who, before };
    let (_, found) = visit
        .read(move |tx, who| {
            who.admin()?;
            audit::lines(tx, &filter, rows)
        })
        .await?;
    Ok(page.cut(found.into_iter().map(LineShown::from).collect())?.answer(&visit.path))
}
