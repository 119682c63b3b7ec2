//! Pages on the way to a provider and back.

use super::flow::{Back, Trouble};
use super::trips::{self, End, Letterhead, Newcomer, arrive, be_guest, come_back, depart, newcomer};
use crate::accounts::sessions::Stay;
use crate::accounts::{account, enter, throttle};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Name;
use crate::key::{Key, new_token};
use crate::page::{Errors, Frame, own_path, set_cookie};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::{Form, Query};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

/// `/sign-in/with/…`, `/sign-in/arrivals/…`, `/account/connections/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in/with/{provider}", post(leave))
        .route("/sign-in/with/{provider}/return", get(back))
        .route("/sign-in/arrivals/{state}", get(choose))
        .route("/sign-in/arrivals/{state}/member", post(join))
        .route("/sign-in/arrivals/{state}/guest", post(stay_guest))
        .route("/account/connections/{provider}", post(connect))
        .route("/account/connections/{id}/removal", post(disconnect))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wish {
    next: String,
    shared: String,
}

#[derive(Template)]
#[template(path = "accounts/providers/leave.html")]
struct Leave {
    frame: Frame,
    name: String,
    url: String,
}

async fn leave(visit: Visit, jar: CookieJar, Path(id): Path<String>, Form(wish): Form<Wish>) -> Result<Response> {
    let next = own_path(&wish.next).to_owned();
    send_off(visit, jar, id, next, Stay::unless_shared(&wish.shared), false).await
}

async fn connect(visit: Visit, jar: CookieJar, Path(id): Path<String>) -> Result<Response> {
    send_off(visit, jar, id, "/account".into(), Stay::Long, true).await
}

/// The page between us and the provider: a form may not lead to another site (`form-action`), a page may.
async fn send_off(
    visit: Visit,
    jar: CookieJar,
    id: String,
    next: String,
    stay: Stay,
    connecting: bool,
) -> Result<Response> {
    let app = visit.app.clone();
    let provider = app.site.providers.get(&id).ok_or(Error::NotFound)?;
    throttle::by_address(&visit)?;
    let known = jar.get(&app.site.cookie("trip")).map(|c| c.value().to_owned());
    let browser = known.filter(|b| b.len() == 52).unwrap_or_else(|| new_token(&app.clock));
    let (kept, back_to) = (browser.clone(), next.clone());
    let secrets = visit
        .write_as_anyone(move |tx, who| {
            let party = if connecting { Some(who.member()?.id) } else { None };
            depart(tx, &id, &kept, &next, stay, party)
        })
        .await?;
    let way_back = way_back(&app, &provider.id);
    let url = app.site.providers.departure(&app.site.outbound, provider, &secrets, &way_back, app.clock.now()).await;
    let mut response = match url {
        Ok(url) => visit.html(&Leave { frame: visit.frame().await?, name: provider.name.clone(), url })?,
        Err(trouble) => failed(&visit, &provider.name, &trouble, &back_to).await?,
    };
    set_cookie(&app.site, &mut response, "trip", &browser, Some(20 * 60));
    Ok(response)
}

/// Of each provider its own, so that no answer of one is taken for another's.
fn way_back(app: &App, provider: &str) -> String {
    format!("{}/sign-in/with/{provider}/return", app.site.public_url)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer {
    state: String,
    code: String,
    error: String,
    iss: Option<String>,
}

async fn back(visit: Visit, jar: CookieJar, Path(id): Path<String>, Query(answer): Query<Answer>) -> Result<Response> {
    let app = visit.app.clone();
    let provider = app.site.providers.get(&id).ok_or(Error::NotFound)?;
    let name = provider.name.as_str();
    let browser = jar.get(&app.site.cookie("trip")).map(|c| c.value().to_owned()).unwrap_or_default();
    let state = answer.state.clone();
    let trip = match visit.write_as_anyone(move |tx, _| come_back(tx, &id, &state, &browser)).await {
        Ok(trip) => trip,
        Err(Error::Gone(sentence)) => {
            return ended(&visit, StatusCode::GONE, "Please begin again", &sentence, "/").await;
        }
        Err(other) => return Err(other),
    };
    if answer.error == "access_denied" {
        let sentence = format!("You said no at {name}, so nothing was done and nothing is kept.");
        return ended(&visit, StatusCode::OK, "Not signed in", &sentence, &trip.next).await;
    }
    if !answer.error.is_empty() {
        return failed(&visit, name, &Trouble::Odd(formats::text::clean_line(&answer.error)), &trip.next).await;
    }
    let to = way_back(&app, &provider.id);
    let back = Back {
        code: &answer.code,
        issuer: answer.iss.as_deref(),
        to: &to,
        nonce: &trip.nonce,
        verifier: &trip.verifier,
    };
    let person = match app.site.providers.arrival(&app.site.outbound, provider, &back, app.clock.now()).await {
        Ok(person) => person,
        Err(trouble) => return failed(&visit, name, &trouble, &trip.next).await,
    };
    let site = Letterhead { public_url: app.site.public_url.clone(), network: app.network() };
    let (state, agent, names) =
        (answer.state.clone(), visit.agent.clone(), (provider.id.clone(), provider.name.clone()));
    let (next, stay) = (trip.next.clone(), trip.stay);
    let end = visit
        .write_as_anyone(move |tx, who| {
            // The member who began to connect an account has to be the one who comes back with it.
            if trip.connecting.is_some() && trip.connecting != who.id() {
                return Err(Error::SignIn);
            }
            arrive(tx, &site, (&names.0, &names.1), &state, &trip, &person, &agent)
        })
        .await;
    match end {
        Ok(End::Entered(session)) => Ok(enter(&app.site, &session, stay, &next)),
        Ok(End::Connected) => Ok(visit.see("/account", &format!("Your {name} account signs you in from now on."))),
        Ok(End::Choose) => Ok(axum::response::IntoResponse::into_response(axum::response::Redirect::to(&format!(
            "/sign-in/arrivals/{}",
            answer.state
        )))),
        Err(Error::Forbidden(sentence)) => {
            ended(&visit, StatusCode::FORBIDDEN, "Not signed in", &sentence, &next).await
        }
        Err(other) => Err(other),
    }
}

#[derive(Template)]
#[template(path = "accounts/providers/ended.html")]
struct Ended<'a> {
    frame: Frame,
    title: &'a str,
    sentence: &'a str,
    next: &'a str,
}

