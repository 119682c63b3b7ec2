//! People as moderators see them: search, roles, sanctions and their appeals. No address is shown here: it is not needed.

use super::{licences, page_of};
use crate::error::{Error, Result};
use crate::input::{Check, Words};
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::people::pattern;
use crate::roles::{self, Role};
use crate::router::url_encode;
use crate::sanctions::{self, Decision, LONGEST, Sanction};
use crate::viewer::Visit;
use askama::Template;
use axum::extract::{Form, Query};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use store::{Row, Tx, sql};

/// Rows on a page.
const ROWS: i64 = 25;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Search {
    pub q: String,
    /// ``, `keepers`, `suspended`, `away`.
    pub show: String,
    pub page: String,
}

impl Search {
    fn url(&self, show: &str, page: i64) -> String {
        let mut url = format!("/admin/people?q={}&show={show}", url_encode(&self.q));
        if page > 1 {
            url.push_str(&format!("&page={page}"));
        }
        url
    }
}

/// A row of the list.
pub(super) struct Listed {
    pub id: Key,
    pub name: String,
    pub status: String,
    pub suspended: bool,
    pub role: Role,
    pub inviter: Option<String>,
    pub joined_at: i64,
}

fn listed(r: &Row<'_>) -> store::Result<Listed> {
    Ok(Listed {
        id: r.get(0)?,
        name: r.get(1)?,
        status: r.get(2)?,
        suspended: r.get(3)?,
        role: Role::parse(&r.get::<Option<String>>(4)?.unwrap_or_default()),
        inviter: r.get(5)?,
        joined_at: r.get(6)?,
    })
}

/// Who fits, by name; those after one of them, where one is named.
pub(super) fn find(tx: &mut Tx<'_>, search: &Search, after: Option<Key>, first: i64, rows: i64) -> Result<Vec<Listed>> {
    let now = tx.now();
    let folded = formats::name::fold(&search.q);
    Ok(tx.rows(
        sql!(
            "SELECT p.id, p.name, p.status,
               EXISTS (SELECT 1 FROM sanctions s WHERE s.party_id = p.id AND s.kind = 'suspension' AND s.lifted_at IS NULL
                 AND (s.ends_at IS NULL OR s.ends_at > $1)),
               (SELECT MIN(r.role) FROM roles r WHERE r.party_id = p.id AND r.scope = 'network'
                  AND r.role IN ('moderator', 'admin')),
               i.name, p.joined_at
             FROM parties p LEFT JOIN parties i ON i.id = p.invited_by
             WHERE p.kind = 'member' AND p.status <> 'erased'
               AND ($2 = '' OR p.folded LIKE $2 ESCAPE '!' OR p.handle = $3 OR p.email = $3)
               AND ($4 = '' OR ($4 = 'keepers' AND EXISTS (SELECT 1 FROM roles r WHERE r.party_id = p.id
                     AND r.scope = 'network' AND r.role IN ('moderator', 'admin')))
                 OR ($4 = 'suspended' AND EXISTS (SELECT 1 FROM sanctions s WHERE s.party_id = p.id
                     AND s.kind = 'suspension' AND s.lifted_at IS NULL AND (s.ends_at IS NULL OR s.ends_at > $1)))
                 OR ($4 = 'away' AND p.status = 'deactivated'))
               AND (CAST($7 AS UUID) IS NULL OR (p.folded, p.id) > (SELECT c.folded, c.id FROM parties c WHERE c.id = $7))
             ORDER BY p.folded, p.id LIMIT $5 OFFSET $6"
        ),
        &[&now, &pattern(&folded), &search.q.trim().to_lowercase(), &search.show, &rows, &first, &after],
        listed,
    )?)
}

#[derive(Template)]
#[template(path = "admin/people.html")]
struct List {
    frame: Frame,
    search: Search,
    people: Vec<Listed>,
    page: i64,
    more: bool,
}

pub(super) async fn list(visit: Visit, Query(search): Query<Search>) -> Result<Response> {
    let asked = search.clone();
    let (frame, mut people) = visit
        .read(move |tx, who| {
            who.moderator()?;
            find(tx, &asked, None, (page_of(&asked.page) - 1) * ROWS, ROWS + 1)
        })
        .await?;
    let rows = usize::try_from(ROWS).unwrap_or(25);
    let (more, page) = (people.len() > rows, page_of(&search.page));
    people.truncate(rows);
    visit.html(&List { frame, search, people, page, more })
}

/// One member, as moderators need to know them.
pub(super) struct Member {
    pub id: Key,
    pub name: String,
    pub handle: String,
    pub status: String,
    pub role: Role,
    pub inviter: Option<(Key, String)>,
    pub joined_at: i64,
    pub given: i64,
    pub received: i64,
    pub asks: i64,
    pub reports: i64,
}

