//! Reading: one post, and a page of what was said under it. A page is a number of top-level comments with the first
//! replies to each; a long branch has a page of its own.

use super::order::Place;
use super::visitor::Reader;
use super::{State, authors};
use crate::error::{Error, Result};
use crate::key::Key;
use store::{DAY, Row, Tx, sql};

/// Top-level comments on a page.
pub const TOPS: i64 = 20;
/// Replies shown under a top-level comment before the branch gets a page of its own.
pub const REPLIES: i64 = 20;
/// Comments on a page of one branch.
pub const BRANCH: i64 = 100;

/// A post as this reader sees it.
#[derive(Clone, Debug)]
pub struct Post {
    /// Its id.
    pub id: Key,
    /// In its URL.
    pub slug: String,
    /// `discussion`, `review`, `page`.
    pub kind: String,
    /// Its author's party.
    pub author_id: Option<Key>,
    /// As shown.
    pub author_name: String,
    /// Where they stand.
    pub author: authors::Author,
    /// Its title.
    pub title: String,
    /// Safe to show.
    pub html: String,
    /// The first words, plain.
    pub excerpt: String,
    /// Occupation code.
    pub field: Option<String>,
    /// Signed-out people read it too.
    pub public: bool,
    /// As stored.
    pub state: String,
    /// Why a moderator should look.
    pub held_for: String,
    /// No more comments.
    pub locked: bool,
    /// Approved comments.
    pub comments: i64,
    /// Top-level ones shown.
    pub roots: i64,
    /// µs.
    pub created_at: i64,
    /// µs.
    pub edited_at: Option<i64>,
    /// For stale edits.
    pub version: i64,
    /// Slug and name of each tag.
    pub tags: Vec<(String, String)>,
    /// When this member read it last, and the end of the visit before, µs.
    pub visit: Option<(i64, i64)>,
    /// What of it this member or guest is written about, and how often.
    pub subscription: Option<(String, String)>,
}

/// A post by the name in its URL, if this reader may see it; one that is not there and one that is not theirs look alike.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Gone`] for one taken away that this reader could have read until then; [`Error::SignIn`]
/// where the network is for members only.
pub fn post(tx: &mut Tx<'_>, reader: &Reader, slug: &str) -> Result<Post> {
    reader.who.may_browse()?;
    let me = reader.who.id();
    // A row for each tag.
    let mut found = tx.rows(
        sql!(
            "SELECT s.id, s.slug, s.kind, s.author_id, COALESCE(NULLIF(s.author_name, ''), p.name, ''), s.title, s.html,
               s.excerpt, s.field, s.visibility = 'public', s.state, s.held_for, s.locked_at, s.comments, s.roots,
               s.created_at, s.edited_at, s.version, t.slug, t.name, v.seen_at, v.before_at, u.scope, u.cadence
             FROM posts s LEFT JOIN parties p ON p.id = s.author_id
               LEFT JOIN post_visits v ON v.post_id = s.id AND v.party_id = $2
               LEFT JOIN subscriptions u ON u.post_id = s.id AND u.party_id = $2 AND u.ended_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM letter_mutes m WHERE m.party_id = u.party_id AND m.subject_id = u.post_id)
               LEFT JOIN post_tags x ON x.post_id = s.id LEFT JOIN tags t ON t.id = x.tag_id
             WHERE s.slug = $1 ORDER BY t.name, t.slug LIMIT 50"
        ),
        &[&slug, &me],
        |r| {
            let tag = r.get::<Option<String>>(18)?.zip(r.get::<Option<String>>(19)?);
            Ok(Post {
                id: r.get(0)?,
                slug: r.get(1)?,
                kind: r.get(2)?,
                author_id: r.get(3)?,
                author_name: r.get(4)?,
                author: authors::Author::default(),
                title: r.get(5)?,
                html: r.get(6)?,
                excerpt: r.get(7)?,
                field: r.get(8)?,
                public: r.get(9)?,
                state: r.get(10)?,
                held_for: r.get(11)?,
                locked: r.get::<Option<i64>>(12)?.is_some(),
                comments: r.get(13)?,
                roots: r.get(14)?,
                created_at: r.get(15)?,
                edited_at: r.get(16)?,
                version: r.get(17)?,
                tags: tag.into_iter().collect(),
                visit: r.get::<Option<i64>>(20)?.zip(r.get(21)?),
                subscription: r.get::<Option<String>>(22)?.zip(r.get(23)?),
            })
        },
    )?;
    let more: Vec<(String, String)> = found.iter().skip(1).flat_map(|p| p.tags.iter().cloned()).collect();
    found.truncate(1);
    let own = |p: &Post| p.author_id.is_some() && p.author_id == reader.who.id();
    let mut post = found.pop().ok_or(Error::NotFound)?;
    let readable = post.public || reader.who.member.is_some();
    let removed = post.state == "removed";
    if removed && readable && !reader.moderator && was_published(tx, post.id)? {
        return Err(Error::Gone("This conversation was taken away.".into()));
    }
    if !(post.state == "published" && readable || own(&post) && !removed || reader.moderator) {
        return Err(Error::NotFound);
    }
    post.tags.extend(more);
    Ok(post)
}

