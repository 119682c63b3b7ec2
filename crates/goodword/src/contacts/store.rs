//! The SQL of contacts.

use super::reading::{Person, Problem};
use super::{Contact, MOST};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::people::pattern;
use formats::name::fold;
use std::collections::HashMap;
use store::{DAY, Row, Tx, sql};

fn contact(r: &Row<'_>) -> store::Result<Contact> {
    let (here, handle) = (r.get::<Option<Key>>(8)?, r.get::<Option<String>>(9)?);
    Ok(Contact {
        id: r.get(0)?,
        name: r.get(1)?,
        email: r.get(2)?,
        phone: r.get(3)?,
        firm: r.get(4)?,
        title: r.get(5)?,
        town: r.get(6)?,
        note: r.get(7)?,
        here: here.zip(handle),
    })
}

/// A page of contacts by name, how many fit, and how many there are at all. `here`: only those who are members and
/// allow being found by their address.
pub(super) fn list(
    tx: &mut Tx<'_>,
    owner: Key,
    q: &str,
    here: bool,
    first: i64,
    rows: i64,
) -> Result<(i64, i64, Vec<Contact>)> {
    let like = pattern(&fold(q));
    let (all, fits) = tx
        .row(
            sql!(
                "SELECT COUNT(*), COALESCE(CAST(SUM(CASE WHEN ($2 = '' OR c.folded LIKE $2 ESCAPE '!'
                     OR c.email LIKE $2 ESCAPE '!' OR LOWER(c.firm) LIKE $2 ESCAPE '!') AND (NOT $3 OR f.findable) THEN 1 ELSE 0 END) AS BIGINT), 0)
                 FROM contacts c
                 LEFT JOIN parties p ON p.email = c.email AND p.kind = 'member' AND p.status = 'active' AND p.id <> $1
                 LEFT JOIN profiles f ON f.party_id = p.id AND f.findable
                 WHERE c.owner_id = $1 AND c.deleted_at IS NULL"
            ),
            &[&owner, &like, &here],
            |r| Ok((r.get::<i64>(0)?, r.get::<i64>(1)?)),
        )?
        .unwrap_or((0, 0));
    let shown = tx.rows(
        sql!(
            "SELECT c.id, c.name, c.email, c.phone, c.firm, c.title, c.town, c.note, f.party_id, p.handle FROM contacts c
             LEFT JOIN parties p ON p.email = c.email AND p.kind = 'member' AND p.status = 'active' AND p.id <> $1
             LEFT JOIN profiles f ON f.party_id = p.id AND f.findable
             WHERE c.owner_id = $1 AND c.deleted_at IS NULL
               AND ($2 = '' OR c.folded LIKE $2 ESCAPE '!' OR c.email LIKE $2 ESCAPE '!' OR LOWER(c.firm) LIKE $2 ESCAPE '!')
               AND (NOT $3 OR f.findable)
             ORDER BY c.folded, c.id LIMIT $4 OFFSET $5"
        ),
        &[&owner, &like, &here, &rows, &first],
        contact,
    )?;
    Ok((all, fits, shown))
}

/// Contacts by name, those after one of them.
pub(super) fn after(
    tx: &mut Tx<'_>,
    owner: Key,
    q: &str,
    here: bool,
    after: Option<Key>,
    rows: i64,
) -> Result<Vec<Contact>> {
    Ok(tx.rows(
        sql!(
            "SELECT c.id, c.name, c.email, c.phone, c.firm, c.title, c.town, c.note, f.party_id, p.handle FROM contacts c
             LEFT JOIN parties p ON p.email = c.email AND p.kind = 'member' AND p.status = 'active' AND p.id <> $1
             LEFT JOIN profiles f ON f.party_id = p.id AND f.findable
             WHERE c.owner_id = $1 AND c.deleted_at IS NULL
               AND ($2 = '' OR c.folded LIKE $2 ESCAPE '!' OR c.email LIKE $2 ESCAPE '!' OR LOWER(c.firm) LIKE $2 ESCAPE '!')
               AND (NOT $3 OR f.findable)
               AND (CAST($4 AS UUID) IS NULL
                 OR (c.folded, c.id) > (SELECT b.folded, b.id FROM contacts b WHERE b.id = $4 AND b.owner_id = $1))
             ORDER BY c.folded, c.id LIMIT $5"
        ),
        &[&owner, &pattern(&fold(q)), &here, &after, &rows],
        contact,
    )?)
}

