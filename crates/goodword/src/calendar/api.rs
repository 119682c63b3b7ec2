//! My dates as JSON, and the private address they can be subscribed to.

use super::{Entry, Slot, entries, renew, revoke, since};
use crate::api::{Done, Json, Moment};
use crate::app::App;
use crate::error::Result;
use crate::viewer::Visit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(make, end))
}

/// Something with a date.
#[derive(Debug, Serialize, ToSchema)]
struct Date {
    /// Stays the same.
    uid: String,
    title: String,
    notes: String,
    place: String,
    /// A page of this site.
    path: String,
    /// For a meeting, and for a last day.
    at: Option<Moment>,
    /// For a meeting.
    minutes: Option<i64>,
    /// IANA: by whose clock it was set.
    zone: Option<String>,
    /// ISO date, for something of days.
    from: Option<String>,
    /// ISO date.
    to: Option<String>,
}

impl From<Entry> for Date {
    fn from(e: Entry) -> Self {
        let (mut at, mut minutes, mut zone, mut from, mut to) = (None, None, None, None, None);
        match e.slot {
            Slot::Day(day) => at = Some(Moment(day)),
            Slot::Dates(first, last) => (from, to) = (Some(first), Some(last)),
            Slot::Moment { starts_at, minutes: long, zone: name } => {
                (at, minutes, zone) = (Some(Moment(starts_at)), Some(long), Some(name));
            }
        }
        Self { uid: e.uid, title: e.title, notes: e.notes, place: e.place, path: e.path, at, minutes, zone, from, to }
    }
}

/// My dates.
#[derive(Debug, Serialize, ToSchema)]
struct Dates {
    /// Since when there is an address to subscribe to.
    feed_since: Option<Moment>,
    dates: Vec<Date>,
}

/// Everything with a date that concerns me
#[utoipa::path(get, path = "/api/v1/me/calendar", tag = "Calendar",
    responses((status = 200, description = "Meetings, last days, dates of my needs", body = Dates)))]
async fn show(visit: Visit) -> Result<Json<Dates>> {
    let (_, (since, all)) = visit
        .read(|tx, who| {
            let me = who.member()?.id;
            Ok((since(tx, me)?, entries(tx, me)?))
        })
        .await?;
    Ok(Json(Dates { feed_since: since.map(Moment), dates: all.into_iter().map(Into::into).collect() }))
}

/// An address to subscribe to.
#[derive(Debug, Serialize, ToSchema)]
struct Feed {
    /// Told once: whoever has it reads my calendar.
    url: String,
}

/// Make a new address for my calendar; the one before ends
#[utoipa::path(post, path = "/api/v1/me/calendar/feed", tag = "Calendar",
    responses((status = 201, description = "Made", body = Feed)))]
async fn make(visit: Visit) -> Result<Response> {
    let token = visit.write(|tx, me| renew(tx, me.id)).await?;
    let url = format!("{}/calendar/{token}.ics", visit.app.site.public_url);
    Ok((StatusCode::CREATED, Json(Feed { url })).into_response())
}

/// End the address of my calendar
#[utoipa::path(delete, path = "/api/v1/me/calendar/feed", tag = "Calendar",
    responses((status = 200, description = "Ended", body = Done)))]
async fn end(visit: Visit) -> Result<Json<Done>> {
    visit.write(|tx, me| revoke(tx, me.id)).await?;
    Ok(Done::new("That address has ended."))
}
