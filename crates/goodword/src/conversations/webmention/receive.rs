//! Mentions of our posts: taken, checked by a job, and held for a moderator.

use super::{PAGE, REDIRECTS, TRIES, base, is_html, resolved, text};
use crate::app::App;
use crate::conversations::checks::{self, Facts};
use crate::conversations::order::{self, Place};
use crate::conversations::settings::Rules;
use crate::conversations::{Event, State, note, plain, rendered, telling, write};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::say;
use axum::extract::{Form, State as Of};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use outbound::{Answer, Request, Url};
use serde::Deserialize;
use store::{DAY, Job, Tx, sql};

/// Mentions one host may announce in an hour.
const AN_HOUR: i64 = 20;
/// Mentions that may wait to be checked.
const WAITING: i64 = 500;
/// The same one again is looked at again after this (µs).
const AGAIN: i64 = 60_000_000;
/// Characters shown before and after the link.
const AROUND: usize = 120;
/// Characters of an entry that is shown whole, and of a summary.
const WHOLE: usize = 600;
/// A mention is looked at again after this (µs): pages go without saying so.
const LATER: i64 = 30 * DAY;
/// The job that does.
const RECHECK: &str = "recheck";
/// Why a moderator should look.
const HELD: &str = "a page elsewhere links here";

#[derive(Deserialize)]
pub(super) struct Asked {
    source: String,
    target: String,
}

/// `POST /webmention`: everything that can be said without asking the other server is said at once.
pub(super) async fn ask(Of(app): Of<App>, Form(asked): Form<Asked>) -> Result<Response> {
    let bad = |why: &str| Error::BadRequest(why.to_owned());
    let source = app.site.outbound.check(&asked.source).map_err(|failure| bad(&failure.to_string()))?;
    let own = Url::parse(&app.site.public_url).ok();
    if own.as_ref().is_some_and(|own| own.origin() == source.origin()) {
        return Err(bad("The source is on this very site."));
    }
    let slug = slug(&app.site.public_url, &asked.target).map(str::to_owned);
    let slug = slug.filter(|_| app.open()).ok_or_else(|| bad("The target is no conversation here."))?;
    let host = source.host_str().unwrap_or_default().to_owned();
    app.db.write(move |tx| take(tx, &slug, &asked, &host)).await?;
    app.written().await;
    Ok((StatusCode::ACCEPTED, "Taken. It is looked at soon.\n").into_response())
}

/// The post an address of ours leads to, or to a comment of.
fn slug<'a>(public_url: &str, target: &'a str) -> Option<&'a str> {
    let path = target.strip_prefix(public_url)?.strip_prefix("/conversations/")?;
    let slug = path.split(['/', '?', '#']).next().unwrap_or("");
    (!slug.is_empty()).then_some(slug)
}

fn take(tx: &mut Tx<'_>, slug: &str, asked: &Asked, host: &str) -> Result<()> {
    let now = tx.now();
    let post: Option<Key> = tx.value(
        sql!(
            "SELECT id FROM posts WHERE slug = $1 AND state = 'published' AND visibility = 'public'
               AND (pings_open AND locked_at IS NULL
                 OR EXISTS (SELECT 1 FROM webmentions_received w WHERE w.post_id = posts.id AND w.source = $2))"
        ),
        &[&slug, &asked.source],
    )?;
    let post = post.ok_or_else(|| Error::BadRequest("The target is no conversation here.".into()))?;
    let (an_hour, waiting): (i64, i64) = tx
        .row(
            sql!(
                "SELECT (SELECT COUNT(*) FROM webmentions_received WHERE host = $1 AND asked_at > $2),
                   (SELECT COUNT(*) FROM webmentions_received WHERE state = 'waiting')"
            ),
            &[&host, &(now - 3_600_000_000)],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?
        .unwrap_or_default();
    if an_hour >= AN_HOUR || waiting >= WAITING {
        return Err(Error::TooMany("That is more than can be looked at now; please try again in an hour.".into()));
    }
    let id: Option<Key> = tx.value(
        sql!(
            "INSERT INTO webmentions_received (id, post_id, source, host, target, state, why, asked_at)
             VALUES ($1, $2, $3, $4, $5, 'waiting', '', $6)
             ON CONFLICT (post_id, source) DO UPDATE SET target = excluded.target, asked_at = excluded.asked_at
               WHERE webmentions_received.asked_at < $7
             RETURNING id"
        ),
        &[&tx.id(), &post, &asked.source, &host, &asked.target, &now, &(now - AGAIN)],
    )?;
    if let Some(id) = id {
        tx.enqueue("webmention-check", &format!("{id} {now}"), "", now)?;
    }
    Ok(())
}

/// What a look at the source found.
enum Found {
    /// It links here.
    Link(Said),
    /// It links here no more, or is gone.
    Gone,
    /// It cannot be read.
    Unreadable(String),
}

/// What a page says, plain.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    /// Who says it; empty where the page does not say.
    author: String,
    /// Where they are at home; empty where the page does not say.
    author_url: String,
    /// The page's title, or the entry's.
    title: String,
    /// The entry or its summary, or the words around the link.
    words: String,
}