/// One member.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) fn member(tx: &mut Tx<'_>, id: Key) -> Result<Member> {
    let week = tx.now() - 7 * store::DAY;
    let found = tx.row(
        sql!(
            "SELECT p.id, p.name, COALESCE(p.handle, ''), p.status, p.invited_by, i.name, p.joined_at,
               (SELECT COUNT(*) FROM vouches v WHERE v.from_id = p.id AND v.state = 'live'),
               (SELECT COUNT(*) FROM vouches v WHERE v.to_id = p.id AND v.state = 'live'),
               (SELECT COUNT(*) FROM referrals r WHERE r.asker_id = p.id AND r.created_at > $2),
               (SELECT COUNT(*) FROM person_reports q WHERE q.about_id = p.id)
             FROM parties p LEFT JOIN parties i ON i.id = p.invited_by
             WHERE p.id = $1 AND p.kind = 'member' AND p.status <> 'erased'"
        ),
        &[&id, &week],
        |r| {
            let inviter: Option<Key> = r.get(4)?;
            let name: Option<String> = r.get(5)?;
            Ok(Member {
                id: r.get(0)?,
                name: r.get(1)?,
                handle: r.get(2)?,
                status: r.get(3)?,
                role: Role::Member,
                inviter: inviter.zip(name),
                joined_at: r.get(6)?,
                given: r.get(7)?,
                received: r.get(8)?,
                asks: r.get(9)?,
                reports: r.get(10)?,
            })
        },
    )?;
    let mut found = found.ok_or(Error::NotFound)?;
    found.role = roles::of(tx, id)?;
    Ok(found)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub kind: String,
    pub reason: String,
    pub days: String,
}

#[derive(Template)]
#[template(path = "admin/person.html")]
struct Page {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    m: Member,
    sanctions: Vec<Sanction>,
    licences: Vec<licences::Licence>,
    suspended: bool,
    /// Whoever looks may decide about them.
    mine: bool,
}

impl Page {
    fn is_me(&self) -> bool {
        self.frame.member.as_ref().is_some_and(|me| me.id == self.m.id)
    }
}

async fn page(visit: &Visit, id: Key, typed: Typed, errors: Errors) -> Result<Page> {
    let (frame, (m, sanctions, licences, mine)) = visit
        .read(move |tx, who| {
            let me = who.moderator()?;
            let m = member(tx, id)?;
            let mine = m.id != me.id && m.role <= me.role;
            Ok((m, sanctions::about(tx, id)?, licences::of(tx, id)?, mine))
        })
        .await?;
    let suspended = sanctions.iter().any(|s| s.suspends && s.holds(&frame.now));
    Ok(Page { frame, errors, typed, m, sanctions, licences, suspended, mine })
}

pub(super) async fn one(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.html(&page(&visit, id, Typed::default(), Errors::default()).await?)
}

#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    role: String,
}

pub(super) async fn set_role(visit: Visit, Path(id): Path<Key>, Form(named): Form<Named>) -> Result<Response> {
    let role = Role::parse(&named.role);
    visit.write_as(Role::Admin, move |tx, me| roles::set(tx, me.id, id, role)).await?;
    Ok(visit.see(&format!("/admin/people/{id}"), "Their role is changed, and they are told."))
}

/// A decision as typed.
pub(super) fn decision(typed: &Typed) -> Result<Decision> {
    let mut check = Check::default();
    if !matches!(typed.kind.as_str(), "warning" | "suspension") {
        check.refuse("kind", "Please choose what is decided.");
    }
    let reason = check.take(Words::parse("reason", &typed.reason))?;
    let days = match typed.days.trim() {
        "" => None,
        text => match text.parse::<i64>() {
            Ok(days @ 1..=LONGEST) => Some(days),
            _ => {
                check.refuse("days", format!("Please type a number of days from 1 to {LONGEST}, or leave it empty."));
                None
            }
        },
    };
    check.finish()?;
    let reason = reason.ok_or_else(|| Error::field("reason", "Please fill this in."))?;
    Ok(Decision { suspends: typed.kind == "suspension", about_a_word: false, reason, days })
}

pub(super) async fn decide(visit: Visit, Path(id): Path<Key>, Form(typed): Form<Typed>) -> Result<Response> {
    let decision = match Errors::split(decision(&typed))? {
        Ok(decision) => decision,
        Err(errors) => {
            let page = page(&visit, id, typed, errors).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let (url, suspends) = (visit.app.site.public_url.clone(), decision.suspends);
    visit.write_as(Role::Moderator, move |tx, me| sanctions::decide(tx, &url, me, id, &decision)).await?;
    let said = if suspends { "Suspended. They are told why, and how to appeal." } else { "They are told." };
    Ok(visit.see(&format!("/admin/people/{id}"), said))
}

pub(super) async fn lift(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    let party = visit.write_as(Role::Moderator, move |tx, me| sanctions::lift(tx, &url, me.id, id)).await?;
    Ok(visit.see(&format!("/admin/people/{party}"), "Lifted."))
}

#[derive(Deserialize)]
pub(super) struct Answered {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    lift: String,
}

pub(super) async fn answer(visit: Visit, Path(id): Path<Key>, Form(typed): Form<Answered>) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    let lifts = typed.lift == "yes";
    let party = visit
        .write_as(Role::Moderator, move |tx, me| sanctions::answer(tx, &url, me.id, id, &typed.answer, lifts))
        .await?;
    Ok(visit.see(&format!("/admin/people/{party}"), "Your answer is on its way."))
}
