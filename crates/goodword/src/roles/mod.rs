//! Who keeps the network: members, moderators, admins. Which of them somebody is, is read with their session; what each may
//! do is asked of [`crate::viewer::Who`].

#[cfg(test)]
mod tests;

use crate::audit::{self, Subject};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::vouches;
use store::{Tx, sql};

/// What somebody is to the whole network, least first: each may do what the one before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Role {
    /// Everybody who joined.
    #[default]
    Member,
    /// Reads reports, decides on sanctions.
    Moderator,
    /// Also settings, roles, jobs and the audit log.
    Admin,
}

impl Role {
    /// As stored and as sent by forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }

    /// Reads what is stored or was sent; anything else is a member.
    pub fn parse(text: &str) -> Self {
        match text {
            "admin" => Self::Admin,
            "moderator" => Self::Moderator,
            _ => Self::Member,
        }
    }
}

/// What somebody is to the network.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, party: Key) -> Result<Role> {
    // 'admin' sorts before 'moderator'.
    let role: Option<Option<String>> = tx.value(
        sql!(
            "SELECT MIN(role) FROM roles WHERE party_id = $1 AND scope = 'network' AND role IN ('moderator', 'admin')"
        ),
        &[&party],
    )?;
    Ok(Role::parse(&role.flatten().unwrap_or_default()))
}

/// Makes a member something else to the network: granted, changed or, with [`Role::Member`], taken away.
///
/// # Errors
/// [`Error::Conflict`] when the network would have no admin left, [`Error::NotFound`] for somebody who is no member.
pub fn set(tx: &mut Tx<'_>, by: Key, party: Key, role: Role) -> Result<()> {
    let member: Option<Key> =
        tx.value(sql!("SELECT id FROM parties WHERE id = $1 AND kind = 'member' AND status = 'active'"), &[&party])?;
    member.ok_or(Error::NotFound)?;
    let before = of(tx, party)?;
    if before == role {
        return Ok(());
    }
    if before == Role::Admin {
        leave_an_admin(tx, party)?;
    }
    put(tx, party, role)?;
    let (act, words) = match role {
        Role::Member => ("role revoked", format!("You are no longer {} of this network.", with_article(before))),
        _ => ("role granted", format!("You are now {} of this network.", with_article(role))),
    };
    let changed = format!("{} → {}", before.as_str(), role.as_str());
    audit::log(tx, Some(by), act, Subject::Person(party), &changed)?;
    vouches::notify(tx, party, "role", &words, "/admin")
}

/// Writes a role without asking: for the first admin and the demo.
///
/// # Errors
/// The database's.
pub fn put(tx: &mut Tx<'_>, party: Key, role: Role) -> Result<()> {
    tx.execute(
        sql!("DELETE FROM roles WHERE party_id = $1 AND scope = 'network' AND role IN ('moderator', 'admin')"),
        &[&party],
    )?;
    if role != Role::Member {
        tx.execute(
            sql!("INSERT INTO roles (party_id, role, scope) VALUES ($1, $2, 'network')"),
            &[&party, &role.as_str()],
        )?;
    }
    Ok(())
}

/// Refuses to let the last admin go: nobody could name another.
///
/// # Errors
/// [`Error::Conflict`] when nobody but `leaving` is an active admin, and `leaving` is one.
pub fn leave_an_admin(tx: &mut Tx<'_>, leaving: Key) -> Result<()> {
    let found = tx.row(
        sql!(
            "SELECT COALESCE(SUM(CASE WHEN p.id = $1 THEN 0 ELSE 1 END), 0), COUNT(*)
             FROM roles r JOIN parties p ON p.id = r.party_id
             WHERE r.role = 'admin' AND r.scope = 'network' AND p.status = 'active'"
        ),
        &[&leaving],
        |r| Ok((r.get::<i64>(0)?, r.get::<i64>(1)?)),
    )?;
    match found {
        Some((0, 1..)) => Err(Error::Conflict(
            "You are the only admin: name another first, or nobody could keep this network. Nothing was changed."
                .into(),
        )),
        _ => Ok(()),
    }
}

/// Everybody who keeps the network, to tell them something.
///
/// # Errors
/// The database's.
pub fn keepers(tx: &mut Tx<'_>, only_admins: bool) -> Result<Vec<Key>> {
    Ok(tx.rows(
        sql!(
            "SELECT DISTINCT p.id FROM roles r JOIN parties p ON p.id = r.party_id
             WHERE r.scope = 'network' AND p.status = 'active' AND (r.role = 'admin' OR (r.role = 'moderator' AND $1 = 0))
             ORDER BY p.id"
        ),
        &[&i64::from(only_admins)],
        |r| r.get(0),
    )?)
}

fn with_article(role: Role) -> &'static str {
    match role {
        Role::Admin => "an admin",
        _ => "a moderator",
    }
}