/// The job: looks at the source, and acts by what is there.
pub(super) async fn check(app: &App, job: &Job) -> anyhow::Result<()> {
    let id: Key = job.key.split(' ').next().unwrap_or("").parse()?;
    let asked: Option<(String, String)> = app
        .db
        .read(move |tx| {
            Ok::<_, Error>(tx.row(
                sql!("SELECT source, target FROM webmentions_received WHERE id = $1"),
                &[&id],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )?)
        })
        .await?;
    let found = match &asked {
        None => None,
        Some((source, target)) => Some(look(app, source, target, job.attempts >= TRIES).await?),
    };
    let job = job.clone();
    app.db
        .write(move |tx| {
            tx.finish_job(&job)?;
            if let Some(found) = &found {
                settle(tx, id, found, job.payload == RECHECK)?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    Ok(())
}

async fn look(app: &App, source: &str, target: &str, last: bool) -> anyhow::Result<Found> {
    let request = Request::get(source)
        .header(outbound::header::ACCEPT, "text/html, application/xhtml+xml;q=0.9, */*;q=0.5")
        .at_most(PAGE)
        .following(REDIRECTS);
    match app.site.outbound.send(request).await {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(linked(&answer, target)),
        Ok(answer) if matches!(answer.status, 404 | 410) => Ok(Found::Gone),
        Ok(answer) if answer.status >= 500 && !last => anyhow::bail!("the source answered {}", answer.status),
        Ok(answer) => Ok(Found::Unreadable(format!("The source answered {}.", answer.status))),
        Err(failure) if failure.may_pass() && !last => anyhow::bail!("{failure}"),
        Err(failure) => Ok(Found::Unreadable(failure.to_string())),
    }
}

fn linked(answer: &Answer, target: &str) -> Found {
    let body = text(answer);
    if !is_html(answer) {
        return if body.contains(target) { Found::Link(Said::default()) } else { Found::Gone };
    }
    let page = formats::links::page(&body);
    let wanted = Url::parse(target).ok();
    let link = resolved(&page, answer).find(|(link, to)| link.element != "link" && Some(to) == wanted.as_ref());
    link.map_or(Found::Gone, |(link, _)| Found::Link(said(&page, link, answer)))
}

/// What a page that links here says: as its entry has it (microformats2: `h-entry`) where the link stands in one. A short
/// entry is shown whole, of a long one its summary.
fn said(page: &formats::links::Page, link: &formats::links::Link, answer: &Answer) -> Said {
    let around = || match page.around(link, AROUND) {
        words if words.is_empty() => words,
        words => format!("[…] {words} […]"),
    };
    let Some(entry) = link.entry.and_then(|n| page.entries.get(n)) else {
        return Said { title: page.title.clone(), words: around(), ..Said::default() };
    };
    let words = match (entry.content.chars().count(), entry.summary.is_empty()) {
        (1..=WHOLE, _) => entry.content.clone(),
        (_, false) => say::shorten(&entry.summary, WHOLE),
        (0, true) if !entry.name.is_empty() => say::shorten(&entry.name, WHOLE),
        _ => around(),
    };
    let home = base(page, answer).filter(|_| !entry.author_url.is_empty()).and_then(|b| b.join(&entry.author_url).ok());
    let home = home.filter(|url| matches!(url.scheme(), "http" | "https") && url.as_str().len() <= write::MAX_URL);
    let title = if entry.name.is_empty() { &page.title } else { &entry.name };
    Said {
        author: entry.author.clone(),
        author_url: home.map(String::from).unwrap_or_default(),
        title: title.clone(),
        words,
    }
}

struct Row {
    post: Key,
    source: String,
    host: String,
    comment: Option<(Key, State)>,
}

/// Acts by what was found. A look that nobody asked for only takes away: what changed meanwhile is no news.
fn settle(tx: &mut Tx<'_>, id: Key, found: &Found, recheck: bool) -> Result<()> {
    let row = tx.row(
        sql!(
            "SELECT w.post_id, w.source, w.host, c.id, c.state FROM webmentions_received w
               LEFT JOIN comments c ON c.id = w.comment_id WHERE w.id = $1"
        ),
        &[&id],
        |r| {
            let comment = r.get::<Option<Key>>(3)?.zip(r.get::<Option<String>>(4)?.map(|s| State::read(&s)));
            Ok(Row { post: r.get(0)?, source: r.get(1)?, host: r.get(2)?, comment })
        },
    )?;
    let Some(row) = row else { return Ok(()) };
    let (state, why, comment) = match found {
        Found::Link(_) if recheck => ("found", String::new(), row.comment.map(|(id, _)| id)),
        Found::Link(said) => ("found", String::new(), Some(show(tx, &row, said)?)),
        Found::Gone => {
            if let Some((comment, State::Approved | State::Held)) = row.comment {
                take_away(tx, row.post, comment)?;
            }
            ("gone", String::new(), row.comment.map(|(id, _)| id))
        }
        Found::Unreadable(why) => ("refused", why.clone(), row.comment.map(|(id, _)| id)),
    };
    let now = tx.now();
    tx.execute(
        sql!("UPDATE webmentions_received SET state = $1, why = $2, comment_id = $3, checked_at = $4 WHERE id = $5"),
        &[&state, &why, &comment, &now, &id],
    )?;
    if comment.is_some() && state != "gone" {
        tx.enqueue_anew("webmention-check", &format!("{id} {RECHECK}"), RECHECK, now + LATER)?;
    }
    Ok(())
}

/// The comment a mention is: new, or changed with its page. What a moderator took away stays away.
fn show(tx: &mut Tx<'_>, row: &Row, said: &Said) -> Result<Key> {
    let short = |text: &str| -> String { formats::text::clean_line(text).chars().take(120).collect() };
    let (author, title) = (short(&said.author), short(&said.title));
    let name = [&author, &title, &row.host].into_iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
    let url = if said.author_url.is_empty() { &row.source } else { &said.author_url };
    let escape =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let words = formats::text::clean_line(&said.words);
    let words = if words.is_empty() { words } else { format!("{}\n\n", escape(&words)) };
    // Where the author is known, the link says what the page is called; else that is the name already.
    let called = if author.is_empty() || title.is_empty() { &row.source } else { &title };
    let text = format!("{words}<a href=\"{}\">{}</a>", escape(&row.source), escape(called));
    let html = rendered("html", &text);
    let rules = Rules::read(tx)?;
    let seen = format!("{} {}", plain("html", &text), row.source);
    let facts = Facts { name: &name, url, text: &seen, took: i64::MAX, ..Facts::default() };
    let verdict = checks::judge(&rules, &facts);
    let (state, reason) = match verdict.state {
        State::Spam => (State::Spam, verdict.reasons.join("\n")),
        _ => (State::Held, HELD.to_owned()),
    };
    if let Some((comment, before)) = row.comment {
        let same: Option<i64> = tx.value(
            sql!("SELECT 1 FROM comments WHERE id = $1 AND text = $2 AND author_name = $3 AND author_url = $4"),
            &[&comment, &text, &name, url],
        )?;
        let removed_as: Option<Option<String>> =
            tx.value(sql!("SELECT removed_as FROM comments WHERE id = $1"), &[&comment])?;
        let withdrawn = before == State::Removed && removed_as.flatten().as_deref() == Some("author");
        if same.is_some() && !withdrawn {
            return Ok(comment);
        }
        let now = tx.now();
        tx.execute(
            sql!(
                "UPDATE comments SET text = $1, html = $2, author_name = $3, author_url = $4, held_for = $5, edited_at = $6
                 WHERE id = $7"
            ),
            &[&text, &html, &name, url, &reason, &now, &comment],
        )?;
        if withdrawn || matches!(before, State::Approved | State::Held) {
            tx.execute(sql!("UPDATE comments SET removed_as = NULL WHERE id = $1"), &[&comment])?;
            order::put(tx, comment, state)?;
            noted(tx, row.post, comment, "edited", before, state, &reason)?;
        }
        return Ok(comment);
    }
    let (id, now) = (Key(tx.id()), tx.now());
    let number = order::next_number(tx, row.post)?;
    let place = Place::top(number);
    tx.execute(
        sql!(
            "INSERT INTO comments (id, post_id, number, root, path, depth, kind, author_name, author_email, author_url, format,
               text, html, state, held_for, shown, purpose, useful, replies, created_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, 'webmention', $7, '', $8, 'html', $9, $10, $11, $12, FALSE, 'comment', 0, 0, $13,
               1)"
        ),
        &[
            &id,
            &row.post,
            &number,
            &place.root,
            &place.path,
            &place.depth,
            &name,
            url,
            &text,
            &html,
            &state,
            &reason,
            &now,
        ],
    )?;
    noted(tx, row.post, id, "posted", State::Held, state, &reason)?;
    telling::enqueue(tx, id, state)?;
    Ok(id)
}

/// The page is gone, or links here no more: its mention goes, as if its author had taken it back.
fn take_away(tx: &mut Tx<'_>, post: Key, comment: Key) -> Result<()> {
    let before = order::put(tx, comment, State::Removed)?;
    tx.execute(sql!("UPDATE comments SET removed_as = 'author' WHERE id = $1"), &[&comment])?;
    noted(tx, post, comment, "removed", before, State::Removed, "the page links here no more")
}

fn noted(tx: &mut Tx<'_>, post: Key, comment: Key, kind: &str, from: State, to: State, reason: &str) -> Result<()> {
    let from = if kind == "posted" { "" } else { from.as_str() };
    note(tx, &Event { post, comment: Some(comment), actor: None, kind, from, to: to.as_str(), reason })?;
    Ok(())
}
