//! The SQL of outcomes.

use super::Answer;
use super::rules::{Role, Window, score, window};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::{live, say};
use ::store::{Row, Tx, sql};

/// One of the three.
#[derive(Clone, Debug)]
pub struct Side {
    /// Their party.
    pub id: Key,
    /// Their name.
    pub name: String,
    /// `member`, `client`, …
    pub kind: String,
    /// Private.
    pub email: Option<String>,
}

impl Side {
    /// "Ana".
    pub fn first(&self) -> &str {
        say::first_name(&self.name)
    }
}

/// What the outcome needs to know of a referral.
#[derive(Clone, Debug)]
pub struct Case {
    /// The referral.
    pub id: Key,
    /// Who put the name to it.
    pub referrer: Side,
    /// Who was recommended.
    pub professional: Side,
    /// Who needed somebody.
    pub client: Side,
    /// Occupation code, or `general`.
    pub field: String,
    /// As stored, e.g. `not suitable`.
    pub state: String,
    /// Percent: the referrer's and the client's to know.
    pub confidence: Option<i64>,
    /// The engine's own, without the referrer's word, 0 to 1.
    pub forecast: Option<f64>,
    /// µs: no more letters to the client.
    pub stopped_at: Option<i64>,
    /// µs.
    pub opened_at: Option<i64>,
    /// µs.
    pub closes_at: Option<i64>,
    /// µs.
    pub revealed_at: Option<i64>,
    /// µs.
    pub updated_at: i64,
    /// The day of the need as ISO date.
    pub day: Option<String>,
    /// Client and professional were brought together.
    pub introduced: bool,
    /// The client moved it to lost: no work was done.
    pub lost_by_client: bool,
}

impl Case {
    /// Which of the three somebody is.
    pub fn role(&self, party: Key) -> Option<Role> {
        Role::ALL.into_iter().find(|role| self.side(*role).id == party)
    }

    /// Who has this part.
    pub fn side(&self, role: Role) -> &Side {
        match role {
            Role::Client => &self.client,
            Role::Professional => &self.professional,
            Role::Referrer => &self.referrer,
        }
    }

    /// The first names of the other two.
    pub fn others(&self, role: Role) -> String {
        let names: Vec<String> =
            Role::ALL.into_iter().filter(|r| *r != role).map(|r| self.side(r).first().to_owned()).collect();
        say::list(&names)
    }

    /// Where the questions stand.
    pub fn window(&self, now: i64) -> Window {
        window(self.closes_at, self.revealed_at, now)
    }

    /// "florist".
    pub fn trade(&self) -> String {
        live::field_noun(&self.field)
    }

    /// When the need's day begins (µs, UTC).
    pub fn day_at(&self) -> Option<i64> {
        let day: jiff::civil::Date = self.day.as_deref()?.parse().ok()?;
        Some(day.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond())
    }

    /// "very probably", …: the referrer's confidence in words.
    pub fn confidence_words(&self) -> Option<&'static str> {
        Some(match self.confidence? {
            ..68 => "more likely than not",
            68..80 => "probably",
            80..90 => "very probably",
            _ => "almost certainly",
        })
    }
}

fn side(r: &Row<'_>, at: usize) -> ::store::Result<Side> {
    Ok(Side { id: r.get(at)?, name: r.get(at + 1)?, kind: r.get(at + 2)?, email: r.get(at + 3)? })
}

/// One referral, whoever asks: callers decide who may see it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn case(tx: &mut Tx<'_>, id: Key) -> Result<Case> {
    tx.row(
        sql!(
            "SELECT f.id, f.name, f.kind, f.email, p.id, p.name, p.kind, p.email, c.id, c.name, c.kind, c.email,
               r.id, r.field, r.state, r.confidence, r.forecast, r.client_stopped_at, r.opened_at,
               r.closes_at, r.revealed_at, r.updated_at, COALESCE(n.date_to, n.date_from),
               r.introduced_at IS NOT NULL, r.lost_by_client
             FROM referrals r JOIN parties f ON f.id = r.referrer_id JOIN parties p ON p.id = r.professional_id
               JOIN parties c ON c.id = r.client_id LEFT JOIN needs n ON n.id = r.need_id
             WHERE r.id = $1"
        ),
        &[&id],
        |r| {
            Ok(Case {
                referrer: side(r, 0)?,
                professional: side(r, 4)?,
                client: side(r, 8)?,
                id: r.get(12)?,
                field: r.get(13)?,
                state: r.get(14)?,
                confidence: r.get(15)?,
                forecast: r.get(16)?,
                stopped_at: r.get(17)?,
                opened_at: r.get(18)?,
                closes_at: r.get(19)?,
                revealed_at: r.get(20)?,
                updated_at: r.get(21)?,
                day: r.get(22)?,
                introduced: r.get(23)?,
                lost_by_client: r.get(24)?,
            })
        },
    )?
    .ok_or(Error::NotFound)
}

