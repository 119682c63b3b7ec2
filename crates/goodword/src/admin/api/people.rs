//! People, roles, sanctions and the tree of invitations, as JSON. No address is told here: it is not needed.

use super::super::invitations::{Leaf, children, cut, line_up};
use super::super::licences::{self, Licence};
use super::super::people::{Listed, Member, Search, Typed, decision, find, member};
use crate::api::listing::short;
use crate::api::{Done, Id, Item, Json, List, Moment, Page, Query, Reference, created};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Title, Words};
use crate::key::Key;
use crate::roles::{self, Role};
use crate::sanctions::{self, LONGEST, Sanction};
use crate::viewer::Visit;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(people))
        .routes(routes!(person))
        .routes(routes!(see_licence))
        .routes(routes!(set_role))
        .routes(routes!(decide))
        .routes(routes!(lift))
        .routes(routes!(answer))
        .routes(routes!(branch))
        .routes(routes!(detach))
}

/// Whom to list.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Which {
    /// Every member.
    #[default]
    All,
    /// Moderators and admins.
    Keepers,
    /// Suspended now.
    Suspended,
    /// Paused, suspended or leaving.
    Away,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Part of a name, or a whole handle or address.
    #[param(max_length = 254)]
    q: String,
    /// All unless said.
    #[param(inline)]
    show: Which,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// A member in the list.
#[derive(Debug, Serialize, ToSchema)]
struct MemberListed {
    id: Key,
    name: String,
    /// `active` or `deactivated`.
    status: String,
    suspended: bool,
    /// `member`, `moderator` or `admin`.
    role: &'static str,
    inviter: Option<String>,
    joined_at: Moment,
}

impl From<Listed> for MemberListed {
    fn from(l: Listed) -> Self {
        Self {
            id: l.id,
            name: l.name,
            status: l.status,
            suspended: l.suspended,
            role: l.role.as_str(),
            inviter: l.inviter,
            joined_at: Moment(l.joined_at),
        }
    }
}

impl Item for MemberListed {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// Members, by name
#[utoipa::path(get, path = "/api/v1/admin/people", tag = "Keeping", params(Asked),
    responses((status = 200, description = "A page of members, for moderators", body = List<MemberListed>)))]
async fn people(visit: Visit, Query(asked): Query<Asked>) -> Result<Response> {
    short("q", &asked.q, 254)?;
    let page = Page { limit: asked.limit, cursor: asked.cursor };
    let (after, rows) = (page.after()?, page.rows()?);
    let show = match asked.show {
        Which::All => "",
        Which::Keepers => "keepers",
        Which::Suspended => "suspended",
        Which::Away => "away",
    };
    let search = Search { q: asked.q, show: show.into(), page: String::new() };
    let (_, found) = visit
        .read(move |tx, who| {
            who.moderator()?;
            find(tx, &search, after, 0, rows)
        })
        .await?;
    Ok(page.cut(found.into_iter().map(MemberListed::from).collect())?.answer(&visit.path))
}

/// A decision of the moderators.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SanctionShown {
    id: Key,
    /// About whom: their id.
    person: Key,
    name: String,
    /// `warning` or `suspension`.
    kind: &'static str,
    reason: String,
    by: String,
    at: Moment,
    /// `null` for a suspension: until somebody lifts it.
    ends_at: Option<Moment>,
    lifted_at: Option<Moment>,
    appeal: String,
    appealed_at: Option<Moment>,
    answer: String,
    answered_at: Option<Moment>,
}

impl From<Sanction> for SanctionShown {
    fn from(s: Sanction) -> Self {
        Self {
            id: s.id,
            person: s.party,
            name: s.name,
            kind: if s.suspends { "suspension" } else { "warning" },
            reason: s.reason,
            by: s.by_name,
            at: Moment(s.at),
            ends_at: s.ends_at.map(Moment),
            lifted_at: s.lifted_at.map(Moment),
            appeal: s.appeal,
            appealed_at: s.appealed_at.map(Moment),
            answer: s.answer,
            answered_at: s.answered_at.map(Moment),
        }
    }
}

/// A member as moderators need to know them.
#[derive(Debug, Serialize, ToSchema)]
struct MemberShown {
    id: Key,
    person: Reference,
    status: String,
    role: &'static str,
    /// Who invited them: their id.
    inviter: Option<Key>,
    joined_at: Moment,
    /// Live vouches.
    given: i64,
    received: i64,
    /// Introductions they asked for this week.
    asks_this_week: i64,
    /// Reports about them.
    reports: i64,
    /// As stated, the main trade's first.
    licences: Vec<LicenceShown>,
    /// Newest first.
    sanctions: Vec<SanctionShown>,
}

