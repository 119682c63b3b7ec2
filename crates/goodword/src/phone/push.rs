//! Pushing: which devices, which of the few things, and what the push service answers.

use super::sealing::{self, Identity};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::viewer::Member;
use outbound::{HeaderName, Outbound, Request, header};
use serde::Deserialize;
use store::{DAY, Job, Tx, sql};

/// What is pushed at all: kind of notice, and what the page calls it.
pub(super) const TOPICS: [(&str, &str, &str); 3] = [
    ("ask", "Somebody asks you", "A member asks whether you would introduce somebody."),
    ("consent", "Your yes is wanted", "An introduction waits for you."),
    ("introduction", "You are introduced", "Both said yes; you have each other’s details."),
];

/// Devices one person may have.
const MOST: i64 = 12;
/// A push service keeps it this long for a phone that is off.
const KEPT: i64 = 2 * 24 * 3600;
/// A push that could not be handed over in this time (µs) is no news any more.
const GIVE_UP: i64 = 2 * DAY;

/// A device, for its owner.
pub(super) struct Device {
    pub id: Key,
    pub agent: String,
    pub created_at: i64,
    pub told_at: Option<i64>,
    /// The one the page is read on.
    pub is_this: bool,
}

impl Device {
    /// "Chrome on Android", as far as the browser says.
    pub fn words(&self) -> String {
        let has = |word: &str| self.agent.contains(word);
        let browser = match () {
            () if has("Firefox/") => "Firefox",
            () if has("Edg/") => "Edge",
            () if has("Chrome/") => "Chrome",
            () if has("Safari/") => "Safari",
            () => "A browser",
        };
        let system = match () {
            () if has("Android") => "Android",
            () if has("iPhone") || has("iPad") => "an iPhone or iPad",
            () if has("Mac OS") => "a Mac",
            () if has("Windows") => "Windows",
            () if has("Linux") => "Linux",
            () => "some device",
        };
        format!("{browser} on {system}")
    }
}

/// The devices of somebody.
pub(super) fn devices(tx: &mut Tx<'_>, member: &Member) -> Result<Vec<Device>> {
    Ok(tx.rows(
        sql!(
            "SELECT d.id, d.agent, d.created_at, d.told_at, d.session_id = $2 FROM push_devices d
             JOIN sessions s ON s.id = d.session_id WHERE d.party_id = $1 ORDER BY d.created_at DESC"
        ),
        &[&member.id, &member.session],
        |r| {
            Ok(Device {
                id: r.get(0)?,
                agent: r.get(1)?,
                created_at: r.get(2)?,
                told_at: r.get(3)?,
                is_this: r.get(4)?,
            })
        },
    )?)
}

/// What somebody switched off.
pub(super) fn silences(tx: &mut Tx<'_>, party: Key) -> Result<Vec<String>> {
    Ok(tx.rows(sql!("SELECT topic FROM push_silences WHERE party_id = $1"), &[&party], |r| r.get(0))?)
}

/// Switches topics: those in `wanted` on, the others off.
pub(super) fn choose(tx: &mut Tx<'_>, party: Key, wanted: &[String]) -> Result<()> {
    tx.execute(sql!("DELETE FROM push_silences WHERE party_id = $1"), &[&party])?;
    for (topic, ..) in TOPICS {
        if !wanted.iter().any(|w| w == topic) {
            tx.execute(sql!("INSERT INTO push_silences (party_id, topic) VALUES ($1, $2)"), &[&party, &topic])?;
        }
    }
    Ok(())
}

/// The network's key for push services, made at first use.
pub(super) fn identity(tx: &mut Tx<'_>) -> Result<Identity> {
    let broken = |e: sealing::Broken| Error::Internal(e.into());
    let kept: Option<String> = tx.value(sql!("SELECT value FROM settings WHERE name = 'push key'"), &[])?;
    let kept = match kept {
        Some(kept) => kept,
        None => {
            let new = Identity::make().map_err(broken)?;
            tx.execute(
                sql!("INSERT INTO settings (name, value) VALUES ('push key', $1) ON CONFLICT (name) DO NOTHING"),
                &[&new],
            )?;
            tx.value(sql!("SELECT value FROM settings WHERE name = 'push key'"), &[])?.unwrap_or(new)
        }
    };
    Identity::read(&kept).map_err(broken)
}

/// What a browser gives when it agrees.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Subscription {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

