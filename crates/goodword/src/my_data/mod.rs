//! What is mine: taking it with me, pausing, leaving for good; for members, and by a mailed link for everybody else.

pub(crate) mod api;
mod archive;
mod erase;
mod names;
mod pages;
mod parts;
#[cfg(test)]
mod tests;

pub use erase::TABLES;
pub use pages::routes;

use crate::audit::{self, Subject};
use crate::error::{Error, Result};
use crate::input::Email;
use crate::key::{Key, hash_token};
use crate::mail::{self, Letter, Part};
use crate::{accounts, conversations, links, presence, roles};
use store::{DAY, Tx, sql};

/// Whoever asked to be erased can take it back for so many days; then it is done.
pub const COOLING: i64 = 7;
/// Archives one person takes in a day: each reads everything there is about them.
pub const ARCHIVES_A_DAY: i64 = 5;
/// Letters with a link to one's own data, to one address in a day.
pub const LETTERS_A_DAY: i64 = 3;
/// That link works this long, in days.
const LINK_DAYS: i64 = 2;
/// The link to come back from a pause works this long, in days; signing in sends a new one.
const RETURN_DAYS: i64 = 365;

/// Name, address and kind of a party that is not erased.
fn party(tx: &mut Tx<'_>, id: Key) -> Result<(String, Option<String>, String)> {
    tx.row(sql!("SELECT name, email, kind FROM parties WHERE id = $1 AND status <> 'erased'"), &[&id], |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?))
    })?
    .ok_or(Error::NotFound)
}

fn write(
    tx: &mut Tx<'_>,
    public_url: &str,
    to: Key,
    subject: String,
    lead: &str,
    button: (&str, String),
    last: &str,
) -> Result<()> {
    let (name, Some(address), _) = party(tx, to)? else { return Ok(()) };
    let letter = Letter {
        kind: "account",
        about: Some(to),
        to: Some(to),
        address: &address,
        name: &name,
        subject,
        parts: vec![Part::Text(lead.into()), Part::Button(button.0.into(), button.1), Part::Text(last.into())],
        card: None,
    };
    mail::post(tx, public_url, &letter)?;
    Ok(())
}

/// Counts an archive that is about to be taken.
///
/// # Errors
/// [`Error::TooMany`].
pub fn count_archive(tx: &mut Tx<'_>, party: Key) -> Result<()> {
    let since = tx.now() - DAY;
    let taken: i64 = tx
        .value(
            sql!("SELECT COUNT(*) FROM audit_log WHERE subject_id = $1 AND act = 'data taken' AND at > $2"),
            &[&party, &since],
        )?
        .unwrap_or(0);
    if taken >= ARCHIVES_A_DAY {
        return Err(Error::TooMany(format!(
            "You have taken your data {ARCHIVES_A_DAY} times today, which is the most; it hardly changes by the minute."
        )));
    }
    audit::log(tx, Some(party), "data taken", Subject::Person(party), "")
}

/// A member pauses: away until they come back, by the link in the letter or by signing in.
///
/// # Errors
/// [`Error::Conflict`] for the only admin.
pub fn pause(tx: &mut Tx<'_>, public_url: &str, me: Key) -> Result<()> {
    roles::leave_an_admin(tx, me)?;
    presence::leave(tx, me)?;
    audit::log(tx, Some(me), "account paused", Subject::Person(me), "")?;
    write_to_return(tx, public_url, me, "Your account is paused")
}

fn write_to_return(tx: &mut Tx<'_>, public_url: &str, party: Key, subject: &str) -> Result<()> {
    let token = links::issue(tx, "return", party, party, RETURN_DAYS)?;
    write(
        tx,
        public_url,
        party,
        subject.into(),
        "Your account is paused: you are not shown, recommended or asked, and the words you gave do not count. Nothing is \
         deleted.",
        ("Come back", format!("/returns/{token}")),
        "Nothing happens if you do nothing. To come back later, sign in: we send this link again.",
    )
}

/// Somebody who is away asked to sign in: they get the way back, or hear why there is none. Says whether it was such a one.
///
/// # Errors
/// The database's.
pub fn answer_sign_in(tx: &mut Tx<'_>, public_url: &str, email: &Email) -> Result<bool> {
    let away: Option<Key> = tx.value(
        sql!("SELECT id FROM parties WHERE email = $1 AND kind = 'member' AND status = 'deactivated'"),
        &[email],
    )?;
    let Some(away) = away else { return Ok(false) };
    let now = tx.now();
    let held = tx.row(
        sql!(
            "SELECT EXISTS (SELECT 1 FROM erasures WHERE party_id = $1),
               EXISTS (SELECT 1 FROM sanctions WHERE party_id = $1 AND kind = 'suspension' AND lifted_at IS NULL
                 AND (ends_at IS NULL OR ends_at > $2))"
        ),
        &[&away, &now],
        |r| Ok((r.get::<bool>(0)?, r.get::<bool>(1)?)),
    )?;
    match held {
        Some((true, _)) => write_to_undo(tx, public_url, away)?,
        Some((_, true)) => write(
            tx,
            public_url,
            away,
            "Your account is suspended".into(),
            "You asked to sign in. Your account is suspended; the letter about it says why, and how to appeal. Your data is \
             yours meanwhile:",
            ("Take it, or have it erased", "/privacy/my-data".into()),
            "If you did not ask for this, you need not do anything.",
        )?,
        _ => write_to_return(tx, public_url, away, "Come back to your account")?,
    }
    Ok(true)
}

