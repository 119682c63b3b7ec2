//! Ratings of things by people: `user,item[,category],rating[,outcome][,time]`, and who trusts whom among the users.

use super::columns::{Kind, Numbers, Row, Shape, date, field, moment, number, rows, to_seconds};
use super::{Fault, Notes};
use std::collections::BTreeSet;

/// One rating.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating {
    /// Who rates.
    pub user: u32,
    /// What is rated.
    pub item: u32,
    /// Its category, 0 if the file has none.
    pub category: u32,
    /// As in the file.
    pub rating: f64,
    /// How the rating (a review, say) was received, as in the file.
    pub outcome: Option<f64>,
    /// Seconds since 1970.
    pub time: Option<f64>,
}

/// A file of ratings; users, items and categories numbered from 0 in order of first mention.
#[derive(Clone, Debug, Default)]
pub struct Ratings {
    /// All rows in file order.
    pub rows: Vec<Rating>,
    /// How many users, trusted ones included.
    pub users: usize,
    /// How many items.
    pub items: usize,
    /// How many categories (1 if there are none).
    pub categories: usize,
    /// Who trusts whom.
    pub trust: Vec<(u32, u32)>,
    /// What was taken for what.
    pub said: Vec<String>,
    numbers: Numbers,
}

impl Ratings {
    /// The rows that are ratings: without zeros where 0 means "not rated", and the first of several by one user of one
    /// item.
    pub fn distinct(&self) -> (Vec<Rating>, Notes) {
        let mut notes = Notes::default();
        let zeros = self.rows.iter().filter(|row| row.rating == 0.0).count();
        let least =
            self.rows.iter().map(|row| row.rating).filter(|rating| *rating != 0.0).fold(f64::INFINITY, f64::min);
        let unrated = zeros > 0 && least >= 1.0 && zeros * 1000 <= self.rows.len();
        let mut seen = BTreeSet::new();
        let kept = self
            .rows
            .iter()
            .filter(|row| {
                if unrated && row.rating == 0.0 {
                    notes.unrated += 1;
                    return false;
                }
                let fresh = seen.insert((row.user, row.item));
                notes.repeated += usize::from(!fresh);
                fresh
            })
            .copied()
            .collect();
        (kept, notes)
    }
}

/// What a row of ratings may hold.
const WANTED: [Kind; 6] = [Kind::User, Kind::Item, Kind::Category, Kind::Rating, Kind::Outcome, Kind::Time];

/// Reads ratings from a text; `columns` names its columns if it has no header and the guess is wrong.
pub fn parse_ratings(text: &str, columns: Option<&[String]>) -> Result<Ratings, Fault> {
    let shape = rows(text, columns);
    let found = columns_of(&shape, columns.is_some())?;
    let [user, item, category, rating, outcome, time] = found;
    let there = |kind: Kind, place: Option<usize>| place.ok_or_else(|| shape.missing(kind));
    let (user, item) = (there(Kind::User, user)?, there(Kind::Item, item)?);
    let rating = there(Kind::Rating, rating)?;
    let (mut users, mut items, mut categories) = (Numbers::default(), Numbers::default(), Numbers::default());
    let mut all = Vec::with_capacity(shape.rows.len());
    for row in &shape.rows {
        all.push(Rating {
            user: users.of(field(row, user, "user")?),
            item: items.of(field(row, item, "item")?),
            category: category.map_or(Ok("all"), |c| field(row, c, "category")).map(|c| categories.of(c))?,
            rating: number(row, rating, "rating")?,
            outcome: outcome.map(|c| number(row, c, "outcome")).transpose()?,
            time: time.map(|c| moment(row, c)).transpose()?,
        });
    }
    to_seconds(all.iter_mut().filter_map(|row| row.time.as_mut()));
    Ok(Ratings {
        rows: all,
        users: users.len(),
        items: items.len(),
        categories: categories.len(),
        trust: Vec::new(),
        said: vec![shape.taken(&WANTED, &found)],
        numbers: users,
    })
}

/// Which column holds what. With a header that names neither user nor item nor rating, or without one, it is guessed.
fn columns_of(shape: &Shape<'_>, given: bool) -> Result<[Option<usize>; 6], Fault> {
    let Some(first) = shape.rows.first() else { return Err(Fault::Whole("there is no rating in this file".into())) };
    if shape.names.is_some() {
        let [source, target] = shape.columns(&[Kind::Source, Kind::Target], true)[..] else { return Ok([None; 6]) };
        let named = shape.columns(&WANTED, true);
        let (user, item) = (named[0].or(source), named[1].or(target));
        if given || user.is_some() && item.is_some() {
            let rating = if given { named[3] } else { shape.columns(&WANTED, false)[3] };
            return Ok([user, item, named[2], rating, named[4], named[5]]);
        }
        if user.or(item).or(named[3]).is_some() {
            let found = shape.columns(&WANTED, false);
            return Ok([user.or(found[0]), item.or(found[1]), named[2], found[3], named[4], found[5]]);
        }
    }
    let guess = guess(first, &shape.rows)?;
    Ok(WANTED.map(|kind| guess.iter().position(|name| *name == kind.name())))
}

/// Reads who trusts whom (`truster,trustee`, further columns ignored); users without ratings get numbers after the
/// others.
pub fn parse_trust(text: &str, ratings: &mut Ratings) -> Result<(), Fault> {
    let numbers = &mut ratings.numbers;
    let shape = rows(text, None);
    let wanted = [Kind::Source, Kind::Target];
    let found = shape.columns(&wanted, false);
    let (from, to) = (found[0].unwrap_or(0), found[1].unwrap_or(1));
    ratings.said.push(format!("trust: {}", shape.taken(&wanted, &[Some(from), Some(to)])));
    for row in &shape.rows {
        let (a, b) = (numbers.of(field(row, from, "truster")?), numbers.of(field(row, to, "trustee")?));
        if a != b {
            ratings.trust.push((a, b));
        }
    }
    ratings.users = numbers.len();
    ratings.trust.sort_unstable();
    ratings.trust.dedup();
    Ok(())
}

/// Which columns a file without a header has: a last column of dates or of numbers above 100,000 is a time.
fn guess(first: &Row<'_>, rows: &[Row<'_>]) -> Result<&'static [&'static str], Fault> {
    let timed = rows.iter().take(1000).all(|row| {
        row.fields.last().is_some_and(|last| date(last).is_some() || last.parse::<f64>().is_ok_and(|n| n.abs() > 1e5))
    });
    match (first.fields.len(), timed) {
        (3, _) => Ok(&["user", "item", "rating"]),
        (4, true) => Ok(&["user", "item", "rating", "time"]),
        (4, false) => Ok(&["user", "item", "category", "rating"]),
        (5, true) => Ok(&["user", "item", "category", "rating", "time"]),
        (5, false) => Ok(&["user", "item", "category", "rating", "outcome"]),
        // With the number of a review between field and rating.
        (6, true) if distinct(rows, 3) > 100 && distinct(rows, 4) <= 20 => {
            Ok(&["user", "item", "category", "review", "rating", "time"])
        }
        (6, _) => Ok(&["user", "item", "category", "rating", "outcome", "time"]),
        (width, _) => Err(Fault::Line(
            first.line,
            format!("{width} columns; wanted user,item[,category],rating[,outcome][,time] or a header that names them"),
        )),
    }
}

/// How many different values a column has among the first thousand rows.
fn distinct(rows: &[Row<'_>], column: usize) -> usize {
    rows.iter().take(1000).filter_map(|row| row.fields.get(column)).collect::<BTreeSet<_>>().len()
}
