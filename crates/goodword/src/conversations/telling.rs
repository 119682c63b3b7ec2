//! Who is told of a comment: by notice on the site, by letter at once or once a day, moderators when one waits for them.

use super::{State, service, token};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::mail::{self, Letter, Part};
use crate::page::Frame;
use crate::path::Path;
use crate::viewer::Visit;
use crate::{links, say, vouches};
use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use store::{DAY, Job, Tx, sql};

/// Letters about waiting comments to one moderator an hour: the queue holds the rest.
const HELD_LETTERS: i64 = 20;
/// Comments named in one digest.
const DIGEST: i64 = 50;
/// A moderator's links are good for this many days.
const DAYS: i64 = 30;

/// What is to be done after a comment got into a state: done by jobs, so that posting does not wait.
///
/// # Errors
/// The database's.
pub fn enqueue(tx: &mut Tx<'_>, comment: Key, state: State) -> Result<()> {
    let now = tx.now();
    match state {
        State::Approved => {
            // What is said where nobody follows is mostly for nobody in particular. Told of once; whom a later wording
            // mentions is told of that.
            let concerns = concerns_somebody(tx, comment)?;
            if concerns && !tx.enqueue("comment-tell", &comment.to_string(), "", now)? {
                enqueue_mentions(tx, comment)?;
            }
        }
        State::Held => {
            let why: Option<String> = tx.value(sql!("SELECT held_for FROM comments WHERE id = $1"), &[&comment])?;
            let asked = why.is_some_and(|why| why.lines().any(|line| line == service::ASKED));
            let kind = if asked { service::CHECK } else { "comment-held" };
            tx.enqueue(kind, &comment.to_string(), "", now)?;
        }
        _ => {}
    }
    Ok(())
}

/// Whether there may be somebody to tell: whom it answers, whom it mentions, who follows the post.
fn concerns_somebody(tx: &mut Tx<'_>, comment: Key) -> Result<bool> {
    let found: Option<i64> = tx.value(
        sql!(
            "SELECT 1 FROM comments c WHERE c.id = $1 AND (c.parent_id IS NOT NULL
               OR EXISTS (SELECT 1 FROM mentions m WHERE m.comment_id = c.id)
               OR EXISTS (SELECT 1 FROM subscriptions u WHERE u.post_id = c.post_id AND u.ended_at IS NULL
                            AND (c.author_id IS NULL OR u.party_id <> c.author_id)))"
        ),
        &[&comment],
    )?;
    Ok(found.is_some())
}

/// Members whom another wording mentions are to be told, each once.
///
/// # Errors
/// The database's.
pub fn enqueue_mentions(tx: &mut Tx<'_>, comment: Key) -> Result<()> {
    let now = tx.now();
    tx.enqueue_anew("comment-mentions", &comment.to_string(), "", now).map_err(Error::from)
}

/// The jobs of this feature.
///
/// # Errors
/// The database's.
pub fn run_job(tx: &mut Tx<'_>, public_url: &str, network: &str, job: &Job, key: Key) -> Result<()> {
    match job.kind.as_str() {
        "comment-tell" => tell(tx, public_url, key),
        "comment-mentions" => tell_mentioned(tx, key),
        "comment-held" => tell_moderators(tx, public_url, network, key),
        "comment-unconfirmed" => super::guests::erase_unconfirmed(tx, key),
        "comment-purge" => super::edit::purge(tx, key),
        "comment-digest" => digest(tx, public_url, &job.payload),
        kind => Err(Error::Internal(anyhow::anyhow!("nobody knows jobs of kind {kind}"))),
    }
}

/// What a letter says of a comment.
struct Told {
    post: Key,
    title: String,
    public: bool,
    author: Option<Key>,
    name: String,
    /// A mention on a page of somebody's own.
    elsewhere: bool,
    parent_author: Option<Key>,
    format: String,
    text: String,
}

fn told(tx: &mut Tx<'_>, comment: Key) -> Result<Option<Told>> {
    Ok(tx.row(
        sql!(
            "SELECT s.id, s.title, s.visibility = 'public', c.author_id, COALESCE(NULLIF(c.author_name, ''), p.name, ''),
               a.author_id, c.format, c.text, c.kind <> 'comment'
             FROM comments c JOIN posts s ON s.id = c.post_id LEFT JOIN parties p ON p.id = c.author_id
               LEFT JOIN comments a ON a.id = c.parent_id
             WHERE c.id = $1 AND c.state = 'approved' AND s.state = 'published'"
        ),
        &[&comment],
        |r| {
            Ok(Told {
                post: r.get(0)?,
                title: r.get(1)?,
                public: r.get(2)?,
                author: r.get(3)?,
                name: r.get(4)?,
                elsewhere: r.get(8)?,
                parent_author: r.get(5)?,
                format: r.get(6)?,
                text: r.get(7)?,
            })
        },
    )?)
}

