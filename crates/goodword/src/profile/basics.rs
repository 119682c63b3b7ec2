//! Name, own words, place, wishes, contact data, who may see it.

use super::plain_money;
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Body, Check, Name, Phone, Title, Words, parse_distance, parse_money, parse_url};
use crate::key::Key;
use crate::live::Place;
use crate::page::{Errors, Frame};
use crate::people::{self, Person};
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum_extra::extract::Form;
use serde::Deserialize;
use store::{Tx, sql};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/profile/edit", get(show).post(save))
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub name: String,
    pub headline: String,
    pub bio: String,
    pub keywords: String,
    pub town: String,
    pub radius: String,
    pub wanted: String,
    pub unwanted: String,
    pub usual_from: String,
    pub usual_to: String,
    pub currency: String,
    pub website: String,
    pub links: String,
    pub phone: String,
    pub is_public: String,
    pub findable: String,
    pub asks_paused: String,
    pub version: String,
}

fn yes(on: bool) -> String {
    if on { "yes".into() } else { String::new() }
}

impl Typed {
    fn of(p: &Person) -> Self {
        let money = |m: Option<i64>| m.map(plain_money).unwrap_or_default();
        Self {
            name: p.name.clone(),
            headline: p.headline.clone(),
            bio: p.bio.clone(),
            keywords: p.keywords.clone(),
            town: p.town.clone(),
            radius: p.radius_km.map(|km| people::distance_words(km, &p.currency)).unwrap_or_default(),
            wanted: p.wanted.clone(),
            unwanted: p.unwanted.clone(),
            usual_from: money(p.usual.0),
            usual_to: money(p.usual.1),
            currency: p.currency.clone(),
            website: p.website.clone(),
            links: p.links.clone(),
            phone: p.phone.clone().unwrap_or_default(),
            is_public: yes(p.is_public),
            findable: yes(p.findable),
            asks_paused: yes(p.asks_paused),
            version: p.version.to_string(),
        }
    }

