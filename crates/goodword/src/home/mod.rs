//! The first page: what this is for a visitor, what waits for a member; and the choice of colours.

use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::needs::recommend::{Recommendations, recommend};
use crate::needs::{Asked, understand};
use crate::notices::{self, Notice};
use crate::page::{Frame, own_path};
use crate::referrals::{self, UnderWay};
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Form;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use store::{Tx, sql};

/// What the landing page asks as an example.
const EXAMPLE: &str = "A florist for a small June wedding in Santa Monica, about $3,000";

/// `/` and `/theme`.
pub fn routes() -> Router<App> {
    Router::new().route("/", get(show)).route("/theme", post(choose_theme)).route("/checklist", post(hide_checklist))
}

#[derive(Template)]
#[template(path = "home/welcome.html")]
struct Welcome {
    frame: Frame,
    open: bool,
    asked: Asked,
    example: Option<Recommendations>,
    people: i64,
    trades: i64,
}

/// What is left to do at the beginning.
#[derive(Clone, Copy, Default)]
struct Checklist {
    trusts: bool,
    asked: bool,
    vouched: bool,
    work: bool,
    hidden: bool,
}

impl Checklist {
    fn done(self) -> usize {
        [self.trusts, self.asked, self.vouched, self.work].into_iter().filter(|d| *d).count()
    }
}

#[derive(Template)]
#[template(path = "home/home.html")]
struct Home {
    frame: Frame,
    notices: Vec<Notice>,
    under_way: Vec<UnderWay>,
    checklist: Checklist,
    /// "Good morning".
    greeting: &'static str,
}

/// What a page for a member or for a visitor was made from.
enum Read {
    Member(Vec<Notice>, Vec<UnderWay>, Checklist),
    Visitor(Box<(Asked, Option<Recommendations>)>, i64, i64),
}

async fn show(visit: Visit) -> Result<Response> {
    let app = visit.app.clone();
    let (frame, read) = visit
        .read(move |tx, who| match &who.member {
            Some(member) => Ok(Read::Member(
                notices::of(tx, member.id, 6)?.into_iter().filter(|n| !n.read).collect(),
                referrals::under_way(tx, member.id, 6)?,
                checklist(tx, member.id)?,
            )),
            None => visitor(tx, &app, who.open, who.now),
        })
        .await?;
    match read {
        Read::Member(notices, under_way, checklist) => {
            let hour: u32 = crate::say::hour(&frame.now, &frame.zone);
            let greeting = match hour {
                4..12 => "Good morning",
                12..18 => "Good afternoon",
                _ => "Good evening",
            };
            visit.html(&Home { frame, notices, under_way, checklist, greeting })
        }
        Read::Visitor(shown, people, trades) => {
            let (asked, example) = *shown;
            let open = visit.app.open();
            visit.html(&Welcome { frame, open, asked, example, people, trades })
        }
    }
}

fn visitor(tx: &mut Tx<'_>, app: &App, open: bool, now: i64) -> Result<Read> {
    let asked = Asked { need: EXAMPLE.to_owned(), ..Asked::default() };
    let (people, trades) = tx
        .row(
            sql!(
                "SELECT COUNT(*), (SELECT COUNT(DISTINCT field) FROM professions) FROM parties
                 WHERE kind = 'member' AND status = 'active'"
            ),
            &[],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?
        .unwrap_or((0, 0));
    if !open {
        return Ok(Read::Visitor(Box::new((asked, None)), people, trades));
    }
    let memory = app.live.memory();
    let need = understand(&asked, &memory, now, &app.site.zone)?;
    let mut found = recommend(tx, &memory, None, &need, false)?;
    found.results.truncate(1);
    let found = (!found.results.is_empty()).then_some(found);
    Ok(Read::Visitor(Box::new((asked, found)), people, trades))
}

fn checklist(tx: &mut Tx<'_>, me: Key) -> Result<Checklist> {
    Ok(tx
        .row(
            sql!(
                "SELECT EXISTS (SELECT 1 FROM trusts WHERE from_id = $1),
                   EXISTS (SELECT 1 FROM needs WHERE asker_id = $1),
                   EXISTS (SELECT 1 FROM vouches WHERE from_id = $1),
                   EXISTS (SELECT 1 FROM work_items WHERE party_id = $1),
                   EXISTS (SELECT 1 FROM settings WHERE name = $2)"
            ),
            &[&me, &format!("checklist hidden {me}")],
            |r| {
                Ok(Checklist {
                    trusts: r.get(0)?,
                    asked: r.get(1)?,
                    vouched: r.get(2)?,
                    work: r.get(3)?,
                    hidden: r.get(4)?,
                })
            },
        )?
        .unwrap_or_default())
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    show: String,
}

/// Hides the list of first steps, or shows it again.
async fn hide_checklist(visit: Visit, Form(wish): Form<Wish>) -> Result<Response> {
    let show = wish.show == "yes";
    visit
        .write(move |tx, member| {
            let name = format!("checklist hidden {}", member.id);
            if show {
                tx.execute(sql!("DELETE FROM settings WHERE name = $1"), &[&name])?;
            } else {
                tx.execute(
                    sql!("INSERT INTO settings (name, value) VALUES ($1, 'yes') ON CONFLICT (name) DO NOTHING"),
                    &[&name],
                )?;
            }
            Ok(())
        })
        .await?;
    Ok(Redirect::to("/").into_response())
}

#[derive(Deserialize)]
struct Chosen {
    theme: String,
}

/// Without JavaScript: sets the cookie that the script sets, and goes back to where the person was.
async fn choose_theme(headers: HeaderMap, Form(chosen): Form<Chosen>) -> Response {
    let back = headers.get(header::REFERER).and_then(|v| v.to_str().ok()).unwrap_or("/");
    let path = back.splitn(4, '/').nth(3).map_or_else(|| "/".to_owned(), |rest| format!("/{rest}"));
    let mut response = Redirect::to(own_path(&path)).into_response();
    let theme = if matches!(chosen.theme.as_str(), "light" | "dark") { chosen.theme.as_str() } else { "auto" };
    // Not a secret, and the script sets it too: so without HttpOnly and without the host prefix.
    if let Ok(cookie) = HeaderValue::from_str(&format!("theme={theme}; Path=/; SameSite=Lax; Max-Age=31536000")) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
