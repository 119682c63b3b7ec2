//! Reviews of networking groups: what membership cost and brought, by whom, with what standing; and two groups side by side.

use super::posts;
use super::read::Post;
use super::visitor::{Reader, Visitor};
use super::{Event, note, token};
use crate::app::App;
use crate::error::{Error, Result};
use crate::groups;
use crate::input::{Check, parse_date, parse_money};
use crate::key::Key;
use crate::outcomes::tellable;
use crate::page::{Errors, Frame};
use crate::say;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use serde::Deserialize;
use store::{Row, Tx, sql};

/// `/groups/{id}/reviews`, `/groups/{id}/reviews/new`, `/groups/{id}/reviews/mine`, `/groups/comparison`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/groups/{id}/reviews", get(list))
        .route("/groups/{id}/reviews/new", get(form).post(send))
        .route("/groups/{id}/reviews/mine", get(own_form).post(correct_own))
        .route("/groups/comparison", get(compare))
}

/// A review as pages show it; the private answer is not in it.
#[derive(Clone, Debug)]
pub struct Review {
    /// The group.
    pub group: Key,
    /// Its name.
    pub group_name: String,
    /// Who keeps it, and so answers for it.
    pub keeper: Key,
    /// The post's.
    pub slug: String,
    /// The post's.
    pub title: String,
    /// The post's.
    pub html: String,
    /// Whoever wrote it.
    pub name: String,
    /// `member`, `ex-member`, `guest`: as the author says.
    pub attended: String,
    /// The group's keeper confirmed a membership of theirs.
    pub confirmed: bool,
    /// ISO date.
    pub joined_on: Option<String>,
    /// ISO date.
    pub left_on: Option<String>,
    /// A month, minor units.
    pub fee: Option<i64>,
    /// Of the fee.
    pub currency: String,
    /// A month.
    pub hours: Option<i64>,
    /// 0: none yet.
    pub good_jobs: i64,
    /// The post's, µs.
    pub at: i64,
    /// Comments under it.
    pub comments: i64,
}

impl Review {
    /// "Member since 2022, confirmed by the group".
    pub fn standing(&self) -> String {
        let year = |iso: &Option<String>| iso.as_ref().and_then(|d| d.get(..4)).map(str::to_owned);
        let words = match (self.attended.as_str(), year(&self.joined_on), year(&self.left_on)) {
            ("guest", ..) => "Came as a guest".to_owned(),
            ("member", Some(from), _) => format!("Member since {from}"),
            ("member", ..) => "Member".to_owned(),
            (_, Some(from), Some(to)) => format!("Member from {from} to {to}"),
            _ => "Former member".to_owned(),
        };
        let how = if self.confirmed { "confirmed by the group" } else { "says so themselves" };
        format!("{words}, {how}")
    }

    /// "2 good jobs", "none yet".
    pub fn jobs_words(&self) -> String {
        if self.good_jobs == 0 { "none yet".to_owned() } else { say::count(self.good_jobs, "good job") }
    }

    /// "$85 a month".
    pub fn fee_words(&self) -> Option<String> {
        self.fee.map(|fee| format!("{} a month", say::money(fee, &self.currency)))
    }
}

fn review(r: &Row<'_>) -> store::Result<Review> {
    Ok(Review {
        group: r.get(0)?,
        group_name: r.get(1)?,
        slug: r.get(2)?,
        title: r.get(3)?,
        html: r.get(4)?,
        name: r.get(5)?,
        attended: r.get(6)?,
        confirmed: r.get(7)?,
        joined_on: r.get(8)?,
        left_on: r.get(9)?,
        fee: r.get(10)?,
        currency: r.get(11)?,
        hours: r.get(12)?,
        good_jobs: r.get(13)?,
        at: r.get(14)?,
        comments: r.get(15)?,
        keeper: r.get(16)?,
    })
}

