//! The rows an import writes.

use super::entry::{NewComment, NewPost, Origin};
use crate::error::Result;
use crate::key::Key;
use std::collections::{HashMap, HashSet};
use store::{Tx, sql};

/// Characters of a post's first words.
const EXCERPT: usize = 200;

/// The row something became in an earlier import, or earlier in this one.
pub fn known(tx: &mut Tx<'_>, origin: &Origin) -> Result<Option<Key>> {
    Ok(tx.value(
        sql!("SELECT row_id FROM origins WHERE site = $1 AND kind = $2 AND source_id = $3"),
        &[&origin.site, &origin.kind, &origin.id],
    )?)
}

fn remember(tx: &mut Tx<'_>, origin: &Origin, row: Key, url: &str) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO origins (site, kind, source_id, row_id, url, extra) VALUES ($1, $2, $3, $4, $5, '')
             ON CONFLICT (site, kind, source_id) DO NOTHING"
        ),
        &[&origin.site, &origin.kind, &origin.id, &row, &url],
    )?;
    Ok(())
}

fn made(tx: &mut Tx<'_>, import: Key, row: Key, kind: &str) -> Result<()> {
    tx.execute(sql!("INSERT INTO import_made (import_id, row_id, kind) VALUES ($1, $2, $3)"), &[&import, &row, &kind])?;
    Ok(())
}

/// Makes a post, unless it is here; says whether it is new.
///
/// # Errors
/// The database's.
pub fn add_post(tx: &mut Tx<'_>, import: Key, post: &NewPost) -> Result<bool> {
    if known(tx, &post.origin)?.is_some() {
        return Ok(false);
    }
    // A thread of Disqus belongs under the post of the same address.
    if post.origin.kind == "disqus thread" && !post.url.is_empty() {
        let same: Option<Key> =
            tx.value(sql!("SELECT row_id FROM origins WHERE kind = 'post' AND url = $1 LIMIT 1"), &[&post.url])?;
        if let Some(row) = same {
            remember(tx, &post.origin, row, &post.url)?;
            return Ok(false);
        }
    }
    let (row, now) = (Key(post.origin.row()), tx.now());
    let slug = crate::conversations::free_slug(tx, &post.slug, row)?;
    let (html, plain) = (formats::html::clean(&post.text), formats::html::plain(&post.text));
    let excerpt: String = plain.replace('\n', " ").chars().take(EXCERPT).collect();
    let folded = formats::name::fold(&format!("{} {plain}", post.title));
    let (at, locked_at) = (post.at.unwrap_or(now), post.is_locked.then_some(now));
    tx.execute(
        sql!(
            "INSERT INTO posts (id, slug, kind, author_name, author_email, author_url, title, format, text, html, excerpt,
               folded, visibility, state, held_for, locked_at, pings_open, comments, roots, last_number, created_at,
               active_at, version)
             VALUES ($1, $2, $3, $4, $5, '', $6, 'html', $7, $8, $9, $10, 'public', $11, '', $12, $13, 0, 0, 0, $14, $14, 1)"
        ),
        &[
            &row, &slug, &post.kind, &post.author, &post.email, &post.title, &post.text, &html, &excerpt, &folded,
            &post.state, &locked_at, &post.pings_open, &at,
        ],
    )?;
    for (kind, slug, name) in &post.terms {
        add_term(tx, row, kind, slug, name)?;
    }
    remember(tx, &post.origin, row, &post.url)?;
    made(tx, import, row, "post")?;
    Ok(true)
}

fn add_term(tx: &mut Tx<'_>, post: Key, kind: &str, slug: &str, name: &str) -> Result<()> {
    let slug = if slug.is_empty() { formats::name::fold(name).replace(' ', "-") } else { slug.to_owned() };
    let id = Key(tx.id());
    tx.execute(
        sql!("INSERT INTO tags (id, kind, slug, name) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, slug) DO NOTHING"),
        &[&id, &kind, &slug, &name],
    )?;
    let tag: Option<Key> = tx.value(sql!("SELECT id FROM tags WHERE kind = $1 AND slug = $2"), &[&kind, &slug])?;
    tx.execute(
        sql!("INSERT INTO post_tags (post_id, tag_id) VALUES ($1, $2) ON CONFLICT (post_id, tag_id) DO NOTHING"),
        &[&post, &tag],
    )?;
    Ok(())
}

