//! One SQL text for SQLite and PostgreSQL: open, query, transaction and retry, migrations, change feed, jobs.
//!
//! A verb is a synchronous function over [`Tx`]; [`Db::read`] and [`Db::write`] run it off the async threads, inside
//! one transaction, and run it again when the engine reports a serialization failure. A statement is written once, with
//! [`sql!`], and a test prepares each of them on both engines.

mod changes;
mod clock;
mod db;
mod group;
mod health;
mod jobs;
mod migrate;
mod postgres;
mod sql;
mod sqlite;
#[cfg(test)]
mod tests;
mod value;
pub mod whole;

pub use changes::Change;
pub use clock::{Clock, DAY, MINUTE};
pub use db::{Db, Tx};
pub use health::Health;
pub use jobs::{Failed, Job, Waiting};
pub use sql::Sql;
pub use uuid::Uuid;
pub use value::{Bind, FromValue, Row, Value};

/// What can go wrong between a statement and its answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The engine said the transaction lost a race; [`Db`] runs the closure again, so a caller sees this only when
    /// every attempt lost.
    #[error("the database is busy; please try again")]
    Busy,
    /// The database cannot be reached or cannot write (disk full, connection cut): the answer is 503, and the next
    /// attempt may succeed.
    #[error("the database cannot be reached just now: {0}")]
    Unavailable(String),
    /// A uniqueness or foreign-key rule of the schema refused the row.
    #[error("the database refused the row: {0}")]
    Constraint(String),
    /// A text holds the character zero, which no engine's text can (SQLite would cut it there): nothing was run.
    #[error("a text holds the null character")]
    NulInText,
    /// A row was asked for that is not there.
    #[error("no such row")]
    NoRow,
    /// A column held something else than the reader expected: a bug, or a database edited by hand.
    #[error("column {0}: {1}")]
    Column(usize, String),
    /// A statement or a connection URL that is wrong: a bug or a configuration error.
    #[error("{0}")]
    Statement(String),
}

/// What a store function returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