/// Adds a device; the same address again is the same device.
///
/// # Errors
/// [`Error::BadRequest`] for an address we would not call, or keys that are none.
pub(super) fn add(tx: &mut Tx<'_>, out: &Outbound, member: &Member, given: &Subscription, agent: &str) -> Result<()> {
    out.check(&given.endpoint).map_err(|why| Error::BadRequest(why.to_string()))?;
    let key = sealing::bytes(&given.p256dh).filter(|key| key.len() == 65 && key[0] == 4);
    let auth = sealing::bytes(&given.auth).filter(|auth| auth.len() == 16);
    let (Some(key), Some(auth)) = (key, auth) else {
        return Err(Error::BadRequest("This browser gave no usable key.".into()));
    };
    let (id, now) = (tx.id(), tx.now());
    let agent: String = agent.chars().take(200).collect();
    tx.execute(
        sql!("DELETE FROM push_devices WHERE endpoint = $1 OR session_id = $2"),
        &[&given.endpoint, &member.session],
    )?;
    let have: i64 =
        tx.value(sql!("SELECT COUNT(*) FROM push_devices WHERE party_id = $1"), &[&member.id])?.unwrap_or(0);
    if have >= MOST {
        return Err(Error::TooMany("You have twelve devices already; please take one off first.".into()));
    }
    tx.execute(
        sql!(
            "INSERT INTO push_devices (id, party_id, session_id, endpoint, public_key, secret, agent, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &[&id, &member.id, &member.session, &given.endpoint, &key, &auth, &agent, &now],
    )?;
    Ok(())
}

/// Takes a device off.
///
/// # Errors
/// [`Error::NotFound`] for anybody else's.
pub(super) fn remove(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<()> {
    let gone = tx.execute(sql!("DELETE FROM push_devices WHERE id = $1 AND party_id = $2"), &[&id, &party])?;
    if gone == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Enqueues a push of a notice to each device of its reader, if it is one of the few things worth it.
///
/// # Errors
/// The database's.
pub fn offer(tx: &mut Tx<'_>, to: Key, kind: &str, notice: Key) -> Result<()> {
    if !TOPICS.iter().any(|(topic, ..)| *topic == kind) {
        return Ok(());
    }
    let now = tx.now();
    let devices: Vec<Key> = tx.rows(
        sql!(
            "SELECT d.id FROM push_devices d JOIN sessions s ON s.id = d.session_id
             WHERE d.party_id = $1 AND s.expires_at > $2
               AND NOT EXISTS (SELECT 1 FROM push_silences q WHERE q.party_id = $1 AND q.topic = $3)"
        ),
        &[&to, &now, &kind],
        |r| r.get(0),
    )?;
    for device in devices {
        tx.enqueue(&format!("push-{device}"), &notice.to_string(), "", now)?;
    }
    Ok(())
}

/// What a job pushes, and where.
struct Outgoing {
    endpoint: String,
    public_key: Vec<u8>,
    secret: Vec<u8>,
    words: String,
    url: String,
    kind: String,
    identity: Identity,
    salt: [u8; 16],
    age: i64,
}

fn outgoing(tx: &mut Tx<'_>, device: Key, notice: Key) -> Result<Option<Outgoing>> {
    let now = tx.now();
    let mut salt = [0; 16];
    tx.clock().random(&mut salt);
    let identity = identity(tx)?;
    let found = tx.row(
        sql!(
            "SELECT d.endpoint, d.public_key, d.secret, n.words, n.url, n.kind, n.created_at FROM push_devices d
             JOIN sessions s ON s.id = d.session_id JOIN notices n ON n.party_id = d.party_id
             WHERE d.id = $1 AND n.id = $2 AND n.read_at IS NULL AND s.expires_at > $3"
        ),
        &[&device, &notice, &now],
        |r| {
            Ok((
                r.get::<String>(0)?,
                r.get::<Vec<u8>>(1)?,
                r.get::<Vec<u8>>(2)?,
                r.get::<String>(3)?,
                r.get::<String>(4)?,
                r.get::<String>(5)?,
                r.get::<i64>(6)?,
            ))
        },
    )?;
    Ok(found.map(|(endpoint, public_key, secret, words, url, kind, at)| Outgoing {
        endpoint,
        public_key,
        secret,
        words,
        url,
        kind,
        identity,
        salt,
        age: now - at,
    }))
}

/// Pushes what a job names. Read meanwhile, signed out, or an old story: nothing is sent.
///
/// # Errors
/// The push service's, when trying again may help, or the database's.
pub async fn send(app: &App, job: &Job) -> anyhow::Result<()> {
    let device: Key = job.kind.strip_prefix("push-").unwrap_or_default().parse()?;
    let notice: Key = job.key.parse()?;
    let Some(push) = app.db.write(move |tx| outgoing(tx, device, notice)).await? else { return Ok(()) };
    if push.age > GIVE_UP {
        return Ok(());
    }
    let network = app.network();
    let text = serde_json::json!({
        "title": network, "body": crate::say::shorten(&push.words, 200), "url": push.url, "tag": notice.to_string(),
    });
    let body = sealing::seal(text.to_string().as_bytes(), &push.public_key, &push.secret, push.salt)?;
    let out = &app.site.outbound;
    let Ok(url) = out.check(&push.endpoint) else { return forget(app, device).await };
    let until = app.clock.now() / 1_000_000 + 12 * 3600;
    let contact = &app.site.public_url;
    let authorisation = push.identity.authorise(&url.origin().ascii_serialization(), until, contact)?;
    let urgency = if push.kind == "introduction" { "normal" } else { "high" };
    let request = Request::post(&push.endpoint, "application/octet-stream", body)
        .header(header::CONTENT_ENCODING, "aes128gcm")
        .header(header::AUTHORIZATION, &authorisation)
        .header(HeaderName::from_static("ttl"), &KEPT.to_string())
        .header(HeaderName::from_static("urgency"), urgency)
        .without_body();
    match out.send(request).await {
        Ok(answer) if (200..300).contains(&answer.status) => {
            app.db
                .write(move |tx| {
                    let now = tx.now();
                    tx.execute(sql!("UPDATE push_devices SET told_at = $1 WHERE id = $2"), &[&now, &device])
                        .map_err(Error::from)
                })
                .await?;
            Ok(())
        }
        // The browser took it back, or the device is gone (RFC 8030, 7.3).
        Ok(answer) if matches!(answer.status, 404 | 410) => forget(app, device).await,
        Ok(answer) if answer.status == 429 || answer.status >= 500 => {
            anyhow::bail!("the push service answered {}", answer.status)
        }
        Ok(answer) => {
            tracing::warn!(status = answer.status, "a push service refuses what we send");
            Ok(())
        }
        Err(why) if why.may_pass() => Err(why.into()),
        Err(_) => forget(app, device).await,
    }
}

async fn forget(app: &App, device: Key) -> anyhow::Result<()> {
    app.db
        .write(move |tx| tx.execute(sql!("DELETE FROM push_devices WHERE id = $1"), &[&device]).map_err(Error::from))
        .await?;
    Ok(())
}
