//! When and where the two of a referral meet: set by either, sent to the other as an invitation, and the dates of a
//! referral for a calendar.

use super::course;
use super::letters::{client_letter, member_letter};
use super::rules::{Deed, Role, State};
use super::store::{self, Referral, Side};
use crate::calendar::{self, Entry, Slot};
use crate::error::{Error, Result};
use crate::input::{Check, Title, parse_date};
use crate::key::Key;
use crate::mail::Part;
use crate::page::Frame;
use crate::{mail, say};
use ::store::{DAY, Row, Tx, sql};
use formats::ics::Method;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::HashMap;

/// Lengths to choose from, minutes.
pub const LENGTHS: [i64; 5] = [30, 45, 60, 90, 120];
/// Without news for this long, the professional's calendar says so.
const FOLLOW_UP: i64 = 14 * DAY;

/// A meeting that was set.
#[derive(Clone, Debug)]
pub struct Appointment {
    /// µs.
    pub starts_at: i64,
    /// How long.
    pub minutes: i64,
    /// IANA: by whose clock it was set.
    pub zone: String,
    /// Where, as typed; may be empty.
    pub place: String,
    /// Who set it last.
    pub set_by: Key,
    /// How often it was changed.
    pub sequence: i64,
    /// It was called off.
    pub is_cancelled: bool,
}

impl Appointment {
    /// "Monday, 9 March 2026, 15:30 (America/Los_Angeles)".
    pub fn words(&self) -> String {
        say::weekday_moment(self.starts_at, &TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC))
    }
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// ISO date.
    pub on: String,
    /// `15:30`.
    pub at: String,
    /// See [`LENGTHS`].
    pub minutes: String,
    /// Where.
    pub place: String,
}

impl Typed {
    /// What was set, to be changed.
    pub fn of(meeting: &Meeting, frame: &Frame) -> Self {
        let Some(set) = &meeting.set else { return Self { minutes: "60".into(), ..Self::default() } };
        let zone = TimeZone::get(&meeting.zone).unwrap_or_else(|_| frame.zone.clone());
        Self {
            on: say::iso_date(set.starts_at, &zone),
            at: say::clock(set.starts_at, &zone),
            minutes: set.minutes.to_string(),
            place: set.place.clone(),
        }
    }

    /// Whether this length is chosen.
    pub fn is_long(&self, minutes: &i64) -> bool {
        self.minutes == minutes.to_string()
    }
}

/// What the page shows about meeting.
#[derive(Clone, Debug, Default)]
pub struct Meeting {
    /// What was set, unless called off.
    pub set: Option<Appointment>,
    /// Whether the reader may set or move it.
    pub may: bool,
    /// The clock it is typed by.
    pub zone: String,
}

fn appointment(r: &Row<'_>) -> ::store::Result<Appointment> {
    Ok(Appointment {
        starts_at: r.get(0)?,
        minutes: r.get(1)?,
        zone: r.get(2)?,
        place: r.get(3)?,
        set_by: r.get(4)?,
        sequence: r.get(5)?,
        is_cancelled: r.get::<Option<i64>>(6)?.is_some(),
    })
}

fn of(tx: &mut Tx<'_>, referral: Key) -> Result<Option<Appointment>> {
    Ok(tx.row(
        sql!(
            "SELECT starts_at, minutes, zone, place, set_by, sequence, cancelled_at FROM appointments
             WHERE referral_id = $1"
        ),
        &[&referral],
        appointment,
    )?)
}

/// The meetings of everything somebody takes part in, by referral, but those called off.
fn of_party(tx: &mut Tx<'_>, party: Key) -> Result<HashMap<Key, Appointment>> {
    let all = tx.rows(
        sql!(
            "SELECT a.starts_at, a.minutes, a.zone, a.place, a.set_by, a.sequence, a.cancelled_at, a.referral_id
             FROM referrals r JOIN appointments a ON a.referral_id = r.id
             WHERE (r.client_id = $1 OR r.professional_id = $1) AND a.cancelled_at IS NULL"
        ),
        &[&party],
        |r| Ok((r.get(7)?, appointment(r)?)),
    )?;
    Ok(all.into_iter().collect())
}

/// The meeting is the two's alone, and only once they are introduced.
fn shares_meeting(r: &Referral, role: Role) -> bool {
    matches!(role, Role::Client | Role::Professional) && r.introduced_at.is_some()
}

/// Only the two themselves, between introduction and end.
fn may_meet(r: &Referral, role: Role) -> bool {
    shares_meeting(r, role) && r.state.is_introduced()
}

