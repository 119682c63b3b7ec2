//! For admins: send a file, watch it being read, read what was left out and why; and take everything along again.

use super::{Kind, drop_import, export, uploads};
use crate::app::App;
use crate::audit::{self, Subject};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::roles::Role;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, Form, Multipart, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::{self, BufWriter, Write};
use std::pin::pin;
use store::{Tx, sql};
use tokio::sync::mpsc;

/// The largest file taken through a page; larger ones go by the shell.
pub(super) const MAX_BYTES: usize = 512 * 1024 * 1024;
/// Notes on a page.
const NOTES: i64 = 50;

/// `/imports/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/imports", get(list).post(send))
        .layer(DefaultBodyLimit::max(MAX_BYTES))
        .route("/imports/export", post(take))
        .route("/imports/{id}", get(show))
        .route("/imports/{id}/removal", post(remove))
}

/// A file that was brought in, or is being.
pub(super) struct Import {
    pub id: Key,
    pub kind: String,
    pub file: String,
    pub state: String,
    pub posts: i64,
    pub comments: i64,
    pub already: i64,
    pub notes: i64,
    pub failure: String,
    pub at: i64,
}

impl Import {
    fn from(&self) -> &'static str {
        if self.kind == "disqus" { "Disqus" } else { "WordPress" }
    }

    /// In words.
    pub fn how(&self) -> &'static str {
        match (self.state.as_str(), self.failure.is_empty()) {
            ("running", _) => "being read",
            ("dropped", _) => "dropped",
            (_, true) => "done",
            _ => "broke off",
        }
    }
}

/// All imports, or one.
pub(super) fn imports(tx: &mut Tx<'_>, only: Option<Key>) -> Result<Vec<Import>> {
    Ok(tx.rows(
        sql!(
            "SELECT i.id, i.kind, c.file_name, i.state, c.posts, c.comments, c.already, i.bad, c.failure, i.started_at
             FROM imports i JOIN conversation_imports c ON c.import_id = i.id
             WHERE (CAST($1 AS UUID) IS NULL AND i.source NOT LIKE 'sending %') OR i.id = $1
             ORDER BY i.started_at DESC, i.id DESC LIMIT 100"
        ),
        &[&only],
        |r| {
            Ok(Import {
                id: r.get(0)?,
                kind: r.get(1)?,
                file: r.get(2)?,
                state: r.get(3)?,
                posts: r.get(4)?,
                comments: r.get(5)?,
                already: r.get(6)?,
                notes: r.get(7)?,
                failure: r.get(8)?,
                at: r.get(9)?,
            })
        },
    )?)
}

#[derive(Template)]
#[template(path = "imports/conversations/list.html")]
struct List {
    frame: Frame,
    errors: Errors,
    imports: Vec<Import>,
}

async fn list(visit: Visit) -> Result<Response> {
    listed(&visit, Errors::default()).await
}

async fn listed(visit: &Visit, errors: Errors) -> Result<Response> {
    let (frame, imports) = visit
        .read(|tx, who| {
            who.admin()?;
            imports(tx, None)
        })
        .await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    visit.html_as(status, &List { frame, errors, imports })
}

async fn send(visit: Visit, form: Result<Multipart, MultipartRejection>) -> Result<Response> {
    // Somebody else is turned away before anything is read.
    visit.read(|_, who| who.admin().map(drop)).await?;
    let mut form =
        form.map_err(|_| Error::BadRequest("That is no file. Please choose one and send it again.".into()))?;
    let mut sent = None;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("file") && field.file_name().is_some_and(|name| !name.is_empty()) {
            let name = field.file_name().unwrap_or_default().to_owned();
            sent = Some(receive(&visit, &name, field.map_err(broken)).await);
            break;
        }
    }
    match sent {
        Some(Ok(import)) => Ok(Redirect::to(&format!("/imports/{import}")).into_response()),
        Some(Err(Error::Invalid(fields))) => listed(&visit, Errors(fields)).await,
        Some(Err(other)) => Err(other),
        None => listed(&visit, Errors(vec![("file", "Please choose a file.".into())])).await,
    }
}

fn broken(error: MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Error::BadRequest("The file broke off on its way. Please send it again.".into()),
    }
}

fn too_large() -> Error {
    Error::field("file", "This file is larger than 512 MB. Bring it in from the shell: goodword import wordpress FILE.")
}

