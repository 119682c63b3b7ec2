//! Groups and who belongs to them, as JSON.

use super::{Membership, Seat, Typed, answer, end, join, of, one, seats};
use crate::api::{Done, Id, Json, Query, Reference, created};
use crate::app::App;
use crate::conversations::reviews::{self, Figures, Spread};
use crate::error::{Error, Result};
use crate::input::{Name, Title};
use crate::key::Key;
use crate::live;
use crate::viewer::Visit;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mine, state))
        .routes(routes!(compare))
        .routes(routes!(show))
        .routes(routes!(leave))
        .routes(routes!(resume))
        .routes(routes!(keep))
}

/// Somebody’s time in a group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MembershipShown {
    id: Key,
    /// The group’s id.
    group: Key,
    name: String,
    kind: String,
    since: String,
    until: Option<String>,
    /// By the group’s keeper.
    confirmed: bool,
    /// This person keeps the group.
    keeps: bool,
}

impl From<Membership> for MembershipShown {
    fn from(m: Membership) -> Self {
        Self {
            id: m.id,
            group: m.group,
            name: m.name,
            kind: m.kind,
            since: m.since,
            until: m.until,
            confirmed: m.confirmed,
            keeps: m.keeps,
        }
    }
}

/// My groups, present ones first
#[utoipa::path(get, path = "/api/v1/me/groups", tag = "Groups",
    responses((status = 200, description = "At most fifty", body = Vec<MembershipShown>)))]
async fn mine(visit: Visit) -> Result<Json<Vec<MembershipShown>>> {
    let (_, all) = visit.read(|tx, who| of(tx, who.member()?.id)).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// A group one belongs to.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Joining {
    /// Its name; a new one is started, and you keep it.
    #[schema(value_type = Name, required = true)]
    name: String,
    /// For a new one: `advisor network`, `referral exchange` or `other`.
    kind: String,
    /// Where it meets.
    #[schema(value_type = Title)]
    town: String,
    /// ISO date.
    #[schema(required = true)]
    since: String,
    /// ISO date.
    until: String,
}

/// State that I belong to a group
#[utoipa::path(post, path = "/api/v1/me/groups", tag = "Groups", request_body = Joining,
    responses((status = 201, description = "Stated", body = Vec<MembershipShown>)))]
async fn state(visit: Visit, Json(sent): Json<Joining>) -> Result<Response> {
    let Joining { name, kind, town, since, until } = sent;
    let typed = Typed { name, kind, town, since, until };
    let all = visit
        .write(move |tx, me| {
            join(tx, me.id, &me.name, &typed)?;
            of(tx, me.id)
        })
        .await?;
    let all: Vec<MembershipShown> = all.into_iter().map(Into::into).collect();
    Ok(created("/api/v1/me/groups".into(), all).into_response())
}

/// A group.
#[derive(Debug, Serialize, ToSchema)]
struct GroupShown {
    id: Key,
    name: String,
    kind: String,
    town: String,
    /// You confirm who belongs to it.
    keeper: bool,
    members: Vec<SeatShown>,
}

/// Somebody in a group.
#[derive(Debug, Serialize, ToSchema)]
struct SeatShown {
    /// The membership’s id.
    id: Key,
    person: Reference,
    /// Main occupation code.
    field: Option<String>,
    since: String,
    until: Option<String>,
    confirmed: bool,
}

impl From<Seat> for SeatShown {
    fn from(s: Seat) -> Self {
        Self {
            id: s.id,
            person: Reference::new(&s.name, &s.handle),
            field: s.field,
            since: s.since,
            until: s.until,
            confirmed: s.confirmed,
        }
    }
}

/// A group and its members
#[utoipa::path(get, path = "/api/v1/groups/{id}", tag = "Groups", params(("id" = Key, Path)),
    responses((status = 200, description = "The group", body = GroupShown)))]
async fn show(visit: Visit, Id(id): Id) -> Result<Json<GroupShown>> {
    let (_, shown) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let group = one(tx, id)?;
            let keeper = group.keeper == me;
            let members = seats(tx, id)?.into_iter().map(Into::into).collect();
            Ok(GroupShown { id, name: group.name, kind: group.kind, town: group.town, keeper, members })
        })
        .await?;
    Ok(Json(shown))
}

