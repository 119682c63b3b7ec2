//! Introductions: waiting for me, under way, ended.

use super::rules::{Role, State, Temperature};
use super::store::{self, Referral};
use crate::error::Result;
use crate::key::Key;
use crate::live::Memory;
use crate::page::Frame;
use crate::viewer::Visit;
use ::store::{DAY, Tx, sql};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;

/// Rows on one page.
const PAGE: usize = 25;

/// One introduction in a list.
struct Row {
    url: String,
    name: String,
    title: String,
    line: String,
    /// `None`: nothing can be said before the referrer has answered.
    temperature: Option<Temperature>,
    supposed: bool,
    state: State,
    aside: String,
    waits: bool,
    ended: bool,
}

#[derive(Template)]
#[template(path = "referrals/list.html")]
struct List {
    frame: Frame,
    show: &'static str,
    rows: Vec<Row>,
    waiting: usize,
    under_way: usize,
    ended: usize,
    page: usize,
    pages: usize,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Filter {
    show: String,
    page: usize,
}

fn row(r: &Referral, role: Role, me: Key, unanswered: bool, memory: &Memory, now: i64) -> Row {
    let asked = r.position().waits_for().is_some_and(|w| r.side(w).id == me);
    let outcome = unanswered && r.opened_at.is_some() && r.revealed_at.is_none();
    let first = |name: &str| crate::say::first_name(name).to_owned();
    let state = r.shown_state(role);
    let (name, title) = match role {
        _ if outcome => {
            let whom = if role == Role::Professional { &r.client.name } else { &r.professional.name };
            (whom.clone(), format!("How was it with {}?", first(whom)))
        }
        Role::Referrer if asked => {
            (r.asker.name.clone(), format!("{} asks you about {}", r.asker.name, r.professional.name))
        }
        role => said(r, role),
    };
    let url = match (outcome, asked, role) {
        (true, ..) => format!("/referrals/{}/outcome", r.id),
        (_, true, Role::Referrer) => format!("/answers/{}", r.id),
        (_, true, _) => format!("/consents/{}", r.id),
        _ => format!("/referrals/{}", r.id),
    };
    let left = |end: i64| crate::say::count((end - now).max(0) / DAY, "day");
    let aside = match (outcome, asked) {
        (true, _) => r.closes_at.map_or_else(String::new, |at| format!("{} left", left(at))),
        (_, true) => format!("{} left", left(r.updated_at + super::letters::CLOSE)),
        _ => crate::say::ago(&r.seen_at(role), &now),
    };
    let is_supposed = r.introduced_at.is_none();
    let temperature =
        if is_supposed { r.could_be(memory).map(|(temperature, _)| temperature) } else { Some(r.temperature()) };
    Row {
        url,
        name,
        title,
        line: crate::say::shorten(r.need_now(), 110),
        temperature,
        supposed: is_supposed,
        state,
        aside,
        waits: asked || outcome,
        ended: state.is_end() && !outcome,
    }
}

/// An introduction under way, as one line for its people.
pub struct UnderWay {
    /// Where it is followed.
    pub url: String,
    /// Whose face stands beside it.
    pub name: String,
    /// "Ben Castle, florist".
    pub title: String,
    /// Where it stands, as far as this person may know.
    pub state: State,
    /// "2 days ago".
    pub when: String,
}

/// What somebody takes part in and has not ended, newest first: as much of each as they may know.
///
/// # Errors
/// The database's.
pub fn under_way(tx: &mut Tx<'_>, me: Key, most: usize) -> Result<Vec<UnderWay>> {
    let now = tx.now();
    let all = store::of_party(tx, me)?;
    let rows = all.iter().filter_map(|r| {
        let role = r.role(me).filter(|role| r.is_known_to(*role))?;
        let state = r.shown_state(role);
        let (name, title) = said(r, role);
        let when = crate::say::ago(&r.seen_at(role), &now);
        (!state.is_end()).then(|| UnderWay { url: format!("/referrals/{}", r.id), name, title, state, when })
    });
    Ok(rows.take(most).collect())
}

/// Whose face stands beside a referral, and what it is called, for one of its people.
fn said(r: &Referral, role: Role) -> (String, String) {
    match role {
        Role::Professional if r.introduced_at.is_some() => {
            (r.client.name.clone(), format!("{}, sent by {}", r.client.name, r.referrer.first()))
        }
        Role::Professional => (r.referrer.name.clone(), format!("{} has a client for you", r.referrer.name)),
        _ => (r.professional.name.clone(), format!("{}, {}", r.professional.name, r.trade())),
    }
}

fn answered(tx: &mut Tx<'_>, me: Key) -> Result<Vec<Key>> {
    Ok(tx.rows(sql!("SELECT referral_id FROM outcomes WHERE party_id = $1"), &[&me], |r| r.get(0))?)
}

pub(super) async fn show(visit: Visit, Query(filter): Query<Filter>) -> Result<Response> {
    let app = visit.app.clone();
    let (frame, rows) = visit
        .read(move |tx, who| {
            let (me, now) = (who.member()?.id, who.now);
            let answered = answered(tx, me)?;
            let all = store::of_party(tx, me)?;
            let memory = app.live.memory();
            Ok(all
                .iter()
                .filter_map(|r| {
                    let role = r.role(me).filter(|role| r.is_known_to(*role))?;
                    let unanswered = role != Role::Asker && !answered.contains(&r.id);
                    Some(row(r, role, me, unanswered, &memory, now))
                })
                .collect::<Vec<_>>())
        })
        .await?;
    let count = |f: &dyn Fn(&Row) -> bool| rows.iter().filter(|r| f(r)).count();
    let waiting = count(&|r| r.waits);
    let under_way = count(&|r| !r.waits && !r.ended);
    let ended = count(&|r| !r.waits && r.ended);
    let show = match filter.show.as_str() {
        "waiting" => "waiting",
        "under-way" => "under-way",
        "ended" => "ended",
        _ if waiting == 0 && under_way > 0 => "under-way",
        _ => "waiting",
    };
    let chosen: Vec<Row> = rows
        .into_iter()
        .filter(|r| match show {
            "waiting" => r.waits,
            "ended" => !r.waits && r.ended,
            _ => !r.waits && !r.ended,
        })
        .collect();
    let pages = chosen.len().div_ceil(PAGE).max(1);
    let page = filter.page.clamp(1, pages);
    let rows = chosen.into_iter().skip((page - 1) * PAGE).take(PAGE).collect();
    visit.html(&List { frame, show, rows, waiting, under_way, ended, page, pages })
}
