//! The meeting of a referral, as JSON.

use super::appointments::{self, Appointment, Typed};
use super::store;
use crate::api::{Done, Id, Json, Moment};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Title;
use crate::key::Key;
use crate::viewer::Visit;
use ::store::Tx;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, meet, call_off)).routes(routes!(file))
}

/// A meeting that was set.
#[derive(Debug, Serialize, ToSchema)]
struct MeetingShown {
    starts_at: Moment,
    minutes: i64,
    /// IANA: by whose clock it was set.
    zone: String,
    place: String,
    /// You set it last.
    set_by_me: bool,
}

/// What you may know of the meeting.
#[derive(Debug, Serialize, ToSchema)]
struct Meeting {
    /// `null` while none is set.
    meeting: Option<MeetingShown>,
    /// Whether you may set or move it.
    may: bool,
    /// IANA: the clock that `on` and `at` are read by.
    zone: String,
}

fn shown(tx: &mut Tx<'_>, id: Key, me: Key) -> Result<Meeting> {
    let r = store::one(tx, id)?;
    let role = r.role(me).filter(|role| r.is_known_to(*role)).ok_or(Error::NotFound)?;
    let seen = appointments::seen(tx, &r, role, me)?;
    let told = |a: Appointment| MeetingShown {
        starts_at: Moment(a.starts_at),
        minutes: a.minutes,
        zone: a.zone,
        place: a.place,
        set_by_me: a.set_by == me,
    };
    Ok(Meeting { meeting: seen.set.map(told), may: seen.may, zone: seen.zone })
}

/// The meeting of a referral
#[utoipa::path(get, path = "/api/v1/referrals/{id}/meeting", tag = "Calendar", params(("id" = Key, Path)),
    responses((status = 200, description = "Only the two who are introduced see one", body = Meeting)))]
async fn show(visit: Visit, Id(id): Id) -> Result<Json<Meeting>> {
    Ok(Json(visit.read(move |tx, who| shown(tx, id, who.member()?.id)).await?.1))
}

/// When and where to meet.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct MeetingSent {
    /// ISO date, by your own clock.
    #[schema(required = true)]
    on: String,
    /// `15:30`, by your own clock.
    #[schema(required = true)]
    at: String,
    /// 30, 45, 60, 90 or 120.
    minutes: Option<i64>,
    #[schema(value_type = Title)]
    place: String,
}

/// Set or move the meeting; the other gets an invitation for their calendar
#[utoipa::path(put, path = "/api/v1/referrals/{id}/meeting", tag = "Calendar", params(("id" = Key, Path)),
    request_body = MeetingSent, responses((status = 200, description = "Set", body = Meeting)))]
async fn meet(visit: Visit, Id(id): Id, Json(sent): Json<MeetingSent>) -> Result<Json<Meeting>> {
    if sent.minutes.is_some_and(|m| !appointments::LENGTHS.contains(&m)) {
        return Err(Error::field("minutes", "Please choose 30, 45, 60, 90 or 120."));
    }
    let minutes = sent.minutes.unwrap_or(60).to_string();
    let typed = Typed { on: sent.on, at: sent.at, minutes, place: sent.place };
    let url = visit.app.site.public_url.clone();
    let now = visit
        .write(move |tx, me| {
            appointments::set(tx, &url, id, me.id, &typed)?;
            shown(tx, id, me.id)
        })
        .await?;
    Ok(Json(now))
}

/// Call the meeting off; the other’s calendar is told
#[utoipa::path(delete, path = "/api/v1/referrals/{id}/meeting", tag = "Calendar", params(("id" = Key, Path)),
    responses((status = 200, description = "Called off", body = Done)))]
async fn call_off(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    let url = visit.app.site.public_url.clone();
    visit.write(move |tx, me| appointments::call_off(tx, &url, id, me.id)).await?;
    Ok(Done::new("The meeting is called off, and the other’s calendar is told."))
}

/// The meeting as a calendar file
#[utoipa::path(get, path = "/api/v1/referrals/{id}/meeting.ics", tag = "Calendar", params(("id" = Key, Path)),
    responses((status = 200, description = "iCalendar", body = String, content_type = "text/calendar")))]
async fn file(visit: Visit, Id(id): Id) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    let (_, text) = visit.read(move |tx, who| appointments::file(tx, &url, id, who.member()?.id)).await?;
    Ok(crate::calendar::calendar_file(text, "meeting.ics"))
}
