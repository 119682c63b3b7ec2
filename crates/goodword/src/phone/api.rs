//! What is pushed to my devices, as JSON. A device is added by its own browser, which alone has the keys.

use super::push::{self, TOPICS};
use crate::api::{Done, Id, Json, Moment};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::viewer::{Member, Visit};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, choose)).routes(routes!(remove))
}

/// A device that is told.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceTold {
    id: Key,
    /// “Chrome on Android”.
    what: String,
    created_at: Moment,
    told_at: Option<Moment>,
}

/// What is pushed, and to which devices.
#[derive(Debug, Serialize, ToSchema)]
struct Push {
    /// Of `ask`, `consent`, `introduction`.
    topics: Vec<&'static str>,
    devices: Vec<DeviceTold>,
}

fn shown(tx: &mut Tx<'_>, me: &Member) -> Result<Push> {
    let silent = push::silences(tx, me.id)?;
    let topics = TOPICS.iter().map(|(name, ..)| *name).filter(|name| !silent.iter().any(|s| s == name)).collect();
    let told = |d: push::Device| DeviceTold {
        what: d.words(),
        id: d.id,
        created_at: Moment(d.created_at),
        told_at: d.told_at.map(Moment),
    };
    Ok(Push { topics, devices: push::devices(tx, me)?.into_iter().map(told).collect() })
}

/// What my devices are told
#[utoipa::path(get, path = "/api/v1/me/push", tag = "Push",
    responses((status = 200, description = "Topics that are on, and devices", body = Push)))]
async fn show(visit: Visit) -> Result<Json<Push>> {
    Ok(Json(visit.read(|tx, who| shown(tx, who.member()?)).await?.1))
}

/// What to be told.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct PushSent {
    /// Of `ask`, `consent`, `introduction`; the others are off.
    topics: Vec<String>,
}

/// Choose what my devices are told
#[utoipa::path(put, path = "/api/v1/me/push", tag = "Push", request_body = PushSent,
    responses((status = 200, description = "Chosen", body = Push)))]
async fn choose(visit: Visit, Json(sent): Json<PushSent>) -> Result<Json<Push>> {
    if sent.topics.iter().any(|t| !TOPICS.iter().any(|(name, ..)| name == t)) {
        return Err(Error::field("topics", "Only ask, consent and introduction are pushed."));
    }
    let now = visit
        .write(move |tx, me| {
            push::choose(tx, me.id, &sent.topics)?;
            shown(tx, me)
        })
        .await?;
    Ok(Json(now))
}

/// Take a device off
#[utoipa::path(delete, path = "/api/v1/me/push/devices/{id}", tag = "Push", params(("id" = Key, Path)),
    responses((status = 200, description = "It is told nothing any more", body = Done)))]
async fn remove(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| push::remove(tx, me.id, id)).await?;
    Ok(Done::new("That device is told nothing any more."))
}
