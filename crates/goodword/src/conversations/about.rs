//! One post by itself: its earlier wordings, a report to the moderators, and what they did with it.

use super::edit::REASONS;
use super::read::{self, Post};
use super::visitor::{Reader, Visitor};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Words;
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;
use store::{DAY, Tx, sql};

/// Reports by one person a day.
const REPORTS: i64 = 20;

/// `/conversations/{slug}/about` and `/conversations/{slug}/report`.
pub fn routes() -> Router<App> {
    Router::new().route("/conversations/{slug}/about", get(show)).route("/conversations/{slug}/report", post(report))
}

/// Tells moderators of a post, or of a comment under it; signed in or not.
///
/// # Errors
/// [`Error::Invalid`], [`Error::TooMany`].
pub fn tell(
    tx: &mut Tx<'_>,
    reader: &Reader,
    post: &Post,
    comment: Option<Key>,
    reason: &str,
    words: &str,
) -> Result<()> {
    let reason = REASONS
        .iter()
        .find(|(value, _)| *value == reason)
        .map(|(value, _)| *value)
        .ok_or_else(|| Error::field("reason", "Please choose a reason."))?;
    let words = Words::optional("words", words)?;
    let (me, now, report) = (reader.who.id(), tx.now(), tx.id());
    let lately: i64 = tx
        .value(
            sql!(
                "SELECT COUNT(*) FROM reports WHERE at > $1 AND (reporter_id = $2 OR ($2 IS NULL AND reporter_id IS NULL))"
            ),
            &[&(now - DAY), &me],
        )?
        .unwrap_or(0);
    // Signed out, everybody shares one larger budget.
    if lately >= if me.is_some() { REPORTS } else { 10 * REPORTS } {
        return Err(Error::TooMany("That is the most reports for a day. Moderators look at those made before.".into()));
    }
    tx.execute(
        sql!(
            "INSERT INTO reports (id, comment_id, post_id, reporter_id, reason, words, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &[&report, &comment, &post.id, &me, &reason, &words, &now],
    )?;
    let what = if comment.is_some() { "A comment under " } else { "" };
    for (moderator, ..) in super::moderators(tx)? {
        let words = format!("{what}“{}” was reported.", post.title);
        crate::vouches::notify(tx, moderator, "moderation", &words, "/moderation?tab=reported")?;
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "conversations/about.html")]
struct About {
    frame: Frame,
    errors: Errors,
    post: Post,
    mine: bool,
    moderator: bool,
    /// When it was replaced, title and words, newest first.
    history: Vec<(i64, String, String)>,
    /// When, who, what, why: for moderators.
    events: Vec<(i64, String, String, String)>,
    typed: Typed,
}

impl About {
    fn report_path(&self) -> String {
        format!("/conversations/{}/report", self.post.slug)
    }
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
struct Typed {
    reason: String,
    words: String,
}

async fn page(visitor: &Visitor, slug: String, typed: Typed, errors: Errors) -> Result<About> {
    let (frame, (post, mine, moderator, history, events)) = visitor
        .read(move |tx, reader| {
            let post = read::post(tx, reader, &slug)?;
            let mine = post.author_id.is_some() && post.author_id == reader.who.id();
            let history = history(tx, post.id)?;
            let events = if reader.moderator {
                tx.rows(
                    sql!(
                        "SELECT e.at, COALESCE(p.name, ''), e.kind, e.reason FROM moderation_events e
                           LEFT JOIN parties p ON p.id = e.actor_id
                         WHERE e.post_id = $1 AND e.comment_id IS NULL ORDER BY e.at DESC, e.id DESC LIMIT 50"
                    ),
                    &[&post.id],
                    |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
                )?
            } else {
                Vec::new()
            };
            Ok((post, mine, reader.moderator, history, events))
        })
        .await?;
    Ok(About { frame, errors, post, mine, moderator, history, events, typed })
}

/// Earlier wordings of a post: until when, title, words.
///
/// # Errors
/// The database's.
pub fn history(tx: &mut Tx<'_>, post: Key) -> Result<Vec<(i64, String, String)>> {
    Ok(tx.rows(
        sql!("SELECT at, title, text FROM revisions WHERE post_id = $1 ORDER BY at DESC, id DESC LIMIT 50"),
        &[&post],
        |r| Ok((r.get(0)?, r.get(1)?, formats::markdown::render(&r.get::<String>(2)?))),
    )?)
}

async fn show(visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let page = page(&visitor, slug, Typed::default(), Errors::default()).await?;
    visitor.visit.html(&page)
}

async fn report(visitor: Visitor, Path(slug): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    let (kept, wanted) = (typed.clone(), slug.clone());
    let done = visitor
        .write(move |tx, reader| {
            let post = read::post(tx, reader, &wanted)?;
            tell(tx, reader, &post, None, &typed.reason, &typed.words)
        })
        .await;
    match Errors::split(done)? {
        Ok(()) => Ok(visitor.visit.see(&format!("/conversations/{slug}"), "Thank you. A moderator will look at it.")),
        Err(errors) => {
            let page = page(&visitor, slug, kept, errors).await?;
            visitor.visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
