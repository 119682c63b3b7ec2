//! Whole databases, row by row: what exports, copies and restores are made of. The tables and their columns are those
//! the migrations make, the same on both engines.

use crate::migrate::OWN;
use crate::value::{Bind, Row, Value};
use crate::{Error, Result, Tx, sqlite};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::fmt;
use uuid::Uuid;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// In the order of their definition.
    pub columns: Vec<Column>,
    /// Columns of the primary key, by their place in `columns`.
    key: Vec<usize>,
    /// Rows it has in a database nobody has used yet.
    pub seeded: i64,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `UUID`.
    Id,
    /// `TEXT`.
    Text,
    /// `BIGINT`.
    Int,
    /// `DOUBLE PRECISION`.
    Real,
    /// `BOOLEAN`.
    Bool,
    /// `BYTEA`.
    Bytes,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// SQL `NULL`.
    Null,
    /// `BIGINT`.
    Int(i64),
    /// `DOUBLE PRECISION`.
    Real(f64),
    /// `TEXT`.
    Text(String),
    /// `BYTEA`.
    Bytes(Vec<u8>),
    /// `BOOLEAN`.
    Bool(bool),
    /// `UUID`.
    Id(Uuid),
}

impl Bind for Cell {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(i) => Value::Int(*i),
            Self::Real(r) => Value::Real(*r),
            Self::Text(t) => Value::Text(t),
            Self::Bytes(b) => Value::Bytes(b),
            Self::Bool(b) => Value::Bool(*b),
            Self::Id(id) => Value::Id(*id),
        }
    }
}

/// Every table `migrations` make, each after the tables it refers to.
///
/// # Errors
/// Migrations SQLite does not take.
pub fn tables(migrations: &[(&str, &str)]) -> Result<Vec<Table>> {
    let conn = Connection::open_in_memory().map_err(|e| Error::Statement(e.to_string()))?;
    for (_, text) in OWN.iter().chain(migrations) {
        sqlite::batch(&conn, text)?;
    }
    // Without virtual tables and their shadows: an index for searching is made again, not carried.
    let names: Vec<String> = list(
        &conn,
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'
           AND name NOT LIKE 'sqlite%' ORDER BY name",
        "",
    )?;
    let mut waiting = Vec::new();
    for name in names {
        let above: Vec<String> = list(&conn, "SELECT \"table\" FROM pragma_foreign_key_list($1)", &name)?;
        waiting.push((table(&conn, name)?, above));
    }
    let mut sorted: Vec<Table> = Vec::new();
    while !waiting.is_empty() {
        let is_done = |name: &String, own: &str| name == own || sorted.iter().any(|t| t.name == *name);
        let next = waiting.iter().position(|(t, above)| above.iter().all(|name| is_done(name, &t.name)));
        // Tables that refer to each other: checks are postponed while rows are put.
        sorted.push(waiting.remove(next.unwrap_or(0)).0);
    }
    Ok(sorted)
}

fn list(conn: &Connection, text: &str, param: &str) -> Result<Vec<String>> {
    let params: &[&dyn Bind] = if param.is_empty() { &[] } else { &[&param] };
    sqlite::rows(conn, text, params, |r| r.get(0))
}

