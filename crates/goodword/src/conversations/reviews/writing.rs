//! Writing a review, and correcting it.

use crate::app::App;
use crate::conversations::posts;
use crate::conversations::visitor::{Reader, Visitor};
use crate::conversations::{Event, note, token};
use crate::error::{Error, Result};
use crate::groups;
use crate::input::{Check, parse_date, parse_money};
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use askama::Template;
use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use serde::Deserialize;
use store::{Tx, sql};

/// `/groups/{id}/reviews/new` and `/groups/{id}/reviews/mine`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/groups/{id}/reviews/new", get(form).post(send))
        .route("/groups/{id}/reviews/mine", get(own_form).post(correct_own))
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// `member`, `ex-member`, `guest`.
    pub attended: String,
    /// ISO date.
    pub joined_on: String,
    /// ISO date.
    pub left_on: String,
    /// A month.
    pub fee: String,
    /// A month.
    pub hours: String,
    /// A number; 0 is none yet.
    pub good_jobs: String,
    /// `yes`, `no`, or nothing.
    pub again: String,
    /// One line.
    pub title: String,
    /// Markdown.
    pub text: String,
    /// `public` or `members`.
    pub visibility: String,
    /// See [`token::issue`].
    pub form: String,
    /// For a correction: what it was made from.
    pub version: i64,
}

struct Facts {
    attended: &'static str,
    joined_on: Option<String>,
    left_on: Option<String>,
    fee: Option<i64>,
    hours: Option<i64>,
    good_jobs: i64,
    again: Option<bool>,
}

fn parse(typed: &Typed) -> Result<Facts> {
    let mut check = Check::default();
    let attended = match typed.attended.as_str() {
        "member" => "member",
        "ex-member" => "ex-member",
        "guest" => "guest",
        _ => {
            check.refuse("attended", "Please say how you know the group.");
            "guest"
        }
    };
    let joined_on = check.take(parse_date("joined_on", &typed.joined_on))?.flatten();
    let left_on = check.take(parse_date("left_on", &typed.left_on))?.flatten();
    if let (Some(a), Some(b)) = (&joined_on, &left_on)
        && a > b
    {
        check.refuse("left_on", "This is before the day you joined.");
    }
    let fee = check.take(parse_money("fee", &typed.fee))?.flatten();
    let whole = |field: &'static str, text: &str, most: i64| match text.trim() {
        "" => Ok(None),
        text => match text.parse::<i64>() {
            Ok(n) if (0..=most).contains(&n) => Ok(Some(n)),
            _ => Err(Error::field(field, format!("Please type a whole number from 0 to {most}."))),
        },
    };
    let hours = check.take(whole("hours", &typed.hours, 200))?.flatten();
    let good_jobs = check.take(whole("good_jobs", &typed.good_jobs, 1_000))?.flatten();
    if good_jobs.is_none() && attended != "guest" && typed.good_jobs.trim().is_empty() {
        check.refuse("good_jobs", "Please say how many good jobs came of it; 0 is an honest answer.");
    }
    check.finish()?;
    let again = match typed.again.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    Ok(Facts { attended, joined_on, left_on, fee, hours, good_jobs: good_jobs.unwrap_or(0), again })
}

/// Publishes a review of a group; one a person and group.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Conflict`] for a second one; [`Error::Forbidden`] for the group's keeper.
pub fn publish(tx: &mut Tx<'_>, reader: &Reader, secret: &[u8; 32], group: Key, typed: &Typed) -> Result<String> {
    let me = reader.who.member()?.id;
    let about = groups::one(tx, group)?;
    if about.keeper == me {
        return Err(Error::Forbidden("Whoever keeps a group does not review it; you can answer reviews.".into()));
    }
    if let Some(slug) = own(tx, group, me)? {
        return if token::open(secret, "review", &typed.form).is_some_and(|f| sent(tx, f.id).unwrap_or(false)) {
            Ok(slug)
        } else {
            Err(Error::Conflict("You reviewed this group before. You can correct that review.".into()))
        };
    }
    let (facts, post) = both(typed, &about.name)?;
    let (id, slug, _) = posts::publish(tx, reader, secret, "review", &post)?;
    tx.execute(
        sql!(
            "INSERT INTO group_reviews (post_id, group_id, author_id, attended, joined_on, left_on, fee, currency, hours,
               good_jobs, again) VALUES ($1, $2, $3, $4, $5, $6, $7, 'USD', $8, $9, $10)"
        ),
        &[
            &id,
            &group,
            &me,
            &facts.attended,
            &facts.joined_on,
            &facts.left_on,
            &facts.fee,
            &facts.hours,
            &facts.good_jobs,
            &facts.again,
        ],
    )?;
    let words = format!("{} reviewed {}. You can answer it.", reader.who.member()?.name, about.name);
    crate::vouches::notify(tx, about.keeper, "group", &words, &format!("/conversations/{slug}"))?;
    note(
        tx,
        &Event {
            post: id,
            comment: None,
            actor: Some(me),
            kind: "group reviewed",
            from: "",
            to: "",
            reason: &about.name,
        },
    )?;
    Ok(slug)
}

