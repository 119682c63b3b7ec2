//! Webhooks: a member's program is called when something waits for them, with what the site tells them and no more.
//!
//! Signed as Standard Webhooks say (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`,
//! `webhook-signature: v1,BASE64(HMAC-SHA256(secret, id.timestamp.body))`.

pub(crate) mod api;
mod pages;
mod send;
#[cfg(test)]
mod tests;

pub use pages::routes;
pub use send::deliver;

use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::tz::TimeZone;
use outbound::Outbound;
use sha2::Sha256;
use store::{DAY, Row, Tx, sql};

/// What can be subscribed to: as sent, as shown. These are the kinds of notices.
pub const KINDS: [(&str, &str); 11] = [
    ("vouch", "A vouch for me, or something about one of mine"),
    ("ask", "Somebody asks me for an introduction"),
    ("consent", "I am asked whether to be introduced"),
    ("introduction", "An introduction was made"),
    ("referral", "A referral of mine moved"),
    ("ended", "A referral of mine did not go ahead"),
    ("next-voice", "Somebody else could be asked"),
    ("outcome", "I am asked how it was, or the answers are open"),
    ("need", "Somebody answered my need"),
    ("group", "Something about my groups"),
    ("invitation", "Somebody joined on my invitation"),
];
/// Sent by hand, to try it.
const PING: &str = "ping";
/// Webhooks one member may have.
const MOST: usize = 10;
/// Deliveries are kept this long (µs).
const KEPT: i64 = 30 * DAY;
/// A delivery is given up after so many attempts: about seventeen hours.
const ATTEMPTS: i64 = 12;
/// A webhook that has failed for this long (µs) without a success is switched off.
const PATIENCE: i64 = 5 * DAY;

/// A webhook, as its owner sees it.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: Key,
    /// Whose.
    pub party: Key,
    /// Where it goes.
    pub url: String,
    /// Empty: all of [`KINDS`].
    pub kinds: Vec<String>,
    /// `whsec_…`.
    pub secret: String,
    /// µs.
    pub created_at: i64,
    /// µs: since when nothing has arrived.
    pub failing_since: Option<i64>,
    /// µs.
    pub disabled_at: Option<i64>,
    /// In a sentence.
    pub disabled_why: String,
}

impl Webhook {
    /// "Vouches, introductions", or "everything".
    pub fn kinds_words(&self) -> String {
        if self.kinds.is_empty() { "everything".into() } else { self.kinds.join(", ") }
    }
}

/// One call, and what became of it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id, also the receiver's `webhook-id`.
    pub id: Key,
    /// One of [`KINDS`], or `ping`.
    pub kind: String,
    /// As sent.
    pub body: String,
    /// `waiting`, `delivered`, `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// µs.
    pub created_at: i64,
    /// µs.
    pub tried_at: Option<i64>,
    /// Of the last answer.
    pub status: Option<i64>,
    /// Its beginning, or why there was none.
    pub answer: String,
}

fn webhook(r: &Row<'_>) -> store::Result<Webhook> {
    Ok(Webhook {
        id: r.get(0)?,
        party: r.get(1)?,
        url: r.get(2)?,
        kinds: r.get::<String>(3)?.split(',').filter(|k| !k.is_empty()).map(str::to_owned).collect(),
        secret: r.get(4)?,
        created_at: r.get(5)?,
        failing_since: r.get(6)?,
        disabled_at: r.get(7)?,
        disabled_why: r.get(8)?,
    })
}

/// Somebody's webhooks, newest first.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Webhook>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, party_id, url, kinds, secret, created_at, failing_since, disabled_at, disabled_why FROM webhooks
             WHERE party_id = $1 ORDER BY created_at DESC, id DESC"
        ),
        &[&party],
        webhook,
    )?)
}

/// One of somebody's own.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn own(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<Webhook> {
    of(tx, party)?.into_iter().find(|w| w.id == id).ok_or(Error::NotFound)
}

/// Subscribes to `kinds` (none: all of them).
///
/// # Errors
/// [`Error::Invalid`] for an address that may not be called or a kind that is none; [`Error::TooMany`] beyond ten.
pub fn subscribe(tx: &mut Tx<'_>, outbound: &Outbound, party: Key, url: &str, kinds: &[String]) -> Result<Key> {
    let url = formats::text::clean_line(url);
    let url = outbound.check(&url).map_err(|e| Error::field("url", e.to_string()))?;
    if let Some(odd) = kinds.iter().find(|k| !KINDS.iter().any(|(known, _)| *known == k.as_str())) {
        return Err(Error::field("kinds", format!("Nothing here is called “{odd}”.")));
    }
    if of(tx, party)?.len() >= MOST {
        return Err(Error::TooMany(format!("You have {MOST} webhooks, the most there can be. Take one away first.")));
    }
    let (id, now) = (Key(tx.id()), tx.now());
    let mut bytes = [0u8; 32];
    tx.clock().random(&mut bytes);
    let secret = format!("whsec_{}", STANDARD.encode(bytes));
    tx.execute(
        sql!(
            "INSERT INTO webhooks (id, party_id, url, kinds, secret, created_at, disabled_why)
             VALUES ($1, $2, $3, $4, $5, $6, '')"
        ),
        &[&id, &party, &url.as_str(), &kinds.join(","), &secret, &now],
    )?;
    Ok(id)
}

