//! Joining: by somebody's invitation, by oneself where the network is open to it, and as its first admin.

pub(crate) mod api;
mod pages;
#[cfg(test)]
mod tests;

pub use pages::routes;

use crate::accounts;
use crate::error::{Error, Result};
use crate::input::{Email, Name, Words};
use crate::key::{Key, hash_token, new_token};
use crate::links;
use crate::mail::{self, Letter, Part};
use crate::vouches;
use crate::{audit, roles, settings};
use store::{DAY, Tx, sql};

/// An invitation is good, and its address kept, for this many days.
const DAYS: i64 = 30;
/// Invitations by one member in a week.
const A_WEEK: i64 = 20;

/// Somebody becomes a member: a party that was absent or a client, or a new one.
///
/// # Errors
/// The database's.
pub fn become_member(tx: &mut Tx<'_>, party: Option<Key>, name: &Name, email: &Email) -> Result<Key> {
    let id = match party {
        Some(id) => id,
        None => {
            let (id, now) = (Key(tx.id()), tx.now());
            tx.execute(
                sql!(
                    "INSERT INTO parties (id, kind, status, name, folded, email, joined_at, version)
                     VALUES ($1, 'absent', 'active', $2, $3, $4, $5, 1)"
                ),
                &[&id, name, &formats::name::fold(name.as_str()), email, &now],
            )?;
            id
        }
    };
    crate::people::make_member(tx, id, name)?;
    tx.change("party", id.0)?;
    Ok(id)
}

/// Invites somebody by one letter; the inviter is remembered. Whether that address is a member already is not told to
/// them. Returns the path that stands in the letter, for an admin whose letters do not leave; `None` for a member's address.
///
/// # Errors
/// [`Error::TooMany`] above the limit, [`Error::Conflict`] when that person asked not to be written to.
pub fn invite(
    tx: &mut Tx<'_>,
    public_url: &str,
    network: &str,
    inviter: Key,
    name: &Name,
    email: &Email,
    words: &Words,
) -> Result<Option<String>> {
    let now = tx.now();
    let sent: i64 = tx
        .value(
            sql!("SELECT COUNT(*) FROM parties WHERE invited_by = $1 AND joined_at > $2"),
            &[&inviter, &(now - 7 * DAY)],
        )?
        .unwrap_or(0);
    if sent >= A_WEEK {
        return Err(Error::TooMany(format!(
            "You have invited {A_WEEK} people this week, the most there can be: invitations are worth more when they are few."
        )));
    }
    if vouches::has_refused(tx, email)? {
        return Err(Error::Conflict("That person has asked us not to write to them. Nothing was sent.".into()));
    }
    let known = vouches::party_by_email(tx, email)?;
    let party = match known {
        Some((_, kind)) if kind == "member" => return Ok(None),
        Some((party, _)) => {
            // A guest or a client was invited by nobody before.
            tx.execute(
                sql!("UPDATE parties SET invited_by = $1, version = version + 1 WHERE id = $2 AND invited_by IS NULL"),
                &[&inviter, &party],
            )?;
            party
        }
        None => vouches::add_absent(tx, name, email, inviter)?,
    };
    let waits: Option<bool> = tx.value(
        sql!(
            "SELECT EXISTS (SELECT 1 FROM links WHERE party_id = $1 AND purpose = 'invitation' AND used_at IS NULL
               AND expires_at > $2)"
        ),
        &[&party, &now],
    )?;
    if waits == Some(true) {
        // One letter and one reminder, whoever invites and how often: this is one more link to be handed on.
        return Ok(Some(path_for(tx, party)?));
    }
    let path = send(tx, public_url, network, party, words.as_str(), false)?;
    tx.enqueue_anew("invitation-reminder", &party.to_string(), "", now + 7 * DAY)?;
    tx.enqueue_anew("invitation-erasure", &party.to_string(), "", now + DAYS * DAY)?;
    Ok(path)
}

fn path_for(tx: &mut Tx<'_>, party: Key) -> Result<String> {
    Ok(format!("/invitations/{}", links::issue(tx, "invitation", party, party, DAYS)?))
}