/// Corrects one's own review, words and facts: whoever leaves a group says so. The wording before is kept.
///
/// # Errors
/// [`Error::NotFound`] without one; [`Error::Invalid`]; [`Error::Conflict`] when it was changed meanwhile.
pub fn correct(tx: &mut Tx<'_>, reader: &Reader, group: Key, typed: &Typed) -> Result<String> {
    let me = reader.who.member()?.id;
    let about = groups::one(tx, group)?;
    let slug = own(tx, group, me)?.ok_or(Error::NotFound)?;
    let (facts, post) = both(typed, &about.name)?;
    posts::correct(tx, reader, &slug, &post)?;
    tx.execute(
        sql!(
            "UPDATE group_reviews SET attended = $1, joined_on = $2, left_on = $3, fee = $4, hours = $5, good_jobs = $6,
               again = $7 WHERE group_id = $8 AND author_id = $9"
        ),
        &[
            &facts.attended,
            &facts.joined_on,
            &facts.left_on,
            &facts.fee,
            &facts.hours,
            &facts.good_jobs,
            &facts.again,
            &group,
            &me,
        ],
    )?;
    Ok(slug)
}

/// The slug of somebody's review of a group, if there is one.
///
/// # Errors
/// The database's.
fn own(tx: &mut Tx<'_>, group: Key, me: Key) -> Result<Option<String>> {
    Ok(tx.value(
        sql!(
            "SELECT s.slug FROM group_reviews v JOIN posts s ON s.id = v.post_id WHERE v.group_id = $1 AND v.author_id = $2"
        ),
        &[&group, &me],
    )?)
}

/// What was typed, as facts and as a post; all refusals of both at once.
fn both(typed: &Typed, group: &str) -> Result<(Facts, posts::Typed)> {
    let post = posts::Typed {
        title: if typed.title.trim().is_empty() { format!("{group}: a review") } else { typed.title.clone() },
        text: typed.text.clone(),
        tags: "group reviews".into(),
        visibility: typed.visibility.clone(),
        form: typed.form.clone(),
        version: typed.version,
        ..posts::Typed::default()
    };
    match (parse(typed), posts::parse(&post)) {
        (Err(Error::Invalid(mut one)), Err(Error::Invalid(two))) => {
            one.extend(two);
            Err(Error::Invalid(one))
        }
        (facts, Ok(_)) => Ok((facts?, post)),
        (_, Err(other)) => Err(other),
    }
}

/// One's own review as it was typed.
fn stored(tx: &mut Tx<'_>, group: Key, me: Key) -> Result<Typed> {
    let text = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
    tx.row(
        sql!(
            "SELECT v.attended, v.joined_on, v.left_on, v.fee, v.hours, v.good_jobs, v.again, s.title, s.text,
               s.visibility, s.version
             FROM group_reviews v JOIN posts s ON s.id = v.post_id WHERE v.group_id = $1 AND v.author_id = $2"
        ),
        &[&group, &me],
        |r| {
            let again = r.get::<Option<bool>>(6)?.map_or("", |yes| if yes { "yes" } else { "no" });
            Ok(Typed {
                attended: r.get(0)?,
                joined_on: r.get::<Option<String>>(1)?.unwrap_or_default(),
                left_on: r.get::<Option<String>>(2)?.unwrap_or_default(),
                fee: crate::api::typed_money(r.get(3)?),
                hours: text(r.get(4)?),
                good_jobs: text(r.get(5)?),
                again: again.to_owned(),
                title: r.get(7)?,
                text: r.get(8)?,
                visibility: r.get(9)?,
                form: String::new(),
                version: r.get(10)?,
            })
        },
    )?
    .ok_or(Error::NotFound)
}

