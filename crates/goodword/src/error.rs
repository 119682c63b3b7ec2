//! What can go wrong with a request: a status and a sentence the person can act on.

use crate::page;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

/// The app's one error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was typed cannot be used: each field with its sentence. Pages show the form again with the values kept.
    #[error("{}", .0.first().map_or("Something in the form needs another look.", |(_, sentence)| sentence))]
    Invalid(Vec<(&'static str, String)>),
    /// A request that makes no sense as sent.
    #[error("{0}")]
    BadRequest(String),
    /// Only for people who are signed in; holds where to come back to.
    #[error("Please sign in first.")]
    SignIn,
    /// Not this person's to do.
    #[error("{0}")]
    Forbidden(String),
    /// Not there, or not to be known to this person: both look alike.
    #[error("There is no such page, or it is not yours to see.")]
    NotFound,
    /// Somebody else was faster, or it was done already.
    #[error("{0}")]
    Conflict(String),
    /// A link that was used or has run out.
    #[error("{0}")]
    Gone(String),
    /// A limit was reached; says which and why.
    #[error("{0}")]
    TooMany(String),
    /// A refusal that only HTTP has a name for.
    #[error("{1}")]
    Refused(StatusCode, String),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A bug or an outside failure: logged, not shown.
    #[error("Something went wrong on our side. It has been noted; please try again.")]
    Internal(#[from] anyhow::Error),
}

/// What app functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// One field, one sentence.
    pub fn field(name: &'static str, sentence: impl Into<String>) -> Self {
        Self::Invalid(vec![(name, sentence.into())])
    }

    /// The HTTP status it means.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict(_) | Self::Store(store::Error::Constraint(_)) => StatusCode::CONFLICT,
            Self::Gone(_) => StatusCode::GONE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(status, _) => *status,
            Self::Store(store::Error::NoRow) => StatusCode::NOT_FOUND,
            Self::Store(store::Error::NulInText) => StatusCode::BAD_REQUEST,
            Self::Store(store::Error::Busy | store::Error::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What to tell the person: never an engine's message.
    pub fn sentence(&self) -> String {
        match self {
            Self::Store(store::Error::Constraint(_)) => {
                "That has been done already, or no longer fits what is there. Please look again.".to_owned()
            }
            Self::Store(store::Error::Busy | store::Error::Unavailable(_)) => {
                "The database cannot be reached just now. Nothing was lost; please try again in a moment.".to_owned()
            }
            Self::Store(store::Error::NoRow) => Self::NotFound.to_string(),
            Self::Store(store::Error::NulInText) => {
                "There is a null character in it, which no text has. Please take it out and send it again.".to_owned()
            }
            Self::Store(_) => "Something went wrong on our side. It has been noted; please try again.".to_owned(),
            other => other.to_string(),
        }
    }
}

/// Left on the response for the API layer, which answers in JSON instead.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The HTTP status.
    pub status: StatusCode,
    /// The sentence.
    pub sentence: String,
    /// Fields with their sentences.
    pub fields: Vec<(&'static str, String)>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(error = ?self, "request failed");
            if matches!(self, Self::Store(_)) {
                crate::metrics::database_failed();
            }
        }
        let sentence = self.sentence();
        let fields = if let Self::Invalid(fields) = &self { fields.clone() } else { Vec::new() };
        let mut response = if matches!(self, Self::SignIn) {
            // The router's layer adds where to come back to.
            Redirect::to("/sign-in").into_response()
        } else {
            (status, page::failure(status, &sentence)).into_response()
        };
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response.extensions_mut().insert(Failure { status, sentence, fields });
        response
    }
}
