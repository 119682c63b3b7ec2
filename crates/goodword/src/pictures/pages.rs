//! Serving and taking pictures.

use super::{MAX_BYTES, Of, Picture, add, open, read, remove, set_photo};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Title;
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::people;
use crate::router::url_encode;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Multipart, Request};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

/// One picture is decoded at a time: memory stays bounded however many are sent.
static DECODING: Semaphore = Semaphore::const_new(1);

/// `/pictures/{key}`, `/profile/photo` and a work item's pictures.
pub fn routes() -> Router<App> {
    let taking = Router::new()
        .route("/profile/photo", get(photo_form).post(take_photo))
        .route("/profile/work/{id}/pictures", post(take_work))
        // The fields beside the file and the wrapping of the form.
        .layer(DefaultBodyLimit::max(MAX_BYTES + 64 * 1024));
    Router::new()
        .route("/pictures/{id}", get(show))
        .route("/pictures/{id}/removal", post(take_away))
        .route("/profile/photo/removal", post(no_photo))
        .merge(taking)
}

async fn show(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (_, (kind, bytes)) = visit.read(move |tx, who| open(tx, who, id)).await?;
    Ok(served(&kind, bytes))
}

/// A picture as an answer.
pub(super) fn served(kind: &str, bytes: Vec<u8>) -> Response {
    let kind = match kind {
        "image/png" => "image/png",
        "image/webp" => "image/webp",
        _ => "image/jpeg",
    };
    // A picture never changes under its id, but who may see it may.
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, max-age=86400")];
    (headers, bytes).into_response()
}

/// Makes a picture of ours of what was sent; waits for its turn.
///
/// # Errors
/// [`Error::Invalid`] for what is none.
pub(super) async fn decode(sent: Vec<u8>, of: Of) -> Result<Picture> {
    if sent.len() > MAX_BYTES {
        return Err(Error::field("picture", "This file is larger than 10 MB."));
    }
    let _turn = DECODING.acquire().await.map_err(|e| Error::Internal(e.into()))?;
    tokio::task::spawn_blocking(move || read(&sent, of)).await.map_err(|e| Error::Internal(e.into()))?
}

/// Reads the form: the picture and what it shows, or why it is none; and what was typed beside it, which is kept either
/// way. The name of the file is never looked at.
async fn receive(mut form: Multipart, of: Of) -> Result<(Result<(Picture, String)>, String)> {
    let (mut sent, mut alt) = (Vec::new(), String::new());
    let broken = |e: MultipartError| match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::field("picture", "This file is larger than 10 MB."),
        _ => Error::BadRequest("The form broke off on its way. Please send it again.".into()),
    };
    let parts = async {
        while let Some(field) = form.next_field().await.map_err(broken)? {
            match field.name() {
                Some("picture") => sent = field.bytes().await.map_err(broken)?.to_vec(),
                Some("alt") => alt = field.text().await.map_err(broken)?,
                _ => {}
            }
        }
        Ok(())
    };
    let all: Result<()> = parts.await;
    if let Err(error) = all {
        return Ok((Err(error), alt));
    }
    let described = Title::optional("alt", &alt);
    let both = decode(sent, of).await.and_then(|picture| Ok((picture, described?.as_str().to_owned())));
    Ok((both, alt))
}

/// A form with text in it that may bring a picture along: from members alone, everybody else is turned away before anything
/// is read. A form without a file is an ordinary one.
pub struct Sent<T> {
    /// What was typed.
    pub typed: T,
    /// The file, empty if there is none.
    file: Vec<u8>,
    alt: String,
    /// Pictures that are to go from the text.
    out: Vec<Key>,
}

impl<T: DeserializeOwned> FromRequest<App> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        if !kind.starts_with("multipart/form-data") {
            let typed = Form::<T>::from_request(request, app).await.map_err(IntoResponse::into_response)?;
            return Ok(Self { typed: typed.0, file: Vec::new(), alt: String::new(), out: Vec::new() });
        }
        let (mut parts, body) = request.into_parts();
        let Ok(visit) = Visit::from_request_parts(&mut parts, app).await;
        visit.read(|_, who| who.member().map(drop)).await.map_err(IntoResponse::into_response)?;
        let mut form = Multipart::from_request(Request::from_parts(parts, body), app)
            .await
            .map_err(IntoResponse::into_response)?;
        let broken = |e: MultipartError| {
            Error::Refused(e.status(), "The form broke off on its way, or its file is larger than 10 MB.".into())
                .into_response()
        };
        let (mut file, mut alt, mut out, mut typed) = (Vec::new(), String::new(), Vec::new(), String::new());
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or("").to_owned();
            match name.as_str() {
                "picture" => file = field.bytes().await.map_err(broken)?.to_vec(),
                "out" => out.extend(field.text().await.map_err(broken)?.parse::<Key>()),
                _ => {
                    let text = field.text().await.map_err(broken)?;
                    if name == "alt" {
                        alt.clone_from(&text);
                    }
                    typed.push_str(&format!("&{}={}", url_encode(&name), url_encode(&text)));
                }
            }
        }
        // The other fields are read by the one reader of forms.
        let plain = Request::builder()
            .method(Method::POST)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(typed.trim_start_matches('&').to_owned()))
            .map_err(|e| Error::Internal(e.into()).into_response())?;
        let typed = Form::<T>::from_request(plain, app).await.map_err(IntoResponse::into_response)?;
        Ok(Self { typed: typed.0, file, alt, out })
    }
}