async fn ended(visit: &Visit, status: StatusCode, title: &str, sentence: &str, next: &str) -> Result<Response> {
    let frame = visit.frame().await?;
    visit.html_as(status, &Ended { frame, title, sentence, next })
}

async fn failed(visit: &Visit, name: &str, trouble: &Trouble, next: &str) -> Result<Response> {
    tracing::warn!(provider = name, %trouble, "a sign-in by a provider failed");
    let (title, sentence) = match trouble {
        Trouble::Down(_) => (
            format!("{name} does not answer"),
            format!(
                "{name} cannot be reached from here just now. Please try again in a moment, or sign in another way."
            ),
        ),
        _ => (
            "That did not work".to_owned(),
            format!(
                "{name} gave an answer that cannot be relied on, so you are not signed in. Please try again, or sign in another way."
            ),
        ),
    };
    ended(visit, StatusCode::BAD_GATEWAY, &title, &sentence, next).await
}

#[derive(Template)]
#[template(path = "accounts/providers/choose.html")]
struct Choose {
    frame: Frame,
    errors: Errors,
    new: Newcomer,
    name: String,
    provider: String,
    state: String,
    join: bool,
}

fn browser(visit: &Visit, jar: &CookieJar) -> String {
    jar.get(&visit.app.site.cookie("trip")).map(|c| c.value().to_owned()).unwrap_or_default()
}

async fn choice(
    visit: &Visit,
    jar: &CookieJar,
    state: String,
    typed: Option<String>,
    errors: Errors,
) -> Result<Choose> {
    let (kept, asked) = (browser(visit, jar), state.clone());
    let (frame, new) = visit.read(move |tx, _| newcomer(tx, &asked, &kept)).await?;
    let provider = visit.app.site.providers.name_of(new.provider()).to_owned();
    let (name, join) = (typed.unwrap_or_else(|| new.name().to_owned()), new.may_join(visit.app.join()));
    Ok(Choose { frame, errors, name, provider, state, join, new })
}

async fn choose(visit: Visit, jar: CookieJar, Path(state): Path<String>) -> Result<Response> {
    let page = choice(&visit, &jar, state, None, Errors::default()).await?;
    let status = if page.join || page.new.may_be_guest() { StatusCode::OK } else { StatusCode::FORBIDDEN };
    visit.html_as(status, &page)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Joining {
    name: String,
}

async fn join(visit: Visit, jar: CookieJar, Path(state): Path<String>, Form(typed): Form<Joining>) -> Result<Response> {
    let name = match Errors::split(Name::parse("name", &typed.name))? {
        Ok(name) => name,
        Err(errors) => {
            let page = choice(&visit, &jar, state, Some(typed.name), errors).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let (kept, open, agent) = (browser(&visit, &jar), visit.app.join(), visit.agent.clone());
    let (session, new) = visit
        .write_as_anyone(move |tx, _| {
            let new = newcomer(tx, &state, &kept)?;
            Ok((trips::join(tx, &state, &kept, &name, open, &agent)?, new))
        })
        .await?;
    // As after an invitation: first whom they trust, unless they were on their way somewhere.
    let next = if new.next() == "/" { "/trust" } else { new.next() };
    Ok(enter(&visit.app.site, &session, new.stay(), next))
}

async fn stay_guest(visit: Visit, jar: CookieJar, Path(state): Path<String>) -> Result<Response> {
    let (kept, agent) = (browser(&visit, &jar), visit.agent.clone());
    let (session, new) = visit
        .write_as_anyone(move |tx, _| {
            let new = newcomer(tx, &state, &kept)?;
            Ok((be_guest(tx, &state, &kept, &agent)?, new))
        })
        .await?;
    Ok(enter(&visit.app.site, &session, new.stay(), new.next()))
}

async fn disconnect(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let letters = account::letters_leave(&visit.app);
    visit
        .write(move |tx, member| {
            trips::disconnect(tx, member.id, id)?;
            account::keep_a_way_in(tx, member.id, letters)
        })
        .await?;
    Ok(visit.see("/account", "Disconnected: it opens nothing here any more."))
}