/// The review a post is.
///
/// # Errors
/// The database's.
pub fn of_post(tx: &mut Tx<'_>, post: Key) -> Result<Option<Review>> {
    Ok(tx.row(
        sql!(
            "SELECT g.id, g.name, s.slug, s.title, s.html, COALESCE(NULLIF(s.author_name, ''), p.name, ''), v.attended,
               EXISTS (SELECT 1 FROM memberships m WHERE m.group_id = v.group_id AND m.party_id = v.author_id
                         AND m.confirmed_at IS NOT NULL) AND v.attended <> 'guest',
               v.joined_on, v.left_on, v.fee, v.currency, v.hours, v.good_jobs, s.created_at, s.comments,
               g.keeper_id
             FROM group_reviews v JOIN posts s ON s.id = v.post_id JOIN networking_groups g ON g.id = v.group_id
               LEFT JOIN parties p ON p.id = v.author_id WHERE v.post_id = $1"
        ),
        &[&post],
        review,
    )?)
}

/// Everything members may read about a group, newest first.
///
/// # Errors
/// The database's.
pub fn of_group(tx: &mut Tx<'_>, group: Key) -> Result<Vec<Review>> {
    Ok(tx.rows(
        sql!(
            "SELECT g.id, g.name, s.slug, s.title, s.html, COALESCE(NULLIF(s.author_name, ''), p.name, ''), v.attended,
               EXISTS (SELECT 1 FROM memberships m WHERE m.group_id = v.group_id AND m.party_id = v.author_id
                         AND m.confirmed_at IS NOT NULL) AND v.attended <> 'guest',
               v.joined_on, v.left_on, v.fee, v.currency, v.hours, v.good_jobs, s.created_at, s.comments,
               g.keeper_id
             FROM group_reviews v JOIN posts s ON s.id = v.post_id JOIN networking_groups g ON g.id = v.group_id
               LEFT JOIN parties p ON p.id = v.author_id
             WHERE v.group_id = $1 AND s.state = 'published' ORDER BY s.created_at DESC, s.id DESC LIMIT 200"
        ),
        &[&group],
        review,
    )?)
}

/// The group answers what is said of it, and decides nothing about it: not where its keeper is a moderator either.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn not_by_its_group(tx: &mut Tx<'_>, post: Key, by: Key) -> Result<()> {
    let keeps: Option<i64> = tx.value(
        sql!(
            "SELECT 1 FROM group_reviews v JOIN networking_groups g ON g.id = v.group_id
             WHERE v.post_id = $1 AND g.keeper_id = $2 AND v.author_id <> $2"
        ),
        &[&post, &by],
    )?;
    match keeps {
        Some(_) => Err(Error::Forbidden(
            "You keep the group that this is about. You can answer it; another moderator decides about it.".into(),
        )),
        None => Ok(()),
    }
}

/// Whether somebody may answer a post although it is closed: the keeper of the group that it reviews.
///
/// # Errors
/// The database's.
pub fn may_answer(tx: &mut Tx<'_>, post: &Post, me: Option<Key>) -> Result<bool> {
    let Some(me) = me.filter(|_| post.kind == "review") else { return Ok(false) };
    match not_by_its_group(tx, post.id, me) {
        Ok(()) => Ok(false),
        Err(Error::Forbidden(_)) => Ok(true),
        Err(other) => Err(other),
    }
}

/// How many reviews of a group can be read.
///
/// # Errors
/// The database's.
pub fn count(tx: &mut Tx<'_>, group: Key) -> Result<i64> {
    let n = tx.value(
        sql!(
            "SELECT COUNT(*) FROM group_reviews v JOIN posts s ON s.id = v.post_id
             WHERE v.group_id = $1 AND s.state = 'published'"
        ),
        &[&group],
    )?;
    Ok(n.unwrap_or(0))
}

/// The middle one and both ends, with how many there are.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// How many said something.
    pub n: usize,
    /// The least.
    pub low: f64,
    /// Half are below.
    pub median: f64,
    /// The most.
    pub high: f64,
}

impl Spread {
    /// Of some figures; `None` of none.
    pub fn of(mut figures: Vec<f64>) -> Option<Self> {
        figures.sort_by(f64::total_cmp);
        let (low, high) = (*figures.first()?, *figures.last()?);
        let n = figures.len();
        let median = (figures[(n - 1) / 2] + figures[n / 2]) / 2.0;
        Some(Self { n, low, median, high })
    }
}

