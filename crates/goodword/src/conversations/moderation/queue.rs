//! The queue: what waits, why, and what is decided about it, one by one or together.

use super::{ROWS, State, decide, decide_of_post, leave, moderator, only_moderators, said, state, undo};
use crate::app::App;
use crate::conversations::visitor::Visitor;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::Frame;
use crate::path::Path;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;
use store::{Bind, Sql, Tx, sql};

/// `/moderation`, and the decisions made there.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/moderation", get(queue).post(decide_many))
        .route("/moderation/comments/{id}", post(decide_one))
        .route("/moderation/posts/{id}", post(decide_post))
        .route("/moderation/decisions/undoing", post(undo_many))
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
    crate::conversations::edit::REASONS.iter().find(|(value, _)| *value == stored).map_or("", |(_, words)| *words)
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

fn undo_path(events: &[Key], next: &str) -> String {
    let ids: Vec<String> = events.iter().map(Key::to_string).collect();
    format!("/moderation/decisions/undoing?events={}&next={}", ids.join("."), crate::router::url_encode(next))
}

/// Where to go on after a decision.
fn back(next: &str) -> String {
    if next.is_empty() { "/moderation".to_owned() } else { crate::page::own_path(next).to_owned() }
}

const LEFT: &str = "Left as it is; the reports are answered.";

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
