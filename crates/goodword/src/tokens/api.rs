//! Access tokens as JSON: listed and revoked. They are made by a person, at `/tokens`: a program that could make them would
//! give itself more than it was given.

use super::{Token, list, revoke};
use crate::api::{Done, Id, Json, Moment};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::viewer::Visit;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mine)).routes(routes!(remove))
}

/// A token; never its secret.
#[derive(Debug, Serialize, ToSchema)]
struct TokenShown {
    id: Key,
    name: String,
    /// `read`, `write`, `introduce`, `account`, `keep`.
    scopes: Vec<String>,
    created_at: Moment,
    expires_at: Moment,
    /// Within the hour.
    used_at: Option<Moment>,
}

impl From<Token> for TokenShown {
    fn from(t: Token) -> Self {
        Self {
            id: t.id,
            name: t.name,
            scopes: t.scopes.split(", ").map(str::to_owned).collect(),
            created_at: Moment(t.created_at),
            expires_at: Moment(t.expires_at),
            used_at: t.used_at.map(Moment),
        }
    }
}

/// My access tokens that still work, newest first
#[utoipa::path(get, path = "/api/v1/me/account/tokens", tag = "Account",
    responses((status = 200, description = "At most twenty", body = Vec<TokenShown>)))]
async fn mine(visit: Visit) -> Result<Json<Vec<TokenShown>>> {
    let (_, all) = visit.read(|tx, who| list(tx, who.member()?.id)).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Revoke a token, which may be the one that asks
#[utoipa::path(delete, path = "/api/v1/me/account/tokens/{id}", tag = "Account", params(("id" = Key, Path)),
    responses((status = 200, description = "Revoked", body = Done)))]
async fn remove(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| revoke(tx, me.id, id)).await?;
    Ok(Done::new("Revoked. Nothing gets in with it any more."))
}
