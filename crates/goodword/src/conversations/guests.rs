//! Guests: people without an account. A browser is known by a cookie of its own; whether the address is theirs is proven by
//! the link in a letter, once a browser.

use super::telling;
use super::{Event, State, checks, note, order};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Email;
use crate::key::{Key, hash_token, new_token};
use crate::mail::{self, Letter, Part};
use crate::page::{Frame, set_cookie};
use crate::path::Path;
use crate::{links, vouches};
use askama::Template;
use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use store::{DAY, Tx, sql};

/// WordPress's "remember me": 347 days.
const REMEMBERED: i64 = 30_000_000;
/// Otherwise a browser is forgotten by itself when it is closed, and by us after this.
const FORGOTTEN: i64 = 7 * DAY;
/// Letters asking one address for its yes, a day: nobody's mailbox is filled from here.
const LETTERS_A_DAY: i64 = 3;
/// The link in that letter, and what waits for it, are good for this many days.
const DAYS: i64 = 7;

/// A browser a guest wrote from.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Its row.
    pub id: Key,
    /// Whose address was given.
    pub party: Key,
    /// As typed.
    pub name: String,
    /// As typed.
    pub website: String,
    /// The address: shown to that browser alone, and only where it was to be remembered.
    pub email: String,
    /// To be remembered.
    pub remembered: bool,
    /// The address was proven from here.
    pub confirmed: bool,
}

/// The guest behind a cookie.
///
/// # Errors
/// The database's.
pub fn browser(tx: &mut Tx<'_>, token: &[u8; 32]) -> Result<Option<Browser>> {
    let now = tx.now();
    Ok(tx.row(
        sql!(
            "SELECT b.id, b.party_id, b.name, b.website, COALESCE(p.email, ''), b.remembered, b.confirmed_at
             FROM guest_browsers b JOIN parties p ON p.id = b.party_id
             WHERE b.token_hash = $1 AND b.expires_at > $2 AND p.status = 'active'"
        ),
        &[token, &now],
        |r| {
            Ok(Browser {
                id: r.get(0)?,
                party: r.get(1)?,
                name: r.get(2)?,
                website: r.get(3)?,
                email: r.get(4)?,
                remembered: r.get(5)?,
                confirmed: r.get::<Option<i64>>(6)?.is_some(),
            })
        },
    )?)
}

/// What a guest says of themselves.
#[derive(Clone, Debug)]
pub struct Guest {
    /// As shown.
    pub name: String,
    /// Never shown.
    pub email: Email,
    /// Shown as a link; may be empty.
    pub website: String,
    /// Keep it in this browser.
    pub remember: bool,
}

/// This browser as the guest describes themselves now: the same while name and address stay, otherwise another one.
/// Returns the cookie's secret if it is new.
///
/// # Errors
/// The database's.
pub fn settle(tx: &mut Tx<'_>, known: Option<&Browser>, guest: &Guest) -> Result<(Browser, Option<String>)> {
    if let Some(known) = known.filter(|b| b.email == guest.email.as_str()) {
        let mut new = known.clone();
        (new.name, new.website, new.remembered) = (guest.name.clone(), guest.website.clone(), guest.remember);
        if (&new.name, &new.website, new.remembered) != (&known.name, &known.website, known.remembered) {
            tx.execute(
                sql!("UPDATE guest_browsers SET name = $1, website = $2, remembered = $3 WHERE id = $4"),
                &[&new.name, &new.website, &new.remembered, &new.id],
            )?;
        }
        return Ok((new, None));
    }
    let now = tx.now();
    let party = match vouches::party_by_email(tx, &guest.email)? {
        // Whoever it is: from here they are a guest until the address is proven.
        Some((party, _)) => party,
        None => {
            let id = Key(tx.id());
            tx.execute(
                sql!(
                    "INSERT INTO parties (id, kind, status, name, folded, email, joined_at, version)
                     VALUES ($1, 'guest', 'active', $2, $3, $4, $5, 1)"
                ),
                &[&id, &guest.name, &formats::name::fold(&guest.name), &guest.email, &now],
            )?;
            id
        }
    };
    let (id, token) = (Key(tx.id()), new_token(tx.clock()));
    let life = if guest.remember { REMEMBERED * 1_000_000 } else { FORGOTTEN };
    tx.execute(
        sql!(
            "INSERT INTO guest_browsers (id, token_hash, party_id, name, website, remembered, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &[&id, &hash_token(&token), &party, &guest.name, &guest.website, &guest.remember, &now, &(now + life)],
    )?;
    let browser = Browser {
        id,
        party,
        name: guest.name.clone(),
        website: guest.website.clone(),
        email: guest.email.as_str().to_owned(),
        remembered: guest.remember,
        confirmed: false,
    };
    Ok((browser, Some(token)))
}

/// Somebody whose words an import brought under this address asks for them: they become a guest here, so that there is
/// somebody to give them to. `None` where nobody of that address wrote anything.
///
/// # Errors
/// The database's.
pub fn guest_from_elsewhere(tx: &mut Tx<'_>, email: &Email) -> Result<Option<Key>> {
    let name: Option<String> = tx.value(
        sql!(
            "SELECT author_name FROM comments WHERE author_email <> '' AND author_email = $1
             UNION ALL SELECT author_name FROM posts WHERE author_email <> '' AND author_email = $1 LIMIT 1"
        ),
        &[email],
    )?;
    let Some(name) = name else { return Ok(None) };
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO parties (id, kind, status, name, folded, email, joined_at, version)
             VALUES ($1, 'guest', 'active', $2, $3, $4, $5, 1)"
        ),
        &[&id, &name, &formats::name::fold(&name), email, &now],
    )?;
    Ok(Some(id))
}

