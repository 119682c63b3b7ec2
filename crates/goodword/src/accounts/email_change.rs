//! A new e-mail address: it counts once both the old and the new one have said yes.

use super::throttle;
use crate::app::App;
use crate::audit::{self, Subject};
use crate::error::{Error, Result};
use crate::input::Email;
use crate::key::Key;
use crate::links;
use crate::mail::{self, Letter, Part};
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use store::{DAY, Tx, sql};

/// Both have to say yes within this many days.
const DAYS: i64 = 3;
/// Changes one may begin in a day.
const A_DAY: i64 = 5;

/// `/account/email` and the links in the two letters.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/account/email", get(form).post(begin))
        .route("/account/email/withdrawal", post(withdraw))
        .route("/email-changes/{token}", get(open))
        .route("/email-changes/{token}/yes", post(agree))
        .route("/email-changes/{token}/no", post(stop))
}

/// A change that waits for a yes.
pub struct Waiting {
    id: Key,
    /// The address that shall count.
    pub new_email: String,
    /// Whether the old address has agreed.
    pub old_yes: bool,
    /// Whether the new one has.
    pub new_yes: bool,
}

/// The change a party waits for, if any.
///
/// # Errors
/// The database's.
pub fn waiting(tx: &mut Tx<'_>, party: Key) -> Result<Option<Waiting>> {
    let since = tx.now() - DAYS * DAY;
    Ok(tx.row(
        sql!(
            "SELECT id, new_email, old_yes_at, new_yes_at FROM email_changes
             WHERE party_id = $1 AND ended_at IS NULL AND created_at > $2 ORDER BY created_at DESC LIMIT 1"
        ),
        &[&party, &since],
        |r| {
            let yes = |at: Option<i64>| at.is_some();
            Ok(Waiting { id: r.get(0)?, new_email: r.get(1)?, old_yes: yes(r.get(2)?), new_yes: yes(r.get(3)?) })
        },
    )?)
}

/// Asks both addresses. Whether the new one is known here already is told to that address alone.
pub(super) fn ask(tx: &mut Tx<'_>, public_url: &str, network: &str, party: Key, new: &Email) -> Result<()> {
    let (now, id) = (tx.now(), Key(tx.id()));
    let found = tx.row(sql!("SELECT name, email FROM parties WHERE id = $1"), &[&party], |r| {
        Ok((r.get::<String>(0)?, r.get::<Option<String>>(1)?.unwrap_or_default()))
    })?;
    let (name, old) = found.ok_or(Error::NotFound)?;
    if old == new.as_str() {
        return Err(Error::field("email", "That is your address already."));
    }
    let begun: i64 = tx
        .value(
            sql!("SELECT COUNT(*) FROM email_changes WHERE party_id = $1 AND created_at > $2"),
            &[&party, &(now - DAY)],
        )?
        .unwrap_or(0);
    if begun >= A_DAY {
        return Err(Error::TooMany(
            "Your address was to be changed several times today. Please wait until tomorrow.".into(),
        ));
    }
    end_all(tx, party)?;
    tx.execute(
        sql!("INSERT INTO email_changes (id, party_id, old_email, new_email, created_at) VALUES ($1, $2, $3, $4, $5)"),
        &[&id, &party, &old, new, &now],
    )?;
    let send = |tx: &mut Tx<'_>, address: &str, parts: Vec<Part>| {
        let subject = format!("Your address in {network}");
        let letter =
            Letter { kind: "account", about: None, to: Some(party), address, name: &name, subject, parts, card: None };
        mail::post(tx, public_url, &letter)
    };
    if taken_by(tx, new)?.is_some() {
        let sentence = "Somebody who is signed in here wants to use this address. It is known here already, so nothing was \
                        changed. If that was you, sign in with this address, or write to whoever runs the network.";
        send(tx, new.as_str(), vec![Part::Text(sentence.into())])?;
    } else {
        let token = links::issue(tx, "email-new", party, id, DAYS)?;
        let words =
            "You asked to use this address from now on. Please say yes here and in the letter to your old address.";
        send(
            tx,
            new.as_str(),
            vec![
                Part::Text(words.into()),
                Part::Button("This is my address".into(), format!("/email-changes/{token}")),
                Part::Text(format!("Without a yes within {DAYS} days nothing changes.")),
            ],
        )?;
    }
    if old.is_empty() {
        tx.execute(sql!("UPDATE email_changes SET old_yes_at = $1 WHERE id = $2"), &[&now, &id])?;
        return Ok(());
    }
    let token = links::issue(tx, "email-old", party, id, DAYS)?;
    send(
        tx,
        &old,
        vec![
            Part::Text(format!("You asked that letters and sign-in links go to {} from now on.", new.as_str())),
            Part::Button("Yes, or stop it".into(), format!("/email-changes/{token}")),
            Part::Text(
                "If that was not you, stop it there and sign out your other devices: somebody is signed in as you."
                    .into(),
            ),
        ],
    )?;
    Ok(())
}

/// A guest's entry gives its address up to the member who proves to read it; everybody else's address stays theirs.
fn taken_by(tx: &mut Tx<'_>, email: &Email) -> Result<Option<Key>> {
    Ok(tx.value(sql!("SELECT id FROM parties WHERE email = $1 AND kind <> 'guest'"), &[email])?)
}

