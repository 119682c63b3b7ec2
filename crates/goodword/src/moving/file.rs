//! A network as lines of JSON: docs/export.md describes them.

use super::{Census, Fault, PORTION, begin, open_existing, open_new, tables_of, total, verify};
use crate::config;
use crate::schema::MIGRATIONS;
use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use store::whole::{Cell, Kind, Sum, Table};
use store::{Db, Tx, Uuid};

/// Changes when a reader of the old form could not read the new one.
const FORMAT: u32 = 1;
/// A line is a row, and the largest rows are pictures of some megabytes.
const MAX_LINE: u64 = 256 * 1024 * 1024;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    goodword: String,
    format: u32,
    /// Microseconds since 1970.
    at: i64,
    /// Which migrations made the tables.
    migrations: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    /// A row: its table's name and its columns.
    Row(String, Map<String, Value>),
    /// The last line: what every table holds.
    End(BTreeMap<String, Total>),
}

#[derive(Serialize, Deserialize)]
struct Total {
    rows: u64,
    /// 32 hexadecimal digits.
    hash: String,
}

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
            write_line(&mut out, &Head { goodword: "network".into(), format: FORMAT, at, migrations })?;
            let mut census = Census::new();
            for table in &tables {
                let mut sum = Sum::default();
                tx.each_row(table, |row| {
                    sum.add(&row);
                    let columns = table.columns.iter().zip(&row);
                    let fields = columns.map(|(column, cell)| (column.name.clone(), to_json(cell))).collect();
                    write_line(&mut out, &Line::Row(table.name.clone(), fields))
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

fn to_json(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(i) => Value::from(*i),
        // JSON has no word for what is no number.
        Cell::Real(r) if r.is_finite() => Value::from(*r),
        Cell::Real(r) => Value::from(r.to_string()),
        Cell::Text(t) => Value::from(t.as_str()),
        Cell::Bytes(b) => Value::from(BASE64.encode(b)),
        Cell::Bool(b) => Value::from(*b),
        Cell::Id(id) => Value::from(id.to_string()),
    }
}

fn from_json(kind: Kind, value: &Value) -> Option<Cell> {
    Some(match (kind, value) {
        (_, Value::Null) => Cell::Null,
        (Kind::Int, value) => Cell::Int(value.as_i64()?),
        (Kind::Real, Value::String(text)) => Cell::Real(text.parse().ok()?),
        (Kind::Real, value) => Cell::Real(value.as_f64()?),
        (Kind::Bool, value) => Cell::Bool(value.as_bool()?),
        (Kind::Text, value) => Cell::Text(value.as_str()?.to_owned()),
        (Kind::Bytes, value) => Cell::Bytes(BASE64.decode(value.as_str()?).ok()?),
        (Kind::Id, value) => Cell::Id(Uuid::parse_str(value.as_str()?).ok()?),
    })
}

/// Brings a file of [`export`] into the new database at `url`, wholly or not at all.
///
/// # Errors
/// The database's; a database in use; a file that is none, was cut short or was changed.
pub fn import(file: &Path, url: &str) -> anyhow::Result<Census> {
    let mut lines = Lines::open(file)?;
    let head = lines.head()?;
    let (tables, db) = (tables_of(&head.migrations)?, open_new(url, &head.migrations)?);
    let census = db
        .write_here(|tx| {
            // A transaction that lost a race begins the file again.
            let mut lines = Lines::open(file)?;
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

fn load(tx: &mut Tx<'_>, tables: &[Table], lines: &mut Lines) -> anyhow::Result<Census> {
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

fn row(table: &Table, fields: &Map<String, Value>) -> Option<Vec<Cell>> {
    let is_known = |name: &String| table.columns.iter().any(|c| c.name == *name);
    if !fields.keys().all(is_known) {
        return None;
    }
    table.columns.iter().map(|c| from_json(c.kind, fields.get(&c.name).unwrap_or(&Value::Null))).collect()
}

/// The lines of a file, numbered.
struct Lines {
    input: BufReader<File>,
    number: u64,
    bytes: Vec<u8>,
}

impl Lines {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        Ok(Self { input: BufReader::with_capacity(1024 * 1024, file), number: 0, bytes: Vec::new() })
    }

    fn read(&mut self) -> anyhow::Result<&[u8]> {
        self.bytes.clear();
        self.number += 1;
        (&mut self.input).take(MAX_LINE).read_until(b'\n', &mut self.bytes)?;
        Ok(&self.bytes)
    }

    fn head(&mut self) -> anyhow::Result<Head> {
        let head: Head = serde_json::from_slice(self.read()?)
            .context("this is no file of `goodword export`: its first line does not say so")?;
        if head.goodword != "network" || head.format != FORMAT {
            bail!("this file has the form {} {}, which this version does not read", head.goodword, head.format);
        }
        Ok(head)
    }

    fn next(&mut self) -> anyhow::Result<Line> {
        if self.read()?.is_empty() {
            bail!("the file has no last line: it was cut short, and nothing was kept");
        }
        serde_json::from_slice(&self.bytes).with_context(|| self.place("not a line of a network"))
    }

    fn place(&self, what: &str) -> String {
        format!("line {}: {what}; nothing was kept", self.number)
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