/// Whether others could read a post until it was taken away.
fn was_published(tx: &mut Tx<'_>, post: Key) -> Result<bool> {
    let from: Option<String> = tx.value(
        sql!(
            "SELECT from_state FROM moderation_events
             WHERE post_id = $1 AND comment_id IS NULL AND to_state = 'removed' AND from_state <> 'removed'
             ORDER BY at DESC, id DESC LIMIT 1"
        ),
        &[&post],
    )?;
    Ok(from.is_some_and(|from| from == "published"))
}

/// A comment as stored, for a page.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its id.
    pub id: Key,
    /// What it answers.
    pub parent: Option<Key>,
    /// Number of the top-level comment above.
    pub root: i64,
    /// Sorts it.
    pub path: String,
    /// 0 at the top.
    pub depth: i64,
    /// `comment`, `pingback`, …
    pub kind: String,
    /// A member or guest.
    pub author_id: Option<Key>,
    /// A guest's browser.
    pub browser: Option<Key>,
    /// As shown.
    pub name: String,
    /// A guest's site, or where a mention came from.
    pub url: String,
    /// Safe to show.
    pub html: String,
    /// What became of it.
    pub state: State,
    /// `author`, `moderator`, `erased`, or nothing.
    pub removed_as: String,
    /// See [`super::Purpose`].
    pub purpose: String,
    /// The professional an answer names: handle and name.
    pub named: Option<(String, String)>,
    /// How many said so.
    pub useful: i64,
    /// At the top: all shown under it.
    pub replies: i64,
    /// µs.
    pub created_at: i64,
    /// µs.
    pub edited_at: Option<i64>,
    /// For stale edits.
    pub version: i64,
}

impl Shown {
    /// Taken away, kept only for the sake of the replies.
    pub fn is_gone(&self) -> bool {
        self.state != State::Approved && !matches!(self.state, State::Held | State::Unconfirmed)
    }
}

fn shown(r: &Row<'_>) -> store::Result<Shown> {
    let (handle, name): (Option<String>, Option<String>) = (r.get(14)?, r.get(15)?);
    Ok(Shown {
        id: r.get(0)?,
        parent: r.get(1)?,
        root: r.get(3)?,
        path: r.get(4)?,
        depth: r.get(5)?,
        kind: r.get(6)?,
        author_id: r.get(7)?,
        browser: r.get(8)?,
        name: r.get(9)?,
        url: r.get(10)?,
        html: r.get(11)?,
        state: State::read(&r.get::<String>(12)?),
        removed_as: r.get::<Option<String>>(13)?.unwrap_or_default(),
        named: handle.zip(name),
        purpose: r.get(16)?,
        useful: r.get(17)?,
        replies: r.get(18)?,
        created_at: r.get(19)?,
        edited_at: r.get(20)?,
        version: r.get(21)?,
    })
}

/// How top-level comments are sorted; replies always stand in order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sort {
    /// By time.
    #[default]
    Oldest,
    /// The other way round.
    Newest,
    /// By how many members said so.
    Useful,
}

impl Sort {
    /// Reads `?sort=`.
    pub fn read(text: &str) -> Self {
        match text {
            "newest" => Self::Newest,
            "useful" => Self::Useful,
            _ => Self::Oldest,
        }
    }

