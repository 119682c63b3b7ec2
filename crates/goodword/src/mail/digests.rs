//! Letters kept for a digest: gathered by pace, sent once a day or a week at an hour the reader chose.

use super::choices::{self, Times};
use super::topics::{self, Pace};
use super::{Letter, Part};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::say;
use jiff::civil::Weekday;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use store::{Tx, sql};

/// Letters in one digest; the rest is one line.
const MOST: usize = 30;

/// Keeps a letter, and makes sure that a digest comes.
pub(super) fn hold(tx: &mut Tx<'_>, letter: &Letter<'_>, pace: Pace) -> Result<()> {
    let Some(party) = letter.to else { return Ok(()) };
    let parts = serde_json::to_string(&letter.parts).map_err(|e| Error::Internal(e.into()))?;
    let (id, now) = (tx.id(), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO held_letters (id, party_id, pace, kind, subject, parts, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &[&id, &party, &pace.name(), &letter.kind, &formats::text::clean_line(&letter.subject), &parts, &now],
    )?;
    let times = choices::times(tx, party)?;
    let zone = zone(tx, &times)?;
    let due = next(now, &zone, &times, pace == Pace::Weekly);
    // One a day or week: the second letter finds the job there.
    let day = say::iso_date(due, &zone);
    tx.enqueue(&format!("digest-{}-{day}", pace.name()), &party.to_string(), "", due)?;
    Ok(())
}

/// The zone somebody reads the clock in: their own choice, else the network's.
///
/// # Errors
/// The database's.
pub fn zone_of(tx: &mut Tx<'_>, party: Key) -> Result<TimeZone> {
    let times = choices::times(tx, party)?;
    zone(tx, &times)
}

/// The zone somebody reads the clock in.
pub(super) fn zone(tx: &mut Tx<'_>, times: &Times) -> Result<TimeZone> {
    let name = match times.zone.as_str() {
        "" => tx.value(sql!("SELECT value FROM settings WHERE name = 'time zone'"), &[])?.unwrap_or_default(),
        own => own.to_owned(),
    };
    Ok(TimeZone::get(&name).unwrap_or(TimeZone::UTC))
}

/// The next time the clock on the wall shows the hour (on the weekday), strictly after `now`.
fn next(now: i64, zone: &TimeZone, times: &Times, weekly: bool) -> i64 {
    let here = Timestamp::from_microsecond(now).unwrap_or_default().to_zoned_datetime(zone.clone());
    let hour = i8::try_from(times.hour).unwrap_or(8);
    let day = i8::try_from(times.weekday).ok().and_then(|d| Weekday::from_monday_one_offset(d).ok());
    let is_day = |date: jiff::civil::Date| !weekly || day.is_none_or(|day| date.weekday() == day);
    (0..=8)
        .filter_map(|days| here.date().checked_add(days.days()).ok())
        .filter(|date| is_day(*date))
        .filter_map(|date| date.at(hour, 0, 0, 0).to_zoned_datetime(zone.clone()).ok())
        .map(|at| at.timestamp().as_microsecond())
        .find(|at| *at > now)
        .unwrap_or(now + store::DAY)
}

/// Sends a digest, if there is still something to say.
///
/// # Errors
/// The database's.
pub fn run_job(tx: &mut Tx<'_>, public_url: &str, kind: &str, party: Key) -> Result<()> {
    let pace = if kind.starts_with("digest-weekly") { Pace::Weekly } else { Pace::Daily };
    let held = tx.rows(
        sql!(
            "DELETE FROM held_letters WHERE party_id = $1 AND pace = $2
             RETURNING kind, subject, parts, created_at, id"
        ),
        &[&party, &pace.name()],
        |r| Ok((r.get::<String>(0)?, r.get::<String>(1)?, r.get::<String>(2)?, r.get::<i64>(3)?, r.get::<Key>(4)?)),
    )?;
    let reader = tx.row(
        sql!("SELECT name, email FROM parties WHERE id = $1 AND status = 'active' AND email IS NOT NULL"),
        &[&party],
        |r| Ok((r.get::<String>(0)?, r.get::<String>(1)?)),
    )?;
    let Some((name, address)) = reader else { return Ok(()) };
    // What was switched off since is not written.
    let choices = choices::chosen(tx, party)?;
    let is_off =
        |kind: &str| choices.iter().any(|(topic, pace)| *topic == topics::of(kind).name && *pace == Pace::Never);
    let mut held: Vec<_> = held.into_iter().filter(|(kind, ..)| !is_off(kind)).collect();
    held.sort_by_key(|(_, _, _, at, id)| (*at, *id));
    let Some((_, first, ..)) = held.first() else { return Ok(()) };
    let span = if pace == Pace::Weekly { "week" } else { "day" };
    let subject = match held.len() {
        1 => format!("Your {span}: {first}"),
        more => format!("Your {span}: {first}, and {} more", more - 1),
    };
    let mut parts = Vec::new();
    let left = held.len().saturating_sub(MOST);
    for (_, subject, body, ..) in held.into_iter().take(MOST) {
        parts.push(Part::Heading(subject));
        parts.extend(serde_json::from_str::<Vec<Part>>(&body).map_err(|e| Error::Internal(e.into()))?);
    }
    if left > 0 {
        parts.push(Part::Heading(format!("And {}", say::count(left, "thing"))));
        parts.push(Part::Button("Read them on the site".into(), "/notices".into()));
    }
    let letter = Letter {
        kind: "digest",
        about: None,
        to: Some(party),
        address: &address,
        name: &name,
        subject,
        parts,
        card: None,
    };
    super::post(tx, public_url, &letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<jiff::ZonedDateTime>().unwrap().timestamp().as_microsecond()
    }

    #[test]
    fn a_digest_comes_at_the_hour_on_the_readers_wall() {
        let zone = TimeZone::get("America/Los_Angeles").unwrap();
        let times = Times { zone: String::new(), hour: 8, weekday: 1 };
        let la = "[America/Los_Angeles]";
        for (now, weekly, due) in [
            ("2026-03-06T07:59:00-08:00", false, "2026-03-06T08:00:00-08:00"),
            // On the dot is too late: that one has gone.
            ("2026-03-06T08:00:00-08:00", false, "2026-03-07T08:00:00-08:00"),
            // The clocks go forward in between: still 8 on the wall.
            ("2026-03-07T20:00:00-08:00", false, "2026-03-08T08:00:00-07:00"),
            // 6 March 2026 is a Friday.
            ("2026-03-06T12:00:00-08:00", true, "2026-03-09T08:00:00-07:00"),
            ("2026-03-09T08:00:00-07:00", true, "2026-03-16T08:00:00-07:00"),
        ] {
            assert_eq!(next(at(&format!("{now}{la}")), &zone, &times, weekly), at(&format!("{due}{la}")), "{now}");
        }
        // An hour that does not exist that night comes an hour later.
        let early = Times { hour: 2, ..times };
        let due = next(at(&format!("2026-03-07T20:00:00-08:00{la}")), &zone, &early, false);
        assert_eq!(due, at(&format!("2026-03-08T03:00:00-07:00{la}")));
    }
}
