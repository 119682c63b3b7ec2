//! Looking after what is said: the queue with its reasons, decisions that can be undone, blocks, rules, the log.

use super::settings::{First, Rules};
use super::visitor::{Reader, Visitor};
use super::{Event, State, note, order, telling};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::links;
use crate::page::{Errors, Frame};
use crate::say;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;
use store::{Bind, Sql, Tx, sql};

/// Rows on a page.
const ROWS: i64 = 25;

/// `/moderation/…`, for moderators and admins; everybody else is told whose it is.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/moderation", get(queue).post(decide_many))
        .route("/moderation/log", get(log))
        .route("/moderation/rules", get(rules_form).post(set_rules))
        .route("/moderation/comments/{id}", post(decide_one))
        .route("/moderation/decisions/undoing", post(undo_many))
        .route("/moderation/blocks/{id}", post(block))
        .route("/moderation/blocks/{id}/lifting", post(lift))
        .route("/moderation/posts/{id}", post(decide_post))
        .route("/moderation/links/{token}", get(by_letter).post(decide_by_letter))
}

fn moderator(reader: &Reader) -> Result<Key> {
    Ok(reader.who.moderator()?.id)
}

/// Before anything that was sent is looked at.
async fn only_moderators(visitor: &Visitor) -> Result<()> {
    visitor.read(|_, reader| moderator(reader).map(drop)).await.map(drop)
}

