//! A need in plain words, taken apart: which occupation, where, when, for how much money, how many people, what occasion.

mod budget;
mod calendar;
mod place;
mod tokens;
mod when;

use crate::{Match, search_words, words};
use std::ops::Range;

pub use calendar::Date;

/// What a need says. Everything but the occupations may be missing; the asker corrects what was read wrongly.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The five best occupations, best first, read from the words that are not place, date or money.
    pub occupations: Vec<Match>,
    /// Where.
    pub place: Option<Place>,
    /// When.
    pub when: Option<When>,
    /// For how much.
    pub budget: Option<Budget>,
    /// How many people it is for ("80 guests").
    pub people: Option<u32>,
    /// The occasion, as a plain noun: "wedding".
    pub occasion: Option<&'static str>,
}

/// A place as written: "Santa Monica", "Venice near Abbot Kinney".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The words.
    pub name: String,
    /// Where they stand in the need, in bytes, the preposition included.
    pub span: Range<usize>,
}

/// A time, as days from and to, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The first day; today for "by Friday".
    pub from: Date,
    /// The last day; a year after the first for "after June".
    pub to: Date,
    /// The words: "next spring".
    pub words: String,
    /// Where they stand in the need, in bytes.
    pub span: Range<usize>,
}

/// An amount of money in minor units (cents). "About $3,000" and "$3,000" have both ends the same; "under" has no least, "over" no most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The least, in minor units.
    pub min: Option<i64>,
    /// The most, in minor units.
    pub max: Option<i64>,
    /// ISO 4217: USD, EUR or GBP; USD where no currency is named.
    pub currency: &'static str,
    /// "hour", "day", "week" or "month" for "$40 an hour"; none for the whole job.
    pub per: Option<&'static str>,
    /// The words: "about $3,000".
    pub words: String,
    /// Where they stand in the need, in bytes.
    pub span: Range<usize>,
}

/// Reads a need. `today` is year, month, day; an impossible day is moved to the nearest possible one.
pub fn read(need: &str, today: Date) -> Reading {
    let tokens = tokens::split(need);
    let budget = budget::find(need, &tokens);
    let free = |span: &Range<usize>, other: Option<&Range<usize>>| {
        other.is_none_or(|o| o.end <= span.start || span.end <= o.start)
    };
    let when = when::find(need, &tokens, today).filter(|w| free(&w.span, budget.as_ref().map(|b| &b.span)));
    let place = place::find(need, &tokens)
        .filter(|p| free(&p.span, budget.as_ref().map(|b| &b.span)) && free(&p.span, when.as_ref().map(|w| &w.span)));
    let cut: Vec<&Range<usize>> =
        [budget.as_ref().map(|b| &b.span), when.as_ref().map(|w| &w.span), place.as_ref().map(|p| &p.span)]
            .into_iter()
            .flatten()
            .collect();
    Reading {
        occupations: search_words(&left_over(need, &cut), 5),
        place,
        when,
        budget,
        people: people(&tokens),
        occasion: occasion(need),
    }
}

/// The need without the words that name a day: "a plumber for Tuesday June 15 in Venice" is "a plumber in Venice"; "a small June
/// wedding" stays.
pub fn without_days(need: &str, today: Date) -> String {
    let mut rest = need.to_owned();
    // "Tuesday" and "June 15" are found one after the other.
    while let Some(span) = when::day(&rest, &tokens::split(&rest), today) {
        rest.replace_range(span, " ");
    }
    let kept = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    kept.replace(" ,", ",").replace(",,", ",").trim_matches([',', ' ']).to_owned()
}

/// The words of a need that are not in one of the spans; all of them if nothing else is left.
fn left_over(need: &str, cut: &[&Range<usize>]) -> Vec<String> {
    let kept: String =
        need.char_indices().map(|(at, c)| if cut.iter().any(|span| span.contains(&at)) { ' ' } else { c }).collect();
    let words = |text: &str| words::split(text).into_iter().filter(|w| !words::is_stop(w)).collect::<Vec<_>>();
    let rest = words(&kept);
    if rest.is_empty() { words(need) } else { rest }
}

/// "60 people", "for 14 guests", "a party of eight".
fn people(tokens: &[tokens::Token]) -> Option<u32> {
    const WHO: [&str; 12] = [
        "guests",
        "people",
        "persons",
        "attendees",
        "kids",
        "children",
        "adults",
        "employees",
        "colleagues",
        "guest",
        "heads",
        "pax",
    ];
    let count = |i: usize| tokens.get(i).and_then(|t| t.count()).filter(|n| (1..=100_000).contains(n));
    (0..tokens.len()).find_map(|i| {
        let n = count(i)?;
        let followed = |k: usize| tokens.get(i + k).is_some_and(|t| WHO.contains(&t.low.as_str()));
        let party = i >= 2
            && tokens[i - 1].low == "of"
            && matches!(tokens[i - 2].low.as_str(), "party" | "group" | "team" | "dinner");
        (followed(1) || followed(2) || party).then_some(n)
    })
}

const OCCASIONS: [(&str, &str); 24] = [
    ("wedding", "wedding"),
    ("birthday", "birthday"),
    ("funeral", "funeral"),
    ("anniversary", "anniversary"),
    ("graduation", "graduation"),
    ("christening", "christening"),
    ("baptism", "baptism"),
    ("bar mitzvah", "bar mitzvah"),
    ("bat mitzvah", "bat mitzvah"),
    ("quinceañera", "quinceañera"),
    ("quinceanera", "quinceañera"),
    ("baby shower", "baby shower"),
    ("bridal shower", "bridal shower"),
    ("engagement party", "engagement party"),
    ("housewarming", "housewarming"),
    ("prom", "prom"),
    ("conference", "conference"),
    ("fundraiser", "fundraiser"),
    ("gala", "gala"),
    ("offsite", "offsite"),
    ("retreat", "retreat"),
    ("reunion", "reunion"),
    ("launch", "launch"),
    ("party", "party"),
];

fn occasion(need: &str) -> Option<&'static str> {
    let text = format!(" {} ", words::split(need).join(" "));
    OCCASIONS.iter().find(|(words, _)| text.contains(&format!(" {words} "))).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests;
