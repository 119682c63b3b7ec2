//! Groups people belong to: name, kind, from and to, confirmed by the group's keeper. Disclosure and standing need it.

pub(crate) mod api;
mod pages;
#[cfg(test)]
mod tests;

pub use pages::routes;

use crate::error::{Error, Result};
use crate::input::{Check, Name, Title, parse_date};
use crate::key::Key;
use crate::vouches::notify;
use serde::Deserialize;
use store::{Tx, sql};

/// What kinds there are, as stored and as shown.
pub const KINDS: [(&str, &str, &str); 3] = [
    ("advisor network", "Advisor network", "Monthly, several members of a profession, as at ProVisors"),
    ("referral exchange", "Referral exchange", "Weekly, one seat a profession, as at BNI or LeTip"),
    ("other", "Another kind", "A trade body, a club, a co-working house"),
];

/// Somebody's time in a group.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Its id.
    pub id: Key,
    /// The group's.
    pub group: Key,
    /// The group's name.
    pub name: String,
    /// As stored.
    pub kind: String,
    /// ISO date.
    pub since: String,
    /// ISO date; `None`: still.
    pub until: Option<String>,
    /// By the group's keeper.
    pub confirmed: bool,
    /// This person keeps the group.
    pub keeps: bool,
}

impl Membership {
    /// "since 2022", "2019 to 2023".
    pub fn span_words(&self) -> String {
        let year = |iso: &str| iso.get(..4).unwrap_or(iso).to_owned();
        match &self.until {
            None => format!("since {}", year(&self.since)),
            Some(until) if year(until) == year(&self.since) => year(until),
            Some(until) => format!("{} to {}", year(&self.since), year(until)),
        }
    }
}

/// Somebody's groups, present ones first.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Membership>> {
    Ok(tx.rows(
        sql!(
            "SELECT m.id, g.id, g.name, g.kind, m.since, m.until, m.confirmed_at, g.keeper_id = m.party_id
             FROM memberships m JOIN networking_groups g ON g.id = m.group_id WHERE m.party_id = $1
             ORDER BY COALESCE(m.until, '9999') DESC, m.since DESC, g.name LIMIT 50"
        ),
        &[&party],
        |r| {
            Ok(Membership {
                id: r.get(0)?,
                group: r.get(1)?,
                name: r.get(2)?,
                kind: r.get(3)?,
                since: r.get(4)?,
                until: r.get(5)?,
                confirmed: r.get::<Option<i64>>(6)?.is_some(),
                keeps: r.get(7)?,
            })
        },
    )?)
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// As stored.
    pub kind: String,
    /// Where it meets.
    pub town: String,
    /// Who confirms its members.
    pub keeper: Key,
}

/// One group.
///
/// # Errors
/// [`Error::NotFound`].
pub fn one(tx: &mut Tx<'_>, id: Key) -> Result<Group> {
    tx.row(sql!("SELECT name, kind, town, keeper_id FROM networking_groups WHERE id = $1"), &[&id], |r| {
        Ok(Group { name: r.get(0)?, kind: r.get(1)?, town: r.get(2)?, keeper: r.get(3)? })
    })?
    .ok_or(Error::NotFound)
}

/// A member of a group as the group's page shows them.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The membership's id.
    pub id: Key,
    /// Their name.
    pub name: String,
    /// Their page.
    pub handle: String,
    /// Main occupation code.
    pub field: Option<String>,
    /// ISO date.
    pub since: String,
    /// ISO date.
    pub until: Option<String>,
    /// By the keeper.
    pub confirmed: bool,
    /// Their party.
    pub party: Key,
}

/// Everybody who says they belong, by name.
///
/// # Errors
/// The database's.
pub fn seats(tx: &mut Tx<'_>, group: Key) -> Result<Vec<Seat>> {
    Ok(tx.rows(
        sql!(
            "SELECT m.id, p.name, COALESCE(p.handle, ''),
               (SELECT r.field FROM professions r WHERE r.party_id = p.id ORDER BY r.position LIMIT 1),
               m.since, m.until, m.confirmed_at, p.id
             FROM memberships m JOIN parties p ON p.id = m.party_id
             WHERE m.group_id = $1 AND p.status = 'active' ORDER BY p.folded, p.id LIMIT 1000"
        ),
        &[&group],
        |r| {
            Ok(Seat {
                id: r.get(0)?,
                name: r.get(1)?,
                handle: r.get(2)?,
                field: r.get(3)?,
                since: r.get(4)?,
                until: r.get(5)?,
                confirmed: r.get::<Option<i64>>(6)?.is_some(),
                party: r.get(7)?,
            })
        },
    )?)
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The group's name.
    pub name: String,
    /// Its kind, where it is new.
    pub kind: String,
    /// Where it meets.
    pub town: String,
    /// ISO date.
    pub since: String,
    /// ISO date.
    pub until: String,
}

