//! Pieces of work as JSON.

use super::{Card, Draft, Typed, Work, add, change, of, one, own, set_deleted};
use crate::api::body::seen_version;
use crate::api::{Done, Id, Json, created, typed_money, versioned, yes};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Body, Name, Title};
use crate::key::Key;
use crate::viewer::{Visit, Who};
use crate::{people, pictures};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mine, make)).routes(routes!(show, save, remove)).routes(routes!(restore))
}

/// A piece of work in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkListed {
    id: Key,
    title: String,
    /// The client’s name, where they agreed.
    client: Option<String>,
    started_on: Option<String>,
    finished_on: Option<String>,
    /// Minor units.
    cost_from: Option<i64>,
    cost_to: Option<i64>,
    currency: String,
    /// Where its first picture is on this site.
    picture: Option<String>,
}

impl From<Card> for WorkListed {
    fn from(c: Card) -> Self {
        Self {
            id: c.id,
            title: c.title,
            client: c.client,
            started_on: c.dates.0,
            finished_on: c.dates.1,
            cost_from: c.cost.0,
            cost_to: c.cost.1,
            currency: c.currency,
            picture: c.picture.map(|(id, _)| format!("/pictures/{id}")),
        }
    }
}

/// A piece of work.
#[derive(Debug, Serialize, ToSchema)]
struct WorkShown {
    id: Key,
    owner: crate::api::Reference,
    /// Occupation code.
    field: String,
    title: String,
    /// Markdown.
    description: String,
    /// To others only where the client agreed.
    client_name: Option<String>,
    client_consented: bool,
    started_on: Option<String>,
    finished_on: Option<String>,
    /// Minor units.
    cost_from: Option<i64>,
    cost_to: Option<i64>,
    currency: String,
    url: String,
    /// In the order they were added.
    pictures: Vec<PictureShown>,
    version: i64,
}

/// A picture of work.
#[derive(Debug, Serialize, ToSchema)]
struct PictureShown {
    id: Key,
    /// What it shows, for people who cannot see it.
    alt: String,
    /// Pixels.
    width: i64,
    /// Pixels.
    height: i64,
}

impl From<pictures::Shown> for PictureShown {
    fn from(p: pictures::Shown) -> Self {
        Self { id: p.id, alt: p.alt, width: p.width, height: p.height }
    }
}

/// What is sent to show or change a piece of work.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct WorkSent {
    /// Occupation code.
    #[schema(required = true)]
    field: String,
    #[schema(value_type = Title, required = true)]
    title: String,
    /// Markdown.
    #[schema(value_type = Body)]
    description: String,
    #[schema(value_type = Name)]
    client_name: String,
    /// The client agreed to be named.
    client_consented: bool,
    /// ISO date.
    started_on: Option<String>,
    /// ISO date.
    finished_on: Option<String>,
    /// Minor units.
    #[schema(minimum = 0)]
    cost_from: Option<i64>,
    /// Minor units.
    #[schema(minimum = 0)]
    cost_to: Option<i64>,
    /// Where more is to be seen.
    url: String,
    /// For a change: the version it was made to, unless sent as `If-Match`.
    version: Option<i64>,
}

impl WorkSent {
    fn draft(self) -> Result<Draft> {
        Draft::read(&Typed {
            field: self.field,
            title: self.title,
            description: self.description,
            client_name: self.client_name,
            client_consented: yes(self.client_consented),
            started_on: self.started_on.unwrap_or_default(),
            finished_on: self.finished_on.unwrap_or_default(),
            cost_from: typed_money(self.cost_from),
            cost_to: typed_money(self.cost_to),
            url: self.url,
            version: String::new(),
        })
    }
}

/// A piece of work as this reader may see it; its owner sees a removed one too.
fn shown(tx: &mut Tx<'_>, who: &Who, id: Key) -> Result<WorkShown> {
    who.may_browse()?;
    let w = one(tx, id)?;
    let mine = who.id() == Some(w.owner);
    let owner = people::own(tx, w.owner)?;
    if (w.deleted && !mine) || (who.member.is_none() && !owner.is_public) {
        return Err(Error::NotFound);
    }
    let pictures = pictures::of_work(tx, id)?;
    Ok(told(w, mine, &owner, pictures))
}