/// Notices for whom it concerns, letters for who asked for them.
fn tell(tx: &mut Tx<'_>, public_url: &str, comment: Key) -> Result<()> {
    let Some(told) = told(tx, comment)? else { return Ok(()) };
    let mentioned = mentioned(tx, comment)?;
    let subscribed = subscribers(tx, &told)?;
    if told.parent_author.is_none() && mentioned.is_empty() && subscribed.is_empty() {
        return Ok(());
    }
    let path = super::read::address(tx, comment)?;
    let member = |tx: &mut Tx<'_>, party: Key| -> Result<bool> {
        let found: Option<i64> =
            tx.value(sql!("SELECT 1 FROM parties WHERE id = $1 AND kind = 'member' AND status = 'active'"), &[&party])?;
        Ok(found.is_some())
    };
    if let Some(party) = told.parent_author.filter(|p| told.author != Some(*p))
        && member(tx, party)?
    {
        vouches::notify(tx, party, "comment", &format!("{} answered you under “{}”.", told.name, told.title), &path)?;
    }
    note_mentions(tx, comment, &told, &mentioned, &path)?;
    letters(tx, public_url, &told, &path, subscribed)
}

/// Notices for members whom a comment mentions and who have not been told.
fn tell_mentioned(tx: &mut Tx<'_>, comment: Key) -> Result<()> {
    let Some(told) = told(tx, comment)? else { return Ok(()) };
    let mentioned = mentioned(tx, comment)?;
    if mentioned.is_empty() {
        return Ok(());
    }
    let path = super::read::address(tx, comment)?;
    note_mentions(tx, comment, &told, &mentioned, &path)
}

fn mentioned(tx: &mut Tx<'_>, comment: Key) -> Result<Vec<Key>> {
    Ok(tx.rows(
        sql!(
            "SELECT m.party_id FROM mentions m JOIN parties p ON p.id = m.party_id
             WHERE m.comment_id = $1 AND m.told_at IS NULL AND p.kind = 'member' AND p.status = 'active'"
        ),
        &[&comment],
        |r| r.get(0),
    )?)
}

/// Not for whom the comment answers: they are told of that.
fn note_mentions(tx: &mut Tx<'_>, comment: Key, told: &Told, mentioned: &[Key], path: &str) -> Result<()> {
    if mentioned.is_empty() {
        return Ok(());
    }
    for party in mentioned.iter().filter(|p| ![told.author, told.parent_author].contains(&Some(**p))) {
        let words = format!("{} mentions you under “{}”.", told.name, told.title);
        vouches::notify(tx, *party, "comment", &words, path)?;
    }
    let now = tx.now();
    tx.execute(sql!("UPDATE mentions SET told_at = $1 WHERE comment_id = $2 AND told_at IS NULL"), &[&now, &comment])?;
    Ok(())
}

/// Somebody who asked to be told.
struct Subscriber {
    id: Key,
    party: Key,
    scope: String,
    cadence: String,
    told_at: i64,
    email: String,
    name: String,
}

fn subscribers(tx: &mut Tx<'_>, told: &Told) -> Result<Vec<Subscriber>> {
    Ok(tx.rows(
        sql!(
            "SELECT u.id, u.party_id, u.scope, u.cadence, u.told_at, p.email, p.name
             FROM subscriptions u JOIN parties p ON p.id = u.party_id
             WHERE u.post_id = $1 AND u.ended_at IS NULL AND u.confirmed_at IS NOT NULL AND p.status = 'active'
               AND p.email IS NOT NULL AND ($2 OR p.kind = 'member')
               AND (u.scope = 'post' OR u.party_id = $3) AND (u.party_id <> $4 OR $4 IS NULL)"
        ),
        &[&told.post, &told.public, &told.parent_author, &told.author],
        |r| {
            Ok(Subscriber {
                id: r.get(0)?,
                party: r.get(1)?,
                scope: r.get(2)?,
                cadence: r.get(3)?,
                told_at: r.get(4)?,
                email: r.get(5)?,
                name: r.get(6)?,
            })
        },
    )?)
}