/// States that `me` belongs to a group. A group of that name is joined and its keeper asked; otherwise it is started,
/// and `me` keeps it. Returns whether it was started.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Conflict`] when it is stated already.
pub fn join(tx: &mut Tx<'_>, me: Key, my_name: &str, typed: &Typed) -> Result<bool> {
    let mut check = Check::default();
    let name = check.take(Name::parse("name", &typed.name))?;
    let town = check.take(Title::optional("town", &typed.town))?;
    let since = check.take(parse_date("since", &typed.since))?.flatten();
    let until = check.take(parse_date("until", &typed.until))?.flatten();
    if since.is_none() && typed.since.trim().is_empty() {
        check.refuse("since", "Please say since when; the year is enough: its first of January.");
    }
    if let (Some(a), Some(b)) = (&since, &until)
        && a > b
    {
        check.refuse("until", "This is before the day you joined.");
    }
    let kind = KINDS.iter().find(|(value, ..)| *value == typed.kind).map(|(value, ..)| *value);
    let folded = name.as_ref().map(|n| formats::name::fold(n.as_str())).unwrap_or_default();
    let known: Option<(Key, Key)> = tx.row(
        sql!("SELECT id, keeper_id FROM networking_groups WHERE folded = $1 ORDER BY id LIMIT 1"),
        &[&folded],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    if known.is_none() && kind.is_none() && name.is_some() {
        check.refuse("kind", "No group of that name is here yet: please say what kind it is.");
    }
    check.finish()?;
    let (Some(name), Some(town), Some(since)) = (name, town, since) else {
        return Err(Error::BadRequest("The form could not be read.".into()));
    };
    let now = tx.now();
    let (group, keeper) = match (known, kind) {
        (Some(known), _) => known,
        (None, kind) => {
            let id = Key(tx.id());
            tx.execute(
                sql!(
                    "INSERT INTO networking_groups (id, name, folded, kind, about, town, keeper_id, created_at, version)
                     VALUES ($1, $2, $3, $4, '', $5, $6, $7, 1)"
                ),
                &[&id, &name, &folded, &kind.unwrap_or("other"), &town, &me, &now],
            )?;
            (id, me)
        }
    };
    let stated: Option<Key> =
        tx.value(sql!("SELECT id FROM memberships WHERE group_id = $1 AND party_id = $2"), &[&group, &me])?;
    if stated.is_some() {
        return Err(Error::Conflict(format!("{name} is on your profile already.")));
    }
    let mine = keeper == me;
    let (id, confirmed_at, confirmed_by) = (tx.id(), mine.then_some(now), mine.then_some(me));
    tx.execute(
        sql!(
            "INSERT INTO memberships (id, group_id, party_id, since, until, confirmed_at, confirmed_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &[&id, &group, &me, &since, &until, &confirmed_at, &confirmed_by],
    )?;
    if !mine {
        notify(tx, keeper, "group", &format!("{my_name} says they belong to {name}."), &format!("/groups/{group}"))?;
    }
    Ok(mine)
}

/// Ends one's own membership today, or resumes it.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn end(tx: &mut Tx<'_>, me: Key, id: Key, until: Option<&str>) -> Result<()> {
    let done =
        tx.execute(sql!("UPDATE memberships SET until = $1 WHERE id = $2 AND party_id = $3"), &[&until, &id, &me])?;
    if done == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// The keeper says yes or no to somebody's membership. `trade` is an occupation the group has checked, if it has.
///
/// # Errors
/// [`Error::NotFound`] for anybody but the keeper; [`Error::Forbidden`] for the keeper's own trade.
pub fn answer(tx: &mut Tx<'_>, me: Key, id: Key, yes: bool, trade: Option<&str>) -> Result<Key> {
    let found: Option<(Key, Key, String, Key)> = tx.row(
        sql!(
            "SELECT g.id, m.party_id, g.name, g.keeper_id FROM memberships m JOIN networking_groups g ON g.id = m.group_id
             WHERE m.id = $1"
        ),
        &[&id],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )?;
    let (group, party, name, keeper) = found.filter(|(.., keeper)| *keeper == me).ok_or(Error::NotFound)?;
    if trade.is_some() && party == keeper {
        return Err(Error::Forbidden("Nobody confirms their own trade.".into()));
    }
    let now = tx.now();
    let url = "/profile/groups";
    if yes {
        tx.execute(
            sql!("UPDATE memberships SET confirmed_at = $1, confirmed_by = $2 WHERE id = $3"),
            &[&now, &me, &id],
        )?;
        notify(tx, party, "group", &format!("{name} confirmed that you belong to it."), url)?;
    } else {
        tx.execute(sql!("UPDATE memberships SET confirmed_at = NULL, confirmed_by = NULL WHERE id = $1"), &[&id])?;
        notify(tx, party, "group", &format!("{name} did not confirm that you belong to it."), url)?;
    }
    if let (true, Some(field)) = (yes, trade) {
        tx.execute(
            sql!(
                "UPDATE professions SET confirmed_by = 'group', confirmed_at = $1
                 WHERE party_id = $2 AND field = $3 AND confirmed_by IS NULL"
            ),
            &[&now, &party, &field],
        )?;
        tx.change("profession", party.0)?;
    }
    Ok(group)
}