/// Back from a pause. Returns the session's secret.
///
/// # Errors
/// [`Error::Conflict`] while suspended or about to be erased.
pub fn come_back(tx: &mut Tx<'_>, party: Key) -> Result<String> {
    let active: Option<bool> =
        tx.value(sql!("SELECT status = 'active' FROM parties WHERE id = $1 AND kind = 'member'"), &[&party])?;
    if active == Some(false) {
        if !presence::come_back(tx, party)? {
            return Err(Error::Conflict(
                "Your account cannot be opened just now: it is suspended, or about to be erased. The letter about it says what \
                 you can do."
                    .into(),
            ));
        }
        audit::log(tx, Some(party), "account reopened", Subject::Person(party), "")?;
    }
    accounts::start_session(tx, party, "return")
}

/// Asks to be erased: away at once, done after the cooling period unless taken back by the link in the letter.
///
/// # Errors
/// [`Error::Conflict`] for the only admin, [`Error::NotFound`].
pub fn ask_erasure(tx: &mut Tx<'_>, public_url: &str, who: Key, no_letters: bool) -> Result<()> {
    party(tx, who)?;
    roles::leave_an_admin(tx, who)?;
    let now = tx.now();
    let due = now + COOLING * DAY;
    let new = tx.execute(
        sql!(
            "INSERT INTO erasures (party_id, asked_at, due_at, no_letters) VALUES ($1, $2, $3, $4)
             ON CONFLICT (party_id) DO NOTHING"
        ),
        &[&who, &now, &due, &no_letters],
    )?;
    if new == 0 {
        return Ok(());
    }
    presence::leave(tx, who)?;
    tx.enqueue(&format!("erasure-due-{due}"), &who.to_string(), "", due)?;
    audit::log(tx, Some(who), "erasure asked for", Subject::Person(who), "")?;
    write_to_undo(tx, public_url, who)
}

fn write_to_undo(tx: &mut Tx<'_>, public_url: &str, who: Key) -> Result<()> {
    let token = links::issue(tx, "erasure", who, who, COOLING)?;
    write(
        tx,
        public_url,
        who,
        format!("You will be erased in {COOLING} days"),
        "Somebody, hopefully you, asked us to erase everything about you. Nobody sees you here from now on. After seven days it \
         is done, and cannot be taken back.",
        ("No, keep my account", format!("/erasures/{token}")),
        "If that is what you want, do nothing. We do not write again.",
    )
}

/// Takes the ask back; a member is here again and signed in: the session's secret.
///
/// # Errors
/// [`Error::Gone`] when it was done or taken back already.
pub fn undo_erasure(tx: &mut Tx<'_>, who: Key) -> Result<Option<String>> {
    let undone = tx.execute(sql!("DELETE FROM erasures WHERE party_id = $1 AND done_at IS NULL"), &[&who])?;
    if undone == 0 {
        return Err(Error::Gone("This was taken back already, or it is done.".into()));
    }
    audit::log(tx, Some(who), "erasure taken back", Subject::Person(who), "")?;
    let (_, _, kind) = party(tx, who)?;
    if kind != "member" {
        return Ok(None);
    }
    // Suspended people stay away, and get no session.
    Ok(if presence::come_back(tx, who)? { Some(accounts::start_session(tx, who, "return")?) } else { None })
}

/// The job: the cooling period is over.
///
/// # Errors
/// The database's.
pub fn run_job(tx: &mut Tx<'_>, who: Key) -> Result<()> {
    let now = tx.now();
    let asked = tx.row(
        sql!("SELECT no_letters FROM erasures WHERE party_id = $1 AND done_at IS NULL AND due_at <= $2"),
        &[&who, &now],
        |r| r.get::<bool>(0),
    )?;
    match asked {
        None => Ok(()),
        // The last admin may have been left alone meanwhile: then they stay until somebody else keeps the network.
        Some(_) if roles::leave_an_admin(tx, who).is_err() => Ok(()),
        Some(no_letters) => erase::erase(tx, who, no_letters),
    }
}

/// An address asks for its own data: the same answer whether it is known or not.
///
/// # Errors
/// [`Error::TooMany`] for one address, known or not.
pub fn ask_by_letter(tx: &mut Tx<'_>, public_url: &str, network: &str, email: &Email) -> Result<()> {
    let (now, hash) = (tx.now(), hash_token(email.as_str()));
    let asked: i64 = tx
        .value(sql!("SELECT COUNT(*) FROM data_asks WHERE email_hash = $1 AND at > $2"), &[&hash, &(now - DAY)])?
        .unwrap_or(0);
    if asked >= LETTERS_A_DAY {
        return Err(Error::TooMany(
            "That address was asked about several times today. Please use the newest letter, or come back tomorrow."
                .into(),
        ));
    }
    let id = tx.id();
    tx.execute(sql!("INSERT INTO data_asks (id, email_hash, at) VALUES ($1, $2, $3)"), &[&id, &hash, &now])?;
    let known: Option<Key> =
        tx.value(sql!("SELECT id FROM parties WHERE email = $1 AND status <> 'erased'"), &[email])?;
    let known = match known {
        Some(known) => Some(known),
        None => conversations::guest_from_elsewhere(tx, email)?,
    };
    let Some(known) = known else { return Ok(()) };
    let token = links::issue(tx, "my-data", known, known, LINK_DAYS)?;
    write(
        tx,
        public_url,
        known,
        format!("What {network} holds about you"),
        "Somebody, hopefully you, asked what we hold about this address.",
        ("See it, take it, erase it", format!("/my-data/{token}")),
        "The link works for two days. If that was not you, you need not do anything: nobody sees anything without this letter.",
    )
}
