//! Writing a post, correcting it, closing it, taking it away.

use super::read::{self};
use super::visitor::{Reader, Visitor};
use super::{Event, checks, mentions, note, plain, rendered, reviews, telling, token, webmention};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Body, Check, Title};
use crate::key::Key;
use crate::live;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::pictures::{self, Sent};
use crate::vouches;
use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use store::{DAY, Tx, sql};

/// Posts by one member a day.
const A_DAY: i64 = 10;
/// Tags of one post.
const TAGS: usize = 5;
/// Names in URLs that are no posts.
const RESERVED: [&str; 6] = ["new", "guest", "guests", "feed", "compare", "embed"];

/// `/conversations/new` and what its author and moderators do with a post.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/conversations/new", get(form).post(send).layer(DefaultBodyLimit::max(pictures::MAX_FORM)))
        .route("/conversations/{slug}/edit", get(edit_form).post(edit).layer(DefaultBodyLimit::max(pictures::MAX_FORM)))
        .route("/conversations/{slug}/closing", post(close))
        .route("/conversations/{slug}/opening", post(open))
        .route("/conversations/{slug}/removal", post(remove))
        .route("/conversations/{slug}/restoration", post(restore))
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// One line.
    pub title: String,
    /// Markdown.
    pub text: String,
    /// Separated by commas.
    pub tags: String,
    /// Occupation, as a code or in words; may be empty.
    pub field: String,
    /// `public` or `members`.
    pub visibility: String,
    /// See [`token::issue`].
    pub form: String,
    /// For an edit: what it was made from.
    pub version: i64,
    /// What a picture sent along shows.
    pub alt: String,
    /// `preview` or `post`.
    pub action: String,
}

/// What was typed, as it will be stored.
pub struct Parsed {
    title: Title,
    text: Body,
    tags: Vec<(String, String)>,
    field: Option<String>,
    visibility: &'static str,
}

/// Reads the form; all refusals at once.
///
/// # Errors
/// [`Error::Invalid`].
pub fn parse(typed: &Typed) -> Result<Parsed> {
    let mut check = Check::default();
    let title = check.take(Title::parse("title", &typed.title))?;
    let text = check.take(Body::optional("text", &typed.text))?;
    if text.as_ref().is_some_and(|t| t.to_string().is_empty()) {
        check.refuse("text", "Please write something first.");
    }
    let tags = check.take(tags(&typed.tags))?;
    let field = check.take(field(&typed.field))?;
    let visibility = match typed.visibility.as_str() {
        "public" => "public",
        "members" => "members",
        _ => {
            check.refuse("visibility", "Please choose who reads it.");
            "members"
        }
    };
    check.finish()?;
    match (title, text, tags, field) {
        (Some(title), Some(text), Some(tags), Some(field)) => Ok(Parsed { title, text, tags, field, visibility }),
        _ => Err(Error::BadRequest("The form could not be read.".into())),
    }
}

/// Slug and name of each tag.
fn tags(typed: &str) -> Result<Vec<(String, String)>> {
    let mut tags: Vec<(String, String)> = Vec::new();
    for name in typed.split(',').map(|t| formats::text::clean_line(t.trim_start_matches(['#', ' ']))) {
        let slug = slug_of(&name);
        if !slug.is_empty() && !tags.iter().any(|(s, _)| *s == slug) {
            tags.push((slug, name));
        }
    }
    if tags.len() > TAGS || tags.iter().any(|(_, name)| name.chars().count() > 40) {
        return Err(Error::field("tags", format!("At most {TAGS} tags of 40 letters, with commas between them.")));
    }
    Ok(tags)
}

/// An occupation as typed: its code, or words that name one.
fn field(typed: &str) -> Result<Option<String>> {
    let typed = formats::text::clean_line(typed);
    if typed.is_empty() || live::field(&typed).is_some() {
        return Ok((!typed.is_empty()).then_some(typed));
    }
    let best = occupations::complete(&typed, 1).into_iter().next().map(|m| m.occupation.code.to_owned());
    best.map(Some).ok_or_else(|| Error::field("field", "We know no occupation like that. You may leave this empty."))
}

