//! What members ask the moderators to look at: a person, or somebody's word.

pub(crate) mod api;

use crate::app::App;
use crate::audit::{self, Subject};
use crate::error::{Error, Result};
use crate::input::Words;
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::viewer::{Member, Visit};
use crate::{roles, vouches, webhooks};
use askama::Template;
use axum::Router;
use axum::extract::{Form, Query};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use store::{DAY, Tx, sql};

/// Reports by one member in a week.
pub const A_WEEK: i64 = 10;

/// Why: as stored, as offered.
pub const REASONS: [(&str, &str, &str); 5] = [
    ("untrue", "It is not true", "They never worked together, or it did not happen so"),
    ("tie", "A tie was not disclosed", "Family, money, a trade of favours"),
    ("insult", "It hurts or threatens somebody", ""),
    ("unwanted", "Unwanted letters or asks", "Writes to many, or goes on after a no"),
    ("other", "Something else", ""),
];

/// `/reports/new`.
pub fn routes() -> Router<App> {
    Router::new().route("/reports/new", get(form).post(send))
}

/// One report, for moderators.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its id.
    pub id: Key,
    /// Who reports.
    pub reporter: Key,
    /// Their name.
    pub reporter_name: String,
    /// About whom.
    pub about: Key,
    /// Their name.
    pub about_name: String,
    /// The words in question, where it is about a vouch.
    pub vouch: Option<String>,
    /// One of [`REASONS`].
    pub reason: String,
    /// The reporter's own words.
    pub words: String,
    /// µs.
    pub at: i64,
    /// µs.
    pub closed_at: Option<i64>,
    /// What was decided: for moderators.
    pub decision: String,
}

impl Report {
    /// "It is not true".
    pub fn reason_words(&self) -> &'static str {
        REASONS.iter().find(|(value, ..)| *value == self.reason).map_or("Something else", |(_, title, _)| title)
    }
}

/// Open reports oldest first, or closed ones newest first; those after one of them, where one is named.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, open: bool, after: Option<Key>, first: i64, rows: i64) -> Result<Vec<Report>> {
    Ok(tx.rows(
        sql!(
            "SELECT r.id, r.reporter_id, a.name, r.about_id, b.name, v.words, r.reason, r.words, r.at, r.closed_at, r.decision
             FROM person_reports r JOIN parties a ON a.id = r.reporter_id JOIN parties b ON b.id = r.about_id
               LEFT JOIN vouches v ON v.id = r.vouch_id
             WHERE (($1 = 1 AND r.closed_at IS NULL) OR ($1 = 0 AND r.closed_at IS NOT NULL))
               AND (CAST($4 AS UUID) IS NULL OR EXISTS (SELECT 1 FROM person_reports c WHERE c.id = $4
                 AND (CASE WHEN $1 = 1 THEN r.at ELSE -r.closed_at END, r.id)
                     > (CASE WHEN $1 = 1 THEN c.at ELSE -c.closed_at END, c.id)))
             ORDER BY CASE WHEN $1 = 1 THEN r.at ELSE -r.closed_at END, r.id LIMIT $2 OFFSET $3"
        ),
        &[&i64::from(open), &rows, &first, &after],
        |r| {
            Ok(Report {
                id: r.get(0)?,
                reporter: r.get(1)?,
                reporter_name: r.get(2)?,
                about: r.get(3)?,
                about_name: r.get(4)?,
                vouch: r.get(5)?,
                reason: r.get(6)?,
                words: r.get(7)?,
                at: r.get(8)?,
                closed_at: r.get(9)?,
                decision: r.get(10)?,
            })
        },
    )?)
}

/// A member reports somebody, or one word of somebody's.
///
/// # Errors
/// [`Error::TooMany`], [`Error::NotFound`].
pub fn report(
    tx: &mut Tx<'_>,
    reporter: Key,
    about: Key,
    vouch: Option<Key>,
    reason: &str,
    words: &Words,
) -> Result<()> {
    let now = tx.now();
    let week: i64 = tx
        .value(
            sql!("SELECT COUNT(*) FROM person_reports WHERE reporter_id = $1 AND at > $2"),
            &[&reporter, &(now - 7 * DAY)],
        )?
        .unwrap_or(0);
    if week >= A_WEEK {
        return Err(Error::TooMany(format!(
            "You have reported {A_WEEK} times this week, the most there can be; the moderators are reading them. Nothing was sent."
        )));
    }
    let id = Key(tx.id());
    tx.execute(
        sql!(
            "INSERT INTO person_reports (id, reporter_id, about_id, vouch_id, reason, words, at, decision)
             VALUES ($1, $2, $3, $4, $5, $6, $7, '')"
        ),
        &[&id, &reporter, &about, &vouch, &reason, words, &now],
    )?;
    webhooks::announce(tx, "report", "report made", &format!("/admin/reports/{id}"))?;
    for keeper in roles::keepers(tx, false)? {
        vouches::notify(tx, keeper, "report", "A member has reported something.", "/admin/reports")?;
    }
    Ok(())
}

