//! Pieces of work somebody shows: what, for whom (with consent), when, what it cost, pictures.

pub(crate) mod api;
mod pages;
#[cfg(test)]
mod tests;

pub use pages::routes;

use crate::error::{Error, Result};
use crate::input::{Body, Check, Name, Title, parse_date, parse_money};
use crate::key::Key;
use crate::live;
use serde::Deserialize;
use store::{Row, Tx, sql};

/// Pieces of work one person shows.
const MOST: i64 = 60;

/// A piece of work as a card on a profile.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its id.
    pub id: Key,
    /// Its title.
    pub title: String,
    /// The client's name, where they agreed.
    pub client: Option<String>,
    /// ISO dates.
    pub dates: (Option<String>, Option<String>),
    /// Minor units: from, to.
    pub cost: (Option<i64>, Option<i64>),
    /// Of the amounts.
    pub currency: String,
    /// The first picture and its description.
    pub picture: Option<(Key, String)>,
}

impl Card {
    /// "For All Saints, May 2026, $2,000 to $4,000".
    pub fn line(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.client.as_ref().map(|c| format!("For {c}")));
        parts.extend(when(&self.dates));
        parts.extend(crate::say::money_range(self.cost.0, self.cost.1, &self.currency));
        parts.join(", ")
    }
}

/// "May 2026", "since January 2024".
fn when((started, finished): &(Option<String>, Option<String>)) -> Option<String> {
    let month = |iso: &str| iso.parse::<jiff::civil::Date>().map(|d| d.strftime("%B %Y").to_string()).ok();
    match (started, finished) {
        (_, Some(end)) => month(end),
        (Some(start), None) => month(start).map(|m| format!("since {m}")),
        (None, None) => None,
    }
}

/// A piece of work as stored.
#[derive(Clone, Debug)]
pub struct Work {
    /// Its id.
    pub id: Key,
    /// Whose it is.
    pub owner: Key,
    /// Occupation code.
    pub field: String,
    /// One line.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// Shown only with consent.
    pub client_name: String,
    /// The client agreed to be named.
    pub client_consented: bool,
    /// ISO date.
    pub started_on: Option<String>,
    /// ISO date.
    pub finished_on: Option<String>,
    /// Minor units.
    pub cost_from: Option<i64>,
    /// Minor units.
    pub cost_to: Option<i64>,
    /// Of the amounts.
    pub currency: String,
    /// Where more is to be seen.
    pub url: String,
    /// Taken away by its owner.
    pub deleted: bool,
    /// For stale edits.
    pub version: i64,
}

impl Work {
    fn line(&self) -> String {
        Card {
            id: self.id,
            title: String::new(),
            client: named(self.client_name.clone(), self.client_consented),
            dates: (self.started_on.clone(), self.finished_on.clone()),
            cost: (self.cost_from, self.cost_to),
            currency: self.currency.clone(),
            picture: None,
        }
        .line()
    }
}

/// The client's name, where they agreed to be named.
pub fn named(client: String, consented: bool) -> Option<String> {
    Some(client).filter(|name| consented && !name.is_empty())
}

/// Somebody's work, newest first, each with its first picture.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, owner: Key) -> Result<Vec<Card>> {
    let mut cards = tx.rows(
        sql!(
            "SELECT id, title, client_name, client_consented, started_on, finished_on, cost_from, cost_to, currency
             FROM work_items WHERE party_id = $1 AND deleted_at IS NULL
             ORDER BY COALESCE(finished_on, started_on, '') DESC, created_at DESC, id LIMIT 60"
        ),
        &[&owner],
        |r| {
            Ok(Card {
                id: r.get(0)?,
                title: r.get(1)?,
                client: named(r.get(2)?, r.get(3)?),
                dates: (r.get(4)?, r.get(5)?),
                cost: (r.get(6)?, r.get(7)?),
                currency: r.get(8)?,
                picture: None,
            })
        },
    )?;
    let pictures: Vec<(Key, Key, String)> = tx.rows(
        sql!(
            "SELECT work_item_id, id, alt FROM pictures WHERE party_id = $1 AND work_item_id IS NOT NULL
             ORDER BY created_at, id"
        ),
        &[&owner],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    for card in &mut cards {
        card.picture = pictures.iter().find(|(work, ..)| *work == card.id).map(|(_, id, alt)| (*id, alt.clone()));
    }
    Ok(cards)
}