fn send(
    tx: &mut Tx<'_>,
    public_url: &str,
    network: &str,
    party: Key,
    words: &str,
    again: bool,
) -> Result<Option<String>> {
    let found = tx.row(
        sql!(
            "SELECT p.name, p.email, COALESCE(i.name, '') FROM parties p LEFT JOIN parties i ON i.id = p.invited_by
             WHERE p.id = $1 AND p.kind <> 'member' AND p.status = 'active'"
        ),
        &[&party],
        |r| Ok((r.get::<String>(0)?, r.get::<Option<String>>(1)?, r.get::<String>(2)?)),
    )?;
    let Some((name, Some(address), inviter)) = found else { return Ok(None) };
    let path = path_for(tx, party)?;
    let mut parts = vec![Part::Text(format!(
        "{inviter} invites you to {network}, a referral network in which the word of somebody who can judge the work weighs \
         more than the number of people who say it."
    ))];
    if !words.is_empty() {
        parts.push(Part::Quote(words.to_owned()));
    }
    parts.push(Part::Button("Have a look and join".into(), path.clone()));
    let last = if again { "This is the one reminder; we will not write again." } else { "We remind you once." };
    parts.push(Part::Text(format!(
        "{inviter} typed your address for this. If you do nothing it is erased after {DAYS} days. {last}"
    )));
    mail::post(
        tx,
        public_url,
        &Letter {
            kind: "invitation",
            about: Some(party),
            to: Some(party),
            address: &address,
            name: &name,
            subject: format!("{inviter} invites you to {network}"),
            parts,
            card: None,
        },
    )?;
    Ok(Some(path))
}

/// The jobs of this feature: one reminder, then erasure.
///
/// # Errors
/// The database's.
pub fn run_job(tx: &mut Tx<'_>, public_url: &str, network: &str, kind: &str, party: Key) -> Result<()> {
    let absent: Option<Key> =
        tx.value(sql!("SELECT id FROM parties WHERE id = $1 AND kind = 'absent' AND status = 'active'"), &[&party])?;
    match (kind, absent) {
        ("invitation-reminder", Some(_)) => send(tx, public_url, network, party, "", true).map(drop),
        ("invitation-erasure", Some(_)) => vouches::erase_absent(tx, party, false),
        _ => Ok(()),
    }
}

/// Says yes to an invitation: a member, signed in. Returns the session's secret.
///
/// # Errors
/// [`Error::Gone`] when the link was used or has run out.
pub fn accept(tx: &mut Tx<'_>, token: &str, name: &Name, agent: &str) -> Result<String> {
    let link = links::open(tx, "invitation", token)?;
    let email: Option<String> = tx
        .value::<Option<String>>(
            sql!("SELECT email FROM parties WHERE id = $1 AND kind <> 'member' AND status = 'active'"),
            &[&link.party],
        )?
        .flatten();
    let email = email
        .filter(|_| link.used_at.is_none())
        .ok_or_else(|| Error::Gone("This invitation was used already. If you are a member, please sign in.".into()))?;
    join_with(tx, Some(link.party), name, &Email::parse("email", &email)?)?;
    links::mark_used(tx, token)?;
    accounts::start_session(tx, link.party, agent)
}

/// Somebody whose address is proven becomes a member; whoever invited them hears of it.
///
/// # Errors
/// The database's.
pub fn join_with(tx: &mut Tx<'_>, known: Option<Key>, name: &Name, email: &Email) -> Result<Key> {
    let party = become_member(tx, known, name, email)?;
    let inviter: Option<Key> =
        tx.value::<Option<Key>>(sql!("SELECT invited_by FROM parties WHERE id = $1"), &[&party])?.flatten();
    if let Some(inviter) = inviter {
        vouches::notify(tx, inviter, "invitation", &format!("{name} has joined on your invitation."), "/people")?;
    }
    Ok(party)
}

/// Whose link to join it is, while it is good.
///
/// # Errors
/// [`Error::Gone`] for a link that was used, ran out, or is none.
pub fn joining(tx: &mut Tx<'_>, token: &str) -> Result<Email> {
    let now = tx.now();
    let email: Option<String> = tx.value(
        sql!("SELECT email FROM sign_ins WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2"),
        &[&hash_token(token), &now],
    )?;
    let gone = || Error::Gone("This link was used already or has run out. Ask for a new one.".into());
    Email::parse("email", &email.ok_or_else(gone)?)
}

