//! What an operator wants to know of the database: its engine, its size, whether what it says is on disk is on disk.

use crate::db::Engine;
use crate::{Clock, Db, Error, Result, sql};

/// How a database does.
#[derive(Clone, Debug)]
pub struct Health {
    /// `SQLite 3.50` or `PostgreSQL 16.2`.
    pub engine: String,
    /// All of it, in bytes.
    pub bytes: i64,
    /// What would lose acknowledged writes in a crash, one sentence each; empty when all is well.
    pub unsafe_settings: Vec<String>,
    /// How far the database's clock is ahead of ours (µs); `None` where it has none of its own.
    pub ahead: Option<i64>,
}

impl Db {
    /// Asks the engine how it does.
    ///
    /// # Errors
    /// The engine's.
    pub fn health(&self) -> Result<Health> {
        match self.engine() {
            Engine::Lite(_) => self.read_here(|tx| {
                let version: Option<String> = tx.value_of("SELECT sqlite_version()")?;
                let pages: i64 = tx.value_of("PRAGMA page_count")?.unwrap_or(0);
                let size: i64 = tx.value_of("PRAGMA page_size")?.unwrap_or(0);
                let synchronous: i64 = tx.value_of("PRAGMA synchronous")?.unwrap_or(0);
                let journal: Option<String> = tx.value_of("PRAGMA journal_mode")?;
                let mut wrong = Vec::new();
                if synchronous < 2 {
                    wrong.push("synchronous is below FULL".to_owned());
                }
                if journal.as_deref() != Some("wal") {
                    wrong.push("the journal is not in WAL mode: the file system may not allow it".to_owned());
                }
                let engine = format!("SQLite {}", version.unwrap_or_default());
                Ok(Health { engine, bytes: pages * size, unsafe_settings: wrong, ahead: None })
            }),
            Engine::Pg(_) => self.read_here(|tx| {
                let setting = |tx: &mut crate::Tx<'_>, text: &str| -> Result<String> {
                    Ok(tx.value_of::<String>(text)?.unwrap_or_default())
                };
                let version = setting(tx, "SHOW server_version")?;
                let mut wrong = Vec::new();
                for (name, text) in [
                    ("fsync", "SHOW fsync"),
                    ("full_page_writes", "SHOW full_page_writes"),
                    ("synchronous_commit", "SHOW synchronous_commit"),
                ] {
                    if setting(tx, text)? == "off" {
                        wrong.push(format!("{name} is off"));
                    }
                }
                let bytes = tx.value_of("SELECT pg_database_size(current_database())")?.unwrap_or(0);
                let theirs: Option<i64> =
                    tx.value_of("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)")?;
                let ahead = theirs.map(|theirs| theirs - Clock::real().now());
                Ok(Health { engine: format!("PostgreSQL {version}"), bytes, unsafe_settings: wrong, ahead })
            }),
        }
    }

    /// How many of `migrations` have not been applied yet; an empty database has none of them.
    ///
    /// # Errors
    /// The engine's.
    pub fn missing_migrations(&self, migrations: &[(&str, &str)]) -> Result<usize> {
        let applied: Result<Vec<String>> =
            self.read_here(|tx| tx.rows(sql!("SELECT name FROM migrations"), &[], |r| r.get(0)));
        match applied {
            Ok(applied) => Ok(migrations.iter().filter(|(name, _)| !applied.iter().any(|a| a == name)).count()),
            // No table of migrations: nothing has been applied.
            Err(Error::Statement(_)) => Ok(migrations.len()),
            Err(other) => Err(other),
        }
    }

    /// Writes a row and takes it back again: whether the database takes writes at all.
    ///
    /// # Errors
    /// The engine's.
    pub fn try_write(&self) -> Result<()> {
        let tried = self.write_here(|tx| {
            tx.batch("CREATE TABLE doctor_was_here (one BIGINT)")?;
            Err::<(), _>(Error::NoRow)
        });
        match tried {
            Err(Error::NoRow) => Ok(()),
            other => other,
        }
    }
}