/// Ends what was begun and is not agreed to.
pub(super) fn end_all(tx: &mut Tx<'_>, party: Key) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!("UPDATE email_changes SET ended_at = $1 WHERE party_id = $2 AND ended_at IS NULL"),
        &[&now, &party],
    )?;
    Ok(())
}

/// What the page behind a link shows.
struct Shown {
    new_email: String,
    name: String,
    /// Whether it is the link to the old address.
    old: bool,
}

fn opened(tx: &mut Tx<'_>, token: &str) -> Result<(links::Link, bool)> {
    match links::open(tx, "email-old", token) {
        Err(Error::NotFound) => Ok((links::open(tx, "email-new", token)?, false)),
        found => Ok((found?, true)),
    }
}

fn over() -> Error {
    Error::Gone("This was answered already, or has run out. Your address is under “Account and sign-in”.".into())
}

fn shown(tx: &mut Tx<'_>, token: &str) -> Result<Shown> {
    let (link, old) = opened(tx, token)?;
    let found = waiting(tx, link.party)?.filter(|w| w.id == link.subject && !(if old { w.old_yes } else { w.new_yes }));
    let waiting = found.ok_or_else(over)?;
    let name: Option<String> = tx.value(sql!("SELECT name FROM parties WHERE id = $1"), &[&link.party])?;
    Ok(Shown { new_email: waiting.new_email, name: name.unwrap_or_default(), old })
}

/// One of the two says yes; with the second the address is changed. Says whether it was.
fn say_yes(tx: &mut Tx<'_>, token: &str) -> Result<bool> {
    let change = shown(tx, token)?;
    let (link, old) = opened(tx, token)?;
    let now = tx.now();
    if old {
        tx.execute(sql!("UPDATE email_changes SET old_yes_at = $1 WHERE id = $2"), &[&now, &link.subject])?;
    } else {
        tx.execute(sql!("UPDATE email_changes SET new_yes_at = $1 WHERE id = $2"), &[&now, &link.subject])?;
    }
    let done = waiting(tx, link.party)?.is_some_and(|w| w.old_yes && w.new_yes);
    if done {
        let email = Email::parse("email", &change.new_email)?;
        if taken_by(tx, &email)?.is_some() {
            return Err(Error::Conflict(
                "That address has become somebody else’s here meanwhile. Nothing was changed.".into(),
            ));
        }
        tx.execute(sql!("UPDATE parties SET email = NULL, version = version + 1 WHERE email = $1"), &[&email])?;
        tx.execute(sql!("UPDATE parties SET email = $1, version = version + 1 WHERE id = $2"), &[&email, &link.party])?;
        tx.change("party", link.party.0)?;
        audit::log(tx, Some(link.party), "address changed", Subject::Person(link.party), "")?;
        end_all(tx, link.party)?;
    }
    Ok(done)
}

#[derive(Template)]
#[template(path = "accounts/email.html")]
struct Change {
    frame: Frame,
    errors: Errors,
    email: String,
    old: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Typed {
    email: String,
}

async fn change_page(visit: &Visit, email: String, errors: Errors) -> Result<Change> {
    let (frame, old) = visit
        .read(|tx, who| {
            let me = who.member()?.id;
            Ok(tx.value::<Option<String>>(sql!("SELECT email FROM parties WHERE id = $1"), &[&me])?.flatten())
        })
        .await?;
    Ok(Change { frame, errors, email, old: old.unwrap_or_default() })
}

async fn form(visit: Visit) -> Result<Response> {
    let page = change_page(&visit, String::new(), Errors::default()).await?;
    visit.html(&page)
}

async fn begin(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    throttle::by_address(&visit)?;
    let (url, network) = (visit.app.site.public_url.clone(), visit.app.network());
    let done = match Email::parse("email", &typed.email) {
        Ok(email) => visit.write(move |tx, member| ask(tx, &url, &network, member.id, &email)).await,
        Err(error) => Err(error),
    };
    match Errors::split(done)? {
        Ok(()) => Ok(visit.see("/account", "Two letters are on their way: one to each address. Both have to say yes.")),
        Err(errors) => {
            let page = change_page(&visit, typed.email, errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn withdraw(visit: Visit) -> Result<Response> {
    visit.write(|tx, member| end_all(tx, member.id)).await?;
    Ok(visit.see("/account", "Your address stays as it is."))
}

#[derive(Template)]
#[template(path = "accounts/email_change.html")]
struct Opened {
    frame: Frame,
    token: String,
    change: Shown,
}

async fn open(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let opened = token.clone();
    let (frame, change) = visit.read(move |tx, _| shown(tx, &opened)).await?;
    visit.html(&Opened { frame, token, change })
}

async fn agree(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let done = visit.write_as_anyone(move |tx, _| say_yes(tx, &token)).await?;
    let said = if done {
        "Done: your new address counts from now on."
    } else {
        "Thank you. Now the other address has to say yes."
    };
    Ok(visit.see("/", said))
}

async fn stop(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    visit
        .write_as_anyone(move |tx, _| {
            shown(tx, &token)?;
            let (link, _) = opened(tx, &token)?;
            end_all(tx, link.party)
        })
        .await?;
    Ok(visit.see("/", "Stopped: the address stays as it was."))
}
