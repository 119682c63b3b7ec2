//! The trades of the demo network and what people in and around them say, written by hand.
//!
//! In the texts `{n}` stands for the first name of the person spoken of, `{f}` for a client's family name, `{s}` for a
//! street and `{t}` for a town.

mod celebrations;
mod everyday;
mod home;
mod office;

/// Who meets whom at work: people of one circle see each other's work most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Circle {
    /// Weddings, parties and what people wear to them.
    Celebrations,
    /// Building, repairing and moving into a home.
    Home,
    /// Money, law, and the office.
    Office,
    /// Health, learning, animals, the car.
    Everyday,
}

/// One trade and its texts.
pub(super) struct Trade {
    /// O*NET-SOC code.
    pub code: &'static str,
    pub circle: Circle,
    /// How many people of the demo network work in it.
    pub people: usize,
    /// How they name their trade themselves.
    pub own_words: &'static [&'static str],
    /// Usual size of a job, dollars.
    pub usual: (i64, i64),
    /// How far they go, kilometres.
    pub reach: (i64, i64),
    /// Issuer of the licence or certificate, or empty.
    pub licence: &'static str,
    pub headlines: &'static [&'static str],
    /// Sentences of a self-description; a profile takes two or three.
    pub bios: &'static [&'static str],
    /// Title, what was done, cost in dollars from and to.
    pub works: &'static [(&'static str, &'static str, i64, i64)],
    /// What a customer or colleague noticed.
    pub praise: &'static [&'static str],
    /// What somebody who knows the craft noticed.
    pub expert: &'static [&'static str],
    /// Needs, as people type them.
    pub needs: &'static [&'static str],
    pub wanted: &'static [&'static str],
    pub unwanted: &'static [&'static str],
}

/// All trades.
pub(super) fn all() -> impl Iterator<Item = &'static Trade> {
    [celebrations::TRADES, home::TRADES, office::TRADES, everyday::TRADES].into_iter().flatten()
}
