//! One person's page, the words they gave, and their contact card.

use super::rows::{self, Between, Count, Lists, Met, Word};
use super::{Person, Trade, by_handle, trades};
use crate::app::App;
use crate::error::Result;
use crate::live::{self, Memory};
use crate::needs::recommend::{self, Held};
use crate::outcomes::Published;
use crate::page::Frame;
use crate::path::Path;
use crate::viewer::{Visit, Who};
use crate::vouches::{self, Shown};
use crate::{groups, works};
use askama::Template;
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::collections::HashMap;
use store::Tx;
use trust::Standing;

/// Words of one basis shown before "show all".
const SHOWN: i64 = 8;
/// Words of one basis shown at all.
const MOST: i64 = 500;

/// Somebody's word as it stands on the page, with what belongs beside it.
pub struct Voice {
    word: Word,
    /// The giver's main trade.
    trade: String,
    standing: &'static str,
    facts: Vec<String>,
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

fn received(memory: &Memory, person: &Person, words: Vec<Word>, counts: &HashMap<String, Count>) -> Received {
    let mut bases: Vec<Basis> = BASES
        .iter()
        .map(|name| {
            let (basis, more) = (live::basis(name), counts.get(*name).map_or(0, |count| count.readable));
            let title = recommend::basis_tag(basis);
            Basis { title, work_based: basis.is_work_based(), voices: Vec::new(), more }
        })
        .collect();
    for word in words {
        let Some(basis) = BASES.iter().position(|name| *name == word.basis).and_then(|at| bases.get_mut(at)) else {
            continue;
        };
        let standing = memory.standing(word.from.id, &word.field, person.id);
        let says_so = standing == Standing::Lay && word.trade.as_ref() == Some(&word.field);
        basis.more = basis.more.saturating_sub(1);
        basis.voices.push(Voice {
            trade: word.trade.as_deref().map(live::field_noun).unwrap_or_default(),
            standing: if says_so { recommend::SAYS_SO } else { recommend::standing_words(standing) },
            facts: recommend::disclosures(&word.row, &word.from.name, &person.name),
            word,
        });
    }
    bases.retain(|basis| !basis.voices.is_empty());
    let sum = |of: fn(&Count) -> usize| counts.values().map(of).sum();
    Received { bases, total: sum(|c| c.all), hidden: sum(|c| c.hidden), visible: sum(|c| c.readable) }
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
    let most = if view.all == "1" { MOST } else { SHOWN };
    let (frame, gathered) = visit
        .read(move |tx, who| {
            let met = rows::meet(tx, who, &handle)?;
            gather(tx, &app, who, met, most)
        })
        .await?;
    visit.html(&gathered(frame))
}

/// Everything the page needs but its frame.
fn gather(
    tx: &mut Tx<'_>,
    app: &App,
    who: &Who,
    Met { person: p, between, warned }: Met,
    most: i64,
) -> Result<impl FnOnce(Frame) -> Profile + Send + use<>> {
    let memory = app.live.memory();
    let Lists { trades, works, groups, words, counts, told } = rows::lists(tx, &memory, who, p.id, most)?;
    let received = received(&memory, &p, words, &counts);
    let main = trades.first().map_or(live::GENERAL, |t| t.field.as_str());
    let record = recommend::record_of(&memory, p.id, main, who.now);
    let quality = recommend::quality_of(&memory, p.id, main, who.now);
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
            let Met { person: p, between, .. } = rows::meet(tx, who, &handle)?;
            let trades = trades(tx, &app.live.memory(), p.id)?;
            let private = who.id() == Some(p.id) || between.introduced;
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
