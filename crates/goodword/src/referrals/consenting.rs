//! The yes of client and professional, their no, and what a no deletes.

use super::letters;
use super::rules::{Deed, Progress, Role};
use super::store::{self, Referral};
use crate::error::{Error, Result};
use crate::input::{Phone, Words};
use crate::key::Key;
use ::store::{Tx, sql};

/// What a client may add to a yes.
#[derive(Clone, Debug, Default)]
pub struct ClientYes {
    /// The need in their own words, where we did not understand them.
    pub correction: Option<Words>,
    /// What the referrer may read of what follows.
    pub progress: Option<Progress>,
    /// A telephone number for the professional.
    pub phone: Option<Phone>,
}

/// Yes. Says whether this press was the one: a second press is told it is done.
///
/// # Errors
/// [`Error::NotFound`] for somebody who is not asked, [`Error::Gone`] when it has ended.
pub fn accept(tx: &mut Tx<'_>, public_url: &str, id: Key, party: Key, yes: &ClientYes) -> Result<bool> {
    let r = store::one(tx, id)?;
    let role = asked_role(&r, party)?;
    let already = match role {
        Role::Client => r.client_yes_at,
        _ => r.professional_yes_at,
    };
    if already.is_some() {
        return Ok(false);
    }
    let after = r.position().after(Some(role), Deed::Accept).ok_or_else(ended)?;
    if role == Role::Client {
        let progress = yes.progress.unwrap_or(r.progress).as_str();
        let understood = yes.correction.as_ref().map_or("yes", Words::as_str);
        tx.execute(
            sql!("UPDATE referrals SET progress = $1, understood = $2 WHERE id = $3"),
            &[&progress, &understood, &id],
        )?;
        if let Some(phone) = &yes.phone {
            tx.execute(
                sql!("UPDATE parties SET phone = $1, version = version + 1 WHERE id = $2 AND kind = 'client'"),
                &[phone, &party],
            )?;
        }
    }
    store::put(tx, &r, after)?;
    let kind = if role == Role::Client { "client yes" } else { "professional yes" };
    store::event(tx, id, Some(party), kind, Some(r.state), Some(after.state), "")?;
    let r = store::one(tx, id)?;
    letters::ask_next(tx, public_url, &r)?;
    super::introduction::introduce_if_agreed(tx, public_url, &r)?;
    Ok(true)
}

/// No, in one press. `why` stays with whoever wrote it; everybody else reads "this did not go ahead".
///
/// # Errors
/// As [`accept`].
pub fn refuse(tx: &mut Tx<'_>, public_url: &str, id: Key, party: Key, why: &str) -> Result<bool> {
    let r = store::one(tx, id)?;
    let role = asked_role(&r, party)?;
    let Some(after) = r.position().after(Some(role), Deed::Decline) else {
        return if r.state.is_end() { Ok(false) } else { Err(ended()) };
    };
    store::put(tx, &r, after)?;
    store::event(tx, id, Some(party), "decline", Some(r.state), Some(after.state), why)?;
    letters::tell_ended(tx, public_url, &r, Some(party), None)?;
    if role == Role::Client {
        forget_client(tx, &r)?;
    }
    Ok(true)
}

fn asked_role(r: &Referral, party: Key) -> Result<Role> {
    match r.role(party) {
        Some(role @ (Role::Client | Role::Professional)) if r.is_known_to(role) => Ok(role),
        _ => Err(Error::NotFound),
    }
}

fn ended() -> Error {
    Error::Gone("This has been answered or closed already. Nothing more is kept open.".into())
}

/// A client without an account who said no: name and address go, unless another referral of theirs is under way.
///
/// # Errors
/// The database's.
pub fn forget_client(tx: &mut Tx<'_>, r: &Referral) -> Result<()> {
    if r.client.kind == "member" {
        return Ok(());
    }
    let other: i64 = tx
        .value(
            sql!(
                "SELECT COUNT(*) FROM referrals WHERE client_id = $1 AND id <> $2
                   AND state NOT IN ('declined', 'expired', 'cancelled')"
            ),
            &[&r.client.id, &r.id],
        )?
        .unwrap_or(0);
    tx.execute(sql!("UPDATE referrals SET client_name = '' WHERE id = $1"), &[&r.id])?;
    if other > 0 {
        return Ok(());
    }
    erase_client(tx, r.client.id)
}

/// What the client lets the referrer read of what follows, said at any time.
///
/// # Errors
/// [`Error::NotFound`] for anybody but the client.
pub fn let_hear(tx: &mut Tx<'_>, id: Key, party: Key, progress: Progress) -> Result<()> {
    let r = store::one(tx, id)?;
    if asked_role(&r, party)? != Role::Client {
        return Err(Error::NotFound);
    }
    tx.execute(
        sql!("UPDATE referrals SET progress = $1, version = version + 1 WHERE id = $2"),
        &[&progress.as_str(), &id],
    )?;
    Ok(())
}

/// Erases a client without an account: name, address, telephone, letters. Links stay until they run out, to say that
/// everything is deleted; they open nothing.
///
/// # Errors
/// The database's.
pub fn erase_client(tx: &mut Tx<'_>, client: Key) -> Result<()> {
    tx.execute(
        sql!(
            "UPDATE letters SET address = '', to_name = '', subject = '', plain = '', html = '', attachment = NULL
             WHERE party_id = $1"
        ),
        &[&client],
    )?;
    tx.execute(
        sql!(
            "UPDATE parties SET status = 'erased', name = 'Somebody', folded = 'somebody', email = NULL, phone = NULL,
               version = version + 1 WHERE id = $1 AND kind = 'client'"
        ),
        &[&client],
    )?;
    tx.execute(sql!("UPDATE referrals SET client_name = '' WHERE client_id = $1"), &[&client])?;
    Ok(())
}
