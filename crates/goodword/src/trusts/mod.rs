//! Whose judgement I rely on: private for ever, and the first step of every ranking.

pub(crate) mod api;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Title;
use crate::key::Key;
use crate::live;
use crate::page::Frame;
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::{Form, Query};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use store::{Tx, sql};

/// The most people one can rely on: a longer list would say less about each.
const MOST: usize = 5;
/// Fewer than this leave the answer to very few voices.
const FEWEST: usize = 3;

/// `/trust`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/trust", get(show))
        .route("/trust/{person}", post(choose))
        .route("/trust/{person}/removal", post(remove))
        .route("/trust/{person}/fields", post(limit))
}

/// Somebody on the list, or proposed for it.
#[derive(Clone, Debug)]
struct Person {
    id: Key,
    name: String,
    handle: String,
    headline: String,
    /// Empty: in every field.
    fields: Vec<String>,
    /// Why they are proposed.
    why: &'static str,
}

/// People I rely on, in the order I named them.
fn chosen(tx: &mut Tx<'_>, me: Key) -> Result<Vec<Person>> {
    let rows = tx.rows(
        sql!(
            "SELECT p.id, p.name, COALESCE(p.handle, ''), COALESCE(f.headline, ''), t.field
             FROM trusts t JOIN parties p ON p.id = t.to_id LEFT JOIN profiles f ON f.party_id = p.id
             WHERE t.from_id = $1 ORDER BY t.at, t.id"
        ),
        &[&me],
        |r| {
            Ok((
                r.get::<Key>(0)?,
                r.get::<String>(1)?,
                r.get::<String>(2)?,
                r.get::<String>(3)?,
                r.get::<Option<String>>(4)?,
            ))
        },
    )?;
    let mut people: Vec<Person> = Vec::new();
    for (id, name, handle, headline, field) in rows {
        if let Some(known) = people.iter_mut().find(|p| p.id == id) {
            known.fields.extend(field);
        } else {
            people.push(Person { id, name, handle, headline, fields: field.into_iter().collect(), why: "" });
        }
    }
    Ok(people)
}

/// The inviter first, then people whose work I vouched for or who share a group with me.
fn proposed(tx: &mut Tx<'_>, me: Key) -> Result<Vec<Person>> {
    Ok(tx.rows(
        sql!(
            "SELECT p.id, p.name, COALESCE(p.handle, ''), COALESCE(f.headline, ''), MIN(s.why) FROM (
               SELECT invited_by AS id, 1 AS why FROM parties WHERE id = $1 AND invited_by IS NOT NULL
               UNION ALL SELECT to_id, 2 FROM vouches WHERE from_id = $1 AND state = 'live'
                 AND basis IN ('hired', 'worked beside', 'inspected work')
               UNION ALL SELECT b.party_id, 3 FROM memberships a JOIN memberships b ON b.group_id = a.group_id
                 WHERE a.party_id = $1 AND b.party_id <> $1 AND a.until IS NULL AND b.until IS NULL
                   AND a.confirmed_at IS NOT NULL AND b.confirmed_at IS NOT NULL) s
             JOIN parties p ON p.id = s.id LEFT JOIN profiles f ON f.party_id = p.id
             WHERE p.kind = 'member' AND p.status = 'active'
               AND NOT EXISTS (SELECT 1 FROM trusts t WHERE t.from_id = $1 AND t.to_id = p.id)
             GROUP BY p.id, p.name, p.handle, f.headline, p.folded ORDER BY MIN(s.why), p.folded LIMIT 8"
        ),
        &[&me],
        |r| {
            let why = match r.get::<i64>(4)? {
                1 => "invited you",
                2 => "you vouched for their work",
                _ => "in a group of yours",
            };
            Ok(Person {
                id: r.get(0)?,
                name: r.get(1)?,
                handle: r.get(2)?,
                headline: r.get(3)?,
                fields: Vec::new(),
                why,
            })
        },
    )?)
}

/// Members whose name or headline has these words.
fn search(tx: &mut Tx<'_>, me: Key, words: &str) -> Result<Vec<Person>> {
    let like = format!("%{}%", formats::name::fold(words).replace(['%', '_'], " "));
    Ok(tx.rows(
        sql!(
            "SELECT p.id, p.name, COALESCE(p.handle, ''), COALESCE(f.headline, '')
             FROM parties p LEFT JOIN profiles f ON f.party_id = p.id
             WHERE p.kind = 'member' AND p.status = 'active' AND p.id <> $1
               AND (p.folded LIKE $2 OR LOWER(f.headline) LIKE $2)
               AND NOT EXISTS (SELECT 1 FROM trusts t WHERE t.from_id = $1 AND t.to_id = p.id)
             ORDER BY p.folded, p.id LIMIT 20"
        ),
        &[&me, &like],
        |r| {
            Ok(Person {
                id: r.get(0)?,
                name: r.get(1)?,
                handle: r.get(2)?,
                headline: r.get(3)?,
                fields: Vec::new(),
                why: "",
            })
        },
    )?)
}

#[derive(Template)]
#[template(path = "trusts/trust.html")]
struct Trust {
    frame: Frame,
    words: String,
    chosen: Vec<Person>,
    found: Vec<Person>,
    searched: bool,
    most: usize,
    fewest: usize,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wanted {
    q: String,
}

async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> Result<Response> {
    let words: String = wanted.q.trim().chars().take(80).collect();
    let typed = words.clone();
    let (frame, (chosen, found)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let found = if typed.is_empty() { proposed(tx, me)? } else { search(tx, me, &typed)? };
            Ok((chosen(tx, me)?, found))
        })
        .await?;
    let searched = !words.is_empty();
    visit.html(&Trust { frame, words, chosen, found, searched, most: MOST, fewest: FEWEST })
}

