//! Needs: what somebody is looking for, how it was understood, and the professionals for it.

pub(crate) mod api;
mod compare;
mod forecast;
mod pages;
mod posted;
mod reading;
pub mod recommend;

#[cfg(test)]
mod tests;

pub use pages::routes;
pub use reading::Readings;

use crate::calendar;
use crate::error::{Error, Result};
use crate::input::{Title, Words, parse_date, parse_money};
use crate::key::Key;
use crate::live::{self, Memory, Place};
use crate::router::url_encode;
use jiff::tz::TimeZone;
use serde::Deserialize;
use store::{DAY, Tx, sql};

/// A need is forgotten as "open" after this long (µs).
const LIFE: i64 = 90 * DAY;

/// What a person typed, and what they corrected: as query string, form and JSON alike.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The need in plain words.
    pub need: String,
    /// An occupation's code, once chosen.
    pub field: String,
    /// A trade in the person's own words, when none of the proposed ones is right.
    pub other: String,
    /// Where, once corrected; `None` where the form has not been shown yet.
    pub place: Option<String>,
    /// First day, ISO, once corrected.
    pub from: Option<String>,
    /// Last day, ISO, once corrected.
    pub to: Option<String>,
    /// The most to spend, once corrected.
    pub budget: Option<String>,
    /// `client`: for a client of mine.
    #[serde(rename = "for")]
    pub for_whom: String,
    /// `1`: also those who do not come that far.
    pub farther: String,
}

impl Asked {
    /// What is set, as form fields.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![("need", self.need.as_str())];
        let always =
            [("field", &self.field), ("other", &self.other), ("for", &self.for_whom), ("farther", &self.farther)];
        fields.extend(always.into_iter().filter(|(_, v)| !v.is_empty()).map(|(name, v)| (name, v.as_str())));
        let corrected = [("place", &self.place), ("from", &self.from), ("to", &self.to), ("budget", &self.budget)];
        fields.extend(corrected.into_iter().filter_map(|(name, v)| Some((name, v.as_deref()?))));
        fields
    }

    /// As a query string.
    pub fn query(&self) -> String {
        let parts: Vec<String> = self.fields().iter().map(|(name, v)| format!("{name}={}", url_encode(v))).collect();
        parts.join("&")
    }

    /// Signing in, and back to the same answer.
    pub fn sign_in_url(&self) -> String {
        format!("/sign-in?next={}", url_encode(&self.url()))
    }

    /// A link to the same answer.
    pub fn url(&self) -> String {
        format!("/recommendations?{}", self.query())
    }
}

/// A need as understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Understood {
    /// As typed.
    pub words: String,
    /// Occupation code, or `general`.
    pub field: String,
    /// Other trades the words could mean: code, name, description.
    pub proposed: Vec<(String, String, String)>,
    /// As typed or read; may be empty.
    pub place: String,
    /// Where that is, if this network knows.
    pub at: Option<Place>,
    /// ISO.
    pub date_from: Option<String>,
    /// ISO.
    pub date_to: Option<String>,
    /// As said.
    pub date_words: String,
    /// Minor units.
    pub budget_from: Option<i64>,
    /// Minor units.
    pub budget_to: Option<i64>,
    /// ISO code.
    pub currency: String,
    /// For a client of the asker's.
    pub for_client: bool,
}

impl Understood {
    /// "about $3,000", or nothing.
    pub fn budget(&self) -> Option<String> {
        crate::say::money_range(self.budget_from, self.budget_to, &self.currency)
    }

    /// The most, as typed into a field: "3000".
    pub fn budget_field(&self) -> String {
        self.budget_to.or(self.budget_from).map(|b| (b / 100).to_string()).unwrap_or_default()
    }

    /// "12 June 2027", "June 2027", or nothing.
    pub fn when(&self) -> Option<String> {
        match (&self.date_from, &self.date_to) {
            _ if !self.date_words.is_empty() => Some(self.date_words.clone()),
            (Some(a), Some(b)) if a != b => Some(format!("{} to {}", crate::say::iso(a), crate::say::iso(b))),
            (Some(day), _) | (None, Some(day)) => Some(crate::say::iso(day)),
            (None, None) => None,
        }
    }

    /// Whether we could tell which trade is meant.
    pub fn is_understood(&self) -> bool {
        !self.field.is_empty()
    }

    /// "florist".
    pub fn trade(&self) -> String {
        live::field_noun(&self.field)
    }
}

/// Below this score of the best occupation the words say nothing about a trade: of nonsense, it is the most common one.
const SURE: f32 = 0.01;

