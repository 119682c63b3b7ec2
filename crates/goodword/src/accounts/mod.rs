//! Signing in by a mailed link, and sessions.

mod pages;
#[cfg(test)]
mod tests;

pub use pages::{routes, signed_in};

use crate::error::{Error, Result};
use crate::input::Email;
use crate::invitations;
use crate::key::{Key, hash_token, new_token};
use crate::mail::{self, Letter, Part};
use store::{DAY, Tx, sql};

/// A sign-in link works this long (µs).
const LINK_LIFE: i64 = 30 * 60 * 1_000_000;
/// A session lasts this long (µs) after sign-in.
pub const SESSION_LIFE: i64 = 60 * DAY;
/// Letters with sign-in links to one address, per hour.
const LETTERS_AN_HOUR: i64 = 5;

/// Sends a sign-in link to a member's address, or (with `join`) a link to join to anybody else's. Whether there is such a member is told to nobody but that address.
///
/// # Errors
/// [`Error::TooMany`] when that address was sent several just now.
pub fn ask_to_sign_in(
    tx: &mut Tx<'_>,
    public_url: &str,
    network: &str,
    email: &Email,
    next: &str,
    join: bool,
) -> Result<()> {
    let now = tx.now();
    let recent: i64 = tx
        .value(sql!("SELECT COUNT(*) FROM sign_ins WHERE email = $1 AND created_at > $2"), &[email, &(now - DAY / 24)])?
        .unwrap_or(0);
    if recent >= LETTERS_AN_HOUR {
        return Err(Error::TooMany(
            "That address was sent several sign-in letters in the last hour. Please use the newest one, or wait a while."
                .into(),
        ));
    }
    let token = new_token(tx.clock());
    tx.execute(
        sql!("INSERT INTO sign_ins (token_hash, email, next, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)"),
        &[&hash_token(&token), email, &next, &now, &(now + LINK_LIFE)],
    )?;
    let member = tx.row(
        sql!("SELECT id, name FROM parties WHERE email = $1 AND kind = 'member' AND status = 'active'"),
        &[email],
        |r| Ok((r.get::<Key>(0)?, r.get::<String>(1)?)),
    )?;
    let Some((id, name)) = member else {
        // An open network invites the address to join; a closed one says nothing to it.
        return if join { invitations::offer_to_join(tx, public_url, network, email, &token) } else { Ok(()) };
    };
    mail::post(
        tx,
        public_url,
        &Letter {
            kind: "sign-in",
            about: None,
            to: Some(id),
            address: email.as_str(),
            name: &name,
            subject: format!("Sign in to {network}"),
            parts: vec![
                Part::Text("Press the button to sign in. It works once, within 30 minutes.".into()),
                Part::Button("Sign in".into(), format!("/sign-in/{token}")),
                Part::Text(
                    "If you did not ask for this, you need not do anything: nobody can sign in without this letter."
                        .into(),
                ),
            ],
            card: None,
        },
    )?;
    Ok(())
}

/// Who a sign-in link is for, without using it: the name to greet, and where to go afterwards.
///
/// # Errors
/// [`Error::Gone`] for a link that was used, ran out, or is none.
pub fn open_sign_in(tx: &mut Tx<'_>, token: &str) -> Result<(Key, String, String)> {
    let now = tx.now();
    tx.row(
        sql!(
            "SELECT p.id, p.name, s.next FROM sign_ins s JOIN parties p ON p.email = s.email
             WHERE s.token_hash = $1 AND s.used_at IS NULL AND s.expires_at > $2 AND p.kind = 'member'
               AND p.status = 'active'"
        ),
        &[&hash_token(token), &now],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?
    .ok_or_else(|| {
        Error::Gone("This sign-in link was used already or has run out. Ask for a new one; it takes a moment.".into())
    })
}

/// Uses a sign-in link: returns the new session's secret and where to go.
///
/// # Errors
/// As [`open_sign_in`].
pub fn use_sign_in(tx: &mut Tx<'_>, token: &str, agent: &str) -> Result<(String, String)> {
    let (party, _, next) = open_sign_in(tx, token)?;
    let now = tx.now();
    let used = tx.execute(
        sql!("UPDATE sign_ins SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL"),
        &[&now, &hash_token(token)],
    )?;
    if used == 0 {
        return Err(Error::Gone("This sign-in link was used already. Ask for a new one; it takes a moment.".into()));
    }
    Ok((start_session(tx, party, agent)?, next))
}

/// Starts a session and returns its secret, for the cookie only.
///
/// # Errors
/// The database's.
pub fn start_session(tx: &mut Tx<'_>, party: Key, agent: &str) -> Result<String> {
    let token = new_token(tx.clock());
    let (id, now) = (tx.id(), tx.now());
    let agent: String = agent.chars().take(200).collect();
    tx.execute(
        sql!(
            "INSERT INTO sessions (id, token_hash, party_id, agent, created_at, seen_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $5, $6)"
        ),
        &[&id, &hash_token(&token), &party, &agent, &now, &(now + SESSION_LIFE)],
    )?;
    Ok(token)
}

/// Ends a session of `party`.
///
/// # Errors
/// The database's.
pub fn end_session(tx: &mut Tx<'_>, party: Key, session: Key) -> Result<()> {
    tx.execute(sql!("DELETE FROM sessions WHERE id = $1 AND party_id = $2"), &[&session, &party])?;
    Ok(())
}
