//! What people want written to them: chosen on a page, or taken back from a letter without signing in.

use super::Letter;
use super::topics::{self, Pace, Topic};
use crate::error::{Error, Result};
use crate::key::{Key, hash_token};
use store::{Tx, sql};

/// What decides about one letter.
pub(super) struct Wish {
    /// Whether and when.
    pub pace: Pace,
    /// The network's name, for its head.
    pub network: String,
}

/// Reads what its reader chose, and whether their address works at all.
pub(super) fn wish(tx: &mut Tx<'_>, letter: &Letter<'_>, topic: &Topic) -> Result<Wish> {
    let (network, chosen, muted, bounced) = tx
        .row(
            sql!(
                "SELECT (SELECT value FROM settings WHERE name = 'network name'),
                   (SELECT pace FROM letter_choices WHERE party_id = $1 AND topic = $2),
                   EXISTS (SELECT 1 FROM letter_mutes WHERE party_id = $1 AND subject_id = $3),
                   EXISTS (SELECT 1 FROM bounces WHERE address_hash = $4)"
            ),
            &[&letter.to, &topic.name, &letter.about, &hash_token(letter.address)],
            |r| Ok((r.get::<Option<String>>(0)?, r.get::<Option<String>>(1)?, r.get::<bool>(2)?, r.get::<bool>(3)?)),
        )?
        .unwrap_or_default();
    let chosen = chosen.and_then(|pace| Pace::parse(&pace)).filter(|pace| topic.paces.contains(pace));
    let pace = match chosen.or(topic.paces.first().copied()) {
        _ if bounced && topic.name != "account" => Pace::Never,
        Some(_) if muted => Pace::Never,
        Some(pace) => pace,
        None => Pace::Instant,
    };
    Ok(Wish { pace, network: network.unwrap_or_else(|| "Goodword".to_owned()) })
}

/// When digests come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// IANA; empty is the network's.
    pub zone: String,
    /// 0 to 23.
    pub hour: i64,
    /// 1 is Monday.
    pub weekday: i64,
}

impl Default for Times {
    fn default() -> Self {
        Self { zone: String::new(), hour: 8, weekday: 1 }
    }
}

/// When `party` wants digests.
pub(super) fn times(tx: &mut Tx<'_>, party: Key) -> Result<Times> {
    let found = tx.row(sql!("SELECT zone, hour, weekday FROM letter_times WHERE party_id = $1"), &[&party], |r| {
        Ok(Times { zone: r.get(0)?, hour: r.get(1)?, weekday: r.get(2)? })
    })?;
    Ok(found.unwrap_or_default())
}

/// Sets when digests come.
pub(super) fn set_times(tx: &mut Tx<'_>, party: Key, times: &Times) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO letter_times (party_id, zone, hour, weekday) VALUES ($1, $2, $3, $4)
             ON CONFLICT (party_id) DO UPDATE SET zone = excluded.zone, hour = excluded.hour, weekday = excluded.weekday"
        ),
        &[&party, &times.zone, &times.hour, &times.weekday],
    )?;
    Ok(())
}

/// What `party` chose, by topic; topics with their default are not among them.
pub(super) fn chosen(tx: &mut Tx<'_>, party: Key) -> Result<Vec<(String, Pace)>> {
    let all = tx.rows(sql!("SELECT topic, pace FROM letter_choices WHERE party_id = $1"), &[&party], |r| {
        Ok((r.get::<String>(0)?, r.get::<String>(1)?))
    })?;
    Ok(all.into_iter().filter_map(|(topic, pace)| Some((topic, Pace::parse(&pace)?))).collect())
}

/// Chooses a pace for a topic.
///
/// # Errors
/// [`Error::BadRequest`] for a pace this topic does not have.
pub(super) fn choose(tx: &mut Tx<'_>, party: Key, topic: &Topic, pace: Pace) -> Result<()> {
    if !topic.paces.contains(&pace) {
        return Err(Error::BadRequest(format!("“{}” cannot be had that way. {}", topic.title, topic.what)));
    }
    tx.execute(
        sql!(
            "INSERT INTO letter_choices (party_id, topic, pace) VALUES ($1, $2, $3)
             ON CONFLICT (party_id, topic) DO UPDATE SET pace = excluded.pace"
        ),
        &[&party, &topic.name, &pace.name()],
    )?;
    Ok(())
}

/// A letter by the secret of its one-click address.
pub(super) struct Sent {
    party: Key,
    about: Option<Key>,
    /// Of its kind.
    pub topic: &'static Topic,
}

impl Sent {
    /// Whether only this one conversation ends.
    pub fn is_one_thread(&self) -> bool {
        self.topic.is_thread && self.about.is_some()
    }
}

/// The letter a one-click address came with.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) fn by_token(tx: &mut Tx<'_>, token: &str) -> Result<Sent> {
    let found = tx.row(
        sql!("SELECT party_id, subject_id, kind FROM letters WHERE unsubscribe_hash = $1"),
        &[&hash_token(token)],
        |r| Ok((r.get::<Option<Key>>(0)?, r.get::<Option<Key>>(1)?, r.get::<String>(2)?)),
    )?;
    let (party, about, kind) = found.ok_or(Error::NotFound)?;
    Ok(Sent { party: party.ok_or(Error::NotFound)?, about, topic: topics::of(&kind) })
}

/// Ends (or, with `again`, takes up) what a letter was one of: its conversation where it belongs to one, unless `all`
/// of the topic is meant; the digests; otherwise its topic.
pub(super) fn unsubscribe(tx: &mut Tx<'_>, sent: &Sent, all: bool, again: bool) -> Result<()> {
    let (party, topic) = (sent.party, sent.topic);
    match (topic.name, sent.about.filter(|_| topic.is_thread && !all), again) {
        // Which topics were gathered is not kept, so this one has no way back but the page of choices.
        ("digest", _, true) => {}
        ("digest", _, false) => {
            tx.execute(
                sql!("UPDATE letter_choices SET pace = 'never' WHERE party_id = $1 AND pace IN ('daily', 'weekly')"),
                &[&party],
            )?;
            tx.execute(sql!("DELETE FROM held_letters WHERE party_id = $1"), &[&party])?;
        }
        (_, Some(about), false) => {
            tx.execute(
                sql!("INSERT INTO letter_mutes (party_id, subject_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"),
                &[&party, &about],
            )?;
        }
        (_, Some(about), true) => {
            tx.execute(sql!("DELETE FROM letter_mutes WHERE party_id = $1 AND subject_id = $2"), &[&party, &about])?;
        }
        (_, None, false) => choose(tx, party, topic, Pace::Never)?,
        (_, None, true) => {
            tx.execute(sql!("DELETE FROM letter_choices WHERE party_id = $1 AND topic = $2"), &[&party, &topic.name])?;
        }
    }
    Ok(())
}