/// A letter at once to each, or one that gathers until tomorrow.
fn letters(tx: &mut Tx<'_>, public_url: &str, told: &Told, path: &str, to: Vec<Subscriber>) -> Result<()> {
    if to.is_empty() {
        return Ok(());
    }
    let words = say::shorten(&super::plain(&told.format, &told.text), 600);
    let secret = token::secret(tx)?;
    let now = tx.now();
    for Subscriber { id, party, scope, cadence, told_at, email, name } in to {
        if cadence == "daily" {
            // The same digest until it has been sent: then told_at moves on.
            let key = token::derived(&secret, id, told_at);
            tx.enqueue("comment-digest", &key.to_string(), &id.to_string(), now + DAY)?;
            continue;
        }
        let reply = told.parent_author == Some(party);
        let subject = if reply {
            format!("{} answered you: {}", told.name, told.title)
        } else {
            format!("{} on {}", told.name, told.title)
        };
        let stop = stop_path(&secret, id);
        let wrote = if told.elsewhere { "wrote on a page elsewhere about" } else { "wrote under" };
        let what = if scope == "post" { "comments under this post" } else { "answers to what you wrote here" };
        mail::post(
            tx,
            public_url,
            &Letter {
                kind: if reply { "comment-reply" } else { "comment-post" },
                about: Some(told.post),
                to: Some(party),
                address: &email,
                name: &name,
                subject,
                parts: vec![
                    Part::Text(format!("{} {wrote} “{}”:", told.name, told.title)),
                    Part::Quote(words.clone()),
                    Part::Button("Read and answer".into(), path.to_owned()),
                    Part::Text(format!("You asked to be told of {what}.")),
                    Part::Button("Stop, or once a day instead".into(), stop),
                ],
                card: None,
            },
        )?;
    }
    Ok(())
}

fn stop_path(secret: &[u8; 32], subscription: Key) -> String {
    format!("/subscriptions/{subscription}/{}", token::proof(secret, subscription))
}

/// One letter with everything since the last.
fn digest(tx: &mut Tx<'_>, public_url: &str, subscription: &str) -> Result<()> {
    let Ok(id) = subscription.parse::<Key>() else { return Ok(()) };
    let now = tx.now();
    let found = tx.row(
        sql!(
            "SELECT u.party_id, u.scope, u.told_at, p.email, p.name, s.id, s.title, s.slug
             FROM subscriptions u JOIN parties p ON p.id = u.party_id JOIN posts s ON s.id = u.post_id
             WHERE u.id = $1 AND u.ended_at IS NULL AND u.cadence = 'daily' AND p.status = 'active' AND p.email IS NOT NULL
               AND s.state = 'published' AND (s.visibility = 'public' OR p.kind = 'member')"
        ),
        &[&id],
        |r| {
            Ok((
                r.get::<Key>(0)?,
                r.get::<String>(1)?,
                r.get::<i64>(2)?,
                r.get::<String>(3)?,
                r.get::<String>(4)?,
                r.get::<Key>(5)?,
                r.get::<String>(6)?,
                r.get::<String>(7)?,
            ))
        },
    )?;
    let Some((party, scope, told_at, email, name, post, title, slug)) = found else { return Ok(()) };
    let all_of_it = scope == "post";
    let new = tx.rows(
        sql!(
            "SELECT COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.format, c.text FROM comments c
               LEFT JOIN parties p ON p.id = c.author_id LEFT JOIN comments a ON a.id = c.parent_id
             WHERE c.post_id = $1 AND c.state = 'approved' AND c.created_at > $2
               AND (c.author_id IS NULL OR c.author_id <> $3) AND ($4 OR a.author_id = $3)
             ORDER BY c.number LIMIT $5"
        ),
        &[&post, &told_at, &party, &all_of_it, &DIGEST],
        |r| Ok((r.get::<String>(0)?, r.get::<String>(1)?, r.get::<String>(2)?)),
    )?;
    tx.execute(sql!("UPDATE subscriptions SET told_at = $1 WHERE id = $2"), &[&now, &id])?;
    if new.is_empty() {
        return Ok(());
    }
    let secret = token::secret(tx)?;
    let mut parts = vec![Part::Text(format!("Since yesterday under “{title}”:"))];
    for (author, format, text) in &new {
        parts.push(Part::Text(format!("{author} wrote:")));
        parts.push(Part::Quote(say::shorten(&super::plain(format, text), 300)));
    }
    parts.push(Part::Button("Read and answer".into(), format!("/conversations/{slug}?sort=newest")));
    parts.push(Part::Button("Stop these letters".into(), stop_path(&secret, id)));
    mail::post(
        tx,
        public_url,
        &Letter {
            kind: "comment-digest",
            about: Some(post),
            to: Some(party),
            address: &email,
            name: &name,
            subject: format!("{} on {title}", say::count(new.len(), "new comment")),
            parts,
            card: None,
        },
    )?;
    Ok(())
}

