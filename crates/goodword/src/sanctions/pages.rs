//! The page behind the link in a sanction's letter: the reason, and the appeal. It works without signing in.

use super::{Sanction, appeal, one};
use crate::app::App;
use crate::error::Result;
use crate::input::Words;
use crate::links;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

/// `/appeals/{token}`.
pub fn routes() -> Router<App> {
    Router::new().route("/appeals/{token}", get(show).post(send))
}

#[derive(Template)]
#[template(path = "sanctions/appeal.html")]
struct Page {
    frame: Frame,
    errors: Errors,
    token: String,
    sanction: Sanction,
    words: String,
}

async fn page(visit: &Visit, token: String, words: String, errors: Errors) -> Result<Page> {
    let opened = token.clone();
    let (frame, sanction) = visit
        .read(move |tx, _| {
            let link = links::open(tx, "appeal", &opened)?;
            one(tx, link.subject)
        })
        .await?;
    Ok(Page { frame, errors, token, sanction, words })
}

async fn show(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    visit.html(&page(&visit, token, String::new(), Errors::default()).await?)
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    words: String,
}

async fn send(visit: Visit, Path(token): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    match Errors::split(Words::parse("words", &typed.words))? {
        Ok(words) => {
            let opened = token.clone();
            visit
                .write_as_anyone(move |tx, _| {
                    let link = links::open(tx, "appeal", &opened)?;
                    appeal(tx, link.subject, &words)
                })
                .await?;
            Ok(visit
                .see(&format!("/appeals/{token}"), "Your appeal is with the moderators. The answer comes by letter."))
        }
        Err(errors) => {
            let page = page(&visit, token, typed.words, errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
