//! One's own profile as JSON.

use super::basics::{Draft, Typed, change};
use super::professions::{self, put_first, take_away};
use crate::api::body::seen_version;
use crate::api::{Done, Json, Moment, typed_money, versioned, yes};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::parse_distance;
use crate::input::{Body, Name, Title, Words};
use crate::key::Key;
use crate::path::Path;
use crate::people::{self, Person, api::Profession, trades};
use crate::viewer::Visit;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(show, save))
        .routes(routes!(professions))
        .routes(routes!(state, remove))
        .routes(routes!(first))
}

/// Who is asking.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    id: Key,
    name: String,
    handle: String,
    /// Notices not read yet.
    waiting: i64,
}

/// Who I am
#[utoipa::path(get, path = "/api/v1/me", tag = "Profile",
    responses((status = 200, description = "The member behind this token or session", body = Me)))]
async fn me(visit: Visit) -> Result<Json<Me>> {
    let (_, me) = visit.read(|_, who| who.member().cloned()).await?;
    Ok(Json(Me { id: me.id, name: me.name, handle: me.handle, waiting: me.waiting }))
}

/// My own profile.
#[derive(Debug, Serialize, ToSchema)]
struct Own {
    name: String,
    handle: String,
    headline: String,
    /// Markdown.
    bio: String,
    keywords: String,
    town: String,
    radius_km: Option<i64>,
    wanted: String,
    unwanted: String,
    /// Usual size of a job, minor units.
    usual_from: Option<i64>,
    usual_to: Option<i64>,
    currency: String,
    website: String,
    links: Vec<String>,
    /// Private.
    phone: String,
    /// Private.
    email: String,
    is_public: bool,
    findable: bool,
    asks_paused: bool,
    joined_at: Moment,
    version: i64,
}

impl From<Person> for Own {
    fn from(p: Person) -> Self {
        Self {
            links: p.links.lines().map(str::to_owned).collect(),
            name: p.name,
            handle: p.handle,
            headline: p.headline,
            bio: p.bio,
            keywords: p.keywords,
            town: p.town,
            radius_km: p.radius_km,
            wanted: p.wanted,
            unwanted: p.unwanted,
            usual_from: p.usual.0,
            usual_to: p.usual.1,
            currency: p.currency,
            website: p.website,
            phone: p.phone.unwrap_or_default(),
            email: p.email.unwrap_or_default(),
            is_public: p.is_public,
            findable: p.findable,
            asks_paused: p.asks_paused,
            joined_at: Moment(p.joined_at),
            version: p.version,
        }
    }
}

/// My profile
#[utoipa::path(get, path = "/api/v1/me/profile", tag = "Profile",
    responses((status = 200, description = "All of it", body = Own)))]
async fn show(visit: Visit) -> Result<Response> {
    let (_, p) = visit.read(|tx, who| people::own(tx, who.member()?.id)).await?;
    Ok(versioned(p.version, Own::from(p)))
}

/// The whole profile, as it is to be.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct OwnSent {
    #[schema(value_type = Name, required = true)]
    name: String,
    #[schema(value_type = Title)]
    headline: String,
    /// Markdown.
    #[schema(value_type = Body)]
    bio: String,
    #[schema(value_type = Words)]
    keywords: String,
    #[schema(value_type = Title)]
    town: String,
    #[schema(minimum = 1, maximum = 20000)]
    radius_km: Option<i64>,
    #[schema(value_type = Words)]
    wanted: String,
    #[schema(value_type = Words)]
    unwanted: String,
    /// Minor units.
    #[schema(minimum = 0)]
    usual_from: Option<i64>,
    /// Minor units.
    #[schema(minimum = 0)]
    usual_to: Option<i64>,
    /// `USD`, `EUR` or `GBP`.
    currency: String,
    website: String,
    #[schema(max_items = 10)]
    links: Vec<String>,
    #[schema(max_length = 40)]
    phone: String,
    is_public: bool,
    findable: bool,
    asks_paused: bool,
    /// The version it was made to, unless sent as `If-Match`.
    version: Option<i64>,
}

