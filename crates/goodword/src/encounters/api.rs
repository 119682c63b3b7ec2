//! What two people did together, as JSON, for those two only.

use super::{Encounter, Typed, add, between, depth, referrals, set_deleted};
use crate::api::{Done, Id, Json, Moment, Reference, created};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Words;
use crate::key::Key;
use crate::path::Path;
use crate::people;
use crate::viewer::{Visit, Who};
use crate::vouches::{self, api::Vouch};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(note)).routes(routes!(remove)).routes(routes!(restore))
}

/// Something between two people.
#[derive(Debug, Serialize, ToSchema)]
struct EncounterShown {
    id: Key,
    /// You noted it.
    mine: bool,
    kind: String,
    happened_on: String,
    /// Only your own.
    note: Option<String>,
}

impl From<Encounter> for EncounterShown {
    fn from(e: Encounter) -> Self {
        let note = e.mine.then_some(e.note);
        Self { id: e.id, mine: e.mine, kind: e.kind, happened_on: e.on, note }
    }
}

/// A referral one of the two made for the other.
#[derive(Debug, Serialize, ToSchema)]
struct Between {
    id: Key,
    by_me: bool,
    field: String,
    introduced_at: Moment,
}

/// What there is between you and somebody.
#[derive(Debug, Serialize, ToSchema)]
struct Relationship {
    person: Reference,
    /// In a sentence.
    depth: String,
    encounters: Vec<EncounterShown>,
    /// Your live words about them.
    given: Vec<Vouch>,
    /// Their live words about you.
    received: Vec<Vouch>,
    referrals: Vec<Between>,
}

fn relationship(tx: &mut Tx<'_>, who: &Who, handle: &str) -> Result<Relationship> {
    let me = who.member()?.id;
    let p = people::by_handle(tx, who, handle)?;
    if p.id == me {
        return Err(Error::NotFound);
    }
    let encounters = between(tx, me, p.id)?;
    let live = |v: &vouches::Shown, other: Key| v.state == "live" && other == p.id;
    let given = vouches::about(tx, me, false)?.into_iter().filter(|v| live(v, v.to.id));
    let given = given.map(|v| Vouch::of(v, Some(me))).collect();
    let received = vouches::about(tx, me, true)?.into_iter().filter(|v| live(v, v.from.id));
    let received = received.map(|v| Vouch::of(v, Some(me))).collect();
    let referrals = referrals(tx, me, p.id)?
        .into_iter()
        .map(|r| Between { id: r.id, by_me: r.by_me, field: r.field, introduced_at: Moment(r.at) })
        .collect();
    let depth = depth(&encounters);
    let encounters = encounters.into_iter().map(Into::into).collect();
    Ok(Relationship { person: Reference::new(&p.name, &p.handle), depth, encounters, given, received, referrals })
}

/// What there is between me and somebody
#[utoipa::path(get, path = "/api/v1/people/{handle}/relationship", tag = "Relationships",
    params(("handle" = String, Path)), responses((status = 200, description = "For the two of you only", body = Relationship)))]
async fn show(visit: Visit, Path(handle): Path<String>) -> Result<Json<Relationship>> {
    Ok(Json(visit.read(move |tx, who| relationship(tx, who, &handle)).await?.1))
}

/// Something you did together.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct EncounterSent {
    /// `met`, `one to one`, `job together` or `work seen`.
    #[schema(required = true)]
    kind: String,
    /// ISO date.
    #[schema(required = true)]
    happened_on: String,
    /// For yourself.
    #[schema(value_type = Words)]
    note: String,
}

/// Note something we did together
#[utoipa::path(post, path = "/api/v1/people/{handle}/encounters", tag = "Relationships",
    params(("handle" = String, Path)), request_body = EncounterSent,
    responses((status = 201, description = "Noted", body = Relationship)))]
async fn note(visit: Visit, Path(handle): Path<String>, Json(sent): Json<EncounterSent>) -> Result<Response> {
    let typed = Typed { kind: sent.kind, happened_on: sent.happened_on, note: sent.note };
    let (zone, asked) = (visit.app.site.zone.clone(), handle.clone());
    let now = visit
        .write_as_anyone(move |tx, who| {
            let me = who.member()?.id;
            let other = people::by_handle(tx, who, &asked)?;
            if other.id == me {
                return Err(Error::NotFound);
            }
            let today = crate::say::iso_date(tx.now(), &zone);
            add(tx, me, other.id, &typed, &today, 0)?;
            relationship(tx, who, &asked)
        })
        .await?;
    Ok(created(format!("/api/v1/people/{handle}/relationship"), now).into_response())
}

/// Remove what I noted
#[utoipa::path(delete, path = "/api/v1/encounters/{id}", tag = "Relationships", params(("id" = Key, Path)),
    responses((status = 200, description = "Removed", body = Done)))]
async fn remove(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| set_deleted(tx, me.id, id, true)).await?;
    Ok(Done::new("Removed."))
}

/// Put it back
#[utoipa::path(post, path = "/api/v1/encounters/{id}/restoration", tag = "Relationships", params(("id" = Key, Path)),
    responses((status = 200, description = "Back", body = Done)))]
async fn restore(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| set_deleted(tx, me.id, id, false)).await?;
    Ok(Done::new("It is back."))
}
