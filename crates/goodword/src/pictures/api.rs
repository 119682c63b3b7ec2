//! Pictures through the API: taken as they are, given as ours.

use super::pages::{decode, described_by, served};
use super::{MAX_BYTES, Of, add, for_text, open, remove, set_photo};
use crate::api::{Done, Id, Json, Query, Signed, created};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Title;
use crate::key::Key;
use crate::viewer::Visit;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(set, none))
        .routes(routes!(add_to_work))
        .routes(routes!(for_words))
        .layer(DefaultBodyLimit::max(MAX_BYTES))
        .routes(routes!(show, take_away))
}

/// The bytes of a file, sent as they are.
struct Sent(Bytes);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        if kind != "application/octet-stream" && !kind.starts_with("image/") {
            let sentence =
                "Send the picture’s bytes, as image/jpeg, image/png, image/webp or application/octet-stream.";
            return Err(Error::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence.into()));
        }
        let bytes = Bytes::from_request(request, state).await;
        bytes.map(Self).map_err(|e| Error::Refused(e.status(), "This file is larger than 10 MB.".into()))
    }
}

/// Set my photo
#[utoipa::path(put, path = "/api/v1/me/photo", tag = "Pictures",
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "A JPEG, PNG or WebP file"),
    responses((status = 200, description = "Set", body = Done)))]
async fn set(visit: Visit, Signed(Sent(bytes)): Signed<Sent>) -> Result<Json<Done>> {
    let picture = Arc::new(decode(bytes.to_vec(), Of::Person).await?);
    visit.write(move |tx, me| set_photo(tx, me.id, Some(&picture))).await?;
    Ok(Done::new("That is your photo now."))
}

/// Delete my photo
#[utoipa::path(delete, path = "/api/v1/me/photo", tag = "Pictures",
    responses((status = 200, description = "Deleted", body = Done)))]
async fn none(visit: Visit) -> Result<Json<Done>> {
    visit.write(|tx, me| set_photo(tx, me.id, None)).await?;
    Ok(Done::new("Your photo is deleted. Your initials stand in its place."))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Described {
    /// What it shows, for people who cannot see it.
    #[param(max_length = 160)]
    alt: String,
}

/// A picture that was added.
#[derive(Debug, Serialize, ToSchema)]
struct Added {
    id: Key,
}

/// Add a picture to a piece of my work
#[utoipa::path(post, path = "/api/v1/works/{id}/pictures", tag = "Pictures", params(("id" = Key, Path), Described),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "A JPEG, PNG or WebP file"),
    responses((status = 201, description = "Added", body = Added)))]
async fn add_to_work(
    visit: Visit,
    Id(id): Id,
    Query(described): Query<Described>,
    Signed(Sent(bytes)): Signed<Sent>,
) -> Result<Response> {
    visit.read(move |tx, who| crate::works::own(tx, who.member()?.id, id).map(drop)).await?;
    let alt = Title::optional("alt", &described.alt)?;
    let picture = Arc::new(decode(bytes.to_vec(), Of::Work).await?);
    let made = visit.write(move |tx, me| add(tx, me.id, id, &picture, &alt.to_string())).await?;
    Ok(created(format!("/api/v1/pictures/{made}"), Added { id: made }).into_response())
}

/// A picture for a post or a comment.
#[derive(Debug, Serialize, ToSchema)]
struct AddedForWords {
    id: Key,
    /// What shows it, once this stands in the `text` of a post or comment of mine; taken out of the text, it is gone.
    markdown: String,
}

/// Upload a picture for a post or a comment
///
/// Nobody else sees it before a text of mine that shows it is published; after a day without one it is deleted.
#[utoipa::path(post, path = "/api/v1/pictures", tag = "Pictures", params(Described),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "A JPEG, PNG or WebP file"),
    responses((status = 201, description = "Kept", body = AddedForWords)))]
async fn for_words(
    visit: Visit,
    Query(described): Query<Described>,
    Signed(Sent(bytes)): Signed<Sent>,
) -> Result<Response> {
    let alt = described_by(&described.alt)?;
    let picture = Arc::new(decode(bytes.to_vec(), Of::Work).await?);
    let (id, markdown) = visit.write(move |tx, me| for_text(tx, me.id, &picture, &alt)).await?;
    Ok(created(format!("/api/v1/pictures/{id}"), AddedForWords { id, markdown }).into_response())
}

/// A picture
#[utoipa::path(get, path = "/api/v1/pictures/{id}", tag = "Pictures", params(("id" = Key, Path)),
    responses((status = 200, description = "JPEG, or PNG where something shows through", content(
        (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png")))))]
async fn show(visit: Visit, Id(id): Id) -> Result<Response> {
    let (_, (kind, bytes)) = visit.read(move |tx, who| open(tx, who, id)).await?;
    Ok(served(&kind, bytes))
}

/// Delete a picture of mine
#[utoipa::path(delete, path = "/api/v1/pictures/{id}", tag = "Pictures", params(("id" = Key, Path)),
    responses((status = 200, description = "Deleted", body = Done)))]
async fn take_away(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| remove(tx, me.id, id)).await?;
    Ok(Done::new("The picture is deleted."))
}
