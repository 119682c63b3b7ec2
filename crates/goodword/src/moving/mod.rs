//! A whole network on the move: out to a file and in again, from one database to another, backed up and restored. Every
//! way is checked, table by table, by the number of rows and a hash over them.

mod backup;
mod file;
mod lines;
#[cfg(test)]
mod tests;

pub use backup::{backup, restore};
use file::{export, import};
pub use file::{export_command, import_command};

use crate::config;
use crate::schema::MIGRATIONS;
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use store::whole::{Sum, Table, tables};
use store::{Clock, Db, Error, Tx};

/// Rows handed on at once.
const PORTION: usize = 64;

/// What each table holds.
pub type Census = BTreeMap<String, Sum>;

/// `goodword copy`.
///
/// # Errors
/// A database that cannot be opened, one to copy to that is in use, a copy that differs.
pub fn copy_command(config: &config::Copy) -> anyhow::Result<()> {
    let census = copy(&open_existing(&config.from)?, &config.to)?;
    let mut out = std::io::stdout().lock();
    for (table, sum) in &census {
        writeln!(out, "{table}: {sum}")?;
    }
    writeln!(out, "Copied and verified: {}.", total(&census))?;
    Ok(())
}

/// "12 tables, 345 rows".
fn total(census: &Census) -> String {
    let rows: i64 = census.values().map(|sum| i64::try_from(sum.rows).unwrap_or(0)).sum();
    let tables = i64::try_from(census.len()).unwrap_or(0);
    format!("{}, {}", crate::say::count(tables, "table"), crate::say::count(rows, "row"))
}

/// Opens a database as it is, without bringing its schema up to date; a missing file is no empty network.
///
/// # Errors
/// The database's.
pub fn open_existing(url: &str) -> anyhow::Result<Db> {
    if let Some(path) = url.strip_prefix("sqlite:")
        && !Path::new(path.strip_prefix("//").unwrap_or(path)).exists()
    {
        bail!("there is no database at {url}");
    }
    Ok(Db::open(url, Clock::real(), 2)?)
}

/// Copies everything in `from`, as it is in one moment, into the new database at `to`; says what that was.
///
/// # Errors
/// The databases'; a target that is in use; a copy that differs.
pub fn copy(from: &Db, to: &str) -> anyhow::Result<Census> {
    // The whole copy is one snapshot of the source and one transaction of the target.
    from.read_here(|source| {
        let applied = source.applied()?;
        let tables = tables_of(&applied)?;
        let target = open_new(to, &applied)?;
        let census = target.write_here(|tx| {
            begin(tx, &tables)?;
            let mut census = Census::new();
            for table in &tables {
                let (mut sum, mut portion) = (Sum::default(), Vec::with_capacity(PORTION));
                source.each_row(table, |row| {
                    sum.add(&row);
                    portion.push(row);
                    if portion.len() == PORTION {
                        tx.put(table, &portion)?;
                        portion.clear();
                    }
                    Ok::<_, Error>(())
                })?;
                tx.put(table, &portion)?;
                census.insert(table.name.clone(), sum);
            }
            verify(tx, &tables, &census)?;
            Ok::<_, Fault>(census)
        })?;
        target.migrate(MIGRATIONS)?;
        Ok::<_, Fault>(census)
    })
    .map_err(|fault| fault.0)
}

/// An [`anyhow::Error`] that database closures can return.
#[derive(Debug)]
struct Fault(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Those of our migrations a database has seen, whose tables are therefore there.
fn seen(applied: &[String]) -> anyhow::Result<Vec<(&'static str, &'static str)>> {
    let is_ours = |name: &String| name == "0000_store" || MIGRATIONS.iter().any(|(ours, _)| name == ours);
    if let Some(newer) = applied.iter().find(|name| !is_ours(name)) {
        bail!("this was written by a newer Goodword (it has the migration {newer}): use that one or a newer one");
    }
    Ok(MIGRATIONS.iter().filter(|(name, _)| applied.iter().any(|a| a == name)).copied().collect())
}

fn tables_of(applied: &[String]) -> anyhow::Result<Vec<Table>> {
    Ok(tables(&seen(applied)?)?)
}

/// Opens the database something is moved into and gives it the tables of where that comes from.
fn open_new(url: &str, applied: &[String]) -> anyhow::Result<Db> {
    let db = Db::open(url, Clock::real(), 2).with_context(|| url.to_owned())?;
    db.migrate(&seen(applied)?).context(
        "the database to move into has to be new, or made by the same version; make an empty one and name that",
    )?;
    Ok(db)
}

/// Refuses a database somebody has used, and makes room.
fn begin(tx: &mut Tx<'_>, tables: &[Table]) -> anyhow::Result<()> {
    for table in tables {
        if tx.size(table)? > table.seeded {
            bail!(
                "there is something in the table {} already: a whole network moves only into an empty database",
                table.name
            );
        }
    }
    tx.postpone_checks()?;
    for table in tables.iter().rev() {
        tx.clear(table)?;
    }
    Ok(())
}

/// Reads back what was put, before it is committed.
fn verify(tx: &mut Tx<'_>, tables: &[Table], wanted: &Census) -> anyhow::Result<()> {
    tx.settle_checks()?;
    for table in tables {
        let (found, wanted) = (tx.sum(table)?, wanted.get(&table.name).copied().unwrap_or_default());
        if found != wanted {
            bail!("{} differs: {found} where {wanted} were expected; nothing was kept", table.name);
        }
    }
    Ok(())
}
