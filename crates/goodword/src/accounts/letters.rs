//! Signing in by a mailed link, or by the code beside it on another device.

use super::sessions::{Stay, start};
use crate::audit::{self, Subject};
use crate::error::{Error, Result};
use crate::input::Email;
use crate::invitations;
use crate::key::{Key, hash_token, new_token};
use crate::mail::{self, Letter, Part};
use crate::my_data;
use store::{DAY, Tx, sql};

/// A sign-in link works this long (µs).
const LINK_LIFE: i64 = 30 * 60 * 1_000_000;
/// Letters with sign-in links to one address, per hour.
const LETTERS_AN_HOUR: i64 = 5;
/// A code may be mistyped so often.
const TRIES: i64 = 5;
/// Characters of a code: 40 bits, good for half an hour, in one browser, five times.
const CODE: usize = 8;

/// Whose site a letter speaks for, and who may join it.
#[derive(Clone)]
pub struct Door {
    /// Without a slash at the end.
    pub public_url: String,
    /// The network's name.
    pub network: String,
    /// Whether an address that is no member's may join by itself.
    pub join: bool,
}

/// Sends a sign-in link to a member's address, or (where anybody may join) a link to join to anybody else's. Whether there
/// is such a member is told to nobody but that address. `browser` is the secret of the browser that asks: the code in the
/// letter works there only.
///
/// # Errors
/// [`Error::TooMany`] when that address was sent several just now.
pub fn ask_to_sign_in(tx: &mut Tx<'_>, door: &Door, email: &Email, next: &str, browser: &str) -> Result<()> {
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
    let code: String = new_token(tx.clock()).chars().take(CODE).collect();
    tx.execute(
        sql!(
            "INSERT INTO sign_ins (token_hash, email, next, created_at, expires_at, browser_hash, code_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &[&hash_token(&token), email, &next, &now, &(now + LINK_LIFE), &hash_token(browser), &hash_token(&code)],
    )?;
    let member = tx.row(
        sql!("SELECT id, name FROM parties WHERE email = $1 AND kind = 'member' AND status = 'active'"),
        &[email],
        |r| Ok((r.get::<Key>(0)?, r.get::<String>(1)?)),
    )?;
    let Some((id, name)) = member else {
        if my_data::answer_sign_in(tx, &door.public_url, email)? {
            return Ok(());
        }
        // An open network invites the address to join; a closed one says nothing to it.
        let Door { public_url, network, join } = door;
        return if *join { invitations::offer_to_join(tx, public_url, network, email, &token) } else { Ok(()) };
    };
    let (start, end) = code.split_at(CODE / 2);
    mail::post(
        tx,
        &door.public_url,
        &Letter {
            kind: "sign-in",
            about: None,
            to: Some(id),
            address: email.as_str(),
            name: &name,
            subject: format!("Sign in to {}", door.network),
            parts: vec![
                Part::Text("Press the button to sign in. It works once, within 30 minutes.".into()),
                Part::Button("Sign in".into(), format!("/sign-in/{token}")),
                Part::Text(format!(
                    "On another device? Type this code where you asked for this letter: {start}-{end}\nGive it to nobody: \
                     we never ask for it."
                )),
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

/// A sign-in link for a member named by address or handle, without a letter: for the operator, on the server.
///
/// # Errors
/// [`Error::BadRequest`] when there is no such member, or one without an address.
pub fn link_for(tx: &mut Tx<'_>, who: &str) -> Result<String> {
    let found = tx.row(
        sql!(
            "SELECT id, email FROM parties
             WHERE (handle = $1 OR email = $1) AND email IS NOT NULL AND kind = 'member' AND status = 'active'"
        ),
        &[&who],
        |r| Ok((r.get::<Key>(0)?, r.get::<String>(1)?)),
    )?;
    let (party, email) =
        found.ok_or_else(|| Error::BadRequest(format!("No active member with an address is called {who}.")))?;
    audit::log(tx, None, "sign-in link made", Subject::Person(party), "")?;
    let (token, now) = (new_token(tx.clock()), tx.now());
    tx.execute(
        sql!("INSERT INTO sign_ins (token_hash, email, next, created_at, expires_at) VALUES ($1, $2, '/', $3, $4)"),
        &[&hash_token(&token), &email, &now, &(now + LINK_LIFE)],
    )?;
    Ok(format!("/sign-in/{token}"))
}

/// Who a sign-in link is for, without using it: the name to greet, and where to go afterwards.
///
/// # Errors
/// [`Error::Gone`] for a link that was used, ran out, or is none.
pub fn open_sign_in(tx: &mut Tx<'_>, token: &str) -> Result<(Key, String, String)> {
    open_hash(tx, &hash_token(token))
}

fn open_hash(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<(Key, String, String)> {
    let now = tx.now();
    tx.row(
        sql!(
            "SELECT p.id, p.name, s.next FROM sign_ins s JOIN parties p ON p.email = s.email
             WHERE s.token_hash = $1 AND s.used_at IS NULL AND s.expires_at > $2 AND p.kind = 'member'
               AND p.status = 'active'"
        ),
        &[hash, &now],
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
pub fn use_sign_in(tx: &mut Tx<'_>, token: &str, agent: &str, stay: Stay) -> Result<(String, String)> {
    use_hash(tx, &hash_token(token), agent, stay)
}

fn use_hash(tx: &mut Tx<'_>, hash: &[u8; 32], agent: &str, stay: Stay) -> Result<(String, String)> {
    let (party, _, next) = open_hash(tx, hash)?;
    let now = tx.now();
    let used =
        tx.execute(sql!("UPDATE sign_ins SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL"), &[&now, hash])?;
    if used == 0 {
        return Err(Error::Gone("This sign-in link was used already. Ask for a new one; it takes a moment.".into()));
    }
    Ok((start(tx, party, agent, stay)?, next))
}

/// What a code typed in the browser that asked for the letter leads to.
pub enum Typed {
    /// Signed in: the session's secret, and where to go.
    Entered(String, String),
    /// Not that code, or there was no letter: both look alike.
    Wrong,
}

/// Uses the code of the newest letter this browser asked for. A wrong one is counted, so it is an answer, not an error.
///
/// # Errors
/// [`Error::TooMany`] after too many tries.
pub fn use_code(tx: &mut Tx<'_>, browser: &str, typed: &str, agent: &str, stay: Stay) -> Result<Typed> {
    let now = tx.now();
    let newest = tx.row(
        sql!(
            "SELECT token_hash, code_hash, tries FROM sign_ins
             WHERE browser_hash = $1 AND used_at IS NULL AND expires_at > $2 ORDER BY created_at DESC LIMIT 1"
        ),
        &[&hash_token(browser), &now],
        |r| Ok((r.get::<Vec<u8>>(0)?, r.get::<Option<Vec<u8>>>(1)?, r.get::<i64>(2)?)),
    )?;
    let Some((hash, code, tries)) = newest else { return Ok(Typed::Wrong) };
    if tries >= TRIES {
        let sentence = "That code was mistyped too often. Please ask for a new letter, or use the link in it.";
        return Err(Error::TooMany(sentence.into()));
    }
    // As read aloud or copied: without dashes, small; the letters that look like digits stand for these.
    let typed: String = typed
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    let hash: [u8; 32] = hash.try_into().unwrap_or_default();
    if code.as_deref() == Some(&hash_token(&typed)[..])
        && let Ok((session, next)) = use_hash(tx, &hash, agent, stay)
    {
        return Ok(Typed::Entered(session, next));
    }
    tx.execute(sql!("UPDATE sign_ins SET tries = tries + 1 WHERE token_hash = $1"), &[&hash])?;
    Ok(Typed::Wrong)
}
