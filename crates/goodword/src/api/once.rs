//! Idempotency keys: a write repeated with the same `Idempotency-Key` happens once and is answered alike for a day.
//!
//! The key is noted before the handler runs, marked done in the transaction of the effect, and gets the answer after it.
//! So whatever dies in between, the effect never happens twice.

use crate::api::openapi;
use crate::app::App;
use crate::error::{Error, Result};
use crate::tokens;
use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use sha2::{Digest, Sha256};
use store::{DAY, Tx, sql};

/// How long a key and its answer are kept (µs).
const KEPT: i64 = DAY;
/// A key whose request died before its effect may be tried again after this (µs).
const DEAD: i64 = 60_000_000;
/// The longest key.
const LONGEST: usize = 200;
/// Bodies are read whole to be compared.
const BODY: usize = 256 * 1024;
/// Where bodies are files, they may be as long as the longest file; whoever is nobody is not read for.
const FILES: [(&str, &str); 5] = [
    ("POST", "/api/v1/pictures"),
    ("PUT", "/api/v1/me/photo"),
    ("POST", "/api/v1/works/{id}/pictures"),
    ("POST", "/api/v1/me/contacts"),
    ("POST", "/api/v1/admin/imports"),
];

/// The key of a request on its way.
#[derive(Clone)]
pub struct Once {
    owner: [u8; 32],
    key: String,
}

impl Once {
    /// Marks the effect as done, in its own transaction.
    ///
    /// # Errors
    /// The database's.
    pub fn note_done(&self, tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        tx.execute(
            sql!("UPDATE idempotency_keys SET done_at = $1 WHERE owner = $2 AND idempotency_key = $3"),
            &[&now, &self.owner, &self.key],
        )?;
        Ok(())
    }
}

/// What is known of a key.
enum Known {
    /// It is new here, or died before it did anything.
    Fresh,
    /// Its answer.
    Answered(u16, String, Vec<u8>),
}

/// Notes a key, or finds what became of it.
fn begin(tx: &mut Tx<'_>, once: &Once, fingerprint: &[u8; 32]) -> Result<Known> {
    let now = tx.now();
    tx.execute(sql!("DELETE FROM idempotency_keys WHERE begun_at < $1"), &[&(now - KEPT)])?;
    let new = tx.execute(
        sql!(
            "INSERT INTO idempotency_keys (owner, idempotency_key, fingerprint, begun_at, headers)
             VALUES ($1, $2, $3, $4, '') ON CONFLICT (owner, idempotency_key) DO NOTHING"
        ),
        &[&once.owner, &once.key, fingerprint, &now],
    )?;
    if new == 1 {
        return Ok(Known::Fresh);
    }
    let found = tx.row(
        sql!(
            "SELECT fingerprint, begun_at, done_at, status, headers, body FROM idempotency_keys
             WHERE owner = $1 AND idempotency_key = $2"
        ),
        &[&once.owner, &once.key],
        |r| {
            Ok((
                r.get::<Vec<u8>>(0)?,
                r.get::<i64>(1)?,
                r.get::<Option<i64>>(2)?,
                r.get::<Option<u16>>(3)?,
                r.get::<String>(4)?,
                r.get::<Option<Vec<u8>>>(5)?,
            ))
        },
    )?;
    let (seen, begun, done, status, headers, body) = found.ok_or_else(busy)?;
    if seen != fingerprint {
        return Err(Error::Refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used for another request. Use a new one.".into(),
        ));
    }
    match (status, done) {
        (Some(status), _) => Ok(Known::Answered(status, headers, body.unwrap_or_default())),
        (None, Some(_)) if now - begun > DEAD => Err(Error::Conflict(
            "This was done, but its answer was lost on our side. It is not done again: please look at what is there."
                .into(),
        )),
        (None, None) if now - begun > DEAD => {
            tx.execute(
                sql!(
                    "UPDATE idempotency_keys SET begun_at = $1 WHERE owner = $2 AND idempotency_key = $3 AND begun_at = $4"
                ),
                &[&now, &once.owner, &once.key, &begun],
            )?;
            Ok(Known::Fresh)
        }
        _ => Err(busy()),
    }
}

fn busy() -> Error {
    Error::Conflict("A request with this Idempotency-Key is being answered just now. Try again in a moment.".into())
}

/// What becomes of a key.
enum End<'a> {
    /// Its answer is kept.
    Kept(u16, &'a str, &'a [u8]),
    /// The request did nothing and may be sent again.
    Refused,
    /// It was answered with a file, which is another one each time.
    File,
}

