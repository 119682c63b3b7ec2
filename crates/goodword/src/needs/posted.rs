//! Saved needs: mine, those posted to me, and what people answered.

use super::Asked;
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Words;
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use crate::{referrals, regulated, vouches};
use askama::Template;
use axum::Router;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use store::{Row, Tx, sql};

/// `/needs`, `/needs/{id}` and what can be done with one.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/needs/{id}", get(show))
        .route("/needs/{id}/visibility", post(widen))
        .route("/needs/{id}/closing", post(close))
        .route("/needs/{id}/opening", post(reopen))
        .route("/needs/{id}/answers", post(answer))
}

/// Who may read a posted need: value, title, explanation.
pub const VISIBILITIES: [(&str, &str, &str); 5] = [
    ("private", "Only me", "Nobody sees it"),
    ("trusted", "People I trust", "Those whose judgement you rely on; they do not learn that they are on your list"),
    ("groups", "My groups", "Confirmed members of groups you belong to"),
    ("members", "All members", "Everybody who is signed in"),
    ("public", "Everybody", "Also people who are not signed in"),
];

/// A saved need.
#[derive(Clone, Debug)]
pub struct Need {
    /// Its id.
    pub id: Key,
    /// Whose.
    pub asker: Key,
    /// Their name.
    pub asker_name: String,
    /// Their page.
    pub asker_handle: String,
    /// For a client of theirs.
    pub for_client: bool,
    /// Occupation code.
    pub field: String,
    /// As typed.
    pub words: String,
    /// Where.
    pub place: String,
    /// Who may read it.
    pub visibility: String,
    /// Open, and not run out.
    pub open: bool,
    /// µs.
    pub created_at: i64,
    /// µs.
    pub expires_at: i64,
    /// How many answered.
    pub answers: i64,
}

impl Need {
    /// The need as a question to the engine again.
    pub fn asked(&self) -> Asked {
        Asked {
            need: self.words.clone(),
            field: self.field.clone(),
            place: Some(self.place.clone()),
            for_whom: if self.for_client { "client".into() } else { String::new() },
            ..Asked::default()
        }
    }

    /// "All members", …
    pub fn seen_by(&self) -> &'static str {
        VISIBILITIES.iter().find(|(value, ..)| *value == self.visibility).map_or("Only me", |(_, title, _)| title)
    }
}

fn need(r: &Row<'_>) -> store::Result<(Need, i64)> {
    let expires_at = r.get(10)?;
    let open = r.get::<String>(8)? == "open";
    let need = Need {
        id: r.get(0)?,
        asker: r.get(1)?,
        asker_name: r.get(2)?,
        asker_handle: r.get(3)?,
        for_client: r.get(4)?,
        field: r.get(5)?,
        words: r.get(6)?,
        visibility: r.get(7)?,
        open,
        created_at: r.get(9)?,
        expires_at,
        place: r.get(11)?,
        answers: r.get(12)?,
    };
    Ok((need, expires_at))
}

/// One need, if this viewer may read it.
///
/// # Errors
/// [`Error::NotFound`] for anybody else.
pub fn one(tx: &mut Tx<'_>, viewer: Option<Key>, id: Key) -> Result<Need> {
    let now = tx.now();
    let found = tx.row(
        sql!(
            "SELECT n.id, n.asker_id, p.name, COALESCE(p.handle, ''), n.for_client, n.field, n.words, n.visibility, n.state,
               n.created_at, n.expires_at, n.place, (SELECT COUNT(*) FROM need_answers a WHERE a.need_id = n.id)
             FROM needs n JOIN parties p ON p.id = n.asker_id
             WHERE n.id = $1 AND (n.asker_id = $2 OR n.visibility = 'public'
               OR ($3 = 1 AND n.visibility = 'members')
               OR (n.visibility = 'trusted'
                 AND EXISTS (SELECT 1 FROM trusts t WHERE t.from_id = n.asker_id AND t.to_id = $2))
               OR (n.visibility = 'groups' AND EXISTS (
                 SELECT 1 FROM memberships a JOIN memberships b ON b.group_id = a.group_id
                 WHERE a.party_id = n.asker_id AND b.party_id = $2 AND a.confirmed_at IS NOT NULL
                   AND b.confirmed_at IS NOT NULL AND a.until IS NULL AND b.until IS NULL)))"
        ),
        &[&id, &viewer, &i64::from(viewer.is_some())],
        need,
    )?;
    let (mut need, expires) = found.ok_or(Error::NotFound)?;
    need.open &= expires > now;
    if viewer != Some(need.asker) {
        need.words = bare(&need.words, now);
    }
    Ok(need)
}

