//! Passkeys: made, named and taken off on the account page; used to sign in.

mod pages;
#[cfg(test)]
mod tests;
mod verify;

pub use pages::routes;
pub use verify::Party;

use super::sessions::{Stay, start};
use crate::error::{Error, Result};
use crate::input::Title;
use crate::key::{Key, hash_token, new_token};
use store::{Tx, sql};
use verify::{Made, PublicKey, Used};

/// A challenge is answered within this time (µs).
const CHALLENGE_LIFE: i64 = 5 * 60 * 1_000_000;
/// Passkeys of one member.
const MOST: i64 = 20;

/// A passkey, as its owner sees it.
pub struct Passkey {
    /// For its buttons.
    pub id: Key,
    /// What its owner calls it.
    pub name: String,
    /// Kept by a keychain, not by one device alone.
    pub backed_up: bool,
    /// When it was made.
    pub created_at: i64,
    /// When it was last used.
    pub used_at: Option<i64>,
}

/// A member's passkeys.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Passkey>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, name, backed_up, created_at, used_at FROM passkeys WHERE party_id = $1 ORDER BY created_at, id"
        ),
        &[&party],
        |r| {
            Ok(Passkey {
                id: r.get(0)?,
                name: r.get(1)?,
                backed_up: r.get(2)?,
                created_at: r.get(3)?,
                used_at: r.get(4)?,
            })
        },
    )?)
}

/// Makes a challenge: for a member who adds a passkey, or for whoever signs in.
fn challenge(tx: &mut Tx<'_>, party: Option<Key>) -> Result<String> {
    let (token, now) = (new_token(tx.clock()), tx.now());
    tx.execute(sql!("DELETE FROM challenges WHERE expires_at < $1"), &[&now])?;
    tx.execute(
        sql!("INSERT INTO challenges (hash, party_id, expires_at) VALUES ($1, $2, $3)"),
        &[&hash_token(&token), &party, &(now + CHALLENGE_LIFE)],
    )?;
    Ok(token)
}

/// Uses up the challenge that client data answer, in a transaction of its own: whatever comes of it, it was used. Says
/// whether it was made for this member, or for signing in.
fn answered(tx: &mut Tx<'_>, client_data: &[u8], party: Option<Key>) -> Result<bool> {
    let challenge = verify::challenge_of(client_data).map(|c| decoded(&c)).unwrap_or_default();
    let now = tx.now();
    let found = tx.row(
        sql!("SELECT party_id FROM challenges WHERE hash = $1 AND expires_at > $2"),
        &[&hash_token(&challenge), &now],
        |r| r.get::<Option<Key>>(0),
    )?;
    let taken = tx.execute(sql!("DELETE FROM challenges WHERE hash = $1"), &[&hash_token(&challenge)])?;
    Ok(found == Some(party) && taken == 1)
}

/// The ids of a member's passkeys, so that no authenticator makes a second one.
fn credential_ids(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Vec<u8>>> {
    Ok(tx.rows(sql!("SELECT credential_id FROM passkeys WHERE party_id = $1"), &[&party], |r| r.get(0))?)
}

fn odd(why: &verify::Refused) -> Error {
    tracing::info!(%why, "a passkey was refused");
    Error::BadRequest("That passkey could not be checked. Please try again.".into())
}

fn late() -> Error {
    Error::Gone("That took too long, or was answered already. Please try again.".into())
}

/// Adds a passkey to a member, once its challenge is [`answered`].
///
/// # Errors
/// [`Error::BadRequest`] when it does not check out.
fn add(tx: &mut Tx<'_>, party: Key, us: &Party, made: &Made<'_>, name: &str) -> Result<()> {
    let (authenticator, key) = verify::register(made, us).map_err(|why| odd(&why))?;
    let count: i64 = tx.value(sql!("SELECT COUNT(*) FROM passkeys WHERE party_id = $1"), &[&party])?.unwrap_or(0);
    if count >= MOST {
        return Err(Error::TooMany(format!("You have {MOST} passkeys, the most there can be. Take one off first.")));
    }
    let (id, now) = (tx.id(), tx.now());
    let credential = authenticator.credential_id.unwrap_or_default();
    tx.execute(
        sql!(
            "INSERT INTO passkeys (id, party_id, credential_id, algorithm, public_key, sign_count, backed_up, name, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &[
            &id,
            &party,
            &credential,
            &key.algorithm,
            &key.bytes,
            &authenticator.sign_count,
            &authenticator.backed_up,
            &name,
            &now,
        ],
    )?;
    Ok(())
}

/// Signs in with a passkey, once its challenge is [`answered`]. Returns the session's secret; an unknown passkey and one of
/// somebody who left look alike.
///
/// # Errors
/// As [`add`].
fn enter_with(
    tx: &mut Tx<'_>,
    us: &Party,
    credential: &[u8],
    used: &Used<'_>,
    agent: &str,
    stay: Stay,
) -> Result<Option<String>> {
    let found = tx.row(
        sql!(
            "SELECT k.id, k.party_id, k.algorithm, k.public_key, k.sign_count FROM passkeys k JOIN parties p ON p.id = k.party_id
             WHERE k.credential_id = $1 AND p.kind = 'member' AND p.status = 'active'"
        ),
        &[&credential],
        |r| {
            let key = PublicKey { algorithm: r.get(2)?, bytes: r.get(3)? };
            Ok((r.get::<Key>(0)?, r.get::<Key>(1)?, key, r.get::<i64>(4)?))
        },
    )?;
    let Some((id, party, key, last)) = found else { return Ok(None) };
    let authenticator = verify::sign_in(used, &key, last, us).map_err(|why| odd(&why))?;
    let now = tx.now();
    let noted = tx.execute(
        sql!("UPDATE passkeys SET sign_count = $1, backed_up = $2, used_at = $3 WHERE id = $4 AND sign_count = $5"),
        &[&authenticator.sign_count, &authenticator.backed_up, &now, &id, &last],
    )?;
    // Two uses at once with one counter: one of them is a copy.
    if noted == 0 { Err(late()) } else { Ok(Some(start(tx, party, agent, stay)?)) }
}

/// Browsers send the challenge back in base64url; ours is text.
fn decoded(challenge: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(challenge).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Renames a passkey of `party`.
///
/// # Errors
/// [`Error::NotFound`] when it is none of theirs.
pub(super) fn rename(tx: &mut Tx<'_>, party: Key, id: Key, name: &Title) -> Result<()> {
    let done =
        tx.execute(sql!("UPDATE passkeys SET name = $1 WHERE id = $2 AND party_id = $3"), &[name, &id, &party])?;
    if done == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Takes a passkey off.
///
/// # Errors
/// As [`rename`].
pub(super) fn remove(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<()> {
    let done = tx.execute(sql!("DELETE FROM passkeys WHERE id = $1 AND party_id = $2"), &[&id, &party])?;
    if done == 0 { Err(Error::NotFound) } else { Ok(()) }
}
