//! A network as lines of JSON: docs/export.md describes them.

use super::lines::{Head, Line, Lines, Total, line, row};
use super::{Census, Fault, PORTION, begin, open_existing, open_new, tables_of, total, verify};
use crate::config;
use crate::schema::MIGRATIONS;
use anyhow::Context;
use serde::Serialize;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use store::whole::{Cell, Sum, Table};
use store::{Db, Tx};

/// `goodword export`: everything in `db` as it is in one moment.
///
/// # Errors
/// The database's, or what `out` says.
pub fn export(db: &Db, out: impl Write) -> anyhow::Result<Census> {
    let mut out = BufWriter::new(out);
    let at = db.clock().now();
    let census = db
        .read_here(|tx| {
            let migrations = tx.applied()?;
            let tables = tables_of(&migrations)?;
            write_line(&mut out, &Head::new(at, migrations))?;
            let mut census = Census::new();
            for table in &tables {
                let mut sum = Sum::default();
                tx.each_row(table, |row| {
                    sum.add(&row);
                    write_line(&mut out, &line(table, &row))
                })?;
                census.insert(table.name.clone(), sum);
            }
            Ok::<_, Fault>(census)
        })
        .map_err(|fault| fault.0)?;
    let total = |sum: &Sum| Total { rows: sum.rows, hash: format!("{:032x}", sum.hash) };
    let end = Line::End(census.iter().map(|(name, sum)| (name.clone(), total(sum))).collect());
    write_line(&mut out, &end).map_err(|fault| fault.0)?;
    out.flush()?;
    Ok(census)
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> Result<(), Fault> {
    serde_json::to_writer(&mut *out, line)?;
    Ok(out.write_all(b"\n")?)
}

/// Brings a file of [`export`] into the new database at `url`, wholly or not at all.
///
/// # Errors
/// The database's; a database in use; a file that is none, was cut short or was changed.
pub fn import(file: &Path, url: &str) -> anyhow::Result<Census> {
    let mut lines = open(file)?;
    let head = lines.head()?;
    let (tables, db) = (tables_of(&head.migrations)?, open_new(url, &head.migrations)?);
    let census = db
        .write_here(|tx| {
            // A transaction that lost a race begins the file again.
            let mut lines = open(file)?;
            lines.head()?;
            begin(tx, &tables)?;
            let census = load(tx, &tables, &mut lines)?;
            verify(tx, &tables, &census)?;
            Ok::<_, Fault>(census)
        })
        .map_err(|fault| fault.0)?;
    db.migrate(MIGRATIONS)?;
    Ok(census)
}

fn open(path: &Path) -> anyhow::Result<Lines<BufReader<File>>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    Ok(Lines::of(BufReader::with_capacity(1024 * 1024, file)))
}

fn load(tx: &mut Tx<'_>, tables: &[Table], lines: &mut Lines<BufReader<File>>) -> anyhow::Result<Census> {
    let mut portion: Vec<Vec<Cell>> = Vec::with_capacity(PORTION);
    let mut open: Option<&Table> = None;
    loop {
        let line = lines.next()?;
        let (name, fields) = match line {
            Line::Row(name, fields) => (name, fields),
            Line::End(totals) => {
                if let Some(table) = open {
                    tx.put(table, &portion)?;
                }
                let sum = |(name, total): (String, Total)| {
                    let hash = u128::from_str_radix(&total.hash, 16).context("the last line has no hash")?;
                    Ok((name, Sum { rows: total.rows, hash }))
                };
                return totals.into_iter().map(sum).collect();
            }
        };
        if let Some(table) = open.filter(|table| table.name != name || portion.len() == PORTION) {
            tx.put(table, &portion)?;
            portion.clear();
        }
        let table = match open {
            Some(table) if table.name == name => table,
            _ => tables.iter().find(|t| t.name == name).with_context(|| lines.place("a table of no network"))?,
        };
        open = Some(table);
        portion.push(row(table, &fields).with_context(|| lines.place(&format!("a row that does not fit {name}")))?);
    }
}

/// `goodword export` and `goodword export network`.
///
/// # Errors
/// The database's, or standard output's.
pub fn export_command(database: &str) -> anyhow::Result<()> {
    let census = export(&open_existing(database)?, std::io::stdout().lock())?;
    eprintln!("Exported: {}.", total(&census));
    Ok(())
}

/// `goodword import network`.
///
/// # Errors
/// As [`import`].
pub fn import_command(config: &config::ImportNetwork) -> anyhow::Result<()> {
    let census = import(&config.file, &config.database)?;
    println!("Imported and verified: {}.", total(&census));
    Ok(())
}