/// Needs on a page, of either kind.
const LISTED: i64 = 100;

/// My needs, newest first; and open ones of others that were posted to me.
pub(super) fn lists(tx: &mut Tx<'_>, me: Key) -> Result<(Vec<Need>, Vec<Need>)> {
    Ok((mine(tx, me, None, LISTED)?, posted_to(tx, me, None, LISTED)?))
}

/// My needs, newest first; those after one of them, where one is named.
pub(super) fn mine(tx: &mut Tx<'_>, me: Key, after: Option<Key>, rows: i64) -> Result<Vec<Need>> {
    let now = tx.now();
    let mine = tx.rows(
        sql!(
            "SELECT n.id, n.asker_id, p.name, COALESCE(p.handle, ''), n.for_client, n.field, n.words, n.visibility, n.state,
               n.created_at, n.expires_at, n.place, (SELECT COUNT(*) FROM need_answers a WHERE a.need_id = n.id)
             FROM needs n JOIN parties p ON p.id = n.asker_id
             WHERE n.asker_id = $1 AND (CAST($2 AS UUID) IS NULL OR (n.created_at, n.id)
               < (SELECT c.created_at, c.id FROM needs c WHERE c.id = $2 AND c.asker_id = $1))
             ORDER BY n.created_at DESC, n.id DESC LIMIT $3"
        ),
        &[&me, &after, &rows],
        need,
    )?;
    Ok(mine.into_iter().map(|found| current(found, now)).collect())
}

/// Open needs of others that were posted to me, newest first; those after one of them, where one is named.
pub(super) fn posted_to(tx: &mut Tx<'_>, me: Key, after: Option<Key>, rows: i64) -> Result<Vec<Need>> {
    let now = tx.now();
    let others = tx.rows(
        sql!(
            "SELECT n.id, n.asker_id, p.name, COALESCE(p.handle, ''), n.for_client, n.field, n.words, n.visibility, n.state,
               n.created_at, n.expires_at, n.place, (SELECT COUNT(*) FROM need_answers a WHERE a.need_id = n.id)
             FROM needs n JOIN parties p ON p.id = n.asker_id
             WHERE n.asker_id <> $1 AND n.state = 'open' AND n.expires_at > $2
               AND (n.visibility IN ('members', 'public')
                 OR (n.visibility = 'trusted'
                   AND EXISTS (SELECT 1 FROM trusts t WHERE t.from_id = n.asker_id AND t.to_id = $1))
                 OR (n.visibility = 'groups' AND EXISTS (
                   SELECT 1 FROM memberships a JOIN memberships b ON b.group_id = a.group_id
                   WHERE a.party_id = n.asker_id AND b.party_id = $1 AND a.confirmed_at IS NOT NULL
                     AND b.confirmed_at IS NOT NULL AND a.until IS NULL AND b.until IS NULL)))
               AND (CAST($3 AS UUID) IS NULL
                 OR (n.created_at, n.id) < (SELECT c.created_at, c.id FROM needs c WHERE c.id = $3))
             ORDER BY n.created_at DESC, n.id DESC LIMIT $4"
        ),
        &[&me, &now, &after, &rows],
        need,
    )?;
    let shown = |(mut need, expires): (Need, i64)| {
        need.words = bare(&need.words, now);
        current((need, expires), now)
    };
    Ok(others.into_iter().map(shown).collect())
}

/// What others read of the words: neither budget nor date.
fn bare(words: &str, now: i64) -> String {
    let today =
        jiff::Timestamp::from_microsecond(now).unwrap_or_default().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let day = |n: i8| u8::try_from(n).unwrap_or(1);
    let today = (today.year().into(), day(today.month()), day(today.day()));
    occupations::reading::without_days(&referrals::without_sums(words), today)
}

fn current((mut need, expires): (Need, i64), now: i64) -> Need {
    need.open &= expires > now;
    need
}

