//! Dates as calendars take them: invitations in letters, and a private address to subscribe to.

pub(crate) mod api;
mod pages;

pub use pages::{calendar_file, routes};

use crate::error::{Error, Result};
use crate::key::{Key, hash_token, new_token};
use crate::{mail, needs, referrals};
use formats::ics::{self, Calendar, Civil, Event, Method, Person, Span, When, Zone};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::{DAY, Tx, sql};

/// When something is.
#[derive(Clone, Debug)]
pub enum Slot {
    /// The whole day on which this moment (µs) lies, in the reader's zone.
    Day(i64),
    /// From one ISO date to another.
    Dates(String, String),
    /// By the clock of a zone.
    Moment {
        /// µs.
        starts_at: i64,
        /// How long.
        minutes: i64,
        /// IANA.
        zone: String,
    },
}

/// Something in a calendar.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Stays the same; the network's host is added.
    pub uid: String,
    /// Grows with each change.
    pub sequence: i64,
    /// When.
    pub slot: Slot,
    /// What.
    pub title: String,
    /// More.
    pub notes: String,
    /// Where.
    pub place: String,
    /// A page of this site.
    pub path: String,
    /// Who set it and who is asked, each with name and address; only between people who have each other's.
    pub people: Option<((String, String), (String, String))>,
    /// It was called off.
    pub is_cancelled: bool,
}

fn civil(at: jiff::civil::DateTime) -> Civil {
    Civil { date: (at.year(), at.month(), at.day()), time: (at.hour(), at.minute(), at.second()) }
}

fn moment(at: i64, zone: &TimeZone) -> Civil {
    civil(Timestamp::from_microsecond(at).unwrap_or_default().to_zoned_datetime(zone.clone()).datetime())
}

/// A zone from the change of clocks before `from` to those in the year after `to`.
fn zone(name: &str, from: i64, to: i64) -> Option<Zone> {
    let tz = TimeZone::get(name).ok().filter(|_| name != "UTC")?;
    let start = Timestamp::from_microsecond(from).unwrap_or_default();
    let end = Timestamp::from_microsecond(to + 366 * DAY).unwrap_or_default();
    let changes = tz.preceding(start).take(1).chain(tz.following(start).take_while(|t| t.timestamp() <= end));
    let mut spans: Vec<Span> = changes
        .take(100)
        .map(|change| {
            let before =
                tz.to_offset(Timestamp::from_microsecond(change.timestamp().as_microsecond() - 1).unwrap_or_default());
            Span {
                begins: civil(before.to_datetime(change.timestamp())),
                from: before.seconds(),
                to: change.offset().seconds(),
                name: change.abbreviation().to_owned(),
                is_summer: change.dst().is_dst(),
            }
        })
        .collect();
    if spans.is_empty() {
        // A zone whose clocks never changed.
        let offset = tz.to_offset(start).seconds();
        let begins = Civil { date: (1970, 1, 1), time: (0, 0, 0) };
        spans.push(Span { begins, from: offset, to: offset, name: name.to_owned(), is_summer: false });
    }
    Some(Zone { name: name.to_owned(), spans })
}

/// A calendar file; `name` for one to subscribe to.
pub fn file(public_url: &str, method: Method, name: &str, entries: &[Entry], now: i64) -> String {
    written(public_url, method, name, entries, now, &TimeZone::UTC)
}

fn written(public_url: &str, method: Method, name: &str, entries: &[Entry], now: i64, reader: &TimeZone) -> String {
    let mut zones: Vec<Zone> = Vec::new();
    for entry in entries {
        if let Slot::Moment { starts_at, zone: name, .. } = &entry.slot
            && !zones.iter().any(|z| z.name == *name)
        {
            zones.extend(zone(name, (*starts_at).min(now), (*starts_at).max(now)));
        }
    }
    let known = |name: &str| zones.iter().any(|z| z.name == name);
    let events = entries
        .iter()
        .filter_map(|entry| {
            let when = match &entry.slot {
                Slot::Day(at) => When::Days(moment(*at, reader), moment(*at, reader)),
                Slot::Dates(from, to) => {
                    let from: jiff::civil::Date = from.parse().ok()?;
                    let to = to.parse().ok().filter(|to| *to >= from).unwrap_or(from);
                    When::Days(civil(from.into()), civil(to.into()))
                }
                Slot::Moment { starts_at, minutes, zone } => {
                    let minutes = u32::try_from(*minutes).unwrap_or(60);
                    match TimeZone::get(zone).ok().filter(|_| known(zone)) {
                        Some(tz) => When::Zoned(moment(*starts_at, &tz), zone.clone(), minutes),
                        None => When::Utc(moment(*starts_at, &TimeZone::UTC), minutes),
                    }
                }
            };
            let person = |(name, email): &(String, String)| Person { name: name.clone(), email: email.clone() };
            Some(Event {
                uid: format!("{}@{}", entry.uid, mail::host(public_url)),
                sequence: u32::try_from(entry.sequence).unwrap_or(0),
                stamp: moment(now, &TimeZone::UTC),
                alarm: matches!(entry.slot, Slot::Moment { .. }).then_some(60),
                when,
                title: entry.title.clone(),
                notes: entry.notes.clone(),
                place: entry.place.clone(),
                url: format!("{public_url}{}", entry.path),
                people: entry.people.as_ref().map(|(by, to)| (person(by), person(to))),
                is_cancelled: entry.is_cancelled,
            })
        })
        .collect();
    ics::write(&Calendar { method, name: name.to_owned(), zones, events })
}

/// Makes a new address for somebody's calendar; the one before ends.
///
/// # Errors
/// The database's.
pub fn renew(tx: &mut Tx<'_>, party: Key) -> Result<String> {
    let token = new_token(tx.clock());
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO calendar_feeds (party_id, token_hash, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (party_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at"
        ),
        &[&party, &hash_token(&token), &now],
    )?;
    Ok(token)
}

/// Ends the address.
///
/// # Errors
/// The database's.
pub fn revoke(tx: &mut Tx<'_>, party: Key) -> Result<()> {
    tx.execute(sql!("DELETE FROM calendar_feeds WHERE party_id = $1"), &[&party])?;
    Ok(())
}

/// Since when there is an address.
///
/// # Errors
/// The database's.
pub fn since(tx: &mut Tx<'_>, party: Key) -> Result<Option<i64>> {
    Ok(tx.value(sql!("SELECT created_at FROM calendar_feeds WHERE party_id = $1"), &[&party])?)
}

/// Everything with a date that concerns `party`.
///
/// # Errors
/// The database's.
pub fn entries(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Entry>> {
    let mut all = referrals::dates(tx, party)?;
    all.extend(needs::dates(tx, party)?);
    Ok(all)
}

/// The calendar behind an address.
///
/// # Errors
/// [`Error::NotFound`] for one that was never made, was renewed, or whose member is gone.
pub fn feed(tx: &mut Tx<'_>, public_url: &str, network: &str, token: &str) -> Result<String> {
    let party: Option<Key> = tx.value(
        sql!(
            "SELECT f.party_id FROM calendar_feeds f JOIN parties p ON p.id = f.party_id
             WHERE f.token_hash = $1 AND p.status = 'active' AND p.kind = 'member'"
        ),
        &[&hash_token(token)],
    )?;
    let party = party.ok_or(Error::NotFound)?;
    let (entries, zone, now) = (entries(tx, party)?, mail::zone_of(tx, party)?, tx.now());
    Ok(written(public_url, Method::Publish, network, &entries, now, &zone))
}
