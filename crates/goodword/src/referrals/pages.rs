//! Routes, who a page is for, and the page before asking: exactly what will be sent.

use super::asking::{self, Ask, NeedShown, asks_left};
use super::rules::Progress;
use super::store::{self, Side};
use super::{answer_page, consent_page, doors, list, mine_page, one_page};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Check, Email, Name, Title, Words};
use crate::key::Key;
use crate::links;
use crate::page::{Errors, Frame};
use crate::viewer::{Visit, Who};
use ::store::{Tx, sql};
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;

/// `/referrals/…`, `/answers/…`, `/consents/…` and `/mine/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/referrals", get(list::show).post(send))
        .route("/referrals/new", get(form))
        .route("/referrals/offer", get(doors::offer_form).post(doors::send_offer))
        .route("/referrals/record", get(doors::record_form).post(doors::send_record))
        .route("/referrals/request", get(doors::request_form).post(doors::send_request))
        .route("/referrals/{id}", get(one_page::show))
        .route("/referrals/{id}/card", get(one_page::card))
        .route("/referrals/{id}/moves", post(one_page::move_on))
        .route("/referrals/{id}/undo", post(one_page::undo))
        .route("/referrals/{id}/cancellation", post(one_page::cancel))
        .route("/referrals/{id}/hearing", post(one_page::let_hear))
        .route("/referrals/{id}/meeting", post(one_page::meet))
        .route("/referrals/{id}/meeting.ics", get(one_page::meeting_file))
        .route("/referrals/{id}/meeting-removal", post(one_page::call_off))
        .route("/answers/{which}", get(answer_page::show))
        .route("/answers/{which}/offer", post(answer_page::offer))
        .route("/answers/{which}/refusal", post(answer_page::decline))
        .route("/consents/{which}", get(consent_page::show))
        .route("/consents/{which}/acceptance", post(consent_page::accept))
        .route("/consents/{which}/refusal", post(consent_page::refuse))
        .route("/mine/{token}", get(mine_page::show))
        .route("/mine/{token}/card", get(mine_page::card))
        .route("/mine/{token}/meeting.ics", get(mine_page::meeting_file))
        .route("/mine/{token}/{deed}", post(mine_page::act))
}

/// Who acts on which referral: the bearer of a signed link, or the member signed in when a referral's id stands in its
/// place.
///
/// # Errors
/// [`Error::SignIn`] without a session, [`Error::NotFound`] and [`Error::Gone`] for links that are none or have run out.
pub fn bearer(tx: &mut Tx<'_>, who: &Who, purpose: &str, which: &str) -> Result<(Key, Key)> {
    if let Ok(id) = which.parse::<Key>() {
        return Ok((who.member()?.id, id));
    }
    let link = links::open(tx, purpose, which)?;
    Ok((link.party, link.subject))
}

/// What the page before asking is about, and what was typed there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    need: String,
    professional: String,
    referrer: String,
    words: String,
    place: String,
    note: String,
    budget: String,
    date: String,
    name: String,
    email: String,
    hear: String,
}

#[derive(Template)]
#[template(path = "referrals/new.html")]
struct New {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    need: NeedShown,
    asker: String,
    professional: Side,
    referrer: Side,
    others: Vec<Side>,
    left: i64,
}

impl New {
    /// Where another voice is asked; what was typed here and refused goes along.
    fn instead(&self, other: &Side) -> String {
        let mut url = format!(
            "/referrals/new?need={}&professional={}&referrer={}",
            self.typed.need, self.professional.id, other.id
        );
        if !self.errors.is_empty() {
            for (name, typed) in
                [("words", &self.typed.words), ("place", &self.typed.place), ("note", &self.typed.note)]
            {
                url = format!("{url}&{name}={}", crate::router::url_encode(typed));
            }
        }
        url
    }
}

