//! Reading requests and writing answers, with refusals that say what is wrong.

use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::viewer::Visit;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A JSON body, in or out.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        if kind != "application/json" {
            let sentence = "The body has to be JSON, sent as content type application/json.";
            return Err(Error::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence.into()));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|e| Error::Refused(e.status(), "The body could not be read, or is too large.".into()))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|e| match e.classify() {
            // The sentence names the field; it quotes nothing but the sender's own body.
            serde_json::error::Category::Data => {
                Error::Refused(StatusCode::UNPROCESSABLE_ENTITY, format!("The body does not fit: {e}."))
            }
            _ => Error::BadRequest(format!("The body is no JSON: {e}.")),
        })
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A body that is read only once a member is known to send it: for long ones.
pub struct Signed<T>(pub T);

impl<T: FromRequest<App, Rejection = Error> + Send> FromRequest<App> for Signed<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let Ok(visit) = Visit::from_request_parts(&mut parts, app).await;
        visit.read(|_, who| who.member().map(drop)).await?;
        T::from_request(Request::from_parts(parts, body), app).await.map(Self)
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|q| Self(q.0))
            .map_err(|e| Error::BadRequest(format!("The query does not fit: {}.", e.body_text())))
    }
}

/// The one id in the path. Something that is no id is an id that nobody has.
pub struct Id(pub Key);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        crate::path::Path::<Key>::from_request_parts(parts, state).await.map(|path| Self(path.0))
    }
}

/// 201 with where the new thing is.
pub type Created<T> = (StatusCode, [(header::HeaderName, String); 1], Json<T>);

/// 201.
pub fn created<T>(path: String, body: T) -> Created<T> {
    (StatusCode::CREATED, [(header::LOCATION, path)], Json(body))
}

/// 200 with an `ETag` for the version, to send back as `If-Match`.
pub fn versioned<T: Serialize>(version: i64, body: T) -> Response {
    ([(header::ETAG, etag(version))], Json(body)).into_response()
}

fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The version a change was made to: `If-Match`, else what the body says. `stored` is the present one.
///
/// # Errors
/// 412 where `If-Match` names another version, 428 where neither is given.
pub fn seen_version(headers: &HeaderMap, body: Option<i64>, stored: i64) -> Result<i64> {
    match (headers.get(header::IF_MATCH).and_then(|v| v.to_str().ok()), body) {
        (Some("*"), _) => Ok(stored),
        (Some(seen), _) if seen.split(',').any(|tag| tag.trim() == etag(stored)) => Ok(stored),
        (Some(_), _) => Err(Error::Refused(
            StatusCode::PRECONDITION_FAILED,
            "This was changed meanwhile. Nothing of yours was saved; read it again.".into(),
        )),
        (None, Some(version)) => Ok(version),
        (None, None) => Err(Error::Refused(
            StatusCode::PRECONDITION_REQUIRED,
            "Send the version you read, as If-Match or as “version”, so that nobody’s change is lost.".into(),
        )),
    }
}
