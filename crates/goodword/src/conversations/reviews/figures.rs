//! A group's reviews in figures, and two groups beside each other.

use super::{Review, of_group};
use crate::app::App;
use crate::conversations::visitor::Visitor;
use crate::error::Result;
use crate::groups;
use crate::key::Key;
use crate::outcomes::tellable;
use crate::page::Frame;
use crate::path::Path;
use crate::say;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use store::{Tx, sql};

/// `/groups/{id}/reviews`, `/groups/comparison`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/groups/{id}/reviews", get(list)).route("/groups/comparison", get(compare))
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
