//! Bringing in what exists already. A web of trust is staged in portions and becomes visible in one transaction.

pub mod conversations;
#[cfg(test)]
mod tests;

use crate::config::ImportVouches;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::{live, server};
use anyhow::{Context, bail};
use formats::ratings::{self, BadLine, Reason, Row};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use store::{Clock, Db, Tx, sql};

/// Rows staged in one transaction.
const PORTION: usize = 2_000;
/// The network's founding members, unless a list is set: the first sources by time.
const FOUNDERS: i64 = 12;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// This very file had been imported before: nothing was done.
    pub already: bool,
    /// Line after which an interrupted import was taken up again.
    pub resumed_after: i64,
    /// New people.
    pub people: i64,
    /// New vouches.
    pub vouches: i64,
    /// New warnings.
    pub warnings: i64,
    /// Lines left out, each reported with its number and reason.
    pub bad: i64,
}

/// `goodword import vouches`.
///
/// # Errors
/// A file or database that cannot be opened, a field that does not exist.
pub fn vouches(config: &ImportVouches) -> anyhow::Result<()> {
    if live::field(&config.field).is_none() {
        bail!("{} is neither an occupation code such as 27-1023.00 nor general", config.field);
    }
    let db = server::open(&config.database, Clock::real())?;
    let digest = digest(&config.file)?;
    if config.drop && drop_staged(&db, &digest)? {
        eprintln!("What was staged of this file before has been dropped.");
    }
    let file = File::open(&config.file).with_context(|| config.file.display().to_string())?;
    let stderr = std::io::stderr();
    let report = import(
        &db,
        file,
        &digest,
        &config.field,
        |bad| {
            let _ = writeln!(stderr.lock(), "left out {bad}");
        },
        |lines| {
            let _ = writeln!(stderr.lock(), "{lines} lines staged");
        },
    )?;
    if report.already {
        println!("This file has been imported before; nothing was changed.");
        return Ok(());
    }
    if report.resumed_after > 0 {
        println!("Taken up again after line {}.", report.resumed_after);
    }
    println!(
        "{}, {} and {} imported; {} left out.",
        crate::say::count(report.people, "person"),
        crate::say::count(report.vouches, "vouch"),
        crate::say::count(report.warnings, "warning"),
        crate::say::count(report.bad, "line"),
    );
    Ok(())
}

fn digest(path: &Path) -> anyhow::Result<String> {
    let mut file = File::open(path).with_context(|| path.display().to_string())?;
    let (mut hash, mut portion) = (Sha256::new(), vec![0u8; 65_536]);
    loop {
        let n = file.read(&mut portion)?;
        if n == 0 {
            break;
        }
        hash.update(&portion[..n]);
    }
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// Forgets an unfinished import; says whether there was one.
///
/// # Errors
/// The database's.
pub fn drop_staged(db: &Db, source: &str) -> Result<bool> {
    db.write_here(|tx| {
        let found: Option<Key> =
            tx.value(sql!("SELECT id FROM imports WHERE source = $1 AND state = 'running'"), &[&source])?;
        let Some(id) = found else { return Ok(false) };
        tx.execute(sql!("DELETE FROM import_rows WHERE import_id = $1"), &[&id])?;
        tx.execute(sql!("UPDATE imports SET state = 'dropped' WHERE id = $1"), &[&id])?;
        Ok(true)
    })
}

/// Stages `input` in portions and makes it visible at once. `source` tells files apart: the same twice is once, and an
/// interrupted import goes on where it stopped.
///
/// # Errors
/// The database's.
pub fn import(
    db: &Db,
    input: impl Read,
    source: &str,
    field: &str,
    mut bad_line: impl FnMut(&BadLine),
    mut progress: impl FnMut(i64),
) -> Result<Report> {
    let (id, resumed_after, state) = db.write_here(|tx| begin(tx, source, field))?;
    if state == "done" {
        return Ok(Report { already: true, ..Report::default() });
    }
    let (mut portion, mut bad, mut last) = (Vec::with_capacity(PORTION), 0, resumed_after);
    for item in ratings::read(input, db.clock().now()) {
        let number = match &item {
            Ok(row) => row.number,
            Err(line) => line.number,
        };
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        match item {
            // The file itself could not be read on: what is staged stays, for the next attempt.
            Err(BadLine { reason: Reason::Input(why), .. }) => {
                db.write_here(|tx| stage(tx, id, &portion, last, bad))?;
                let unread = anyhow::anyhow!(
                    "line {number} cannot be read: {why}. Nothing is visible yet; run it again to go on"
                );
                return Err(Error::Internal(unread));
            }
            // Bad lines are told again when an import goes on: nothing staged remembers them.
            Err(line) => {
                bad_line(&line);
                bad += 1;
            }
            Ok(row) if number > resumed_after => portion.push(row),
            Ok(_) => {}
        }
        last = last.max(number);
        if portion.len() == PORTION {
            db.write_here(|tx| stage(tx, id, &portion, last, bad))?;
            portion.clear();
            progress(last);
        }
    }
    db.write_here(|tx| stage(tx, id, &portion, last, bad))?;
    progress(last);
    let report = db.write_here(|tx| finish(tx, id, field))?;
    Ok(Report { resumed_after, bad, ..report })
}

fn begin(tx: &mut Tx<'_>, source: &str, field: &str) -> Result<(Key, i64, String)> {
    let known = tx.row(
        sql!(
            "SELECT id, lines, state FROM imports
             WHERE kind = 'vouches' AND source = $1 AND field = $2 AND state <> 'dropped'"
        ),
        &[&source, &field],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    if let Some(known) = known {
        return Ok(known);
    }
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO imports (id, kind, source, field, state, lines, bad, started_at)
             VALUES ($1, 'vouches', $2, $3, 'running', 0, 0, $4)"
        ),
        &[&id, &source, &field, &now],
    )?;
    Ok((id, 0, "running".to_owned()))
}

