//! The SQL of vouches.

use super::Word;
use crate::error::Result;
use crate::key::Key;
use store::{Row, Tx, sql};

/// One of the two people of a vouch.
#[derive(Clone, Debug)]
pub struct Side {
    /// Their party.
    pub id: Key,
    /// Their name.
    pub name: String,
    /// Their page.
    pub handle: String,
}

/// A vouch as pages show it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its id.
    pub id: Key,
    /// Who gives the word.
    pub from: Side,
    /// For whom.
    pub to: Side,
    /// Occupation code.
    pub field: String,
    /// As stored.
    pub basis: String,
    /// As stored.
    pub tie: String,
    /// Percent: for its author alone.
    pub confidence: i64,
    /// The giver's words.
    pub words: String,
    /// `pending`, `live`, `refused`, `withdrawn`, `lapsed`.
    pub state: String,
    /// Hidden by its recipient.
    pub hidden: bool,
    /// The giver agrees that people signed out read it.
    pub public: bool,
    /// µs.
    pub given_at: i64,
    /// µs; equals `given_at` until renewed.
    pub renewed_at: i64,
    /// µs.
    pub withdrawn_at: Option<i64>,
}

impl Shown {
    /// "Hired them", …
    pub fn basis_tag(&self) -> &'static str {
        crate::needs::recommend::basis_tag(crate::live::basis(&self.basis))
    }

    /// Whether the giver has seen the work itself.
    pub fn is_work_based(&self) -> bool {
        crate::live::basis(&self.basis).is_work_based()
    }

    /// What is disclosed, if anything.
    pub fn disclosed(&self) -> Option<&'static str> {
        crate::needs::recommend::tie_words(&self.tie)
    }

    /// "florist".
    pub fn trade(&self) -> String {
        crate::live::field_noun(&self.field)
    }
}

fn shown(r: &Row<'_>) -> store::Result<Shown> {
    Ok(Shown {
        id: r.get(0)?,
        from: Side { id: r.get(1)?, name: r.get(2)?, handle: r.get(3)? },
        to: Side { id: r.get(4)?, name: r.get(5)?, handle: r.get(6)? },
        field: r.get(7)?,
        basis: r.get(8)?,
        tie: r.get(9)?,
        confidence: r.get(10)?,
        words: r.get(11)?,
        state: r.get(12)?,
        hidden: r.get::<Option<i64>>(13)?.is_some(),
        public: r.get(14)?,
        given_at: r.get(15)?,
        renewed_at: r.get(16)?,
        withdrawn_at: r.get(17)?,
    })
}

/// One vouch, whoever asks: callers decide who may see it.
///
/// # Errors
/// The database's.
pub fn one(tx: &mut Tx<'_>, id: Key) -> Result<Option<Shown>> {
    Ok(tx.row(
        sql!(
            "SELECT v.id, v.from_id, a.name, COALESCE(a.handle, ''), v.to_id, b.name, COALESCE(b.handle, ''), v.field,
               v.basis, v.tie, v.confidence, v.words, v.state, v.hidden_at, v.is_public, v.given_at, v.renewed_at,
               v.withdrawn_at
             FROM vouches v JOIN parties a ON a.id = v.from_id JOIN parties b ON b.id = v.to_id WHERE v.id = $1"
        ),
        &[&id],
        shown,
    )?)
}

/// The vouches somebody gave, or received, newest first.
///
/// # Errors
/// The database's.
pub fn about(tx: &mut Tx<'_>, party: Key, received: bool) -> Result<Vec<Shown>> {
    let rows = if received {
        tx.rows(
            sql!(
                "SELECT v.id, v.from_id, a.name, COALESCE(a.handle, ''), v.to_id, b.name, COALESCE(b.handle, ''), v.field,
                   v.basis, v.tie, v.confidence, v.words, v.state, v.hidden_at, v.is_public, v.given_at, v.renewed_at,
                   v.withdrawn_at
                 FROM vouches v JOIN parties a ON a.id = v.from_id JOIN parties b ON b.id = v.to_id
                 WHERE v.to_id = $1 AND a.status <> 'deactivated' ORDER BY v.renewed_at DESC, v.id LIMIT 500"
            ),
            &[&party],
            shown,
        )?
    } else {
        tx.rows(
            sql!(
                "SELECT v.id, v.from_id, a.name, COALESCE(a.handle, ''), v.to_id, b.name, COALESCE(b.handle, ''), v.field,
                   v.basis, v.tie, v.confidence, v.words, v.state, v.hidden_at, v.is_public, v.given_at, v.renewed_at,
                   v.withdrawn_at
                 FROM vouches v JOIN parties a ON a.id = v.from_id JOIN parties b ON b.id = v.to_id
                 WHERE v.from_id = $1 ORDER BY v.renewed_at DESC, v.id LIMIT 500"
            ),
            &[&party],
            shown,
        )?
    };
    Ok(rows)
}

