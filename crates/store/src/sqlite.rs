//! SQLite: one writing connection, a handful of reading ones, WAL with `synchronous=FULL`.

use crate::group::Writer;
use crate::value::{Bind, Cells, Row, Value};
use crate::{Error, Result};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

pub(crate) struct Lite {
    path: PathBuf,
    writer: Mutex<Writer>,
    /// Writers who wait for their turn.
    pub(crate) waiting: AtomicUsize,
    readers: Mutex<Vec<Connection>>,
}

impl Lite {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let writer = connect(path, false)?;
        let writer = Mutex::new(Writer::new(writer));
        Ok(Self { path: path.to_owned(), writer, waiting: AtomicUsize::new(0), readers: Mutex::new(Vec::new()) })
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(|p| p.into_inner())
    }

    /// SQLite's online backup, all pages in one step: a reader's snapshot, so that no writer waits or starts it over.
    pub(crate) fn copy_file(&self, to: &Path) -> Result<()> {
        let from = self.reader()?;
        let mut copy = Connection::open(to).map_err(|e| Error::Unavailable(format!("{}: {e}", to.display())))?;
        let backup = Backup::new(&from, &mut copy).map_err(fault)?;
        let all = backup.step(-1).map_err(fault)?;
        drop(backup);
        self.give_back(from);
        if all != StepResult::Done {
            return Err(Error::Busy);
        }
        // One file, without a log beside it, so that it can be carried away.
        copy.execute_batch("PRAGMA journal_mode = DELETE").map_err(fault)?;
        let sound: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(fault)?;
        if sound == "ok" { Ok(()) } else { Err(Error::Statement(format!("the copy is not sound: {sound}"))) }
    }

    /// A connection for one read; give it back with [`Lite::give_back`].
    pub(crate) fn reader(&self) -> Result<Connection> {
        let idle = self.readers.lock().unwrap_or_else(|p| p.into_inner()).pop();
        idle.map_or_else(|| connect(&self.path, true), Ok)
    }

    pub(crate) fn give_back(&self, reader: Connection) {
        let mut readers = self.readers.lock().unwrap_or_else(|p| p.into_inner());
        if readers.len() < 16 {
            readers.push(reader);
        }
    }
}

fn connect(path: &Path, reads_only: bool) -> Result<Connection> {
    let conn = Connection::open(path).map_err(|e| Error::Unavailable(format!("{}: {e}", path.display())))?;
    conn.busy_timeout(Duration::from_secs(5)).map_err(fault)?;
    conn.set_prepared_statement_cache_capacity(512);
    // A plan stays as it was prepared: else statements whose plan looked at a value are prepared anew at every use.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fault)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -8000; PRAGMA mmap_size = 268435456;",
    )
    .map_err(fault)?;
    if reads_only {
        conn.execute_batch("PRAGMA query_only = ON").map_err(fault)?;
    }
    Ok(conn)
}

struct Param<'a>(Value<'a>);

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match &self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Int(i) => ToSqlOutput::Borrowed(ValueRef::Integer(*i)),
            Value::Real(r) => ToSqlOutput::Borrowed(ValueRef::Real(*r)),
            Value::Text(t) => ToSqlOutput::Borrowed(ValueRef::Text(t.as_bytes())),
            Value::Bytes(b) => ToSqlOutput::Borrowed(ValueRef::Blob(b)),
            Value::Bool(b) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*b))),
            Value::Id(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
        })
    }
}

/// SQLite numbers `$1` by first appearance, but `?1` by what it says. A dollar in a quoted text stays one.
fn numbered(text: &str) -> String {
    let (mut bytes, mut quoted) = (text.as_bytes().to_vec(), false);
    for byte in &mut bytes {
        quoted ^= *byte == b'\'';
        if *byte == b'$' && !quoted {
            *byte = b'?';
        }
    }
    // One ASCII sign in place of another: as good UTF-8 as before.
    String::from_utf8(bytes).unwrap_or_default()
}

/// The statement of a text, prepared once a connection, with its parameters bound.
fn bound<'c>(conn: &'c Connection, text: &str, params: &[&dyn Bind]) -> Result<CachedStatement<'c>> {
    let mut statement = conn.prepare_cached(&numbered(text)).map_err(|e| explain(e, text))?;
    if statement.parameter_count() != params.len() {
        let (wants, given) = (statement.parameter_count(), params.len());
        return Err(Error::Statement(format!("{wants} parameters, {given} given: {text}")));
    }
    for (i, param) in params.iter().enumerate() {
        statement.raw_bind_parameter(i + 1, Param(param.value())).map_err(fault)?;
    }
    Ok(statement)
}

pub(crate) fn rows<T>(
    conn: &Connection,
    text: &str,
    params: &[&dyn Bind],
    mut read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = bound(conn, text, params)?;
    let mut answer = statement.raw_query();
    let mut all = Vec::new();
    while let Some(row) = answer.next().map_err(|e| explain(e, text))? {
        all.push(read(&Row(Cells::Lite(row)))?);
    }
    Ok(all)
}

pub(crate) fn execute(conn: &Connection, text: &str, params: &[&dyn Bind]) -> Result<u64> {
    let mut statement = bound(conn, text, params)?;
    let changed = statement.raw_execute().map_err(|e| explain(e, text))?;
    Ok(u64::try_from(changed).unwrap_or(0))
}

pub(crate) fn batch(conn: &Connection, text: &str) -> Result<()> {
    conn.execute_batch(text).map_err(|e| explain(e, text))
}

pub(crate) fn prepare(conn: &Connection, text: &str) -> Result<()> {
    conn.prepare(&numbered(text)).map(|_| ()).map_err(|e| explain(e, text))
}

pub(crate) fn cell<'r>(row: &'r rusqlite::Row<'_>, index: usize) -> Result<Value<'r>, String> {
    Ok(match row.get_ref(index).map_err(|e| e.to_string())? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(i) => Value::Int(i),
        ValueRef::Real(r) => Value::Real(r),
        ValueRef::Text(t) => Value::Text(std::str::from_utf8(t).map_err(|e| e.to_string())?),
        ValueRef::Blob(b) => Value::Bytes(b),
    })
}

fn fault(error: rusqlite::Error) -> Error {
    explain(error, "")
}

fn explain(error: rusqlite::Error, text: &str) -> Error {
    if let rusqlite::Error::SqliteFailure(code, message) = &error {
        let message = message.clone().unwrap_or_else(|| code.to_string());
        return match code.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::Busy,
            ErrorCode::ConstraintViolation => Error::Constraint(message),
            ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly => {
                Error::Unavailable(message)
            }
            _ => Error::Statement(format!("{message}: {text}")),
        };
    }
    Error::Statement(format!("{error}: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn a_statement_is_prepared_once() {
        let folder = tempfile::tempdir().unwrap();
        let conn = connect(&folder.path().join("t.db"), false).unwrap();
        batch(&conn, "CREATE TABLE things (a BIGINT, b TEXT, c BIGINT)").unwrap();
        let text = "SELECT a FROM things WHERE b = $1 AND c = $2 AND (a > $2 OR b LIKE $1) ORDER BY a LIMIT $3";
        for n in 0..3_i64 {
            rows(&conn, text, &[&"one", &n, &n], |r| r.get::<i64>(0)).unwrap();
        }
        let statement = conn.prepare_cached(&numbered(text)).unwrap();
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