fn stage(tx: &mut Tx<'_>, import: Key, rows: &[Row], last: i64, bad: i64) -> Result<()> {
    for row in rows {
        let id = tx.id();
        let (number, rating) = (i64::try_from(row.number).unwrap_or(i64::MAX), i64::from(row.rating));
        tx.execute(
            sql!(
                "INSERT INTO import_rows (import_id, line, source, target, rating, at, id)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (import_id, line) DO NOTHING"
            ),
            &[&import, &number, &handle_part(&row.source), &handle_part(&row.target), &rating, &row.time, &id],
        )?;
    }
    tx.execute(sql!("UPDATE imports SET lines = $1, bad = $2 WHERE id = $3"), &[&last, &bad, &import])?;
    Ok(())
}

/// Turns the staged rows into people, vouches and warnings, all visible with this transaction's commit.
fn finish(tx: &mut Tx<'_>, import: Key, field: &str) -> Result<Report> {
    let people = add_people(tx, import, field)?;
    // Of several lines for one pair the last counts.
    let vouches = tx.execute(
        sql!(
            "INSERT INTO vouches (id, from_id, to_id, field, basis, tie, confidence, words, state, is_public, given_at,
               renewed_at, import_id, version)
             SELECT r.id, a.id, b.id, $2, 'not stated', 'not stated',
               50 + (r.rating * 49 + 5) / 10, '', 'live', TRUE, r.at, r.at, $1, 1
             FROM import_rows r
               JOIN parties a ON a.handle = 'member-' || r.source
               JOIN parties b ON b.handle = 'member-' || r.target
             WHERE r.import_id = $1 AND r.rating > 0
               AND NOT EXISTS (SELECT 1 FROM import_rows l WHERE l.import_id = r.import_id AND l.source = r.source
                 AND l.target = r.target AND l.line > r.line)
               AND NOT EXISTS (SELECT 1 FROM vouches v WHERE v.from_id = a.id AND v.to_id = b.id AND v.field = $2
                 AND v.state IN ('pending', 'live'))"
        ),
        &[&import, &field],
    )?;
    let warnings = tx.execute(
        sql!(
            "INSERT INTO warnings (id, from_id, to_id, field, strength, given_at, import_id)
             SELECT r.id, a.id, b.id, $2, -r.rating, r.at, $1
             FROM import_rows r
               JOIN parties a ON a.handle = 'member-' || r.source
               JOIN parties b ON b.handle = 'member-' || r.target
             WHERE r.import_id = $1 AND r.rating < 0
               AND NOT EXISTS (SELECT 1 FROM import_rows l WHERE l.import_id = r.import_id AND l.source = r.source
                 AND l.target = r.target AND l.line > r.line)
             ON CONFLICT (from_id, to_id, field) DO NOTHING"
        ),
        &[&import, &field],
    )?;
    set_founders(tx, import)?;
    let now = tx.now();
    tx.execute(sql!("UPDATE imports SET state = 'done', finished_at = $1 WHERE id = $2"), &[&now, &import])?;
    tx.execute(sql!("DELETE FROM import_rows WHERE import_id = $1"), &[&import])?;
    tx.change("import", import.0)?;
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Ok(Report { people, vouches: count(vouches), warnings: count(warnings), ..Report::default() })
}

