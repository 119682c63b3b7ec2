//! The lines of a network's file: docs/export.md describes them. No database and no file is touched here.

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use store::Uuid;
use store::whole::{Cell, Kind, Table};

/// Changes when a reader of the old form could not read the new one.
const FORMAT: u32 = 1;
/// A line is a row, and the largest rows are pictures of some megabytes.
const MAX_LINE: u64 = 256 * 1024 * 1024;

/// The first line.
#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    goodword: String,
    format: u32,
    /// Microseconds since 1970.
    at: i64,
    /// Which migrations made the tables.
    pub migrations: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Line {
    /// A row: its table's name and its columns.
    Row(String, Map<String, Value>),
    /// The last line: what every table holds.
    End(BTreeMap<String, Total>),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Total {
    pub rows: u64,
    /// 32 hexadecimal digits.
    pub hash: String,
}

impl Head {
    /// Of a file written at `at`.
    pub fn new(at: i64, migrations: Vec<String>) -> Self {
        Self { goodword: "network".into(), format: FORMAT, at, migrations }
    }
}

/// A row of `table` as a line.
pub(super) fn line(table: &Table, row: &[Cell]) -> Line {
    let columns = table.columns.iter().zip(row);
    Line::Row(table.name.clone(), columns.map(|(column, cell)| (column.name.clone(), to_json(cell))).collect())
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

/// What a line says of a row of `table`; `None` where it does not fit.
pub(super) fn row(table: &Table, fields: &Map<String, Value>) -> Option<Vec<Cell>> {
    let is_known = |name: &String| table.columns.iter().any(|c| c.name == *name);
    if !fields.keys().all(is_known) {
        return None;
    }
    table.columns.iter().map(|c| from_json(c.kind, fields.get(&c.name).unwrap_or(&Value::Null))).collect()
}

/// The lines of a file, numbered.
pub(super) struct Lines<R> {
    input: R,
    number: u64,
    bytes: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// From its beginning.
    pub fn of(input: R) -> Self {
        Self { input, number: 0, bytes: Vec::new() }
    }

    fn read(&mut self) -> anyhow::Result<&[u8]> {
        self.bytes.clear();
        self.number += 1;
        (&mut self.input).take(MAX_LINE).read_until(b'\n', &mut self.bytes)?;
        Ok(&self.bytes)
    }

    /// The first line.
    pub fn head(&mut self) -> anyhow::Result<Head> {
        let head: Head = serde_json::from_slice(self.read()?)
            .context("this is no file of `goodword export`: its first line does not say so")?;
        if head.goodword != "network" || head.format != FORMAT {
            bail!("this file has the form {} {}, which this version does not read", head.goodword, head.format);
        }
        Ok(head)
    }

    /// The line after it.
    pub fn next(&mut self) -> anyhow::Result<Line> {
        if self.read()?.is_empty() {
            bail!("the file has no last line: it was cut short, and nothing was kept");
        }
        serde_json::from_slice(&self.bytes).with_context(|| self.place("not a line of a network"))
    }

    /// Where the line just read stands, and what is wrong with it.
    pub fn place(&self, what: &str) -> String {
        format!("line {}: {what}; nothing was kept", self.number)
    }
}
