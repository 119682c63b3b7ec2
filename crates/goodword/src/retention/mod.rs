//! What is kept no longer than it is needed: swept once a day by a job, on one node.

#[cfg(test)]
mod tests;

use crate::error::Result;
use crate::key::Key;
use crate::{settings, vouches};
use store::{DAY, Tx, Uuid, sql};

/// A link that ran out still says so for this long (µs); then it is unknown.
const DEAD_LINKS: i64 = 30 * DAY;
/// Done jobs are kept this long (µs): a job enqueued twice within it is one job.
const DONE_JOBS: i64 = 30 * DAY;
/// Every node has followed a change by then (µs).
const CHANGES: i64 = 7 * DAY;
/// What stands for the network address of a comment counts comments for a day, and is of no use after this (µs).
const ADDRESSES: i64 = 7 * DAY;
/// A page elsewhere that was said to link here and does not is remembered this long (µs).
const MENTIONS: i64 = 30 * DAY;
/// An invitation without an answer is erased by its own job after 30 days (µs); this is the net below it.
const UNANSWERED: i64 = 35 * DAY;
/// Unanswered invitations swept at once: each writes several rows.
const PORTION: i64 = 500;

/// Enqueues the next day's sweep, unless it is there.
///
/// # Errors
/// The database's.
pub fn schedule(tx: &mut Tx<'_>) -> Result<()> {
    let next = tx.now().div_euclid(DAY) + 1;
    let key = Key(Uuid::from_u128(u128::try_from(next).unwrap_or(0)));
    tx.enqueue("retention-sweep", &key.to_string(), "", next * DAY)?;
    Ok(())
}

/// The job: sweeps, and enqueues the next one.
///
/// # Errors
/// The database's.
pub fn run_job(tx: &mut Tx<'_>) -> Result<()> {
    schedule(tx)?;
    let now = tx.now();
    let (notices, letters) = settings::keep_days(tx)?;
    tx.execute(sql!("DELETE FROM sign_ins WHERE expires_at < $1"), &[&(now - DAY)])?;
    tx.execute(sql!("DELETE FROM sessions WHERE expires_at < $1"), &[&now])?;
    tx.execute(sql!("DELETE FROM trips WHERE expires_at < $1"), &[&now])?;
    tx.execute(sql!("DELETE FROM challenges WHERE expires_at < $1"), &[&now])?;
    // They hold addresses: the one that counts stands with the person.
    tx.execute(sql!("DELETE FROM email_changes WHERE created_at < $1"), &[&(now - DEAD_LINKS)])?;
    tx.execute(sql!("DELETE FROM links WHERE expires_at < $1"), &[&(now - DEAD_LINKS)])?;
    tx.execute(sql!("DELETE FROM notices WHERE read_at < $1"), &[&(now - notices * DAY)])?;
    tx.execute(sql!("DELETE FROM letters WHERE created_at < $1"), &[&(now - letters * DAY)])?;
    tx.execute(
        sql!("UPDATE comments SET address_hash = NULL WHERE address_hash IS NOT NULL AND created_at < $1"),
        &[&(now - ADDRESSES)],
    )?;
    tx.execute(
        sql!("DELETE FROM webmentions_received WHERE state IN ('refused', 'gone') AND checked_at < $1"),
        &[&(now - MENTIONS)],
    )?;
    tx.execute(sql!("DELETE FROM data_asks WHERE at < $1"), &[&(now - 7 * DAY)])?;
    tx.execute(sql!("DELETE FROM jobs WHERE done_at < $1"), &[&(now - DONE_JOBS)])?;
    crate::pictures::sweep(tx)?;
    // What stood for a network address is good for limits of an hour.
    tx.execute(
        sql!("UPDATE comments SET address_hash = NULL WHERE address_hash IS NOT NULL AND created_at < $1"),
        &[&(now - 7 * DAY)],
    )?;
    let last = tx.last_change()?;
    tx.prune_changes(last, now - CHANGES)?;
    let unanswered: Vec<Key> = tx.rows(
        sql!(
            "SELECT id FROM parties WHERE kind = 'absent' AND status = 'active' AND joined_at < $1 ORDER BY joined_at, id
             LIMIT $2"
        ),
        &[&(now - UNANSWERED), &PORTION],
        |r| r.get(0),
    )?;
    for party in unanswered {
        vouches::erase_absent(tx, party, false)?;
    }
    Ok(())
}
