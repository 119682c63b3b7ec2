//! The log: what was decided, by whom and why.

use super::{ROWS, TABS, blocked, moderator};
use crate::app::App;
use crate::conversations::visitor::Visitor;
use crate::error::Result;
use crate::key::Key;
use crate::page::Frame;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use store::{Tx, sql};

/// `/moderation/log`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/moderation/log", get(log))
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

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    page: i64,
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