fn table(conn: &Connection, name: String) -> Result<Table> {
    let columns: Vec<(String, String, i64)> =
        sqlite::rows(conn, "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid", &[&name], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
    let mut key: Vec<(i64, usize)> =
        columns.iter().enumerate().filter(|(_, (.., pk))| *pk > 0).map(|(at, (.., pk))| (*pk, at)).collect();
    key.sort_unstable();
    if key.is_empty() {
        return Err(Error::Statement(format!("the table {name} has no primary key")));
    }
    let columns = columns.into_iter().map(|(column, kind, _)| {
        let kind = match kind.as_str() {
            "UUID" => Kind::Id,
            "TEXT" => Kind::Text,
            "BIGINT" => Kind::Int,
            "DOUBLE PRECISION" => Kind::Real,
            "BOOLEAN" => Kind::Bool,
            "BYTEA" => Kind::Bytes,
            other => return Err(Error::Statement(format!("{name}.{column} is {other}, which is not carried"))),
        };
        Ok(Column { name: column, kind })
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let seeded = sqlite::rows(conn, &format!("SELECT COUNT(*) FROM \"{name}\""), &[], |r| r.get(0))?;
    Ok(Table { columns, key: key.into_iter().map(|(_, at)| at).collect(), seeded: seeded[0], name })
}

/// How many rows a table has and what is in them, whatever their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub rows: u64,
    /// The sum of each row's SHA-256, cut to 128 bits.
    pub hash: u128,
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {:032x}", self.rows, self.hash)
    }
}

impl Sum {
    /// Counts a row in.
    pub fn add(&mut self, row: &[Cell]) {
        let mut hash = Sha256::new();
        for cell in row {
            let (kind, bytes): (u8, &[u8]) = match cell {
                Cell::Null => (0, &[]),
                Cell::Int(i) => (1, &i.to_be_bytes()),
                // Minus zero is zero.
                Cell::Real(r) => (2, &(r + 0.0).to_bits().to_be_bytes()),
                Cell::Text(t) => (3, t.as_bytes()),
                Cell::Bytes(b) => (4, b),
                Cell::Bool(b) => (5, &[u8::from(*b)]),
                Cell::Id(id) => (6, id.as_bytes()),
            };
            hash.update([kind]);
            hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(bytes);
        }
        let mut first = [0u8; 16];
        first.copy_from_slice(&hash.finalize()[..16]);
        self.rows += 1;
        self.hash = self.hash.wrapping_add(u128::from_be_bytes(first));
    }
}

impl Table {
    fn quoted(&self) -> String {
        self.columns.iter().map(|c| format!("\"{}\"", c.name)).collect::<Vec<_>>().join(", ")
    }

    fn read(&self, row: &Row<'_>) -> Result<Vec<Cell>> {
        let cell = |(at, column): (usize, &Column)| {
            Ok(match column.kind {
                Kind::Id => row.get::<Option<Uuid>>(at)?.map_or(Cell::Null, Cell::Id),
                Kind::Text => row.get::<Option<String>>(at)?.map_or(Cell::Null, Cell::Text),
                Kind::Int => row.get::<Option<i64>>(at)?.map_or(Cell::Null, Cell::Int),
                Kind::Real => row.get::<Option<f64>>(at)?.map_or(Cell::Null, Cell::Real),
                Kind::Bool => row.get::<Option<bool>>(at)?.map_or(Cell::Null, Cell::Bool),
                Kind::Bytes => row.get::<Option<Vec<u8>>>(at)?.map_or(Cell::Null, Cell::Bytes),
            })
        };
        self.columns.iter().enumerate().map(cell).collect()
    }
}

/// Rows put by one statement at most.
const AT_ONCE: usize = 64;

impl Tx<'_> {
    /// Hands every row of `table` to `each`, in the order of its key and in portions, so that memory stays bounded.
    ///
    /// # Errors
    /// The engine's, or what `each` returns.
    pub fn each_row<E: From<Error>>(
        &mut self,
        table: &Table,
        mut each: impl FnMut(Vec<Cell>) -> Result<(), E>,
    ) -> Result<(), E> {
        // Pictures are large; everything else is small.
        let portion = if table.columns.iter().any(|c| c.kind == Kind::Bytes) { 32 } else { 500 };
        let key: Vec<String> = table.key.iter().map(|at| format!("\"{}\"", table.columns[*at].name)).collect();
        let (names, key) = (table.quoted(), key.join(", "));
        let places = (1..=table.key.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let first = format!("SELECT {names} FROM \"{}\" ORDER BY {key} LIMIT {portion}", table.name);
        let next =
            format!("SELECT {names} FROM \"{}\" WHERE ({key}) > ({places}) ORDER BY {key} LIMIT {portion}", table.name);
        let mut last: Option<Vec<Cell>> = None;
        loop {
            let rows = match &last {
                None => self.rows_of(&first, &[], |r| table.read(r))?,
                Some(last) => {
                    let params: Vec<&dyn Bind> = last.iter().map(|c| c as &dyn Bind).collect();
                    self.rows_of(&next, &params, |r| table.read(r))?
                }
            };
            let Some(end) = rows.last() else { return Ok(()) };
            last = Some(table.key.iter().map(|at| end[*at].clone()).collect());
            let is_last = rows.len() < portion;
            for row in rows {
                each(row)?;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Counts and hashes what `table` holds.
    ///
    /// # Errors
    /// The engine's.
    pub fn sum(&mut self, table: &Table) -> Result<Sum> {
        let mut sum = Sum::default();
        self.each_row(table, |row| {
            sum.add(&row);
            Ok::<_, Error>(())
        })?;
        Ok(sum)
    }

    /// How many rows `table` has.
    ///
    /// # Errors
    /// The engine's.
    pub fn size(&mut self, table: &Table) -> Result<i64> {
        let rows = self.rows_of(&format!("SELECT COUNT(*) FROM \"{}\"", table.name), &[], |r| r.get(0))?;
        Ok(rows.first().copied().unwrap_or(0))
    }

    /// Takes every row out of `table`.
    ///
    /// # Errors
    /// The engine's.
    pub fn clear(&mut self, table: &Table) -> Result<()> {
        self.execute_text(&format!("DELETE FROM \"{}\"", table.name), &[]).map(drop)
    }

    /// Puts rows into `table` as they are.
    ///
    /// # Errors
    /// The engine's.
    pub fn put(&mut self, table: &Table, rows: &[Vec<Cell>]) -> Result<()> {
        let (names, width) = (table.quoted(), table.columns.len());
        let mut rest = rows;
        while !rest.is_empty() {
            // Powers of two, so that a handful of prepared statements serves every number of rows.
            let n = AT_ONCE.min(1 << rest.len().ilog2());
            let (now, later) = rest.split_at(n);
            rest = later;
            let mut text = format!("INSERT INTO \"{}\" ({names}) VALUES ", table.name);
            for row in 0..n {
                let places = (1..=width).map(|c| format!("${}", row * width + c)).collect::<Vec<_>>().join(", ");
                text.push_str(if row == 0 { "(" } else { ", (" });
                text.push_str(&places);
                text.push(')');
            }
            let params: Vec<&dyn Bind> = now.iter().flatten().map(|c| c as &dyn Bind).collect();
            self.execute_text(&text, &params)?;
        }
        Ok(())
    }

    /// Until [`Tx::settle_checks`], rows may refer to rows that are put later. Only the owner of the tables may do this.
    ///
    /// # Errors
    /// The engine's.
    pub fn postpone_checks(&mut self) -> Result<()> {
        if self.is_embedded() {
            return self.batch("PRAGMA defer_foreign_keys = ON");
        }
        for (table, name) in self.references()? {
            self.batch(&format!("ALTER TABLE \"{table}\" ALTER CONSTRAINT \"{name}\" DEFERRABLE INITIALLY DEFERRED"))?;
        }
        self.batch("SET CONSTRAINTS ALL DEFERRED")
    }

    /// Checks that every row refers to rows that are there.
    ///
    /// # Errors
    /// [`Error::Constraint`] where one does not.
    pub fn settle_checks(&mut self) -> Result<()> {
        if self.is_embedded() {
            let lost: Vec<String> =
                self.rows_of("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1", &[], |r| r.get(0))?;
            return match lost.first() {
                Some(table) => Err(Error::Constraint(format!("a row of {table} refers to a row that is not there"))),
                None => Ok(()),
            };
        }
        self.batch("SET CONSTRAINTS ALL IMMEDIATE")?;
        for (table, name) in self.references()? {
            self.batch(&format!("ALTER TABLE \"{table}\" ALTER CONSTRAINT \"{name}\" NOT DEFERRABLE"))?;
        }
        Ok(())
    }

    /// PostgreSQL's foreign keys: table and name.
    fn references(&mut self) -> Result<Vec<(String, String)>> {
        self.rows_of(
            "SELECT CAST(c.relname AS TEXT), CAST(k.conname AS TEXT) FROM pg_constraint k
               JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE k.contype = 'f' AND n.nspname = current_schema()",
            &[],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
    }
}