/// Sets or takes back the window.
///
/// # Errors
/// The database's.
pub fn set_window(tx: &mut Tx<'_>, id: Key, window: Option<(i64, i64)>) -> Result<()> {
    let (opened, closes) = window.unzip();
    tx.execute(
        sql!("UPDATE referrals SET opened_at = $1, closes_at = $2 WHERE id = $3 AND revealed_at IS NULL"),
        &[&opened, &closes, &id],
    )?;
    Ok(())
}

/// Holds the referral's row to the end of the transaction, so that of two last answers at the same moment one sees the
/// other.
///
/// # Errors
/// The database's.
pub fn hold(tx: &mut Tx<'_>, id: Key) -> Result<()> {
    tx.execute(sql!("UPDATE referrals SET opened_at = opened_at WHERE id = $1"), &[&id])?;
    Ok(())
}

/// Notes that the answers are open; says whether they were sealed until now.
///
/// # Errors
/// The database's.
pub fn set_revealed(tx: &mut Tx<'_>, id: Key) -> Result<bool> {
    let now = tx.now();
    let done =
        tx.execute(sql!("UPDATE referrals SET revealed_at = $1 WHERE id = $2 AND revealed_at IS NULL"), &[&now, &id])?;
    Ok(done == 1)
}

/// The client wants no more letters about this one.
///
/// # Errors
/// The database's.
pub fn set_stopped(tx: &mut Tx<'_>, id: Key) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!("UPDATE referrals SET client_stopped_at = COALESCE(client_stopped_at, $1) WHERE id = $2"),
        &[&now, &id],
    )?;
    Ok(())
}

/// Letters somebody got about this referral.
///
/// # Errors
/// The database's.
pub fn letters_about(tx: &mut Tx<'_>, id: Key, party: Key) -> Result<i64> {
    Ok(tx
        .value(sql!("SELECT COUNT(*) FROM letters WHERE subject_id = $1 AND party_id = $2"), &[&id, &party])?
        .unwrap_or(0))
}

/// Seals an answer, in place of an earlier one.
///
/// # Errors
/// The database's.
pub fn put(tx: &mut Tx<'_>, referral: Key, role: Role, party: Key, answer: &Answer) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO outcomes (id, referral_id, role, party_id, answer, again, amount, currency, tell_amount, words,
               publish_as, answered_at, no_work, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)
             ON CONFLICT (referral_id, role) DO UPDATE SET party_id = excluded.party_id, answer = excluded.answer,
               again = excluded.again, amount = excluded.amount, currency = excluded.currency,
               tell_amount = excluded.tell_amount, words = excluded.words, publish_as = excluded.publish_as,
               answered_at = excluded.answered_at, no_work = excluded.no_work, version = outcomes.version + 1"
        ),
        &[
            &id,
            &referral,
            &role.as_str(),
            &party,
            &answer.answer,
            &answer.again,
            &answer.amount,
            &"USD",
            &answer.tell_amount,
            &answer.words,
            &answer.publish_as,
            &now,
            &answer.no_work,
        ],
    )?;
    Ok(())
}

/// An answer as stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Whose.
    pub role: Role,
    /// As stored.
    pub answer: String,
    /// Private.
    pub again: Option<String>,
    /// Minor units; its author's, and the referrer's where ticked.
    pub amount: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Whether the referrer may read the amount.
    pub tell_amount: bool,
    /// Own words.
    pub words: String,
    /// µs.
    pub at: i64,
    /// The client's: no work was done.
    pub no_work: bool,
}