/// A group in figures: each with its number of cases and its spread, nothing rolled into one.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The group.
    pub id: Key,
    /// Its name.
    pub name: String,
    /// As stored.
    pub kind: String,
    /// Reviews.
    pub n: usize,
    /// Of these by confirmed members and ex-members.
    pub confirmed: usize,
    /// Good jobs a year of membership.
    pub jobs: Option<Spread>,
    /// How many said "none yet".
    pub none: usize,
    /// A month, minor units.
    pub fee: Option<Spread>,
    /// Of the fees.
    pub currency: String,
    /// A month.
    pub hours: Option<Spread>,
    /// "4 of 5", of whole batches of private answers.
    pub again: Option<(usize, usize)>,
}

impl Figures {
    /// A spread beside another's, for a drawing on the scale of both: low, middle and high in percent.
    pub fn drawn(spread: &Option<Spread>, other: &Option<Spread>) -> Option<[i64; 3]> {
        let spread = spread.as_ref()?;
        let most = other.as_ref().map_or(spread.high, |o| o.high.max(spread.high)).max(f64::MIN_POSITIVE);
        #[expect(clippy::cast_possible_truncation, reason = "from 0 to 100")]
        Some([spread.low, spread.median, spread.high].map(|x| (x / most * 100.0).round() as i64))
    }

    /// "1.5", the middle answer.
    pub fn middle(spread: &Option<Spread>, unit: &str, currency: &str) -> String {
        Self::words(spread, unit, currency).split(" (").next().unwrap_or("").to_owned()
    }

    /// "from 0 to 4; n = 6", around it.
    pub fn around(spread: &Option<Spread>, unit: &str, currency: &str) -> String {
        let words = Self::words(spread, unit, currency);
        words.split_once(" (").map_or("", |(_, rest)| rest.trim_end_matches(')')).to_owned()
    }

    /// "1.5 (from 0 to 4; n = 6)".
    pub fn words(spread: &Option<Spread>, unit: &str, currency: &str) -> String {
        let Some(s) = spread else { return "nobody said".into() };
        #[expect(clippy::cast_possible_truncation, reason = "amounts in cents are far below 2^53")]
        let one = |x: f64| {
            if unit == "money" {
                say::money((x / 100.0).round() as i64 * 100, currency)
            } else if x.fract().abs() < 0.05 {
                format!("{x:.0}")
            } else {
                format!("{x:.1}")
            }
        };
        if s.n == 1 {
            format!("{} (one answer)", one(s.median))
        } else {
            format!("{} (from {} to {}; n = {})", one(s.median), one(s.low), one(s.high), s.n)
        }
    }
}

/// Works the figures of a group out of its reviews.
///
/// # Errors
/// [`Error::NotFound`].
pub fn figures(tx: &mut Tx<'_>, id: Key, today: &str) -> Result<(Figures, Vec<Review>)> {
    let group = groups::one(tx, id)?;
    let reviews = of_group(tx, id)?;
    let mut again: Vec<bool> = tx.rows(
        sql!(
            "SELECT v.again FROM group_reviews v JOIN posts s ON s.id = v.post_id
             WHERE v.group_id = $1 AND s.state = 'published' AND v.again IS NOT NULL ORDER BY s.created_at, s.id"
        ),
        &[&id],
        |r| r.get(0),
    )?;
    again.truncate(tellable(again.len()));
    #[expect(clippy::cast_precision_loss, reason = "counts and cents are far below 2^53")]
    let real = |n: i64| n as f64;
    let currency = reviews.iter().find(|r| r.fee.is_some()).map_or("USD", |r| r.currency.as_str()).to_owned();
    let members = || reviews.iter().filter(|r| r.attended != "guest");
    let jobs = members().filter_map(|r| years(r, today).map(|years| real(r.good_jobs) / years)).collect();
    let fee = reviews.iter().filter(|r| r.currency == currency).filter_map(|r| r.fee).map(real).collect();
    let figures = Figures {
        id,
        name: group.name,
        kind: group.kind,
        n: reviews.len(),
        confirmed: reviews.iter().filter(|r| r.confirmed).count(),
        jobs: Spread::of(jobs),
        none: members().filter(|r| r.good_jobs == 0).count(),
        fee: Spread::of(fee),
        currency,
        hours: Spread::of(reviews.iter().filter_map(|r| r.hours).map(real).collect()),
        again: (!again.is_empty()).then(|| (again.iter().filter(|yes| **yes).count(), again.len())),
    };
    Ok((figures, reviews))
}

