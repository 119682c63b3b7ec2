//! The change feed: each engine-relevant write appends a pointer to what changed, never a delta; readers read the row
//! again, so that applying a change twice or late gives the same memory.

use crate::jobs::WRONG_CLOCK;
use crate::{Db, Error, Result, Tx, sql};
use uuid::Uuid;

/// A numbered pointer: row `row` of `kind` was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Position in the feed, from 1, without order beyond "later is larger".
    pub seq: i64,
    /// What was written, e.g. `vouch`.
    pub kind: String,
    /// Its id.
    pub row: Uuid,
}

/// A lease on numbering lasts this long (µs); a node that died is replaced after it.
const LEASE: i64 = 10_000_000;

impl Tx<'_> {
    /// Appends "row `row` of `kind` changed" to the feed, in this transaction. On SQLite the one writer numbers it at
    /// once; on PostgreSQL [`Db::number_changes`] does after the commit, so that writers share no row.
    ///
    /// # Errors
    /// The engine's.
    pub fn change(&mut self, kind: &str, row: Uuid) -> Result<()> {
        self.appends = true;
        let (id, now) = (self.id(), self.now());
        let seq: Option<i64> = if self.is_embedded() {
            self.value(sql!("UPDATE sequencer SET next = next + 1 WHERE one = 1 RETURNING next - 1"), &[])?
        } else {
            None
        };
        self.execute(
            sql!("INSERT INTO changes (id, kind, row_id, at, seq) VALUES ($1, $2, $3, $4, $5)"),
            &[&id, &kind, &row, &now, &seq],
        )?;
        Ok(())
    }

    /// The highest number given out: what a node that has just read the tables in this snapshot knows.
    ///
    /// # Errors
    /// The engine's.
    pub fn last_change(&mut self) -> Result<i64> {
        Ok(self.value::<i64>(sql!("SELECT next FROM sequencer WHERE one = 1"), &[])?.unwrap_or(1) - 1)
    }

    /// Up to `limit` changes after `seq`, in order.
    ///
    /// # Errors
    /// The engine's.
    pub fn changes_after(&mut self, seq: i64, limit: i64) -> Result<Vec<Change>> {
        self.rows(
            sql!("SELECT seq, kind, row_id FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2"),
            &[&seq, &limit],
            |r| Ok(Change { seq: r.get(0)?, kind: r.get(1)?, row: r.get(2)? }),
        )
    }

    /// Forgets changes numbered up to `seq` and older than `before` (µs).
    ///
    /// # Errors
    /// The engine's.
    pub fn prune_changes(&mut self, seq: i64, before: i64) -> Result<u64> {
        self.execute(sql!("DELETE FROM changes WHERE seq <= $1 AND at < $2"), &[&seq, &before])
    }

    /// The lowest number still kept, if any: a node that knows less must load afresh.
    ///
    /// # Errors
    /// The engine's.
    pub fn first_change(&mut self) -> Result<Option<i64>> {
        Ok(self.value::<Option<i64>>(sql!("SELECT MIN(seq) FROM changes"), &[])?.flatten())
    }
}

impl Db {
    /// Numbers committed changes if this node (`me`) holds the lease, or can take it; says how many. Nothing to do on
    /// SQLite.
    ///
    /// # Errors
    /// The engine's.
    pub fn number_changes(&self, me: Uuid) -> Result<usize> {
        if self.is_embedded() {
            return Ok(0);
        }
        self.write_here(|tx| {
            let now = tx.now();
            let next: Option<i64> = tx.value(
                sql!(
                    "UPDATE sequencer SET holder = $1, held_until = $2
                     WHERE one = 1 AND (holder = $1 OR held_until < $3 OR held_until > $4) RETURNING next"
                ),
                // A lease that reaches far ahead was taken by a clock that was wrong.
                &[&me, &(now + LEASE), &now, &(now + LEASE + WRONG_CLOCK)],
            )?;
            let Some(mut next) = next else { return Ok(0) };
            let waiting: Vec<Uuid> =
                tx.rows(sql!("SELECT id FROM changes WHERE seq IS NULL ORDER BY at, id LIMIT 1000"), &[], |r| {
                    r.get(0)
                })?;
            for id in &waiting {
                tx.execute(sql!("UPDATE changes SET seq = $1 WHERE id = $2"), &[&next, id])?;
                next += 1;
            }
            if !waiting.is_empty() {
                tx.execute(sql!("UPDATE sequencer SET next = $1 WHERE one = 1"), &[&next])?;
            }
            Ok::<usize, Error>(waiting.len())
        })
    }
}
