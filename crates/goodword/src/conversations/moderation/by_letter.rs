//! A decision by the link in a moderator's letter, after a second press.

use super::{decide, said, state};
use crate::app::App;
use crate::conversations::is_moderator;
use crate::conversations::visitor::Visitor;
use crate::error::{Error, Result};
use crate::links;
use crate::page::Frame;
use crate::path::Path;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use axum_extra::extract::Form;
use serde::Deserialize;
use store::{Tx, sql};

/// `/moderation/links/…`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/moderation/links/{token}", get(by_letter).post(decide_by_letter))
}

#[derive(Template)]
#[template(path = "conversations/by_letter.html")]
struct ByLetter {
    frame: Frame,
    token: String,
    answer: String,
    title: String,
    name: String,
    html: String,
    state: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answered {
    answer: String,
}

/// The comment a moderator's link is about: title, name, html, state.
fn by_link(tx: &mut Tx<'_>, token: &str) -> Result<(links::Link, [String; 4])> {
    let link = links::open(tx, "moderation", token)?;
    if !is_moderator(tx, Some(link.party))? {
        return Err(Error::NotFound);
    }
    let found = tx.row(
        sql!(
            "SELECT s.title, COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.html, c.state FROM comments c
               JOIN posts s ON s.id = c.post_id LEFT JOIN parties p ON p.id = c.author_id WHERE c.id = $1"
        ),
        &[&link.subject],
        |r| Ok([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?]),
    )?;
    Ok((link, found.ok_or(Error::NotFound)?))
}

async fn by_letter(visitor: Visitor, Path(token): Path<String>, Query(asked): Query<Answered>) -> Result<Response> {
    let kept = token.clone();
    let (frame, [title, name, html, state]) = visitor.read(move |tx, _| Ok(by_link(tx, &kept)?.1)).await?;
    let answer = if asked.answer == "spam" { "spam" } else { "approved" }.to_owned();
    visitor.visit.html(&ByLetter { frame, token, answer, title, name, html, state })
}

async fn decide_by_letter(visitor: Visitor, Path(token): Path<String>, Form(form): Form<Answered>) -> Result<Response> {
    let to = state(&form.answer)?;
    let back = format!("/moderation/links/{token}");
    visitor
        .write(move |tx, _| {
            let (link, _) = by_link(tx, &token)?;
            decide(tx, link.party, link.subject, to, "by letter")
        })
        .await?;
    Ok(visitor.visit.see(&back, &said(to, 1)))
}