#[derive(Template)]
#[template(path = "needs/list.html")]
struct List {
    frame: Frame,
    mine: Vec<Need>,
    others: Vec<Need>,
}

/// `GET /needs`.
pub async fn list(visit: Visit) -> Result<Response> {
    let (frame, (mine, others)) = visit.read(|tx, who| lists(tx, who.member()?.id)).await?;
    visit.html(&List { frame, mine, others })
}

/// What somebody answered, to the asker and to themselves.
pub(super) struct Answer {
    pub name: String,
    pub handle: String,
    pub kind: String,
    pub other: Option<(String, String)>,
    pub words: String,
    pub at: i64,
}

#[derive(Template)]
#[template(path = "needs/one.html")]
struct One {
    frame: Frame,
    need: Need,
    mine: bool,
    answers: Vec<Answer>,
    people: Vec<(String, String)>,
    /// What was typed, and what is wrong with it.
    typed: Answered,
    errors: Errors,
}

async fn show(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let page = page(&visit, id, Answered::default(), Errors::default()).await?;
    visit.html(&page)
}

async fn page(visit: &Visit, id: Key, typed: Answered, errors: Errors) -> Result<One> {
    let (frame, (need, mine, answers, people)) = visit
        .read(move |tx, who| {
            let need = one(tx, who.id(), id)?;
            let mine = who.id() == Some(need.asker);
            let answers = match who.id() {
                Some(me) => answers(tx, id, me, mine)?,
                None => Vec::new(),
            };
            let people = if mine || who.member.is_none() { Vec::new() } else { known(tx, &need.field)? };
            Ok((need, mine, answers, people))
        })
        .await?;
    Ok(One { frame, need, mine, answers, people, typed, errors })
}

/// People of a field, to refer or to name: handle and name.
fn known(tx: &mut Tx<'_>, field: &str) -> Result<Vec<(String, String)>> {
    Ok(tx.rows(
        sql!(
            "SELECT p.handle, p.name FROM professions f JOIN parties p ON p.id = f.party_id
             WHERE f.field = $1 AND p.kind = 'member' AND p.status = 'active' AND p.handle IS NOT NULL
             ORDER BY p.folded LIMIT 200"
        ),
        &[&field],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?)
}

pub(super) fn answers(tx: &mut Tx<'_>, need: Key, me: Key, all: bool) -> Result<Vec<Answer>> {
    Ok(tx.rows(
        sql!(
            "SELECT p.name, COALESCE(p.handle, ''), a.kind, o.name, COALESCE(o.handle, ''), a.words, a.at
             FROM need_answers a JOIN parties p ON p.id = a.author_id LEFT JOIN parties o ON o.id = a.other_id
             WHERE a.need_id = $1 AND (a.author_id = $2 OR $3 = 1) ORDER BY a.at, a.id LIMIT 200"
        ),
        &[&need, &me, &i64::from(all)],
        |r| {
            let other: Option<String> = r.get(3)?;
            Ok(Answer {
                name: r.get(0)?,
                handle: r.get(1)?,
                kind: r.get(2)?,
                other: other.map(|name| Ok::<_, store::Error>((name, r.get(4)?))).transpose()?,
                words: r.get(5)?,
                at: r.get(6)?,
            })
        },
    )?)
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    visibility: String,
}

/// Who may read it from now on, as sent.
///
/// # Errors
/// [`Error::Invalid`] for none of [`VISIBILITIES`].
pub(super) fn visibility(sent: &str) -> Result<(&'static str, &'static str)> {
    let found = VISIBILITIES.iter().find(|(value, ..)| *value == sent).map(|(value, title, _)| (*value, *title));
    found.ok_or_else(|| Error::field("visibility", "Please choose who may read it."))
}

async fn widen(visit: Visit, Path(id): Path<Key>, Form(wish): Form<Wish>) -> Result<Response> {
    let (value, title) = visibility(&wish.visibility)?;
    visit.write(move |tx, me| set(tx, me.id, id, value, "open")).await?;
    Ok(visit.see(&format!("/needs/{id}"), &format!("It can be read by: {}.", title.to_lowercase())))
}

async fn close(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, me| set(tx, me.id, id, "", "closed")).await?;
    Ok(visit.see_with_undo(
        &format!("/needs/{id}"),
        "Closed. Nobody is asked any more.",
        &format!("/needs/{id}/opening"),
    ))
}