fn member(tx: &mut Tx<'_>, id: Key) -> Result<String> {
    let name: Option<String> =
        tx.value(sql!("SELECT name FROM parties WHERE id = $1 AND kind = 'member' AND status = 'active'"), &[&id])?;
    name.ok_or(Error::NotFound)
}

/// Adds somebody; the same twice is once.
///
/// # Errors
/// [`Error::Conflict`] when the list is full, [`Error::Forbidden`] for oneself.
pub fn rely_on(tx: &mut Tx<'_>, me: Key, other: Key) -> Result<String> {
    if me == other {
        return Err(Error::Forbidden("Everybody relies on themselves; please choose somebody else.".into()));
    }
    let name = member(tx, other)?;
    let list = chosen(tx, me)?;
    if list.iter().any(|p| p.id == other) {
        return Ok(name);
    }
    if list.len() >= MOST {
        return Err(Error::Conflict(format!(
            "Your list has {MOST} people, the most there can be: a longer one would say less about each. Take somebody off first."
        )));
    }
    let (id, now) = (tx.id(), tx.now());
    tx.execute(
        sql!("INSERT INTO trusts (id, from_id, to_id, field, at) VALUES ($1, $2, $3, NULL, $4)"),
        &[&id, &me, &other, &now],
    )?;
    tx.change("trust", me.0)?;
    Ok(name)
}

async fn choose(visit: Visit, Path(person): Path<Key>) -> Result<Response> {
    let name = visit.write(move |tx, me| rely_on(tx, me.id, person)).await?;
    let said = format!("You rely on {name}. They are not told, and nobody else ever sees it.");
    Ok(visit.see_with_undo("/trust", &said, &format!("/trust/{person}/removal")))
}

/// Takes somebody off; somebody who is not on the list is off it already.
///
/// # Errors
/// The database's.
pub fn take_off(tx: &mut Tx<'_>, me: Key, other: Key) -> Result<()> {
    let gone = tx.execute(sql!("DELETE FROM trusts WHERE from_id = $1 AND to_id = $2"), &[&me, &other])?;
    if gone > 0 {
        tx.change("trust", me.0)?;
    }
    Ok(())
}

async fn remove(visit: Visit, Path(person): Path<Key>) -> Result<Response> {
    visit.write(move |tx, me| take_off(tx, me.id, person)).await?;
    Ok(visit.see_with_undo("/trust", "Taken off your list.", &format!("/trust/{person}")))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    fields: String,
}

/// The occupations that trades typed in plain words, comma-separated, stand for.
///
/// # Errors
/// [`Error::Invalid`] for one that nobody knows.
pub fn fields_named(typed: &str) -> Result<Vec<&'static str>> {
    let typed = Title::optional("fields", typed)?;
    let mut codes: Vec<&'static str> = Vec::new();
    for words in typed.as_str().split(',').map(str::trim).filter(|w| !w.is_empty()) {
        match occupations::search(words, 1).first() {
            Some(found) if !codes.contains(&found.occupation.code) => codes.push(found.occupation.code),
            Some(_) => {}
            None => return Err(Error::field("fields", format!("We know no trade called “{words}”."))),
        }
    }
    Ok(codes)
}

/// Relies on somebody only in some fields; none: in every field again.
///
/// # Errors
/// [`Error::NotFound`] for somebody who is not on the list.
pub fn limit_to(tx: &mut Tx<'_>, me: Key, person: Key, codes: &[&'static str]) -> Result<()> {
    let at: Option<i64> = tx.value(
        sql!("SELECT MIN(at) FROM trusts WHERE from_id = $1 AND to_id = $2 HAVING COUNT(*) > 0"),
        &[&me, &person],
    )?;
    let at = at.ok_or(Error::NotFound)?;
    tx.execute(sql!("DELETE FROM trusts WHERE from_id = $1 AND to_id = $2"), &[&me, &person])?;
    let everywhere: [Option<&str>; 1] = [None];
    let fields: Vec<Option<&str>> =
        if codes.is_empty() { everywhere.to_vec() } else { codes.iter().map(|c| Some(*c)).collect() };
    for field in fields {
        let id = tx.id();
        tx.execute(
            sql!("INSERT INTO trusts (id, from_id, to_id, field, at) VALUES ($1, $2, $3, $4, $5)"),
            &[&id, &me, &person, &field, &at],
        )?;
    }
    tx.change("trust", me.0)?;
    Ok(())
}

/// Relies on somebody only in some fields, typed in plain words; empty: in every field again.
async fn limit(visit: Visit, Path(person): Path<Key>, Form(form): Form<Fields>) -> Result<Response> {
    let codes = fields_named(&form.fields)?;
    let names: Vec<String> = codes.iter().map(|c| live::field_name(c).to_owned()).collect();
    visit.write(move |tx, me| limit_to(tx, me.id, person, &codes)).await?;
    let said = if names.is_empty() {
        "In every field.".to_owned()
    } else {
        format!("Only for: {}.", crate::say::list(&names))
    };
    Ok(visit.see("/trust", &said))
}