/// Closes a report; the reporter hears that it was looked at, not what was decided about somebody else. `tie`: one that was
/// not disclosed with the word it is about, or nothing.
///
/// # Errors
/// [`Error::Conflict`] when it is closed, [`Error::Forbidden`] for the one it is about; [`Error::Invalid`] without words;
/// those of [`vouches::found::tie_found`].
pub fn close(tx: &mut Tx<'_>, public_url: &str, keeper: &Member, id: Key, decision: &str, tie: &str) -> Result<()> {
    let by = keeper.id;
    let found = tx.row(
        sql!("SELECT reporter_id, about_id, closed_at, vouch_id FROM person_reports WHERE id = $1"),
        &[&id],
        |r| Ok((r.get::<Key>(0)?, r.get::<Key>(1)?, r.get::<Option<i64>>(2)?, r.get::<Option<Key>>(3)?)),
    )?;
    let (reporter, about, closed, vouch) = found.ok_or(Error::NotFound)?;
    if closed.is_some() {
        return Err(Error::Conflict("Another moderator has closed it already.".into()));
    }
    if about == by {
        return Err(Error::Forbidden("It is about you; another moderator decides it.".into()));
    }
    match vouch {
        _ if tie.is_empty() => {}
        Some(vouch) => vouches::found::tie_found(tx, public_url, keeper, vouch, tie, decision)?,
        None => return Err(Error::field("tie", "This report is about a person, not about a word.")),
    }
    let (decision, now) = (Words::parse("decision", decision)?, tx.now());
    tx.execute(
        sql!("UPDATE person_reports SET closed_at = $1, closed_by = $2, decision = $3 WHERE id = $4"),
        &[&now, &by, &decision, &id],
    )?;
    audit::log(tx, Some(by), "report closed", Subject::Thing("report", id), "")?;
    let words = "The moderators have looked at what you reported. Thank you.";
    vouches::notify(tx, reporter, "report", words, "/notices")
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    person: String,
    vouch: String,
    reason: String,
    words: String,
}

#[derive(Template)]
#[template(path = "reports/new.html")]
struct New {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    name: String,
    quoted: Option<String>,
}

/// Whom it is about, by name, and the words in question: only what the reporter may see.
fn subject(tx: &mut Tx<'_>, typed: &Typed) -> Result<(Key, Option<Key>, String, Option<String>)> {
    if let Ok(vouch) = typed.vouch.parse::<Key>() {
        let found = tx.row(
            sql!(
                "SELECT p.id, p.name, v.words FROM vouches v JOIN parties p ON p.id = v.from_id
                 WHERE v.id = $1 AND v.state = 'live' AND v.hidden_at IS NULL AND p.status = 'active'"
            ),
            &[&vouch],
            |r| Ok((r.get(0)?, Some(vouch), r.get(1)?, r.get(2)?)),
        )?;
        return found.ok_or(Error::NotFound);
    }
    let found = tx.row(
        sql!("SELECT id, name FROM parties WHERE handle = $1 AND kind = 'member' AND status = 'active'"),
        &[&typed.person],
        |r| Ok((r.get(0)?, None, r.get(1)?, None)),
    )?;
    found.ok_or(Error::NotFound)
}

/// The reporter's words, once a reason is chosen.
fn parse(typed: &Typed) -> Result<Words> {
    let mut check = crate::input::Check::default();
    if !REASONS.iter().any(|(value, ..)| *value == typed.reason) {
        check.refuse("reason", "Please say what is wrong.");
    }
    let words = check.take(Words::parse("words", &typed.words))?;
    check.finish()?;
    words.ok_or_else(|| Error::field("words", "Please fill this in."))
}

async fn page(visit: &Visit, typed: Typed, errors: Errors) -> Result<New> {
    let asked = typed.clone();
    let (frame, (_, _, name, quoted)) = visit
        .read(move |tx, who| {
            who.member()?;
            subject(tx, &asked)
        })
        .await?;
    Ok(New { frame, errors, typed, name, quoted })
}

async fn form(visit: Visit, Query(typed): Query<Typed>) -> Result<Response> {
    visit.html(&page(&visit, typed, Errors::default()).await?)
}

async fn send(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let words = match Errors::split(parse(&typed))? {
        Ok(words) => words,
        Err(errors) => {
            let page = page(&visit, typed, errors).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    visit
        .write(move |tx, member| {
            let (about, vouch, ..) = subject(tx, &typed)?;
            report(tx, member.id, about, vouch, &typed.reason, &words)
        })
        .await?;
    Ok(visit.see("/", "The moderators have it. You hear from us once they have looked."))
}
