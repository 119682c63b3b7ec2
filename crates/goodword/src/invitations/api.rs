//! Inviting people, as JSON.

use super::invite;
use crate::api::{Done, Json};
use crate::app::App;
use crate::error::Result;
use crate::input::{Check, Email, Name, Words};
use crate::viewer::Visit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(send))
}

/// Somebody to invite.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Invitation {
    #[schema(value_type = Name, required = true)]
    name: String,
    #[schema(value_type = Email, required = true)]
    email: String,
    /// Own words in the letter.
    #[schema(value_type = Words)]
    words: String,
}

/// Invite somebody by one letter
///
/// Whether that address is a member’s already is not told.
#[utoipa::path(post, path = "/api/v1/invitations", tag = "Invitations", request_body = Invitation,
    responses((status = 202, description = "One letter is on its way", body = Done)))]
async fn send(visit: Visit, Json(sent): Json<Invitation>) -> Result<Response> {
    let mut check = Check::default();
    let name = check.take(Name::parse("name", &sent.name))?;
    let email = check.take(Email::parse("email", &sent.email))?;
    let words = check.take(Words::optional("words", &sent.words))?;
    check.finish()?;
    if let (Some(name), Some(email), Some(words)) = (name, email, words) {
        let (url, network) = (visit.app.site.public_url.clone(), visit.app.network());
        visit.write(move |tx, me| invite(tx, &url, &network, me.id, &name, &email, &words)).await?;
    }
    Ok((StatusCode::ACCEPTED, Done::new("One letter is on its way.")).into_response())
}
