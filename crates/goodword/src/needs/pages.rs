//! Pages: say a need, read the answer.

use super::recommend::{self, Recommendations};
use super::{Asked, Understood, save, understand};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::live;
use crate::page::{Errors, Frame};
use crate::regulated;
use crate::router::url_encode;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use axum_extra::extract::Form;
use serde::Deserialize;
use store::{Tx, sql};

/// `/needs/…` and `/recommendations`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/needs/new", get(form))
        .route("/needs", get(super::posted::list).post(keep))
        .route("/recommendations", get(results))
        .merge(super::compare::routes())
        .merge(super::posted::routes())
}

#[derive(Template)]
#[template(path = "needs/new.html")]
struct New {
    frame: Frame,
    errors: Errors,
    asked: Asked,
    /// From somebody's profile: the need is for them.
    whom: Option<Whom>,
}

/// Somebody an introduction is wanted to, before a need was said.
struct Whom {
    id: Key,
    name: String,
    handle: String,
    /// Code and name of what they work as.
    trades: Vec<(String, String)>,
}

impl Whom {
    fn first(&self) -> &str {
        crate::say::first_name(&self.name)
    }
}

fn whom(tx: &mut Tx<'_>, id: Key) -> Result<Whom> {
    let (name, handle) = tx
        .row(
            sql!(
                "SELECT name, COALESCE(handle, '') FROM parties WHERE id = $1 AND kind = 'member' AND status = 'active'"
            ),
            &[&id],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?
        .ok_or(Error::NotFound)?;
    let codes: Vec<String> =
        tx.rows(sql!("SELECT field FROM professions WHERE party_id = $1 ORDER BY position"), &[&id], |r| r.get(0))?;
    let trades = codes.into_iter().map(|c| (live::field_name(&c).to_owned(), c)).map(|(n, c)| (c, n)).collect();
    Ok(Whom { id, name, handle, trades })
}

async fn new_page(visit: &Visit, asked: Asked, professional: &str, errors: Errors) -> Result<New> {
    let professional: Option<Key> = professional.parse().ok();
    let (frame, whom) = visit
        .read(move |tx, who| {
            who.may_browse()?;
            let Some(professional) = professional else { return Ok(None) };
            who.member()?;
            whom(tx, professional).map(Some)
        })
        .await?;
    let mut asked = asked;
    if let (Some(w), true) = (&whom, asked.field.is_empty())
        && let Some((code, _)) = w.trades.first()
    {
        asked.field.clone_from(code);
    }
    Ok(New { frame, errors, asked, whom })
}

async fn form(visit: Visit, Query(wanted): Query<Keep>) -> Result<Response> {
    visit.html(&new_page(&visit, wanted.asked, &wanted.professional, Errors::default()).await?)
}

#[derive(Template)]
#[template(path = "needs/results.html")]
struct Results {
    frame: Frame,
    asked: Asked,
    need: Understood,
    found: Recommendations,
    /// Neighbours on the list: first names and the page that says why one stands above the other.
    pairs: Vec<(String, String, String)>,
    /// The query with people farther away.
    farther_url: String,
    /// Something to say to asker and operator about a regulated field.
    regulated: Option<String>,
}

/// The answer, however it is asked for: everything a viewer may know.
pub async fn answer(visit: &Visit, asked: &Asked) -> Result<(Frame, Understood, Recommendations)> {
    let (frame, need, found, _) = answer_with_notice(visit, asked).await?;
    Ok((frame, need, found))
}

type Noticed = (Frame, Understood, Recommendations, Option<String>);

async fn answer_with_notice(visit: &Visit, asked: &Asked) -> Result<Noticed> {
    let (app, asked) = (visit.app.clone(), asked.clone());
    let (frame, (need, found, notice)) = visit
        .read(move |tx, who| {
            who.may_browse()?;
            let memory = app.live.memory();
            let need = understand(&asked, &memory, who.now, &app.site.zone)?;
            let found = recommend::recommend(tx, &memory, who.id(), &need, asked.farther == "1")?;
            let notice = regulated::notice(&memory, &need.field);
            Ok((need, found, notice))
        })
        .await?;
    Ok((frame, need, found, notice))
}

async fn results(visit: Visit, Query(asked): Query<Asked>) -> Result<Response> {
    let (frame, need, found, regulated) = match Errors::split(answer_with_notice(&visit, &asked).await)? {
        Ok(found) => found,
        Err(errors) => {
            let page = new_page(&visit, asked, "", errors).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let farther_url = format!("/recommendations?{}", Asked { farther: "1".into(), ..asked.clone() }.query());
    let pairs = found.results.windows(2).map(|pair| {
        let url = format!("/recommendations/compare?{}&a={}&b={}", asked.query(), pair[0].person.id, pair[1].person.id);
        let name = |n: usize| crate::say::first_name(&pair[n].person.name).to_owned();
        (name(0), name(1), url)
    });
    let pairs = pairs.collect();
    visit.html(&Results { frame, asked, need, found, pairs, farther_url, regulated })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Keep {
    #[serde(flatten)]
    asked: Asked,
    /// Whom to be introduced to, and by whom: the next page asks for it.
    professional: String,
    referrer: String,
}

/// Saves the need and goes on to the request for an introduction, or to the need's own page.
async fn keep(visit: Visit, Form(form): Form<Keep>) -> Result<Response> {
    let app = visit.app.clone();
    let (professional, referrer) = (form.professional.parse::<Key>().ok(), form.referrer.parse::<Key>().ok());
    let (typed, asked) = (form.asked.clone(), form.asked);
    let query = asked.query();
    let saved = visit
        .write(move |tx, member| {
            let need = {
                let memory = app.live.memory();
                understand(&asked, &memory, tx.now(), &app.site.zone)?
            };
            save(tx, member.id, &need)
        })
        .await;
    let need = match saved {
        Err(Error::Invalid(errors)) => {
            let page = new_page(&visit, typed, &form.professional, Errors(errors)).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        Err(Error::SignIn) => {
            // Back to the same answer after signing in, with nothing to type again.
            let back = url_encode(&format!("/recommendations?{query}"));
            return Ok(Redirect::to(&format!("/sign-in?next={back}")).into_response());
        }
        other => other?,
    };
    let to = match (professional, referrer) {
        (Some(p), Some(r)) => format!("/referrals/new?need={need}&professional={p}&referrer={r}"),
        (Some(p), None) => format!("/referrals/new?need={need}&professional={p}"),
        _ => format!("/needs/{need}"),
    };
    Ok(Redirect::to(&to).into_response())
}
