//! What stands beside an author's name: profession, standing in the field of the post, since when, groups shared with
//! the reader.

use crate::error::Result;
use crate::key::Key;
use crate::live::{self, Memory};
use crate::viewer::Who;
use std::collections::HashMap;
use store::{Tx, sql};

/// A member as a conversation shows them.
#[derive(Clone, Debug, Default)]
pub struct Author {
    /// Their page, where this reader may open it.
    pub handle: Option<String>,
    /// Their picture.
    pub photo: Option<Key>,
    /// "Florist"; empty where nothing is stated or this reader may not know.
    pub trade: String,
    /// In the field of the post: practitioner, says so themselves, lay.
    pub standing: &'static str,
    /// The standing was confirmed by somebody else.
    pub confirmed: bool,
    /// µs.
    pub since: i64,
    /// Groups both belong to.
    pub shared: Vec<String>,
}

/// Everybody who wrote on a page, in two statements whatever their number.
///
/// # Errors
/// The database's.
pub fn of(
    tx: &mut Tx<'_>,
    memory: &Memory,
    who: &Who,
    parties: &[Key],
    field: Option<&str>,
) -> Result<HashMap<Key, Author>> {
    let mut parties = parties.to_vec();
    parties.sort_unstable();
    parties.dedup();
    let mut all: HashMap<Key, Author> = HashMap::new();
    let signed_in = who.member.is_some();
    // A row for each profession, the first one last.
    let found = tx.rows_in(
        sql!(
            "SELECT p.id, COALESCE(p.handle, ''), f.photo_id, p.joined_at, f.is_public, t.field, t.confirmed_by
             FROM parties p JOIN profiles f ON f.party_id = p.id LEFT JOIN professions t ON t.party_id = p.id
             WHERE p.kind = 'member' AND p.status = 'active' AND p.id IN ($list) ORDER BY t.position DESC"
        ),
        &[],
        &parties,
        |r| {
            let trade: Option<String> = r.get(5)?;
            let basics = (r.get::<String>(1)?, r.get(2)?, r.get(3)?, r.get::<bool>(4)?);
            Ok((r.get::<Key>(0)?, basics, trade, r.get::<Option<String>>(6)?.is_some()))
        },
    )?;
    for (id, (handle, photo, since, public), trade, confirmed) in found {
        let open = signed_in || public;
        let author = all.entry(id).or_insert_with(|| Author {
            handle: open.then_some(handle),
            photo: if open { photo } else { None },
            since,
            ..Author::default()
        });
        let Some(trade) = trade.filter(|_| open) else { continue };
        if trade != live::GENERAL {
            live::field_name(&trade).clone_into(&mut author.trade);
        }
        if field == Some(trade.as_str()) {
            author.confirmed =
                confirmed || live::field(&trade).is_some_and(|f| memory.engine.is_confirmed(live::id(id), f));
            author.standing = if author.confirmed { "practitioner here" } else { "says it is their field" };
        }
    }
    if all.is_empty() {
        return Ok(all);
    }
    let members: Vec<Key> = all.keys().copied().collect();
    if field.is_some() {
        for author in all.values_mut().filter(|a| a.standing.is_empty() && a.handle.is_some()) {
            author.standing = "lay in this field";
        }
    }
    if let Some(me) = who.id() {
        let shared = tx.rows_in(
            sql!(
                "SELECT m.party_id, g.name FROM memberships m
                   JOIN memberships mine ON mine.group_id = m.group_id AND mine.party_id = $1 AND mine.until IS NULL
                   JOIN networking_groups g ON g.id = m.group_id
                 WHERE m.until IS NULL AND m.party_id <> $1 AND m.party_id IN ($list) ORDER BY g.folded"
            ),
            &[&me],
            &members,
            |r| Ok((r.get::<Key>(0)?, r.get::<String>(1)?)),
        )?;
        for (id, group) in shared {
            if let Some(author) = all.get_mut(&id) {
                author.shared.push(group);
            }
        }
    }
    Ok(all)
}