/// As [`about`] but without refused ones: those after one of them, so that a list of any length is read page by page.
///
/// # Errors
/// The database's.
pub fn about_after(tx: &mut Tx<'_>, party: Key, received: bool, after: Option<Key>, rows: i64) -> Result<Vec<Shown>> {
    Ok(tx.rows(
        sql!(
            "SELECT v.id, v.from_id, a.name, COALESCE(a.handle, ''), v.to_id, b.name, COALESCE(b.handle, ''), v.field,
               v.basis, v.tie, v.confidence, v.words, v.state, v.hidden_at, v.is_public, v.given_at, v.renewed_at,
               v.withdrawn_at
             FROM vouches v JOIN parties a ON a.id = v.from_id JOIN parties b ON b.id = v.to_id
             WHERE (($2 AND v.to_id = $1 AND a.status <> 'deactivated') OR (NOT $2 AND v.from_id = $1))
               AND v.state <> 'refused' AND (CAST($3 AS UUID) IS NULL OR EXISTS (SELECT 1 FROM vouches c WHERE c.id = $3
                 AND (v.renewed_at < c.renewed_at OR (v.renewed_at = c.renewed_at AND v.id > c.id))))
             ORDER BY v.renewed_at DESC, v.id LIMIT $4"
        ),
        &[&party, &received, &after, &rows],
        shown,
    )?)
}

/// Kind, name and address of a party that is not erased.
pub(super) fn party(tx: &mut Tx<'_>, id: Key) -> Result<Option<(String, String, Option<String>)>> {
    Ok(tx.row(sql!("SELECT kind, name, email FROM parties WHERE id = $1 AND status = 'active'"), &[&id], |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?))
    })?)
}

/// Handle of a member.
pub(super) fn member_by_handle(tx: &mut Tx<'_>, handle: &str) -> Result<Option<(Key, String)>> {
    Ok(tx.row(
        sql!("SELECT id, name FROM parties WHERE handle = $1 AND kind = 'member' AND status = 'active'"),
        &[&handle],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?)
}

/// The vouch that stands between two people in a field.
pub(super) fn standing_word(tx: &mut Tx<'_>, from: Key, to: Key, field: &str) -> Result<Option<Key>> {
    Ok(tx.value(
        sql!(
            "SELECT id FROM vouches WHERE from_id = $1 AND to_id = $2 AND field = $3 AND state IN ('pending', 'live')"
        ),
        &[&from, &to, &field],
    )?)
}

pub(super) fn insert(tx: &mut Tx<'_>, from: Key, to: Key, word: &Word, state: &str) -> Result<Key> {
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO vouches (id, from_id, to_id, field, basis, tie, confidence, words, state, is_public, given_at,
               renewed_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1)"
        ),
        &[
            &id,
            &from,
            &to,
            &word.field,
            &word.basis,
            &word.tie,
            &word.confidence,
            &word.words,
            &state,
            &word.public,
            &now,
        ],
    )?;
    cite(tx, id, to, &word.work)?;
    Ok(id)
}

/// Other words in place of those that wait for a yes.
pub(super) fn rewrite(tx: &mut Tx<'_>, vouch: &Shown, word: &Word) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "UPDATE vouches SET field = $1, basis = $2, tie = $3, confidence = $4, words = $5, is_public = $6,
               given_at = $7, renewed_at = $7, version = version + 1 WHERE id = $8"
        ),
        &[&word.field, &word.basis, &word.tie, &word.confidence, &word.words, &word.public, &now, &vouch.id],
    )?;
    tx.execute(sql!("DELETE FROM vouch_work WHERE vouch_id = $1"), &[&vouch.id])?;
    cite(tx, vouch.id, vouch.to.id, &word.work)
}

