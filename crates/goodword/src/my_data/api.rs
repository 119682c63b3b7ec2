//! What is mine, through the API: the archive, a pause, and leaving for good.

use super::pages::packed;
use super::{COOLING, ask_erasure, count_archive, pause};
use crate::api::{Done, Json};
use crate::app::App;
use crate::error::Result;
use crate::viewer::Visit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(take)).routes(routes!(go_away)).routes(routes!(erase))
}

/// Take everything there is about me
#[utoipa::path(post, path = "/api/v1/me/account/archive", tag = "Account",
    responses((status = 200, description = "A zip: a page to read, the same as JSON, and pictures",
        body = Vec<u8>, content_type = "application/zip")))]
async fn take(visit: Visit) -> Result<Response> {
    let party = visit
        .write(|tx, me| {
            count_archive(tx, me.id)?;
            Ok(me.id)
        })
        .await?;
    packed(&visit, party).await
}

/// Pause my account
///
/// Tokens open nothing from then on; the way back is in the letter, and by signing in.
#[utoipa::path(post, path = "/api/v1/me/account/pause", tag = "Account",
    responses((status = 200, description = "Away until I come back", body = Done)))]
async fn go_away(visit: Visit) -> Result<Json<Done>> {
    let url = visit.app.site.public_url.clone();
    visit.write(move |tx, me| pause(tx, &url, me.id)).await?;
    Ok(Done::new("Your account is paused. The way back is in your mail, and by signing in."))
}

/// How to leave.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Leaving {
    /// My address, to be sure that the right person is meant.
    #[schema(required = true, max_length = 254)]
    email: String,
    /// Nobody here may ever write to this address again.
    no_letters: bool,
}

/// Ask to be erased
///
/// Away at once; done after seven days, unless taken back by the link in the letter.
#[utoipa::path(post, path = "/api/v1/me/account/erasure", tag = "Account", request_body = Leaving,
    responses((status = 202, description = "Noted", body = Done)))]
async fn erase(visit: Visit, Json(sent): Json<Leaving>) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    visit
        .write(move |tx, me| {
            let (_, email, _) = super::party(tx, me.id)?;
            if email.unwrap_or_default() != sent.email.trim().to_lowercase() {
                return Err(crate::error::Error::field("email", "This is not your address."));
            }
            ask_erasure(tx, &url, me.id, sent.no_letters)
        })
        .await?;
    let said = format!("You are away from now on, and erased in {COOLING} days. Your mail has a way to take it back.");
    Ok((StatusCode::ACCEPTED, Done::new(&said)).into_response())
}
