//! Conversations written out: as WordPress writes them, or as JSON. Both hold guests' addresses, which leave the network
//! in no other way: they are the operator's own files.

use crate::config::ExportConversations;
use crate::key::Key;
use crate::server;
use formats::wxr::{self, Kind, State};
use serde::Serialize;
use std::collections::HashMap;
use std::io::{BufWriter, Write};
use store::{Clock, Db, Tx, sql};

/// Rows read at once.
const PORTION: i64 = 500;

/// A post, its author resolved.
#[derive(Serialize)]
struct Post {
    id: Key,
    slug: String,
    kind: String,
    author: String,
    email: String,
    title: String,
    format: String,
    text: String,
    html: String,
    state: String,
    visibility: String,
    locked: bool,
    pings_open: bool,
    /// Microseconds since 1970.
    at: i64,
    edited_at: Option<i64>,
    tags: Vec<Tag>,
}

#[derive(Serialize)]
struct Tag {
    kind: String,
    slug: String,
    name: String,
}

/// A comment, its author resolved.
#[derive(Serialize)]
struct Comment {
    id: Key,
    parent: Option<Key>,
    kind: String,
    /// A member's or guest's party; none for imported authors.
    author_id: Option<Key>,
    author: String,
    email: String,
    url: String,
    format: String,
    text: String,
    html: String,
    state: String,
    /// Microseconds since 1970.
    at: i64,
    edited_at: Option<i64>,
}

/// `goodword export wordpress` and `goodword export conversations`.
///
/// # Errors
/// A database that cannot be opened, standard output that ends early.
pub fn command(config: &ExportConversations, database: &str, wordpress: bool) -> anyhow::Result<()> {
    let db = server::open(database, Clock::real())?;
    let site = config.public_url.trim_end_matches('/');
    let out = BufWriter::new(std::io::stdout().lock());
    let (posts, comments) = if wordpress { write_wordpress(&db, site, out)? } else { write_json(&db, site, out)? };
    eprintln!("{} and {} written.", crate::say::count(posts, "post"), crate::say::count(comments, "comment"));
    Ok(())
}

/// Everything in one snapshot; says how many posts and comments.
///
/// # Errors
/// The database's, or what `out` says.
pub fn write_wordpress(db: &Db, site: &str, mut out: impl Write) -> anyhow::Result<(i64, i64)> {
    let now = db.clock().now();
    // Failures of the output travel out of the closure as values, those of the database as errors.
    let done = db.read_here(|tx| Ok::<_, store::Error>(wordpress(tx, site, now, &mut out)));
    done?
}

fn wordpress(tx: &mut Tx<'_>, site: &str, now: i64, out: &mut impl Write) -> anyhow::Result<(i64, i64)> {
    let network: Option<String> = tx.value(sql!("SELECT value FROM settings WHERE name = 'network name'"), &[])?;
    let head = wxr::Site {
        title: network.unwrap_or_else(|| "Goodword".into()),
        url: site.to_owned(),
        language: "en-US".into(),
        ..wxr::Site::default()
    };
    let mut writer = wxr::Writer::begin(out, &head, concat!("Goodword ", env!("CARGO_PKG_VERSION")), now)?;
    for (n, (name, email)) in authors(tx)?.into_iter().enumerate() {
        let id = u64::try_from(n + 1).ok();
        writer.author(&wxr::Author { id, login: login(&name, &email), email, name: escaped(&name) })?;
    }
    // Numbers of our own, each used once in the whole file.
    let (mut posts, mut comments) = (0u64, 0u64);
    let mut last = None;
    while let Some(post) = next_post(tx, last)? {
        last = Some((post.at, post.id));
        posts += 1;
        writer.post(&post.to_wordpress(posts, site))?;
        // A reply may stand before what it answers, so all numbers of a post are given out first.
        let ids: Vec<Key> =
            tx.rows(sql!("SELECT id FROM comments WHERE post_id = $1 ORDER BY number, id"), &[&post.id], |r| r.get(0))?;
        let numbers: HashMap<Key, u64> = ids.iter().zip(comments + 1..).map(|(id, n)| (*id, n)).collect();
        for_each_comment(tx, post.id, |comment| {
            comments += 1;
            Ok(writer.comment(&comment.to_wordpress(&numbers))?)
        })?;
    }
    writer.end()?;
    Ok((i64::try_from(posts)?, i64::try_from(comments)?))
}

