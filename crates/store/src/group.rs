//! Writers of SQLite take turns on one connection. Those who wait for their turn share one transaction, and so one wait for
//! the disk; each is told only when it has happened. What one of them takes back, by an error, the others keep.

use crate::sqlite::{Lite, execute};
use crate::{Error, Result};
use rusqlite::Connection;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Turns that share a transaction at most.
const MOST: usize = 64;

/// The writing connection.
pub(crate) struct Writer {
    pub conn: Connection,
    /// While a transaction is open between two turns.
    group: Option<Arc<Group>>,
    /// Turns in it so far.
    members: usize,
}

impl Writer {
    pub(crate) fn new(conn: Connection) -> Self {
        Self { conn, group: None, members: 0 }
    }
}

/// Those whose writes become durable together.
#[derive(Default)]
struct Group {
    end: Mutex<Option<Result<()>>>,
    ended: Condvar,
}

impl Group {
    fn end(&self, how: Result<()>) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
        self.ended.notify_all();
    }

    fn wait(&self) -> Result<()> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(how) = &*end {
                return how.clone();
            }
            end = self.ended.wait(end).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// One writer's turn. Dropped without an end (a panic, a transaction that the engine undid) it takes the others with it:
/// they are told that they lost a race, and run again.
pub(crate) struct Turn<'l> {
    lite: &'l Lite,
    writer: MutexGuard<'l, Writer>,
    group: Arc<Group>,
    is_over: bool,
}

impl<'l> Turn<'l> {
    /// Waits for the connection; begins a transaction there, or takes part in the one that is open.
    pub(crate) fn wait(lite: &'l Lite) -> Result<Self> {
        lite.waiting.fetch_add(1, Ordering::SeqCst);
        let writer = lite.writer();
        lite.waiting.fetch_sub(1, Ordering::SeqCst);
        let group = writer.group.clone().unwrap_or_default();
        let turn = Self { lite, writer, group, is_over: false };
        execute(turn.conn(), if turn.is_first() { "BEGIN IMMEDIATE" } else { "SAVEPOINT turn" }, &[])?;
        Ok(turn)
    }

    pub(crate) fn conn(&self) -> &Connection {
        &self.writer.conn
    }

    fn is_first(&self) -> bool {
        self.writer.members == 0
    }

    /// Keeps what was written, and waits until it is on disk.
    pub(crate) fn keep(mut self) -> Result<()> {
        if !self.is_first() {
            execute(self.conn(), "RELEASE turn", &[])?;
        }
        self.writer.members += 1;
        let group = self.group.clone();
        self.end();
        // The connection is the next one's.
        drop(self);
        group.wait()
    }

    /// Takes back what was written in this turn.
    pub(crate) fn undo(mut self) {
        let undone = !self.is_first()
            && execute(self.conn(), "ROLLBACK TO turn", &[]).is_ok()
            && execute(self.conn(), "RELEASE turn", &[]).is_ok();
        if undone {
            self.end();
        }
    }

    /// Leaves the transaction to whoever waits, or commits. One that waits gets the connection for certain: it counted
    /// itself while this turn held it.
    fn end(&mut self) {
        self.is_over = true;
        if self.lite.waiting.load(Ordering::SeqCst) > 0 && self.writer.members < MOST {
            self.writer.group = Some(self.group.clone());
            return;
        }
        let how = execute(self.conn(), "COMMIT", &[]).map(|_| ());
        self.close(how);
    }

    fn close(&mut self, how: Result<()>) {
        if !self.conn().is_autocommit() {
            // A failed rollback means the connection is gone, and the transaction with it.
            let _ = execute(self.conn(), "ROLLBACK", &[]);
        }
        // What only one of several is to blame for: each runs again, and meets its own error.
        let shared = self.writer.members > 1;
        let how = how.map_err(|e| if shared && !matches!(e, Error::Unavailable(_)) { Error::Busy } else { e });
        (self.writer.group, self.writer.members) = (None, 0);
        self.group.end(how);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.close(Err(Error::Busy));
        }
    }
}
