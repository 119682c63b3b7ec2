//! Reads a need written in plain words, with this network's own places: the person corrects it afterwards.

use crate::live::Memory;
use jiff::civil::Date;
use occupations::{Match, Reading};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What the words were taken to mean.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The likeliest trades, best first.
    pub trades: Vec<Match>,
    /// A place, as written.
    pub place: String,
    /// First and last day, ISO.
    pub dates: Option<(String, String)>,
    /// The words the dates were read from, e.g. `June`.
    pub date_words: String,
    /// Least and most, minor units.
    pub budget: (Option<i64>, Option<i64>),
    /// ISO code.
    pub currency: &'static str,
}

/// Needs read lately, by words and day: the answer, its corrections and the pages under it read the same words again, which
/// costs more than all their statements.
#[derive(Default)]
pub struct Readings(Mutex<HashMap<(String, Date), Reading>>);

impl Readings {
    /// As many are kept; then all go.
    const MOST: usize = 500;

    fn of(&self, words: &str, today: Date) -> Reading {
        let key = (words.to_owned(), today);
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let day = |n: i8| u8::try_from(n).unwrap_or(1);
        let read = occupations::read(words, (today.year().into(), day(today.month()), day(today.day())));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(key, read.clone());
        read
    }
}

/// Reads `words` as of `today`; `memory` knows the towns of this network, which win over any other place.
pub fn read(words: &str, today: Date, memory: &Memory) -> Read {
    let Reading { occupations, place, when, budget, .. } = memory.readings.of(words, today);
    let folded: String =
        formats::name::fold(words).chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let folded = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    let town = memory.town_in(&folded).map(|(town, _)| capitals(town));
    // A price by the hour says nothing about the whole job.
    let budget = budget.filter(|b| b.per.is_none());
    Read {
        trades: occupations,
        place: town.or(place.map(|p| p.name)).unwrap_or_default(),
        date_words: when.as_ref().map(|w| w.words.clone()).unwrap_or_default(),
        dates: when.map(|w| (iso(w.from), iso(w.to))),
        currency: budget.as_ref().map_or("USD", |b| b.currency),
        budget: budget.map_or((None, None), |b| (b.min, b.max)),
    }
}

fn iso((year, month, day): occupations::reading::Date) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

fn capitals(text: &str) -> String {
    text.split(' ').map(crate::say::capital).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_read() {
        let today = Date::constant(2026, 3, 2);
        let need = "a florist for a small June wedding in Santa Monica, about $3,000";
        let read = read(need, today, &Memory::default());
        assert_eq!(read.trades[0].occupation.code, "27-1023.00");
        assert_eq!(read.place, "Santa Monica");
        assert_eq!(read.dates, Some(("2026-06-01".into(), "2026-06-30".into())));
        assert_eq!(read.budget, (Some(300_000), Some(300_000)));
    }
}
