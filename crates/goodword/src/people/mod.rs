//! People: the list, profiles, contact cards, becoming a member.

pub(crate) mod api;
mod list;
mod profile;
mod rows;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Name;
use crate::key::Key;
use crate::live::{self, Memory};
use crate::viewer::Who;
use crate::webhooks;
use axum::Router;
use axum::routing::get;
use store::{Row, Tx, sql};

/// `/people/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/people", get(list::show))
        .route("/people/{handle}", get(profile::show))
        .route("/people/{handle}/given", get(profile::given))
        .route("/people/{handle}/card.vcf", get(profile::card))
}

/// A member with their profile, as stored. Which of it is shown to whom is for pages to decide.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their party.
    pub id: Key,
    /// In URLs.
    pub handle: String,
    /// As others see it.
    pub name: String,
    /// Private.
    pub email: Option<String>,
    /// Private.
    pub phone: Option<String>,
    /// One line.
    pub headline: String,
    /// Markdown.
    pub bio: String,
    /// What they want to be found by.
    pub keywords: String,
    /// Where they work from.
    pub town: String,
    /// How far they go.
    pub radius_km: Option<i64>,
    /// Work they would like more of.
    pub wanted: String,
    /// Work they do not take.
    pub unwanted: String,
    /// Usual size of a job, minor units: from, to.
    pub usual: (Option<i64>, Option<i64>),
    /// Of the amounts.
    pub currency: String,
    /// Their own site.
    pub website: String,
    /// One a line.
    pub links: String,
    /// Profile and received vouches may be read signed out.
    pub is_public: bool,
    /// May be found by people who have the address.
    pub findable: bool,
    /// Takes no requests for introductions now.
    pub asks_paused: bool,
    /// Their picture.
    pub photo: Option<Key>,
    /// µs.
    pub joined_at: i64,
    /// For stale edits.
    pub version: i64,
}

impl Person {
    /// `Ben`.
    pub fn first(&self) -> &str {
        crate::say::first_name(&self.name)
    }

    /// `$2,000 to $6,000`, where stated.
    pub fn usual_words(&self) -> Option<String> {
        crate::say::money_range(self.usual.0, self.usual.1, &self.currency)
    }

    /// `Within 10 miles of Mar Vista`, `Mar Vista`, or nothing.
    pub fn area_words(&self) -> Option<String> {
        match (self.radius_km, self.town.as_str()) {
            (_, "") => None,
            (None, town) => Some(town.to_owned()),
            (Some(km), town) => Some(format!("Within {} of {town}", distance_words(km, &self.currency))),
        }
    }

    /// The links, one by one.
    pub fn link_list(&self) -> Vec<&str> {
        std::iter::once(self.website.as_str()).chain(self.links.lines()).filter(|l| !l.is_empty()).collect()
    }
}

/// Kilometres as people there say it: miles where prices are in dollars or pounds.
pub fn distance_words(km: i64, currency: &str) -> String {
    if matches!(currency, "USD" | "GBP") {
        // 1 mile = 1.609 km, rounded to whole miles.
        crate::say::count((km * 1_000 + 804) / 1_609, "mile")
    } else {
        format!("{km} km")
    }
}

fn person(r: &Row<'_>) -> store::Result<Person> {
    Ok(Person {
        id: r.get(0)?,
        handle: r.get(1)?,
        name: r.get(2)?,
        email: r.get(3)?,
        phone: r.get(4)?,
        joined_at: r.get(5)?,
        headline: r.get(6)?,
        bio: r.get(7)?,
        keywords: r.get(8)?,
        town: r.get(9)?,
        radius_km: r.get(10)?,
        wanted: r.get(11)?,
        unwanted: r.get(12)?,
        usual: (r.get(13)?, r.get(14)?),
        currency: r.get(15)?,
        website: r.get(16)?,
        links: r.get(17)?,
        is_public: r.get(18)?,
        findable: r.get(19)?,
        asks_paused: r.get(20)?,
        photo: r.get(21)?,
        version: r.get(22)?,
    })
}

/// A member by the name in the URL, if this visitor may see them: a private profile and none at all look alike.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::SignIn`] where the network is for members only.
pub fn by_handle(tx: &mut Tx<'_>, who: &Who, handle: &str) -> Result<Person> {
    who.may_browse()?;
    let found = tx.row(
        sql!(
            "SELECT p.id, COALESCE(p.handle, ''), p.name, p.email, p.phone, p.joined_at, f.headline, f.bio, f.keywords,
               f.town, f.radius_km, f.wanted, f.unwanted, f.usual_from, f.usual_to, f.currency, f.website, f.links,
               f.is_public, f.findable, f.asks_paused, f.photo_id, f.version
             FROM parties p JOIN profiles f ON f.party_id = p.id
             WHERE p.handle = $1 AND p.kind = 'member' AND p.status = 'active'"
        ),
        &[&handle],
        person,
    )?;
    found.filter(|p| who.member.is_some() || p.is_public).ok_or(Error::NotFound)
}

/// A member's own profile.
///
/// # Errors
/// The database's.
pub fn own(tx: &mut Tx<'_>, id: Key) -> Result<Person> {
    tx.row(
        sql!(
            "SELECT p.id, COALESCE(p.handle, ''), p.name, p.email, p.phone, p.joined_at, f.headline, f.bio, f.keywords,
               f.town, f.radius_km, f.wanted, f.unwanted, f.usual_from, f.usual_to, f.currency, f.website, f.links,
               f.is_public, f.findable, f.asks_paused, f.photo_id, f.version
             FROM parties p JOIN profiles f ON f.party_id = p.id WHERE p.id = $1"
        ),
        &[&id],
        person,
    )?
    .ok_or(Error::NotFound)
}