/// Ids of the work a vouch cites.
pub(super) fn cited(tx: &mut Tx<'_>, vouch: Key) -> Result<Vec<Key>> {
    Ok(tx.rows(sql!("SELECT work_item_id FROM vouch_work WHERE vouch_id = $1"), &[&vouch], |r| r.get(0))?)
}

/// The state a vouch was withdrawn from, the last time.
pub(super) fn withdrawn_from(tx: &mut Tx<'_>, vouch: Key) -> Result<Option<String>> {
    Ok(tx.value(
        sql!("SELECT detail FROM vouch_events WHERE vouch_id = $1 AND kind = 'withdraw' ORDER BY at DESC, id DESC LIMIT 1"),
        &[&vouch],
    )?)
}

/// Cites work items of the person vouched for; ids of anybody else's are passed over.
fn cite(tx: &mut Tx<'_>, vouch: Key, owner: Key, work: &[Key]) -> Result<()> {
    for item in work.iter().take(10) {
        tx.execute(
            sql!(
                "INSERT INTO vouch_work (vouch_id, work_item_id)
                 SELECT $1, w.id FROM work_items w WHERE w.id = $2 AND w.party_id = $3
                 ON CONFLICT (vouch_id, work_item_id) DO NOTHING"
            ),
            &[&vouch, item, &owner],
        )?;
    }
    Ok(())
}

/// Titles of the work a vouch cites.
///
/// # Errors
/// The database's.
pub fn with_work(tx: &mut Tx<'_>, vouch: Key) -> Result<Vec<String>> {
    Ok(tx.rows(
        sql!(
            "SELECT w.title FROM vouch_work x JOIN work_items w ON w.id = x.work_item_id
             WHERE x.vouch_id = $1 ORDER BY w.title"
        ),
        &[&vouch],
        |r| r.get(0),
    )?)
}

/// Work items of a person: id and title, to choose from.
pub(super) fn work_of(tx: &mut Tx<'_>, party: Key) -> Result<Vec<(Key, String)>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, title FROM work_items WHERE party_id = $1 AND deleted_at IS NULL
             ORDER BY finished_on DESC, id LIMIT 30"
        ),
        &[&party],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?)
}

/// Fields a person states.
pub(super) fn fields_of(tx: &mut Tx<'_>, party: Key) -> Result<Vec<String>> {
    Ok(tx.rows(sql!("SELECT field FROM professions WHERE party_id = $1 ORDER BY position"), &[&party], |r| r.get(0))?)
}

pub(super) fn set_state(tx: &mut Tx<'_>, id: Key, state: &str) -> Result<()> {
    let withdrawn = (state == "withdrawn").then(|| tx.now());
    tx.execute(
        sql!("UPDATE vouches SET state = $1, withdrawn_at = $2, version = version + 1 WHERE id = $3"),
        &[&state, &withdrawn, &id],
    )?;
    Ok(())
}

pub(super) fn set_hidden(tx: &mut Tx<'_>, id: Key, hidden: bool) -> Result<()> {
    let at = hidden.then(|| tx.now());
    tx.execute(sql!("UPDATE vouches SET hidden_at = $1, version = version + 1 WHERE id = $2"), &[&at, &id])?;
    Ok(())
}

pub(super) fn set_renewed(tx: &mut Tx<'_>, id: Key) -> Result<()> {
    let now = tx.now();
    tx.execute(sql!("UPDATE vouches SET renewed_at = $1, version = version + 1 WHERE id = $2"), &[&now, &id])?;
    Ok(())
}

pub(super) fn event(tx: &mut Tx<'_>, vouch: Key, actor: Key, kind: &str, detail: &str) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    tx.execute(
        sql!("INSERT INTO vouch_events (id, vouch_id, actor_id, kind, detail, at) VALUES ($1, $2, $3, $4, $5, $6)"),
        &[&id, &vouch, &actor, &kind, &detail, &now],
    )?;
    Ok(())
}

/// What happened to a vouch: kind and time, oldest first.
pub(super) fn history(tx: &mut Tx<'_>, vouch: Key) -> Result<Vec<(String, i64)>> {
    Ok(tx.rows(sql!("SELECT kind, at FROM vouch_events WHERE vouch_id = $1 ORDER BY at, id"), &[&vouch], |r| {
        Ok((r.get(0)?, r.get(1)?))
    })?)
}
