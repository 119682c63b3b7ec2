//! The course after the introduction: moved by client and professional, undone within a day, called off; and what time
//! does by itself.

use super::letters::{self, ask_client, ask_professional, ask_referrer, tell_ended};
use super::rules::{Deed, LOST, Role, State};
use super::store::{self, Event, Referral};
use super::{appointments, asking, consenting};
use crate::error::{Error, Result};
use crate::input::{Check, Note};
use crate::key::Key;
use crate::{say, vouches};
use ::store::{DAY, Tx, sql};

/// A move can be undone this long (µs).
pub const UNDO: i64 = DAY;

/// A move, as its author chose it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where to.
    pub to: State,
    /// Why no job came of it and a note: for the author alone.
    pub own: String,
}

impl Step {
    /// A step without a note.
    pub fn to(state: State) -> Self {
        Self { to: state, own: String::new() }
    }

    /// Checks what was sent. A form sends the reason with the state, as `lost: price`.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn read(to: &str, reason: &str, note: &str) -> Result<Self> {
        let (to, reason) = to.split_once(": ").unwrap_or((to, reason));
        let mut check = Check::default();
        let state = State::parse(to);
        if state.is_none() {
            check.refuse("to", "Please choose where it stands now.");
        }
        let why = LOST.iter().find(|(value, _)| *value == reason).map(|(_, title)| *title);
        if state == Some(State::Lost) && why.is_none() {
            check.refuse("reason", "Please choose why no job came of it. Only you ever read it.");
        }
        let note = check.take(Note::optional("note", note))?.unwrap_or_default();
        check.finish()?;
        let why = why.filter(|_| state == Some(State::Lost)).unwrap_or_default();
        let own = [why, note.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(". ");
        state.map(|to| Self { to, own }).ok_or(Error::NotFound)
    }
}

/// Moves a referral on. The same move twice is one move.
///
/// # Errors
/// [`Error::Conflict`] for a stale page or a move the rules do not allow.
pub fn move_to(tx: &mut Tx<'_>, id: Key, party: Key, step: &Step, seen: i64) -> Result<bool> {
    let to = step.to;
    let r = store::one(tx, id)?;
    let role = r.role(party).filter(|role| r.is_known_to(*role)).ok_or(Error::NotFound)?;
    if r.state == to {
        return Ok(false);
    }
    if seen != r.version {
        return Err(store::stale());
    }
    let after = r.position().after(Some(role), Deed::Move(to)).ok_or_else(|| {
        Error::Conflict(format!("From “{}” it cannot go to “{}”. Nothing was changed.", r.state.words(), to.words()))
    })?;
    store::put(tx, &r, after)?;
    store::event(tx, id, Some(party), "move", Some(r.state), Some(to), &step.own)?;
    if to == State::Lost {
        lost(tx, id, role == Role::Client)?;
    }
    // Work paid for: standing to judge may follow from it.
    if matches!(to, State::Won | State::Done) || matches!(r.state, State::Won) {
        tx.change("referral", id.0)?;
    }
    let moved = store::one(tx, id)?;
    schedule_outcome(tx, &moved)?;
    tell_moved(tx, &moved, party, to)?;
    Ok(true)
}

/// Only the client can say that no work was done: a job the other side calls lost is scored as the client answers.
fn lost(tx: &mut Tx<'_>, id: Key, by_client: bool) -> Result<()> {
    tx.execute(sql!("UPDATE referrals SET lost_by_client = $1 WHERE id = $2"), &[&by_client, &id])?;
    Ok(())
}

fn tell_moved(tx: &mut Tx<'_>, r: &Referral, by: Key, to: State) -> Result<()> {
    let url = format!("/referrals/{}", r.id);
    let other = if by == r.client.id { &r.professional } else { &r.client };
    let who = if by == r.client.id { r.client.first() } else { r.professional.first() };
    if other.kind == "member" {
        let words = format!("{who} moved your introduction to “{}”.", to.words());
        vouches::notify(tx, other.id, "referral", &words, &url)?;
    }
    Ok(())
}

/// The last move, where this person made it within a day.
pub fn undoable(r: &Referral, events: &[Event], party: Key, now: i64) -> Option<Event> {
    let last = events.iter().rev().find(|e| e.to.is_some() && e.undone_at.is_none())?;
    let mine = last.kind == "move" && last.actor == Some(party) && last.to == Some(r.state);
    (mine && now - last.at < UNDO && r.revealed_at.is_none()).then(|| last.clone())
}

/// Takes back one's own last move within a day; the history keeps both.
///
/// # Errors
/// [`Error::Conflict`] when there is nothing to undo any more.
pub fn undo(tx: &mut Tx<'_>, id: Key, party: Key) -> Result<State> {
    let r = store::one(tx, id)?;
    r.role(party).filter(|role| r.is_known_to(*role)).ok_or(Error::NotFound)?;
    let (events, now) = (store::events(tx, id)?, tx.now());
    let nothing = || Error::Conflict("There is nothing to undo any more: a move can be taken back for a day.".into());
    let last = undoable(&r, &events, party, now).ok_or_else(nothing)?;
    let back = last.from.ok_or_else(nothing)?;
    if last.to.is_some_and(State::asks_outcome) {
        withdraw_window(tx, &r)?;
        lost(tx, id, false)?;
    }
    tx.execute(sql!("UPDATE referral_events SET undone_at = $1 WHERE id = $2"), &[&now, &last.id])?;
    store::put(tx, &r, super::rules::Position { state: back, ..r.position() })?;
    store::event(tx, id, Some(party), "undo", None, None, "")?;
    tx.change("referral", id.0)?;
    let r = store::one(tx, id)?;
    schedule_outcome(tx, &r)?;
    Ok(back)
}

