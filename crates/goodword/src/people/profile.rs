//! One person's page, the words they gave, and their contact card.

use super::{Person, Trade, by_handle, trades};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::live::{self, Memory};
use crate::needs::recommend::{self, Held};
use crate::outcomes::{self, Published};
use crate::page::Frame;
use crate::viewer::{Visit, Who};
use crate::vouches::{self, Shown};
use crate::{groups, referrals, works};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::collections::HashMap;
use store::{Tx, sql};
use trust::Standing;

/// Words of one basis shown before "show all".
const SHOWN: usize = 8;

/// Somebody's word as it stands on the page, with what belongs beside it.
pub struct Voice {
    vouch: Shown,
    /// The giver's main trade.
    trade: String,
    standing: &'static str,
    facts: Vec<String>,
    work: Option<String>,
}

/// Words that rest on the same basis.
pub struct Basis {
    title: &'static str,
    work_based: bool,
    voices: Vec<Voice>,
    /// How many more there are.
    more: usize,
}

/// What is known of the words somebody received.
#[derive(Default)]
struct Received {
    bases: Vec<Basis>,
    /// Live ones, hidden ones included.
    total: usize,
    hidden: usize,
    /// Shown to this visitor.
    visible: usize,
}

/// In this order on the page.
const BASES: [&str; 6] = ["hired", "worked beside", "inspected work", "not stated", "knows personally", "heard of"];

fn received(tx: &mut Tx<'_>, memory: &Memory, who: &Who, person: &Person, shown: usize) -> Result<Received> {
    let all: Vec<Shown> = vouches::about(tx, person.id, true)?.into_iter().filter(|v| v.state == "live").collect();
    let (total, hidden) = (all.len(), all.iter().filter(|v| v.hidden).count());
    let signed_out = who.member.is_none();
    let readable: Vec<Shown> = all
        .into_iter()
        .filter(|v| !v.hidden && (!signed_out || (v.public && memory.is_public(live::id(v.from.id)))))
        .collect();
    let visible = readable.len();
    let mut bases = Vec::new();
    let mut picked: Vec<(usize, Vec<Shown>, usize)> = Vec::new();
    for (at, basis) in BASES.iter().enumerate() {
        let mut of_basis: Vec<Shown> = readable.iter().filter(|v| v.basis == *basis).cloned().collect();
        let more = of_basis.len().saturating_sub(shown);
        of_basis.truncate(shown);
        if !of_basis.is_empty() {
            picked.push((at, of_basis, more));
        }
    }
    let ids: Vec<Key> = picked.iter().flat_map(|(_, v, _)| v.iter().map(|v| v.id)).collect();
    let givers: Vec<Key> = picked.iter().flat_map(|(_, v, _)| v.iter().map(|v| v.from.id)).collect();
    let mut rows = recommend::vouch_rows(tx, &ids, who.now)?;
    let main = main_trades(tx, &givers)?;
    for (at, of_basis, more) in picked {
        let voices: Vec<Voice> = of_basis
            .into_iter()
            .map(|vouch| {
                let row = rows.remove(&vouch.id);
                let standing = memory.standing(vouch.from.id, &vouch.field, person.id);
                let says_so = standing == Standing::Lay && main.get(&vouch.from.id) == Some(&vouch.field);
                Voice {
                    trade: main.get(&vouch.from.id).map(|f| live::field_noun(f)).unwrap_or_default(),
                    standing: if says_so { recommend::SAYS_SO } else { recommend::standing_words(standing) },
                    facts: row
                        .as_ref()
                        .map(|r| recommend::disclosures(r, &vouch.from.name, &person.name))
                        .unwrap_or_default(),
                    work: row.and_then(|r| r.work),
                    vouch,
                }
            })
            .collect();
        let basis = live::basis(BASES[at]);
        bases.push(Basis { title: recommend::basis_tag(basis), work_based: basis.is_work_based(), voices, more });
    }
    Ok(Received { bases, total, hidden, visible })
}

