//! Sessions: one row for each device somebody is signed in on, listed and ended by them.

use crate::error::{Error, Result};
use crate::key::{Key, hash_token, new_token};
use store::{DAY, Tx, sql};

/// A remembered session lasts this long (µs) after it was last used.
const LONG: i64 = 60 * DAY;
/// One on a shared device, at most (µs): the cookie goes when the browser closes.
const SHORT: i64 = DAY / 2;
/// Use is noted this often (µs), so that reading pages does not write each time.
pub const NOTED: i64 = DAY / 24;

/// How long somebody stays signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// Until the device is not used for 60 days.
    Long,
    /// Until the browser closes, and half a day at most.
    Short,
}

impl Stay {
    /// From the check box “This is a shared device”.
    pub fn unless_shared(ticked: &str) -> Self {
        if ticked.is_empty() { Self::Long } else { Self::Short }
    }

    fn life(self) -> i64 {
        if self == Self::Long { LONG } else { SHORT }
    }

    /// For the cookie's `Max-Age` (s); `None` goes when the browser closes.
    pub fn cookie_age(self) -> Option<i64> {
        (self == Self::Long).then_some(LONG / 1_000_000)
    }
}

/// Starts a session and returns its secret, for the cookie only.
///
/// # Errors
/// The database's.
pub fn start(tx: &mut Tx<'_>, party: Key, agent: &str, stay: Stay) -> Result<String> {
    let token = new_token(tx.clock());
    let (id, now) = (tx.id(), tx.now());
    let agent: String = agent.chars().take(200).collect();
    tx.execute(sql!("DELETE FROM sessions WHERE party_id = $1 AND expires_at < $2"), &[&party, &now])?;
    tx.execute(
        sql!(
            "INSERT INTO sessions (id, token_hash, party_id, agent, created_at, seen_at, expires_at, remembered)
             VALUES ($1, $2, $3, $4, $5, $5, $6, $7)"
        ),
        &[&id, &hash_token(&token), &party, &agent, &now, &(now + stay.life()), &(stay == Stay::Long)],
    )?;
    Ok(token)
}

/// Notes that a session is in use: a remembered one lives on from here.
///
/// # Errors
/// The database's.
pub fn seen(tx: &mut Tx<'_>, session: Key) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "UPDATE sessions SET seen_at = $1, expires_at = CASE WHEN remembered THEN $2 ELSE expires_at END
             WHERE id = $3 AND seen_at < $1"
        ),
        &[&now, &(now + LONG), &session],
    )?;
    Ok(())
}

/// A device somebody is signed in on.
pub struct Device {
    /// For the button that ends it.
    pub id: Key,
    /// `Firefox on Windows`.
    pub what: String,
    /// When it was signed in.
    pub since: i64,
    /// When it was last used, to the hour.
    pub seen_at: i64,
    /// Whether it stays signed in when the browser closes.
    pub remembered: bool,
    /// The one that asks.
    pub this: bool,
}

/// Where a party is signed in, this device first.
///
/// # Errors
/// The database's.
pub fn devices(tx: &mut Tx<'_>, party: Key, this: Key) -> Result<Vec<Device>> {
    let now = tx.now();
    let mut all = tx.rows(
        sql!(
            "SELECT id, agent, created_at, seen_at, remembered FROM sessions WHERE party_id = $1 AND expires_at > $2
             ORDER BY seen_at DESC, id LIMIT 100"
        ),
        &[&party, &now],
        |r| {
            let id: Key = r.get(0)?;
            let what = in_words(&r.get::<String>(1)?);
            Ok(Device { id, what, since: r.get(2)?, seen_at: r.get(3)?, remembered: r.get(4)?, this: id == this })
        },
    )?;
    all.sort_by_key(|d| !d.this);
    Ok(all)
}

/// Ends a session of `party`, which may have ended by itself.
///
/// # Errors
/// The database's.
pub fn end(tx: &mut Tx<'_>, party: Key, session: Key) -> Result<()> {
    tx.execute(sql!("DELETE FROM sessions WHERE id = $1 AND party_id = $2"), &[&session, &party])?;
    Ok(())
}

/// Ends one session from the list.
///
/// # Errors
/// [`Error::NotFound`] when it is none of theirs.
pub fn revoke(tx: &mut Tx<'_>, party: Key, session: Key) -> Result<()> {
    let ended = tx.execute(sql!("DELETE FROM sessions WHERE id = $1 AND party_id = $2"), &[&session, &party])?;
    if ended == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Ends all sessions of `party` but this one. Says how many.
///
/// # Errors
/// The database's.
pub fn revoke_others(tx: &mut Tx<'_>, party: Key, this: Key) -> Result<u64> {
    Ok(tx.execute(sql!("DELETE FROM sessions WHERE party_id = $1 AND id <> $2"), &[&party, &this])?)
}

/// `Firefox on Windows`, from what the browser says of itself. Order matters: Edge also says Chrome, Chrome also Safari.
pub fn in_words(agent: &str) -> String {
    let first =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Vivaldi", "Vivaldi"),
        ("FxiOS", "Firefox"),
        ("Firefox/", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chromium", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "an iPhone"),
        ("iPad", "an iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "a Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "A device we do not recognise".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn devices_are_told_apart_in_words() {
        let mozilla = |rest: &str| in_words(&format!("Mozilla/5.0 {rest}"));
        let windows = "(Windows NT 10.0; Win64; x64)";
        assert_eq!(mozilla(&format!("{windows} Gecko/20100101 Firefox/130.0")), "Firefox on Windows");
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
        assert_eq!(mozilla(&format!("{windows} {chrome}")), "Chrome on Windows");
        assert_eq!(mozilla(&format!("{windows} {chrome} Edg/130.0.0.0")), "Edge on Windows");
        assert_eq!(
            mozilla("(iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"),
            "Safari on an iPhone"
        );
        assert_eq!(mozilla("(Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15"), "Safari on a Mac");
        assert_eq!(mozilla(&format!("(Linux; Android 14; Pixel 8) {chrome}")), "Chrome on Android");
        assert_eq!(in_words(""), "A device we do not recognise");
    }
}