/// Words for a URL: letters and digits of ASCII with dashes, at most 80.
pub fn slug_of(text: &str) -> String {
    let mut slug = String::new();
    for c in formats::name::fold(text).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if c != '\'' && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 80 {
            break;
        }
    }
    slug.trim_matches('-').to_owned()
}

/// A slug nobody uses yet; titles without Latin letters get the post's id.
///
/// # Errors
/// The database's.
pub fn free_slug(tx: &mut Tx<'_>, title: &str, id: Key) -> Result<String> {
    let slug = slug_of(title);
    let slug = if slug.is_empty() || RESERVED.contains(&slug.as_str()) { format!("post-{slug}") } else { slug };
    for n in 1..50 {
        let slug = if n == 1 { slug.trim_end_matches('-').to_owned() } else { format!("{slug}-{n}") };
        let taken: Option<Key> = tx.value(sql!("SELECT id FROM posts WHERE slug = $1"), &[&slug])?;
        if taken.is_none() && slug != "post" {
            return Ok(slug);
        }
    }
    Ok(id.to_string())
}

/// Publishes a post; returns its slug and whether a moderator looks first. The same form sent twice is one post.
///
/// # Errors
/// [`Error::Invalid`], [`Error::TooMany`].
pub fn publish(
    tx: &mut Tx<'_>,
    reader: &Reader,
    secret: &[u8; 32],
    kind: &str,
    typed: &Typed,
) -> Result<(Key, String, bool)> {
    let member = reader.who.member()?.clone();
    let now = tx.now();
    let form = token::open(secret, kind, &typed.form);
    if let Some(form) = form {
        let before: Option<(Key, String, String)> = tx.row(
            sql!("SELECT id, slug, state FROM posts WHERE form_id = $1 AND author_id = $2"),
            &[&form.id, &member.id],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )?;
        if let Some((id, slug, state)) = before {
            return Ok((id, slug, state == "held"));
        }
    }
    super::write::blocked(tx, member.id)?;
    let parsed = parse(typed)?;
    let Some(form) = form else {
        return Err(Error::field(
            "text",
            "This form was open for too long. Nothing is lost: please send it once more.",
        ));
    };
    let today: i64 = tx
        .value(
            sql!("SELECT COUNT(*) FROM posts WHERE author_id = $1 AND created_at > $2"),
            &[&member.id, &(now - DAY)],
        )?
        .unwrap_or(0);
    if today >= A_DAY {
        return Err(Error::TooMany(format!("You began {A_DAY} conversations today, the most there can be.")));
    }
    let text = parsed.text.to_string();
    let verdict = judge(tx, reader, &member.name, &text)?;
    let held = verdict.state != super::State::Approved;
    let state = if held { "held" } else { "published" };
    let id = Key(tx.id());
    let slug = free_slug(tx, parsed.title.as_str(), id)?;
    let known = mentions::of(tx, &text)?;
    let html = mentions::link(&rendered("markdown", &text), &known);
    let words = plain("markdown", &text);
    let folded = formats::name::fold(&format!("{} {words}", parsed.title));
    tx.execute(
        sql!(
            "INSERT INTO posts (id, slug, kind, author_id, author_name, author_email, author_url, title, format, text, html,
               excerpt, folded, field, visibility, state, held_for, pings_open, comments, roots, last_number, created_at,
               active_at, form_id, version)
             VALUES ($1, $2, $3, $4, '', '', '', $5, 'markdown', $6, $7, $8, $9, $10, $11, $12, $13, TRUE, 0, 0, 0, $14, $14,
               $15, 1)"
        ),
        &[
            &id,
            &slug,
            &kind,
            &member.id,
            &parsed.title,
            &parsed.text,
            &html,
            &crate::say::shorten(&words, 240),
            &folded,
            &parsed.field,
            &parsed.visibility,
            &state,
            &verdict.reasons.join("\n"),
            &now,
            &form.id,
        ],
    )?;
    tag(tx, id, &parsed.tags)?;
    pictures::publish(tx, member.id, pictures::In::Post(id), &text)?;
    telling::subscribe(tx, id, member.id, "post", "at once", true)?;
    let event =
        Event { post: id, comment: None, actor: Some(member.id), kind: "posted", from: "", to: state, reason: "" };
    note(tx, &event)?;
    tell_mentioned(tx, id, "")?;
    webmention::told(tx, id)?;
    Ok((id, slug, held))
}