/// Keeps an answer, or forgets the key.
fn end(tx: &mut Tx<'_>, once: &Once, end: &End<'_>) -> Result<()> {
    match end {
        End::Kept(status, headers, body) => tx.execute(
            sql!(
                "UPDATE idempotency_keys SET status = $1, headers = $2, body = $3
                 WHERE owner = $4 AND idempotency_key = $5"
            ),
            &[status, headers, body, &once.owner, &once.key],
        )?,
        End::Refused => tx.execute(
            sql!("DELETE FROM idempotency_keys WHERE owner = $1 AND idempotency_key = $2 AND done_at IS NULL"),
            &[&once.owner, &once.key],
        )?,
        End::File => tx.execute(
            sql!("DELETE FROM idempotency_keys WHERE owner = $1 AND idempotency_key = $2"),
            &[&once.owner, &once.key],
        )?,
    };
    Ok(())
}

/// The headers that an answer is kept with.
const HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// Around every operation.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    match once(app, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn once(app: App, request: Request, next: Next) -> Result<Response> {
    let name = HeaderName::from_static("idempotency-key");
    // A method that is none here is told so, whatever its key.
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if openapi()["paths"][path][request.method().as_str().to_lowercase()].is_null() {
        return Ok(next.run(request).await);
    }
    let Some(key) = request.headers().get(&name).filter(|_| !request.method().is_safe()) else {
        return Ok(next.run(request).await);
    };
    let key = key.to_str().ok().filter(|k| (1..=LONGEST).contains(&k.len()) && k.bytes().all(|b| b.is_ascii_graphic()));
    let key =
        key.ok_or_else(|| Error::BadRequest(format!("An Idempotency-Key has 1 to {LONGEST} plain characters.")))?;
    let cookie = || {
        let jar = CookieJar::from_headers(request.headers());
        jar.get(&app.site.cookie("session")).map(|c| crate::key::hash_token(c.value()))
    };
    let Some(owner) = tokens::bearer(request.uri(), request.headers()).or_else(cookie) else {
        return Ok(next.run(request).await);
    };
    let once = Once { owner, key: key.to_owned() };
    let is_file = FILES.contains(&(request.method().as_str(), path));
    let most = if is_file { crate::pictures::MAX_BYTES } else { BODY };
    if is_file && !app.db.read(move |tx| is_somebodys(tx, owner)).await? {
        return Err(Error::SignIn);
    }
    let (mut parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, most)
        .await
        .map_err(|_| Error::Refused(StatusCode::PAYLOAD_TOO_LARGE, "That is larger than can be taken here.".into()))?;
    let fingerprint = fingerprint(&parts, &body);
    let asked = once.clone();
    match app.db.write(move |tx| begin(tx, &asked, &fingerprint)).await? {
        Known::Answered(status, headers, body) => Ok(again(status, &headers, body)),
        Known::Fresh => {
            parts.extensions.insert(once.clone());
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            keep(&app, once, response).await
        }
    }
}

/// Whether a session or a token has this hash.
fn is_somebodys(tx: &mut Tx<'_>, hash: [u8; 32]) -> Result<bool> {
    let now = tx.now();
    let found: Option<bool> = tx.value(
        sql!(
            "SELECT EXISTS (SELECT 1 FROM sessions WHERE token_hash = $1 AND expires_at > $2)
               OR EXISTS (SELECT 1 FROM access_tokens WHERE token_hash = $1 AND expires_at > $2 AND revoked_at IS NULL)"
        ),
        &[&hash, &now],
    )?;
    Ok(found.unwrap_or(false))
}

fn fingerprint(parts: &axum::http::request::Parts, body: &Bytes) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(format!("{} {}\n", parts.method, parts.uri));
    hash.update(body);
    hash.finalize().into()
}

fn again(status: u16, headers: &str, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, [("idempotency-replayed", "true")], body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in HEADERS.into_iter().zip(headers.split('\n')) {
        if let Ok(value) = HeaderValue::from_str(value)
            && !value.is_empty()
        {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Only answers to what was done are kept: a refusal changed nothing, so the same key may come again corrected.
async fn keep(app: &App, once: Once, response: Response) -> Result<Response> {
    if !response.status().is_success() {
        app.db.write(move |tx| end(tx, &once, &End::Refused)).await?;
        return Ok(response);
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|t| t.as_bytes().starts_with(b"application/json")) {
        app.db.write(move |tx| end(tx, &once, &End::File)).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 4 * 1024 * 1024).await.map_err(|e| Error::Internal(e.into()))?;
    let headers: Vec<&str> =
        HEADERS.iter().map(|h| parts.headers.get(h).and_then(|v| v.to_str().ok()).unwrap_or("")).collect();
    let (status, headers, kept) = (parts.status.as_u16(), headers.join("\n"), body.clone());
    app.db.write(move |tx| end(tx, &once, &End::Kept(status, &headers, &kept))).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}