/// Takes a webhook away, with its deliveries.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn unsubscribe(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<()> {
    own(tx, party, id)?;
    tx.execute(sql!("DELETE FROM webhook_deliveries WHERE webhook_id = $1"), &[&id])?;
    tx.execute(sql!("DELETE FROM webhooks WHERE id = $1"), &[&id])?;
    Ok(())
}

/// Switches a webhook on again.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn enable(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<()> {
    own(tx, party, id)?;
    tx.execute(
        sql!("UPDATE webhooks SET disabled_at = NULL, disabled_why = '', failing_since = NULL WHERE id = $1"),
        &[&id],
    )?;
    Ok(())
}

/// Deliveries of a webhook, newest first.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn deliveries(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<Vec<Delivery>> {
    own(tx, party, id)?;
    Ok(tx.rows(
        sql!(
            "SELECT id, kind, body, state, attempts, created_at, tried_at, status, answer FROM webhook_deliveries
             WHERE webhook_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200"
        ),
        &[&id],
        |r| {
            Ok(Delivery {
                id: r.get(0)?,
                kind: r.get(1)?,
                body: r.get(2)?,
                state: r.get(3)?,
                attempts: r.get(4)?,
                created_at: r.get(5)?,
                tried_at: r.get(6)?,
                status: r.get(7)?,
                answer: r.get(8)?,
            })
        },
    )?)
}

/// Calls what somebody's webhooks subscribed to, in the transaction of the notice. What is sent is what the notice says.
///
/// # Errors
/// The database's.
pub fn emit(tx: &mut Tx<'_>, party: Key, kind: &str, words: &str, path: &str) -> Result<()> {
    for hook in of(tx, party)? {
        if hook.disabled_at.is_none() && (hook.kinds.is_empty() || hook.kinds.iter().any(|k| k == kind)) {
            enqueue(tx, &hook, kind, words, path)?;
        }
    }
    Ok(())
}

/// Calls it once, to try it.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn ping(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<Key> {
    let hook = own(tx, party, id)?;
    enqueue(tx, &hook, PING, "This is a try.", &format!("/webhooks/{id}"))
}

fn enqueue(tx: &mut Tx<'_>, hook: &Webhook, kind: &str, words: &str, path: &str) -> Result<Key> {
    let (id, now) = (Key(tx.id()), tx.now());
    let mut parts = path.trim_start_matches('/').split(['/', '?']);
    let object = parts.next().zip(parts.next()).filter(|(_, id)| id.parse::<Key>().is_ok());
    let body = serde_json::json!({
        "type": kind,
        "timestamp": crate::say::machine(&now, &TimeZone::UTC),
        "data": {
            "words": words,
            "path": path,
            "object": object.map(|(of, id)| serde_json::json!({ "of": of, "id": id })),
        },
    });
    tx.execute(
        sql!("DELETE FROM webhook_deliveries WHERE webhook_id = $1 AND created_at < $2"),
        &[&hook.id, &(now - KEPT)],
    )?;
    tx.execute(
        sql!(
            "INSERT INTO webhook_deliveries (id, webhook_id, kind, body, state, attempts, created_at, answer)
             VALUES ($1, $2, $3, $4, 'waiting', 0, $5, '')"
        ),
        &[&id, &hook.id, &kind, &body.to_string(), &now],
    )?;
    tx.enqueue("webhook", &id.to_string(), "", now)?;
    Ok(id)
}

/// Sends a delivery again, as it was.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn redeliver(tx: &mut Tx<'_>, party: Key, id: Key, delivery: Key) -> Result<()> {
    own(tx, party, id)?;
    let now = tx.now();
    let known = tx.execute(
        sql!("UPDATE webhook_deliveries SET state = 'waiting', attempts = 0 WHERE id = $1 AND webhook_id = $2"),
        &[&delivery, &id],
    )?;
    if known == 0 {
        return Err(Error::NotFound);
    }
    tx.cancel_job("webhook", &delivery.to_string())?;
    // The first job is done and stays: the time makes this one another.
    tx.enqueue("webhook", &format!("{delivery} {now}"), "", now)?;
    Ok(())
}

/// What proves that a call is ours and as we sent it.
fn signature(secret: &str, id: &str, seconds: i64, body: &str) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap_or_default();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Whether this node may call anything at all.
fn reaches_out(app: &App) -> bool {
    app.site.outbound.reach() != outbound::Reach::Nowhere
}
