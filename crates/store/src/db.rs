//! The database and its transactions.

use crate::group::Turn;
use crate::postgres::{Link, Pg};
use crate::sqlite::{self, Lite};
use crate::value::{Bind, Row};
use crate::{Clock, Error, Result, Sql, sql};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// An open database. Cloning shares it.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    engine: Engine,
    clock: Clock,
    statements: AtomicU64,
    appended: AtomicU64,
}

pub(crate) enum Engine {
    Lite(Lite),
    Pg(Pg),
}

/// How often a closure is run again after losing a race before the caller is told.
const ATTEMPTS: u32 = 6;

impl Db {
    /// Opens `sqlite:PATH` (made if missing) or `postgres://…`; `pool` is the most PostgreSQL connections.
    ///
    /// # Errors
    /// [`Error::Statement`] for a URL of neither kind, [`Error::Unavailable`] when it cannot be reached.
    pub fn open(url: &str, clock: Clock, pool: usize) -> Result<Self> {
        let engine = if let Some(path) = url.strip_prefix("sqlite:") {
            Engine::Lite(Lite::open(Path::new(path.strip_prefix("//").unwrap_or(path)))?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Pg(Pg::open(url, pool.max(1))?)
        } else {
            return Err(Error::Statement(format!("\"{url}\" is neither sqlite:PATH nor postgres://…")));
        };
        Ok(Self(Arc::new(Inner { engine, clock, statements: AtomicU64::new(0), appended: AtomicU64::new(0) })))
    }

    /// The clock that stamps what is written here.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Statements run so far, all transactions together: pages keep a budget.
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    /// Transactions of this process so far that committed something for the change feed.
    pub fn appended(&self) -> u64 {
        self.0.appended.load(Ordering::SeqCst)
    }

    /// Whether this is the embedded engine (one node, the writer numbers changes itself).
    pub fn is_embedded(&self) -> bool {
        matches!(self.0.engine, Engine::Lite(_))
    }

    /// Runs `verb` over one snapshot, off the async threads.
    ///
    /// # Errors
    /// Whatever the verb returns; [`Error::Busy`] or [`Error::Unavailable`] of the engine.
    pub async fn read<T, E>(&self, verb: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let db = self.clone();
        spawn(move || db.read_here(verb)).await
    }

    /// Runs `verb` in one transaction that commits when it returns `Ok`, off the async threads. It runs again when the
    /// engine reports a lost race, so it must do nothing but read and write rows.
    ///
    /// # Errors
    /// Whatever the verb returns; [`Error::Busy`] or [`Error::Unavailable`] of the engine.
    pub async fn write<T, E>(&self, verb: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let db = self.clone();
        spawn(move || db.write_here(verb)).await
    }

    /// [`Db::read`] on this thread: for commands and jobs, never inside an async task.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub fn read_here<T, E: From<Error>>(&self, verb: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.run(false, verb)
    }