impl<T> Sent<T> {
    /// What was typed, its text (the first of the two fields) without the pictures that were ticked to go and with the one
    /// that came along at its end; or why that cannot be shown: [`Error::Invalid`] for a file that is no picture, or without
    /// a word on what it shows, [`Error::TooMany`].
    pub async fn put(
        mut self,
        visit: &Visit,
        text_and_alt: impl FnOnce(&mut T) -> (&mut String, &mut String),
    ) -> (T, Result<()>) {
        let kept = self.keep(visit).await;
        let (text, alt) = text_and_alt(&mut self.typed);
        if !self.out.is_empty() {
            *text = super::without(text, &self.out);
        }
        let done = kept.map(|picture| {
            if let Some(markdown) = picture {
                *text = format!("{}\n\n{markdown}", text.trim_end()).trim_start().to_owned();
                alt.clear();
            }
        });
        (self.typed, done)
    }

    /// Keeps the picture, if there is one: the Markdown that shows it.
    async fn keep(&self, visit: &Visit) -> Result<Option<String>> {
        if self.file.is_empty() {
            return Ok(None);
        }
        let alt = described_by(&self.alt)?;
        let picture = std::sync::Arc::new(decode(self.file.clone(), Of::Work).await?);
        let kept = visit.write(move |tx, member| super::for_text(tx, member.id, &picture, &alt)).await;
        kept.map(|(_, markdown)| Some(markdown))
    }
}

/// What a picture in a text shows: it must be said.
///
/// # Errors
/// [`Error::Invalid`].
pub(super) fn described_by(alt: &str) -> Result<String> {
    let alt = Title::optional("alt", alt)?.as_str().to_owned();
    if alt.is_empty() {
        let sentence = "Please say what the picture shows, for people who cannot see it, and choose it once more.";
        return Err(Error::field("alt", sentence));
    }
    Ok(alt)
}

#[derive(Template)]
#[template(path = "pictures/photo.html")]
struct Photo {
    frame: Frame,
    errors: Errors,
    name: String,
    photo: Option<Key>,
    handle: String,
    /// Where the form goes: the photo, or a piece of work.
    work: Option<Key>,
    /// What was typed.
    alt: String,
}

async fn form(visit: &Visit, work: Option<Key>, alt: String, errors: Errors) -> Result<Photo> {
    let (frame, p) = visit.read(|tx, who| people::own(tx, who.member()?.id)).await?;
    Ok(Photo { frame, errors, name: p.name, photo: p.photo, handle: p.handle, work, alt })
}

async fn photo_form(visit: Visit) -> Result<Response> {
    let page = form(&visit, None, String::new(), Errors::default()).await?;
    visit.html(&page)
}

async fn take_photo(visit: Visit, sent: Multipart) -> Result<Response> {
    // Somebody signed out is turned away before anything is decoded.
    visit.read(|_, who| who.member().map(drop)).await?;
    let (picture, _) = receive(sent, Of::Person).await?;
    match Errors::split(picture)? {
        Ok((picture, _)) => {
            let picture = std::sync::Arc::new(picture);
            visit.write(move |tx, member| set_photo(tx, member.id, Some(&picture))).await?;
            Ok(visit.see("/profile/photo", "That is your photo now."))
        }
        Err(errors) => {
            let page = form(&visit, None, String::new(), errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn no_photo(visit: Visit) -> Result<Response> {
    visit.write(|tx, member| set_photo(tx, member.id, None)).await?;
    Ok(visit.see("/profile/photo", "Your photo is deleted. Your initials stand in its place."))
}

async fn take_work(visit: Visit, Path(id): Path<Key>, sent: Multipart) -> Result<Response> {
    visit.read(move |tx, who| crate::works::own(tx, who.member()?.id, id).map(drop)).await?;
    let (picture, typed) = receive(sent, Of::Work).await?;
    match Errors::split(picture)? {
        Ok((picture, alt)) => {
            let picture = std::sync::Arc::new(picture);
            visit.write(move |tx, member| add(tx, member.id, id, &picture, &alt)).await?;
            Ok(visit.see(&format!("/profile/work/{id}#pictures"), "The picture is added."))
        }
        Err(errors) => {
            let page = form(&visit, Some(id), typed, errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn take_away(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let work = visit.write(move |tx, member| remove(tx, member.id, id)).await?;
    let back = work.map_or_else(|| "/profile/photo".to_owned(), |w| format!("/profile/work/{w}#pictures"));
    Ok(visit.see(&back, "The picture is deleted."))
}
