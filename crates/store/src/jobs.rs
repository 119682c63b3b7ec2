//! Work to be done after a commit: enqueued in the writer's transaction, claimed by one node, run at least once.

use crate::{Result, Tx, sql};
use uuid::Uuid;

/// Clocks of nodes differ by less than this (µs).
pub(crate) const WRONG_CLOCK: i64 = 10 * 60 * 1_000_000;

/// A claimed job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its row.
    pub id: Uuid,
    /// Which work, e.g. `letter`.
    pub kind: String,
    /// What makes it the same job when enqueued twice.
    pub key: String,
    /// What the work needs to know.
    pub payload: String,
    /// How often it was started, this time included.
    pub attempts: i64,
}

/// Jobs of one kind that wait.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Which work.
    pub kind: String,
    /// How many.
    pub count: i64,
    /// Of which have failed at least once.
    pub failed: i64,
    /// When the first is due (µs).
    pub due_at: i64,
}

/// A job that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Its row.
    pub id: Uuid,
    /// Which work.
    pub kind: String,
    /// On what.
    pub key: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What was said the last time.
    pub reason: String,
    /// When it is tried again (µs).
    pub due_at: i64,
}

impl Tx<'_> {
    /// Enqueues work for `due_at` (µs); the same `(kind, key)` twice is one job. Says whether it is new.
    ///
    /// # Errors
    /// The engine's.
    pub fn enqueue(&mut self, kind: &str, key: &str, payload: &str, due_at: i64) -> Result<bool> {
        let id = self.id();
        let new = self.execute(
            sql!(
                "INSERT INTO jobs (id, kind, key, payload, due_at, taken_until, attempts)
                 VALUES ($1, $2, $3, $4, $5, 0, 0) ON CONFLICT (kind, key) DO NOTHING"
            ),
            &[&id, &kind, &key, &payload, &due_at],
        )?;
        Ok(new == 1)
    }

    /// As [`Tx::enqueue`], in place of one that waits or was done: for work that comes up again about the same thing.
    ///
    /// # Errors
    /// The engine's.
    pub fn enqueue_anew(&mut self, kind: &str, key: &str, payload: &str, due_at: i64) -> Result<()> {
        self.execute(sql!("DELETE FROM jobs WHERE kind = $1 AND key = $2"), &[&kind, &key])?;
        self.enqueue(kind, key, payload, due_at).map(drop)
    }

    /// Takes back work that has not been done yet.
    ///
    /// # Errors
    /// The engine's.
    pub fn cancel_job(&mut self, kind: &str, key: &str) -> Result<bool> {
        let gone =
            self.execute(sql!("DELETE FROM jobs WHERE kind = $1 AND key = $2 AND done_at IS NULL"), &[&kind, &key])?;
        Ok(gone == 1)
    }

    /// Claims one due job for `lease` µs: another claimer sees it again only after that, should this one die; or at once,
    /// where a claim reaches so far ahead that it was made by a clock that was wrong.
    ///
    /// # Errors
    /// The engine's.
    pub fn claim_job(&mut self, lease: i64) -> Result<Option<Job>> {
        let now = self.now();
        self.row(
            sql!(
                "UPDATE jobs SET taken_until = $1, attempts = attempts + 1
                 WHERE id = (SELECT id FROM jobs WHERE done_at IS NULL AND due_at <= $2
                               AND (taken_until < $2 OR taken_until > $3)
                             ORDER BY due_at, id LIMIT 1) AND (taken_until < $2 OR taken_until > $3)
                 RETURNING id, kind, key, payload, attempts"
            ),
            &[&(now + lease), &now, &(now + lease + WRONG_CLOCK)],
            |r| Ok(Job { id: r.get(0)?, kind: r.get(1)?, key: r.get(2)?, payload: r.get(3)?, attempts: r.get(4)? }),
        )
    }

    /// Marks a job done, in the transaction of its effect: so the effect happens once.
    ///
    /// # Errors
    /// The engine's.
    pub fn finish_job(&mut self, job: &Job) -> Result<()> {
        let now = self.now();
        self.execute(sql!("UPDATE jobs SET done_at = $1, failure = NULL WHERE id = $2"), &[&now, &job.id])?;
        Ok(())
    }

    /// Notes why a job failed; it is due again after a pause that doubles from 30 s to about 4 h.
    ///
    /// # Errors
    /// The engine's.
    pub fn fail_job(&mut self, job: &Job, reason: &str) -> Result<()> {
        let pause = 30_000_000_i64 << job.attempts.clamp(1, 10).saturating_sub(1);
        let due = self.now() + pause;
        self.execute(
            sql!("UPDATE jobs SET failure = $1, due_at = $2, taken_until = 0 WHERE id = $3"),
            &[&reason, &due, &job.id],
        )?;
        Ok(())
    }

    /// Jobs that wait, by kind: kind, how many, of which how many have failed at least once, when the first is due (µs).
    ///
    /// # Errors
    /// The engine's.
    pub fn waiting_jobs(&mut self) -> Result<Vec<Waiting>> {
        self.rows(
            sql!(
                "SELECT kind, COUNT(*), CAST(SUM(CASE WHEN failure IS NULL THEN 0 ELSE 1 END) AS BIGINT), MIN(due_at)
                 FROM jobs WHERE done_at IS NULL GROUP BY kind ORDER BY kind"
            ),
            &[],
            |r| Ok(Waiting { kind: r.get(0)?, count: r.get(1)?, failed: r.get(2)?, due_at: r.get(3)? }),
        )
    }

    /// Jobs that failed and will be tried again, the longest waiting first; those after one of them, where one is named.
    ///
    /// # Errors
    /// The engine's.
    pub fn failed_jobs(&mut self, after: Option<Uuid>, first: i64, limit: i64) -> Result<Vec<Failed>> {
        self.rows(
            sql!(
                "SELECT id, kind, key, attempts, failure, due_at FROM jobs
                 WHERE done_at IS NULL AND failure IS NOT NULL AND (CAST($3 AS UUID) IS NULL
                   OR (due_at, id) > (SELECT c.due_at, c.id FROM jobs c WHERE c.id = $3))
                 ORDER BY due_at, id LIMIT $1 OFFSET $2"
            ),
            &[&limit, &first, &after],
            |r| {
                Ok(Failed {
                    id: r.get(0)?,
                    kind: r.get(1)?,
                    key: r.get(2)?,
                    attempts: r.get(3)?,
                    reason: r.get(4)?,
                    due_at: r.get(5)?,
                })
            },
        )
    }

    /// Makes a job that waits due now; says whether there was one.
    ///
    /// # Errors
    /// The engine's.
    pub fn retry_job(&mut self, id: Uuid) -> Result<bool> {
        let now = self.now();
        let due = self.execute(
            sql!("UPDATE jobs SET due_at = $1, taken_until = 0 WHERE id = $2 AND done_at IS NULL"),
            &[&now, &id],
        )?;
        Ok(due == 1)
    }

    /// Gives up a job that waits: its kind and key, if there was one. It may be enqueued again.
    ///
    /// # Errors
    /// The engine's.
    pub fn drop_job(&mut self, id: Uuid) -> Result<Option<(String, String)>> {
        self.row(sql!("DELETE FROM jobs WHERE id = $1 AND done_at IS NULL RETURNING kind, key"), &[&id], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
    }
}