/// Moves a comment to a state; returns the event by which it can be undone.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it is there already.
pub fn decide(tx: &mut Tx<'_>, by: Key, comment: Key, to: State, reason: &str) -> Result<Key> {
    let found: Option<(Key, String, Option<String>)> =
        tx.row(sql!("SELECT post_id, state, removed_as FROM comments WHERE id = $1"), &[&comment], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
    let (post, from, removed_as) = found.ok_or(Error::NotFound)?;
    if from == to.as_str() {
        return Err(Error::Conflict("Somebody has decided the same already.".into()));
    }
    if removed_as.as_deref() == Some("author") {
        return Err(Error::Conflict("Its author deleted it; it is not ours to show.".into()));
    }
    if State::read(&from) == State::Unconfirmed && to == State::Approved {
        return Err(Error::Conflict("Its author has not confirmed the address yet.".into()));
    }
    let now = tx.now();
    let as_what = (to == State::Removed).then_some("moderator");
    tx.execute(sql!("UPDATE comments SET removed_as = $1 WHERE id = $2"), &[&as_what, &comment])?;
    order::put(tx, comment, to)?;
    close_reports(tx, by, now, post, Some(comment))?;
    // Told once: the job is known by its comment.
    if to == State::Approved {
        telling::enqueue(tx, comment, State::Approved)?;
    }
    let event = note(
        tx,
        &Event {
            post,
            comment: Some(comment),
            actor: Some(by),
            kind: to.as_str(),
            from: &from,
            to: to.as_str(),
            reason,
        },
    )?;
    super::service::learn(tx, comment, event, State::read(&from), to)?;
    Ok(event)
}

/// Leaves something as it is: what was reported of it is answered.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when nothing is reported any more.
pub fn leave(tx: &mut Tx<'_>, by: Key, post: Option<Key>, comment: Option<Key>) -> Result<()> {
    let now = tx.now();
    let found: Option<(Key, String)> = match comment {
        Some(comment) => tx.row(sql!("SELECT post_id, state FROM comments WHERE id = $1"), &[&comment], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?,
        None => tx.row(sql!("SELECT id, state FROM posts WHERE id = $1"), &[&post], |r| Ok((r.get(0)?, r.get(1)?)))?,
    };
    let (post, state) = found.ok_or(Error::NotFound)?;
    if close_reports(tx, by, now, post, comment)? == 0 {
        return Err(Error::Conflict("Nothing is reported of it any more.".into()));
    }
    let kind = "reports answered: left as it is";
    note(tx, &Event { post, comment, actor: Some(by), kind, from: &state, to: &state, reason: "" })?;
    Ok(())
}

/// What was reported of a comment, or of a post itself, is answered by a decision.
fn close_reports(tx: &mut Tx<'_>, by: Key, now: i64, post: Key, comment: Option<Key>) -> Result<u64> {
    Ok(tx.execute(
        sql!(
            "UPDATE reports SET closed_at = $1, closed_by = $2
             WHERE post_id = $3 AND closed_at IS NULL AND (comment_id = $4 OR (comment_id IS NULL AND $4 IS NULL))"
        ),
        &[&now, &by, &post, &comment],
    )?)
}

/// Takes back what was decided of a post.
fn undo_of_post(tx: &mut Tx<'_>, by: Key, event: Key) -> Result<bool> {
    let found: Option<(Key, String)> = tx.row(
        sql!(
            "SELECT e.post_id, e.from_state FROM moderation_events e JOIN posts s ON s.id = e.post_id
             WHERE e.id = $1 AND e.comment_id IS NULL AND e.undone_at IS NULL AND s.state = e.to_state
               AND e.from_state <> '' AND e.from_state <> e.to_state"
        ),
        &[&event],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let Some((post, from)) = found else { return Ok(false) };
    let now = tx.now();
    tx.execute(sql!("UPDATE moderation_events SET undone_at = $1 WHERE id = $2"), &[&now, &event])?;
    super::posts::put(tx, by, post, &from, "decision undone")?;
    Ok(true)
}

/// Takes decisions back: each comment or post is again what it was before, unless somebody has decided otherwise since.
///
/// # Errors
/// The database's.
pub fn undo(tx: &mut Tx<'_>, by: Key, events: &[Key]) -> Result<usize> {
    let mut undone = 0;
    for event in events {
        if undo_of_post(tx, by, *event)? {
            undone += 1;
            continue;
        }
        let found: Option<(Key, Key, String, String)> = tx.row(
            sql!(
                "SELECT e.post_id, e.comment_id, e.from_state, e.to_state FROM moderation_events e
                   JOIN comments c ON c.id = e.comment_id
                 WHERE e.id = $1 AND e.undone_at IS NULL AND c.state = e.to_state AND e.from_state <> ''"
            ),
            &[event],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
        )?;
        let Some((post, comment, from, to)) = found else { continue };
        let now = tx.now();
        tx.execute(sql!("UPDATE comments SET removed_as = NULL WHERE id = $1"), &[&comment])?;
        order::put(tx, comment, State::read(&from))?;
        tx.execute(sql!("UPDATE moderation_events SET undone_at = $1 WHERE id = $2"), &[&now, event])?;
        let kind = "decision undone";
        let event = Event { post, comment: Some(comment), actor: Some(by), kind, from: &to, to: &from, reason: "" };
        let event = note(tx, &event)?;
        super::service::learn(tx, comment, event, State::read(&to), State::read(&from))?;
        undone += 1;
    }
    Ok(undone)
}

/// A row of the queue.
pub struct Waiting {
    /// The comment.
    pub id: Key,
    /// Whose it is.
    pub author: Option<Key>,
    /// Title of its post.
    pub post: String,
    /// In its URL.
    pub slug: String,
    /// As shown.
    pub name: String,
    /// Without an account.
    pub guest: bool,
    /// Safe to show.
    pub html: String,
    /// Why it waits.
    pub reasons: Vec<String>,
    /// Reason and words of each.
    pub reports: Vec<(String, String)>,
    /// µs.
    pub at: i64,
    /// Approved before.
    pub before: i64,
}

/// A post that waits, or of which something is reported.
struct WaitingPost {
    id: Key,
    slug: String,
    title: String,
    name: String,
    excerpt: String,
    reasons: Vec<String>,
}

/// Posts that wait.
const HELD_POSTS: Sql = sql!(
    "SELECT s.id, s.slug, s.title, COALESCE(NULLIF(s.author_name, ''), p.name, ''), s.excerpt, s.held_for, '', ''
     FROM posts s LEFT JOIN parties p ON p.id = s.author_id
     WHERE s.state = 'held' ORDER BY s.created_at, s.id LIMIT 100"
);

/// Posts of which something is reported, a row for each report.
const REPORTED_POSTS: Sql = sql!(
    "SELECT s.id, s.slug, s.title, COALESCE(NULLIF(s.author_name, ''), p.name, ''), s.excerpt, s.held_for, r.reason, r.words
     FROM reports r JOIN posts s ON s.id = r.post_id LEFT JOIN parties p ON p.id = s.author_id
     WHERE r.closed_at IS NULL AND r.comment_id IS NULL ORDER BY s.created_at, s.id, r.at LIMIT 100"
);

fn waiting_posts(tx: &mut Tx<'_>, reported: bool) -> Result<Vec<WaitingPost>> {
    let rows = tx.rows(if reported { REPORTED_POSTS } else { HELD_POSTS }, &[], |r| {
        let (held_for, reason, words): (String, String, String) = (r.get(5)?, r.get(6)?, r.get(7)?);
        let mut reasons: Vec<String> = held_for.lines().map(str::to_owned).collect();
        if reported {
            reasons = vec![format!("reported: {}", reason_words(&reason))];
            if !words.is_empty() {
                reasons.push(format!("“{words}”"));
            }
        }
        Ok(WaitingPost {
            id: r.get(0)?,
            slug: r.get(1)?,
            title: r.get(2)?,
            name: r.get(3)?,
            excerpt: r.get(4)?,
            reasons,
        })
    })?;
    let mut posts: Vec<WaitingPost> = Vec::new();
    for row in rows {
        match posts.last_mut().filter(|last| last.id == row.id) {
            // Only reports make several rows of one post.
            Some(last) => last.reasons.extend(if reported { row.reasons } else { Vec::new() }),
            None => posts.push(row),
        }
    }
    Ok(posts)
}

/// A reason for a report as pages say it.
fn reason_words(stored: &str) -> &'static str {
    super::edit::REASONS.iter().find(|(value, _)| *value == stored).map_or("", |(_, words)| *words)
}

#[derive(Template)]
#[template(path = "conversations/moderation.html")]
struct Queue {
    frame: Frame,
    tab: &'static str,
    rows: Vec<Waiting>,
    total: i64,
    page: i64,
    pages: i64,
    reported: i64,
    held: i64,
    posts: Vec<WaitingPost>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    tab: String,
    page: i64,
}

/// The kinds of things there are to look at, as sent and as shown.
pub const TABS: [(&str, &str); 5] =
    [("held", "Waiting"), ("reported", "Reported"), ("spam", "Spam"), ("trash", "Trash"), ("removed", "Removed")];

async fn queue(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response> {
    let tab = TABS.iter().find(|(name, _)| *name == asked.tab).map_or("held", |(name, _)| *name);
    let page = asked.page.max(1);
    let (frame, (rows, total, held, reported, posts)) = visitor
        .read(move |tx, reader| {
            moderator(reader)?;
            let reported: i64 = tx
                .value(
                    sql!("SELECT COUNT(DISTINCT COALESCE(comment_id, post_id)) FROM reports WHERE closed_at IS NULL"),
                    &[],
                )?
                .unwrap_or(0);
            let held: i64 =
                tx.value(sql!("SELECT COUNT(*) FROM comments WHERE state = 'held'"), &[])?.unwrap_or(0);
            let total = match tab {
                "held" => held,
                "reported" => tx
                    .value(
                        sql!(
                            "SELECT COUNT(DISTINCT comment_id) FROM reports WHERE closed_at IS NULL AND comment_id IS NOT NULL"
                        ),
                        &[],
                    )?
                    .unwrap_or(0),
                state => {
                    tx.value(COUNTED, &[&state])?.unwrap_or(0)
                }
            };
            let posts = match tab {
                "held" => waiting_posts(tx, false)?,
                "reported" => waiting_posts(tx, true)?,
                _ => Vec::new(),
            };
            Ok((waiting(tx, tab, (page - 1) * ROWS, ROWS)?, total, held, reported, posts))
        })
        .await?;
    let pages = total.max(1).div_euclid(ROWS) + i64::from(total % ROWS > 0 || total == 0);
    visitor.visit.html(&Queue { frame, tab, rows, total, page, pages, reported, held, posts })
}

/// Comments in a state. The second condition is the index's: without it neither engine uses an index of some rows for a
/// state it does not know yet.
const COUNTED: Sql = sql!("SELECT COUNT(*) FROM comments WHERE state = $1 AND state <> 'approved'");

/// Comments in a state, oldest first.
const WAITING: Sql = sql!(
    "SELECT c.id, s.title, s.slug, COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.author_id,
       c.browser_id, c.html, c.held_for, c.created_at,
       (SELECT COUNT(*) FROM comments o WHERE o.author_id = c.author_id AND o.state = 'approved')
     FROM comments c JOIN posts s ON s.id = c.post_id LEFT JOIN parties p ON p.id = c.author_id
     WHERE c.state = $3 AND c.state <> 'approved'
     ORDER BY c.created_at, c.id LIMIT $1 OFFSET $2"
);

/// Comments of which something is reported, oldest first.
const REPORTED: Sql = sql!(
    "SELECT c.id, s.title, s.slug, COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.author_id,
       c.browser_id, c.html, c.held_for, c.created_at,
       (SELECT COUNT(*) FROM comments o WHERE o.author_id = c.author_id AND o.state = 'approved')
     FROM (SELECT DISTINCT comment_id FROM reports WHERE closed_at IS NULL) r JOIN comments c ON c.id = r.comment_id
       JOIN posts s ON s.id = c.post_id LEFT JOIN parties p ON p.id = c.author_id
     ORDER BY c.created_at, c.id LIMIT $1 OFFSET $2"
);

/// Comments of a tab, oldest first.
///
/// # Errors
/// The database's.
pub fn waiting(tx: &mut Tx<'_>, tab: &str, first: i64, rows: i64) -> Result<Vec<Waiting>> {
    let (statement, params): (Sql, &[&dyn Bind]) =
        if tab == "reported" { (REPORTED, &[&rows, &first]) } else { (WAITING, &[&rows, &first, &tab]) };
    let mut rows = tx.rows(statement, params, |r| {
        let party: Option<Key> = r.get(4)?;
        let browser: Option<Key> = r.get(5)?;
        let guest = browser.is_some() || party.is_none();
        Ok(Waiting {
            id: r.get(0)?,
            author: party,
            post: r.get(1)?,
            slug: r.get(2)?,
            name: r.get(3)?,
            guest,
            html: r.get(6)?,
            reasons: r.get::<String>(7)?.lines().map(str::to_owned).collect(),
            reports: Vec::new(),
            at: r.get(8)?,
            before: r.get(9)?,
        })
    })?;
    let ids: Vec<Key> = rows.iter().map(|r| r.id).collect();
    let reports = tx.rows_in(
        sql!("SELECT comment_id, reason, words FROM reports WHERE closed_at IS NULL AND comment_id IN ($list) ORDER BY at"),
        &[],
        &ids,
        |r| Ok((r.get::<Key>(0)?, r.get::<String>(1)?, r.get::<String>(2)?)),
    )?;
    for (id, reason, words) in reports {
        let reason = reason_words(&reason);
        if let Some(row) = rows.iter_mut().find(|r| r.id == id) {
            row.reports.push((reason.to_owned(), words));
        }
    }
    Ok(rows)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Decision {
    comment: Vec<Key>,
    to: String,
    tab: String,
    next: String,
    reason: String,
}

/// The state a decision leads to.
///
/// # Errors
/// [`Error::BadRequest`] for none.
pub fn state(to: &str) -> Result<State> {
    match to {
        "approved" => Ok(State::Approved),
        "held" => Ok(State::Held),
        "spam" => Ok(State::Spam),
        "removed" => Ok(State::Removed),
        _ => Err(Error::BadRequest("Please choose what is to happen.".into())),
    }
}

fn said(to: State, n: usize) -> String {
    let what = say::count(n, "comment");
    match to {
        State::Approved => format!("{what} published."),
        State::Held => format!("{what} held back."),
        State::Spam => format!("{what} called spam."),
        _ => format!("{what} removed."),
    }
}

fn undo_path(events: &[Key], next: &str) -> String {
    let ids: Vec<String> = events.iter().map(Key::to_string).collect();
    format!("/moderation/decisions/undoing?events={}&next={}", ids.join("."), crate::router::url_encode(next))
}

async fn decide_many(visitor: Visitor, Form(form): Form<Decision>) -> Result<Response> {
    only_moderators(&visitor).await?;
    let back = format!("/moderation?tab={}", TABS.iter().find(|(n, _)| *n == form.tab).map_or("held", |(n, _)| *n));
    if form.comment.is_empty() {
        return Ok(visitor.visit.see(&back, "Nothing was ticked, so nothing was done."));
    }
    let to = state(&form.to)?;
    let events = visitor
        .write(move |tx, reader| {
            let me = moderator(reader)?;
            let mut events = Vec::new();
            for comment in form.comment.iter().take(100) {
                match decide(tx, me, *comment, to, &form.reason) {
                    Ok(event) => events.push(event),
                    // Decided meanwhile, or gone: the others still count.
                    Err(Error::Conflict(_) | Error::NotFound) => {}
                    Err(other) => return Err(other),
                }
            }
            Ok(events)
        })
        .await?;
    // The cookie that carries the undo has room for so many.
    let undo = undo_path(&events[..events.len().min(25)], &back);
    Ok(visitor.visit.see_with_undo(&back, &said(to, events.len()), &undo))
}

/// Where to go on after a decision.
fn back(next: &str) -> String {
    if next.is_empty() { "/moderation".to_owned() } else { crate::page::own_path(next).to_owned() }
}

const LEFT: &str = "Left as it is; the reports are answered.";

async fn decide_one(visitor: Visitor, Path(id): Path<Key>, Form(form): Form<Decision>) -> Result<Response> {
    only_moderators(&visitor).await?;
    let back = back(&form.next);
    if form.to == "left" {
        visitor.write(move |tx, reader| leave(tx, moderator(reader)?, None, Some(id))).await?;
        return Ok(visitor.visit.see(&back, LEFT));
    }
    let to = state(&form.to)?;
    let event = visitor.write(move |tx, reader| decide(tx, moderator(reader)?, id, to, &form.reason)).await?;
    Ok(visitor.visit.see_with_undo(&back, &said(to, 1), &undo_path(&[event], &back)))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Undone {
    events: String,
    next: String,
}

async fn undo_many(visitor: Visitor, Query(undone): Query<Undone>) -> Result<Response> {
    let back = crate::page::own_path(&undone.next).to_owned();
    let events: Vec<Key> = undone.events.split('.').filter_map(|e| e.parse().ok()).collect();
    let n = visitor.write(move |tx, reader| undo(tx, moderator(reader)?, &events)).await?;
    Ok(visitor.visit.see(&back, if n == 0 { "There was nothing left to undo." } else { "Undone: all as before." }))
}

/// Moves a post to a state; returns the event by which it can be undone.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it is there already.
pub fn decide_of_post(tx: &mut Tx<'_>, by: Key, post: Key, to: State, reason: &str) -> Result<Key> {
    let to = if to == State::Approved { "published" } else { to.as_str() };
    let now = tx.now();
    let event = super::posts::put(tx, by, post, to, reason)?;
    close_reports(tx, by, now, post, None)?;
    Ok(event)
}

async fn decide_post(visitor: Visitor, Path(id): Path<Key>, Form(form): Form<Decision>) -> Result<Response> {
    only_moderators(&visitor).await?;
    let back = back(&form.next);
    if form.to == "left" {
        visitor.write(move |tx, reader| leave(tx, moderator(reader)?, Some(id), None)).await?;
        return Ok(visitor.visit.see(&back, LEFT));
    }
    let to = state(&form.to)?;
    let event = visitor.write(move |tx, reader| decide_of_post(tx, moderator(reader)?, id, to, &form.reason)).await?;
    let words = match to {
        State::Approved => "The post is published.",
        State::Held => "The post is held back.",
        State::Spam => "The post is called spam.",
        _ => "The post is removed.",
    };
    Ok(visitor.visit.see_with_undo(&back, words, &undo_path(&[event], &back)))
}

/// Keeps somebody from writing for now; they are told when they try, with the reason.
///
/// # Errors
/// [`Error::Forbidden`] for a moderator.
pub fn block_author(tx: &mut Tx<'_>, by: Key, party: Key, reason: &str) -> Result<()> {
    if super::is_moderator(tx, Some(party))? {
        return Err(Error::Forbidden("A moderator cannot be blocked; an admin can end the role first.".into()));
    }
    let exists: Option<Key> = tx.value(sql!("SELECT id FROM parties WHERE id = $1"), &[&party])?;
    exists.ok_or(Error::NotFound)?;
    let (id, now, reason) = (tx.id(), tx.now(), formats::text::clean_line(&say::shorten(reason, 300)));
    tx.execute(
        sql!("INSERT INTO author_blocks (id, party_id, by_id, reason, at) VALUES ($1, $2, $3, $4, $5)"),
        &[&id, &party, &by, &reason, &now],
    )?;
    log_block(tx, by, party, "blocked", &reason)
}

fn log_block(tx: &mut Tx<'_>, by: Key, party: Key, kind: &str, reason: &str) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    let name: String = tx.value(sql!("SELECT name FROM parties WHERE id = $1"), &[&party])?.unwrap_or_default();
    let reason = if reason.is_empty() { name } else { format!("{name}: {reason}") };
    tx.execute(
        sql!(
            "INSERT INTO moderation_events (id, actor_id, kind, from_state, to_state, reason, at)
             VALUES ($1, $2, $3, '', '', $4, $5)"
        ),
        &[&id, &by, &kind, &reason, &now],
    )?;
    Ok(())
}

async fn block(visitor: Visitor, Path(party): Path<Key>, Form(form): Form<Decision>) -> Result<Response> {
    visitor.write(move |tx, reader| block_author(tx, moderator(reader)?, party, &form.reason)).await?;
    let undo = format!("/moderation/blocks/{party}/lifting");
    Ok(visitor.visit.see_with_undo("/moderation", "Blocked: they cannot write here for now, and are told so.", &undo))
}

/// Lets somebody write again.
///
/// # Errors
/// [`Error::NotFound`] for somebody who is not blocked.
pub fn lift_block(tx: &mut Tx<'_>, by: Key, party: Key) -> Result<()> {
    let now = tx.now();
    let lifted = tx.execute(
        sql!("UPDATE author_blocks SET lifted_at = $1 WHERE party_id = $2 AND lifted_at IS NULL"),
        &[&now, &party],
    )?;
    if lifted == 0 { Err(Error::NotFound) } else { log_block(tx, by, party, "unblocked", "") }
}

async fn lift(visitor: Visitor, Path(party): Path<Key>) -> Result<Response> {
    visitor.write(move |tx, reader| lift_block(tx, moderator(reader)?, party)).await?;
    Ok(visitor.visit.see("/moderation", "They may write again."))
}

/// A line of the log.
pub struct Line {
    /// The event: what a decision is undone by.
    pub id: Key,
    /// µs.
    pub at: i64,
    /// By whom; empty: by a rule.
    pub who: String,
    /// What was decided, in words.
    pub kind: String,
    /// Why, as typed.
    pub reason: String,
    /// Which comment, where it is about one.
    pub comment: Option<Key>,
    /// Of the post.
    pub title: String,
    /// Of the post; empty where there is none.
    pub slug: String,
    /// Taken back since.
    pub undone: bool,
}

/// The log, newest first: `rows` after a line or, for pages with numbers, after so many.
///
/// # Errors
/// The database's.
pub fn log_lines(tx: &mut Tx<'_>, after: Option<Key>, first: i64, rows: i64) -> Result<Vec<Line>> {
    Ok(tx.rows(
        sql!(
            "SELECT e.at, COALESCE(p.name, ''), e.kind, e.reason, e.comment_id, COALESCE(s.title, ''),
               COALESCE(s.slug, ''), e.undone_at, e.id
             FROM moderation_events e LEFT JOIN parties p ON p.id = e.actor_id LEFT JOIN posts s ON s.id = e.post_id
             WHERE CAST($1 AS UUID) IS NULL
               OR (e.at, e.id) < (SELECT c.at, c.id FROM moderation_events c WHERE c.id = $1)
             ORDER BY e.at DESC, e.id DESC LIMIT $2 OFFSET $3"
        ),
        &[&after, &rows, &first],
        |r| {
            Ok(Line {
                at: r.get(0)?,
                who: r.get(1)?,
                kind: r.get(2)?,
                reason: r.get(3)?,
                comment: r.get(4)?,
                title: r.get(5)?,
                slug: r.get(6)?,
                undone: r.get::<Option<i64>>(7)?.is_some(),
                id: r.get(8)?,
            })
        },
    )?)
}

/// Who may not write for now, the latest first: party, name, reason, when.
///
/// # Errors
/// The database's.
pub fn blocked(tx: &mut Tx<'_>) -> Result<Vec<(Key, String, String, i64)>> {
    Ok(tx.rows(
        sql!(
            "SELECT b.party_id, p.name, b.reason, b.at FROM author_blocks b JOIN parties p ON p.id = b.party_id
             WHERE b.lifted_at IS NULL ORDER BY b.at DESC LIMIT 100"
        ),
        &[],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )?)
}

impl Line {
    /// What somebody did, before what they did it to. The words as stored where a sentence needs no others.
    fn did(&self) -> &str {
        match self.kind.as_str() {
            "posted" => "wrote",
            "edited" => "corrected",
            "held" => "held back",
            "spam" | "trash" => "threw away as spam",
            "removed" => "took away",
            "deleted by its author" => "deleted their own",
            "restored" | "put back by its author" => "put back",
            "confirmed by its author" => "confirmed",
            "locked" => "closed",
            "unlocked" => "opened again",
            "rules changed" => "changed the rules",
            "blocked" => "blocked somebody from writing",
            "unblocked" => "let somebody write again",
            "decision undone" => "took back the decision on",
            "reports answered: left as it is" => "answered the reports and left as it is",
            "group reviewed" => "reviewed a group in",
            kind => kind,
        }
    }
}

#[derive(Template)]
#[template(path = "conversations/log.html")]
struct Log {
    frame: Frame,
    lines: Vec<Line>,
    page: i64,
    more: bool,
    blocked: Vec<(Key, String, String, i64)>,
}

async fn log(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response> {
    let page = asked.page.clamp(1, 10_000);
    let (frame, (mut lines, blocked)) = visitor
        .read(move |tx, reader| {
            moderator(reader)?;
            Ok((log_lines(tx, None, (page - 1) * ROWS, ROWS + 1)?, blocked(tx)?))
        })
        .await?;
    let rows = usize::try_from(ROWS).unwrap_or(25);
    let more = lines.len() > rows;
    lines.truncate(rows);
    visitor.visit.html(&Log { frame, lines, page, more, blocked })
}

#[derive(Template)]
#[template(path = "conversations/rules.html")]
struct RulesPage {
    frame: Frame,
    errors: Errors,
    rules: Rules,
}

impl RulesPage {
    fn first(&self, value: &str) -> bool {
        value
            == match self.rules.hold_first {
                First::Nobody => "nobody",
                First::Guests => "guests",
                First::Everybody => "everybody",
            }
    }
}

async fn rules_form(visitor: Visitor) -> Result<Response> {
    let (frame, rules) = visitor
        .read(|tx, reader| {
            moderator(reader)?;
            Rules::read(tx)
        })
        .await?;
    visitor.visit.html(&RulesPage { frame, errors: Errors::default(), rules })
}

async fn set_rules(visitor: Visitor, Form(fields): Form<Vec<(String, String)>>) -> Result<Response> {
    only_moderators(&visitor).await?;
    let mut rules = Rules::from_form(&fields);
    match Errors::split(super::service::address(&rules.spam_url))? {
        Ok(address) => rules.spam_url = address,
        Err(errors) => {
            let page = RulesPage { frame: visitor.visit.frame().await?, errors, rules };
            return visitor.visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    }
    visitor
        .write(move |tx, reader| {
            let me = moderator(reader)?;
            keep_rules(tx, me, &rules)
        })
        .await?;
    Ok(visitor.visit.see("/moderation/rules", "The rules hold from now on."))
}

/// Sets the rules, and notes in the log who did.
///
/// # Errors
/// The database's.
pub fn keep_rules(tx: &mut Tx<'_>, by: Key, rules: &Rules) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    rules.write(tx)?;
    tx.execute(
        sql!(
            "INSERT INTO moderation_events (id, actor_id, kind, from_state, to_state, reason, at)
             VALUES ($1, $2, 'rules changed', '', '', '', $3)"
        ),
        &[&id, &by, &now],
    )?;
    Ok(())
}

#[derive(Template)]
#[template(path = "conversations/by_letter.html")]
struct ByLetter {
    frame: Frame,
    token: String,
    answer: String,
    title: String,
    name: String,
    html: String,
    state: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answered {
    answer: String,
}

/// The comment a moderator's link is about: title, name, html, state.
fn by_link(tx: &mut Tx<'_>, token: &str) -> Result<(links::Link, [String; 4])> {
    let link = links::open(tx, "moderation", token)?;
    if !super::is_moderator(tx, Some(link.party))? {
        return Err(Error::NotFound);
    }
    let found = tx.row(
        sql!(
            "SELECT s.title, COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.html, c.state FROM comments c
               JOIN posts s ON s.id = c.post_id LEFT JOIN parties p ON p.id = c.author_id WHERE c.id = $1"
        ),
        &[&link.subject],
        |r| Ok([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?]),
    )?;
    Ok((link, found.ok_or(Error::NotFound)?))
}

async fn by_letter(visitor: Visitor, Path(token): Path<String>, Query(asked): Query<Answered>) -> Result<Response> {
    let kept = token.clone();
    let (frame, [title, name, html, state]) = visitor.read(move |tx, _| Ok(by_link(tx, &kept)?.1)).await?;
    let answer = if asked.answer == "spam" { "spam" } else { "approved" }.to_owned();
    visitor.visit.html(&ByLetter { frame, token, answer, title, name, html, state })
}

async fn decide_by_letter(visitor: Visitor, Path(token): Path<String>, Form(form): Form<Answered>) -> Result<Response> {
    let to = state(&form.answer)?;
    let back = format!("/moderation/links/{token}");
    visitor
        .write(move |tx, _| {
            let (link, _) = by_link(tx, &token)?;
            decide(tx, link.party, link.subject, to, "by letter")
        })
        .await?;
    Ok(visitor.visit.see(&back, &said(to, 1)))
}

#[cfg(test)]
mod tests {
    //! No page of the queue reads all comments: each tab's statement finds its rows by an index.

    use super::{COUNTED, HELD_POSTS, REPORTED, REPORTED_POSTS, WAITING};
    use crate::testing::on_both;
    use store::{Bind, Sql};

    #[test]
    fn each_tab_is_looked_up_by_an_index() {
        let cases: [(Sql, &[&dyn Bind], &str); 5] = [
            (COUNTED, &[&"spam"], "comments_waiting"),
            (WAITING, &[&25i64, &0i64, &"removed"], "comments_waiting"),
            (REPORTED, &[&25i64, &0i64], "reports_open"),
            (HELD_POSTS, &[], "posts_active"),
            (REPORTED_POSTS, &[], "reports_open"),
        ];
        on_both(|db| {
            let postgres = !db.is_embedded();
            db.write_here(|tx| {
                if postgres {
                    // Tables this small are read whole otherwise.
                    tx.execute(Sql::new("SET LOCAL enable_seqscan = off"), &[])?;
                }
                for (statement, params, index) in cases {
                    let how = if postgres { "EXPLAIN " } else { "EXPLAIN QUERY PLAN " };
                    let text = Sql::new(String::leak(format!("{how}{}", statement.text())));
                    let plan: Vec<String> = tx.rows(text, params, |r| r.get(if postgres { 0 } else { 3 }))?;
                    let plan = plan.join("\n");
                    assert!(plan.contains(index) && !plan.contains("SCAN c") && !plan.contains("Seq Scan"), "{plan}");
                }
                Ok::<_, crate::error::Error>(())
            })
            .unwrap();
        });
    }
}
