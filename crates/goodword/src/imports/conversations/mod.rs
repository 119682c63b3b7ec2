//! Conversations brought in from WordPress and Disqus. A file is read in slices: each remembers how far it came in the
//! transaction of what it made, so that an import goes on where it stopped, or is dropped.

pub(crate) mod api;
mod disqus;
mod entry;
pub mod export;
pub mod pages;
mod rows;
#[cfg(test)]
pub(crate) mod tests;
mod uploads;
mod wordpress;

pub use uploads::run_job;

use crate::config::ImportConversations;
use crate::error::Result;
use crate::key::Key;
use crate::{conversations, server};
use anyhow::Context;
use entry::{Entry, NewComment};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use store::{Clock, Db, Tx, sql};

/// Comments written in one transaction.
const PORTION: usize = 200;
/// Notes that are kept; of more, only the number.
const NOTES: i64 = 20_000;

/// Whose export a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// WordPress, and whoever writes WXR.
    Wordpress,
    /// Disqus.
    Disqus,
}

impl Kind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wordpress => "wordpress",
            Self::Disqus => "disqus",
        }
    }

    /// By the first bytes of a file, for forms that do not ask.
    pub fn guess(start: &[u8]) -> Self {
        if String::from_utf8_lossy(start).contains("<disqus") { Self::Disqus } else { Self::Wordpress }
    }
}

/// How an import stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// This very file had been imported before: nothing was done.
    pub before: bool,
    /// Entry after which an interrupted import was taken up again.
    pub resumed_after: i64,
    /// New posts.
    pub posts: i64,
    /// New comments.
    pub comments: i64,
    /// Rows an earlier import had brought.
    pub already: i64,
    /// Left out or changed, each with its reason in the notes.
    pub notes: i64,
    /// Why the file could not be read to its end.
    pub failure: String,
    /// Nothing is left to be done.
    pub done: bool,
}

/// `goodword import wordpress` and `goodword import disqus`.
///
/// # Errors
/// A file or database that cannot be opened; a file that cannot be read to its end.
pub fn command(config: &ImportConversations, kind: Kind) -> anyhow::Result<()> {
    let db = server::open(&config.database, Clock::real())?;
    let (digest, name) = (super::digest(&config.file)?, config.file.display().to_string());
    let bytes = i64::try_from(std::fs::metadata(&config.file)?.len()).unwrap_or(i64::MAX);
    if config.drop && drop_running(&db, kind, &digest)? {
        eprintln!("What this file had brought before it was interrupted has been dropped.");
    }
    let file = File::open(&config.file).with_context(|| name.clone())?;
    let import = db.write_here(|tx| begin(tx, kind, &digest, None, &name, bytes))?;
    let resumed_after = progress(&db, import)?.0;
    let stderr = std::io::stderr();
    let report = run(
        &db,
        import,
        kind,
        file,
        i64::MAX,
        |what, reason| {
            let _ = writeln!(stderr.lock(), "{what}: {reason}");
        },
        |entries| {
            let _ = writeln!(stderr.lock(), "{entries} entries read");
        },
    )?;
    if report.before {
        println!("This file has been imported before; nothing was changed.");
        return Ok(());
    }
    if resumed_after > 0 {
        println!("Taken up again after entry {resumed_after}.");
    }
    println!("{}", report.sentence());
    if report.failure.is_empty() { Ok(()) } else { Err(anyhow::anyhow!(report.failure)) }
}

impl Report {
    /// "3 posts and 12 comments imported; …"
    pub fn sentence(&self) -> String {
        use crate::say::count;
        format!(
            "{} and {} imported, {} were here already; {} about what was left out or changed.",
            count(self.posts, "post"),
            count(self.comments, "comment"),
            self.already,
            count(self.notes, "note"),
        )
    }
}

/// The import of the file with this digest, begun if there is none. The same file twice is one import.
///
/// # Errors
/// The database's.
fn begin(tx: &mut Tx<'_>, kind: Kind, digest: &str, by: Option<Key>, name: &str, bytes: i64) -> Result<Key> {
    let known: Option<Key> = tx.value(
        sql!("SELECT id FROM imports WHERE kind = $1 AND source = $2 AND state <> 'dropped'"),
        &[&kind.as_str(), &digest],
    )?;
    if let Some(id) = known {
        return Ok(id);
    }
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO imports (id, kind, source, field, state, lines, bad, started_at)
             VALUES ($1, $2, $3, '', 'running', 0, 0, $4)"
        ),
        &[&id, &kind.as_str(), &digest, &now],
    )?;
    tx.execute(
        sql!(
            "INSERT INTO conversation_imports (import_id, by_id, file_name, bytes, posts, comments, already, failure)
             VALUES ($1, $2, $3, $4, 0, 0, 0, '')"
        ),
        &[&id, &by, &name, &bytes],
    )?;
    Ok(id)
}