fn told(w: Work, mine: bool, owner: &people::Person, pictures: Vec<pictures::Shown>) -> WorkShown {
    WorkShown {
        owner: crate::api::Reference::new(&owner.name, &owner.handle),
        client_name: Some(w.client_name).filter(|n| !n.is_empty() && (mine || w.client_consented)),
        pictures: pictures.into_iter().map(Into::into).collect(),
        id: w.id,
        field: w.field,
        title: w.title,
        description: w.description,
        client_consented: w.client_consented,
        started_on: w.started_on,
        finished_on: w.finished_on,
        cost_from: w.cost_from,
        cost_to: w.cost_to,
        currency: w.currency,
        url: w.url,
        version: w.version,
    }
}

/// My work, newest first
#[utoipa::path(get, path = "/api/v1/me/works", tag = "Work",
    responses((status = 200, description = "At most sixty", body = Vec<WorkListed>)))]
async fn mine(visit: Visit) -> Result<Json<Vec<WorkListed>>> {
    let (_, all) = visit.read(|tx, who| of(tx, who.member()?.id)).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Show a new piece of work
#[utoipa::path(post, path = "/api/v1/me/works", tag = "Work", request_body = WorkSent,
    responses((status = 201, description = "Shown", body = WorkShown)))]
async fn make(visit: Visit, Json(sent): Json<WorkSent>) -> Result<Response> {
    let draft = sent.draft()?;
    let work = visit
        .write_as_anyone(move |tx, who| {
            let id = add(tx, who.member()?.id, &draft, 0)?;
            shown(tx, who, id)
        })
        .await?;
    Ok(created(format!("/api/v1/works/{}", work.id), work).into_response())
}

/// A piece of work
#[utoipa::path(get, path = "/api/v1/works/{id}", tag = "Work", params(("id" = Key, Path)),
    responses((status = 200, description = "The work", body = WorkShown)))]
async fn show(visit: Visit, Id(id): Id) -> Result<Response> {
    let (_, work) = visit.read(move |tx, who| shown(tx, who, id)).await?;
    Ok(versioned(work.version, work))
}

/// Change a piece of my work
#[utoipa::path(put, path = "/api/v1/works/{id}", tag = "Work", params(("id" = Key, Path)), request_body = WorkSent,
    responses((status = 200, description = "Changed", body = WorkShown)))]
async fn save(visit: Visit, Id(id): Id, headers: HeaderMap, Json(sent): Json<WorkSent>) -> Result<Response> {
    let version = sent.version;
    let draft = sent.draft()?;
    let work = visit
        .write_as_anyone(move |tx, who| {
            let me = who.member()?.id;
            let seen = seen_version(&headers, version, own(tx, me, id)?.version)?;
            if !change(tx, me, id, &draft, seen)? {
                return Err(Error::Conflict(
                    "This was changed meanwhile. Nothing of yours was saved; read it again.".into(),
                ));
            }
            shown(tx, who, id)
        })
        .await?;
    Ok(versioned(work.version, work))
}

/// Take a piece of my work away
#[utoipa::path(delete, path = "/api/v1/works/{id}", tag = "Work", params(("id" = Key, Path)),
    responses((status = 200, description = "Taken away", body = Done)))]
async fn remove(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| set_deleted(tx, me.id, id, true)).await?;
    Ok(Done::new("Taken off your profile."))
}

/// Put it back
#[utoipa::path(post, path = "/api/v1/works/{id}/restoration", tag = "Work", params(("id" = Key, Path)),
    responses((status = 200, description = "Back", body = Done)))]
async fn restore(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| set_deleted(tx, me.id, id, false)).await?;
    Ok(Done::new("It is back on your profile."))
}
