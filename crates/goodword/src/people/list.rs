//! The list of people: search by name, trade and town.

use super::pattern;
use crate::error::Result;
use crate::key::Key;
use crate::live;
use crate::page::Frame;
use crate::router::url_encode;
use crate::viewer::{Visit, Who};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use store::{Tx, sql};

/// Rows on a page.
const ROWS: i64 = 25;
/// A title that begins with what was typed counts from this fit on (0 to 1): "flor" is a florist, "ana" no analyst.
const FITS: f32 = 0.3;

/// What is searched for: all of it in the URL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    /// Name, trade or kind of work.
    pub q: String,
    /// An occupation's code.
    pub field: String,
    /// Where.
    pub town: String,
    /// From 1.
    pub page: String,
}

impl Search {
    /// Without what cannot be searched for.
    pub fn cleaned(mut self) -> Self {
        self.q = formats::text::clean_line(&self.q).chars().take(120).collect();
        self.town = formats::text::clean_line(&self.town).chars().take(120).collect();
        if live::field(&self.field).is_none() {
            self.field.clear();
        }
        self
    }

    fn is_narrowed(&self) -> bool {
        !(self.q.is_empty() && self.field.is_empty() && self.town.is_empty())
    }

    fn url(&self, page: i64) -> String {
        let mut parts: Vec<String> = [("q", &self.q), ("field", &self.field), ("town", &self.town)]
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", url_encode(value)))
            .collect();
        if page > 1 {
            parts.push(format!("page={page}"));
        }
        if parts.is_empty() { "/people".into() } else { format!("/people?{}", parts.join("&")) }
    }

    /// The same search in one trade only.
    fn only(&self, field: &str) -> String {
        Self { q: String::new(), field: field.to_owned(), town: self.town.clone(), page: String::new() }.url(1)
    }
}

/// One row.
#[derive(Clone, Debug)]
pub struct Listed {
    /// As others see it.
    pub name: String,
    /// In URLs.
    pub handle: String,
    /// "Florist, Mar Vista".
    pub line: String,
    /// Their picture.
    pub photo: Option<Key>,
    /// Live and shown.
    pub vouches: i64,
}

/// The occupations that typed words name.
fn trades_named(q: &str) -> Vec<&'static occupations::Occupation> {
    occupations::complete(q, 8).into_iter().filter(|m| m.score >= FITS).map(|m| m.occupation).collect()
}

/// A page of people and how many there are in all: two statements.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, who: &Who, search: &Search, first: i64, rows: i64) -> Result<(i64, Vec<Listed>)> {
    let member = who.member.is_some();
    let q = pattern(&formats::name::fold(&search.q));
    let town = pattern(&search.town.trim().to_lowercase());
    let mut codes: Vec<&str> = trades_named(&search.q).iter().map(|o| o.code).collect();
    if codes.is_empty() {
        codes.push("");
    }
    let total = tx.rows_in(
        sql!(
            "SELECT COUNT(*) FROM parties p JOIN profiles f ON f.party_id = p.id
             WHERE p.kind = 'member' AND p.status = 'active' AND ($1 OR f.is_public)
               AND ($2 = '' OR p.folded LIKE $2 ESCAPE '!' OR LOWER(f.headline) LIKE $2 ESCAPE '!'
                 OR LOWER(f.keywords) LIKE $2 ESCAPE '!' OR LOWER(f.town) LIKE $2 ESCAPE '!'
                 OR EXISTS (SELECT 1 FROM professions r WHERE r.party_id = p.id AND r.field IN ($list)))
               AND ($3 = '' OR EXISTS (SELECT 1 FROM professions r WHERE r.party_id = p.id AND r.field = $3))
               AND ($4 = '' OR LOWER(f.town) LIKE $4 ESCAPE '!')"
        ),
        &[&member, &q, &search.field, &town],
        &codes,
        |r| r.get::<i64>(0),
    )?;
    let people = tx.rows_in(
        sql!(
            "SELECT p.name, COALESCE(p.handle, ''), f.headline, f.town, f.photo_id,
               (SELECT r.field FROM professions r WHERE r.party_id = p.id ORDER BY r.position LIMIT 1),
               (SELECT COUNT(*) FROM vouches v JOIN parties g ON g.id = v.from_id AND g.status = 'active'
                WHERE v.to_id = p.id AND v.state = 'live' AND v.hidden_at IS NULL AND ($1 OR v.is_public))
             FROM parties p JOIN profiles f ON f.party_id = p.id
             WHERE p.kind = 'member' AND p.status = 'active' AND ($1 OR f.is_public)
               AND ($2 = '' OR p.folded LIKE $2 ESCAPE '!' OR LOWER(f.headline) LIKE $2 ESCAPE '!'
                 OR LOWER(f.keywords) LIKE $2 ESCAPE '!' OR LOWER(f.town) LIKE $2 ESCAPE '!'
                 OR EXISTS (SELECT 1 FROM professions r WHERE r.party_id = p.id AND r.field IN ($list)))
               AND ($3 = '' OR EXISTS (SELECT 1 FROM professions r WHERE r.party_id = p.id AND r.field = $3))
               AND ($4 = '' OR LOWER(f.town) LIKE $4 ESCAPE '!')
             ORDER BY p.folded, p.id LIMIT $5 OFFSET $6"
        ),
        &[&member, &q, &search.field, &town, &rows, &first],
        &codes,
        |r| {
            let (headline, town, field): (String, String, Option<String>) = (r.get(2)?, r.get(3)?, r.get(5)?);
            Ok(Listed {
                name: r.get(0)?,
                handle: r.get(1)?,
                line: line(&headline, &town, field.as_deref()),
                photo: r.get(4)?,
                vouches: r.get(6)?,
            })
        },
    )?;
    Ok((total.first().copied().unwrap_or(0), people))
}