/// All answers of a referral. Sealed ones too: only this folder may ask.
///
/// # Errors
/// The database's.
pub fn answers(tx: &mut Tx<'_>, referral: Key) -> Result<Vec<Stored>> {
    let found = tx.rows(
        sql!(
            "SELECT role, answer, again, amount, currency, tell_amount, words, answered_at, no_work FROM outcomes
             WHERE referral_id = $1 ORDER BY role"
        ),
        &[&referral],
        |r| {
            let Some(role) = Role::parse(&r.get::<String>(0)?) else { return Ok(None) };
            Ok(Some(Stored {
                role,
                answer: r.get(1)?,
                again: r.get(2)?,
                amount: r.get(3)?,
                currency: r.get(4)?,
                tell_amount: r.get(5)?,
                words: r.get(6)?,
                at: r.get(7)?,
                no_work: r.get(8)?,
            }))
        },
    )?;
    Ok(found.into_iter().flatten().collect())
}

/// Where the client's town is needed, for "Dana, Santa Monica": a member's own, else where the work was wanted.
///
/// # Errors
/// The database's.
pub fn town_of(tx: &mut Tx<'_>, referral: Key) -> Result<String> {
    let town = tx.value(
        sql!(
            "SELECT CASE WHEN c.kind = 'member' THEN COALESCE(f.town, '') ELSE r.shared_place END
             FROM referrals r JOIN parties c ON c.id = r.client_id LEFT JOIN profiles f ON f.party_id = c.id WHERE r.id = $1"
        ),
        &[&referral],
    )?;
    Ok(town.unwrap_or_default())
}

/// A question that waits for somebody, or an answer of theirs that is still sealed.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The referral.
    pub referral: Key,
    /// Which of the three they are.
    pub role: String,
    /// Who was recommended.
    pub professional: String,
    /// Who needed somebody.
    pub client: String,
    /// µs.
    pub closes_at: i64,
    /// µs, where they answered.
    pub answered_at: Option<i64>,
}

/// Open windows somebody is asked in, the first to close first.
///
/// # Errors
/// The database's.
pub fn waiting(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Waiting>> {
    let now = tx.now();
    Ok(tx.rows(
        sql!(
            "SELECT r.id, CASE WHEN r.client_id = $1 THEN 'client' WHEN r.professional_id = $1 THEN 'professional'
               ELSE 'referrer' END, p.name, c.name, r.closes_at, o.answered_at
             FROM referrals r JOIN parties p ON p.id = r.professional_id JOIN parties c ON c.id = r.client_id
               LEFT JOIN outcomes o ON o.referral_id = r.id AND o.party_id = $1
             WHERE (r.client_id = $1 OR r.professional_id = $1 OR r.referrer_id = $1)
               AND r.revealed_at IS NULL AND r.closes_at > $2
             ORDER BY r.closes_at, r.id LIMIT 200"
        ),
        &[&party, &now],
        |r| {
            Ok(Waiting {
                referral: r.get(0)?,
                role: r.get(1)?,
                professional: r.get(2)?,
                client: r.get(3)?,
                closes_at: r.get(4)?,
                answered_at: r.get(5)?,
            })
        },
    )?)
}

/// What the outcomes of a referrer's or a professional's referrals came to, up to and without one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Clients asked whose answers are open.
    pub asked: i64,
    /// Clients who answered.
    pub answered: i64,
    /// Scored outcomes.
    pub scored: i64,
    /// Their sum, in halves.
    pub halves: i64,
}