/// Adds comments that are not here yet, out of order: [`arrange_new`] finds their places. Says how many are new and how
/// many were here.
///
/// # Errors
/// The database's.
pub fn add_comments(
    tx: &mut Tx<'_>,
    import: Key,
    comments: &[NewComment],
    posts: &mut HashMap<Origin, (Key, i64)>,
) -> Result<(i64, i64)> {
    let Some(first) = comments.first() else { return Ok((0, 0)) };
    let ids: Vec<&str> = comments.iter().map(|c| c.origin.id.as_str()).collect();
    let here: Vec<(String, String)> = tx.rows_in(
        sql!("SELECT site, source_id FROM origins WHERE kind = $1 AND source_id IN ($list)"),
        &[&first.origin.kind],
        &ids,
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let here: HashSet<(String, String)> = here.into_iter().collect();
    let (mut new, mut already) = (0, 0);
    for comment in comments {
        if here.contains(&(comment.origin.site.clone(), comment.origin.id.clone())) {
            already += 1;
            continue;
        }
        let (post, written) = match posts.get(&comment.post) {
            Some(post) => *post,
            None => {
                let row = known(tx, &comment.post)?.ok_or(crate::error::Error::NotFound)?;
                let at = tx.value(sql!("SELECT created_at FROM posts WHERE id = $1"), &[&row])?;
                let found = (row, at.ok_or(crate::error::Error::NotFound)?);
                posts.insert(comment.post.clone(), found);
                found
            }
        };
        add_comment(tx, post, comment, comment.at.unwrap_or(written))?;
        made(tx, import, Key(comment.origin.row()), "comment")?;
        new += 1;
    }
    Ok((new, already))
}

fn add_comment(tx: &mut Tx<'_>, post: Key, comment: &NewComment, at: i64) -> Result<()> {
    let (row, parent) = (Key(comment.origin.row()), comment.parent.as_ref().map(|p| Key(p.row())));
    let html = formats::html::clean(&comment.text);
    // Number 0: has no place yet.
    tx.execute(
        sql!(
            "INSERT INTO comments (id, post_id, parent_id, number, root, path, depth, kind, author_name, author_email,
               author_url, format, text, html, state, held_for, shown, purpose, useful, replies, created_at, version)
             VALUES ($1, $11, $2, 0, 0, '', 0, $3, $4, $5, $6, 'html', $7, $8, $9, '', FALSE, 'comment', 0, 0, $10, 1)"
        ),
        &[
            &row,
            &parent,
            &comment.kind,
            &comment.author,
            &comment.email,
            &comment.url,
            &comment.text,
            &html,
            &comment.state,
            &at,
            &post,
        ],
    )?;
    remember(tx, &comment.origin, row, "")
}

/// Posts with comments that have no place yet.
///
/// # Errors
/// The database's.
pub fn unarranged(tx: &mut Tx<'_>) -> Result<Vec<Key>> {
    Ok(tx.rows(sql!("SELECT DISTINCT post_id FROM comments WHERE number = 0"), &[], |r| r.get(0))?)
}

/// Takes back everything a running import has made.
///
/// # Errors
/// The database's.
pub fn drop_made(tx: &mut Tx<'_>, import: Key) -> Result<()> {
    // Posts whose comments are not all from this import stay, and so do comments somebody has answered or moderated.
    let posts: Vec<Key> = tx.rows(
        sql!(
            "SELECT DISTINCT c.post_id FROM import_made m JOIN comments c ON c.id = m.row_id
             WHERE m.import_id = $1 AND m.kind = 'comment'"
        ),
        &[&import],
        |r| r.get(0),
    )?;
    tx.execute(
        sql!("DELETE FROM origins WHERE row_id IN (SELECT row_id FROM import_made WHERE import_id = $1)"),
        &[&import],
    )?;
    tx.execute(
        sql!(
            "DELETE FROM comments WHERE id IN (SELECT row_id FROM import_made WHERE import_id = $1 AND kind = 'comment')
               AND NOT EXISTS (SELECT 1 FROM moderation_events e WHERE e.comment_id = comments.id)
               AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.comment_id = comments.id)
               AND NOT EXISTS (SELECT 1 FROM revisions v WHERE v.comment_id = comments.id)
               AND NOT EXISTS (SELECT 1 FROM usefuls u WHERE u.comment_id = comments.id)"
        ),
        &[&import],
    )?;
    let empty: Vec<Key> = tx.rows(
        sql!(
            "SELECT m.row_id FROM import_made m WHERE m.import_id = $1 AND m.kind = 'post'
               AND NOT EXISTS (SELECT 1 FROM comments c WHERE c.post_id = m.row_id)
               AND NOT EXISTS (SELECT 1 FROM moderation_events e WHERE e.post_id = m.row_id)
               AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.post_id = m.row_id)
               AND NOT EXISTS (SELECT 1 FROM revisions v WHERE v.post_id = m.row_id)
               AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.post_id = m.row_id)"
        ),
        &[&import],
        |r| r.get(0),
    )?;
    for post in &empty {
        tx.execute(sql!("DELETE FROM webmentions_received WHERE post_id = $1"), &[post])?;
        tx.execute(sql!("DELETE FROM post_tags WHERE post_id = $1"), &[post])?;
        tx.execute(sql!("DELETE FROM post_visits WHERE post_id = $1"), &[post])?;
        tx.execute(sql!("DELETE FROM posts WHERE id = $1"), &[post])?;
    }
    for post in posts.iter().filter(|post| !empty.contains(post)) {
        crate::conversations::arrange(tx, *post)?;
    }
    tx.execute(sql!("DELETE FROM import_made WHERE import_id = $1"), &[&import])?;
    Ok(())
}