/// As [`write_wordpress`], as one JSON document.
///
/// # Errors
/// The database's, or what `out` says.
pub fn write_json(db: &Db, site: &str, mut out: impl Write) -> anyhow::Result<(i64, i64)> {
    let done = db.read_here(|tx| Ok::<_, store::Error>(json(tx, site, &mut out)));
    done?
}

fn json(tx: &mut Tx<'_>, site: &str, out: &mut impl Write) -> anyhow::Result<(i64, i64)> {
    let (mut posts, mut comments) = (0, 0);
    write!(out, "{{\"goodword\":\"conversations\",\"format\":1,\"site\":{},\"posts\":[", serde_json::to_string(site)?)?;
    let mut last = None;
    while let Some(post) = next_post(tx, last)? {
        last = Some((post.at, post.id));
        write!(out, "{}\n{{\"post\":", if posts > 0 { "," } else { "" })?;
        serde_json::to_writer(&mut *out, &post)?;
        write!(out, ",\"comments\":[")?;
        let mut first = true;
        for_each_comment(tx, post.id, |comment| {
            writeln!(out, "{}", if std::mem::take(&mut first) { "" } else { "," })?;
            comments += 1;
            Ok(serde_json::to_writer(&mut *out, comment)?)
        })?;
        write!(out, "]}}")?;
        posts += 1;
    }
    writeln!(out, "]}}")?;
    out.flush()?;
    Ok((posts, comments))
}

/// Everybody who wrote a post: name and address.
fn authors(tx: &mut Tx<'_>) -> store::Result<Vec<(String, String)>> {
    tx.rows(
        sql!(
            "SELECT DISTINCT COALESCE(NULLIF(s.author_name, ''), p.name, '') AS name,
               COALESCE(NULLIF(s.author_email, ''), p.email, '') AS email
             FROM posts s LEFT JOIN parties p ON p.id = s.author_id ORDER BY 1, 2"
        ),
        &[],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )
}

/// What names an author in the file: unlike others, and the same in every export.
fn login(name: &str, email: &str) -> String {
    if email.is_empty() { name.to_owned() } else { format!("{name} <{email}>") }
}

/// The next post after one written at a time, in the order they were written.
fn next_post(tx: &mut Tx<'_>, after: Option<(i64, Key)>) -> store::Result<Option<Post>> {
    let (at, id) = after.unwrap_or((i64::MIN, Key::default()));
    let post = tx.row(
        sql!(
            "SELECT s.id, s.slug, s.kind, COALESCE(NULLIF(s.author_name, ''), p.name, ''),
               COALESCE(NULLIF(s.author_email, ''), p.email, ''), s.title, s.format, s.text, s.html, s.state,
               s.visibility, s.locked_at, s.pings_open, s.created_at, s.edited_at
             FROM posts s LEFT JOIN parties p ON p.id = s.author_id
             WHERE s.created_at > $1 OR (s.created_at = $1 AND s.id > $2) ORDER BY s.created_at, s.id LIMIT 1"
        ),
        &[&at, &id],
        |r| {
            Ok(Post {
                id: r.get(0)?,
                slug: r.get(1)?,
                kind: r.get(2)?,
                author: r.get(3)?,
                email: r.get(4)?,
                title: r.get(5)?,
                format: r.get(6)?,
                text: r.get(7)?,
                html: r.get(8)?,
                state: r.get(9)?,
                visibility: r.get(10)?,
                locked: r.get::<Option<i64>>(11)?.is_some(),
                pings_open: r.get(12)?,
                at: r.get(13)?,
                edited_at: r.get(14)?,
                tags: Vec::new(),
            })
        },
    )?;
    let Some(mut post) = post else { return Ok(None) };
    post.tags = tx.rows(
        sql!(
            "SELECT t.kind, t.slug, t.name FROM post_tags x JOIN tags t ON t.id = x.tag_id WHERE x.post_id = $1
             ORDER BY t.kind, t.slug"
        ),
        &[&post.id],
        |r| Ok(Tag { kind: r.get(0)?, slug: r.get(1)?, name: r.get(2)? }),
    )?;
    Ok(Some(post))
}