/// Tells the members whom a published post mentions, each once; not those whom its wording `before` mentioned as well.
fn tell_mentioned(tx: &mut Tx<'_>, post: Key, before: &str) -> Result<()> {
    let found: Option<(String, String, String, Option<Key>, String)> = tx.row(
        sql!(
            "SELECT s.slug, s.title, s.text, s.author_id, COALESCE(p.name, '') FROM posts s
               LEFT JOIN parties p ON p.id = s.author_id
             WHERE s.id = $1 AND s.state = 'published' AND s.format = 'markdown'"
        ),
        &[&post],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)),
    )?;
    let Some((slug, title, text, author, name)) = found else { return Ok(()) };
    let (known, before) = (mentions::of(tx, &text)?, mentions::of(tx, before)?);
    let path = format!("/conversations/{slug}");
    for (handle, party) in known {
        // What was held or taken away for a while mentions the same people again.
        let told: Option<i64> = tx.value(
            sql!(
                "SELECT 1 FROM notices WHERE party_id = $1 AND kind = 'comment' AND url = $2 AND words LIKE '%mentions you%'
                 LIMIT 1"
            ),
            &[&party, &path],
        )?;
        if told.is_none() && author != Some(party) && !before.contains_key(&handle) {
            vouches::notify(tx, party, "comment", &format!("{name} mentions you in “{title}”."), &path)?;
        }
    }
    Ok(())
}

/// Gives a post exactly these tags.
///
/// # Errors
/// The database's.
pub fn tag(tx: &mut Tx<'_>, post: Key, tags: &[(String, String)]) -> Result<()> {
    tx.execute(sql!("DELETE FROM post_tags WHERE post_id = $1"), &[&post])?;
    for (slug, name) in tags {
        let new = tx.id();
        tx.execute(
            sql!(
                "INSERT INTO tags (id, kind, slug, name) VALUES ($1, 'tag', $2, $3) ON CONFLICT (kind, slug) DO NOTHING"
            ),
            &[&new, slug, name],
        )?;
        tx.execute(
            sql!(
                "INSERT INTO post_tags (post_id, tag_id) SELECT $1, id FROM tags WHERE kind = 'tag' AND slug = $2
                 ON CONFLICT (post_id, tag_id) DO NOTHING"
            ),
            &[&post, slug],
        )?;
    }
    Ok(())
}

