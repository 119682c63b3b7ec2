//! A file sent through the pages: kept in portions, read by a job slice by slice, so that letters wait for no import.

use super::{Kind, begin, run};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use std::io::{self, Read};
use store::{Db, Job, Tx, sql};

/// Entries one job reads before it makes room for others.
const SLICE: i64 = 2_000;
/// Bytes of a portion, about.
pub const PORTION: usize = 512 * 1024;

/// Makes room for a file that is being sent; nobody sees it before [`complete`].
///
/// # Errors
/// The database's.
pub fn open(tx: &mut Tx<'_>, by: Key, name: &str, kind: Kind) -> Result<Key> {
    // What was sent before and broke off is thrown away now.
    tx.execute(
        sql!("DELETE FROM import_portions WHERE import_id IN (SELECT id FROM imports WHERE state = 'dropped' AND started_at < $1)"),
        &[&(tx.now() - store::DAY)],
    )?;
    let draft = format!("sending {}", Key(tx.id()));
    let import = begin(tx, kind, &draft, Some(by), name, 0)?;
    tx.execute(sql!("UPDATE imports SET state = 'dropped' WHERE id = $1"), &[&import])?;
    Ok(import)
}

/// Keeps a portion.
///
/// # Errors
/// The database's.
pub fn keep(tx: &mut Tx<'_>, import: Key, n: i64, bytes: &[u8]) -> Result<()> {
    tx.execute(sql!("INSERT INTO import_portions (import_id, n, bytes) VALUES ($1, $2, $3)"), &[&import, &n, &bytes])?;
    let size = i64::try_from(bytes.len()).unwrap_or(0);
    tx.execute(sql!("UPDATE conversation_imports SET bytes = bytes + $1 WHERE import_id = $2"), &[&size, &import])?;
    Ok(())
}

/// The file is here: begins to read it, or says which import has read the same before.
///
/// # Errors
/// The database's.
pub fn complete(tx: &mut Tx<'_>, import: Key, kind: Kind, digest: &str) -> Result<Key> {
    let before: Option<Key> = tx.value(
        sql!("SELECT id FROM imports WHERE kind = $1 AND source = $2 AND state <> 'dropped'"),
        &[&kind.as_str(), &digest],
    )?;
    if let Some(before) = before {
        tx.execute(sql!("DELETE FROM import_portions WHERE import_id = $1"), &[&import])?;
        return Ok(before);
    }
    tx.execute(sql!("UPDATE imports SET state = 'running', source = $1 WHERE id = $2"), &[&digest, &import])?;
    enqueue(tx, import, 0)?;
    Ok(import)
}

fn enqueue(tx: &mut Tx<'_>, import: Key, after: i64) -> Result<()> {
    let now = tx.now();
    tx.enqueue("import-conversations", &format!("{import}-{after}"), &import.to_string(), now)?;
    Ok(())
}

/// Reads one slice and enqueues the next, in the transaction that ends this job.
///
/// # Errors
/// The database's: the job is tried again and goes on where it stopped.
pub async fn run_job(app: &App, job: &Job) -> anyhow::Result<()> {
    let import: Key = job.payload.parse()?;
    let (db, job) = (app.db.clone(), job.clone());
    let done = tokio::task::spawn_blocking(move || {
        let kind: Option<String> =
            db.read_here(|tx| tx.value(sql!("SELECT kind FROM imports WHERE id = $1"), &[&import]))?;
        let kind = if kind.as_deref() == Some("disqus") { Kind::Disqus } else { Kind::Wordpress };
        let report = run(&db, import, kind, Portions::of(&db, import), SLICE, |_, _| {}, |_| {})?;
        db.write_here(|tx| {
            if !report.done {
                let after: i64 = tx.value(sql!("SELECT lines FROM imports WHERE id = $1"), &[&import])?.unwrap_or(0);
                enqueue(tx, import, after)?;
            }
            tx.finish_job(&job).map_err(Error::from)
        })
    });
    Ok(done.await??)
}

/// The portions as one file.
struct Portions<'d> {
    db: &'d Db,
    import: Key,
    next: i64,
    bytes: Vec<u8>,
    at: usize,
}

impl<'d> Portions<'d> {
    fn of(db: &'d Db, import: Key) -> Self {
        Self { db, import, next: 0, bytes: Vec::new(), at: 0 }
    }
}

impl Read for Portions<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.bytes.len() {
            let (import, n) = (self.import, self.next);
            let found: std::result::Result<Option<Vec<u8>>, store::Error> = self.db.read_here(|tx| {
                tx.value(sql!("SELECT bytes FROM import_portions WHERE import_id = $1 AND n = $2"), &[&import, &n])
            });
            let Some(bytes) = found.map_err(io::Error::other)? else { return Ok(0) };
            (self.bytes, self.at, self.next) = (bytes, 0, n + 1);
        }
        let n = into.len().min(self.bytes.len() - self.at);
        into[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
