//! What is written to me, as JSON.

use super::bounces;
use super::choices::{self, Times};
use super::pages::{own_address, read};
use super::topics::TOPICS;
use crate::api::{Done, Json, Moment};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::viewer::Visit;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, save)).routes(routes!(works_again))
}

/// Something one can be written to about.
#[derive(Debug, Serialize, ToSchema)]
struct TopicShown {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    /// What can be chosen; nothing where it is always sent.
    paces: Vec<&'static str>,
    /// What I chose.
    pace: &'static str,
}

/// What is written to me, and when.
#[derive(Debug, Serialize, ToSchema)]
struct Letters {
    topics: Vec<TopicShown>,
    /// IANA; empty is the network’s.
    zone: String,
    /// When digests come, 0 to 23.
    hour: i64,
    /// When weekly ones come; 1 is Monday.
    weekday: i64,
    /// Since when letters come back from my address: none is sent meanwhile but about the account.
    returned_at: Option<Moment>,
    /// Why.
    returned_why: String,
}

fn letters(tx: &mut Tx<'_>, me: Key) -> Result<Letters> {
    let chosen = choices::chosen(tx, me)?;
    let Times { zone, hour, weekday } = choices::times(tx, me)?;
    let address = own_address(tx, me)?;
    let returned = bounces::reason(tx, &address)?;
    let topics = TOPICS.iter().map(|t| {
        let mine = chosen.iter().find(|(name, _)| name == t.name).map(|(_, pace)| *pace);
        let pace = mine.filter(|p| t.paces.contains(p)).or(t.paces.first().copied());
        TopicShown {
            name: t.name,
            title: t.title,
            about: t.what,
            paces: t.paces.iter().map(|p| p.name()).collect(),
            pace: pace.map_or("instant", |p| p.name()),
        }
    });
    let (returned_why, returned_at) = returned.map_or((String::new(), None), |(why, at)| (why, Some(Moment(at))));
    Ok(Letters { topics: topics.collect(), zone, hour, weekday, returned_at, returned_why })
}

/// What I am written to about
#[utoipa::path(get, path = "/api/v1/me/letters", tag = "Letters",
    responses((status = 200, description = "Each topic with what I chose", body = Letters)))]
async fn show(visit: Visit) -> Result<Json<Letters>> {
    Ok(Json(visit.read(|tx, who| letters(tx, who.member()?.id)).await?.1))
}

/// What to be written to about.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct LettersSent {
    /// Topic to pace: `instant`, `daily`, `weekly` or `never`. Topics not named stay as they are.
    topics: BTreeMap<String, String>,
    /// IANA, such as `America/Los_Angeles`; empty is the network’s.
    #[schema(max_length = 64)]
    zone: String,
    #[schema(minimum = 0, maximum = 23)]
    hour: i64,
    #[schema(minimum = 1, maximum = 7)]
    weekday: i64,
}

impl Default for LettersSent {
    fn default() -> Self {
        let Times { zone, hour, weekday } = Times::default();
        Self { topics: BTreeMap::new(), zone, hour, weekday }
    }
}

/// Choose what I am written to about
#[utoipa::path(put, path = "/api/v1/me/letters", tag = "Letters", request_body = LettersSent,
    responses((status = 200, description = "It holds from the next letter on", body = Letters)))]
async fn save(visit: Visit, Json(sent): Json<LettersSent>) -> Result<Json<Letters>> {
    let mut check = crate::input::Check::default();
    for name in sent.topics.keys() {
        if !TOPICS.iter().any(|t| t.name == name && !t.paces.is_empty()) {
            check.refuse("topics", "There is no such topic, or it cannot be chosen.");
            break;
        }
    }
    check.finish()?;
    let mut typed: HashMap<String, String> = sent.topics.into_iter().collect();
    typed.insert("zone".into(), sent.zone);
    typed.insert("hour".into(), sent.hour.to_string());
    typed.insert("weekday".into(), sent.weekday.to_string());
    let (wanted, times) = read(&typed)?;
    let now = visit
        .write(move |tx, me| {
            for (topic, pace) in &wanted {
                choices::choose(tx, me.id, topic, *pace)?;
            }
            choices::set_times(tx, me.id, &times)?;
            letters(tx, me.id)
        })
        .await?;
    Ok(Json(now))
}

/// My address works again
#[utoipa::path(post, path = "/api/v1/me/letters/address", tag = "Letters",
    responses((status = 200, description = "I am written to again", body = Done)))]
async fn works_again(visit: Visit) -> Result<Json<Done>> {
    visit
        .write(|tx, me| {
            let address = own_address(tx, me.id)?;
            bounces::forgive(tx, &address)
        })
        .await?;
    Ok(Done::new("We write to you again."))
}