/// Reads what was asked; what the person corrected wins over what the words say.
///
/// # Errors
/// [`Error::Invalid`] for a field that cannot be read, with its sentence.
pub fn understand(asked: &Asked, memory: &Memory, now: i64, zone: &TimeZone) -> Result<Understood> {
    let words = Words::parse("need", &asked.need)?;
    let words = words.as_str().to_owned();
    let today = crate::say::iso_date(now, zone).parse().unwrap_or(jiff::civil::Date::ZERO);
    let read = reading::read(&words, today, memory);
    let found = if asked.other.trim().is_empty() { read.trades } else { occupations::search(asked.other.trim(), 5) };
    let chosen = if asked.field == "other" { "" } else { asked.field.as_str() };
    if !chosen.is_empty() && live::field(chosen).is_none() {
        return Err(Error::field(
            "field",
            "That is not a trade we know. Please choose one, or type it in other words.",
        ));
    }
    // Of words that say nothing the occupations found are the most common ones: no proposals.
    let found = if found.first().is_some_and(|m| m.score < SURE) { Vec::new() } else { found };
    let best = found.first().map(|m| m.occupation.code.to_owned());
    let field = match chosen {
        "" if memory.is_general() => live::GENERAL.to_owned(),
        "" => best.unwrap_or_default(),
        chosen => chosen.to_owned(),
    };
    let mut proposed: Vec<(String, String, String)> = found
        .iter()
        .map(|m| (m.occupation.code.to_owned(), m.occupation.plain.to_owned(), m.occupation.description.to_owned()))
        .collect();
    if let (false, Some(o)) = (proposed.iter().any(|(code, ..)| *code == field), occupations::by_code(&field)) {
        proposed.insert(0, (o.code.to_owned(), o.plain.to_owned(), o.description.to_owned()));
    }
    let place = match &asked.place {
        Some(typed) => Title::optional("place", typed)?.as_str().to_owned(),
        None => read.place,
    };
    let corrected = asked.from.is_some() || asked.to.is_some();
    let (date_from, date_to, date_words) = if corrected {
        let from = parse_date("from", asked.from.as_deref().unwrap_or(""))?;
        let to = parse_date("to", asked.to.as_deref().unwrap_or(""))?;
        if let (Some(a), Some(b)) = (&from, &to)
            && a > b
        {
            return Err(Error::field("to", "The last day is before the first."));
        }
        (from, to, String::new())
    } else {
        let (from, to) = read.dates.unzip();
        (from, to, read.date_words)
    };
    let (budget_from, budget_to) = match &asked.budget {
        Some(typed) => {
            let most = parse_money("budget", typed)?;
            // What was read as a range stays one when its upper end was left alone.
            if most == read.budget.1 { read.budget } else { (most, most) }
        }
        None => read.budget,
    };
    Ok(Understood {
        at: memory.town(&formats::name::fold(&place)),
        words,
        field,
        proposed,
        place,
        date_from,
        date_to,
        date_words,
        budget_from,
        budget_to,
        currency: read.currency.to_owned(),
        for_client: asked.for_whom == "client",
    })
}

/// Saves a need, seen by nobody but its author until they ask somebody or post it. The same need typed again within a
/// day is the same need.
///
/// # Errors
/// [`Error::Invalid`] for a need whose trade we could not tell, and the database's.
pub fn save(tx: &mut Tx<'_>, asker: Key, need: &Understood) -> Result<Key> {
    if !need.is_understood() {
        return Err(Error::field(
            "need",
            "We could not tell which trade you need. Please name it, such as “a plumber”.",
        ));
    }
    let now = tx.now();
    let known: Option<Key> = tx.value(
        sql!(
            "SELECT id FROM needs WHERE asker_id = $1 AND words = $2 AND field = $3 AND place = $4 AND for_client = $5
               AND state = 'open' AND created_at > $6 ORDER BY created_at DESC LIMIT 1"
        ),
        &[&asker, &need.words, &need.field, &need.place, &need.for_client, &(now - DAY)],
    )?;
    if let Some(known) = known {
        return Ok(known);
    }
    let id = Key(tx.id());
    tx.execute(
        sql!(
            "INSERT INTO needs (id, asker_id, for_client, field, words, place, latitude, longitude, date_from, date_to,
               date_words, budget_from, budget_to, currency, visibility, state, created_at, expires_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'private', 'open', $15, $16, 1)"
        ),
        &[
            &id,
            &asker,
            &need.for_client,
            &need.field,
            &need.words,
            &need.place,
            &need.at.map(|p| p.latitude),
            &need.at.map(|p| p.longitude),
            &need.date_from,
            &need.date_to,
            &need.date_words,
            &need.budget_from,
            &need.budget_to,
            &need.currency,
            &now,
            &(now + LIFE),
        ],
    )?;
    Ok(id)
}

/// The days of somebody's open needs, for their calendar.
///
/// # Errors
/// The database's.
pub fn dates(tx: &mut Tx<'_>, asker: Key) -> Result<Vec<calendar::Entry>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, field, words, place, date_from, COALESCE(date_to, date_from), version FROM needs
             WHERE asker_id = $1 AND state = 'open' AND date_from IS NOT NULL ORDER BY created_at DESC LIMIT 200"
        ),
        &[&asker],
        |r| {
            let id: Key = r.get(0)?;
            Ok(calendar::Entry {
                uid: format!("need-{id}"),
                sequence: r.get(6)?,
                slot: calendar::Slot::Dates(r.get(4)?, r.get(5)?),
                title: format!("For this day: {}", live::field_noun(&r.get::<String>(1)?)),
                notes: r.get(2)?,
                place: r.get(3)?,
                path: format!("/needs/{id}"),
                people: None,
                is_cancelled: false,
            })
        },
    )?)
}