/// People after the one with id `cursor`, by name: one statement more when there is a cursor.
///
/// # Errors
/// [`Error::Invalid`](crate::error::Error::Invalid) for a cursor that is nobody's.
pub fn after(
    tx: &mut Tx<'_>,
    who: &Who,
    search: &Search,
    cursor: Option<&str>,
    rows: usize,
) -> Result<Vec<(Key, Listed)>> {
    let begin: (String, Key) = match cursor {
        None => Default::default(),
        Some(cursor) => {
            let id: Key = cursor.parse().map_err(|_| crate::api::listing::lost())?;
            tx.row(sql!("SELECT folded, id FROM parties WHERE id = $1"), &[&id], |r| Ok((r.get(0)?, r.get(1)?)))?
                .ok_or_else(crate::api::listing::lost)?
        }
    };
    let (member, rows) = (who.member.is_some(), i64::try_from(rows).unwrap_or(100));
    let q = pattern(&formats::name::fold(&search.q));
    let town = pattern(&search.town.trim().to_lowercase());
    let mut codes: Vec<&str> = trades_named(&search.q).iter().map(|o| o.code).collect();
    if codes.is_empty() {
        codes.push("");
    }
    Ok(tx.rows_in(
        sql!(
            "SELECT p.name, COALESCE(p.handle, ''), f.headline, f.town, f.photo_id,
               (SELECT r.field FROM professions r WHERE r.party_id = p.id ORDER BY r.position LIMIT 1),
               (SELECT COUNT(*) FROM vouches v WHERE v.to_id = p.id AND v.state = 'live' AND v.hidden_at IS NULL
                  AND ($1 OR v.is_public)), p.id
             FROM parties p JOIN profiles f ON f.party_id = p.id
             WHERE p.kind = 'member' AND p.status = 'active' AND ($1 OR f.is_public)
               AND ($2 = '' OR p.folded LIKE $2 ESCAPE '!' OR LOWER(f.headline) LIKE $2 ESCAPE '!'
                 OR LOWER(f.keywords) LIKE $2 ESCAPE '!' OR LOWER(f.town) LIKE $2 ESCAPE '!'
                 OR EXISTS (SELECT 1 FROM professions r WHERE r.party_id = p.id AND r.field IN ($list)))
               AND ($3 = '' OR EXISTS (SELECT 1 FROM professions r WHERE r.party_id = p.id AND r.field = $3))
               AND ($4 = '' OR LOWER(f.town) LIKE $4 ESCAPE '!') AND (p.folded, p.id) > ($5, $6)
             ORDER BY p.folded, p.id LIMIT $7"
        ),
        &[&member, &q, &search.field, &town, &begin.0, &begin.1, &rows],
        &codes,
        |r| {
            let (headline, town, field): (String, String, Option<String>) = (r.get(2)?, r.get(3)?, r.get(5)?);
            let listed = Listed {
                name: r.get(0)?,
                handle: r.get(1)?,
                line: line(&headline, &town, field.as_deref()),
                photo: r.get(4)?,
                vouches: r.get(6)?,
            };
            Ok((r.get(7)?, listed))
        },
    )?)
}

/// "Florist, Mar Vista"; the headline where no trade is stated.
fn line(headline: &str, town: &str, field: Option<&str>) -> String {
    let trade = match field {
        Some(live::GENERAL) | None => headline,
        Some(code) => live::field_name(code),
    };
    [trade, town].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", ")
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct Page {
    frame: Frame,
    search: Search,
    people: Vec<Listed>,
    total: i64,
    page: i64,
    pages: i64,
    /// Trades the words may mean: code, name.
    meant: Vec<(&'static str, &'static str)>,
}

impl Page {
    fn first(&self) -> i64 {
        (self.page - 1) * ROWS + 1
    }

    fn last(&self) -> i64 {
        (self.page * ROWS).min(self.total)
    }
}

pub(super) async fn show(visit: Visit, Query(search): Query<Search>) -> Result<Response> {
    let search = search.cleaned();
    let page = search.page.parse::<i64>().unwrap_or(1).clamp(1, 100_000);
    let asked = search.clone();
    let (frame, (total, people)) = visit
        .read(move |tx, who| {
            who.may_browse()?;
            find(tx, who, &asked, (page - 1) * ROWS, ROWS)
        })
        .await?;
    let pages = (total + ROWS - 1) / ROWS;
    let meant = if search.q.is_empty() || !search.field.is_empty() {
        Vec::new()
    } else {
        trades_named(&search.q).iter().take(4).map(|o| (o.code, o.plain)).collect()
    };
    visit.html(&Page { frame, search, people, total, page, pages, meant })
}
