//! People as JSON: the list, one person, the words they received and gave.

use super::rows::{self, Lists, Met};
use super::{Trade, by_handle, list};
use crate::api::listing::short;
use crate::api::{Item, Json, List, Moment, Page, Query};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::live;
use crate::needs::recommend::{self, Held};
use crate::path::Path;
use crate::viewer::{Visit, Who};
use crate::vouches::{self, api::Vouch};
use crate::{groups, works};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(people)).routes(routes!(person)).routes(routes!(words))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Name, trade or kind of work.
    #[param(max_length = 120)]
    q: String,
    /// An occupation’s code.
    #[param(max_length = 20)]
    field: String,
    /// Where.
    #[param(max_length = 120)]
    town: String,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// Somebody in the list of people.
#[derive(Debug, Serialize, ToSchema)]
struct PersonListed {
    id: Key,
    name: String,
    handle: String,
    /// “Florist, Mar Vista”.
    line: String,
    /// Live words that this reader may read.
    vouches: i64,
}

impl Item for PersonListed {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// People, by name
#[utoipa::path(get, path = "/api/v1/people", tag = "People", params(Search),
    responses((status = 200, description = "A page of people", body = List<PersonListed>)))]
async fn people(visit: Visit, Query(search): Query<Search>) -> Result<Response> {
    short("q", &search.q, 120)?;
    short("field", &search.field, 20)?;
    short("town", &search.town, 120)?;
    let page = Page { limit: search.limit, cursor: search.cursor };
    let (size, cursor) = (page.size()?, page.cursor.filter(|c| !c.is_empty()));
    let asked =
        list::Search { q: search.q, field: search.field, town: search.town, ..list::Search::default() }.cleaned();
    let (_, mut found) = visit
        .read(move |tx, who| {
            who.may_browse()?;
            list::after(tx, who, &asked, cursor.as_deref(), size + 1)
        })
        .await?;
    let more = found.len() > size;
    found.truncate(size);
    let items: Vec<PersonListed> = found
        .into_iter()
        .map(|(id, p)| PersonListed { id, name: p.name, handle: p.handle, line: p.line, vouches: p.vouches })
        .collect();
    let next = items.last().filter(|_| more).map(Item::cursor);
    Ok(List { items, next }.answer(&visit.path))
}

/// What somebody works as.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Profession {
    /// Occupation code.
    field: String,
    /// “Florist”.
    name: String,
    own_words: String,
    since_year: Option<i64>,
    licence: String,
    /// “confirmed by others’ word”, …
    how_known: &'static str,
}

impl From<Trade> for Profession {
    fn from(t: Trade) -> Self {
        Self {
            name: t.name().to_owned(),
            how_known: t.how_known(),
            field: t.field,
            own_words: t.own_words,
            since_year: t.since,
            licence: t.licence,
        }
    }
}

/// How often a word, or a professional’s work, held; without a figure below five outcomes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Record {
    /// Scored outcomes.
    n: usize,
    /// Percent.
    mean: Option<u32>,
    /// Percent: lower end of a 90 % interval.
    low: Option<u32>,
    /// Percent: upper end.
    high: Option<u32>,
}

impl From<Held> for Record {
    fn from(h: Held) -> Self {
        Self { n: h.n, mean: h.figure.map(|f| f.0), low: h.figure.map(|f| f.1), high: h.figure.map(|f| f.2) }
    }
}

/// A person as their page shows them to this reader.
#[derive(Debug, Serialize, ToSchema)]
struct Profile {
    id: Key,
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
    links: Vec<String>,
    /// Where their picture is on this site.
    photo: Option<String>,
    joined_at: Moment,
    professions: Vec<Profession>,
    works: Vec<works::api::WorkListed>,
    groups: Vec<groups::api::MembershipShown>,
    /// Live words, hidden ones included.
    vouches: usize,
    /// Of those, hidden by this person.
    vouches_hidden: usize,
    /// How often their word as a referrer held.
    record: Record,
    /// How referred clients fared.
    quality: Record,
    /// You rely on their judgement: told to you alone.
    relied_on: bool,
    /// You were introduced to each other.
    introduced: bool,
    /// Clients’ words about how it went, published because they ticked so.
    told: Vec<Told>,
}

/// A client’s published words.
#[derive(Debug, Serialize, ToSchema)]
struct Told {
    words: String,
    by: String,
    /// Occupation code.
    field: String,
    at: Moment,
}

/// A person’s page
#[utoipa::path(get, path = "/api/v1/people/{handle}", tag = "People", params(("handle" = String, Path)),
    responses((status = 200, description = "The person", body = Profile)))]
async fn person(visit: Visit, Path(handle): Path<String>) -> Result<Json<Profile>> {
    let app = visit.app.clone();
    let (_, shown) = visit
        .read(move |tx, who| {
            let met = rows::meet(tx, who, &handle)?;
            profile_of(tx, &app, who, met)
        })
        .await?;
    Ok(Json(shown))
}

fn profile_of(tx: &mut Tx<'_>, app: &App, who: &Who, Met { person: p, between, .. }: Met) -> Result<Profile> {
    let memory = app.live.memory();
    let Lists { trades, works, groups, counts, told, .. } = rows::lists(tx, &memory, who, p.id, 0)?;
    let main = trades.first().map_or(live::GENERAL, |t| t.field.as_str()).to_owned();
    Ok(Profile {
        works: works.into_iter().map(Into::into).collect(),
        groups: groups.into_iter().map(Into::into).collect(),
        record: recommend::record_of(&memory, p.id, &main, who.now).into(),
        quality: recommend::quality_of(&memory, p.id, &main, who.now).into(),
        professions: trades.into_iter().map(Into::into).collect(),
        links: p.link_list().into_iter().map(str::to_owned).collect(),
        told: told.into_iter().map(|t| Told { words: t.words, by: t.by, field: t.field, at: Moment(t.at) }).collect(),
        vouches: counts.values().map(|count| count.all).sum(),
        vouches_hidden: counts.values().map(|count| count.hidden).sum(),
        relied_on: between.relied_on,
        introduced: between.introduced,
        photo: p.photo.map(|id| format!("/pictures/{id}")),
        id: p.id,
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
        joined_at: Moment(p.joined_at),
    })
}

/// Which of somebody’s words.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// About them.
    #[default]
    Received,
    /// By them.
    Given,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Words {
    /// Received unless said.
    #[param(inline)]
    show: Side,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// The words somebody received or gave, as far as this reader may read them
#[utoipa::path(get, path = "/api/v1/people/{handle}/vouches", tag = "People",
    params(("handle" = String, Path), Words),
    responses((status = 200, description = "A page of vouches", body = List<Vouch>)))]
async fn words(visit: Visit, Path(handle): Path<String>, Query(asked): Query<Words>) -> Result<Response> {
    let app = visit.app.clone();
    let page = Page { limit: asked.limit, cursor: asked.cursor };
    let received = matches!(asked.show, Side::Received);
    let (_, all) = visit
        .read(move |tx, who| {
            let p = by_handle(tx, who, &handle)?;
            let memory = app.live.memory();
            let signed_out = who.member.is_none();
            let other = |v: &vouches::Shown| if received { v.from.id } else { v.to.id };
            Ok(vouches::about(tx, p.id, received)?
                .into_iter()
                .filter(|v| v.state == "live" && !v.hidden)
                .filter(|v| !signed_out || (v.public && memory.is_public(live::id(other(v)))))
                .map(|v| Vouch::of(v, who.id()))
                .collect::<Vec<_>>())
        })
        .await?;
    Ok(page.of(all)?.answer(&visit.path))
}
