//! What only the demo has: the tour, the mailbox, "continue as", and a clock that can be moved. `serve` does not mount it.

use crate::accounts;
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::needs::Asked;
use crate::page::Frame;
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::extract::{Form, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use store::{Tx, sql};

/// `/dev/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/dev/tour", get(tour))
        .route("/dev/mailbox", get(mailbox))
        .route("/dev/mailbox.json", get(mailbox_json))
        .route("/dev/mailbox/{letter}", get(letter))
        .route("/dev/mailbox/{letter}/body", get(body))
        .route("/dev/sessions", post(continue_as))
        .route("/dev/clock", post(move_clock))
}

/// What the tour asks for.
const NEED: &str = "A florist for a small June wedding in Santa Monica, about $3,000";
/// As whom.
const DANA: &str = "dana-whitlock";

/// Where each principle can be seen at work: page, what to open it for.
const PRINCIPLES: [(&str, &str, &str); 7] = [
    (
        "/people/tess-galloway",
        "A relative’s word",
        "Tess’s brother vouches for her. It is said, and counts for little.",
    ),
    (
        "/people/preston-vail",
        "A quick word in return",
        "Two vouches within days and no work behind them. The page says so: the reply counts half.",
    ),
    (
        "/people/chip-hanrahan",
        "Too sure of himself",
        "Chip says “almost certainly” every time. His record says what that is worth.",
    ),
    ("/people/noor-haddad", "A newcomer", "No record, no vouches yet; nothing is held against her."),
    ("/people/gil-santoro", "Hidden words", "One may hide a vouch. The profile says how many, and they do not count."),
    (
        "/people/ines-carvalho",
        "Saying what one does not know",
        "Ines does so each time; her record is the better for it.",
    ),
    ("/about/ranking", "The ranking", "What weighs how much, and what it cannot do."),
];

#[derive(Template)]
#[template(path = "dev_tour.html")]
struct Tour {
    frame: Frame,
    answer: String,
    /// The newest letter that asks somebody for something.
    newest: Option<Listed>,
}

async fn tour(visit: Visit) -> Result<Response> {
    let (frame, letters) = visit.read(|tx, _| letters(tx, 1)).await?;
    let answer = Asked { need: NEED.to_owned(), ..Asked::default() }.url();
    visit.html(&Tour { frame, answer, newest: letters.into_iter().next() })
}

#[derive(Serialize)]
struct Listed {
    id: Key,
    to: String,
    name: String,
    subject: String,
    plain: String,
    attachment: Option<String>,
    at: i64,
}

fn letters(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Listed>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, address, to_name, subject, plain, attachment, created_at FROM letters
             ORDER BY created_at DESC, id DESC LIMIT $1"
        ),
        &[&limit],
        |r| {
            Ok(Listed {
                id: r.get(0)?,
                to: r.get(1)?,
                name: r.get(2)?,
                subject: r.get(3)?,
                plain: r.get(4)?,
                attachment: r.get(5)?,
                at: r.get(6)?,
            })
        },
    )?)
}

#[derive(Template)]
#[template(path = "dev_mailbox.html")]
struct Mailbox {
    frame: Frame,
    letters: Vec<Listed>,
}

async fn mailbox(visit: Visit) -> Result<Response> {
    let (frame, letters) = visit.read(|tx, _| letters(tx, 100)).await?;
    visit.html(&Mailbox { frame, letters })
}

async fn mailbox_json(visit: Visit) -> Result<Json<Vec<Listed>>> {
    Ok(Json(visit.read(|tx, _| letters(tx, 500)).await?.1))
}

#[derive(Template)]
#[template(path = "dev_letter.html")]
struct ShownLetter {
    frame: Frame,
    letter: Listed,
    public_url: String,
}

impl ShownLetter {
    /// Where a link in the letter leads, without the host: whoever opened the demo by another name (`localhost`,
    /// `127.0.0.1`) stays signed in.
    fn here<'a>(&self, link: &'a str) -> &'a str {
        link.strip_prefix(&self.public_url).filter(|path| path.starts_with('/')).unwrap_or(link)
    }
}

async fn letter(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (frame, letter) =
        visit.read(move |tx, _| letters(tx, 1_000)?.into_iter().find(|l| l.id == id).ok_or(Error::NotFound)).await?;
    let public_url = visit.app.site.public_url.clone();
    visit.html(&ShownLetter { frame, letter, public_url })
}

/// The HTML part as a mail program shows it. Our policy forbids style attributes, so they are taken off here.
async fn body(visit: Visit, Path(id): Path<Key>) -> Result<Html<String>> {
    let (_, html) = visit
        .read(move |tx, _| {
            tx.value::<String>(sql!("SELECT html FROM letters WHERE id = $1"), &[&id])?.ok_or(Error::NotFound)
        })
        .await?;
    Ok(Html(html))
}

#[derive(Deserialize)]
struct As {
    handle: String,
    next: Option<String>,
}

async fn continue_as(visit: Visit, Form(form): Form<As>) -> Result<Response> {
    let handle = form.handle;
    let agent = visit.agent.clone();
    let token = visit
        .write_as_anyone(move |tx, _| {
            let id: Option<Key> = tx.value(
                sql!("SELECT id FROM parties WHERE handle = $1 AND kind = 'member' AND status = 'active'"),
                &[&handle],
            )?;
            accounts::start_session(tx, id.ok_or(Error::NotFound)?, &agent)
        })
        .await?;
    Ok(accounts::signed_in(&visit.app.site, &token, form.next.as_deref().unwrap_or("/")))
}

#[derive(Deserialize)]
struct Move {
    /// How far to move the clock, in seconds.
    seconds: i64,
    /// Where a person goes on; a program gets the new time.
    next: Option<String>,
}

/// Moves time and answers when everything that came due has been done: tests need no waiting.
async fn move_clock(State(app): State<App>, visit: Visit, Form(form): Form<Move>) -> Response {
    app.clock.advance(form.seconds.clamp(0, 400 * 86_400) * 1_000_000);
    let ran = crate::jobs::run_due(&app).await;
    if let Some(next) = form.next {
        let said = format!("It is {} now.", crate::say::date(&app.clock.now(), &app.site.zone));
        return visit.see(crate::page::own_path(&next), &said);
    }
    Json(serde_json::json!({ "now": app.clock.now(), "jobs": ran })).into_response()
}