/// How many of them are here and may be found.
pub(super) fn count_here(tx: &mut Tx<'_>, owner: Key) -> Result<i64> {
    Ok(tx
        .value(
            sql!(
                "SELECT COUNT(*) FROM contacts c JOIN parties p ON p.email = c.email JOIN profiles f ON f.party_id = p.id
                 WHERE c.owner_id = $1 AND c.deleted_at IS NULL AND p.kind = 'member' AND p.status = 'active'
                   AND p.id <> $1 AND f.findable"
            ),
            &[&owner],
        )?
        .unwrap_or(0))
}

/// One of my contacts.
///
/// # Errors
/// [`Error::NotFound`] for anybody else's.
pub(super) fn one(tx: &mut Tx<'_>, owner: Key, id: Key) -> Result<Contact> {
    tx.row(
        sql!(
            "SELECT c.id, c.name, c.email, c.phone, c.firm, c.title, c.town, c.note, f.party_id, p.handle FROM contacts c
             LEFT JOIN parties p ON p.email = c.email AND p.kind = 'member' AND p.status = 'active' AND p.id <> $1
             LEFT JOIN profiles f ON f.party_id = p.id AND f.findable
             WHERE c.owner_id = $1 AND c.id = $2 AND c.deleted_at IS NULL"
        ),
        &[&owner, &id],
        contact,
    )?
    .ok_or(Error::NotFound)
}

/// What became of people who were brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub added: i64,
    pub merged: i64,
}

