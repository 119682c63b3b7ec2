//! Introductions: waiting for me, under way, ended.

use super::rules::{Role, State, Temperature, supposed};
use super::store::{self, Referral};
use crate::error::Result;
use crate::key::Key;
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
    temperature: Temperature,
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

fn row(r: &Referral, role: Role, me: Key, unanswered: bool, now: i64) -> Row {
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
        Role::Referrer => (r.professional.name.clone(), format!("{}, {}", r.professional.name, r.trade())),
        Role::Professional if r.introduced_at.is_some() => {
            (r.client.name.clone(), format!("{}, sent by {}", r.client.name, first(&r.referrer.name)))
        }
        Role::Professional => (r.referrer.name.clone(), format!("{} has a client for you", r.referrer.name)),
        Role::Client | Role::Asker => (r.professional.name.clone(), format!("{}, {}", r.professional.name, r.trade())),
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
        _ => crate::say::ago(&r.updated_at, &now),
    };
    let is_supposed = r.introduced_at.is_none();
    let temperature = if is_supposed { supposed(&r.evidence()).0 } else { r.temperature() };
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

fn answered(tx: &mut Tx<'_>, me: Key) -> Result<Vec<Key>> {
    Ok(tx.rows(sql!("SELECT referral_id FROM outcomes WHERE party_id = $1"), &[&me], |r| r.get(0))?)
}

pub(super) async fn show(visit: Visit, Query(filter): Query<Filter>) -> Result<Response> {
    let (frame, rows) = visit
        .read(|tx, who| {
            let (me, now) = (who.member()?.id, who.now);
            let answered = answered(tx, me)?;
            Ok(store::of_party(tx, me)?
                .iter()
                .filter_map(|r| {
                    let role = r.role(me).filter(|role| r.is_known_to(*role))?;
                    let unanswered = role != Role::Asker && !answered.contains(&r.id);
                    Some(row(r, role, me, unanswered, now))
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
