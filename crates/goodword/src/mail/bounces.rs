//! Letters that come back: refused by the relay, or returned later as a report (RFC 3464).

use crate::config;
use crate::error::Result;
use crate::key::{Key, hash_token};
use crate::server;
use crate::vouches::notify;
use std::io::Read;
use store::{Clock, Tx, sql};

/// A report is read up to this size; what follows is the returned letter.
const MAX_BYTES: u64 = 1024 * 1024;

/// Notes that a letter will not arrive. With `nobody_there` its address is left alone from now on, except by letters
/// about the account, and its owner and the admins are told, once.
///
/// # Errors
/// The database's.
pub(super) fn note(tx: &mut Tx<'_>, letter: Key, why: &str, nobody_there: bool) -> Result<()> {
    let now = tx.now();
    let why = crate::say::without_addresses(&formats::text::clean_line(why));
    let why = crate::say::shorten(&why, 300);
    let found = tx.row(
        sql!(
            "UPDATE letters SET failed_at = $1, failure = $2, plain = '', html = '', attachment = NULL, unsubscribe = NULL
             WHERE id = $3 AND failed_at IS NULL RETURNING address, party_id"
        ),
        &[&now, &why, &letter],
        |r| Ok((r.get::<String>(0)?, r.get::<Option<Key>>(1)?)),
    )?;
    let Some((address, party)) = found.filter(|(address, _)| !address.is_empty()) else { return Ok(()) };
    tracing::warn!(%letter, why, "a letter did not arrive");
    if !nobody_there {
        return Ok(());
    }
    let times: i64 = tx
        .value(
            sql!(
                "INSERT INTO bounces (address_hash, reason, times, first_at, last_at) VALUES ($1, $2, 1, $3, $3)
                 ON CONFLICT (address_hash) DO UPDATE SET reason = excluded.reason, times = bounces.times + 1,
                   last_at = excluded.last_at RETURNING times"
            ),
            &[&hash_token(&address), &why, &now],
        )?
        .unwrap_or(1);
    if times == 1 { tell(tx, party, &why) } else { Ok(()) }
}

fn tell(tx: &mut Tx<'_>, party: Option<Key>, why: &str) -> Result<()> {
    let member = tx.row(
        sql!("SELECT id, name, handle FROM parties WHERE id = $1 AND kind = 'member' AND status = 'active'"),
        &[&party],
        |r| Ok((r.get::<Key>(0)?, r.get::<String>(1)?, r.get::<Option<String>>(2)?.unwrap_or_default())),
    )?;
    let (words, url) = match &member {
        Some((id, name, handle)) => {
            let own = "Letters to your address come back, so we stopped writing. Please check it.";
            notify(tx, *id, "account", own, "/preferences/letters")?;
            (format!("Letters to {name} come back: {why}"), format!("/people/{handle}"))
        }
        // An address somebody else typed is not shown to the admins either.
        None => (format!("A letter to somebody without an account came back: {why}"), "/notices".to_owned()),
    };
    let admins: Vec<Key> =
        tx.rows(sql!("SELECT party_id FROM roles WHERE role = 'admin' AND scope = 'network'"), &[], |r| r.get(0))?;
    for admin in admins {
        notify(tx, admin, "account", &words, &url)?;
    }
    Ok(())
}

/// Why letters to an address come back, if they do.
pub(super) fn reason(tx: &mut Tx<'_>, address: &str) -> Result<Option<(String, i64)>> {
    Ok(tx.row(sql!("SELECT reason, last_at FROM bounces WHERE address_hash = $1"), &[&hash_token(address)], |r| {
        Ok((r.get(0)?, r.get(1)?))
    })?)
}

/// Writes to an address again: its owner says that it works.
pub(super) fn forgive(tx: &mut Tx<'_>, address: &str) -> Result<()> {
    tx.execute(sql!("DELETE FROM bounces WHERE address_hash = $1"), &[&hash_token(address)])?;
    Ok(())
}

/// `goodword bounce`: reads one returned message from standard input, as a mail server's pipe delivers it. Whatever it
/// is, the command succeeds: a mail server must not return a returned message.
///
/// # Errors
/// A database that cannot be opened: the mail server tries again.
pub fn command(config: &config::Bounce) -> anyhow::Result<()> {
    let mut raw = Vec::new();
    std::io::stdin().lock().take(MAX_BYTES).read_to_end(&mut raw)?;
    let Some(report) = formats::dsn::read(&String::from_utf8_lossy(&raw)) else {
        eprintln!("this is no report of a letter that failed; nothing was noted");
        return Ok(());
    };
    let db = server::open(&config.database, Clock::real())?;
    let noted = db.write_here(|tx| take(tx, &report))?;
    println!("{}", if noted { "noted" } else { "this is not about a letter of ours; nothing was noted" });
    Ok(())
}

/// Notes a report. Only the letter's own id, which nobody else knows, makes it ours: so nobody can silence another's
/// address by sending a false one.
pub(super) fn take(tx: &mut Tx<'_>, report: &formats::dsn::Report) -> Result<bool> {
    for word in &report.ids {
        let Ok(id) = word.parse::<Key>() else { continue };
        let known: Option<Key> = tx.value(sql!("SELECT id FROM letters WHERE id = $1"), &[&id])?;
        if known.is_some() {
            let why = format!("{} {}", report.status, report.diagnostic);
            note(tx, id, &why, report.is_about_the_address())?;
            return Ok(true);
        }
    }
    Ok(false)
}