/// Corrects one's own post; the wording before is kept.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's, [`Error::Conflict`] when it was changed meanwhile.
pub fn correct(tx: &mut Tx<'_>, reader: &Reader, slug: &str, typed: &Typed) -> Result<()> {
    let me = reader.who.member()?.id;
    let post = read::post(tx, reader, slug)?;
    if post.author_id != Some(me) {
        return Err(Error::NotFound);
    }
    super::write::blocked(tx, me)?;
    let parsed = parse(typed)?;
    if typed.version != post.version {
        return Err(Error::Conflict(
            "This post was changed in another window meanwhile. Save again to put these words in its place.".into(),
        ));
    }
    let now = tx.now();
    let before: Option<String> =
        tx.value(sql!("SELECT text FROM posts WHERE id = $1 AND state = 'published'"), &[&post.id])?;
    let (revision, text) = (tx.id(), parsed.text.to_string());
    tx.execute(
        sql!(
            "INSERT INTO revisions (id, post_id, title, text, editor_id, at)
             SELECT $1, id, title, text, $2, $3 FROM posts WHERE id = $4"
        ),
        &[&revision, &me, &now, &post.id],
    )?;
    let known = mentions::of(tx, &text)?;
    let html = mentions::link(&rendered("markdown", &text), &known);
    let words = plain("markdown", &text);
    let folded = formats::name::fold(&format!("{} {words}", parsed.title));
    tx.execute(
        sql!(
            "UPDATE posts SET title = $1, text = $2, html = $3, excerpt = $4, folded = $5, field = $6, visibility = $7,
               format = 'markdown', edited_at = $8, version = version + 1 WHERE id = $9 AND version = $10"
        ),
        &[
            &parsed.title,
            &parsed.text,
            &html,
            &crate::say::shorten(&words, 240),
            &folded,
            &parsed.field,
            &parsed.visibility,
            &now,
            &post.id,
            &post.version,
        ],
    )?;
    tag(tx, post.id, &parsed.tags)?;
    pictures::publish(tx, me, pictures::In::Post(post.id), &text)?;
    // What would have been held when it was new is held now.
    let name = &reader.who.member()?.name;
    let verdict = judge(tx, reader, name, &text)?;
    let held = post.state == "published" && verdict.state != super::State::Approved;
    let to = if held { "held" } else { post.state.as_str() };
    if held {
        tx.execute(
            sql!("UPDATE posts SET state = 'held', held_for = $1 WHERE id = $2"),
            &[&verdict.reasons.join("\n"), &post.id],
        )?;
    }
    let (kind, reason) = ("edited", "");
    note(tx, &Event { post: post.id, comment: None, actor: Some(me), kind, from: &post.state, to, reason })?;
    tell_mentioned(tx, post.id, &before.unwrap_or_default())?;
    webmention::told(tx, post.id)
}

/// What the rules say of a post's words.
fn judge(tx: &mut Tx<'_>, reader: &Reader, name: &str, text: &str) -> Result<checks::Verdict> {
    let rules = super::settings::Rules::read(tx)?;
    let facts = checks::Facts {
        name,
        text,
        member: true,
        moderator: reader.moderator,
        known: true,
        took: i64::MAX,
        ..checks::Facts::default()
    };
    Ok(checks::judge(&rules, &facts))
}

#[derive(Template)]
#[template(path = "conversations/post_form.html")]
struct New {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    /// The slug of the post being corrected; empty for a new one.
    slug: String,
    preview: Option<String>,
    open: bool,
}

async fn page(
    visitor: &Visitor,
    mut typed: Typed,
    errors: Errors,
    slug: String,
    preview: Option<String>,
) -> Result<New> {
    let visit = &visitor.visit;
    let wanted = slug.clone();
    let (frame, version) = visitor
        .read(move |tx, reader| {
            reader.who.member()?;
            Ok(tx.value::<i64>(sql!("SELECT version FROM posts WHERE slug = $1"), &[&wanted])?)
        })
        .await?;
    // The first press was told of the other window; the second one knows.
    if let Some(version) = version.filter(|_| !errors.is_empty()) {
        typed.version = version;
    }
    typed.form = token::issue(&visit.app.secret, Key(visit.app.clock.id()), frame.now, "discussion");
    Ok(New { frame, errors, typed, slug, preview, open: visit.app.open() })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    title: String,
    tags: String,
}

async fn form(visitor: Visitor, axum::extract::Query(asked): axum::extract::Query<Asked>) -> Result<Response> {
    let typed = Typed { title: asked.title, tags: asked.tags, ..Typed::default() };
    let page = page(&visitor, typed, Errors::default(), String::new(), None).await?;
    visitor.visit.html(&page)
}

/// What was typed, with the picture that came along in it; or why that cannot be shown.
async fn with_picture(visitor: &Visitor, sent: Sent<Typed>) -> Result<(Typed, Errors)> {
    let (typed, done) = sent.put(&visitor.visit, |t| (&mut t.text, &mut t.alt)).await;
    Ok((typed, Errors::split(done)?.err().unwrap_or_default()))
}