/// A licence a member states.
#[derive(Debug, Serialize, ToSchema)]
struct LicenceShown {
    /// Occupation code.
    field: String,
    licence: String,
    /// When a moderator saw it.
    seen_at: Option<Moment>,
}

impl From<Licence> for LicenceShown {
    fn from(l: Licence) -> Self {
        Self { field: l.field, licence: l.stated, seen_at: l.seen_at.map(Moment) }
    }
}

impl MemberShown {
    fn of(m: Member, licences: Vec<Licence>, sanctions: Vec<Sanction>) -> Self {
        Self {
            id: m.id,
            person: Reference::new(&m.name, &m.handle),
            status: m.status,
            role: m.role.as_str(),
            inviter: m.inviter.map(|(id, _)| id),
            joined_at: Moment(m.joined_at),
            given: m.given,
            received: m.received,
            asks_this_week: m.asks,
            reports: m.reports,
            licences: licences.into_iter().map(Into::into).collect(),
            sanctions: sanctions.into_iter().map(Into::into).collect(),
        }
    }
}

/// A member
#[utoipa::path(get, path = "/api/v1/admin/people/{id}", tag = "Keeping", params(("id" = Key, Path)),
    responses((status = 200, description = "For moderators", body = MemberShown)))]
async fn person(visit: Visit, Id(id): Id) -> Result<Json<MemberShown>> {
    let (_, shown) = visit
        .read(move |tx, who| {
            who.moderator()?;
            Ok(MemberShown::of(member(tx, id)?, licences::of(tx, id)?, sanctions::about(tx, id)?))
        })
        .await?;
    Ok(Json(shown))
}

/// A licence, as a moderator read it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct LicenceSent {
    /// Occupation code.
    #[schema(required = true)]
    field: String,
    /// As it is stated: another one is not meant.
    #[schema(value_type = Title, required = true)]
    licence: String,
    /// Seen in a register or on paper; or not, after an error.
    #[schema(required = true)]
    seen: bool,
}

/// Note that a licence was seen, or take that back; they are told
#[utoipa::path(post, path = "/api/v1/admin/people/{id}/licences", tag = "Keeping", params(("id" = Key, Path)),
    request_body = LicenceSent, responses((status = 200, description = "Noted, by a moderator", body = Done)))]
async fn see_licence(visit: Visit, Id(id): Id, Json(sent): Json<LicenceSent>) -> Result<Json<Done>> {
    let seen = sent.seen;
    visit
        .write_as(Role::Moderator, move |tx, me| licences::note(tx, me.id, id, &sent.field, &sent.licence, seen))
        .await?;
    Ok(Done::new(if seen { "Noted: the licence was seen. They are told." } else { "Taken back. They are told." }))
}

/// A role.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct RoleSent {
    /// `member`, `moderator` or `admin`.
    #[schema(required = true)]
    role: String,
}

/// Give somebody another role; they are told
#[utoipa::path(put, path = "/api/v1/admin/people/{id}/role", tag = "Keeping", params(("id" = Key, Path)),
    request_body = RoleSent, responses((status = 200, description = "Given, for admins", body = Done)))]
async fn set_role(visit: Visit, Id(id): Id, Json(sent): Json<RoleSent>) -> Result<Json<Done>> {
    visit
        .write_as(Role::Admin, move |tx, me| {
            let role = Role::parse(&sent.role);
            if role.as_str() != sent.role {
                return Err(Error::field("role", "Please choose member, moderator or admin."));
            }
            roles::set(tx, me.id, id, role)
        })
        .await?;
    Ok(Done::new("Their role is changed, and they are told."))
}

/// What is decided about somebody.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct DecisionSent {
    /// `warning` or `suspension`.
    #[schema(required = true)]
    kind: String,
    /// As told to the person.
    #[schema(value_type = Words, required = true)]
    reason: String,
    /// Of a suspension; none: until it is lifted.
    #[schema(minimum = 1, maximum = 730)]
    days: Option<i64>,
}

/// Warn or suspend somebody: they are told why, and how to appeal
#[utoipa::path(post, path = "/api/v1/admin/people/{id}/sanctions", tag = "Keeping", params(("id" = Key, Path)),
    request_body = DecisionSent, responses((status = 201, description = "Decided, by a moderator", body = SanctionShown)))]