/// The open outcomes of somebody as referrer or as professional; `except` leaves one out.
///
/// # Errors
/// The database's.
pub fn tally(tx: &mut Tx<'_>, role: Role, party: Key, except: Option<Key>) -> Result<Tally> {
    let except = except.unwrap_or_default();
    let read = |r: &Row<'_>| Ok((r.get::<bool>(0)?, r.get::<Option<String>>(1)?));
    let rows = match role {
        Role::Referrer => tx.rows(
            sql!(
                "SELECT r.lost_by_client OR COALESCE(o.no_work, FALSE), o.answer FROM referrals r
                   LEFT JOIN outcomes o ON o.referral_id = r.id AND o.role = 'client'
                 WHERE r.referrer_id = $1 AND r.id <> $2 AND r.revealed_at IS NOT NULL"
            ),
            &[&party, &except],
            read,
        )?,
        _ => tx.rows(
            sql!(
                "SELECT r.lost_by_client OR COALESCE(o.no_work, FALSE), o.answer FROM referrals r
                   LEFT JOIN outcomes o ON o.referral_id = r.id AND o.role = 'client'
                 WHERE r.professional_id = $1 AND r.id <> $2 AND r.revealed_at IS NOT NULL"
            ),
            &[&party, &except],
            read,
        )?,
    };
    let mut sum = Tally::default();
    for (no_work, answer) in rows {
        sum.asked += 1;
        sum.answered += i64::from(answer.is_some());
        match score(no_work, answer.as_deref()) {
            Some(y) if y > 0.75 => (sum.scored, sum.halves) = (sum.scored + 1, sum.halves + 2),
            Some(y) if y > 0.25 => (sum.scored, sum.halves) = (sum.scored + 1, sum.halves + 1),
            Some(_) => sum.scored += 1,
            None => {}
        }
    }
    Ok(sum)
}

/// What clients answered in private about a professional, oldest first; only answers that are open.
///
/// # Errors
/// The database's.
pub fn again(tx: &mut Tx<'_>, professional: Key) -> Result<Vec<String>> {
    Ok(tx.rows(
        sql!(
            "SELECT o.again FROM outcomes o JOIN referrals r ON r.id = o.referral_id
             WHERE r.professional_id = $1 AND o.role = 'client' AND o.again IS NOT NULL AND r.revealed_at IS NOT NULL
             ORDER BY r.revealed_at, r.id"
        ),
        &[&professional],
        |r| r.get(0),
    )?)
}

/// What an outcome moved, for the one it moved.
#[derive(Clone, Debug)]
pub struct Move {
    /// The referral.
    pub referral: Key,
    /// `record` or `ranking`.
    pub what: String,
    /// Before it.
    pub before: f64,
    /// With it.
    pub after: f64,
    /// In words.
    pub why: String,
    /// µs.
    pub at: i64,
}

impl Move {
    /// `1.02` for a factor, `71 in 100` for what the ranking expects.
    pub fn say(&self, value: &f64) -> String {
        if self.what == "record" { format!("{value:.2}") } else { format!("{:.0} in 100", value * 100.0) }
    }

    /// Whether anything moved at all, as far as a person can read it.
    pub fn moved(&self) -> bool {
        self.say(&self.before) != self.say(&self.after)
    }
}

/// Somebody's own moves, newest first; of one referral only, where it is given.
///
/// # Errors
/// The database's.
pub fn moves(tx: &mut Tx<'_>, party: Key, of: Option<Key>) -> Result<Vec<Move>> {
    let all = tx.rows(
        sql!(
            "SELECT referral_id, what, before_value, after_value, why, at FROM moves WHERE party_id = $1
             ORDER BY at DESC, id DESC LIMIT 200"
        ),
        &[&party],
        |r| {
            Ok(Move {
                referral: r.get(0)?,
                what: r.get(1)?,
                before: r.get(2)?,
                after: r.get(3)?,
                why: r.get(4)?,
                at: r.get(5)?,
            })
        },
    )?;
    Ok(all.into_iter().filter(|m| of.is_none_or(|id| id == m.referral)).collect())
}

/// Writes one, once.
///
/// # Errors
/// The database's.
pub fn put_move(tx: &mut Tx<'_>, party: Key, moved: &Move) -> Result<()> {
    let known: Option<Key> = tx.value(
        sql!("SELECT id FROM moves WHERE referral_id = $1 AND party_id = $2 AND what = $3"),
        &[&moved.referral, &party, &moved.what],
    )?;
    if known.is_some() {
        return Ok(());
    }
    let id = tx.id();
    tx.execute(
        sql!(
            "INSERT INTO moves (id, referral_id, party_id, what, before_value, after_value, why, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &[&id, &moved.referral, &party, &moved.what, &moved.before, &moved.after, &moved.why, &moved.at],
    )?;
    Ok(())
}

/// How long the link to the questions, and then to the answers, is good (days).
pub const LINK_DAYS: i64 = 90;
