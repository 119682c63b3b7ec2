//! What its author, its readers and moderators do with one comment: look at it alone, correct it, take it away and put it
//! back, say that it was useful, report it.

use super::read::{self, Post, Shown};
use super::settings::Rules;
use super::visitor::{Reader, Visitor};
use super::{Event, State, mentions, note, order, rendered, write};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::pictures::{self, Sent};
use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;
use store::{DAY, Tx, sql};

/// What was taken away can be put back for this long (µs); then its words are deleted.
const UNDO: i64 = 30 * DAY;

/// `/comments/{id}/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/comments/{id}", get(show))
        .route("/comments/{id}/edit", get(edit_form).post(edit).layer(DefaultBodyLimit::max(pictures::MAX_FORM)))
        .route("/comments/{id}/removal", post(remove))
        .route("/comments/{id}/restoration", post(restore))
        .route("/comments/{id}/useful", post(useful))
        .route("/comments/{id}/report", post(report))
}

/// A comment of this reader, whatever became of it.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn own(tx: &mut Tx<'_>, reader: &Reader, id: Key) -> Result<(Shown, Post)> {
    let (comment, post) = read::comment(tx, reader, id)?;
    if reader.wrote(comment.author_id, comment.browser) { Ok((comment, post)) } else { Err(Error::NotFound) }
}

/// Until when its author may correct a comment, if that is still to come.
pub fn editable_until(comment: &Shown, rules: &Rules, now: i64) -> Option<i64> {
    let until = comment.created_at + rules.edit_minutes * 60_000_000;
    let open = matches!(comment.state, State::Approved | State::Held | State::Unconfirmed);
    (open && now < until && comment.kind == "comment").then_some(until)
}

/// Corrects one's own comment within the time for it; the wording before is kept for all to see.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's, [`Error::Conflict`] too late, or when it was changed meanwhile.
pub fn correct(tx: &mut Tx<'_>, reader: &Reader, id: Key, version: i64, typed: &str) -> Result<()> {
    let (comment, post) = own(tx, reader, id)?;
    if let Some(party) = comment.author_id {
        write::blocked(tx, party)?;
    }
    let rules = Rules::read(tx)?;
    let now = tx.now();
    if editable_until(&comment, &rules, now).is_none() {
        return Err(Error::Conflict(format!(
            "A comment can be corrected for {} only. You can answer it with the correction.",
            crate::say::count(rules.edit_minutes, "minute")
        )));
    }
    if post.locked {
        return Err(Error::Conflict("This conversation is closed.".into()));
    }
    let text = formats::text::clean_text(typed);
    let length = text.chars().count();
    if text.is_empty() || length > write::MAX_TEXT {
        let words =
            if text.is_empty() { "Please write something, or delete the comment." } else { "This is too long." };
        return Err(Error::field("text", words));
    }
    if version != comment.version {
        return Err(Error::Conflict(
            "This comment was changed in another window meanwhile. Save again to put these words in its place.".into(),
        ));
    }
    let me = reader.account().map(|(id, _)| id);
    let revision = tx.id();
    tx.execute(
        sql!(
            "INSERT INTO revisions (id, comment_id, title, text, editor_id, at)
             SELECT $1, id, '', text, $2, $3 FROM comments WHERE id = $4"
        ),
        &[&revision, &me, &now, &id],
    )?;
    let known = mentions::of(tx, &text)?;
    let html = mentions::link(&rendered("markdown", &text), &known);
    let changed = tx.execute(
        sql!(
            "UPDATE comments SET text = $1, html = $2, format = 'markdown', edited_at = $3, version = version + 1
             WHERE id = $4 AND version = $5"
        ),
        &[&text, &html, &now, &id, &version],
    )?;
    if changed == 0 {
        return Err(Error::Conflict(
            "This comment was changed in another window meanwhile. Save again to put these words in its place.".into(),
        ));
    }
    if let Some(member) = reader.who.id() {
        pictures::publish(tx, member, pictures::In::Comment(id), &text)?;
    }
    // What would have been held when it was new is held now.
    let facts = super::checks::Facts {
        name: &comment.name,
        url: &comment.url,
        text: &text,
        member: reader.who.member.is_some(),
        moderator: reader.moderator,
        known: true,
        took: i64::MAX,
        ..super::checks::Facts::default()
    };
    let verdict = super::checks::judge(&rules, &facts);
    mentions::keep(tx, id, &known)?;
    let mut to = comment.state;
    if comment.state == State::Approved && verdict.state != State::Approved && !rules.hold_all {
        tx.execute(sql!("UPDATE comments SET held_for = $1 WHERE id = $2"), &[&verdict.reasons.join("\n"), &id])?;
        order::put(tx, id, State::Held)?;
        super::telling::enqueue(tx, id, State::Held)?;
        to = State::Held;
    }
    if to == State::Approved {
        super::telling::enqueue_mentions(tx, id)?;
    }
    note(
        tx,
        &Event {
            post: post.id,
            comment: Some(id),
            actor: me,
            kind: "edited",
            from: comment.state.as_str(),
            to: to.as_str(),
            reason: "",
        },
    )?;
    Ok(())
}

