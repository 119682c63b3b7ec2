//! Reporting somebody, as JSON. What moderators do with reports is in `admin/api.rs`.

use super::{Typed, parse, report, subject};
use crate::api::{Done, Json};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Words;
use crate::key::Key;
use crate::viewer::Visit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(send))
}

/// What the moderators should look at: a person, or one word of theirs.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct ReportSent {
    /// A handle.
    person: Option<String>,
    /// A vouch’s id, for what somebody said.
    #[schema(value_type = Option<Key>)]
    vouch: Option<String>,
    /// `untrue`, `tie`, `insult`, `unwanted` or `other`.
    #[schema(required = true)]
    reason: String,
    /// Read by the moderators alone.
    #[schema(value_type = Words, required = true)]
    words: String,
}

/// Report a person, or a word of theirs, to the moderators
#[utoipa::path(post, path = "/api/v1/reports", tag = "Reports", request_body = ReportSent,
    responses((status = 202, description = "The moderators have it", body = Done)))]
async fn send(visit: Visit, Json(sent): Json<ReportSent>) -> Result<Response> {
    if sent.vouch.as_ref().is_some_and(|v| v.parse::<Key>().is_err()) {
        return Err(Error::NotFound);
    }
    let typed = Typed {
        person: sent.person.unwrap_or_default(),
        vouch: sent.vouch.unwrap_or_default(),
        reason: sent.reason,
        words: sent.words,
    };
    let words = parse(&typed)?;
    visit
        .write(move |tx, me| {
            let (about, vouch, ..) = subject(tx, &typed)?;
            report(tx, me.id, about, vouch, &typed.reason, &words)
        })
        .await?;
    Ok((StatusCode::ACCEPTED, Done::new("The moderators have it. You hear once they have looked.")).into_response())
}