/// What one of the people of a referral may see of the meeting.
///
/// # Errors
/// The database's.
pub fn seen(tx: &mut Tx<'_>, r: &Referral, role: Role, me: Key) -> Result<Meeting> {
    if !shares_meeting(r, role) {
        return Ok(Meeting::default());
    }
    // One statement: the page of a referral has many already.
    let found = tx.row(
        sql!(
            "SELECT a.starts_at, a.minutes, a.zone, a.place, a.set_by, a.sequence, a.cancelled_at,
               (SELECT zone FROM letter_times WHERE party_id = $2 AND zone <> ''),
               (SELECT value FROM settings WHERE name = 'time zone')
             FROM referrals r LEFT JOIN appointments a ON a.referral_id = r.id AND a.cancelled_at IS NULL WHERE r.id = $1"
        ),
        &[&r.id, &me],
        |row| {
            let set = match row.get::<Option<i64>>(0)? {
                None => None,
                Some(_) => Some(appointment(row)?),
            };
            Ok((set, row.get::<Option<String>>(7)?.or(row.get::<Option<String>>(8)?)))
        },
    )?;
    let (set, zone) = found.unwrap_or_default();
    Ok(Meeting { set, may: may_meet(r, role), zone: zone.unwrap_or_else(|| "UTC".to_owned()) })
}

fn read(typed: &Typed, zone: &TimeZone, now: i64) -> Result<(i64, i64, Title)> {
    let mut check = Check::default();
    let on = check.take(parse_date("on", &typed.on))?.flatten();
    let day = on.and_then(|on| on.parse::<jiff::civil::Date>().ok());
    if day.is_none() {
        check.refuse("on", "Please say on which day you meet.");
    }
    let at: Option<jiff::civil::Time> = typed.at.trim().parse().ok();
    if at.is_none() {
        check.refuse("at", "Please say at what time, such as 15:30.");
    }
    let minutes = typed.minutes.parse().ok().filter(|m| LENGTHS.contains(m)).unwrap_or(60);
    let place = check.take(Title::optional("place", &typed.place))?;
    let starts = day.zip(at).and_then(|(day, at)| day.to_datetime(at).to_zoned_datetime(zone.clone()).ok());
    let starts = starts.map(|at| at.timestamp().as_microsecond());
    if starts.is_some_and(|at| at < now) {
        check.refuse("on", "This time has passed already.");
    }
    check.finish()?;
    let (Some(starts), Some(place)) = (starts, place) else {
        return Err(Error::field("on", "Please say when you meet."));
    };
    Ok((starts, minutes, place))
}

/// Sets or moves the meeting; the other gets an invitation for their calendar. The referral moves to "meeting set"
/// where it was not so far yet.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Conflict`] before the introduction and after the end.
pub fn set(tx: &mut Tx<'_>, public_url: &str, id: Key, party: Key, typed: &Typed) -> Result<()> {
    let r = store::one(tx, id)?;
    let role = r.role(party).filter(|role| r.is_known_to(*role)).ok_or(Error::NotFound)?;
    if !may_meet(&r, role) {
        return Err(Error::Conflict("A meeting can be set by the two of you, between introduction and end.".into()));
    }
    let zone = mail::zone_of(tx, party)?;
    let now = tx.now();
    let (starts, minutes, place) = read(typed, &zone, now)?;
    tx.execute(
        sql!(
            "INSERT INTO appointments (referral_id, starts_at, minutes, zone, place, set_by, sequence, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, 0, $7)
             ON CONFLICT (referral_id) DO UPDATE SET starts_at = excluded.starts_at, minutes = excluded.minutes,
               zone = excluded.zone, place = excluded.place, set_by = excluded.set_by,
               sequence = appointments.sequence + 1, cancelled_at = NULL, updated_at = excluded.updated_at"
        ),
        &[&id, &starts, &minutes, &zone.iana_name().unwrap_or("UTC"), &place, &party, &now],
    )?;
    if r.position().after(Some(role), Deed::Move(State::MeetingSet)).is_some() {
        course::move_to(tx, id, party, &course::Step::to(State::MeetingSet), r.version)?;
    }
    tell(tx, public_url, &r, party)
}

/// Calls the meeting off, and tells the other's calendar. Nothing to call off is no error.
///
/// # Errors
/// [`Error::NotFound`] for people who are not part of it.
pub fn call_off(tx: &mut Tx<'_>, public_url: &str, id: Key, party: Key) -> Result<()> {
    let r = store::one(tx, id)?;
    r.role(party).filter(|role| r.is_known_to(*role)).ok_or(Error::NotFound)?;
    let now = tx.now();
    let gone = tx.execute(
        sql!(
            "UPDATE appointments SET cancelled_at = $1, sequence = sequence + 1, set_by = $2, updated_at = $1
             WHERE referral_id = $3 AND cancelled_at IS NULL AND starts_at > $1"
        ),
        &[&now, &party, &id],
    )?;
    if gone == 0 { Ok(()) } else { tell(tx, public_url, &r, party) }
}