async fn decide(visit: Visit, Id(id): Id, Json(sent): Json<DecisionSent>) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    let made = visit
        .write_as(Role::Moderator, move |tx, me| {
            member(tx, id)?;
            if sent.days.is_some_and(|days| !(1..=LONGEST).contains(&days)) {
                return Err(Error::field("days", format!("From 1 to {LONGEST}.")));
            }
            let days = sent.days.map(|d| d.to_string()).unwrap_or_default();
            let typed = Typed { kind: sent.kind.clone(), reason: sent.reason.clone(), days };
            let decided = sanctions::decide(tx, &url, me, id, &decision(&typed)?)?;
            sanctions::one(tx, decided)
        })
        .await?;
    Ok(created(format!("/api/v1/admin/people/{id}"), SanctionShown::from(made)).into_response())
}

/// Lift a decision before its time
#[utoipa::path(post, path = "/api/v1/admin/sanctions/{id}/lifting", tag = "Keeping", params(("id" = Key, Path)),
    responses((status = 200, description = "Lifted, by a moderator", body = Done)))]
async fn lift(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    let url = visit.app.site.public_url.clone();
    visit.write_as(Role::Moderator, move |tx, me| sanctions::lift(tx, &url, me.id, id).map(drop)).await?;
    Ok(Done::new("Lifted."))
}

/// The answer to an appeal.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct AppealAnswer {
    /// As told to the person.
    #[schema(value_type = Words, required = true)]
    answer: String,
    /// The decision is lifted; otherwise it stands.
    lift: bool,
}

/// Answer an appeal
#[utoipa::path(post, path = "/api/v1/admin/sanctions/{id}/answer", tag = "Keeping", params(("id" = Key, Path)),
    request_body = AppealAnswer, responses((status = 200, description = "By another moderator than the one who decided", body = Done)))]
async fn answer(visit: Visit, Id(id): Id, Json(sent): Json<AppealAnswer>) -> Result<Json<Done>> {
    let url = visit.app.site.public_url.clone();
    visit
        .write_as(Role::Moderator, move |tx, me| {
            sanctions::answer(tx, &url, me.id, id, &sent.answer, sent.lift).map(drop)
        })
        .await?;
    Ok(Done::new("Your answer is on its way."))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Branch {
    /// Whose branch: an id. None: those whom nobody invited.
    #[param(value_type = Option<Key>)]
    of: Option<String>,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// Somebody in the tree of invitations.
#[derive(Debug, Serialize, ToSchema)]
struct LeafShown {
    id: Key,
    name: String,
    /// `member`, or `absent` until they have answered.
    kind: String,
    status: String,
    suspended: bool,
    joined_at: Moment,
    /// How many they invited themselves.
    invited: i64,
    /// How many hang from them altogether.
    branch: i64,
}

impl From<Leaf> for LeafShown {
    fn from(l: Leaf) -> Self {
        Self {
            id: l.id,
            name: l.name,
            kind: l.kind,
            status: l.status,
            suspended: l.suspended,
            joined_at: Moment(l.joined_at),
            invited: l.invited,
            branch: l.branch,
        }
    }
}

impl Item for LeafShown {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// Whom somebody invited, newest first
#[utoipa::path(get, path = "/api/v1/admin/invitations", tag = "Keeping", params(Branch),
    responses((status = 200, description = "A page of a branch, for moderators", body = List<LeafShown>)))]
async fn branch(visit: Visit, Query(asked): Query<Branch>) -> Result<Response> {
    let page = Page { limit: asked.limit, cursor: asked.cursor };
    let (after, rows) = (page.after()?, page.rows()?);
    let of = asked.of;
    let (_, leaves) = visit
        .read(move |tx, who| {
            who.moderator()?;
            let of = of.as_ref().map(|o| o.parse::<Key>().map_err(|_| Error::NotFound)).transpose()?;
            if of.map(|of| line_up(tx, of)).transpose()?.is_some_and(|line| line.is_empty()) {
                return Err(Error::NotFound);
            }
            children(tx, of, after, 0, rows)
        })
        .await?;
    Ok(page.cut(leaves.into_iter().map(LeafShown::from).collect())?.answer(&visit.path))
}

/// Cut somebody, and whom they brought, from whoever invited them
#[utoipa::path(post, path = "/api/v1/admin/invitations/{id}/detachment", tag = "Keeping", params(("id" = Key, Path)),
    responses((status = 200, description = "Cut, by a moderator", body = Done)))]
async fn detach(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write_as(Role::Moderator, move |tx, me| cut(tx, me.id, id)).await?;
    Ok(Done::new("Detached. They and whom they invited stand by themselves now."))
}
