//! Whose judgement I rely on, as JSON: for oneself only.

use super::{Person, chosen, fields_named, limit_to, rely_on, take_off};
use crate::api::{Done, Id, Json};
use crate::app::App;
use crate::error::Result;
use crate::input::Title;
use crate::key::Key;
use crate::viewer::Visit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mine)).routes(routes!(choose, remove))
}

/// Somebody on the list.
#[derive(Debug, Serialize, ToSchema)]
struct Trusted {
    id: Key,
    name: String,
    handle: String,
    headline: String,
    /// Occupation codes; empty: in every field.
    fields: Vec<String>,
}

impl From<Person> for Trusted {
    fn from(p: Person) -> Self {
        Self { id: p.id, name: p.name, handle: p.handle, headline: p.headline, fields: p.fields }
    }
}

/// People whose judgement I rely on
#[utoipa::path(get, path = "/api/v1/me/trust", tag = "Trust",
    responses((status = 200, description = "At most five; nobody else ever reads it", body = Vec<Trusted>)))]
async fn mine(visit: Visit) -> Result<Json<Vec<Trusted>>> {
    let (_, all) = visit.read(|tx, who| chosen(tx, who.member()?.id)).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// For what one relies on somebody.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Reliance {
    /// Trades in plain words, comma-separated; empty: in every field.
    #[schema(value_type = Title)]
    fields: String,
}

/// Rely on somebody’s judgement
#[utoipa::path(put, path = "/api/v1/me/trust/{person}", tag = "Trust", params(("person" = Key, Path)),
    request_body = Reliance, responses((status = 200, description = "The list as it is now", body = Vec<Trusted>)))]
async fn choose(visit: Visit, Id(person): Id, Json(sent): Json<Reliance>) -> Result<Json<Vec<Trusted>>> {
    let codes = fields_named(&sent.fields)?;
    let all = visit
        .write(move |tx, me| {
            rely_on(tx, me.id, person)?;
            limit_to(tx, me.id, person, &codes)?;
            chosen(tx, me.id)
        })
        .await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Take somebody off the list
#[utoipa::path(delete, path = "/api/v1/me/trust/{person}", tag = "Trust", params(("person" = Key, Path)),
    responses((status = 200, description = "Off the list", body = Done)))]
async fn remove(visit: Visit, Id(person): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| take_off(tx, me.id, person)).await?;
    Ok(Done::new("Taken off your list."))
}