    /// [`Db::write`] on this thread: for commands and jobs, never inside an async task.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub fn write_here<T, E: From<Error>>(&self, verb: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.run(true, verb)
    }

    fn run<T, E: From<Error>>(&self, writes: bool, mut verb: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut attempt = 1;
        loop {
            let (result, again) = match &self.0.engine {
                Engine::Lite(lite) => self.run_lite(lite, writes, &mut verb),
                Engine::Pg(pg) => self.run_pg(pg, writes, &mut verb),
            };
            if !again || attempt == ATTEMPTS {
                return result;
            }
            std::thread::sleep(Duration::from_millis(2u64 << attempt));
            attempt += 1;
        }
    }

    fn run_lite<T, E: From<Error>>(
        &self,
        lite: &Lite,
        writes: bool,
        verb: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> (Result<T, E>, bool) {
        if writes {
            self.take_turn(lite, verb)
        } else {
            match lite.reader() {
                Ok(reader) => {
                    let done = self.transact(Conn::Lite(&reader), "BEGIN", verb);
                    lite.give_back(reader);
                    done
                }
                Err(error) => (Err(error.into()), false),
            }
        }
    }

    /// A write on SQLite: begin, verb, commit, together with others who wait.
    fn take_turn<T, E: From<Error>>(
        &self,
        lite: &Lite,
        verb: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> (Result<T, E>, bool) {
        let lost = |error: Error| {
            let again = matches!(error, Error::Busy);
            (Err(error.into()), again)
        };
        let turn = match Turn::wait(lite) {
            Ok(turn) => turn,
            Err(error) => return lost(error),
        };
        let mut tx = Tx {
            conn: Conn::Lite(turn.conn()),
            clock: self.0.clock.clone(),
            lost_race: false,
            queries: 0,
            appends: false,
        };
        let done = verb(&mut tx);
        let (queries, lost_race, appends) = (tx.queries, tx.lost_race, tx.appends);
        self.0.statements.fetch_add(u64::from(queries), Ordering::Relaxed);
        match done {
            Ok(value) => match turn.keep() {
                Ok(()) => {
                    self.0.appended.fetch_add(u64::from(appends), Ordering::SeqCst);
                    (Ok(value), false)
                }
                Err(error) => lost(error),
            },
            Err(error) => {
                turn.undo();
                (Err(error), lost_race)
            }
        }
    }

    fn run_pg<T, E: From<Error>>(
        &self,
        pg: &Pg,
        writes: bool,
        verb: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> (Result<T, E>, bool) {
        let begin = if writes { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };
        match pg.take() {
            Ok(mut link) => {
                let done = self.transact(Conn::Pg(&mut link), begin, verb);
                pg.give_back(Some(link));
                done
            }
            Err(error) => (Err(error.into()), false),
        }
    }

    /// Begin, verb, commit; the flag says whether a lost race makes it worth running again.
    fn transact<T, E: From<Error>>(
        &self,
        conn: Conn<'_>,
        begin: &str,
        verb: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> (Result<T, E>, bool) {
        let mut tx = Tx { conn, clock: self.0.clock.clone(), lost_race: false, queries: 0, appends: false };
        if let Err(error) = tx.command(begin) {
            let again = match (&error, &self.0.engine) {
                (Error::Busy, _) => true,
                // Cut while it lay idle, like all the others then: nothing was done on it, so a new one may do it.
                (Error::Unavailable(_), Engine::Pg(pg)) => {
                    pg.forget_idle();
                    true
                }
                _ => false,
            };
            return (Err(error.into()), again);
        }
        let mut unwinding = Rollback(&mut tx, true);
        let done = verb(unwinding.0);
        self.0.statements.fetch_add(u64::from(unwinding.0.queries), Ordering::Relaxed);
        match done {
            Ok(value) => match unwinding.0.command("COMMIT") {
                Ok(()) => {
                    self.0.appended.fetch_add(u64::from(unwinding.0.appends), Ordering::SeqCst);
                    unwinding.1 = false;
                    (Ok(value), false)
                }
                Err(error) => {
                    let again = matches!(error, Error::Busy);
                    (Err(error.into()), again)
                }
            },
            Err(error) => {
                let again = unwinding.0.lost_race;
                (Err(error), again)
            }
        }
    }

    /// Prepares `text` without running it: the test of all statements.
    ///
    /// # Errors
    /// [`Error::Statement`] with what the engine says.
    pub fn prepare(&self, text: &str) -> Result<()> {
        let fixed = (1..100).rev().find(|n| text.contains(&format!("${n}"))).unwrap_or(0);
        let text = crate::sql::expand(text, fixed, 2);
        match &self.0.engine {
            Engine::Lite(lite) => sqlite::prepare(&lite.writer().conn, &text),
            Engine::Pg(pg) => {
                let mut link = pg.take()?;
                let done = link.prepare(&text);
                pg.give_back(Some(link));
                done
            }
        }
    }
}

async fn spawn<T: Send + 'static, E: From<Error> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(stopped) => Err(Error::Unavailable(format!("a database task stopped: {stopped}")).into()),
    }
}

/// Rolls back on the way out, also when the verb panics.
struct Rollback<'t, 'c>(&'t mut Tx<'c>, bool);

impl Drop for Rollback<'_, '_> {
    fn drop(&mut self) {
        if self.1 {
            // A failed rollback means the connection is gone, and the transaction with it.
            let _ = self.0.command("ROLLBACK");
        }
    }
}

enum Conn<'c> {
    Lite(&'c rusqlite::Connection),
    Pg(&'c mut Link),
}

/// One running transaction.
pub struct Tx<'c> {
    conn: Conn<'c>,
    clock: Clock,
    lost_race: bool,
    queries: u32,
    pub(crate) appends: bool,
}

impl Tx<'_> {
    /// Microseconds since 1970 by the database's clock.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// A new id.
    pub fn id(&self) -> Uuid {
        self.clock.id()
    }

    /// The clock, for secrets.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Statements run so far: pages keep a budget.
    pub fn queries(&self) -> u32 {
        self.queries
    }

    /// All rows of an answer, each read by `read`.
    ///
    /// # Errors
    /// The engine's, or the reader's.
    pub fn rows<T>(
        &mut self,
        sql: Sql,
        params: &[&dyn Bind],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.rows_of(sql.text(), params, read)
    }

    /// The only row of an answer, or `None`.
    ///
    /// # Errors
    /// The engine's, or the reader's.
    pub fn row<T>(
        &mut self,
        sql: Sql,
        params: &[&dyn Bind],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.rows(sql, params, read)?.into_iter().next())
    }

    /// The first column of the only row, or `None`.
    ///
    /// # Errors
    /// The engine's, or [`Error::Column`].
    pub fn value<T: crate::FromValue>(&mut self, sql: Sql, params: &[&dyn Bind]) -> Result<Option<T>> {
        self.row(sql, params, |r| r.get(0))
    }

    /// The first column of the only row of a statement that one engine alone understands.
    pub(crate) fn value_of<T: crate::FromValue>(&mut self, text: &str) -> Result<Option<T>> {
        Ok(self.rows_of(text, &[], |r| r.get(0))?.into_iter().next())
    }

    /// Rows for a statement whose `$list` stands for `list`; `params` come first. Lists are padded to powers of two
    /// (by repeating the last), so that a handful of prepared statements serves every length, and cut in portions.
    ///
    /// # Errors
    /// The engine's, or the reader's.
    pub fn rows_in<T, L: Bind>(
        &mut self,
        sql: Sql,
        params: &[&dyn Bind],
        list: &[L],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        for portion in list.chunks(512) {
            let Some(last) = portion.last() else { break };
            let size = portion.len().next_power_of_two();
            let text = crate::sql::expand(sql.text(), params.len(), size);
            let mut every: Vec<&dyn Bind> = params.to_vec();
            every.extend(portion.iter().map(|p| p as &dyn Bind));
            every.resize(params.len() + size, last);
            all.extend(self.rows_of(&text, &every, &mut read)?);
        }
        Ok(all)
    }

    pub(crate) fn rows_of<T>(
        &mut self,
        text: &str,
        params: &[&dyn Bind],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        check(params)?;
        self.queries += 1;
        let done = match &mut self.conn {
            Conn::Lite(conn) => sqlite::rows(conn, text, params, read),
            Conn::Pg(link) => link.rows(text, params, read),
        };
        self.note(done)
    }

    /// Runs a statement and says how many rows it changed.
    ///
    /// # Errors
    /// The engine's; [`Error::Constraint`] when the schema refuses the row.
    pub fn execute(&mut self, sql: Sql, params: &[&dyn Bind]) -> Result<u64> {
        self.execute_text(sql.text(), params)
    }

    pub(crate) fn execute_text(&mut self, text: &str, params: &[&dyn Bind]) -> Result<u64> {
        check(params)?;
        self.queries += 1;
        let done = match &mut self.conn {
            Conn::Lite(conn) => sqlite::execute(conn, text, params),
            Conn::Pg(link) => link.execute(text, params),
        };
        self.note(done)
    }

    /// Runs `verb` inside a savepoint: its rows are undone when it fails, the transaction goes on.
    ///
    /// # Errors
    /// Whatever the verb returns.
    pub fn attempt<T, E: From<Error>>(&mut self, verb: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.command("SAVEPOINT attempt")?;
        let done = verb(self);
        if done.is_err() {
            self.command("ROLLBACK TO SAVEPOINT attempt")?;
        }
        self.command("RELEASE SAVEPOINT attempt")?;
        done
    }

    /// One statement about the transaction itself: no part of a page's budget.
    fn command(&mut self, text: &str) -> Result<()> {
        let done = match &mut self.conn {
            Conn::Lite(conn) => sqlite::execute(conn, text, &[]).map(|_| ()),
            Conn::Pg(link) => link.batch(text),
        };
        self.note(done)
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<()> {
        let done = match &mut self.conn {
            Conn::Lite(conn) => sqlite::batch(conn, text),
            Conn::Pg(link) => link.batch(text),
        };
        self.note(done)
    }

    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self.conn, Conn::Lite(_))
    }

    fn note<T>(&mut self, done: Result<T>) -> Result<T> {
        self.lost_race |= matches!(done, Err(Error::Busy));
        done
    }
}

/// The database as a whole.
impl Db {
    /// Copies a SQLite database into a new file at `to` while others read and write it: one moment's state, checked.
    ///
    /// # Errors
    /// The engine's; [`Error::Statement`] for PostgreSQL, which is copied row by row instead, or a copy that is not sound.
    pub fn copy_file(&self, to: &Path) -> Result<()> {
        match &self.0.engine {
            Engine::Lite(lite) => lite.copy_file(to),
            Engine::Pg(_) => Err(Error::Statement("only SQLite databases are files".into())),
        }
    }

    /// One trivial read.
    ///
    /// # Errors
    /// The engine's.
    pub fn ping(&self) -> Result<()> {
        self.read_here(|tx| tx.value::<i64>(sql!("SELECT 1 AS one"), &[]).map(|_| ()))
    }
}

/// PostgreSQL keeps no null character in text, and SQLite's functions stop at it: both refuse it alike.
fn check(params: &[&dyn Bind]) -> Result<()> {
    let nul = params.iter().any(|p| matches!(p.value(), crate::Value::Text(t) if t.contains('\0')));
    if nul { Err(Error::NulInText) } else { Ok(()) }
}