/// Calls it off.
///
/// # Errors
/// [`Error::Conflict`] when it has ended already.
pub fn cancel(tx: &mut Tx<'_>, public_url: &str, id: Key, party: Key) -> Result<bool> {
    let r = store::one(tx, id)?;
    let role = r.role(party).filter(|role| r.is_known_to(*role)).ok_or(Error::NotFound)?;
    if r.state == State::Cancelled {
        return Ok(false);
    }
    let after = r
        .position()
        .after(Some(role), Deed::Cancel)
        .ok_or_else(|| Error::Conflict("This has ended already, or is not yours to call off.".into()))?;
    appointments::call_off(tx, public_url, id, party)?;
    store::put(tx, &r, after)?;
    store::event(tx, id, Some(party), "cancel", Some(r.state), Some(after.state), "")?;
    tell_ended(tx, public_url, &r, Some(party), None)?;
    if role == Role::Client {
        consenting::forget_client(tx, &r)?;
    }
    Ok(true)
}

/// When the outcome is asked for by itself: 7 days after the need's date, or 60 days after the last update without one.
///
/// # Errors
/// The database's.
pub fn window_due(tx: &mut Tx<'_>, r: &Referral) -> Result<i64> {
    let day: Option<String> = match r.need {
        Some(need) => tx
            .value::<Option<String>>(sql!("SELECT COALESCE(date_to, date_from) FROM needs WHERE id = $1"), &[&need])?
            .flatten(),
        None => None,
    };
    let dated = day.and_then(|d| d.parse::<jiff::civil::Date>().ok()).and_then(|d| {
        let at = d.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok()?;
        Some(at.timestamp().as_microsecond() + 7 * DAY)
    });
    Ok(dated.filter(|at| *at > r.updated_at).unwrap_or(r.updated_at + 60 * DAY))
}

/// Closes a window that a move had opened. An answer given meanwhile stays sealed and stands when the window opens again:
/// whoever takes the move back does not learn whether there is one.
fn withdraw_window(tx: &mut Tx<'_>, r: &Referral) -> Result<()> {
    tx.execute(sql!("UPDATE referrals SET opened_at = NULL, closes_at = NULL WHERE id = $1"), &[&r.id])?;
    Ok(())
}

/// Enqueues the question how it was for when it is due: at once when somebody said it has ended. One that is too early
/// by then, because the referral moved on, does nothing.
///
/// # Errors
/// The database's.
pub fn schedule_outcome(tx: &mut Tx<'_>, r: &Referral) -> Result<()> {
    if r.state.is_introduced() || r.state.asks_outcome() {
        let due = if r.state.asks_outcome() { tx.now() } else { window_due(tx, r)? };
        tx.enqueue(&format!("outcome-open-{}", r.version), &r.id.to_string(), "", due)?;
    }
    Ok(())
}

/// The jobs this feature enqueued.
///
/// # Errors
/// The database's.
pub fn run_job(tx: &mut Tx<'_>, public_url: &str, kind: &str, id: Key) -> Result<()> {
    let Ok(r) = store::one(tx, id) else { return Ok(()) };
    let waits = match r.position().waits_for() {
        Some(Role::Referrer) => "referrer",
        Some(Role::Client) => "client",
        Some(Role::Professional) => "professional",
        _ => return Ok(()),
    };
    match kind.strip_prefix("referral-").unwrap_or(kind).split_once('-') {
        Some(("reminder", whom)) if whom == waits => match whom {
            "referrer" => ask_referrer(tx, public_url, &r, true),
            "client" => ask_client(tx, public_url, &r, true),
            _ => ask_professional(tx, public_url, &r, true),
        },
        Some(("expiry", whom)) if whom == waits => expire(tx, public_url, &r),
        Some(("next", _)) if waits == "referrer" => offer_next_voice(tx, public_url, &r),
        _ => Ok(()),
    }
}

fn expire(tx: &mut Tx<'_>, public_url: &str, r: &Referral) -> Result<()> {
    let Some(after) = r.position().after(None, Deed::Expire) else { return Ok(()) };
    let waited = r.position().waits_for();
    store::put(tx, r, after)?;
    store::event(tx, r.id, None, "expire", Some(r.state), Some(after.state), "")?;
    tell_ended(tx, public_url, r, None, None)?;
    if waited == Some(Role::Client) {
        consenting::forget_client(tx, r)?;
    }
    Ok(())
}

/// After five days without an answer the asker is offered another voice; the first may still answer.
fn offer_next_voice(tx: &mut Tx<'_>, public_url: &str, r: &Referral) -> Result<()> {
    let (Some(need), Some(next)) = (r.need, asking::next_voice(tx, r)?) else { return Ok(()) };
    let url = format!("/referrals/new?need={need}&professional={}&referrer={}", r.professional.id, next.id);
    let words = format!(
        "{} has not answered yet. {} vouched for {} too: you may ask there.",
        r.referrer.name, next.name, r.professional.name
    );
    let parts = vec![
        crate::mail::Part::Text(words.clone()),
        crate::mail::Part::Button(format!("Ask {}", say::first_name(&next.name)), url.clone()),
    ];
    let subject = format!("{} could be asked too", next.name);
    letters::member_letter(tx, public_url, r, &r.asker, "next-voice", (subject, &words), (parts, None), &url)
}
