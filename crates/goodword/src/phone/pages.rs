//! What makes it an app on a phone: manifest, worker, the page without a network, what other apps share; and the switches
//! of push.

use super::push::{self, Device, Subscription, TOPICS};
use crate::app::App;
use crate::assets;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::Frame;
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;

/// `/manifest.webmanifest`, `/sw.js`, `/offline`, `/shared` and `/preferences/push`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/manifest.webmanifest", get(manifest))
        .route("/sw.js", get(worker))
        .route("/offline", get(offline))
        .route("/shared", get(shared))
        .route("/preferences/push", get(show).post(choose))
        .route("/preferences/push/key", get(key))
        .route("/preferences/push/devices", post(add))
        .route("/preferences/push/devices/{id}/removal", post(remove))
}

async fn manifest(State(app): State<App>) -> Response {
    let icon = |name: &str, size: &str, purpose: &str| serde_json::json!({"src": assets::url(name), "sizes": size, "type": "image/png", "purpose": purpose});
    let shortcut = |name: &str, url: &str| serde_json::json!({"name": name, "url": url});
    let network = app.network();
    let manifest = serde_json::json!({
        "id": "/",
        "name": network,
        "short_name": crate::say::shorten(&network, 12),
        "description": "A referral network: find the professional whom people who can judge would put their name behind.",
        "lang": "en",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f7f7f3",
        "theme_color": "#0d5c49",
        "icons": [
            icon("icon-192.png", "192x192", "any"),
            icon("icon-512.png", "512x512", "any"),
            icon("icon-maskable-512.png", "512x512", "maskable"),
        ],
        "shortcuts": [
            shortcut("Ask for somebody", "/needs/new"),
            shortcut("I have somebody for you", "/referrals/offer"),
            shortcut("Introductions", "/referrals"),
        ],
        "share_target": {"action": "/shared", "method": "GET", "params": {"title": "title", "text": "text", "url": "url"}},
    });
    ([(header::CONTENT_TYPE, "application/manifest+json")], manifest.to_string()).into_response()
}

/// At the root, so that it may look after every page. Its text changes with the assets: that is how browsers notice.
async fn worker() -> Response {
    let text = include_str!("../../assets/worker.js")
        .replace("{version}", assets::version())
        .replace("{style}", &assets::url("style.css"))
        .replace("{script}", &assets::url("goodword.js"))
        .replace("{phone}", &assets::url("phone.js"))
        .replace("{icon}", &assets::url("favicon.svg"))
        .replace("{picture}", &assets::url("icon-192.png"));
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, text).into_response()
}

#[derive(Template)]
#[template(path = "phone/offline.html")]
struct Offline {
    frame: Frame,
}

/// The same for everybody: it is kept on the device, signed in or out.
async fn offline(visit: Visit) -> Result<Response> {
    let mut frame = visit.frame().await?;
    (frame.member, frame.notice) = (None, None);
    visit.html(&Offline { frame })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Given {
    title: String,
    text: String,
    url: String,
}

#[derive(Template)]
#[template(path = "phone/shared.html")]
struct Shared {
    frame: Frame,
    words: String,
}

impl Shared {
    fn ask(&self) -> String {
        format!("/needs/new?need={}", crate::router::url_encode(&self.words))
    }

    fn offer(&self) -> String {
        format!("/referrals/offer?words={}", crate::router::url_encode(&self.words))
    }
}

/// What another app shared: it is only carried into a form.
async fn shared(visit: Visit, Query(given): Query<Given>) -> Result<Response> {
    let (frame, _) = visit.read(|_, who| who.member().cloned()).await?;
    let mut parts: Vec<String> = Vec::new();
    for part in [given.title, given.text, given.url] {
        let part = formats::text::clean_text(&part);
        // Many apps say the same in two of the three.
        if !part.is_empty() && !parts.iter().any(|known| known.contains(&part)) {
            parts.push(part);
        }
    }
    let words = parts.join("\n").chars().take(crate::input::Words::MAX).collect();
    visit.html(&Shared { frame, words })
}

#[derive(Template)]
#[template(path = "phone/push.html")]
struct Push {
    frame: Frame,
    devices: Vec<Device>,
    silences: Vec<String>,
}

impl Push {
    fn topics(&self) -> [(&'static str, &'static str, &'static str); 3] {
        TOPICS
    }

    fn is_on(&self, topic: &str) -> bool {
        !self.silences.iter().any(|silent| silent == topic)
    }
}

async fn show(visit: Visit) -> Result<Response> {
    let (frame, (devices, silences)) = visit
        .read(|tx, who| {
            let member = who.member()?.clone();
            Ok((push::devices(tx, &member)?, push::silences(tx, member.id)?))
        })
        .await?;
    visit.html(&Push { frame, devices, silences })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wanted {
    topic: Vec<String>,
}

async fn choose(visit: Visit, Form(wanted): Form<Wanted>) -> Result<Response> {
    visit.write(move |tx, member| push::choose(tx, member.id, &wanted.topic)).await?;
    Ok(visit.see("/preferences/push", "Saved."))
}

/// The network's public key, which a browser needs before it agrees.
async fn key(visit: Visit) -> Result<Response> {
    let key = visit.write(|tx, _| Ok(push::identity(tx)?.public())).await?;
    Ok(key.into_response())
}

async fn add(visit: Visit, headers: HeaderMap, Form(given): Form<Subscription>) -> Result<Response> {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    let out = visit.app.site.outbound.clone();
    visit.write(move |tx, member| push::add(tx, &out, member, &given, &agent)).await?;
    Ok(visit.see("/preferences/push", "This device will tell you."))
}

async fn remove(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, member| push::remove(tx, member.id, id)).await?;
    Ok(visit.see("/preferences/push", "That device is told nothing any more."))
}

/// Sent with a sign-out: what the device kept of pages, and its worker with its push address, goes.
pub fn clear_device(response: &mut Response) -> Result<()> {
    let value = "\"storage\"".parse().map_err(|e: header::InvalidHeaderValue| Error::Internal(e.into()))?;
    response.headers_mut().insert(header::HeaderName::from_static("clear-site-data"), value);
    Ok(())
}