/// Keeps the file as it comes, never whole in memory.
pub(super) async fn receive(visit: &Visit, name: &str, sent: impl Stream<Item = Result<Bytes>> + Send) -> Result<Key> {
    let name = formats::text::clean_line(name).chars().take(200).collect::<String>();
    let (mut hash, mut portion, mut open, mut n) = (Sha256::new(), Vec::new(), None, 0i64);
    let (mut sent, mut size) = (pin!(sent), 0);
    loop {
        let chunk = sent.next().await.transpose()?;
        if let Some(chunk) = &chunk {
            size += chunk.len();
            if size > MAX_BYTES {
                return Err(too_large());
            }
            hash.update(chunk);
            portion.extend_from_slice(chunk);
        }
        if portion.len() < uploads::PORTION && chunk.is_some() {
            continue;
        }
        if portion.is_empty() && open.is_none() {
            return Err(Error::field("file", "This file is empty."));
        }
        let (bytes, name) = (std::sync::Arc::new(std::mem::take(&mut portion)), name.clone());
        let (before, kind) = (open, Kind::guess(&bytes[..bytes.len().min(2_000)]));
        let import = visit
            .write_as_anyone(move |tx, who| {
                let by = who.admin()?.id;
                let (import, kind) = match before {
                    Some(open) => open,
                    None => (uploads::open(tx, by, &name, kind)?, kind),
                };
                if !bytes.is_empty() {
                    uploads::keep(tx, import, n, &bytes)?;
                }
                Ok((import, kind))
            })
            .await?;
        open = Some(import);
        n += 1;
        if chunk.is_none() {
            let digest: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
            return visit
                .write_as_anyone(move |tx, who| {
                    who.admin()?;
                    uploads::complete(tx, import.0, import.1, &digest)
                })
                .await;
        }
    }
}

#[derive(Deserialize)]
struct Page {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "imports/conversations/one.html")]
struct One {
    frame: Frame,
    import: Import,
    /// What, and why it was left out or changed.
    notes: Vec<(String, String)>,
    page: i64,
    pages: i64,
}

/// What was left out or changed of an import, and why: `rows` after the first so many.
pub(super) fn notes(tx: &mut Tx<'_>, id: Key, first: i64, rows: i64) -> Result<Vec<(String, String)>> {
    Ok(tx.rows(
        sql!("SELECT what, reason FROM import_notes WHERE import_id = $1 AND n > $2 ORDER BY n LIMIT $3"),
        &[&id, &first, &rows],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?)
}

async fn show(visit: Visit, Path(id): Path<Key>, Query(query): Query<Page>) -> Result<Response> {
    let page = query.page.unwrap_or(1).clamp(1, 10_000);
    let (frame, (import, notes)) = visit
        .read(move |tx, who| {
            who.admin()?;
            let import = imports(tx, Some(id))?.pop().ok_or(Error::NotFound)?;
            Ok((import, notes(tx, id, (page - 1) * NOTES, NOTES)?))
        })
        .await?;
    let pages = (import.notes.min(super::NOTES) + NOTES - 1) / NOTES;
    visit.html(&One { frame, import, notes, page, pages })
}

/// Stops an import that is being read; what it brought goes again.
pub(super) fn stop(tx: &mut Tx<'_>, id: Key) -> Result<()> {
    let import = imports(tx, Some(id))?.pop().ok_or(Error::NotFound)?;
    if import.state != "running" {
        return Err(Error::Conflict("This import has ended already; what it brought stays.".into()));
    }
    drop_import(tx, id)
}

/// Said when one was stopped.
pub(super) const STOPPED: &str = "The import is stopped, and what it had brought is gone again.";

async fn remove(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write_as(Role::Admin, move |tx, _| stop(tx, id)).await?;
    Ok(visit.see(&format!("/imports/{id}"), STOPPED))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wanted {
    format: String,
}

/// All conversations as one file, sent while it is written.
async fn take(visit: Visit, Form(wanted): Form<Wanted>) -> Result<Response> {
    taken(&visit, wanted.format == "wordpress").await
}

/// The file: for WordPress, or as JSON.
pub(super) async fn taken(visit: &Visit, wordpress: bool) -> Result<Response> {
    visit
        .write_as(Role::Admin, |tx, me| {
            audit::log(tx, Some(me.id), "conversations taken", Subject::Network("conversations"), "")
        })
        .await?;
    let (parts, received) = mpsc::channel(4);
    let (db, site) = (visit.app.db.clone(), visit.app.site.public_url.clone());
    tokio::task::spawn_blocking(move || {
        let pipe = Pipe(parts);
        let out = BufWriter::with_capacity(64 * 1024, pipe.clone());
        let written =
            if wordpress { export::write_wordpress(&db, &site, out) } else { export::write_json(&db, &site, out) };
        if let Err(error) = written {
            tracing::warn!(%error, "an export of conversations broke off");
            // A file that is not whole must not look so: the transfer ends with an error.
            let _ = pipe.0.blocking_send(Err(io::Error::other("broken off")));
        }
    });
    // What compresses it asks once more after the end.
    let body = stream::unfold(received, |mut r| async move { r.recv().await.map(|part| (part, r)) }).fuse();
    let (kind, name) = if wordpress {
        ("application/xml; charset=utf-8", "attachment; filename=\"conversations.wordpress.xml\"")
    } else {
        ("application/json", "attachment; filename=\"conversations.json\"")
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// From the thread that reads to the answer that is being sent.
#[derive(Clone)]
struct Pipe(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes))).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