/// What means something in an address, written `~2f` in a handle.
const ESCAPED: [char; 6] = ['/', '?', '#', '%', '\\', '~'];

/// An imported name as a part of a handle: as written, but fit for an address.
pub fn handle_part(name: &str) -> String {
    name.chars().fold(String::with_capacity(name.len()), |mut part, c| {
        if ESCAPED.contains(&c) {
            part.push_str(&format!("~{:02x}", u32::from(c)));
        } else {
            part.push(c);
        }
        part
    })
}

/// The name that [`handle_part`] was made of.
fn written(part: &str) -> String {
    ESCAPED.iter().fold(part.to_owned(), |name, c| name.replace(&format!("~{:02x}", u32::from(*c)), &c.to_string()))
}

/// "Member 1810" for everybody named who is not here yet; they joined with their first line.
fn add_people(tx: &mut Tx<'_>, import: Key, field: &str) -> Result<i64> {
    let new = tx.rows(
        sql!(
            "SELECT n.name, MIN(n.at) FROM (
               SELECT source AS name, at FROM import_rows WHERE import_id = $1
               UNION ALL SELECT target, at FROM import_rows WHERE import_id = $1) n
             WHERE NOT EXISTS (SELECT 1 FROM parties p WHERE p.handle = 'member-' || n.name)
             GROUP BY n.name ORDER BY MIN(n.at), n.name"
        ),
        &[&import],
        |r| Ok((r.get::<String>(0)?, r.get::<i64>(1)?)),
    )?;
    let now = tx.now();
    for (name, joined) in &new {
        let (party, profession) = (tx.id(), tx.id());
        let (handle, name) = (format!("member-{name}"), format!("Member {}", written(name)));
        let folded = formats::name::fold(&name);
        tx.execute(
            sql!(
                "INSERT INTO parties (id, kind, status, handle, name, folded, import_id, joined_at, version)
                 VALUES ($1, 'member', 'active', $2, $3, $4, $5, $6, 1)"
            ),
            &[&party, &handle, &name, &folded, &import, &joined.min(&now)],
        )?;
        tx.execute(
            sql!(
                "INSERT INTO profiles (party_id, headline, bio, keywords, town, wanted, unwanted, currency, website,
                   links, is_public, findable, asks_paused, version)
                 VALUES ($1, '', '', '', '', '', '', 'USD', '', '', TRUE, FALSE, TRUE, 1)"
            ),
            &[&party],
        )?;
        tx.execute(
            sql!(
                "INSERT INTO professions (id, party_id, field, own_words, licence, position)
                 VALUES ($1, $2, $3, '', '', 0)"
            ),
            &[&profession, &party, &field],
        )?;
    }
    Ok(i64::try_from(new.len()).unwrap_or(0))
}

/// The first sources by time, unless this network has a list already.
fn set_founders(tx: &mut Tx<'_>, import: Key) -> Result<()> {
    let first: Vec<Key> = tx.rows(
        sql!(
            "SELECT p.id FROM import_rows r JOIN parties p ON p.handle = 'member-' || r.source
             WHERE r.import_id = $1 GROUP BY p.id ORDER BY MIN(r.at), MIN(r.line) LIMIT $2"
        ),
        &[&import, &FOUNDERS],
        |r| r.get(0),
    )?;
    let list = first.iter().map(Key::to_string).collect::<Vec<_>>().join(",");
    let listed = tx.execute(
        sql!("INSERT INTO settings (name, value) VALUES ('founders', $1) ON CONFLICT (name) DO NOTHING"),
        &[&list],
    )?;
    if listed == 1 {
        tx.change("setting", import.0)?;
    }
    Ok(())
}
