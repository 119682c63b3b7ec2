//! What a forecast of a rating is on a page, in the API and on a command line. It stands beside the ranking and never
//! moves it.

use crate::key::Key;
use crate::live::{Expected, Memory};
use crate::say::{capital, list};
use serde::Serialize;
use utoipa::ToSchema;

/// So many facts are named at most.
const NAMED: usize = 3;
/// What moves the log-odds by less is not worth a word.
const SLIGHT: f64 = 0.05;
/// Deviations on each side that hold nine in ten ratings.
const NINE_IN_TEN: f64 = 1.64;

/// How the asker might rate somebody: only in networks that were imported with warnings. It changes neither order nor score.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RatingForecast {
    /// Chance that the rating would be good, 0 to 1.
    pub chance: f64,
    /// The rating to be expected, on the imported scale of -10 to 10.
    pub rating: f64,
    /// Nine in ten such ratings are not below this.
    pub low: i32,
    /// Nine in ten such ratings are not above this.
    pub high: i32,
    /// The asker has rated them before; the forecast is of a rating given anew.
    pub again: bool,
    /// Ratings of this person it rests on.
    pub ratings_of_them: usize,
    /// Ratings by the asker it rests on.
    pub ratings_by_you: usize,
    /// What moves it most. Nothing that one other person alone said is among it.
    pub because: Vec<Because>,
}

/// A fact that moves a forecast.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Because {
    /// "what people you rate well said of Member 7".
    pub fact: String,
    /// It raises the chance of a good rating; otherwise it lowers it.
    pub raises: bool,
}

impl RatingForecast {
    /// For whoever is signed in.
    pub fn of(memory: &Memory, viewer: Option<Key>, person: Key, name: &str, now: i64) -> Option<Self> {
        let Expected { forecast, parts, again } = memory.expected_rating(viewer?, person, now)?;
        let half = NINE_IN_TEN * forecast.uncertainty;
        #[expect(clippy::cast_possible_truncation, reason = "between -10 and 10")]
        let end = |value: f64| (value.clamp(-1.0, 1.0) * 10.0).round() as i32;
        let because = parts
            .iter()
            .filter(|part| part.odds.abs() >= SLIGHT)
            .filter_map(|part| Some(Because { fact: plain(part.number, name)?, raises: part.odds > 0.0 }))
            .take(NAMED)
            .collect();
        Some(Self {
            chance: (forecast.chance * 1e4).round() / 1e4,
            rating: (forecast.value * 100.0).round() / 10.0,
            low: end(forecast.value - half),
            high: end(forecast.value + half),
            again,
            ratings_of_them: forecast.evidence.1,
            ratings_by_you: forecast.evidence.0,
            because,
        })
    }

    /// "How you might rate them".
    pub fn title(&self) -> &'static str {
        if self.again { "How you might rate them again" } else { "How you might rate them" }
    }

    /// "93 in 100 would be good": never none, never all.
    pub fn good(&self) -> String {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 99")]
        let of_100 = (self.chance * 100.0).round().clamp(1.0, 99.0) as u32;
        format!("{of_100} in 100 would be good")
    }

    /// "rests on 41 ratings of them, 12 of yours".
    pub fn rests_on(&self) -> String {
        let of_them = crate::say::count(self.ratings_of_them, "rating");
        format!("rests on {of_them} of them, {} of yours", self.ratings_by_you)
    }

    /// "Nine in ten such ratings fall between 1 and 8, on the scale of −10 to 10."
    pub fn spread(&self) -> String {
        let signed = |n: i32| n.to_string().replace('-', "−");
        format!("Nine in ten such ratings fall between {} and {}, of −10 to 10", signed(self.low), signed(self.high))
    }

    /// "Raised by what you usually give; lowered by how often Member 7 has been rated"; nothing where nothing may be said.
    pub fn reasons(&self) -> Option<String> {
        let facts = |raises: bool| {
            let all: Vec<String> = self.because.iter().filter(|b| b.raises == raises).map(|b| b.fact.clone()).collect();
            (!all.is_empty()).then(|| format!("{} by {}", if raises { "raised" } else { "lowered" }, list(&all)))
        };
        let said: Vec<String> = [true, false].into_iter().filter_map(facts).collect();
        (!said.is_empty()).then(|| capital(&said.join("; ")))
    }
}

/// A fact as said to the rater; `None` for those that are never told.
fn plain(fact: usize, name: &str) -> Option<String> {
    Some(match fact {
        0 => "what you usually give".to_owned(),
        1 => format!("what {name} usually gets"),
        2 => "how generous you are beside others".to_owned(),
        3 => format!("{name}’s record, seen through your generosity"),
        5 => format!("what people you rate well said of {name}"),
        6 => format!("how many of those you rate well have rated {name}"),
        7 => "how much you have rated".to_owned(),
        8 => format!("how often {name} has been rated"),
        11 => format!("the share of bad ratings {name} got"),
        12 => "the share of bad ratings you give".to_owned(),
        18 => "your last rating".to_owned(),
        19 => "the time since your last rating".to_owned(),
        20 => "your last few ratings".to_owned(),
        21 => "your ratings of the last hours".to_owned(),
        28 => format!("what people you distrust said of {name}"),
        32 => format!("what people who rate you well said of {name}"),
        34 => "how many you rated lately".to_owned(),
        36 => "how often you give the least good rating".to_owned(),
        37 => "how often you recommend clearly".to_owned(),
        39 => format!("how far the ratings {name} got lie apart"),
        40 => "how far your ratings lie apart".to_owned(),
        42 => format!("{name}’s record, whoever gave it"),
        43 => format!("what well-rated people said of {name}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Because, RatingForecast, plain};
    use trust::forecast::{FACTS, LEFT_OUT};

    #[test]
    fn a_forecast_is_said_in_words_and_nothing_left_out_has_any() {
        let because = |fact: &str, raises| Because { fact: fact.to_owned(), raises };
        let mut told = RatingForecast {
            chance: 0.9996,
            rating: 4.2,
            low: -1,
            high: 8,
            again: false,
            ratings_of_them: 41,
            ratings_by_you: 12,
            because: vec![because("what you usually give", true), because("your last rating", false)],
        };
        assert_eq!(told.good(), "99 in 100 would be good");
        assert_eq!(told.rests_on(), "rests on 41 ratings of them, 12 of yours");
        assert_eq!(told.spread(), "Nine in ten such ratings fall between −1 and 8, of −10 to 10");
        assert_eq!(told.reasons().unwrap(), "Raised by what you usually give; lowered by your last rating");
        told.because.clear();
        assert_eq!(told.reasons(), None);
        assert!(LEFT_OUT.iter().all(|fact| plain(*fact, "Ana").is_none()));
        assert_eq!((0..FACTS.len()).filter(|fact| plain(*fact, "Ana").is_some()).count(), 23);
    }
}