/// Entries read so far, and the state.
fn progress(db: &Db, import: Key) -> Result<(i64, String)> {
    let found = db.read_here(|tx| {
        tx.row(sql!("SELECT lines, state FROM imports WHERE id = $1"), &[&import], |r| Ok((r.get(0)?, r.get(1)?)))
    })?;
    found.ok_or(crate::error::Error::NotFound)
}

/// Reads `input` on from where this import stopped, at most `most` entries; what is left out is told to `note`.
///
/// # Errors
/// The database's.
fn run(
    db: &Db,
    import: Key,
    kind: Kind,
    input: impl Read,
    most: i64,
    mut note: impl FnMut(&str, &str),
    mut said: impl FnMut(i64),
) -> Result<Report> {
    let (start, state) = progress(db, import)?;
    if state != "running" {
        return Ok(Report { before: true, done: true, ..report(db, import)? });
    }
    let entries: Box<dyn Iterator<Item = std::result::Result<Entry, formats::Broken>>> = match kind {
        Kind::Wordpress => Box::new(wordpress::entries(input)),
        Kind::Disqus => Box::new(disqus::entries(input)),
    };
    let mut slice = Slice { db, import, read: start, comments: Vec::new(), notes: Vec::new(), posts: HashMap::new() };
    let mut failure = String::new();
    let last = start.saturating_add(most);
    let mut n = 0;
    for entry in entries {
        n += 1;
        // What was done before is walked through again, because what follows depends on it.
        if n <= start && entry.is_ok() {
            continue;
        }
        match entry {
            Err(broken) => {
                failure = broken.to_string();
                break;
            }
            Ok(Entry::Post(post)) => {
                slice.flush()?;
                // A post of WordPress ends where the next begins; threads of Disqus are mixed and find their order at the end.
                if kind == Kind::Wordpress {
                    slice.arrange_last()?;
                }
                slice.read = n;
                slice.add_post(&post)?;
            }
            Ok(Entry::Comment(comment)) => slice.comments.push(*comment),
            Ok(Entry::Note { what, reason }) => {
                note(&what, reason);
                slice.notes.push((what, reason));
            }
            Ok(Entry::Nothing) => {}
        }
        slice.read = n;
        if slice.comments.len() + slice.notes.len() >= PORTION {
            slice.flush()?;
            said(n);
        }
        if n >= last {
            slice.flush()?;
            return report(db, import);
        }
    }
    slice.flush()?;
    slice.arrange()?;
    said(n);
    db.write_here(|tx| finish(tx, import, &failure))?;
    report(db, import)
}

/// What was read and not yet written.
struct Slice<'d> {
    db: &'d Db,
    import: Key,
    read: i64,
    comments: Vec<NewComment>,
    notes: Vec<(String, &'static str)>,
    /// Rows of the posts that were asked for last, and when they were written.
    posts: HashMap<entry::Origin, (Key, i64)>,
}

impl Slice<'_> {
    fn add_post(&mut self, post: &entry::NewPost) -> Result<()> {
        let (import, read) = (self.import, self.read);
        self.db.write_here(|tx| {
            if !still_running(tx, import, read)? {
                return Ok(());
            }
            let is_new = rows::add_post(tx, import, post)?;
            count(tx, import, i64::from(is_new), 0, i64::from(!is_new))
        })?;
        self.posts.clear();
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if self.comments.is_empty() && self.notes.is_empty() {
            return Ok(());
        }
        let (import, read, comments, notes) = (self.import, self.read, &self.comments, &self.notes);
        let posts = &mut self.posts;
        self.db.write_here(|tx| {
            // Somebody dropped it meanwhile.
            if !still_running(tx, import, read)? {
                return Ok(());
            }
            let (new, already) = rows::add_comments(tx, import, comments, posts)?;
            count(tx, import, 0, new, already)?;
            add_notes(tx, import, notes)
        })?;
        self.comments.clear();
        self.notes.clear();
        Ok(())
    }

    /// Gives the comments written since the last post their places.
    fn arrange_last(&self) -> Result<()> {
        for (post, _) in self.posts.values() {
            self.db.write_here(|tx| conversations::arrange(tx, *post))?;
        }
        Ok(())
    }

    /// Gives every comment without a place its own, also those of a run that was cut off.
    fn arrange(&self) -> Result<()> {
        for post in self.db.read_here(rows::unarranged)? {
            self.db.write_here(|tx| conversations::arrange(tx, post))?;
        }
        Ok(())
    }
}