/// The cookie by which this browser is known again: for 347 days if that was ticked, else until it is closed.
pub fn keep(app: &App, response: &mut Response, token: &str, remember: bool) {
    set_cookie(&app.site, response, "guest", token, remember.then_some(REMEMBERED));
}

/// Asks an address, by one letter, whether a comment is its owner's.
///
/// # Errors
/// The database's.
pub fn ask_for_yes(tx: &mut Tx<'_>, public_url: &str, network: &str, browser: &Browser, title: &str) -> Result<()> {
    let now = tx.now();
    tx.enqueue("comment-unconfirmed", &browser.id.to_string(), "", now + DAYS * DAY)?;
    let sent: i64 = tx
        .value(
            sql!("SELECT COUNT(*) FROM letters WHERE address = $1 AND kind = 'confirm-comment' AND created_at > $2"),
            &[&browser.email, &(now - DAY)],
        )?
        .unwrap_or(0);
    if sent >= LETTERS_A_DAY {
        return Ok(());
    }
    let token = links::issue(tx, "guest", browser.party, browser.id, DAYS)?;
    mail::post(
        tx,
        public_url,
        &Letter {
            kind: "confirm-comment",
            about: Some(browser.id),
            to: Some(browser.party),
            address: &browser.email,
            name: "",
            subject: format!("Did you write a comment on {network}?"),
            parts: vec![
                Part::Text(format!(
                    "Somebody left a comment under “{title}” and gave this address. It is published only after you say that \
                     it was you; the address itself is never shown."
                )),
                Part::Button("Yes, it was me".into(), format!("/conversations/guests/{token}")),
                Part::Text(format!(
                    "If it was not you, the same page takes the comment away. If you do nothing it is deleted after {DAYS} \
                     days, and your address with it."
                )),
            ],
            card: None,
        },
    )?;
    Ok(())
}

/// What waits for a yes: its post's title, slug and the text of each.
pub struct Waiting {
    /// Comment, title, slug, html.
    pub comments: Vec<(Key, String, String, String)>,
    /// Said already.
    pub done: bool,
}

fn waiting(tx: &mut Tx<'_>, token: &str) -> Result<(links::Link, Waiting)> {
    let link = links::open(tx, "guest", token)?;
    let comments = tx.rows(
        sql!(
            "SELECT c.id, s.title, s.slug, c.html FROM comments c JOIN posts s ON s.id = c.post_id
             WHERE c.browser_id = $1 AND c.state = 'unconfirmed' ORDER BY c.created_at LIMIT 50"
        ),
        &[&link.subject],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )?;
    let done = link.used_at.is_some();
    Ok((link, Waiting { comments, done }))
}

/// The owner of the address says yes: what waited goes where the rules send it. Returns where to read the last of it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Gone`].
pub fn confirm(tx: &mut Tx<'_>, token: &str) -> Result<(String, bool)> {
    let (link, waiting) = waiting(tx, token)?;
    let now = tx.now();
    tx.execute(
        sql!("UPDATE guest_browsers SET confirmed_at = COALESCE(confirmed_at, $1) WHERE id = $2"),
        &[&now, &link.subject],
    )?;
    tx.execute(
        sql!("UPDATE subscriptions SET confirmed_at = $1 WHERE party_id = $2 AND confirmed_at IS NULL"),
        &[&now, &link.party],
    )?;
    links::mark_used(tx, token)?;
    let rules = super::settings::Rules::read(tx)?;
    let known = has_been_approved(tx, link.party)?;
    let (mut last, mut held) = (None, false);
    for (id, ..) in &waiting.comments {
        let (post, mut reasons): (Key, String) = tx
            .row(sql!("SELECT post_id, held_for FROM comments WHERE id = $1"), &[id], |r| Ok((r.get(0)?, r.get(1)?)))?
            .ok_or(Error::NotFound)?;
        if known {
            reasons = reasons.lines().filter(|line| *line != checks::FIRST).collect::<Vec<_>>().join("\n");
        }
        let state = if reasons.is_empty() && !rules.hold_all { State::Approved } else { State::Held };
        tx.execute(sql!("UPDATE comments SET held_for = $1 WHERE id = $2"), &[&reasons, id])?;
        order::put(tx, *id, state)?;
        let event = Event {
            post,
            comment: Some(*id),
            actor: None,
            kind: "confirmed by its author",
            from: State::Unconfirmed.as_str(),
            to: state.as_str(),
            reason: &reasons,
        };
        note(tx, &event)?;
        telling::enqueue(tx, *id, state)?;
        held |= state == State::Held;
        last = Some(*id);
    }
    match last {
        Some(id) => Ok((super::read::address(tx, id)?, held)),
        None => Ok(("/conversations".into(), false)),
    }
}