fn tell(tx: &mut Tx<'_>, public_url: &str, r: &Referral, by: Key) -> Result<()> {
    let Some(set) = of(tx, r.id)? else { return Ok(()) };
    let (me, other) = if by == r.client.id { (&r.client, &r.professional) } else { (&r.professional, &r.client) };
    let method = if set.is_cancelled { Method::Cancel } else { Method::Request };
    let now = tx.now();
    let file = calendar::file(public_url, method, "", &[entry(r, &set, me, other, by)], now);
    let subject = match (set.is_cancelled, set.sequence) {
        (true, _) => format!("{} called off your meeting", me.first()),
        (false, 0) => format!("{} set a meeting with you", me.first()),
        _ => format!("{} moved your meeting", me.first()),
    };
    let place = if set.place.is_empty() { String::new() } else { format!("\n{}", set.place) };
    let words = if set.is_cancelled { format!("It was to be on {}.", set.words()) } else { set.words() + &place };
    let parts = vec![
        Part::Text(words),
        Part::Text(if set.is_cancelled {
            "The attached file takes it out of your calendar.".into()
        } else {
            "The attached invitation puts it into your calendar. If it does not suit you, write to each other, or set another time on your page.".into()
        }),
    ];
    let notice = format!("{subject}: {}.", set.words());
    if other.id == r.client.id {
        client_letter(tx, public_url, r, "appointment", (subject, &notice), (parts, Some(file)))?;
        return Ok(());
    }
    let url = format!("/referrals/{}", r.id);
    let mut parts = parts;
    parts.push(Part::Button("Your introduction".into(), url.clone()));
    member_letter(tx, public_url, r, other, "appointment", (subject, &notice), (parts, Some(file)), &url)
}

fn entry(r: &Referral, set: &Appointment, me: &Side, other: &Side, by: Key) -> Entry {
    let person = |side: &Side| side.email.as_ref().map(|email| (side.name.clone(), email.clone()));
    let (organiser, guest) = if by == me.id { (me, other) } else { (other, me) };
    Entry {
        uid: format!("referral-{}", r.id),
        sequence: set.sequence,
        slot: Slot::Moment { starts_at: set.starts_at, minutes: set.minutes, zone: set.zone.clone() },
        title: format!("{} and {}", r.client.name, r.professional.name),
        notes: format!("Introduced by {}.", r.referrer.name),
        place: set.place.clone(),
        path: format!("/referrals/{}", r.id),
        people: person(organiser).zip(person(guest)),
        is_cancelled: set.is_cancelled,
    }
}

/// The meeting as a file, for whoever may see it.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or not for this reader.
pub fn file(tx: &mut Tx<'_>, public_url: &str, id: Key, party: Key) -> Result<String> {
    let r = store::one(tx, id)?;
    let role = r.role(party).filter(|role| r.is_known_to(*role)).ok_or(Error::NotFound)?;
    let set = seen(tx, &r, role, party)?.set.ok_or(Error::NotFound)?;
    let (me, other) = if party == r.client.id { (&r.client, &r.professional) } else { (&r.professional, &r.client) };
    let now = tx.now();
    Ok(calendar::file(public_url, Method::Publish, "", &[entry(&r, &set, me, other, set.set_by)], now))
}

/// The dates of somebody's referrals: meetings, answers that are waited for, windows that close, work to follow up.
///
/// # Errors
/// The database's.
pub fn dates(tx: &mut Tx<'_>, me: Key) -> Result<Vec<Entry>> {
    let now = tx.now();
    let mut all = Vec::new();
    let meetings = of_party(tx, me)?;
    for r in store::of_party(tx, me)? {
        let Some(role) = r.role(me).filter(|role| r.is_known_to(*role)) else { continue };
        let day = |uid: &str, at: i64, title: String| Entry {
            uid: format!("referral-{}-{uid}", r.id),
            sequence: 0,
            slot: Slot::Day(at),
            title,
            notes: String::new(),
            place: String::new(),
            path: format!("/referrals/{}", r.id),
            people: None,
            is_cancelled: false,
        };
        if let Some(asked) = r.position().waits_for().filter(|asked| r.side(*asked).id == me) {
            let whom = if asked == Role::Referrer { r.asker.first() } else { r.referrer.first() };
            all.push(day("answer", r.updated_at + super::letters::CLOSE, format!("Last day to answer {whom}")));
        }
        if let Some(set) = meetings.get(&r.id).filter(|_| shares_meeting(&r, role)) {
            let (mine, other) =
                if role == Role::Client { (&r.client, &r.professional) } else { (&r.professional, &r.client) };
            all.push(entry(&r, set, mine, other, set.set_by));
        }
        if let Some(closes) = r.closes_at.filter(|at| *at > now && r.revealed_at.is_none() && role != Role::Asker) {
            let about = if role == Role::Professional { r.client.first() } else { r.professional.first() };
            all.push(day("outcome", closes, format!("Last day to say how it was: {about}")));
        }
        let waits = matches!(r.state, State::Introduced | State::InContact | State::Proposal);
        if role == Role::Professional && waits {
            all.push(day(
                "follow-up",
                r.updated_at + FOLLOW_UP,
                format!("No news for two weeks: follow up with {}", r.client.first()),
            ));
        }
    }
    Ok(all)
}
