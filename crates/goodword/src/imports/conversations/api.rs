//! Conversations brought in and taken along, as JSON and as files.

use super::pages::{self, Import};
use crate::api::{Done, Id, Json, List, Moment, Page, Query};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::roles::Role;
use crate::viewer::Visit;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all, bring))
        .routes(routes!(one, stop))
        .routes(routes!(notes))
        .routes(routes!(take))
}

/// A file that was brought in, or is being.
#[derive(Debug, Serialize, ToSchema)]
struct ImportShown {
    id: Key,
    /// `wordpress` or `disqus`.
    kind: String,
    file: String,
    /// `being read`, `done`, `dropped` or `broke off`.
    state: String,
    /// New ones.
    posts: i64,
    /// New ones.
    comments: i64,
    /// Here before.
    already: i64,
    /// Left out or changed, each with its reason.
    notes: i64,
    /// Why it broke off.
    failure: String,
    at: Moment,
}

impl From<Import> for ImportShown {
    fn from(i: Import) -> Self {
        Self {
            state: i.how().into(),
            id: i.id,
            kind: i.kind,
            file: i.file,
            posts: i.posts,
            comments: i.comments,
            already: i.already,
            notes: i.notes,
            failure: i.failure,
            at: Moment(i.at),
        }
    }
}

/// Conversations brought in, the latest hundred files
#[utoipa::path(get, path = "/api/v1/admin/imports", tag = "Moving",
    responses((status = 200, description = "For admins", body = Vec<ImportShown>)))]
async fn all(visit: Visit) -> Result<Json<Vec<ImportShown>>> {
    let (_, found) = visit
        .read(|tx, who| {
            who.admin()?;
            pages::imports(tx, None)
        })
        .await?;
    Ok(Json(found.into_iter().map(ImportShown::from).collect()))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Named {
    /// What the file is called.
    #[param(max_length = 200)]
    name: String,
}

/// An import that was begun, or the one that has read the same file before.
#[derive(Debug, Serialize, ToSchema)]
struct Begun {
    id: Key,
}

/// Bring in conversations from WordPress or Disqus
///
/// Up to 512 MB, read afterwards: ask how it stands. Nobody gets mail by it. The same file twice is once, with or without an
/// Idempotency-Key; with one, a file is at most 10 MB.
#[utoipa::path(post, path = "/api/v1/admin/imports", tag = "Moving", params(Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file exported there"),
    responses((status = 202, description = "Being read, for admins", body = Begun)))]
async fn bring(visit: Visit, Query(named): Query<Named>, headers: HeaderMap, body: Body) -> Result<Response> {
    // Somebody else is turned away before anything is read.
    visit.read(|_, who| who.admin().map(drop)).await?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if !matches!(kind.as_str(), "application/octet-stream" | "application/xml" | "text/xml") {
        let sentence = "Send the file’s bytes, as application/xml or application/octet-stream.";
        return Err(Error::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence.into()));
    }
    crate::api::listing::short("name", &named.name, 200)?;
    let broken = |_| Error::BadRequest("The file broke off on its way. Please send it again.".into());
    let id = pages::receive(&visit, &named.name, body.into_data_stream().map_err(broken)).await?;
    let place = [(header::LOCATION, format!("/api/v1/admin/imports/{id}"))];
    Ok((StatusCode::ACCEPTED, place, Json(Begun { id })).into_response())
}

/// How an import stands
#[utoipa::path(get, path = "/api/v1/admin/imports/{id}", tag = "Moving", params(("id" = Key, Path)),
    responses((status = 200, description = "For admins", body = ImportShown)))]
async fn one(visit: Visit, Id(id): Id) -> Result<Json<ImportShown>> {
    let (_, found) = visit
        .read(move |tx, who| {
            who.admin()?;
            pages::imports(tx, Some(id))?.pop().ok_or(Error::NotFound)
        })
        .await?;
    Ok(Json(found.into()))
}

/// Stop an import
///
/// What it had brought is gone again. One that has ended stays.
#[utoipa::path(delete, path = "/api/v1/admin/imports/{id}", tag = "Moving", params(("id" = Key, Path)),
    responses((status = 200, description = "Stopped, for admins", body = Done)))]
async fn stop(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write_as(Role::Admin, move |tx, _| pages::stop(tx, id)).await?;
    Ok(Done::new(pages::STOPPED))
}

/// Something left out or changed.
#[derive(Debug, Serialize, ToSchema)]
struct ImportNote {
    what: String,
    reason: String,
}

/// What an import left out or changed, and why
#[utoipa::path(get, path = "/api/v1/admin/imports/{id}/notes", tag = "Moving", params(("id" = Key, Path), Page),
    responses((status = 200, description = "A page of notes, for admins", body = List<ImportNote>)))]
async fn notes(visit: Visit, Id(id): Id, Query(page): Query<Page>) -> Result<Response> {
    let (size, first) = page.counted()?;
    let (from, rows) = (i64::try_from(first).unwrap_or(i64::MAX), page.rows()?);
    let (_, mut found) = visit
        .read(move |tx, who| {
            who.admin()?;
            pages::imports(tx, Some(id))?.pop().ok_or(Error::NotFound)?;
            pages::notes(tx, id, from, rows)
        })
        .await?;
    let next = (found.len() > size).then(|| (first + size).to_string());
    found.truncate(size);
    let items = found.into_iter().map(|(what, reason)| ImportNote { what, reason }).collect();
    Ok(List { items, next }.answer(&visit.path))
}

/// As what conversations are taken along.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Wordpress,
}

/// Which file.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    #[schema(inline)]
    format: Format,
}

/// Take all conversations along as one file
#[utoipa::path(post, path = "/api/v1/admin/imports/export", tag = "Moving", request_body = Wanted,
    responses((status = 200, description = "The file, for admins", content(
        (serde_json::Value = "application/json"), (Vec<u8> = "application/xml")))))]
async fn take(visit: Visit, Json(wanted): Json<Wanted>) -> Result<Response> {
    pages::taken(&visit, matches!(wanted.format, Format::Wordpress)).await
}