fn work(r: &Row<'_>) -> store::Result<Work> {
    Ok(Work {
        id: r.get(0)?,
        owner: r.get(1)?,
        field: r.get(2)?,
        title: r.get(3)?,
        description: r.get(4)?,
        client_name: r.get(5)?,
        client_consented: r.get(6)?,
        started_on: r.get(7)?,
        finished_on: r.get(8)?,
        cost_from: r.get(9)?,
        cost_to: r.get(10)?,
        currency: r.get(11)?,
        url: r.get(12)?,
        deleted: r.get::<Option<i64>>(13)?.is_some(),
        version: r.get(14)?,
    })
}

/// One piece of work, whoever asks.
///
/// # Errors
/// [`Error::NotFound`].
pub fn one(tx: &mut Tx<'_>, id: Key) -> Result<Work> {
    tx.row(
        sql!(
            "SELECT id, party_id, field, title, description, client_name, client_consented, started_on, finished_on,
               cost_from, cost_to, currency, url, deleted_at, version FROM work_items WHERE id = $1"
        ),
        &[&id],
        work,
    )?
    .ok_or(Error::NotFound)
}

/// One's own: somebody else's is not there.
///
/// # Errors
/// [`Error::NotFound`].
pub fn own(tx: &mut Tx<'_>, me: Key, id: Key) -> Result<Work> {
    let work = one(tx, id)?;
    if work.owner == me { Ok(work) } else { Err(Error::NotFound) }
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Occupation code.
    pub field: String,
    /// One line.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// For whom.
    pub client_name: String,
    /// `yes`.
    pub client_consented: String,
    /// ISO date.
    pub started_on: String,
    /// ISO date.
    pub finished_on: String,
    /// Amount.
    pub cost_from: String,
    /// Amount.
    pub cost_to: String,
    /// Where more is to be seen.
    pub url: String,
    /// Of the piece of work when the form was opened.
    pub version: String,
}

impl Typed {
    /// The form as it stands saved.
    pub fn of(work: &Work) -> Self {
        let money = |m: Option<i64>| m.map(crate::profile::plain_money).unwrap_or_default();
        Self {
            field: work.field.clone(),
            title: work.title.clone(),
            description: work.description.clone(),
            client_name: work.client_name.clone(),
            client_consented: if work.client_consented { "yes".into() } else { String::new() },
            started_on: work.started_on.clone().unwrap_or_default(),
            finished_on: work.finished_on.clone().unwrap_or_default(),
            cost_from: money(work.cost_from),
            cost_to: money(work.cost_to),
            url: work.url.clone(),
            version: work.version.to_string(),
        }
    }

    /// Where a later save differs from what was typed: label and what is saved.
    pub fn clashes(&self, saved: &Self) -> Vec<(&'static str, String)> {
        [
            ("Title", &self.title, &saved.title),
            ("About it", &self.description, &saved.description),
            ("Client", &self.client_name, &saved.client_name),
            ("Client agreed", &self.client_consented, &saved.client_consented),
            ("Begun", &self.started_on, &saved.started_on),
            ("Finished", &self.finished_on, &saved.finished_on),
            ("Cost from", &self.cost_from, &saved.cost_from),
            ("Cost to", &self.cost_to, &saved.cost_to),
            ("Address", &self.url, &saved.url),
        ]
        .into_iter()
        .filter(|(_, mine, theirs)| mine.replace("\r\n", "\n").trim() != theirs.trim())
        .map(|(label, _, theirs)| (label, theirs.clone()))
        .collect()
    }
}

/// A piece of work as read from a form.
#[derive(Clone, Debug)]
pub struct Draft {
    field: String,
    title: Title,
    description: Body,
    client_name: Name,
    client_consented: bool,
    dates: (Option<String>, Option<String>),
    cost: (Option<i64>, Option<i64>),
    url: String,
}

