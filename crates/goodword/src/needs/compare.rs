//! Why one professional stands above another: the parts of both scores side by side, and what would turn it round.

use super::forecast::RatingForecast;
use super::recommend::{ENOUGH_OUTCOMES, Held, PersonRef, basis_words, people, quality_of};
use super::{Asked, understand};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::live::{self, Memory, id, key};
use crate::page::Frame;
use crate::say::first_name;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use std::collections::BTreeSet;
use store::Tx;
use trust::{Candidate, Id};

/// `/recommendations/compare`.
pub fn routes() -> Router<App> {
    Router::new().route("/recommendations/compare", get(page))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Both {
    #[serde(flatten)]
    asked: Asked,
    /// The two professionals.
    a: String,
    b: String,
}

/// One of the two.
struct Side {
    person: PersonRef,
    /// Out of 100.
    score: String,
    vouchers: usize,
    /// Beside the larger of the two, percent.
    reach: u32,
    /// Part of the reach that counts, percent.
    counted: u32,
    record: Held,
    warned: usize,
    strongest: Option<String>,
    forecast: Option<RatingForecast>,
}

/// What the page says.
struct Compared {
    sides: [Side; 2],
    /// What speaks for the first, and for the second.
    reasons: [Vec<String>; 2],
    level: bool,
    what_if: Option<String>,
}

#[derive(Template)]
#[template(path = "needs/compare.html")]
struct Compare {
    frame: Frame,
    asked: Asked,
    trade: String,
    found: Compared,
}

async fn page(visit: Visit, Query(both): Query<Both>) -> Result<Response> {
    let (Ok(a), Ok(b)) = (both.a.parse::<Key>(), both.b.parse::<Key>()) else { return Err(Error::NotFound) };
    let (app, asked) = (visit.app.clone(), both.asked.clone());
    let (frame, (trade, found)) = visit
        .read(move |tx, who| {
            who.may_browse()?;
            let memory = app.live.memory();
            let need = understand(&asked, &memory, who.now, &app.site.zone)?;
            Ok((need.trade(), compared(tx, &memory, who.id(), &need.field, [id(a), id(b)])?))
        })
        .await?;
    visit.html(&Compare { frame, asked: both.asked, trade, found })
}

fn compared(tx: &mut Tx<'_>, memory: &Memory, viewer: Option<Key>, code: &str, both: [Id; 2]) -> Result<Compared> {
    let (now, field) = (tx.now(), live::field(code).ok_or(Error::NotFound)?);
    let found = memory.compare(viewer, field, now, both);
    let (Some(a), Some(b)) = (found.a, found.b) else { return Err(Error::NotFound) };
    let mut pair = [a, b];
    // Whoever stands above comes first, whatever the link said.
    pair.sort_by(|x, y| y.score.total_cmp(&x.score));
    let voices = pair.iter().flat_map(|c| c.voices.iter().filter_map(|v| v.person));
    let ids: BTreeSet<Key> = both.into_iter().chain(voices).map(key).collect();
    let people = people(tx, &ids.into_iter().collect::<Vec<_>>(), code)?;
    let most = pair[0].reach.max(pair[1].reach);
    let side = |c: &Candidate| -> Result<Side> {
        let voice = c.voices.first();
        let strongest = voice.map(|v| {
            let name =
                v.person.and_then(|p| people.get(&key(p))).map_or("somebody you may not know of", |p| p.name.as_str());
            format!("{name}, who {} ({} % of the reach)", basis_words(v.basis), whole(v.share))
        });
        let person = people.get(&key(c.person)).cloned().ok_or(Error::NotFound)?;
        Ok(Side {
            forecast: RatingForecast::of(memory, viewer, person.id, &person.name, now),
            person,
            score: format!("{:.1}", c.score * 100.0),
            vouchers: c.vouchers,
            reach: if most > 0.0 { whole(c.reach / most) } else { 0 },
            counted: if c.reach > 0.0 { whole(c.effective / c.reach) } else { 0 },
            record: quality_of(memory, key(c.person), code, now),
            warned: c.warned,
            strongest,
        })
    };
    let sides = [side(&pair[0])?, side(&pair[1])?];
    let reasons = [reasons(&pair[0], &pair[1]), reasons(&pair[1], &pair[0])];
    let level = pair[0].score - pair[1].score < 1e-12;
    let vouch = pair[0].voices.first().and_then(|v| Some((v.vouch?, people.get(&key(v.person?))?)));
    let what_if = vouch.and_then(|(vouch, voucher)| {
        let first = memory.first_without(viewer, field, now, both, vouch)?;
        let (name, voucher) = (first_name(&people.get(&key(first))?.name), first_name(&voucher.name));
        Some(if first == pair[0].person {
            format!("Even without {voucher}’s word, {name} would stand above.")
        } else {
            format!("Without {voucher}’s word, {name} would stand above.")
        })
    });
    Ok(Compared { sides, reasons, level, what_if })
}

/// What speaks for `a` beside `b`, by the parts of the score.
fn reasons(a: &Candidate, b: &Candidate) -> Vec<String> {
    let mut said = Vec::new();
    if a.effective > b.effective {
        said.push(match (a.reach > b.reach, b.effective > 0.0) {
            (_, false) => "people you can reach stand behind them".to_owned(),
            (true, true) => {
                format!("{} of the trust you can reach stands behind them", times(a.effective / b.effective))
            }
            (false, true) => {
                "their voices are several and reached through several of your contacts, so more of it counts".to_owned()
            }
        });
    }
    if a.vouchers > b.vouchers && b.vouchers > 0 {
        said.push(format!("more people vouch for them: {} beside {}", a.vouchers, b.vouchers));
    }
    if a.quality.low > b.quality.low {
        // Below the number from which a record is told, not even which way a single client answered.
        let told = a.quality.outcomes.min(b.quality.outcomes) >= ENOUGH_OUTCOMES;
        said.push(if told {
            "their referred clients report better".to_owned()
        } else {
            "the records weigh a little for them; one of the two is too short to show".to_owned()
        });
    }
    if a.warned < b.warned {
        said.push("fewer people warn (that is said, it does not move the score)".to_owned());
    }
    said
}

fn times(ratio: f64) -> String {
    if ratio < 1.05 {
        "slightly more".to_owned()
    } else if ratio < 10.0 {
        format!("{ratio:.1} times as much")
    } else {
        "far more".to_owned()
    }
}

fn whole(share: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100")]
    let percent = (share.clamp(0.0, 1.0) * 100.0).round() as u32;
    percent
}