/// Joins by a mailed link where the network is open to it. Returns the session's secret.
///
/// # Errors
/// [`Error::Gone`] for a link that was used, ran out, or is none.
pub fn join(tx: &mut Tx<'_>, token: &str, name: &Name, agent: &str) -> Result<String> {
    let (email, now) = (joining(tx, token)?, tx.now());
    tx.execute(sql!("UPDATE sign_ins SET used_at = $1 WHERE token_hash = $2"), &[&now, &hash_token(token)])?;
    let known = vouches::party_by_email(tx, &email)?;
    let party = match known {
        Some((party, kind)) if kind == "member" => party,
        known => become_member(tx, known.map(|(party, _)| party), name, &email)?,
    };
    accounts::start_session(tx, party, agent)
}

/// Whether this network has no member yet; then makes the secret of a one-time link for its first admin.
///
/// # Errors
/// The database's.
pub fn first_admin_link(tx: &mut Tx<'_>) -> Result<Option<String>> {
    let members: i64 = tx.value(sql!("SELECT COUNT(*) FROM parties WHERE kind = 'member'"), &[])?.unwrap_or(0);
    if members > 0 {
        return Ok(None);
    }
    let token = new_token(tx.clock());
    let hash: String = hash_token(&token).iter().map(|b| format!("{b:02x}")).collect();
    settings::put(tx, "first admin", &hash)?;
    Ok(Some(token))
}

/// Whether a secret is that of the first admin's link.
///
/// # Errors
/// [`Error::Gone`] when it is not, or has been used.
pub fn check_first_admin(tx: &mut Tx<'_>, token: &str) -> Result<()> {
    let hash: String = hash_token(token).iter().map(|b| format!("{b:02x}")).collect();
    let known: Option<String> =
        tx.value(sql!("SELECT value FROM settings WHERE name = 'first admin' AND value = $1"), &[&hash])?;
    known.map(drop).ok_or_else(|| Error::Gone("This link was used already. Please sign in.".into()))
}

/// The first admin joins and names the network. Returns the session's secret.
///
/// # Errors
/// As [`check_first_admin`].
pub fn found_network(
    tx: &mut Tx<'_>,
    token: &str,
    name: &Name,
    email: &Email,
    network: &Name,
    operator: &Name,
    agent: &str,
) -> Result<String> {
    check_first_admin(tx, token)?;
    tx.execute(sql!("DELETE FROM settings WHERE name = 'first admin'"), &[])?;
    let party = become_member(tx, None, name, email)?;
    roles::put(tx, party, roles::Role::Admin)?;
    audit::log(tx, Some(party), "network founded", audit::Subject::Person(party), "")?;
    settings::put(tx, "network name", network.as_str())?;
    settings::put(tx, "operator", operator.as_str())?;
    tx.change("setting", party.0)?;
    accounts::start_session(tx, party, agent)
}

/// The name an invitation is for, to greet with, and who sent it.
///
/// # Errors
/// [`Error::Gone`] or [`Error::NotFound`] as links say.
pub fn open(tx: &mut Tx<'_>, token: &str) -> Result<(String, String)> {
    let link = links::open(tx, "invitation", token)?;
    tx.row(
        sql!(
            "SELECT p.name, COALESCE(i.name, '') FROM parties p LEFT JOIN parties i ON i.id = p.invited_by
             WHERE p.id = $1 AND p.kind <> 'member' AND p.status = 'active'"
        ),
        &[&link.party],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?
    .ok_or_else(|| Error::Gone("This invitation was used already. If you are a member, please sign in.".into()))
}

/// A link to join, for an address that is no member's.
///
/// # Errors
/// The database's.
pub fn offer_to_join(tx: &mut Tx<'_>, public_url: &str, network: &str, email: &Email, token: &str) -> Result<()> {
    mail::post(
        tx,
        public_url,
        &Letter {
            kind: "join",
            about: None,
            to: None,
            address: email.as_str(),
            name: "",
            subject: format!("Join {network}"),
            parts: vec![
                Part::Text(format!(
                    "Somebody, hopefully you, typed this address to sign in to {network}. It is not a member’s yet."
                )),
                Part::Button("Join".into(), format!("/join/{token}")),
                Part::Text("If that was not you, you need not do anything: we keep nothing.".into()),
            ],
            card: None,
        },
    )?;
    Ok(())
}
