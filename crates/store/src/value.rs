//! Values on their way into a statement and out of a row.

use crate::{Error, Result};
use uuid::Uuid;

/// One value as both engines know it. Booleans are `BOOLEAN`, times and money `BIGINT`, ids `UUID`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// SQL `NULL`.
    Null,
    /// `BIGINT`.
    Int(i64),
    /// `DOUBLE PRECISION`.
    Real(f64),
    /// `TEXT`.
    Text(&'a str),
    /// `BYTEA`.
    Bytes(&'a [u8]),
    /// `BOOLEAN`.
    Bool(bool),
    /// `UUID`.
    Id(Uuid),
}

/// Something that can be a parameter. Newtypes implement it by handing on what they wrap.
pub trait Bind {
    /// The value to send.
    fn value(&self) -> Value<'_>;
}

/// Something that can be read from a column.
pub trait FromValue: Sized {
    /// Reads it, or says in a few words what was found instead.
    fn from_value(value: Value<'_>) -> Result<Self, String>;
}

macro_rules! bind {
    ($($t:ty => |$v:ident| $e:expr),* $(,)?) => {
        $(impl Bind for $t { fn value(&self) -> Value<'_> { let $v = self; $e } })*
    };
}

bind! {
    i64 => |v| Value::Int(*v),
    i32 => |v| Value::Int(i64::from(*v)),
    u32 => |v| Value::Int(i64::from(*v)),
    u16 => |v| Value::Int(i64::from(*v)),
    u8 => |v| Value::Int(i64::from(*v)),
    f64 => |v| Value::Real(*v),
    bool => |v| Value::Bool(*v),
    str => |v| Value::Text(v),
    String => |v| Value::Text(v),
    Vec<u8> => |v| Value::Bytes(v),
    [u8] => |v| Value::Bytes(v),
    [u8; 32] => |v| Value::Bytes(v),
    Uuid => |v| Value::Id(*v),
}

impl<T: Bind + ?Sized> Bind for &T {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: Bind> Bind for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Bind::value)
    }
}

fn odd<T>(wanted: &str, value: Value<'_>) -> Result<T, String> {
    Err(format!("expected {wanted}, found {value:?}"))
}

impl FromValue for i64 {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Int(i) => Ok(i),
            Value::Bool(b) => Ok(i64::from(b)),
            other => odd("a whole number", other),
        }
    }
}

macro_rules! narrow {
    ($($t:ty),*) => {
        $(impl FromValue for $t {
            fn from_value(value: Value<'_>) -> Result<Self, String> {
                let wide = i64::from_value(value)?;
                <$t>::try_from(wide).map_err(|_| format!("{wide} is out of range"))
            }
        })*
    };
}
narrow!(i32, u32, u16, u8, usize, u64);

impl FromValue for f64 {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Real(r) => Ok(r),
            // SQLite keeps 2.0 as 2 in a column without REAL affinity. Counts below 2^53 are exact.
            #[expect(clippy::cast_precision_loss, reason = "database integers read as real numbers are small")]
            Value::Int(i) => Ok(i as f64),
            other => odd("a number", other),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Bool(b) => Ok(b),
            Value::Int(i) => Ok(i != 0),
            other => odd("yes or no", other),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Text(t) => Ok(t.to_owned()),
            other => odd("text", other),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Bytes(b) => Ok(b.to_vec()),
            other => odd("bytes", other),
        }
    }
}

impl FromValue for Uuid {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        match value {
            Value::Id(id) => Ok(id),
            Value::Bytes(b) => Uuid::from_slice(b).map_err(|e| e.to_string()),
            other => odd("an id", other),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        if value == Value::Null { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

/// One row of an answer, read by column number from 0.
pub struct Row<'a>(pub(crate) Cells<'a>);

pub(crate) enum Cells<'a> {
    Lite(&'a rusqlite::Row<'a>),
    Pg(&'a postgres::Row),
}

impl Row<'_> {
    /// The value in column `index`.
    ///
    /// # Errors
    /// [`Error::Column`] when there is no such column or it holds something else.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T> {
        let read = match &self.0 {
            Cells::Lite(row) => crate::sqlite::cell(row, index).and_then(T::from_value),
            Cells::Pg(row) => crate::postgres::cell(row, index).and_then(T::from_value),
        };
        read.map_err(|what| Error::Column(index, what))
    }
}