async fn send(visitor: Visitor, sent: Sent<Typed>) -> Result<Response> {
    let (typed, errors) = with_picture(&visitor, sent).await?;
    if !errors.is_empty() {
        let page = page(&visitor, typed, errors, String::new(), None).await?;
        return visitor.visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    if typed.action == "preview" {
        let shown = rendered("markdown", &formats::text::clean_text(&typed.text));
        let page = page(&visitor, typed, Errors::default(), String::new(), Some(shown)).await?;
        return visitor.visit.html(&page);
    }
    let (kept, secret) = (typed.clone(), visitor.visit.app.secret);
    let sent = visitor.write(move |tx, reader| publish(tx, reader, &secret, "discussion", &typed)).await;
    match Errors::kept(sent, "text")? {
        Ok((_, slug, held)) => {
            let words = if held { "A moderator has a look at it; then others read it." } else { "Published." };
            Ok(visitor.visit.see(&format!("/conversations/{slug}"), words))
        }
        Err((status, errors)) => {
            let page = page(&visitor, kept, errors, String::new(), None).await?;
            visitor.visit.html_as(status, &page)
        }
    }
}

async fn edit_form(visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let wanted = slug.clone();
    let (_, typed) = visitor
        .read(move |tx, reader| {
            let me = reader.who.member()?.id;
            let post = read::post(tx, reader, &wanted)?;
            if post.author_id != Some(me) {
                return Err(Error::NotFound);
            }
            let text: String = tx.value(sql!("SELECT text FROM posts WHERE id = $1"), &[&post.id])?.unwrap_or_default();
            let tags: Vec<String> = post.tags.into_iter().map(|(_, name)| name).collect();
            Ok(Typed {
                title: post.title,
                text,
                tags: tags.join(", "),
                field: post.field.map(|f| live::field_name(&f).to_owned()).unwrap_or_default(),
                visibility: if post.public { "public" } else { "members" }.to_owned(),
                version: post.version,
                ..Typed::default()
            })
        })
        .await?;
    let page = page(&visitor, typed, Errors::default(), slug, None).await?;
    visitor.visit.html(&page)
}

async fn edit(visitor: Visitor, Path(slug): Path<String>, sent: Sent<Typed>) -> Result<Response> {
    let (typed, errors) = with_picture(&visitor, sent).await?;
    if !errors.is_empty() {
        let page = page(&visitor, typed, errors, slug, None).await?;
        return visitor.visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    if typed.action == "preview" {
        let shown = rendered("markdown", &formats::text::clean_text(&typed.text));
        let page = page(&visitor, typed, Errors::default(), slug, Some(shown)).await?;
        return visitor.visit.html(&page);
    }
    let (kept, wanted) = (typed.clone(), slug.clone());
    let done = visitor.write(move |tx, reader| correct(tx, reader, &wanted, &typed)).await;
    match Errors::kept(done, "text")? {
        Ok(()) => Ok(visitor.visit.see(&format!("/conversations/{slug}"), "Saved. The wording before is kept.")),
        Err((status, errors)) => {
            let page = page(&visitor, kept, errors, slug, None).await?;
            visitor.visit.html_as(status, &page)
        }
    }
}

/// Closes or opens a post: its author or a moderator.
///
/// # Errors
/// [`Error::NotFound`] for anybody else.
pub fn lock(tx: &mut Tx<'_>, reader: &Reader, slug: &str, locked: bool) -> Result<()> {
    let me = reader.who.member()?.id;
    let post = read::post(tx, reader, slug)?;
    if post.author_id != Some(me) && !reader.moderator {
        return Err(Error::NotFound);
    }
    reviews::not_by_its_group(tx, post.id, me)?;
    let at: Option<i64> = locked.then_some(tx.now());
    tx.execute(sql!("UPDATE posts SET locked_at = $1, version = version + 1 WHERE id = $2"), &[&at, &post.id])?;
    let kind = if locked { "locked" } else { "unlocked" };
    note(
        tx,
        &Event { post: post.id, comment: None, actor: Some(me), kind, from: &post.state, to: &post.state, reason: "" },
    )?;
    Ok(())
}

async fn close(visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let wanted = slug.clone();
    visitor.write(move |tx, reader| lock(tx, reader, &wanted, true)).await?;
    let here = format!("/conversations/{slug}");
    Ok(visitor.visit.see_with_undo(&here, "Closed: it takes no more comments.", &format!("{here}/opening")))
}

async fn open(visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let wanted = slug.clone();
    visitor.write(move |tx, reader| lock(tx, reader, &wanted, false)).await?;
    Ok(visitor.visit.see(&format!("/conversations/{slug}"), "Open again."))
}

/// Its id, author and state, if this member wrote it or looks after what is said here.
fn to_move(tx: &mut Tx<'_>, reader: &Reader, slug: &str) -> Result<(Key, Key, String)> {
    let me = reader.who.member()?.id;
    let found: Option<(Key, Option<Key>, String)> =
        tx.row(sql!("SELECT id, author_id, state FROM posts WHERE slug = $1"), &[&slug], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
    let (id, author, state) = found.ok_or(Error::NotFound)?;
    if author == Some(me) || reader.moderator { Ok((me, id, state)) } else { Err(Error::NotFound) }
}

/// Takes a post away: its author or a moderator.
///
/// # Errors
/// [`Error::NotFound`] for anybody else, [`Error::Conflict`] when it is gone already.
pub fn take_away(tx: &mut Tx<'_>, reader: &Reader, slug: &str) -> Result<()> {
    let (me, id, _) = to_move(tx, reader, slug)?;
    put(tx, me, id, "removed", "").map(drop)
}

/// Puts a post back as it was: its author what they took away themselves, a moderator anything.
///
/// # Errors
/// [`Error::NotFound`] for anybody else, [`Error::Forbidden`] for what a moderator took away.
pub fn put_back(tx: &mut Tx<'_>, reader: &Reader, slug: &str) -> Result<()> {
    let (me, id, state) = to_move(tx, reader, slug)?;
    let last: Option<(Option<Key>, String)> = tx.row(
        sql!(
            "SELECT actor_id, from_state FROM moderation_events WHERE post_id = $1 AND to_state = $2 AND comment_id IS NULL
               AND undone_at IS NULL ORDER BY at DESC, id DESC LIMIT 1"
        ),
        &[&id, &state],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let own = state == "removed" && last.as_ref().is_some_and(|(by, _)| *by == Some(me));
    if !reader.moderator && !own {
        return Err(Error::Forbidden("A moderator took this away; only a moderator can put it back.".into()));
    }
    // What waited for a moderator before it was taken away waits again.
    let to = last.map(|(_, from)| from).filter(|from| !from.is_empty() && !reader.moderator);
    put(tx, me, id, to.as_deref().unwrap_or("published"), "").map(drop)
}

/// Moves a post to a state and writes it down; returns the event by which that is undone.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it is there already; [`Error::Forbidden`] to the keeper of the group
/// it reviews.
pub fn put(tx: &mut Tx<'_>, by: Key, id: Key, to: &str, reason: &str) -> Result<Key> {
    let from: Option<String> = tx.value(sql!("SELECT state FROM posts WHERE id = $1"), &[&id])?;
    let from = from.ok_or(Error::NotFound)?;
    reviews::not_by_its_group(tx, id, by)?;
    if from == to {
        return Err(Error::Conflict("Somebody has decided the same already.".into()));
    }
    tx.execute(sql!("UPDATE posts SET state = $1, version = version + 1 WHERE id = $2"), &[&to, &id])?;
    let kind = if to == "published" { "restored" } else { to };
    let event = note(tx, &Event { post: id, comment: None, actor: Some(by), kind, from: &from, to, reason })?;
    tell_mentioned(tx, id, "")?;
    webmention::told(tx, id)?;
    Ok(event)
}

async fn remove(visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let wanted = slug.clone();
    visitor.write(move |tx, reader| take_away(tx, reader, &wanted)).await?;
    let undo = format!("/conversations/{slug}/restoration");
    Ok(visitor.visit.see_with_undo("/conversations", "Taken away, with all that was said under it.", &undo))
}

async fn restore(visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let wanted = slug.clone();
    visitor.write(move |tx, reader| put_back(tx, reader, &wanted)).await?;
    Ok(visitor.visit.see(&format!("/conversations/{slug}"), "It is back."))
}
