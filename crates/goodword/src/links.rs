//! Signed links in letters: what the bearer may do, without an account. A GET never changes anything: the page it opens
//! asks for a second press.

use crate::error::{Error, Result};
use crate::key::{Key, hash_token, new_token};
use store::{DAY, Tx, sql};

/// What the bearer of a link reads who said no, or had everything erased.
pub const ERASED: &str =
    "You said no; everything is deleted, your name, your address and the letters. We will not write again.";

/// A link that is still good.
#[derive(Clone, Debug)]
pub struct Link {
    /// Whose it is.
    pub party: Key,
    /// What it is about: a referral, a vouch.
    pub subject: Key,
    /// When it was used for something that happens once.
    pub used_at: Option<i64>,
}

/// Makes a link for `purpose` and returns its secret, for the letter only.
///
/// # Errors
/// The database's.
pub fn issue(tx: &mut Tx<'_>, purpose: &str, party: Key, subject: Key, days: i64) -> Result<String> {
    let token = new_token(tx.clock());
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO links (token_hash, purpose, party_id, subject_id, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)"
        ),
        &[&hash_token(&token), &purpose, &party, &subject, &now, &(now + days * DAY)],
    )?;
    Ok(token)
}

/// Reads a link for `purpose`. Unknown, forged and expired ones are told apart only as far as helps an honest bearer.
///
/// # Errors
/// [`Error::Gone`] when it has run out, [`Error::NotFound`] when there is none.
pub fn open(tx: &mut Tx<'_>, purpose: &str, token: &str) -> Result<Link> {
    let now = tx.now();
    let found = tx.row(
        sql!(
            "SELECT l.party_id, l.subject_id, l.used_at, l.expires_at, p.status = 'erased'
             FROM links l JOIN parties p ON p.id = l.party_id WHERE l.token_hash = $1 AND l.purpose = $2"
        ),
        &[&hash_token(token), &purpose],
        |r| {
            Ok((Link { party: r.get(0)?, subject: r.get(1)?, used_at: r.get(2)? }, r.get::<i64>(3)?, r.get::<bool>(4)?))
        },
    )?;
    match found {
        None => Err(Error::NotFound),
        Some((.., true)) => Err(Error::Gone(ERASED.into())),
        Some((_, expires, _)) if expires <= now => Err(Error::Gone(
            "This link has run out. Nothing was changed; the letter says whom to ask for another.".into(),
        )),
        Some((link, ..)) => Ok(link),
    }
}

/// Notes that a link was used.
///
/// # Errors
/// The database's.
pub fn mark_used(tx: &mut Tx<'_>, token: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!("UPDATE links SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL"),
        &[&now, &hash_token(token)],
    )?;
    Ok(())
}
