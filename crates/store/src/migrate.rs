//! Forward-only migrations: each runs once, in its own transaction, on either engine.

use crate::{Db, Error, Result, Tx, sql};

/// What the store itself needs, before the program's own migrations.
pub(crate) const OWN: &[(&str, &str)] = &[(
    "0000_store",
    "CREATE TABLE changes (
        id UUID PRIMARY KEY, kind TEXT NOT NULL, row_id UUID NOT NULL, at BIGINT NOT NULL, seq BIGINT UNIQUE);
     CREATE TABLE sequencer (
        one BIGINT PRIMARY KEY, next BIGINT NOT NULL, holder UUID, held_until BIGINT NOT NULL);
     INSERT INTO sequencer (one, next, held_until) VALUES (1, 1, 0);
     CREATE TABLE jobs (
        id UUID PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, payload TEXT NOT NULL, due_at BIGINT NOT NULL,
        taken_until BIGINT NOT NULL, attempts BIGINT NOT NULL, failure TEXT, done_at BIGINT, UNIQUE (kind, key));
     CREATE INDEX jobs_due ON jobs (due_at) WHERE done_at IS NULL;",
)];

impl Db {
    /// Applies what is missing of `migrations` (name, text), in order, and says how many that were.
    ///
    /// # Errors
    /// The engine's; [`Error::Statement`] when the database was written by a newer program.
    pub fn migrate(&self, migrations: &[(&str, &str)]) -> Result<usize> {
        self.write_here(|tx| {
            tx.batch("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)")
        })?;
        let applied = self.read_here(|tx| tx.applied())?;
        let known: Vec<&str> = OWN.iter().chain(migrations).map(|(name, _)| *name).collect();
        if let Some(newer) = applied.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(Error::Statement(format!(
                "this database has the migration {newer}, which this version does not know: use the newer program"
            )));
        }
        let mut done = 0;
        for (name, text) in OWN.iter().chain(migrations) {
            if applied.iter().any(|a| a == name) {
                continue;
            }
            self.write_here(|tx| {
                // The name first: of two nodes that start together, the second waits here and then finds it taken.
                let now = tx.now();
                let new = tx.execute(
                    sql!("INSERT INTO migrations (name, applied_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"),
                    &[name, &now],
                )?;
                if new == 1 {
                    tx.batch(text)?;
                }
                Ok::<(), Error>(())
            })?;
            done += 1;
        }
        Ok(done)
    }
}

impl Tx<'_> {
    /// Names of the migrations this database has seen.
    ///
    /// # Errors
    /// The engine's.
    pub fn applied(&mut self) -> Result<Vec<String>> {
        self.rows(sql!("SELECT name FROM migrations ORDER BY name"), &[], |r| r.get(0))
    }
}
