//! Pages of groups: mine, and one with its keeper's buttons.

use super::{Group, Membership, Seat, Typed, answer, end, join, of, one, seats};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::live;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;
use store::sql;

/// `/profile/groups/…` and `/groups/{id}`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/profile/groups", get(mine).post(add))
        .route("/profile/groups/{id}/end", post(leave))
        .route("/profile/groups/{id}/resumption", post(resume))
        .route("/groups/{id}", get(show))
        .route("/memberships/{id}/answer", post(keep))
}

#[derive(Template)]
#[template(path = "groups/mine.html")]
struct Mine {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    groups: Vec<Membership>,
    names: Vec<String>,
}

async fn mine_page(visit: &Visit, typed: Typed, errors: Errors) -> Result<Mine> {
    let (frame, (groups, names)) = visit
        .read(|tx, who| {
            let groups = of(tx, who.member()?.id)?;
            let names =
                tx.rows(sql!("SELECT name FROM networking_groups ORDER BY folded LIMIT 500"), &[], |r| r.get(0))?;
            Ok((groups, names))
        })
        .await?;
    Ok(Mine { frame, errors, typed, groups, names })
}

async fn mine(visit: Visit) -> Result<Response> {
    let page = mine_page(&visit, Typed::default(), Errors::default()).await?;
    visit.html(&page)
}

async fn add(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let kept = typed.clone();
    let joined = visit.write(move |tx, member| join(tx, member.id, &member.name, &typed)).await;
    match Errors::split(joined)? {
        Ok(true) => Ok(visit.see("/profile/groups", "Added. You keep this group: you confirm who belongs to it.")),
        Ok(false) => Ok(visit.see("/profile/groups", "Added. The group’s keeper is asked to confirm it.")),
        Err(errors) => {
            let page = mine_page(&visit, kept, errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn leave(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let zone = visit.app.site.zone.clone();
    visit
        .write(move |tx, member| {
            let today = crate::say::iso_date(tx.now(), &zone);
            end(tx, member.id, id, Some(&today))
        })
        .await?;
    Ok(visit.see_with_undo(
        "/profile/groups",
        "Ended today. It stays on your profile as past.",
        &format!("/profile/groups/{id}/resumption"),
    ))
}

async fn resume(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, member| end(tx, member.id, id, None)).await?;
    Ok(visit.see("/profile/groups", "You still belong to it."))
}

#[derive(Template)]
#[template(path = "groups/one.html")]
struct One {
    frame: Frame,
    id: Key,
    group: Group,
    keeper: bool,
    waiting: Vec<Seat>,
    members: Vec<Seat>,
    past: Vec<Seat>,
    /// How many reviewed it.
    reviews: i64,
}

async fn show(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (frame, (group, keeper, seats, reviews)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let group = one(tx, id)?;
            let keeper = group.keeper == me;
            let seats = seats(tx, id)?;
            Ok((group, keeper, seats, crate::conversations::reviews_of(tx, id)?))
        })
        .await?;
    let (confirmed, waiting): (Vec<Seat>, Vec<Seat>) = seats.into_iter().partition(|s| s.confirmed);
    let (members, past) = confirmed.into_iter().partition(|s| s.until.is_none());
    visit.html(&One { frame, id, group, keeper, waiting, members, past, reviews })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answered {
    answer: String,
    trade: String,
}

async fn keep(visit: Visit, Path(id): Path<Key>, Form(form): Form<Answered>) -> Result<Response> {
    let yes = form.answer == "yes";
    let group = visit
        .write(move |tx, member| {
            let trade = live::field(&form.trade).map(|_| form.trade.as_str());
            answer(tx, member.id, id, yes, trade)
        })
        .await?;
    let said = if yes { "Confirmed." } else { "Not confirmed. Their profile says so." };
    Ok(visit.see(&format!("/groups/{group}"), said))
}
