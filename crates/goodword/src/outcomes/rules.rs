//! The rules, without a database: when the questions are asked, until when, when the answers open, and what counts.

use store::DAY;

/// How long the window stays open (µs).
pub const LENGTH: i64 = 14 * DAY;
/// The questions come this long after the need's date (µs).
const AFTER_DATE: i64 = 7 * DAY;
/// … or this long after the last update, where there is no date (µs).
const AFTER_UPDATE: i64 = 60 * DAY;
/// Private answers are told only in batches of this many, and no record shows a figure to others below it.
pub const BATCH: usize = 5;

/// A part in a referral that is asked for its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Whose answer alone is the outcome.
    Client,
    /// Who was recommended.
    Professional,
    /// Who put the name to it.
    Referrer,
}

impl Role {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Client, Self::Professional, Self::Referrer];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Professional => "professional",
            Self::Referrer => "referrer",
        }
    }

    /// Reads what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Whether marking a state asks the three at once.
pub fn asks_at_once(state: &str) -> bool {
    matches!(state, "done" | "lost" | "not suitable")
}

/// When the window opens (µs), for a referral in `state` last updated at `updated_at`, whose need names a day that begins
/// at `date`. `None`: not asked at all, because nobody was introduced.
///
/// A day that had come and gone before the last update says nothing about when the job was: then the 60 days count.
pub fn opens_at(state: &str, date: Option<i64>, updated_at: i64) -> Option<i64> {
    match state {
        state if asks_at_once(state) => Some(updated_at),
        "introduced" | "in contact" | "meeting set" | "proposal" | "won" => {
            Some(date.map(|day| day + AFTER_DATE).filter(|at| *at > updated_at).unwrap_or(updated_at + AFTER_UPDATE))
        }
        _ => None,
    }
}

/// When a window that opened at `opened_at` closes (µs).
pub fn closes_at(opened_at: i64) -> i64 {
    opened_at + LENGTH
}

/// Where the questions stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Not asked yet.
    Ahead,
    /// Sealed answers are taken, and may be changed, until this time (µs).
    Open(i64),
    /// Over, and about to be revealed.
    Closed,
    /// Revealed.
    Revealed,
}

/// Where the questions stand at `now`.
pub fn window(closes_at: Option<i64>, revealed_at: Option<i64>, now: i64) -> Window {
    match (closes_at, revealed_at) {
        (_, Some(_)) => Window::Revealed,
        (None, None) => Window::Ahead,
        (Some(closes), None) if now < closes => Window::Open(closes),
        (Some(_), None) => Window::Closed,
    }
}

/// Whether the answers open: all three are there, or the window is over.
pub fn opens(answered: usize, closes_at: i64, now: i64) -> bool {
    answered >= Role::ALL.len() || now >= closes_at
}

/// What the client's answer is worth to the referrer's and the professional's record. Silence scores nobody, nor does a
/// client who says that no work was done; nobody else can say so, and nobody else's answer counts.
pub fn score(no_work: bool, client: Option<&str>) -> Option<f64> {
    match client? {
        _ if no_work => None,
        "yes" => Some(1.0),
        "partly" => Some(0.5),
        "no" => Some(0.0),
        _ => None,
    }
}

/// How many of `n` private answers, oldest first, may be counted: whole batches only, so that nobody learns a single one
/// by comparing yesterday's figure with today's.
pub fn tellable(n: usize) -> usize {
    n / BATCH * BATCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_questions_come_when_it_is_over_or_a_week_after_the_day_or_after_sixty_days() {
        let updated = 100 * DAY;
        for state in ["done", "lost", "not suitable"] {
            assert_eq!(opens_at(state, Some(400 * DAY), updated), Some(updated), "{state}");
        }
        for state in ["introduced", "in contact", "meeting set", "proposal", "won"] {
            assert_eq!(opens_at(state, Some(130 * DAY), updated), Some(137 * DAY), "{state}");
            assert_eq!(opens_at(state, None, updated), Some(160 * DAY), "{state}");
            assert_eq!(opens_at(state, Some(50 * DAY), updated), Some(160 * DAY), "a day long gone: {state}");
        }
        for state in ["asked", "offered", "declined", "expired", "cancelled"] {
            assert_eq!(opens_at(state, Some(130 * DAY), updated), None, "{state}");
        }
    }

    #[test]
    fn nothing_opens_before_all_three_have_answered_or_fourteen_days_are_over() {
        let closes = closes_at(10 * DAY);
        assert_eq!(closes, 24 * DAY);
        for (answered, now, open) in
            [(0, 11, false), (2, 23, false), (3, 11, true), (0, 24, true), (2, 24, true), (3, 30, true)]
        {
            assert_eq!(opens(answered, closes, now * DAY), open, "{answered} answered, day {now}");
        }
        assert_eq!(window(None, None, 0), Window::Ahead);
        assert_eq!(window(Some(closes), None, closes - 1), Window::Open(closes));
        assert_eq!(window(Some(closes), None, closes), Window::Closed);
        assert_eq!(window(Some(closes), Some(12 * DAY), 13 * DAY), Window::Revealed);
    }

    #[test]
    fn the_client_alone_scores_and_silence_or_another_choice_scores_nobody() {
        for (client, worth) in [("yes", Some(1.0)), ("partly", Some(0.5)), ("no", Some(0.0)), ("heard nothing", None)] {
            assert_eq!(score(false, Some(client)), worth, "{client}");
            assert_eq!(score(true, Some(client)), None, "{client}");
        }
        assert_eq!(score(false, None), None);
    }

    #[test]
    fn private_answers_are_told_in_whole_batches() {
        let told: Vec<usize> = [0, 4, 5, 9, 10, 14].into_iter().map(tellable).collect();
        assert_eq!(told, [0, 0, 5, 5, 10, 10]);
    }
}
