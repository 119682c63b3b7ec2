//! Pages that explain: who runs this and who founded it, who sees what, how the ranking works.

pub(crate) mod api;

use crate::app::App;
use crate::conversations::{First, Rules};
use crate::error::Result;
use crate::key::Key;
use crate::live;
use crate::needs::recommend::{Held, PersonRef, people, record_of};
use crate::page::Frame;
use crate::regulated;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use store::{Tx, sql};

/// `/about`, `/privacy`, `/about/ranking`.
pub fn routes() -> Router<App> {
    Router::new().route("/about", get(about)).route("/privacy", get(privacy)).route("/about/ranking", get(ranking))
}

#[derive(Template)]
#[template(path = "about/about.html")]
struct About {
    frame: Frame,
    open: bool,
    founders: Vec<PersonRef>,
    /// Kinds of regulated fields and single ones that differ, and what is done in each.
    regulated: Vec<(String, &'static str)>,
    rules: Rules,
    version: &'static str,
}

/// The founding members: the list in the settings, or the first twelve to have joined.
fn founders(tx: &mut Tx<'_>, public_only: bool) -> Result<Vec<PersonRef>> {
    let listed: Option<String> = tx.value(sql!("SELECT value FROM settings WHERE name = 'founders'"), &[])?;
    let mut ids: Vec<Key> = listed.unwrap_or_default().split(',').filter_map(|k| k.trim().parse().ok()).collect();
    if ids.is_empty() {
        ids = tx.rows(
            sql!("SELECT id FROM parties WHERE kind = 'member' AND status = 'active' ORDER BY joined_at, id LIMIT 12"),
            &[],
            |r| r.get(0),
        )?;
    }
    let known = people(tx, &ids, live::GENERAL)?;
    let public: Vec<Key> = tx.rows_in(
        sql!("SELECT party_id FROM profiles WHERE is_public = TRUE AND party_id IN ($list)"),
        &[],
        &ids,
        |r| r.get(0),
    )?;
    let shown = |id: &Key| !public_only || public.contains(id);
    Ok(ids.iter().filter(|id| shown(id)).filter_map(|id| known.get(id).filter(|p| !p.away).cloned()).collect())
}

async fn about(visit: Visit) -> Result<Response> {
    let (frame, (founders, regulated)) =
        visit.read(|tx, who| Ok((founders(tx, who.member.is_none())?, regulated::summary(tx)?))).await?;
    let open = visit.app.open();
    let rules = Rules::remembered(&visit.app.live.memory());
    visit.html(&About { frame, open, founders, regulated, rules, version: env!("CARGO_PKG_VERSION") })
}

#[derive(Template)]
#[template(path = "about/privacy.html")]
struct Privacy {
    frame: Frame,
    open: bool,
    contact: Option<String>,
    /// Days that read notices and the record of letters are kept.
    keep: (i64, i64),
    /// Who is asked whether a comment is advertising, if anybody.
    spam_service: Option<String>,
}

async fn privacy(visit: Visit) -> Result<Response> {
    let (frame, keep) = visit.read(|tx, _| crate::settings::keep_days(tx)).await?;
    let open = visit.app.open();
    let contact = visit.app.contact();
    let spam_service = visit.app.live.memory().settings.get("conversations.spam_url").cloned();
    let spam_service = spam_service.filter(|url| !url.is_empty());
    visit.html(&Privacy { frame, open, contact, keep, spam_service })
}

/// The viewer's own part in the ranking.
struct Own {
    trusted: i64,
    given: i64,
    given_work_based: i64,
    received: i64,
    hidden: i64,
    record: Held,
}

#[derive(Template)]
#[template(path = "about/ranking.html")]
struct Ranking {
    frame: Frame,
    own: Option<Own>,
    parameters: Vec<(&'static str, String)>,
    outcomes: i64,
    /// The ranking in figures; `fitted_on` 0: its weights are priors.
    figures: crate::live::Figures,
    /// After which a word weighs half.
    half_life: String,
    /// What a quick, identical vouch in return counts.
    reply: String,
    /// Ratings the forecast was learnt from, and of them warnings, where this network has one.
    forecast: Option<(usize, usize)>,
    /// Every other constant with where it comes from.
    constants: Vec<trust::Stated>,
}

impl Ranking {
    /// Memory, and milliseconds an answer took on average.
    fn size(&self) -> (String, String) {
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let (micros, asked) = (self.figures.micros as f64, self.figures.asked() as f64);
        let bytes = i64::try_from(self.figures.bytes).unwrap_or(i64::MAX);
        (crate::say::size(bytes), format!("{:.1}", micros / 1e3 / asked.max(1.0)))
    }
}

/// The ranking as the page and the API tell of it.
struct Explained {
    frame: Frame,
    own: Option<Own>,
    outcomes: i64,
    /// By what a word is worth: name and share.
    weights: Vec<(&'static str, f64)>,
    /// Days after which a word weighs half.
    half_life: f64,
    reply: f64,
    constants: Vec<trust::Stated>,
}

async fn explained(visit: &Visit) -> Result<Explained> {
    let app = visit.app.clone();
    let (frame, (own, outcomes)) = visit
        .read(move |tx, who| {
            let outcomes: i64 = tx
                .value(
                    sql!(
                        "SELECT COUNT(*) FROM referrals r JOIN outcomes o ON o.referral_id = r.id AND o.role = 'client'
                         WHERE r.revealed_at IS NOT NULL"
                    ),
                    &[],
                )?
                .unwrap_or(0);
            let Some(member) = &who.member else { return Ok((None, outcomes)) };
            Ok((Some(own(tx, &app, member.id, who.now)?), outcomes))
        })
        .await?;
    let memory = visit.app.live.memory();
    let p = memory.engine.parameters();
    let weights = vec![
        ("Hired them", p.basis[0]),
        ("Worked beside them", p.basis[1]),
        ("Inspected finished work", p.basis[2]),
        ("Knows them personally", p.basis[3]),
        ("Heard of them", p.basis[4]),
        ("Works in the field", p.standing[0]),
        ("Works in a related field", p.standing[1]),
        ("Has hired in the field more than once", p.standing[2]),
        ("Was this person’s client", p.standing[3]),
        ("Not from this field", p.standing[4]),
        ("A friend’s word", p.tie[1]),
        ("A word with a money tie", p.tie[2]),
        ("A relative’s word", p.tie[3]),
    ];
    Ok(Explained { frame, own, outcomes, weights, half_life: p.half_life, reply: p.reciprocity, constants: p.table() })
}

async fn ranking(visit: Visit) -> Result<Response> {
    let Explained { frame, own, outcomes, weights, half_life, reply, constants } = explained(&visit).await?;
    let figures = visit.app.live.figures();
    let forecast = visit.app.live.memory().forecasts.learnt().map(|learnt| (learnt.ratings, learnt.warnings));
    let parameters = weights.into_iter().map(|(name, share)| (name, format!("{:.0} %", share * 100.0))).collect();
    // Whole years from two on, months below; both are refitted at night.
    let years = half_life / 365.25;
    let half_life =
        if years < 1.95 { format!("about {:.0} months", years * 12.0) } else { format!("about {years:.0} years") };
    let reply = if (reply - 0.5).abs() < 0.005 { "half".to_owned() } else { format!("{:.0} %", reply * 100.0) };
    visit.html(&Ranking { frame, own, parameters, outcomes, figures, half_life, reply, forecast, constants })
}

fn own(tx: &mut Tx<'_>, app: &App, me: Key, now: i64) -> Result<Own> {
    let field: Option<String> =
        tx.value(sql!("SELECT field FROM professions WHERE party_id = $1 ORDER BY position LIMIT 1"), &[&me])?;
    let record = field.map_or_else(Held::default, |field| record_of(&app.live.memory(), me, &field, now));
    let counts = tx.row(
        sql!(
            "SELECT (SELECT COUNT(DISTINCT to_id) FROM trusts WHERE from_id = $1),
               (SELECT COUNT(*) FROM vouches WHERE from_id = $1 AND state = 'live'),
               (SELECT COUNT(*) FROM vouches WHERE from_id = $1 AND state = 'live'
                  AND basis IN ('hired', 'worked beside', 'inspected work')),
               (SELECT COUNT(*) FROM vouches WHERE to_id = $1 AND state = 'live'),
               (SELECT COUNT(*) FROM vouches WHERE to_id = $1 AND state = 'live' AND hidden_at IS NOT NULL)"
        ),
        &[&me],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)),
    )?;
    let (trusted, given, given_work_based, received, hidden) = counts.unwrap_or_default();
    Ok(Own { trusted, given, given_work_based, received, hidden, record })
}