/// The main field of each person who states one; none for "any work".
fn main_trades(tx: &mut Tx<'_>, people: &[Key]) -> Result<HashMap<Key, String>> {
    let rows = tx.rows_in(
        sql!("SELECT party_id, field FROM professions WHERE field <> 'general' AND party_id IN ($list) ORDER BY position DESC"),
        &[],
        people,
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    Ok(rows.into_iter().collect())
}

/// What stands between the visitor and this person.
#[derive(Default)]
pub(super) struct Between {
    /// The visitor relies on this person's judgement: shown to the visitor alone.
    pub relied_on: bool,
    /// They were introduced to each other, so contact data is theirs.
    pub introduced: bool,
    /// The visitor's own standing word for this person.
    vouched: Option<Key>,
}

pub(super) fn between(tx: &mut Tx<'_>, who: &Who, person: Key) -> Result<Between> {
    let Some(me) = who.id() else { return Ok(Between::default()) };
    let introduced = referrals::are_introduced(tx, me, person)?;
    let found = tx.row(
        sql!(
            "SELECT EXISTS (SELECT 1 FROM trusts WHERE from_id = $1 AND to_id = $2),
               (SELECT v.id FROM vouches v WHERE v.from_id = $1 AND v.to_id = $2 AND v.state IN ('pending', 'live')
                ORDER BY v.given_at DESC LIMIT 1)"
        ),
        &[&me, &person],
        |r| Ok(Between { relied_on: r.get(0)?, introduced, vouched: r.get(1)? }),
    )?;
    Ok(found.unwrap_or_default())
}

#[derive(Template)]
#[template(path = "people/profile.html")]
struct Profile {
    frame: Frame,
    bio: String,
    links: Vec<String>,
    p: Person,
    trades: Vec<Trade>,
    works: Vec<works::Card>,
    groups: Vec<groups::Membership>,
    received: Received,
    /// Clients' words about how it went, published because they ticked so.
    told: Vec<Published>,
    warned: i64,
    record: Held,
    quality: Held,
    between: Between,
    owner: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct View {
    all: String,
}

pub(super) async fn show(visit: Visit, Path(handle): Path<String>, Query(view): Query<View>) -> Result<Response> {
    let app = visit.app.clone();
    let most = if view.all == "1" { usize::MAX } else { SHOWN };
    let (frame, gathered) = visit
        .read(move |tx, who| {
            let p = by_handle(tx, who, &handle)?;
            gather(tx, &app, who, p, most)
        })
        .await?;
    visit.html(&gathered(frame))
}

/// Everything the page needs but its frame.
fn gather(
    tx: &mut Tx<'_>,
    app: &App,
    who: &Who,
    p: Person,
    most: usize,
) -> Result<impl FnOnce(Frame) -> Profile + Send + use<>> {
    let memory = app.live.memory();
    let trades = trades(tx, &memory, p.id)?;
    let works = works::of(tx, p.id)?;
    let groups = groups::of(tx, p.id)?;
    let received = received(tx, &memory, who, &p, most)?;
    let told = outcomes::published(tx, p.id)?;
    let warned: i64 = tx.value(sql!("SELECT COUNT(*) FROM warnings WHERE to_id = $1"), &[&p.id])?.unwrap_or(0);
    let between = between(tx, who, p.id)?;
    let main = trades.first().map_or(live::GENERAL, |t| t.field.as_str());
    let rates = recommend::rates(tx, &[p.id])?;
    let record = rates.of_referrer(p.id, recommend::record_of(&memory, p.id, main, who.now));
    let quality = rates.of_professional(p.id, recommend::quality_of(&memory, p.id, main, who.now));
    let owner = who.id() == Some(p.id);
    let bio = formats::markdown::render(&p.bio);
    let links = p.link_list().into_iter().map(str::to_owned).collect();
    Ok(move |frame| Profile {
        frame,
        bio,
        links,
        p,
        trades,
        works,
        groups,
        received,
        told,
        warned,
        record,
        quality,
        between,
        owner,
    })
}

#[derive(Template)]
#[template(path = "people/given.html")]
struct Given {
    frame: Frame,
    p: Person,
    owner: bool,
    vouches: Vec<Shown>,
}

/// Whose work this person puts their name to. Signed out: only what both sides made public.
pub(super) async fn given(visit: Visit, Path(handle): Path<String>) -> Result<Response> {
    let app = visit.app.clone();
    let (frame, (p, owner, vouches)) = visit
        .read(move |tx, who| {
            let p = by_handle(tx, who, &handle)?;
            let memory = app.live.memory();
            let signed_out = who.member.is_none();
            let vouches: Vec<Shown> = vouches::about(tx, p.id, false)?
                .into_iter()
                .filter(|v| v.state == "live" && !v.hidden)
                .filter(|v| !signed_out || (v.public && memory.is_public(live::id(v.to.id))))
                .collect();
            Ok((p.clone(), who.id() == Some(p.id), vouches))
        })
        .await?;
    visit.html(&Given { frame, p, owner, vouches })
}

/// A vCard. Address and telephone only for oneself and for people who were introduced.
pub(super) async fn card(visit: Visit, Path(handle): Path<String>) -> Result<Response> {
    let app = visit.app.clone();
    let (_, (name, card)) = visit
        .read(move |tx, who| {
            let p = by_handle(tx, who, &handle)?;
            let trades = trades(tx, &app.live.memory(), p.id)?;
            let private = who.id() == Some(p.id) || between(tx, who, p.id)?.introduced;
            let contact = |value: &Option<String>| -> Vec<String> {
                value.iter().filter(|v| private && !v.is_empty()).cloned().collect()
            };
            let mut links = vec![format!("{}/people/{}", app.site.public_url, p.handle)];
            links.extend(p.link_list().into_iter().map(str::to_owned));
            let card = formats::vcard::Card {
                name: p.name.clone(),
                title: trades
                    .first()
                    .filter(|t| t.field != live::GENERAL)
                    .map(|t| t.name().to_owned())
                    .unwrap_or_default(),
                emails: contact(&p.email),
                phones: contact(&p.phone),
                links,
                town: p.town.clone(),
                note: p.headline.clone(),
                uid: format!("urn:uuid:{}", p.id.0),
                ..Default::default()
            };
            Ok((p.handle, formats::vcard::write(&card)))
        })
        .await?;
    // A handle holds letters, digits and dashes only.
    let headers = [
        (header::CONTENT_TYPE, "text/vcard; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.vcf\"")),
    ];
    Ok((headers, card).into_response())
}
