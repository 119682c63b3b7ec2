//! Atom feeds of what people signed out may read: everything, one conversation, one person.

use super::visitor::{Reader, Visitor};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::path::Path;
use crate::say;
use askama::Template;
use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::tz::TimeZone;
use store::{Row, Tx, sql};

/// Entries of a feed.
const ENTRIES: i64 = 50;

/// `…/feed.atom`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/conversations/feed.atom", get(everything))
        .route("/conversations/{slug}/feed.atom", get(of_post))
        .route("/people/{handle}/feed.atom", get(of_person))
}

/// Something somebody said.
struct Entry {
    id: Key,
    title: String,
    name: String,
    link: String,
    html: String,
    at: i64,
    updated: i64,
}

impl Entry {
    fn time(at: &i64) -> String {
        say::machine(at, &TimeZone::UTC)
    }
}

#[derive(Template)]
#[template(path = "conversations/feed.xml")]
struct Feed {
    base: String,
    title: String,
    path: String,
    page: String,
    entries: Vec<Entry>,
    updated: i64,
}

/// Characters that XML has no place for.
fn legal(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

fn comment(r: &Row<'_>) -> store::Result<Entry> {
    let (id, slug, title): (Key, String, String) = (r.get(0)?, r.get(1)?, r.get(2)?);
    Ok(Entry {
        id,
        title: legal(&format!("On {title}")),
        name: legal(&r.get::<String>(3)?),
        link: format!("/conversations/{slug}/comments/{id}"),
        html: legal(&r.get::<String>(4)?),
        at: r.get(5)?,
        updated: r.get::<Option<i64>>(6)?.unwrap_or(r.get(5)?),
    })
}

fn posts(tx: &mut Tx<'_>, author: Option<Key>) -> Result<Vec<Entry>> {
    Ok(tx.rows(
        sql!(
            "SELECT s.id, s.slug, s.title, COALESCE(NULLIF(s.author_name, ''), p.name, ''), s.html, s.created_at, s.edited_at
             FROM posts s LEFT JOIN parties p ON p.id = s.author_id
             WHERE s.state = 'published' AND s.visibility = 'public' AND (s.author_id = $1 OR $1 IS NULL)
             ORDER BY s.created_at DESC, s.id DESC LIMIT $2"
        ),
        &[&author, &ENTRIES],
        |r| {
            Ok(Entry {
                id: r.get(0)?,
                title: legal(&r.get::<String>(2)?),
                name: legal(&r.get::<String>(3)?),
                link: format!("/conversations/{}", r.get::<String>(1)?),
                html: legal(&r.get::<String>(4)?),
                at: r.get(5)?,
                updated: r.get::<Option<i64>>(6)?.unwrap_or(r.get(5)?),
            })
        },
    )?)
}

fn comments(tx: &mut Tx<'_>, author: Option<Key>) -> Result<Vec<Entry>> {
    // Two statements, for two indexes: what is newest of all, and what one person wrote.
    let rows = match author {
        None => tx.rows(
            sql!(
                "SELECT c.id, s.slug, s.title, COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.html, c.created_at, c.edited_at
                 FROM comments c CROSS JOIN posts s LEFT JOIN parties p ON p.id = c.author_id
                 WHERE c.state = 'approved' AND s.id = c.post_id AND s.state = 'published' AND s.visibility = 'public'
                 ORDER BY c.created_at DESC, c.id DESC LIMIT $1"
            ),
            &[&ENTRIES],
            comment,
        ),
        Some(author) => tx.rows(
            sql!(
                "SELECT c.id, s.slug, s.title, COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.html, c.created_at, c.edited_at
                 FROM comments c CROSS JOIN posts s LEFT JOIN parties p ON p.id = c.author_id
                 WHERE c.state = 'approved' AND s.id = c.post_id AND s.state = 'published' AND s.visibility = 'public'
                   AND c.author_id = $1 AND c.browser_id IS NULL
                 ORDER BY c.created_at DESC, c.id DESC LIMIT $2"
            ),
            &[&author, &ENTRIES],
            comment,
        ),
    };
    Ok(rows?)
}

fn newest(mut all: Vec<Entry>) -> Vec<Entry> {
    all.sort_by_key(|e| std::cmp::Reverse((e.at, e.id)));
    all.truncate(usize::try_from(ENTRIES).unwrap_or(50));
    all
}

fn answer(app: &App, title: String, path: String, page: String, entries: Vec<Entry>, began: i64) -> Result<Response> {
    let updated = entries.iter().map(|e| e.updated).max().unwrap_or(began);
    let feed = Feed { base: app.site.public_url.clone(), title: legal(&title), path, page, entries, updated };
    let text = feed.render().map_err(|e| Error::Internal(e.into()))?;
    let headers =
        [(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, text).into_response())
}

/// A feed reader is nobody: it gets what signed-out people get.
fn as_nobody(reader: &Reader) -> Result<()> {
    if reader.who.open { Ok(()) } else { Err(Error::NotFound) }
}

async fn everything(visitor: Visitor) -> Result<Response> {
    let (frame, entries) = visitor
        .read(|tx, reader| {
            as_nobody(reader)?;
            let mut all = posts(tx, None)?;
            all.extend(comments(tx, None)?);
            Ok(newest(all))
        })
        .await?;
    let title = format!("Conversations on {}", frame.network);
    answer(&visitor.visit.app, title, "/conversations/feed.atom".into(), "/conversations".into(), entries, 0)
}

async fn of_post(visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let page = format!("/conversations/{slug}");
    let (_, (title, began, entries)) = visitor
        .read(move |tx, reader| {
            as_nobody(reader)?;
            let found: Option<(Key, String, i64)> = tx.row(
                sql!(
                    "SELECT id, title, created_at FROM posts WHERE slug = $1 AND state = 'published' AND visibility = 'public'"
                ),
                &[&slug],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
            )?;
            let (post, title, began) = found.ok_or(Error::NotFound)?;
            let entries = tx.rows(
                sql!(
                    "SELECT c.id, s.slug, s.title, COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.html, c.created_at,
                       c.edited_at
                     FROM comments c JOIN posts s ON s.id = c.post_id LEFT JOIN parties p ON p.id = c.author_id
                     WHERE c.post_id = $1 AND c.state = 'approved' ORDER BY c.number DESC LIMIT $2"
                ),
                &[&post, &ENTRIES],
                comment,
            )?;
            Ok((title, began, entries))
        })
        .await?;
    answer(&visitor.visit.app, title, format!("{page}/feed.atom"), page, entries, began)
}

async fn of_person(visitor: Visitor, Path(handle): Path<String>) -> Result<Response> {
    let page = format!("/people/{handle}");
    let (_, (name, joined, entries)) = visitor
        .read(move |tx, reader| {
            as_nobody(reader)?;
            let person = crate::people::by_handle(tx, &reader.who, &handle)?;
            if !person.is_public {
                return Err(Error::NotFound);
            }
            let mut all = posts(tx, Some(person.id))?;
            all.extend(comments(tx, Some(person.id))?);
            Ok((person.name, person.joined_at, newest(all)))
        })
        .await?;
    answer(&visitor.visit.app, name, format!("{page}/feed.atom"), page, entries, joined)
}