/// A letter to each moderator with links to approve, or to call it spam; each asks for a second press.
fn tell_moderators(tx: &mut Tx<'_>, public_url: &str, network: &str, comment: Key) -> Result<()> {
    let found = tx.row(
        sql!(
            "SELECT s.title, COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.format, c.text, c.held_for
             FROM comments c JOIN posts s ON s.id = c.post_id LEFT JOIN parties p ON p.id = c.author_id
             WHERE c.id = $1 AND c.state = 'held'"
        ),
        &[&comment],
        |r| {
            Ok((
                r.get::<String>(0)?,
                r.get::<String>(1)?,
                r.get::<String>(2)?,
                r.get::<String>(3)?,
                r.get::<String>(4)?,
            ))
        },
    )?;
    let Some((title, author, format, text, reasons)) = found else { return Ok(()) };
    let words = say::shorten(&super::plain(&format, &text), 1_500);
    for (party, email, name) in super::moderators(tx)? {
        let now = tx.now();
        let sent: i64 = tx
            .value(
                sql!("SELECT COUNT(*) FROM letters WHERE party_id = $1 AND kind = 'moderation' AND created_at > $2"),
                &[&party, &(now - DAY / 24)],
            )?
            .unwrap_or(0);
        if sent >= HELD_LETTERS {
            continue;
        }
        let link = links::issue(tx, "moderation", party, comment, DAYS)?;
        mail::post(
            tx,
            public_url,
            &Letter {
                kind: "moderation",
                about: Some(comment),
                to: Some(party),
                address: &email,
                name: &name,
                subject: format!("A comment waits on {network}: {title}"),
                parts: vec![
                    Part::Text(format!("{author} wrote under “{title}”:")),
                    Part::Quote(words.clone()),
                    Part::Text(format!("Why it waits: {}.", reasons.replace('\n', "; "))),
                    Part::Button("Approve it".into(), format!("/moderation/links/{link}?answer=approved")),
                    Part::Button("Call it spam".into(), format!("/moderation/links/{link}?answer=spam")),
                    Part::Button("See all that waits".into(), "/moderation".into()),
                ],
                card: None,
            },
        )?;
    }
    Ok(())
}

/// Subscribes who ticked a box on the comment form: a guest's is asleep until the address is proven. An empty scope
/// changes nothing.
///
/// # Errors
/// The database's.
pub fn subscribe_with(tx: &mut Tx<'_>, post: Key, party: Key, scope: &str, proven: bool) -> Result<()> {
    if scope == "post" || scope == "replies" { subscribe(tx, post, party, scope, "at once", proven) } else { Ok(()) }
}

/// Subscribes, or changes how.
///
/// # Errors
/// The database's.
pub fn subscribe(tx: &mut Tx<'_>, post: Key, party: Key, scope: &str, cadence: &str, proven: bool) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    let confirmed: Option<i64> = proven.then_some(now);
    tx.execute(
        sql!(
            "INSERT INTO subscriptions (id, post_id, party_id, scope, cadence, confirmed_at, told_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             ON CONFLICT (post_id, party_id) DO UPDATE SET scope = excluded.scope, cadence = excluded.cadence,
               ended_at = NULL, confirmed_at = COALESCE(excluded.confirmed_at, subscriptions.confirmed_at)"
        ),
        &[&id, &post, &party, &scope, &cadence, &confirmed, &now],
    )?;
    unmute(tx, post, party)
}

/// Whoever asks to be told again takes back what they pressed in their mail program.
fn unmute(tx: &mut Tx<'_>, post: Key, party: Key) -> Result<()> {
    tx.execute(sql!("DELETE FROM letter_mutes WHERE party_id = $1 AND subject_id = $2"), &[&party, &post])?;
    Ok(())
}