    /// As in the URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oldest => "oldest",
            Self::Newest => "newest",
            Self::Useful => "useful",
        }
    }
}

/// A page of a thread in one statement: each top-level comment followed by its first replies, in reading order. Paths are
/// written in 0-9 and a-v, so that `zzzz` comes after all of them.
///
/// # Errors
/// The database's.
pub fn page(tx: &mut Tx<'_>, post: Key, sort: Sort, page: i64) -> Result<Vec<Shown>> {
    let first = (page - 1).max(0) * TOPS;
    let params: &[&dyn store::Bind] = &[&post, &TOPS, &first, &REPLIES];
    let mut all = match sort {
        Sort::Oldest => tx.rows(
            sql!(
                "SELECT c.id, c.parent_id, c.number, c.root, c.path, c.depth, c.kind, c.author_id, c.browser_id,
                   COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.author_url, c.html, c.state, c.removed_as, n.handle,
                   n.name, c.purpose, c.useful, c.replies, c.created_at, c.edited_at, c.version
                 FROM (SELECT t.number,
                         CASE WHEN t.replies > $4 THEN (SELECT b.path FROM comments b WHERE b.post_id = $1 AND b.shown
                           AND b.root = t.number ORDER BY b.path LIMIT 1 OFFSET $4) ELSE 'zzzz' END AS upto
                       FROM comments t WHERE t.post_id = $1 AND t.shown AND t.parent_id IS NULL
                       ORDER BY t.number LIMIT $2 OFFSET $3) w
                   JOIN comments c ON c.post_id = $1 AND c.shown AND c.root = w.number AND c.path <= w.upto
                   LEFT JOIN parties p ON p.id = c.author_id LEFT JOIN parties n ON n.id = c.named_id"
            ),
            params,
            shown,
        )?,
        Sort::Newest => tx.rows(
            sql!(
                "SELECT c.id, c.parent_id, c.number, c.root, c.path, c.depth, c.kind, c.author_id, c.browser_id,
                   COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.author_url, c.html, c.state, c.removed_as, n.handle,
                   n.name, c.purpose, c.useful, c.replies, c.created_at, c.edited_at, c.version
                 FROM (SELECT t.number,
                         CASE WHEN t.replies > $4 THEN (SELECT b.path FROM comments b WHERE b.post_id = $1 AND b.shown
                           AND b.root = t.number ORDER BY b.path LIMIT 1 OFFSET $4) ELSE 'zzzz' END AS upto
                       FROM comments t WHERE t.post_id = $1 AND t.shown AND t.parent_id IS NULL
                       ORDER BY t.number DESC LIMIT $2 OFFSET $3) w
                   JOIN comments c ON c.post_id = $1 AND c.shown AND c.root = w.number AND c.path <= w.upto
                   LEFT JOIN parties p ON p.id = c.author_id LEFT JOIN parties n ON n.id = c.named_id"
            ),
            params,
            shown,
        )?,
        Sort::Useful => tx.rows(
            sql!(
                "SELECT c.id, c.parent_id, c.number, c.root, c.path, c.depth, c.kind, c.author_id, c.browser_id,
                   COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.author_url, c.html, c.state, c.removed_as, n.handle,
                   n.name, c.purpose, c.useful, c.replies, c.created_at, c.edited_at, c.version
                 FROM (SELECT t.number,
                         CASE WHEN t.replies > $4 THEN (SELECT b.path FROM comments b WHERE b.post_id = $1 AND b.shown
                           AND b.root = t.number ORDER BY b.path LIMIT 1 OFFSET $4) ELSE 'zzzz' END AS upto
                       FROM comments t WHERE t.post_id = $1 AND t.shown AND t.parent_id IS NULL
                       ORDER BY t.useful DESC, t.number DESC LIMIT $2 OFFSET $3) w
                   JOIN comments c ON c.post_id = $1 AND c.shown AND c.root = w.number AND c.path <= w.upto
                   LEFT JOIN parties p ON p.id = c.author_id LEFT JOIN parties n ON n.id = c.named_id"
            ),
            params,
            shown,
        )?,
    };
    let mut tops: Vec<(i64, i64)> = all.iter().filter(|c| c.depth == 0).map(|c| (c.root, c.useful)).collect();
    tops.sort_by_key(|&(number, useful)| match sort {
        Sort::Oldest => (0, number),
        Sort::Newest => (0, -number),
        Sort::Useful => (-useful, -number),
    });
    let rank: std::collections::HashMap<i64, usize> = tops.iter().enumerate().map(|(i, (n, _))| (*n, i)).collect();
    all.sort_by(|a, b| (rank.get(&a.root), &a.path).cmp(&(rank.get(&b.root), &b.path)));
    Ok(all)
}