/// What somebody works as.
#[derive(Clone, Debug)]
pub struct Trade {
    /// Occupation code, or `general`.
    pub field: String,
    /// What they call it themselves.
    pub own_words: String,
    /// Since when, a year.
    pub since: Option<i64>,
    /// Number or body, as stated.
    pub licence: String,
    /// `licence` or `group`, where somebody checked.
    pub confirmed_by: Option<String>,
    /// Whether anybody but themselves says so.
    pub confirmed: bool,
}

impl Trade {
    /// "Florist".
    pub fn name(&self) -> &str {
        live::field_name(&self.field)
    }

    /// With whether anybody but `id` themselves says so.
    fn known_to(mut self, memory: &Memory, id: Key) -> Self {
        self.confirmed = self.confirmed_by.is_some()
            || live::field(&self.field).is_some_and(|f| memory.engine.is_confirmed(live::id(id), f));
        self
    }

    /// How it is known.
    pub fn how_known(&self) -> &'static str {
        match (self.confirmed_by.as_deref(), self.confirmed) {
            (Some("licence"), _) => "licence checked",
            (Some(_), _) => "confirmed by a group",
            (None, true) => "confirmed by others’ word",
            (None, false) => "says so themselves",
        }
    }
}

/// Somebody's professions, the main one first.
///
/// # Errors
/// The database's.
pub fn trades(tx: &mut Tx<'_>, memory: &Memory, id: Key) -> Result<Vec<Trade>> {
    let all = tx.rows(
        sql!(
            "SELECT field, own_words, since_year, licence, confirmed_by FROM professions WHERE party_id = $1
             ORDER BY position, field"
        ),
        &[&id],
        |r| {
            Ok(Trade {
                field: r.get(0)?,
                own_words: r.get(1)?,
                since: r.get(2)?,
                licence: r.get(3)?,
                confirmed_by: r.get(4)?,
                confirmed: false,
            })
        },
    )?;
    Ok(all.into_iter().map(|trade| trade.known_to(memory, id)).collect())
}

/// What a member without any profession works as, by what was said of them.
///
/// # Errors
/// The database's.
pub fn add_first_trade(tx: &mut Tx<'_>, party: Key, field: &str) -> Result<()> {
    if field == live::GENERAL {
        return Ok(());
    }
    let id = tx.id();
    let new = tx.execute(
        sql!(
            "INSERT INTO professions (id, party_id, field, own_words, licence, position)
             SELECT $1, p.id, $3, '', '', 0 FROM parties p
             WHERE p.id = $2 AND NOT EXISTS (SELECT 1 FROM professions x WHERE x.party_id = p.id)"
        ),
        &[&id, &party, &field],
    )?;
    if new > 0 {
        tx.change("profession", party.0)?;
    }
    Ok(())
}

/// Makes a party known only by address (a client, somebody invited) a member with an empty profile.
///
/// # Errors
/// The database's.
pub fn make_member(tx: &mut Tx<'_>, party: Key, name: &Name) -> Result<()> {
    let folded = formats::name::fold(name.as_str());
    let handle = free_handle(tx, &folded)?;
    let now = tx.now();
    webhooks::announce(tx, "member", "member joined", &format!("/admin/people/{party}"))?;
    tx.execute(
        sql!(
            "UPDATE parties SET kind = 'member', name = $1, folded = $2, handle = $3, joined_at = $4,
               version = version + 1 WHERE id = $5"
        ),
        &[name, &folded, &handle, &now, &party],
    )?;
    tx.execute(
        sql!(
            "INSERT INTO profiles (party_id, headline, bio, keywords, town, wanted, unwanted, currency, website, links,
               is_public, findable, asks_paused, version)
             VALUES ($1, '', '', '', '', '', '', 'USD', '', '', FALSE, FALSE, FALSE, 1)
             ON CONFLICT (party_id) DO NOTHING"
        ),
        &[&party],
    )?;
    tx.change("party", party.0)?;
    Ok(())
}

/// `ana-reyes`, or `ana-reyes-2` where that is taken. Letters of other scripts leave `member`.
fn free_handle(tx: &mut Tx<'_>, folded: &str) -> Result<String> {
    let mut slug = String::new();
    for c in folded.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(60);
    let slug = slug.trim_matches('-');
    let slug = if slug.is_empty() { "member" } else { slug };
    for n in 1..10_000 {
        let handle = if n == 1 { slug.to_owned() } else { format!("{slug}-{n}") };
        let taken: Option<Key> = tx.value(sql!("SELECT id FROM parties WHERE handle = $1"), &[&handle])?;
        if taken.is_none() {
            return Ok(handle);
        }
    }
    Err(Error::Conflict("Too many people of that name have joined; please add a middle name.".into()))
}

/// A pattern that finds `text` anywhere, for `LIKE … ESCAPE '!'`; empty stays empty.
pub fn pattern(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut escaped = String::from("%");
    for c in text.chars() {
        if matches!(c, '!' | '%' | '_') {
            escaped.push('!');
        }
        escaped.push(c);
    }
    escaped.push('%');
    escaped
}

/// An address without what every address has: `example.org/ben`.
pub fn bare(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.strip_prefix("www.").unwrap_or(rest).trim_end_matches('/')
}