/// Takes one's own comment away: a line in its place keeps the thread if there are answers.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn take_away(tx: &mut Tx<'_>, reader: &Reader, id: Key) -> Result<String> {
    let (comment, post) = own(tx, reader, id)?;
    if comment.state == State::Removed {
        return Err(Error::Conflict("It is deleted already.".into()));
    }
    let now = tx.now();
    let before = order::put(tx, id, State::Removed)?;
    tx.execute(sql!("UPDATE comments SET removed_as = 'author' WHERE id = $1"), &[&id])?;
    let event = note(
        tx,
        &Event {
            post: post.id,
            comment: Some(id),
            actor: reader.account().map(|(id, _)| id),
            kind: "deleted by its author",
            from: before.as_str(),
            to: State::Removed.as_str(),
            reason: "",
        },
    )?;
    // Each removal has its own end: one that was undone does not delete what a later one may still undo.
    tx.enqueue("comment-purge", &event.to_string(), "", now + UNDO)?;
    let parent: Option<Key> = comment.parent;
    Ok(match parent {
        Some(parent) => format!("/conversations/{}#comment-{parent}", post.slug),
        None => format!("/conversations/{}#comments", post.slug),
    })
}

/// Puts one's own comment back as it was before.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's, [`Error::Gone`] when its words are deleted already.
pub fn put_back(tx: &mut Tx<'_>, reader: &Reader, id: Key) -> Result<()> {
    let (comment, post) = own(tx, reader, id)?;
    let last: Option<(Key, String)> = tx.row(
        sql!(
            "SELECT id, from_state FROM moderation_events
             WHERE comment_id = $1 AND kind = 'deleted by its author' AND undone_at IS NULL ORDER BY at DESC, id DESC LIMIT 1"
        ),
        &[&id],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let (event, from) = last.filter(|_| comment.removed_as == "author").ok_or(Error::NotFound)?;
    if comment.html.is_empty() {
        return Err(Error::Gone("Its words are deleted for good by now.".into()));
    }
    let now = tx.now();
    tx.execute(sql!("UPDATE comments SET removed_as = NULL WHERE id = $1"), &[&id])?;
    order::put(tx, id, State::read(&from))?;
    tx.execute(sql!("UPDATE moderation_events SET undone_at = $1 WHERE id = $2"), &[&now, &event])?;
    tx.cancel_job("comment-purge", &event.to_string())?;
    note(
        tx,
        &Event {
            post: post.id,
            comment: Some(id),
            actor: reader.account().map(|(id, _)| id),
            kind: "put back by its author",
            from: State::Removed.as_str(),
            to: &from,
            reason: "",
        },
    )?;
    Ok(())
}

/// Deletes the words of what was taken away a month ago and not put back.
///
/// # Errors
/// The database's.
pub fn purge(tx: &mut Tx<'_>, event: Key) -> Result<()> {
    let comment: Option<Option<Key>> = tx.value(
        sql!(
            "SELECT e.comment_id FROM moderation_events e JOIN comments c ON c.id = e.comment_id
             WHERE e.id = $1 AND e.undone_at IS NULL AND c.state = 'removed'"
        ),
        &[&event],
    )?;
    let Some(comment) = comment.flatten() else { return Ok(()) };
    tx.execute(sql!("DELETE FROM revisions WHERE comment_id = $1"), &[&comment])?;
    pictures::delete_of_comment(tx, comment)?;
    tx.execute(
        sql!("UPDATE comments SET text = '', html = '', author_name = '', author_email = '', author_url = '' WHERE id = $1"),
        &[&comment],
    )?;
    Ok(())
}

/// Says or unsays that a comment was useful: members, not of their own.
///
/// # Errors
/// [`Error::SignIn`], [`Error::NotFound`].
pub fn mark_useful(tx: &mut Tx<'_>, reader: &Reader, id: Key, yes: bool) -> Result<String> {
    let me = reader.who.member()?.id;
    let (comment, _) = read::comment(tx, reader, id)?;
    if comment.author_id == Some(me) {
        return Err(Error::Forbidden("One does not say that of one’s own words.".into()));
    }
    let now = tx.now();
    let changed = if yes {
        tx.execute(
            sql!(
                "INSERT INTO usefuls (comment_id, party_id, at) VALUES ($1, $2, $3)
                 ON CONFLICT (comment_id, party_id) DO NOTHING"
            ),
            &[&id, &me, &now],
        )?
    } else {
        tx.execute(sql!("DELETE FROM usefuls WHERE comment_id = $1 AND party_id = $2"), &[&id, &me])?
    };
    if changed > 0 {
        let step: i64 = if yes { 1 } else { -1 };
        tx.execute(sql!("UPDATE comments SET useful = useful + $1 WHERE id = $2"), &[&step, &id])?;
    }
    read::address(tx, id)
}

/// The reasons for a report, as stored and as shown.
pub const REASONS: [(&str, &str); 5] = [
    ("spam", "It advertises or is off the point"),
    ("rude", "It is rude or hateful"),
    ("untrue", "It states something untrue about somebody"),
    ("private", "It shows private data"),
    ("other", "Something else"),
];

/// Tells moderators of a comment; signed in or not.
///
/// # Errors
/// [`Error::Invalid`], [`Error::TooMany`].
pub fn tell_of(tx: &mut Tx<'_>, reader: &Reader, id: Key, reason: &str, words: &str) -> Result<String> {
    let (_, post) = read::comment(tx, reader, id)?;
    super::about::tell(tx, reader, &post, Some(id), reason, words)?;
    read::address(tx, id)
}

#[derive(Template)]
#[template(path = "conversations/comment.html")]
struct One {
    frame: Frame,
    errors: Errors,
    comment: Shown,
    post: Post,
    mine: bool,
    until: Option<i64>,
    moderator: bool,
    /// When and what, newest first.
    history: Vec<(i64, String)>,
    /// When, who, what, why: for moderators.
    events: Vec<(i64, String, String, String)>,
    address: String,
    reason: String,
    words: String,
}

impl One {
    fn report_path(&self) -> String {
        format!("/comments/{}/report", self.comment.id)
    }
}

/// Earlier wordings of a comment: until when, words.
///
/// # Errors
/// The database's.
pub fn history(tx: &mut Tx<'_>, comment: Key) -> Result<Vec<(i64, String)>> {
    Ok(tx.rows(
        sql!("SELECT at, text FROM revisions WHERE comment_id = $1 ORDER BY at DESC, id DESC LIMIT 50"),
        &[&comment],
        // The wording alone: a picture that was taken out is gone.
        |r| Ok((r.get(0)?, formats::markdown::render(&r.get::<String>(1)?))),
    )?)
}

async fn one_page(visitor: &Visitor, id: Key, errors: Errors, reason: String, words: String) -> Result<One> {
    let (frame, parts) = visitor
        .read(move |tx, reader| {
            let (comment, post) = read::comment(tx, reader, id)?;
            let rules = Rules::read(tx)?;
            let mine = reader.wrote(comment.author_id, comment.browser);
            let until = editable_until(&comment, &rules, tx.now()).filter(|_| mine);
            let history = history(tx, id)?;
            let events = if reader.moderator {
                tx.rows(
                    sql!(
                        "SELECT e.at, COALESCE(p.name, ''), e.kind, e.reason FROM moderation_events e
                           LEFT JOIN parties p ON p.id = e.actor_id
                         WHERE e.comment_id = $1 ORDER BY e.at DESC, e.id DESC LIMIT 50"
                    ),
                    &[&id],
                    |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
                )?
            } else {
                Vec::new()
            };
            let address = read::address(tx, id)?;
            Ok((comment, post, mine, until, reader.moderator, history, events, address))
        })
        .await?;
    let (comment, post, mine, until, moderator, history, events, address) = parts;
    Ok(One { frame, errors, comment, post, mine, until, moderator, history, events, address, reason, words })
}

async fn show(visitor: Visitor, Path(id): Path<Key>) -> Result<Response> {
    let page = one_page(&visitor, id, Errors::default(), String::new(), String::new()).await?;
    visitor.visit.html(&page)
}

#[derive(Template)]
#[template(path = "conversations/edit.html")]
struct Edit {
    frame: Frame,
    errors: Errors,
    id: Key,
    title: String,
    text: String,
    alt: String,
    version: i64,
    until: i64,
    back: String,
    preview: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Corrected {
    text: String,
    /// What a picture sent along shows.
    alt: String,
    version: i64,
    action: String,
}

/// What was typed is shown again whatever happened meanwhile; saved once more it takes the place of what is there now.
async fn edit_page(visitor: &Visitor, id: Key, typed: Option<Corrected>, errors: Errors) -> Result<Edit> {
    let is_new = typed.is_none();
    let (frame, (title, stored, version, until, back)) = visitor
        .read(move |tx, reader| {
            let (comment, post) = own(tx, reader, id)?;
            let rules = Rules::read(tx)?;
            let until = comment.created_at + rules.edit_minutes * 60_000_000;
            if is_new && editable_until(&comment, &rules, tx.now()).is_none() {
                return Err(Error::Conflict("The time to correct this comment is over.".into()));
            }
            let text: String = tx.value(sql!("SELECT text FROM comments WHERE id = $1"), &[&id])?.unwrap_or_default();
            Ok((post.title, text, comment.version, until, read::address(tx, id)?))
        })
        .await?;
    let preview = typed.as_ref().filter(|t| t.action == "preview").map(|t| rendered("markdown", &t.text));
    let kept = errors.is_empty();
    let (text, alt, version) = typed.map_or((stored, String::new(), version), |t| {
        // The first press was told of the other window; the second one knows.
        (t.text, t.alt, if kept { t.version } else { version })
    });
    Ok(Edit { frame, errors, id, title, text, alt, version, until, back, preview })
}

async fn edit_form(visitor: Visitor, Path(id): Path<Key>) -> Result<Response> {
    let page = edit_page(&visitor, id, None, Errors::default()).await?;
    visitor.visit.html(&page)
}

async fn edit(visitor: Visitor, Path(id): Path<Key>, sent: Sent<Corrected>) -> Result<Response> {
    // Whoever may not correct it leaves no picture here.
    visitor.read(move |tx, reader| own(tx, reader, id).map(drop)).await?;
    let (typed, picture) = sent.put(&visitor.visit, |t| (&mut t.text, &mut t.alt)).await;
    if let Err(errors) = Errors::split(picture)? {
        let page = edit_page(&visitor, id, Some(typed), errors).await?;
        return visitor.visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    if typed.action == "preview" {
        let page = edit_page(&visitor, id, Some(typed), Errors::default()).await?;
        return visitor.visit.html(&page);
    }
    let (text, version) = (typed.text.clone(), typed.version);
    let done = visitor
        .write(move |tx, reader| {
            correct(tx, reader, id, version, &text)?;
            read::address(tx, id)
        })
        .await;
    match Errors::kept(done, "text")? {
        Ok(to) => Ok(visitor.visit.see(&to, "Saved. It says “edited”, and everybody can read the wording before.")),
        Err((status, errors)) => {
            let page = edit_page(&visitor, id, Some(typed), errors).await?;
            visitor.visit.html_as(status, &page)
        }
    }
}

async fn remove(visitor: Visitor, Path(id): Path<Key>) -> Result<Response> {
    let to = visitor.write(move |tx, reader| take_away(tx, reader, id)).await?;
    Ok(visitor.visit.see_with_undo(
        &to,
        "Deleted. Its words are kept for 30 days, for you alone.",
        &format!("/comments/{id}/restoration"),
    ))
}

async fn restore(visitor: Visitor, Path(id): Path<Key>) -> Result<Response> {
    let to = visitor
        .write(move |tx, reader| {
            put_back(tx, reader, id)?;
            read::address(tx, id)
        })
        .await?;
    Ok(visitor.visit.see(&to, "It is back."))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Said {
    useful: String,
    reason: String,
    words: String,
}

async fn useful(visitor: Visitor, Path(id): Path<Key>, Form(said): Form<Said>) -> Result<Response> {
    let yes = said.useful != "no";
    let to = visitor.write(move |tx, reader| mark_useful(tx, reader, id, yes)).await?;
    Ok(Redirect::to(&to).into_response())
}

async fn report(visitor: Visitor, Path(id): Path<Key>, Form(said): Form<Said>) -> Result<Response> {
    let (reason, words) = (said.reason.clone(), said.words.clone());
    let done = visitor.write(move |tx, reader| tell_of(tx, reader, id, &reason, &words)).await;
    match Errors::split(done)? {
        Ok(to) => Ok(visitor.visit.see(&to, "Thank you. A moderator will look at it.")),
        Err(errors) => {
            let page = one_page(&visitor, id, errors, said.reason, said.words).await?;
            visitor.visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
