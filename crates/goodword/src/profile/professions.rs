//! What one works as: occupations found by everyday words, own words, licence, which one is first.

use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Check, Title};
use crate::key::Key;
use crate::live;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::people::{Trade, trades};
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;
use store::{Tx, sql};

/// Professions one person may state.
const MOST: i64 = 5;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/profile/professions", get(show).post(save))
        .route("/profile/professions/{field}/first", post(first))
        .route("/profile/professions/{field}/removal", post(remove))
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    /// What was searched for.
    pub q: String,
    pub field: String,
    pub own_words: String,
    pub since: String,
    pub licence: String,
}

/// Adds a profession, or changes what was stated with it. A licence that was checked counts only as long as it stands
/// as it was.
pub(super) fn state(tx: &mut Tx<'_>, me: Key, typed: &Typed) -> Result<()> {
    let mut check = Check::default();
    let own = check.take(Title::optional("own_words", &typed.own_words))?;
    let licence = check.take(Title::optional("licence", &typed.licence))?;
    if occupations::by_code(&typed.field).is_none_or(|o| o.code != typed.field) {
        check.refuse("field", "Please choose one of the professions found.");
    }
    let this_year = jiff::Timestamp::from_microsecond(tx.now())
        .map_or(9_999, |t| i64::from(t.to_zoned_datetime(jiff::tz::TimeZone::UTC).year()));
    let since = match typed.since.trim() {
        "" => None,
        year => match year.parse::<i64>() {
            Ok(year) if (1920..=this_year).contains(&year) => Some(year),
            _ => {
                check.refuse("since", "Please type a year, such as 2014.");
                None
            }
        },
    };
    check.finish()?;
    let (Some(own), Some(licence)) = (own, licence) else {
        return Err(Error::BadRequest("The form could not be read.".into()));
    };
    let have: (i64, i64) = tx
        .row(
            sql!("SELECT COUNT(*), COALESCE(MAX(position), -1) FROM professions WHERE party_id = $1 AND field <> $2"),
            &[&me, &typed.field],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?
        .unwrap_or((0, -1));
    if have.0 >= MOST {
        return Err(Error::TooMany(format!("{MOST} professions are stated already; take one away first.")));
    }
    let id = tx.id();
    tx.execute(
        sql!(
            "INSERT INTO professions (id, party_id, field, own_words, since_year, licence, position)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (party_id, field) DO UPDATE SET own_words = excluded.own_words,
               since_year = excluded.since_year, licence = excluded.licence,
               confirmed_at = CASE WHEN professions.confirmed_by = 'licence' AND professions.licence <> excluded.licence
                 THEN NULL ELSE professions.confirmed_at END,
               confirmed_by = CASE WHEN professions.confirmed_by = 'licence' AND professions.licence <> excluded.licence
                 THEN NULL ELSE professions.confirmed_by END"
        ),
        &[&id, &me, &typed.field, &own, &since, &licence, &(have.1 + 1)],
    )?;
    tx.change("profession", me.0)?;
    Ok(())
}

/// Makes a profession the main one.
pub(super) fn put_first(tx: &mut Tx<'_>, me: Key, field: &str) -> Result<()> {
    let done = tx.execute(
        sql!(
            "UPDATE professions SET position = (SELECT MIN(q.position) FROM professions q WHERE q.party_id = $1) - 1
             WHERE party_id = $1 AND field = $2"
        ),
        &[&me, &field],
    )?;
    if done == 0 {
        return Err(Error::NotFound);
    }
    tx.change("profession", me.0)?;
    Ok(())
}

/// Takes a profession away. Vouches for it stay where they are.
pub(super) fn take_away(tx: &mut Tx<'_>, me: Key, field: &str) -> Result<()> {
    let done = tx.execute(sql!("DELETE FROM professions WHERE party_id = $1 AND field = $2"), &[&me, &field])?;
    if done == 0 {
        return Err(Error::NotFound);
    }
    tx.change("profession", me.0)?;
    Ok(())
}

#[derive(Template)]
#[template(path = "profile/professions.html")]
struct Professions {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    trades: Vec<Trade>,
    /// Found for the words: code, name, description.
    found: Vec<(&'static str, &'static str, &'static str)>,
}

async fn page(visit: &Visit, typed: Typed, errors: Errors) -> Result<Professions> {
    let app = visit.app.clone();
    let (frame, trades) = visit.read(move |tx, who| trades(tx, &app.live.memory(), who.member()?.id)).await?;
    let mut found: Vec<(&str, &str, &str)> = Vec::new();
    let q: String = typed.q.trim().chars().take(160).collect();
    if !q.is_empty() {
        let likely = occupations::complete(&q, 4).into_iter().chain(occupations::search(&q, 6));
        for m in likely {
            let o = m.occupation;
            if !found.iter().any(|(code, ..)| *code == o.code) {
                found.push((o.code, o.plain, o.description));
            }
        }
        found.truncate(7);
    } else if let Some(o) = occupations::by_code(&typed.field) {
        found.push((o.code, o.plain, o.description));
    }
    Ok(Professions { frame, errors, typed, trades, found })
}

async fn show(visit: Visit, Query(typed): Query<Typed>) -> Result<Response> {
    let page = page(&visit, typed, Errors::default()).await?;
    visit.html(&page)
}

async fn save(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let kept = typed.clone();
    let saved = visit.write(move |tx, member| state(tx, member.id, &typed)).await;
    match Errors::split(saved)? {
        Ok(()) => Ok(visit.see("/profile/professions", &format!("Saved: {}.", live::field_name(&kept.field)))),
        Err(errors) => {
            let page = page(&visit, kept, errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn first(visit: Visit, Path(field): Path<String>) -> Result<Response> {
    visit.write(move |tx, member| put_first(tx, member.id, &field)).await?;
    Ok(visit.see("/profile/professions", "That is your main profession now."))
}

async fn remove(visit: Visit, Path(field): Path<String>) -> Result<Response> {
    let name = live::field_name(&field).to_owned();
    visit.write(move |tx, member| take_away(tx, member.id, &field)).await?;
    Ok(visit.see("/profile/professions", &format!("Taken away: {name}.")))
}