async fn reopen(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, me| set(tx, me.id, id, "", "open")).await?;
    Ok(visit.see(&format!("/needs/{id}"), "Open again."))
}

/// Changes visibility (unless empty) and state of a need of one's own.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub(super) fn set(tx: &mut Tx<'_>, me: Key, id: Key, visibility: &str, state: &str) -> Result<()> {
    if !matches!(visibility, "" | "private") {
        let field: Option<String> =
            tx.value(sql!("SELECT field FROM needs WHERE id = $1 AND asker_id = $2"), &[&id, &me])?;
        regulated::check_posting(tx, &field.ok_or(Error::NotFound)?, visibility == "public")?;
    }
    let changed = tx.execute(
        sql!(
            "UPDATE needs SET visibility = CASE WHEN $1 = '' THEN visibility ELSE $1 END, state = $2,
               version = version + 1 WHERE id = $3 AND asker_id = $4"
        ),
        &[&visibility, &state, &id, &me],
    )?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct Answered {
    pub kind: String,
    /// Handle of whom they mean.
    pub other: String,
    pub words: String,
}

/// An answer to somebody's posted need. Each of the kinds is a full answer; one may change one's mind. Returns whom the
/// author would refer.
///
/// # Errors
/// [`Error::NotFound`] for a need that is not theirs to read, [`Error::Invalid`], [`Error::Gone`] once it is closed.
pub(super) fn put_answer(tx: &mut Tx<'_>, author: Key, name: &str, id: Key, typed: &Answered) -> Result<Option<Key>> {
    let words = Words::optional("words", &typed.words)?;
    if !matches!(typed.kind.as_str(), "refer" | "volunteer" | "nobody" | "no basis" | "ask") {
        return Err(Error::field("kind", "Please choose an answer."));
    }
    let need = one(tx, Some(author), id)?;
    if need.asker == author {
        return Err(Error::Forbidden("This is your own need.".into()));
    }
    if !need.open {
        return Err(Error::Gone("This need is closed. Thank you all the same.".into()));
    }
    if matches!(typed.kind.as_str(), "refer" | "volunteer" | "ask") {
        regulated::check_posting(tx, &need.field, false)?;
    }
    let other: Option<Key> = tx.value(
        sql!("SELECT id FROM parties WHERE handle = $1 AND kind = 'member' AND status = 'active'"),
        &[&typed.other],
    )?;
    if matches!(typed.kind.as_str(), "refer" | "ask") && other.is_none() {
        return Err(Error::field("other", "Please choose whom you mean."));
    }
    let (answer, now) = (tx.id(), tx.now());
    tx.execute(sql!("DELETE FROM need_answers WHERE need_id = $1 AND author_id = $2"), &[&id, &author])?;
    tx.execute(
        sql!(
            "INSERT INTO need_answers (id, need_id, author_id, kind, other_id, words, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &[&answer, &id, &author, &typed.kind, &other, &words, &now],
    )?;
    vouches::notify(tx, need.asker, "need", &format!("{name} answered your need."), &format!("/needs/{id}"))?;
    Ok(other.filter(|_| typed.kind == "refer"))
}

async fn answer(visit: Visit, Path(id): Path<Key>, Form(form): Form<Answered>) -> Result<Response> {
    let typed = form.clone();
    let done = visit.write(move |tx, member| put_answer(tx, member.id, &member.name, id, &typed)).await;
    let offer = match Errors::split(done)? {
        Ok(offer) => offer,
        Err(errors) => {
            let page = page(&visit, id, form, errors).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    Ok(match offer {
        Some(professional) => visit.see(
            &format!("/referrals/offer?need={id}&professional={professional}"),
            "Thank you. Now put your name to it, if you like: one sentence.",
        ),
        None => visit.see(&format!("/needs/{id}"), "Thank you: your answer reached the person who asked."),
    })
}

/// What an answer says, with the name it is followed by.
pub(super) fn kind_words(kind: &str) -> &'static str {
    match kind {
        "refer" => "would refer",
        "volunteer" => "would take it on",
        "nobody" => "knows nobody suitable",
        "no basis" => "has no basis to judge",
        _ => "says: not my field, ask",
    }
}