/// Ends a subscription.
///
/// # Errors
/// The database's.
pub fn unsubscribe(tx: &mut Tx<'_>, post: Key, party: Key) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!("UPDATE subscriptions SET ended_at = $1 WHERE post_id = $2 AND party_id = $3 AND ended_at IS NULL"),
        &[&now, &post, &party],
    )?;
    Ok(())
}

/// `/conversations/{slug}/subscription` and the links in letters.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/conversations/{slug}/subscription", post(choose))
        .route("/subscriptions/{id}/{proof}", get(show).post(answer))
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Choice {
    scope: String,
    cadence: String,
    answer: String,
}

async fn choose(
    visitor: super::visitor::Visitor,
    Path(slug): Path<String>,
    Form(choice): Form<Choice>,
) -> Result<Response> {
    let back = format!("/conversations/{slug}#subscription");
    let words = visitor
        .write(move |tx, reader| {
            let me = reader.who.member()?.id;
            let post = super::read::post(tx, reader, &slug)?;
            let cadence = if choice.cadence == "daily" { "daily" } else { "at once" };
            if choice.scope == "none" {
                unsubscribe(tx, post.id, me)?;
                return Ok("No more letters about this conversation.");
            }
            let scope = if choice.scope == "replies" { "replies" } else { "post" };
            subscribe(tx, post.id, me, scope, cadence, true)?;
            Ok(match (scope, cadence) {
                ("post", "daily") => "You get one letter a day when there is something new here.",
                ("post", _) => "You get a letter for each comment here.",
                (_, "daily") => "You get one letter a day when somebody answers you here.",
                _ => "You get a letter when somebody answers you here.",
            })
        })
        .await?;
    Ok(visitor.visit.see(&back, words))
}

#[derive(Template)]
#[template(path = "conversations/subscription.html")]
struct Page {
    frame: Frame,
    title: String,
    slug: String,
    ended: bool,
    daily: bool,
}

/// The subscription a link in a letter is about: title and slug of the post, ended, daily.
fn by_link(tx: &mut Tx<'_>, id: Key, proof: &str) -> Result<(String, String, bool, bool)> {
    if token::proof(&token::secret(tx)?, id) != proof {
        return Err(Error::NotFound);
    }
    tx.row(
        sql!(
            "SELECT s.title, s.slug, u.ended_at IS NOT NULL OR EXISTS (SELECT 1 FROM letter_mutes m
                 WHERE m.party_id = u.party_id AND m.subject_id = u.post_id), u.cadence = 'daily'
             FROM subscriptions u JOIN posts s ON s.id = u.post_id WHERE u.id = $1"
        ),
        &[&id],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )?
    .ok_or(Error::NotFound)
}

async fn show(visit: Visit, Path((id, proof)): Path<(Key, String)>) -> Result<Response> {
    let (frame, (title, slug, ended, daily)) = visit.read(move |tx, _| by_link(tx, id, &proof)).await?;
    visit.html(&Page { frame, title, slug, ended, daily })
}

/// Anything but a wish for another cadence ends it.
async fn answer(visit: Visit, Path((id, proof)): Path<(Key, String)>, Form(choice): Form<Choice>) -> Result<Response> {
    let back = format!("/subscriptions/{id}/{proof}");
    let words = visit
        .write_as_anyone(move |tx, _| {
            by_link(tx, id, &proof)?;
            let now = tx.now();
            if matches!(choice.answer.as_str(), "daily" | "at once") {
                tx.execute(
                    sql!("UPDATE subscriptions SET cadence = $1, ended_at = NULL, told_at = $2 WHERE id = $3"),
                    &[&choice.answer, &now, &id],
                )?;
                let whose: Option<(Key, Key)> =
                    tx.row(sql!("SELECT post_id, party_id FROM subscriptions WHERE id = $1"), &[&id], |r| {
                        Ok((r.get(0)?, r.get(1)?))
                    })?;
                if let Some((post, party)) = whose {
                    unmute(tx, post, party)?;
                }
                return Ok(if choice.answer == "daily" {
                    "One letter a day from now on."
                } else {
                    "A letter each time from now on."
                });
            }
            tx.execute(sql!("UPDATE subscriptions SET ended_at = COALESCE(ended_at, $1) WHERE id = $2"), &[&now, &id])?;
            Ok("Stopped. No more letters about this conversation.")
        })
        .await?;
    Ok(visit.see(&back, words))
}