/// Part of one branch, the top-level comment first.
///
/// # Errors
/// The database's.
pub fn branch(tx: &mut Tx<'_>, post: Key, root: i64, first: i64, rows: i64) -> Result<Vec<Shown>> {
    Ok(tx.rows(
        sql!(
            "SELECT c.id, c.parent_id, c.number, c.root, c.path, c.depth, c.kind, c.author_id, c.browser_id,
               COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.author_url, c.html, c.state, c.removed_as, n.handle,
               n.name, c.purpose, c.useful, c.replies, c.created_at, c.edited_at, c.version
             FROM comments c LEFT JOIN parties p ON p.id = c.author_id LEFT JOIN parties n ON n.id = c.named_id
             WHERE c.post_id = $1 AND c.shown AND c.root = $2 ORDER BY c.root, c.path LIMIT $3 OFFSET $4"
        ),
        &[&post, &root, &rows, &first],
        shown,
    )?)
}

/// Comments of a post in reading order after one of them, or from the first; `None` where that one is not among them.
///
/// # Errors
/// The database's.
pub fn following(tx: &mut Tx<'_>, post: Key, after: Option<Key>, rows: i64) -> Result<Option<Vec<Shown>>> {
    let place = match after {
        None => Some((0, String::new())),
        Some(after) => {
            tx.row(sql!("SELECT root, path FROM comments WHERE id = $1 AND post_id = $2"), &[&after, &post], |r| {
                Ok((r.get::<i64>(0)?, r.get::<String>(1)?))
            })?
        }
    };
    let Some((root, path)) = place else { return Ok(None) };
    let found = tx.rows(
        sql!(
            "SELECT c.id, c.parent_id, c.number, c.root, c.path, c.depth, c.kind, c.author_id, c.browser_id,
               COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.author_url, c.html, c.state, c.removed_as, n.handle,
               n.name, c.purpose, c.useful, c.replies, c.created_at, c.edited_at, c.version
             FROM comments c LEFT JOIN parties p ON p.id = c.author_id LEFT JOIN parties n ON n.id = c.named_id
             WHERE c.post_id = $1 AND c.shown AND (c.root, c.path) > ($2, $3) ORDER BY c.root, c.path LIMIT $4"
        ),
        &[&post, &root, &path, &rows],
        shown,
    )?;
    Ok(Some(found))
}

/// What this reader wrote under a post and nobody else sees yet: begun at the reader, whose comments are few, not at the post.
///
/// # Errors
/// The database's.
pub fn waiting(tx: &mut Tx<'_>, reader: &Reader, post: Key) -> Result<Vec<Shown>> {
    let (me, browser) = (reader.account().map(|(id, _)| id), reader.guest.as_ref().map(|g| g.id));
    if me.is_none() && browser.is_none() {
        return Ok(Vec::new());
    }
    Ok(tx.rows(
        sql!(
            "SELECT c.id, c.parent_id, c.number, c.root, c.path, c.depth, c.kind, c.author_id, c.browser_id,
               COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.author_url, c.html, c.state, c.removed_as, n.handle,
               n.name, c.purpose, c.useful, c.replies, c.created_at, c.edited_at, c.version
             FROM (SELECT b.id FROM comments b WHERE b.browser_id = $2
                   UNION ALL SELECT a.id FROM comments a WHERE a.author_id = $3 AND a.browser_id IS NULL) w
               CROSS JOIN comments c LEFT JOIN parties p ON p.id = c.author_id LEFT JOIN parties n ON n.id = c.named_id
             WHERE c.id = w.id AND c.post_id = $1 AND c.state IN ('held', 'unconfirmed', 'spam')
             ORDER BY c.number DESC LIMIT 20"
        ),
        &[&post, &browser, &me],
        shown,
    )?)
}

