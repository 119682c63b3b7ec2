//! The list of conversations: newest activity first, searched by words, narrowed by tag.

use super::visitor::Visitor;
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::page::Frame;
use crate::people::pattern;
use crate::router::url_encode;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use store::{Tx, sql};

/// Rows on a page.
const ROWS: i64 = 25;

/// `/conversations`.
pub fn routes() -> Router<App> {
    Router::new().route("/conversations", get(show))
}

/// What is searched for: all of it in the URL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    /// Words of the title or the post.
    pub q: String,
    /// A tag's slug.
    pub tag: String,
    /// `active` (the default) or `new`.
    pub sort: String,
    /// From 1.
    pub page: i64,
}

impl Search {
    fn is_narrowed(&self) -> bool {
        !(self.q.trim().is_empty() && self.tag.is_empty())
    }

    fn url(&self, page: i64) -> String {
        let mut parts: Vec<String> = [("q", &self.q), ("tag", &self.tag), ("sort", &self.sort)]
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", url_encode(value)))
            .collect();
        if page > 1 {
            parts.push(format!("page={page}"));
        }
        if parts.is_empty() { "/conversations".into() } else { format!("/conversations?{}", parts.join("&")) }
    }

    fn tagged(&self, tag: &str) -> String {
        Self { tag: tag.to_owned(), page: 0, ..self.clone() }.url(1)
    }

    fn sorted(&self, sort: &str) -> String {
        Self { sort: sort.to_owned(), page: 0, ..self.clone() }.url(1)
    }
}

/// One row.
#[derive(Clone, Debug)]
pub struct Listed {
    /// In its URL.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// First words.
    pub excerpt: String,
    /// `discussion`, `review`, `page`.
    pub kind: String,
    /// Whoever began it.
    pub name: String,
    /// Approved ones.
    pub comments: i64,
    /// µs.
    pub active_at: i64,
    /// For members only.
    pub members_only: bool,
    /// Comments since the reader's last visit.
    pub new: i64,
}

/// A page of posts this reader may see, and how many there are in all.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, me: Option<Key>, search: &Search, first: i64, rows: i64) -> Result<(i64, Vec<Listed>)> {
    let member = me.is_some();
    let q = pattern(&formats::name::fold(&search.q));
    let total = tx
        .value::<i64>(
            sql!(
                "SELECT COUNT(*) FROM posts s WHERE s.state = 'published' AND ($1 OR s.visibility = 'public')
                   AND ($2 = '' OR s.folded LIKE $2 ESCAPE '!')
                   AND ($3 = '' OR EXISTS (SELECT 1 FROM post_tags x JOIN tags t ON t.id = x.tag_id
                                           WHERE x.post_id = s.id AND t.slug = $3))"
            ),
            &[&member, &q, &search.tag],
        )?
        .unwrap_or(0);
    let by_age = search.sort == "new";
    let posts = tx.rows(
        sql!(
            "SELECT s.slug, s.title, s.excerpt, s.kind, COALESCE(NULLIF(s.author_name, ''), p.name, ''), s.comments,
               s.active_at, s.visibility = 'members',
               (SELECT COUNT(*) FROM comments c JOIN post_visits v ON v.post_id = c.post_id AND v.party_id = $6
                WHERE c.post_id = s.id AND c.state = 'approved' AND c.created_at > v.seen_at AND c.author_id <> $6)
             FROM posts s LEFT JOIN parties p ON p.id = s.author_id
             WHERE s.state = 'published' AND ($1 OR s.visibility = 'public')
               AND ($2 = '' OR s.folded LIKE $2 ESCAPE '!')
               AND ($3 = '' OR EXISTS (SELECT 1 FROM post_tags x JOIN tags t ON t.id = x.tag_id
                                       WHERE x.post_id = s.id AND t.slug = $3))
             ORDER BY CASE WHEN $7 THEN s.created_at ELSE s.active_at END DESC, s.id DESC LIMIT $4 OFFSET $5"
        ),
        &[&member, &q, &search.tag, &rows, &first, &me, &by_age],
        |r| {
            Ok(Listed {
                slug: r.get(0)?,
                title: r.get(1)?,
                excerpt: r.get(2)?,
                kind: r.get(3)?,
                name: r.get(4)?,
                comments: r.get(5)?,
                active_at: r.get(6)?,
                members_only: r.get(7)?,
                new: r.get(8)?,
            })
        },
    )?;
    Ok((total, posts))
}

/// The tags used most, with their counts.
fn common_tags(tx: &mut Tx<'_>, member: bool) -> Result<Vec<(String, String, i64)>> {
    Ok(tx.rows(
        sql!(
            "SELECT t.slug, t.name, COUNT(*) FROM tags t JOIN post_tags x ON x.tag_id = t.id JOIN posts s ON s.id = x.post_id
             WHERE s.state = 'published' AND ($1 OR s.visibility = 'public')
             GROUP BY t.slug, t.name ORDER BY COUNT(*) DESC, t.slug LIMIT 12"
        ),
        &[&member],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?)
}

#[derive(Template)]
#[template(path = "conversations/list.html")]
struct List {
    frame: Frame,
    search: Search,
    posts: Vec<Listed>,
    tags: Vec<(String, String, i64)>,
    total: i64,
    page: i64,
    pages: i64,
    moderator: bool,
    waiting: i64,
}

async fn show(visitor: Visitor, Query(mut search): Query<Search>) -> Result<Response> {
    search.q = formats::text::clean_line(formats::text::first_bytes(&search.q, 240));
    let page = search.page.clamp(1, 100_000);
    let wanted = search.clone();
    let (frame, (total, posts, tags, moderator, waiting)) = visitor
        .read(move |tx, reader| {
            reader.who.may_browse()?;
            let (total, posts) = find(tx, reader.who.id(), &wanted, (page - 1) * ROWS, ROWS)?;
            let tags = common_tags(tx, reader.who.member.is_some())?;
            let waiting: i64 = if reader.moderator {
                tx.value(sql!("SELECT COUNT(*) FROM comments WHERE state = 'held'"), &[])?.unwrap_or(0)
            } else {
                0
            };
            Ok((total, posts, tags, reader.moderator, waiting))
        })
        .await?;
    let pages = ((total + ROWS - 1) / ROWS).max(1);
    visitor.visit.html(&List { frame, search, posts, tags, total, page, pages, moderator, waiting })
}