/// The middle one of some figures and both ends.
#[derive(Debug, Serialize, ToSchema)]
struct SpreadShown {
    /// How many said something.
    n: usize,
    low: f64,
    median: f64,
    high: f64,
}

impl From<Spread> for SpreadShown {
    fn from(s: Spread) -> Self {
        Self { n: s.n, low: s.low, median: s.median, high: s.high }
    }
}

/// A group in figures, from its reviews; nothing is rolled into one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FiguresShown {
    id: Key,
    name: String,
    kind: String,
    reviews: usize,
    /// Of these by confirmed members and former ones.
    confirmed: usize,
    /// Good jobs a year of membership.
    jobs: Option<SpreadShown>,
    /// How many said “none yet”.
    none_yet: usize,
    /// A month, minor units.
    fee: Option<SpreadShown>,
    currency: String,
    /// A month.
    hours: Option<SpreadShown>,
    /// How many would join again, of how many who said: from five answers on.
    again: Option<AgainOf>,
}

/// Who would join again.
#[derive(Debug, Serialize, ToSchema)]
struct AgainOf {
    yes: usize,
    of: usize,
}

impl From<Figures> for FiguresShown {
    fn from(f: Figures) -> Self {
        Self {
            id: f.id,
            name: f.name,
            kind: f.kind,
            reviews: f.n,
            confirmed: f.confirmed,
            jobs: f.jobs.map(Into::into),
            none_yet: f.none,
            fee: f.fee.map(Into::into),
            currency: f.currency,
            hours: f.hours.map(Into::into),
            again: f.again.map(|(yes, of)| AgainOf { yes, of }),
        }
    }
}

/// Two groups.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Pair {
    /// A group’s id.
    #[param(value_type = Key)]
    a: String,
    /// Another’s.
    #[param(value_type = Key)]
    b: String,
}

/// Two groups side by side, from what their members say
#[utoipa::path(get, path = "/api/v1/groups/comparison", tag = "Groups", params(Pair),
    responses((status = 200, description = "The two, in the order they were named", body = Vec<FiguresShown>)))]
async fn compare(visit: Visit, Query(pair): Query<Pair>) -> Result<Json<Vec<FiguresShown>>> {
    let zone = visit.app.site.zone.clone();
    let (_, both) = visit
        .read(move |tx, who| {
            who.member()?;
            let today = crate::say::iso_date(tx.now(), &zone);
            let mut both = Vec::new();
            for id in [&pair.a, &pair.b] {
                let id = id.parse().map_err(|_| Error::NotFound)?;
                both.push(reviews::figures(tx, id, &today)?.0.into());
            }
            Ok(both)
        })
        .await?;
    Ok(Json(both))
}

/// End my membership today
#[utoipa::path(post, path = "/api/v1/memberships/{id}/end", tag = "Groups", params(("id" = Key, Path)),
    responses((status = 200, description = "Ended", body = Done)))]
async fn leave(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    let zone = visit.app.site.zone.clone();
    visit
        .write(move |tx, me| {
            let today = crate::say::iso_date(tx.now(), &zone);
            end(tx, me.id, id, Some(&today))
        })
        .await?;
    Ok(Done::new("Ended today."))
}

/// Resume my membership
#[utoipa::path(post, path = "/api/v1/memberships/{id}/resumption", tag = "Groups", params(("id" = Key, Path)),
    responses((status = 200, description = "Resumed", body = Done)))]
async fn resume(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| end(tx, me.id, id, None)).await?;
    Ok(Done::new("You still belong to it."))
}

/// The keeper’s answer.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Kept {
    /// Whether they belong.
    #[schema(required = true)]
    belongs: bool,
    /// An occupation code that the group has checked.
    trade: Option<String>,
}

/// Say whether somebody belongs to a group I keep
#[utoipa::path(post, path = "/api/v1/memberships/{id}/answer", tag = "Groups", params(("id" = Key, Path)),
    request_body = Kept, responses((status = 200, description = "Noted", body = Done)))]
async fn keep(visit: Visit, Id(id): Id, Json(sent): Json<Kept>) -> Result<Json<Done>> {
    let belongs = sent.belongs;
    visit
        .write(move |tx, me| {
            let trade = sent.trade.as_deref().filter(|t| live::field(t).is_some());
            answer(tx, me.id, id, sent.belongs, trade)
        })
        .await?;
    Ok(Done::new(if belongs { "Confirmed." } else { "Not confirmed. Their profile says so." }))
}