fn sent(tx: &mut Tx<'_>, form: Key) -> Result<bool> {
    let found: Option<Key> = tx.value(sql!("SELECT id FROM posts WHERE form_id = $1"), &[&form])?;
    Ok(found.is_some())
}

#[derive(Template)]
#[template(path = "conversations/review_form.html")]
struct New {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    id: Key,
    name: String,
    open: bool,
    /// The slug of the review that is corrected; empty for a new one.
    slug: String,
}

async fn page(visitor: &Visitor, id: Key, typed: Option<Typed>, errors: Errors) -> Result<New> {
    let fresh = typed.is_none();
    let (frame, (name, mine, stored)) = visitor
        .read(move |tx, reader| {
            let me = reader.who.member()?.id;
            let name = groups::one(tx, id)?.name;
            let mine = groups::of(tx, me)?.into_iter().find(|m| m.group == id);
            let stored = match own(tx, id, me)? {
                Some(slug) => Some((slug, stored(tx, id, me)?)),
                None => None,
            };
            Ok((name, mine, stored))
        })
        .await?;
    let mut typed = typed.unwrap_or_default();
    let mut slug = String::new();
    if let Some((of, stored)) = stored {
        // The first press was told of the other window; the second one knows.
        typed.version = stored.version;
        typed = if fresh { stored } else { typed };
        slug = of;
    } else if let Some(mine) = mine.filter(|_| fresh) {
        typed.attended = if mine.until.is_some() { "ex-member" } else { "member" }.to_owned();
        (typed.joined_on, typed.left_on) = (mine.since, mine.until.unwrap_or_default());
    }
    let app = &visitor.visit.app;
    typed.form = token::issue(&app.secret, Key(app.clock.id()), frame.now, "review");
    Ok(New { frame, errors, typed, id, name, open: app.open(), slug })
}

/// Whoever has written one corrects it.
async fn form(visitor: Visitor, Path(id): Path<Key>) -> Result<Response> {
    let page = page(&visitor, id, None, Errors::default()).await?;
    if !page.slug.is_empty() {
        return Ok(Redirect::to(&format!("/groups/{id}/reviews/mine")).into_response());
    }
    visitor.visit.html(&page)
}

async fn own_form(visitor: Visitor, Path(id): Path<Key>) -> Result<Response> {
    let page = page(&visitor, id, None, Errors::default()).await?;
    if page.slug.is_empty() {
        return Ok(Redirect::to(&format!("/groups/{id}/reviews/new")).into_response());
    }
    visitor.visit.html(&page)
}

async fn send(visitor: Visitor, Path(id): Path<Key>, Form(typed): Form<Typed>) -> Result<Response> {
    let (kept, secret) = (typed.clone(), visitor.visit.app.secret);
    let sent = visitor.write(move |tx, reader| publish(tx, reader, &secret, id, &typed)).await;
    match Errors::kept(sent, "text")? {
        Ok(slug) => Ok(Redirect::to(&format!("/conversations/{slug}")).into_response()),
        Err((status, errors)) => {
            let page = page(&visitor, id, Some(kept), errors).await?;
            visitor.visit.html_as(status, &page)
        }
    }
}

async fn correct_own(visitor: Visitor, Path(id): Path<Key>, Form(typed): Form<Typed>) -> Result<Response> {
    let kept = typed.clone();
    let done = visitor.write(move |tx, reader| correct(tx, reader, id, &typed)).await;
    match Errors::kept(done, "text")? {
        Ok(slug) => Ok(visitor.visit.see(&format!("/conversations/{slug}"), "Saved. The wording before is kept.")),
        Err((status, errors)) => {
            let page = page(&visitor, id, Some(kept), errors).await?;
            visitor.visit.html_as(status, &page)
        }
    }
}