/// Whether something of theirs was approved before.
///
/// # Errors
/// The database's.
pub fn has_been_approved(tx: &mut Tx<'_>, party: Key) -> Result<bool> {
    let found: Option<i64> =
        tx.value(sql!("SELECT 1 FROM comments WHERE author_id = $1 AND state = 'approved' LIMIT 1"), &[&party])?;
    Ok(found.is_some())
}

/// It was somebody else: what waited is deleted, and the address with it unless we have it for another reason.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Gone`].
pub fn disown(tx: &mut Tx<'_>, token: &str) -> Result<()> {
    let (link, _) = waiting(tx, token)?;
    erase_unconfirmed(tx, link.subject)
}

/// Deletes what a browser wrote and nobody said yes to.
///
/// # Errors
/// The database's.
pub fn erase_unconfirmed(tx: &mut Tx<'_>, browser: Key) -> Result<()> {
    let ids: Vec<Key> =
        tx.rows(sql!("SELECT id FROM comments WHERE browser_id = $1 AND state = 'unconfirmed'"), &[&browser], |r| {
            r.get(0)
        })?;
    for id in ids {
        tx.execute(sql!("DELETE FROM moderation_events WHERE comment_id = $1"), &[&id])?;
        tx.execute(sql!("DELETE FROM mentions WHERE comment_id = $1"), &[&id])?;
        tx.execute(sql!("DELETE FROM comments WHERE id = $1"), &[&id])?;
    }
    let party: Option<Key> =
        tx.value(sql!("SELECT party_id FROM guest_browsers WHERE id = $1 AND confirmed_at IS NULL"), &[&browser])?;
    let Some(party) = party else { return Ok(()) };
    let wrote: Option<i64> = tx.value(sql!("SELECT 1 FROM comments WHERE browser_id = $1 LIMIT 1"), &[&browser])?;
    if wrote.is_some() {
        return Ok(());
    }
    tx.execute(sql!("DELETE FROM guest_browsers WHERE id = $1"), &[&browser])?;
    let only_guest: Option<Key> = tx.value(
        sql!(
            "SELECT p.id FROM parties p WHERE p.id = $1 AND p.kind = 'guest'
               AND NOT EXISTS (SELECT 1 FROM comments c WHERE c.author_id = p.id)
               AND NOT EXISTS (SELECT 1 FROM guest_browsers b WHERE b.party_id = p.id)"
        ),
        &[&party],
    )?;
    if only_guest.is_some() {
        for statement in [
            sql!("DELETE FROM subscriptions WHERE party_id = $1"),
            sql!("DELETE FROM author_blocks WHERE party_id = $1"),
            sql!("DELETE FROM links WHERE party_id = $1"),
            sql!("UPDATE letters SET party_id = NULL, address = '', to_name = '' WHERE party_id = $1"),
            sql!("UPDATE parties SET status = 'erased', email = NULL, name = '', folded = '' WHERE id = $1"),
        ] {
            tx.execute(statement, &[&party])?;
        }
    }
    Ok(())
}

/// `/conversations/guests/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/conversations/guests/{token}", get(show).post(answer))
        .route("/conversations/guest/forgetting", post(forget))
}

#[derive(Template)]
#[template(path = "conversations/guest_yes.html")]
struct Ask {
    frame: Frame,
    token: String,
    waiting: Waiting,
}

async fn show(visit: crate::viewer::Visit, Path(token): Path<String>) -> Result<Response> {
    let kept = token.clone();
    let (frame, waiting) = visit.read(move |tx, _| Ok(waiting(tx, &kept)?.1)).await?;
    visit.html(&Ask { frame, token, waiting })
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Answered {
    answer: String,
}

async fn answer(
    visit: crate::viewer::Visit,
    Path(token): Path<String>,
    Form(form): Form<Answered>,
) -> Result<Response> {
    if form.answer == "no" {
        visit.write_as_anyone(move |tx, _| disown(tx, &token)).await?;
        return Ok(visit.see("/conversations", "It is deleted, and your address with it. Sorry for the letter."));
    }
    let (to, held) = visit.write_as_anyone(move |tx, _| confirm(tx, &token)).await?;
    let words = if held {
        "Thank you. A moderator has a look at a first comment; then everybody reads it."
    } else {
        "Thank you. It is published."
    };
    Ok(visit.see(&to, words))
}

/// "Not you? Change": this browser forgets who wrote from it.
async fn forget(visit: crate::viewer::Visit, Form(form): Form<Back>) -> Result<Response> {
    let back = crate::page::own_path(&form.next).to_owned();
    let mut response = Redirect::to(&back).into_response();
    set_cookie(&visit.app.site, &mut response, "guest", "", Some(0));
    Ok(response)
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Back {
    next: String,
}