/// Years of membership, at least one: a job in the first month makes no twelve a year.
fn years(review: &Review, today: &str) -> Option<f64> {
    let date = |iso: &str| iso.parse::<jiff::civil::Date>().ok();
    let from = date(review.joined_on.as_ref()?)?;
    let to = date(review.left_on.as_deref().unwrap_or(today))?;
    let days = from.until(to).ok()?.get_days();
    Some((f64::from(days) / 365.25).max(1.0))
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
#[template(path = "conversations/reviews.html")]
struct List {
    frame: Frame,
    figures: Figures,
    reviews: Vec<Review>,
    others: Vec<(Key, String)>,
}

/// Other groups that have been reviewed.
fn others(tx: &mut Tx<'_>, but: Key) -> Result<Vec<(Key, String)>> {
    Ok(tx.rows(
        sql!(
            "SELECT g.id, g.name FROM networking_groups g WHERE g.id <> $1
               AND EXISTS (SELECT 1 FROM group_reviews v JOIN posts s ON s.id = v.post_id
                           WHERE v.group_id = g.id AND s.state = 'published') ORDER BY g.folded LIMIT 100"
        ),
        &[&but],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?)
}

async fn list(visitor: Visitor, Path(id): Path<Key>) -> Result<Response> {
    let zone = visitor.visit.app.site.zone.clone();
    let (frame, (figures, reviews, others)) = visitor
        .read(move |tx, reader| {
            reader.who.member()?;
            let today = say::iso_date(tx.now(), &zone);
            let (figures, reviews) = figures(tx, id, &today)?;
            Ok((figures, reviews, others(tx, id)?))
        })
        .await?;
    visitor.visit.html(&List { frame, figures, reviews, others })
}

#[derive(Deserialize)]
struct Pair {
    a: Key,
    b: Key,
}

#[derive(Template)]
#[template(path = "conversations/comparison.html")]
struct Comparison {
    frame: Frame,
    a: Figures,
    b: Figures,
}

async fn compare(visitor: Visitor, Query(pair): Query<Pair>) -> Result<Response> {
    let zone = visitor.visit.app.site.zone.clone();
    let (frame, (a, b)) = visitor
        .read(move |tx, reader| {
            reader.who.member()?;
            let today = say::iso_date(tx.now(), &zone);
            Ok((figures(tx, pair.a, &today)?.0, figures(tx, pair.b, &today)?.0))
        })
        .await?;
    visitor.visit.html(&Comparison { frame, a, b })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads() {
        assert_eq!(Spread::of(vec![]), None);
        assert_eq!(Spread::of(vec![3.0, 1.0]), Some(Spread { n: 2, low: 1.0, median: 2.0, high: 3.0 }));
        assert_eq!(Figures::words(&Spread::of(vec![0.0, 1.5, 4.0]), "", "USD"), "1.5 (from 0 to 4; n = 3)");
        assert_eq!(Figures::words(&Spread::of(vec![8_500.0]), "money", "USD"), "$85 (one answer)");
        let (a, b) = (Spread::of(vec![1.0, 2.0, 5.0]), Spread::of(vec![10.0]));
        assert_eq!((Figures::drawn(&a, &b), Figures::drawn(&b, &a)), (Some([10, 20, 50]), Some([100, 100, 100])));
        assert_eq!((Figures::drawn(&None, &b), Figures::drawn(&Spread::of(vec![0.0]), &None)), (None, Some([0, 0, 0])));
        assert_eq!(Figures::middle(&a, "", ""), "2");
        assert_eq!(Figures::around(&a, "", ""), "from 1 to 5; n = 3");
        assert_eq!(
            (Figures::middle(&None, "", ""), Figures::around(&None, "", "")),
            ("nobody said".into(), String::new())
        );
    }
}