fn for_each_comment(
    tx: &mut Tx<'_>,
    post: Key,
    mut each: impl FnMut(&Comment) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (mut number, mut id) = (-1, Key::default());
    loop {
        let portion = tx.rows(
            sql!(
                "SELECT c.id, c.parent_id, c.kind, c.author_id, COALESCE(NULLIF(c.author_name, ''), p.name, ''),
                   COALESCE(NULLIF(c.author_email, ''), p.email, ''), c.author_url, c.format, c.text, c.html, c.state,
                   c.created_at, c.edited_at, c.number
                 FROM comments c LEFT JOIN parties p ON p.id = c.author_id
                 WHERE c.post_id = $1 AND (c.number > $2 OR (c.number = $2 AND c.id > $3))
                 ORDER BY c.number, c.id LIMIT $4"
            ),
            &[&post, &number, &id, &PORTION],
            |r| {
                let comment = Comment {
                    id: r.get(0)?,
                    parent: r.get(1)?,
                    kind: r.get(2)?,
                    author_id: r.get(3)?,
                    author: r.get(4)?,
                    email: r.get(5)?,
                    url: r.get(6)?,
                    format: r.get(7)?,
                    text: r.get(8)?,
                    html: r.get(9)?,
                    state: r.get(10)?,
                    at: r.get(11)?,
                    edited_at: r.get(12)?,
                };
                Ok((comment, r.get::<i64>(13)?))
            },
        )?;
        let Some((last, n)) = portion.last() else { return Ok(()) };
        (number, id) = (*n, last.id);
        for (comment, _) in &portion {
            each(comment)?;
        }
    }
}

/// HTML for WordPress: what was brought in goes out as it came, what was written here as it is shown.
fn html(format: &str, text: &str, html: &str) -> String {
    if format == "html" { text.to_owned() } else { html.to_owned() }
}

/// Titles and names are HTML in WordPress.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Post {
    fn to_wordpress(&self, id: u64, site: &str) -> wxr::Post {
        let link = format!("{site}/conversations/{}", self.slug);
        let status = match (self.state.as_str(), self.visibility.as_str()) {
            ("published", "public") => "publish",
            ("held", _) => "pending",
            ("draft", _) => "draft",
            ("spam" | "trash" | "removed", _) => "trash",
            // What only members read must not become public elsewhere.
            _ => "private",
        };
        let domain = |kind: &str| if kind == "category" { "category" } else { "post_tag" }.to_owned();
        wxr::Post {
            id,
            title: escaped(&self.title),
            link,
            creator: login(&self.author, &self.email),
            html: html(&self.format, &self.text, &self.html),
            at: Some(self.at),
            edited_at: self.edited_at,
            open: !self.locked,
            pings_open: self.pings_open,
            slug: self.slug.clone(),
            status: status.into(),
            kind: if self.kind == "page" { "page" } else { "post" }.into(),
            terms: (self.tags.iter())
                .map(|t| wxr::Term { domain: domain(&t.kind), slug: t.slug.clone(), name: t.name.clone() })
                .collect(),
            ..wxr::Post::default()
        }
    }
}

impl Comment {
    fn to_wordpress(&self, numbers: &HashMap<Key, u64>) -> wxr::Comment {
        let number = |id: Option<Key>| id.and_then(|id| numbers.get(&id).copied()).unwrap_or(0);
        let text = html(&self.format, &self.text, &self.html);
        wxr::Comment {
            id: number(Some(self.id)),
            parent: number(self.parent),
            author: escaped(&self.author),
            email: self.email.clone(),
            url: self.url.clone(),
            at: Some(self.at),
            // What was taken away still holds the thread together.
            html: if text.trim().is_empty() { "(removed)".into() } else { text },
            state: match self.state.as_str() {
                "approved" => State::Approved,
                "spam" => State::Spam,
                "trash" | "removed" => State::Trash,
                _ => State::Held,
            },
            kind: match self.kind.as_str() {
                "pingback" => Kind::Pingback,
                "trackback" => Kind::Trackback,
                "webmention" => Kind::Other("webmention".into()),
                _ => Kind::Comment,
            },
            ..wxr::Comment::default()
        }
    }
}