/// Keeps people: one with a known address, or with a known name and telephone, is the same person and fills what was
/// empty.
///
/// # Errors
/// [`Error::TooMany`] above [`MOST`]; nothing is kept then.
pub(super) fn keep(tx: &mut Tx<'_>, owner: Key, people: &[Person]) -> Result<Kept> {
    let known =
        tx.rows(sql!("SELECT id, email, folded, digits FROM contacts WHERE owner_id = $1"), &[&owner], |r| {
            Ok((r.get::<Key>(0)?, r.get::<Option<String>>(1)?, r.get::<String>(2)?, r.get::<String>(3)?))
        })?;
    let mut count = known.len();
    let (mut by_email, mut by_name) = (HashMap::new(), HashMap::new());
    for (id, email, folded, digits) in known {
        if let Some(email) = email {
            by_email.insert(email, id);
        }
        by_name.insert((folded, digits), id);
    }
    let (mut kept, now) = (Kept::default(), tx.now());
    for person in people {
        let key = (fold(&person.name), formats::contacts::digits(&person.phone));
        let same = match person.email.as_ref().and_then(|email| by_email.get(email)) {
            Some(id) => Some(*id),
            // Two addresses are two people, unless one of them is not known.
            None => by_name.get(&key).copied().filter(|_| !key.1.is_empty() || person.email.is_none()),
        };
        if let Some(id) = same {
            fill(tx, id, person)?;
            kept.merged += 1;
            continue;
        }
        count += 1;
        if count > MOST {
            return Err(Error::field(
                "file",
                format!("You may keep {MOST} people; with this file it would be more. Nothing was taken."),
            ));
        }
        let id = Key(tx.id());
        tx.execute(
            sql!(
                "INSERT INTO contacts (id, owner_id, name, folded, email, phone, digits, firm, title, town, note, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            ),
            &[
                &id, &owner, &person.name, &key.0, &person.email, &person.phone, &key.1, &person.firm, &person.title,
                &person.town, &person.note, &now,
            ],
        )?;
        if let Some(email) = &person.email {
            by_email.insert(email.clone(), id);
        }
        by_name.insert(key, id);
        kept.added += 1;
    }
    Ok(kept)
}

/// What the owner has stays; what was empty is filled. Somebody deleted a moment ago is back.
fn fill(tx: &mut Tx<'_>, id: Key, person: &Person) -> Result<()> {
    tx.execute(
        sql!(
            "UPDATE contacts SET deleted_at = NULL, email = COALESCE(email, $2),
               phone = CASE WHEN phone = '' THEN $3 ELSE phone END, digits = CASE WHEN digits = '' THEN $4 ELSE digits END,
               firm = CASE WHEN firm = '' THEN $5 ELSE firm END, title = CASE WHEN title = '' THEN $6 ELSE title END,
               town = CASE WHEN town = '' THEN $7 ELSE town END, note = CASE WHEN note = '' THEN $8 ELSE note END
             WHERE id = $1"
        ),
        &[
            &id,
            &person.email,
            &person.phone,
            &formats::contacts::digits(&person.phone),
            &person.firm,
            &person.title,
            &person.town,
            &person.note,
        ],
    )?;
    Ok(())
}

/// Deletes one, or with `None` all; returns when, by which it can be taken back for a day.
///
/// # Errors
/// [`Error::NotFound`] for anybody else's.
pub(super) fn delete(tx: &mut Tx<'_>, owner: Key, id: Option<Key>) -> Result<i64> {
    let now = tx.now();
    let gone = match id {
        Some(id) => tx.execute(
            sql!("UPDATE contacts SET deleted_at = $1 WHERE owner_id = $2 AND id = $3 AND deleted_at IS NULL"),
            &[&now, &owner, &id],
        )?,
        None => tx.execute(
            sql!("UPDATE contacts SET deleted_at = $1 WHERE owner_id = $2 AND deleted_at IS NULL"),
            &[&now, &owner],
        )?,
    };
    if gone == 0 && id.is_some() {
        return Err(Error::NotFound);
    }
    tx.enqueue(&format!("contacts-erasure-{now}"), &owner.to_string(), "", now + DAY)?;
    Ok(now)
}

/// Takes a deletion back.
pub(super) fn restore(tx: &mut Tx<'_>, owner: Key, at: i64) -> Result<u64> {
    Ok(tx.execute(
        sql!("UPDATE contacts SET deleted_at = NULL WHERE owner_id = $1 AND deleted_at = $2"),
        &[&owner, &at],
    )?)
}

/// The jobs of this feature: what was deleted a day ago goes for good, and so do files nobody settled.
///
/// # Errors
/// The database's.
pub fn run_job(tx: &mut Tx<'_>, owner: Key) -> Result<()> {
    let before = tx.now() - DAY;
    tx.execute(sql!("DELETE FROM contacts WHERE owner_id = $1 AND deleted_at <= $2"), &[&owner, &before])?;
    tx.execute(sql!("DELETE FROM contact_files WHERE owner_id = $1 AND created_at <= $2"), &[&owner, &before])?;
    Ok(())
}

/// A file that was sent in.
pub(super) struct File {
    pub name: String,
    pub is_cards: bool,
    pub text: String,
    pub kept: Kept,
    pub problems: Vec<Problem>,
    pub is_taken: bool,
}

/// Keeps a file until its columns are settled, a day at most.
pub(super) fn add_file(tx: &mut Tx<'_>, owner: Key, name: &str, text: &str, is_cards: bool) -> Result<Key> {
    let (id, now) = (Key(tx.id()), tx.now());
    // One at a time: an older one that was left is not kept.
    tx.execute(sql!("DELETE FROM contact_files WHERE owner_id = $1 AND taken_at IS NULL"), &[&owner])?;
    tx.execute(
        sql!(
            "INSERT INTO contact_files (id, owner_id, name, kind, text, added, merged, problems, created_at)
             VALUES ($1, $2, $3, $4, $5, 0, 0, '[]', $6)"
        ),
        &[&id, &owner, &name, &if is_cards { "cards" } else { "table" }, &text, &now],
    )?;
    tx.enqueue(&format!("contacts-erasure-{now}"), &owner.to_string(), "", now + DAY)?;
    Ok(id)
}

/// A file of mine.
///
/// # Errors
/// [`Error::NotFound`] for anybody else's, and after a day.
pub(super) fn file(tx: &mut Tx<'_>, owner: Key, id: Key) -> Result<File> {
    tx.row(
        sql!(
            "SELECT name, kind, text, added, merged, problems, taken_at FROM contact_files WHERE id = $1 AND owner_id = $2"
        ),
        &[&id, &owner],
        |r| {
            Ok(File {
                name: r.get(0)?,
                is_cards: r.get::<String>(1)? == "cards",
                text: r.get(2)?,
                kept: Kept { added: r.get(3)?, merged: r.get(4)? },
                problems: serde_json::from_str(&r.get::<String>(5)?).unwrap_or_default(),
                is_taken: r.get::<Option<i64>>(6)?.is_some(),
            })
        },
    )?
    .ok_or(Error::NotFound)
}

/// Notes what became of a file, and drops its contents.
pub(super) fn settle(tx: &mut Tx<'_>, id: Key, kept: Kept, problems: &[Problem]) -> Result<()> {
    let now = tx.now();
    let problems = serde_json::to_string(problems).map_err(|e| Error::Internal(e.into()))?;
    tx.execute(
        sql!("UPDATE contact_files SET text = '', added = $1, merged = $2, problems = $3, taken_at = $4 WHERE id = $5"),
        &[&kept.added, &kept.merged, &problems, &now, &id],
    )?;
    Ok(())
}
