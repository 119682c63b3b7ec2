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
use crate::roles::Role;
use crate::viewer::Member;
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
/// What an admin's webhook for the network can be told of: as sent, as shown.
pub const NETWORK_KINDS: [(&str, &str); 4] = [
    ("member", "Somebody joined, paused, came back or left"),
    ("report", "A report was made or closed"),
    ("sanction", "A warning or suspension was given or lifted, an appeal made or answered"),
    ("keeping", "Roles, settings, invitations or jobs were changed"),
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
    /// Told what happens in the network's keeping, while its owner is an admin; otherwise what its owner's notices say.
    pub network: bool,
    /// Empty: all of [`KINDS`], or of [`NETWORK_KINDS`].
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
        network: r.get(9)?,
    })
}

/// Somebody's webhooks, newest first.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Webhook>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, party_id, url, kinds, secret, created_at, failing_since, disabled_at, disabled_why, network
             FROM webhooks
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

/// Subscribes to `kinds` (none: all of them): of one's notices, or, for an admin, of the network's keeping.
///
/// # Errors
/// [`Error::Invalid`] for an address that may not be called or a kind that is none; [`Error::TooMany`] beyond ten;
/// [`Error::Forbidden`] for the network by anybody but an admin.
pub fn subscribe(
    tx: &mut Tx<'_>,
    outbound: &Outbound,
    by: &Member,
    url: &str,
    kinds: &[String],
    network: bool,
) -> Result<Key> {
    if network && by.role < Role::Admin {
        return Err(Error::Forbidden("Only admins are told what happens in the network’s keeping.".into()));
    }
    let known: &[(&str, &str)] = if network { &NETWORK_KINDS } else { &KINDS };
    let party = by.id;
    let url = formats::text::clean_line(url);
    let url = outbound.check(&url).map_err(|e| Error::field("url", e.to_string()))?;
    if let Some(odd) = kinds.iter().find(|k| !known.iter().any(|(name, _)| *name == k.as_str())) {
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
            "INSERT INTO webhooks (id, party_id, url, kinds, secret, created_at, disabled_why, network)
             VALUES ($1, $2, $3, $4, $5, $6, '', $7)"
        ),
        &[&id, &party, &url.as_str(), &kinds.join(","), &secret, &now, &network],
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

/// Deliveries of a webhook, newest first; those after one of them, where one is named.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn deliveries(tx: &mut Tx<'_>, party: Key, id: Key, after: Option<Key>, rows: i64) -> Result<Vec<Delivery>> {
    own(tx, party, id)?;
    Ok(tx.rows(
        sql!(
            "SELECT id, kind, body, state, attempts, created_at, tried_at, status, answer FROM webhook_deliveries
             WHERE webhook_id = $1 AND (CAST($2 AS UUID) IS NULL OR (created_at, id)
               < (SELECT c.created_at, c.id FROM webhook_deliveries c WHERE c.id = $2 AND c.webhook_id = $1))
             ORDER BY created_at DESC, id DESC LIMIT $3"
        ),
        &[&id, &after, &rows],
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
        if !hook.network
            && hook.disabled_at.is_none()
            && (hook.kinds.is_empty() || hook.kinds.iter().any(|k| k == kind))
        {
            enqueue(tx, &hook, kind, words, path)?;
        }
    }
    Ok(())
}

/// Tells the network's webhooks what happened in its keeping, in the transaction of what happened: an act and ids, nobody's
/// name or words. A webhook whose owner is away, or no admin any more, is not called.
///
/// # Errors
/// The database's.
pub fn announce(tx: &mut Tx<'_>, kind: &str, act: &str, path: &str) -> Result<()> {
    let hooks = tx.rows(
        sql!(
            "SELECT id, party_id, url, kinds, secret, created_at, failing_since, disabled_at, disabled_why, network
             FROM webhooks w WHERE w.network AND w.disabled_at IS NULL AND EXISTS (SELECT 1 FROM roles r
               JOIN parties p ON p.id = r.party_id
               WHERE p.id = w.party_id AND p.status = 'active' AND r.scope = 'network' AND r.role = 'admin') ORDER BY id"
        ),
        &[],
        webhook,
    )?;
    for hook in hooks.iter().filter(|h| h.kinds.is_empty() || h.kinds.iter().any(|k| k == kind)) {
        enqueue(tx, hook, kind, act, path)?;
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
    let parts: Vec<&str> = path.trim_start_matches('/').split(['/', '?']).collect();
    let object = parts.windows(2).find(|pair| pair[1].parse::<Key>().is_ok()).map(|pair| (pair[0], pair[1]));
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