/// One comment with the slug of its post; whether this reader may see it is decided by [`comment`].
fn by_id(tx: &mut Tx<'_>, id: Key) -> Result<Option<(Shown, String)>> {
    Ok(tx.row(
        sql!(
            "SELECT c.id, c.parent_id, c.number, c.root, c.path, c.depth, c.kind, c.author_id, c.browser_id,
               COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.author_url, c.html, c.state, c.removed_as, n.handle,
               n.name, c.purpose, c.useful, c.replies, c.created_at, c.edited_at, c.version, s.slug
             FROM comments c JOIN posts s ON s.id = c.post_id LEFT JOIN parties p ON p.id = c.author_id
               LEFT JOIN parties n ON n.id = c.named_id WHERE c.id = $1"
        ),
        &[&id],
        |r| Ok((shown(r)?, r.get(22)?)),
    )?)
}

/// A comment and its post, if this reader may see both.
///
/// # Errors
/// [`Error::NotFound`].
pub fn comment(tx: &mut Tx<'_>, reader: &Reader, id: Key) -> Result<(Shown, Post)> {
    let (comment, slug) = by_id(tx, id)?.ok_or(Error::NotFound)?;
    let post = post(tx, reader, &slug)?;
    let mine = reader.wrote(comment.author_id, comment.browser);
    if comment.state == State::Approved || reader.moderator || mine {
        Ok((comment, post))
    } else {
        Err(Error::NotFound)
    }
}

/// Where a comment is to be read: path, query and fragment.
///
/// # Errors
/// [`Error::NotFound`].
pub fn address(tx: &mut Tx<'_>, id: Key) -> Result<String> {
    let found = tx.row(
        sql!(
            "SELECT s.slug, s.id, c.root, c.path, c.depth, c.shown FROM comments c JOIN posts s ON s.id = c.post_id
             WHERE c.id = $1"
        ),
        &[&id],
        |r| {
            let place = Place { root: r.get(2)?, path: r.get(3)?, depth: r.get(4)? };
            Ok((r.get::<String>(0)?, r.get::<Key>(1)?, place, r.get::<bool>(5)?))
        },
    )?;
    let (slug, post, place, shown) = found.ok_or(Error::NotFound)?;
    let here = format!("/conversations/{slug}");
    if !shown {
        return Ok(format!("{here}#comment-{id}"));
    }
    let Place { root, path, depth } = &place;
    let above: Option<i64> = match depth {
        0 => None,
        _ => tx.value(
            sql!("SELECT COUNT(*) FROM comments WHERE post_id = $1 AND shown AND root = $2 AND path < $3"),
            &[&post, root, path],
        )?,
    };
    let above = above.unwrap_or(0);
    if above > REPLIES {
        let page = match above / BRANCH + 1 {
            1 => String::new(),
            n => format!("?page={n}"),
        };
        return Ok(format!("{here}/threads/{root}{page}#comment-{id}"));
    }
    let before: i64 = tx
        .value(
            sql!("SELECT COUNT(*) FROM comments WHERE post_id = $1 AND shown AND parent_id IS NULL AND number < $2"),
            &[&post, root],
        )?
        .unwrap_or(0);
    Ok(top_address(&slug, id, before))
}

/// Where a comment is to be read that stands at the top of a post with so many others before it, or under such a one.
pub fn top_address(slug: &str, id: Key, before: i64) -> String {
    let page = match before / TOPS + 1 {
        1 => String::new(),
        n => format!("?page={n}"),
    };
    format!("/conversations/{slug}{page}#comment-{id}")
}

/// A visit that begins this long (µs) after the last page view is another one.
pub const VISIT: i64 = DAY / 48;

/// Remembers that a member reads a post now.
///
/// # Errors
/// The database's.
pub fn remember_visit(tx: &mut Tx<'_>, me: Key, post: Key) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO post_visits (party_id, post_id, seen_at, before_at) VALUES ($1, $2, $3, $3)
             ON CONFLICT (party_id, post_id) DO UPDATE SET
               before_at = CASE WHEN post_visits.seen_at < $4 THEN post_visits.seen_at ELSE post_visits.before_at END,
               seen_at = excluded.seen_at"
        ),
        &[&me, &post, &now, &(now - VISIT)],
    )?;
    Ok(())
}