    fn labelled(&self) -> [(&'static str, &str); 17] {
        [
            ("Name", &self.name),
            ("Headline", &self.headline),
            ("Own words", &self.bio),
            ("Keywords", &self.keywords),
            ("Town", &self.town),
            ("How far", &self.radius),
            ("Wants", &self.wanted),
            ("Does not take", &self.unwanted),
            ("Usual from", &self.usual_from),
            ("Usual to", &self.usual_to),
            ("Currency", &self.currency),
            ("Website", &self.website),
            ("Links", &self.links),
            ("Telephone", &self.phone),
            ("Public", &self.is_public),
            ("May be found", &self.findable),
            ("Pause", &self.asks_paused),
        ]
    }

    /// Where what is saved differs from what was typed.
    fn clashes(&self, saved: &Self) -> Vec<(&'static str, String)> {
        let same = |a: &str, b: &str| a.replace("\r\n", "\n").trim() == b.trim();
        let pairs = self.labelled().into_iter().zip(saved.labelled());
        pairs.filter(|((_, a), (_, b))| !same(a, b)).map(|((label, _), (_, b))| (label, b.to_owned())).collect()
    }
}

pub(super) struct Draft {
    name: Name,
    headline: Title,
    bio: Body,
    keywords: Words,
    pub town: Title,
    radius: Option<i64>,
    wanted: Words,
    unwanted: Words,
    usual: (Option<i64>, Option<i64>),
    currency: &'static str,
    website: String,
    links: String,
    phone: Phone,
    flags: (bool, bool, bool),
}

impl Draft {
    pub fn read(typed: &Typed) -> Result<Self> {
        let mut check = Check::default();
        let name = check.take(Name::parse("name", &typed.name))?;
        let headline = check.take(Title::optional("headline", &typed.headline))?;
        let bio = check.take(Body::optional("bio", &typed.bio))?;
        let keywords = check.take(Words::optional("keywords", &typed.keywords))?;
        let town = check.take(Title::optional("town", &typed.town))?;
        let radius = check.take(parse_distance("radius", &typed.radius))?.flatten();
        let wanted = check.take(Words::optional("wanted", &typed.wanted))?;
        let unwanted = check.take(Words::optional("unwanted", &typed.unwanted))?;
        let from = check.take(parse_money("usual_from", &typed.usual_from))?.flatten();
        let to = check.take(parse_money("usual_to", &typed.usual_to))?.flatten();
        if let (Some(a), Some(b)) = (from, to)
            && a > b
        {
            check.refuse("usual_to", "This is less than the amount before it.");
        }
        let website = check.take(parse_url("website", &typed.website))?;
        let mut links = Vec::new();
        for line in typed.links.lines().map(str::trim).filter(|l| !l.is_empty()) {
            if links.len() == 10 {
                check.refuse("links", "Please keep it to ten links.");
                break;
            }
            match check.take(parse_url("links", line))? {
                Some(link) => links.push(link),
                None => break,
            }
        }
        let phone = check.take(Phone::optional("phone", &typed.phone))?;
        check.finish()?;
        let unread = || Error::BadRequest("The form could not be read.".into());
        Ok(Self {
            name: name.ok_or_else(unread)?,
            headline: headline.ok_or_else(unread)?,
            bio: bio.ok_or_else(unread)?,
            keywords: keywords.ok_or_else(unread)?,
            town: town.ok_or_else(unread)?,
            radius,
            wanted: wanted.ok_or_else(unread)?,
            unwanted: unwanted.ok_or_else(unread)?,
            usual: (from, to),
            currency: match typed.currency.as_str() {
                "EUR" => "EUR",
                "GBP" => "GBP",
                _ => "USD",
            },
            website: website.ok_or_else(unread)?,
            links: links.join("\n"),
            phone: phone.ok_or_else(unread)?,
            flags: (typed.is_public == "yes", typed.findable == "yes", typed.asks_paused == "yes"),
        })
    }
}

/// Saves, unless somebody saved since the form was opened: then nothing is changed and `false` comes back. A town
/// keeps its place on the map unless its name changed to one the network does not know.
pub(super) fn change(tx: &mut Tx<'_>, me: Key, draft: &Draft, place: Option<Place>, version: i64) -> Result<bool> {
    let (latitude, longitude) = (place.map(|p| p.latitude), place.map(|p| p.longitude));
    let known = place.is_some();
    let done = tx.execute(
        sql!(
            "UPDATE profiles SET headline = $1, bio = $2, keywords = $3,
               latitude = CASE WHEN $4 THEN $5 WHEN town = $6 THEN latitude ELSE NULL END,
               longitude = CASE WHEN $4 THEN $7 WHEN town = $6 THEN longitude ELSE NULL END,
               town = $6, radius_km = $8, wanted = $9, unwanted = $10, usual_from = $11, usual_to = $12,
               currency = $13, website = $14, links = $15, is_public = $16, findable = $17, asks_paused = $18,
               version = version + 1
             WHERE party_id = $19 AND version = $20"
        ),
        &[
            &draft.headline,
            &draft.bio,
            &draft.keywords,
            &known,
            &latitude,
            &draft.town,
            &longitude,
            &draft.radius,
            &draft.wanted,
            &draft.unwanted,
            &draft.usual.0,
            &draft.usual.1,
            &draft.currency,
            &draft.website,
            &draft.links,
            &draft.flags.0,
            &draft.flags.1,
            &draft.flags.2,
            &me,
            &version,
        ],
    )?;
    if done == 0 {
        return Ok(false);
    }
    tx.execute(
        sql!("UPDATE parties SET name = $1, folded = $2, phone = $3, version = version + 1 WHERE id = $4"),
        &[&draft.name, &formats::name::fold(draft.name.as_str()), &draft.phone, &me],
    )?;
    tx.change("party", me.0)?;
    Ok(true)
}

#[derive(Template)]
#[template(path = "profile/basics.html")]
struct Basics {
    frame: Frame,
    errors: Errors,
    clashes: Vec<(&'static str, String)>,
    typed: Typed,
    handle: String,
}

async fn page(visit: &Visit, typed: Option<Typed>, errors: Errors, stale: bool) -> Result<Basics> {
    let (frame, saved) = visit.read(|tx, who| people::own(tx, who.member()?.id)).await?;
    let handle = saved.handle.clone();
    let saved = Typed::of(&saved);
    let mut clashes = Vec::new();
    let typed = match typed {
        Some(mut typed) if stale => {
            clashes = typed.clashes(&saved);
            typed.version = saved.version;
            typed
        }
        Some(typed) => typed,
        None => saved,
    };
    Ok(Basics { frame, errors, clashes, typed, handle })
}

async fn show(visit: Visit) -> Result<Response> {
    let page = page(&visit, None, Errors::default(), false).await?;
    visit.html(&page)
}

async fn save(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let draft = match Errors::split(Draft::read(&typed))? {
        Ok(draft) => draft,
        Err(errors) => {
            let page = page(&visit, Some(typed), errors, false).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let version = typed.version.parse().unwrap_or(0);
    let place = visit.app.live.memory().town(&formats::name::fold(draft.town.as_str()));
    let (saved, handle) = visit
        .write(move |tx, member| Ok((change(tx, member.id, &draft, place, version)?, member.handle.clone())))
        .await?;
    if !saved {
        let page = page(&visit, Some(typed), Errors::default(), true).await?;
        return visit.html_as(StatusCode::CONFLICT, &page);
    }
    Ok(visit.see(&format!("/people/{handle}"), "Saved. This is how others see you."))
}
