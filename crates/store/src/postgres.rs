//! PostgreSQL behind the same [`Tx`](crate::Tx): a small pool of connections with their prepared statements.

use crate::value::{Bind, Cells, Row, Value};
use crate::{Error, Result};
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls, Statement};
use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::{Condvar, Mutex};
use uuid::Uuid;

pub(crate) struct Pg {
    config: postgres::Config,
    size: usize,
    idle: Mutex<Pool>,
    freed: Condvar,
}

struct Pool {
    idle: Vec<Link>,
    out: usize,
}

/// One connection and the statements prepared on it.
pub(crate) struct Link {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Pg {
    pub(crate) fn open(url: &str, size: usize) -> Result<Self> {
        let mut config: postgres::Config =
            url.parse().map_err(|e: postgres::Error| Error::Statement(format!("database URL: {e}")))?;
        config.application_name("goodword").connect_timeout(std::time::Duration::from_secs(5));
        let pg = Self { config, size, idle: Mutex::new(Pool { idle: Vec::new(), out: 0 }), freed: Condvar::new() };
        let link = pg.take()?;
        pg.give_back(Some(link));
        Ok(pg)
    }

    /// A connection for one transaction; waits when all are out.
    pub(crate) fn take(&self) -> Result<Link> {
        let mut pool = self.idle.lock().unwrap_or_else(|p| p.into_inner());
        loop {
            while let Some(link) = pool.idle.pop() {
                if !link.client.is_closed() {
                    pool.out += 1;
                    return Ok(link);
                }
            }
            if pool.out < self.size {
                break;
            }
            pool = self.freed.wait(pool).unwrap_or_else(|p| p.into_inner());
        }
        pool.out += 1;
        drop(pool);
        match self.config.connect(NoTls) {
            Ok(client) => Ok(Link { client, statements: HashMap::new() }),
            Err(error) => {
                self.give_back(None);
                Err(Error::Unavailable(error.to_string()))
            }
        }
    }

    /// Closes the connections nobody uses.
    pub(crate) fn forget_idle(&self) {
        let idle = std::mem::take(&mut self.idle.lock().unwrap_or_else(|p| p.into_inner()).idle);
        // Closing takes its time, so not under the lock.
        drop(idle);
    }

    /// Takes a connection back; `None` says it was lost.
    pub(crate) fn give_back(&self, link: Option<Link>) {
        let mut pool = self.idle.lock().unwrap_or_else(|p| p.into_inner());
        pool.out = pool.out.saturating_sub(1);
        pool.idle.extend(link.filter(|l| !l.client.is_closed()));
        self.freed.notify_one();
    }
}

impl Link {
    pub(crate) fn batch(&mut self, text: &str) -> Result<()> {
        self.client.batch_execute(text).map_err(|e| explain(&e, text))
    }

    fn statement(&mut self, text: &str) -> Result<Statement> {
        if let Some(known) = self.statements.get(text) {
            return Ok(known.clone());
        }
        let made = self.client.prepare(text).map_err(|e| explain(&e, text))?;
        self.statements.insert(text.to_owned(), made.clone());
        Ok(made)
    }

    pub(crate) fn prepare(&mut self, text: &str) -> Result<()> {
        self.client.prepare(text).map(|_| ()).map_err(|e| explain(&e, text))
    }

    pub(crate) fn rows<T>(
        &mut self,
        text: &str,
        params: &[&dyn Bind],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let statement = self.statement(text)?;
        let params: Vec<Param<'_>> = params.iter().map(|p| Param(p.value())).collect();
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        let answer = self.client.query(&statement, &params).map_err(|e| explain(&e, text))?;
        answer.iter().map(|row| read(&Row(Cells::Pg(row)))).collect()
    }

    pub(crate) fn execute(&mut self, text: &str, params: &[&dyn Bind]) -> Result<u64> {
        let statement = self.statement(text)?;
        let params: Vec<Param<'_>> = params.iter().map(|p| Param(p.value())).collect();
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        self.client.execute(&statement, &params).map_err(|e| explain(&e, text))
    }
}

#[derive(Debug)]
struct Param<'a>(Value<'a>);

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut postgres::types::private::BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match (&self.0, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(i), &Type::INT4) => i32::try_from(*i)?.to_sql(ty, out),
            #[expect(clippy::cast_precision_loss, reason = "a number meant for a real column")]
            (Value::Int(i), &Type::FLOAT8) => (*i as f64).to_sql(ty, out),
            (Value::Int(i), &Type::INT8) => i.to_sql(ty, out),
            (Value::Real(r), &Type::FLOAT8) => r.to_sql(ty, out),
            (Value::Text(t), &(Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::UNKNOWN)) => t.to_sql(ty, out),
            (Value::Bytes(b), &Type::BYTEA) => b.to_sql(ty, out),
            (Value::Bool(b), &Type::BOOL) => b.to_sql(ty, out),
            (Value::Id(id), &Type::UUID) => id.to_sql(ty, out),
            (value, ty) => Err(format!("{value:?} given for a parameter of type {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column's bytes with their type, whatever it is.
struct Raw<'a>(Type, Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Raw(ty.clone(), Some(raw)))
    }

    fn from_sql_null(ty: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Raw(ty.clone(), None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

pub(crate) fn cell(row: &postgres::Row, index: usize) -> Result<Value<'_>, String> {
    let Raw(ty, bytes) = row.try_get(index).map_err(|e| e.to_string())?;
    let Some(bytes) = bytes else { return Ok(Value::Null) };
    let odd = |e: Box<dyn StdError + Sync + Send>| e.to_string();
    Ok(match ty {
        Type::INT8 => Value::Int(i64::from_sql(&ty, bytes).map_err(odd)?),
        Type::INT4 => Value::Int(i64::from(i32::from_sql(&ty, bytes).map_err(odd)?)),
        Type::FLOAT8 => Value::Real(f64::from_sql(&ty, bytes).map_err(odd)?),
        Type::BOOL => Value::Bool(bool::from_sql(&ty, bytes).map_err(odd)?),
        Type::UUID => Value::Id(Uuid::from_sql(&ty, bytes).map_err(odd)?),
        Type::BYTEA => Value::Bytes(bytes),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => {
            Value::Text(std::str::from_utf8(bytes).map_err(|e| e.to_string())?)
        }
        other => return Err(format!("a column of type {other} must be CAST in the statement")),
    })
}

fn explain(error: &postgres::Error, text: &str) -> Error {
    let Some(db) = error.as_db_error() else {
        if error.is_closed() || error.to_string().contains("communicating") {
            return Error::Unavailable(error.to_string());
        }
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        return Error::Statement(format!("{error} {cause}: {text}"));
    };
    // Classes of SQLSTATE: 40 lost a race, 23 a constraint, 08/53/57/58 the server's own trouble.
    match db.code().code() {
        "40001" | "40P01" => Error::Busy,
        code if code.starts_with("23") => Error::Constraint(db.to_string()),
        code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            Error::Unavailable(db.to_string())
        }
        _ => Error::Statement(format!("{db}: {text}")),
    }
}