async fn new_page(visit: &Visit, typed: Typed, errors: Errors, fresh: bool) -> Result<New> {
    let need: Key = typed.need.parse().map_err(|_| Error::NotFound)?;
    let professional: Key = typed.professional.parse().map_err(|_| Error::NotFound)?;
    let chosen = typed.referrer.parse::<Key>().ok();
    let (frame, (shown, asker, professional, referrer, others, left)) = visit
        .read(move |tx, who| {
            let me = who.member()?;
            let shown = asking::need_shown(tx, need, me.id)?;
            let professional = store::member(tx, professional)?;
            let voices = voices(tx, need, professional.id, me.id)?;
            let chosen = match chosen.map(|id| store::member(tx, id)) {
                // Somebody who paused meanwhile: another voice is shown, but nothing is sent to it unseen.
                Some(Err(Error::NotFound)) if fresh => None,
                chosen => chosen.transpose()?,
            };
            let referrer = match chosen {
                Some(side) => side,
                None => voices.first().cloned().ok_or_else(|| {
                    Error::Conflict(format!(
                        "Nobody you could ask has vouched for {} in this field, so there is nobody to introduce you.",
                        professional.name
                    ))
                })?,
            };
            let others = voices.into_iter().filter(|v| v.id != referrer.id).collect();
            Ok((shown, me.name.clone(), professional, referrer, others, asks_left(tx, me.id, need)?))
        })
        .await?;
    let mut typed = typed;
    if fresh && typed.words.is_empty() {
        typed.words.clone_from(&shown.words);
        typed.place.clone_from(&shown.place);
    }
    if typed.hear.is_empty() {
        shown.progress.as_str().clone_into(&mut typed.hear);
    }
    Ok(New { frame, errors, typed, need: shown, asker, professional, referrer, others, left })
}

/// Who could be asked: members here who vouched for the professional in the need's field and know more than hearsay, first
/// those the asker relies on.
fn voices(tx: &mut Tx<'_>, need: Key, professional: Key, me: Key) -> Result<Vec<Side>> {
    Ok(tx.rows(
        sql!(
            "SELECT p.id, p.name, p.handle, p.kind, p.email FROM vouches v JOIN needs n ON n.field = v.field
               JOIN parties p ON p.id = v.from_id LEFT JOIN profiles f ON f.party_id = v.from_id
             WHERE n.id = $1 AND v.to_id = $2 AND v.from_id <> $3 AND v.state = 'live' AND v.hidden_at IS NULL
               AND v.basis <> 'heard of' AND p.status = 'active' AND p.kind = 'member'
               AND NOT COALESCE(f.asks_paused, FALSE)
             ORDER BY EXISTS (SELECT 1 FROM trusts t WHERE t.from_id = $3 AND t.to_id = v.from_id) DESC,
               v.renewed_at DESC, v.id LIMIT 5"
        ),
        &[&need, &professional, &me],
        |r| store::side(r, 0),
    )?)
}

async fn form(visit: Visit, Query(typed): Query<Typed>) -> Result<Response> {
    let page = new_page(&visit, typed, Errors::default(), true).await?;
    visit.html(&page)
}

async fn send(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let page = new_page(&visit, typed.clone(), Errors::default(), false).await?;
    let mut check = Check::default();
    let words = check.take(Words::parse("words", &typed.words))?;
    let place = check.take(Title::optional("place", &typed.place))?;
    let note = check.take(Words::optional("note", &typed.note))?;
    let client = if page.need.for_client {
        let name = check.take(Name::parse("name", &typed.name))?;
        name.zip(check.take(Email::parse("email", &typed.email))?)
    } else {
        None
    };
    let refused = Errors::split(check.finish())?.err();
    let (Some(words), Some(place), Some(note), None) = (words, place, note, &refused) else {
        return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &New { errors: refused.unwrap_or_default(), ..page });
    };
    let pick = |ticked: &str, value: &Option<String>| {
        if ticked == "yes" { value.clone().unwrap_or_default() } else { String::new() }
    };
    let ask = Ask {
        need: typed.need.parse().map_err(|_| Error::NotFound)?,
        referrer: page.referrer.id,
        professional: page.professional.id,
        words,
        place,
        budget: pick(&typed.budget, &page.need.budget),
        date: pick(&typed.date, &page.need.date),
        note,
        client,
        progress: Progress::parse(&typed.hear),
    };
    let url = visit.app.site.public_url.clone();
    let sent = visit.write(move |tx, member| asking::ask(tx, &url, member.id, &ask)).await;
    let (id, new) = match Errors::kept(sent, "exact")? {
        Ok(done) => done,
        Err((status, errors)) => return visit.html_as(status, &New { errors, ..page }),
    };
    let first = page.referrer.first();
    let said = if new {
        format!("Sent. {first} decides first; we remind them once.")
    } else {
        format!("You had asked {first} already; it was not sent twice.")
    };
    Ok(visit.see(&format!("/referrals/{id}"), &said))
}