impl OwnSent {
    fn draft(self) -> Result<Draft> {
        let radius = self.radius_km.map(|km| format!("{km} km")).unwrap_or_default();
        parse_distance("radius_km", &radius)?;
        Draft::read(&Typed {
            name: self.name,
            headline: self.headline,
            bio: self.bio,
            keywords: self.keywords,
            town: self.town,
            radius,
            wanted: self.wanted,
            unwanted: self.unwanted,
            usual_from: typed_money(self.usual_from),
            usual_to: typed_money(self.usual_to),
            currency: self.currency,
            website: self.website,
            links: self.links.join("\n"),
            phone: self.phone,
            is_public: yes(self.is_public),
            findable: yes(self.findable),
            asks_paused: yes(self.asks_paused),
            version: String::new(),
        })
    }
}

/// Replace my profile
#[utoipa::path(put, path = "/api/v1/me/profile", tag = "Profile", request_body = OwnSent,
    responses((status = 200, description = "Saved", body = Own)))]
async fn save(visit: Visit, headers: HeaderMap, Json(sent): Json<OwnSent>) -> Result<Response> {
    let version = sent.version;
    let draft = sent.draft()?;
    let place = visit.app.live.memory().town(&formats::name::fold(draft.town.as_str()));
    let p = visit
        .write(move |tx, me| {
            let seen = seen_version(&headers, version, people::own(tx, me.id)?.version)?;
            if !change(tx, me.id, &draft, place, seen)? {
                return Err(Error::Conflict(
                    "This was changed meanwhile. Nothing of yours was saved; read it again.".into(),
                ));
            }
            people::own(tx, me.id)
        })
        .await?;
    Ok(versioned(p.version, Own::from(p)))
}

/// What I work as, the main one first
#[utoipa::path(get, path = "/api/v1/me/professions", tag = "Profile",
    responses((status = 200, description = "At most five", body = Vec<Profession>)))]
async fn professions(visit: Visit) -> Result<Json<Vec<Profession>>> {
    let app = visit.app.clone();
    let (_, all) = visit.read(move |tx, who| trades(tx, &app.live.memory(), who.member()?.id)).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// What one says of a profession of one’s own.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct ProfessionSent {
    #[schema(value_type = Title)]
    own_words: String,
    /// A year.
    #[schema(minimum = 1920, maximum = 2200)]
    since_year: Option<i64>,
    /// Number or body.
    #[schema(value_type = Title)]
    licence: String,
}

/// State a profession, or change what I said of it
#[utoipa::path(put, path = "/api/v1/me/professions/{field}", tag = "Profile", params(("field" = String, Path)),
    request_body = ProfessionSent, responses((status = 200, description = "Stated", body = Done)))]
async fn state(visit: Visit, Path(field): Path<String>, Json(sent): Json<ProfessionSent>) -> Result<Json<Done>> {
    let typed = professions::Typed {
        q: String::new(),
        field,
        own_words: sent.own_words,
        since: sent.since_year.map(|y| y.to_string()).unwrap_or_default(),
        licence: sent.licence,
    };
    visit.write(move |tx, me| professions::state(tx, me.id, &typed)).await?;
    Ok(Done::new("Saved."))
}

/// Take a profession away
#[utoipa::path(delete, path = "/api/v1/me/professions/{field}", tag = "Profile", params(("field" = String, Path)),
    responses((status = 200, description = "Taken away", body = Done)))]
async fn remove(visit: Visit, Path(field): Path<String>) -> Result<Json<Done>> {
    visit.write(move |tx, me| take_away(tx, me.id, &field)).await?;
    Ok(Done::new("Taken away."))
}

/// Make a profession my main one
#[utoipa::path(post, path = "/api/v1/me/professions/{field}/first", tag = "Profile", params(("field" = String, Path)),
    responses((status = 200, description = "The main one now", body = Done)))]
async fn first(visit: Visit, Path(field): Path<String>) -> Result<Json<Done>> {
    visit.write(move |tx, me| put_first(tx, me.id, &field)).await?;
    Ok(Done::new("That is your main profession now."))
}