impl Draft {
    /// Reads the form; all refusals at once.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn read(typed: &Typed) -> Result<Self> {
        let mut check = Check::default();
        let title = check.take(Title::parse("title", &typed.title))?;
        let description = check.take(Body::optional("description", &typed.description))?;
        let client = check.take(Name::optional("client_name", &typed.client_name))?;
        let started = check.take(parse_date("started_on", &typed.started_on))?.flatten();
        let finished = check.take(parse_date("finished_on", &typed.finished_on))?.flatten();
        if let (Some(a), Some(b)) = (&started, &finished)
            && a > b
        {
            check.refuse("finished_on", "This is before the work began.");
        }
        let from = check.take(parse_money("cost_from", &typed.cost_from))?.flatten();
        let to = check.take(parse_money("cost_to", &typed.cost_to))?.flatten();
        if let (Some(a), Some(b)) = (from, to)
            && a > b
        {
            check.refuse("cost_to", "This is less than the amount before it.");
        }
        let url = check.take(crate::input::parse_url("url", &typed.url))?;
        if live::field(&typed.field).is_none() {
            check.refuse("field", "Please choose the field this work was in.");
        }
        check.finish()?;
        let (Some(title), Some(description), Some(client_name), Some(url)) = (title, description, client, url) else {
            return Err(Error::BadRequest("The form could not be read.".into()));
        };
        Ok(Self {
            field: typed.field.clone(),
            title,
            description,
            client_name,
            client_consented: typed.client_consented == "yes",
            dates: (started, finished),
            cost: (from, to),
            url,
        })
    }
}

/// Shows a new piece of work.
/// The same again within `within` µs is one: a form's button pressed twice.
///
/// # Errors
/// [`Error::TooMany`] beyond sixty.
pub fn add(tx: &mut Tx<'_>, owner: Key, draft: &Draft, within: i64) -> Result<Key> {
    let have: i64 = tx
        .value(sql!("SELECT COUNT(*) FROM work_items WHERE party_id = $1 AND deleted_at IS NULL"), &[&owner])?
        .unwrap_or(0);
    if have >= MOST {
        return Err(Error::TooMany(format!("{MOST} pieces of work are shown already; take one away first.")));
    }
    let (id, now) = (Key(tx.id()), tx.now());
    let same: Option<Key> = tx.value(
        sql!(
            "SELECT id FROM work_items WHERE party_id = $1 AND title = $2 AND description = $3 AND deleted_at IS NULL
               AND created_at > $4"
        ),
        &[&owner, &draft.title, &draft.description, &(now - within)],
    )?;
    if let Some(same) = same {
        return Ok(same);
    }
    tx.execute(
        sql!(
            "INSERT INTO work_items (id, party_id, field, title, description, client_name, client_consented, started_on,
               finished_on, cost_from, cost_to, currency, url, created_at, version)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, f.currency, $12, $13, 1
             FROM profiles f WHERE f.party_id = $2"
        ),
        &[
            &id,
            &owner,
            &draft.field,
            &draft.title,
            &draft.description,
            &draft.client_name,
            &draft.client_consented,
            &draft.dates.0,
            &draft.dates.1,
            &draft.cost.0,
            &draft.cost.1,
            &draft.url,
            &now,
        ],
    )?;
    Ok(id)
}

/// Saves changes, unless somebody saved since the form was opened: then nothing is changed and `false` comes back.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn change(tx: &mut Tx<'_>, owner: Key, id: Key, draft: &Draft, version: i64) -> Result<bool> {
    own(tx, owner, id)?;
    let changed = tx.execute(
        sql!(
            "UPDATE work_items SET field = $1, title = $2, description = $3, client_name = $4, client_consented = $5,
               started_on = $6, finished_on = $7, cost_from = $8, cost_to = $9, url = $10, version = version + 1
             WHERE id = $11 AND version = $12"
        ),
        &[
            &draft.field,
            &draft.title,
            &draft.description,
            &draft.client_name,
            &draft.client_consented,
            &draft.dates.0,
            &draft.dates.1,
            &draft.cost.0,
            &draft.cost.1,
            &draft.url,
            &id,
            &version,
        ],
    )?;
    Ok(changed == 1)
}

/// Takes a piece of work off the profile, or puts it back. Vouches that cite it keep its title.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn set_deleted(tx: &mut Tx<'_>, owner: Key, id: Key, deleted: bool) -> Result<()> {
    own(tx, owner, id)?;
    let at = deleted.then(|| tx.now());
    tx.execute(sql!("UPDATE work_items SET deleted_at = $1, version = version + 1 WHERE id = $2"), &[&at, &id])?;
    Ok(())
}