/// Notes how far it came; says whether the import is still wanted.
fn still_running(tx: &mut Tx<'_>, import: Key, read: i64) -> Result<bool> {
    let running =
        tx.execute(sql!("UPDATE imports SET lines = $1 WHERE id = $2 AND state = 'running'"), &[&read, &import])?;
    Ok(running == 1)
}

fn count(tx: &mut Tx<'_>, import: Key, posts: i64, comments: i64, already: i64) -> Result<()> {
    tx.execute(
        sql!(
            "UPDATE conversation_imports SET posts = posts + $1, comments = comments + $2, already = already + $3
             WHERE import_id = $4"
        ),
        &[&posts, &comments, &already, &import],
    )?;
    Ok(())
}

fn add_notes(tx: &mut Tx<'_>, import: Key, notes: &[(String, &'static str)]) -> Result<()> {
    let mut n: i64 = tx.value(sql!("SELECT bad FROM imports WHERE id = $1"), &[&import])?.unwrap_or(0);
    for (what, reason) in notes {
        n += 1;
        if n <= NOTES {
            tx.execute(
                sql!("INSERT INTO import_notes (import_id, n, what, reason) VALUES ($1, $2, $3, $4)"),
                &[&import, &n, what, reason],
            )?;
        }
    }
    tx.execute(sql!("UPDATE imports SET bad = $1 WHERE id = $2"), &[&n, &import])?;
    Ok(())
}

fn finish(tx: &mut Tx<'_>, import: Key, failure: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!("UPDATE imports SET state = 'done', finished_at = $1 WHERE id = $2 AND state = 'running'"),
        &[&now, &import],
    )?;
    tx.execute(sql!("UPDATE conversation_imports SET failure = $1 WHERE import_id = $2"), &[&failure, &import])?;
    tx.execute(sql!("DELETE FROM import_made WHERE import_id = $1"), &[&import])?;
    tx.execute(sql!("DELETE FROM import_portions WHERE import_id = $1"), &[&import])?;
    Ok(())
}

fn report(db: &Db, import: Key) -> Result<Report> {
    let found = db.read_here(|tx| {
        tx.row(
            sql!(
                "SELECT c.posts, c.comments, c.already, i.bad, c.failure, i.state FROM imports i
                   JOIN conversation_imports c ON c.import_id = i.id WHERE i.id = $1"
            ),
            &[&import],
            |r| {
                Ok(Report {
                    posts: r.get(0)?,
                    comments: r.get(1)?,
                    already: r.get(2)?,
                    notes: r.get(3)?,
                    failure: r.get(4)?,
                    done: r.get::<String>(5)? != "running",
                    ..Report::default()
                })
            },
        )
    })?;
    found.ok_or(crate::error::Error::NotFound)
}

/// Takes back what an unfinished import has made; says whether there was one.
///
/// # Errors
/// The database's.
pub fn drop_running(db: &Db, kind: Kind, digest: &str) -> Result<bool> {
    db.write_here(|tx| {
        let found: Option<Key> = tx.value(
            sql!("SELECT id FROM imports WHERE kind = $1 AND source = $2 AND state = 'running'"),
            &[&kind.as_str(), &digest],
        )?;
        let Some(import) = found else { return Ok(false) };
        drop_import(tx, import)?;
        Ok(true)
    })
}

fn drop_import(tx: &mut Tx<'_>, import: Key) -> Result<()> {
    rows::drop_made(tx, import)?;
    tx.execute(sql!("DELETE FROM import_portions WHERE import_id = $1"), &[&import])?;
    tx.execute(sql!("UPDATE imports SET state = 'dropped' WHERE id = $1 AND state = 'running'"), &[&import])?;
    Ok(())
}
