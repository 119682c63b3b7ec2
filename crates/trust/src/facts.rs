//! What the engine is told: people, vouches, private trust, jobs, warnings and outcomes, as plain values.

/// An external id: the 128 bits of the caller's UUID. Zero means "no id": such evidence cannot be removed by id.
pub type Id = u128;

/// Whole days since 1970-01-01. The engine has no clock: every question brings its own day.
pub type Day = i32;

/// A field of work: the caller's index of an occupation, below [`crate::Fields::count`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field(pub u16);

/// How the author of a vouch knows the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Paid for the work.
    Hired,
    /// Did the work beside them.
    WorkedBeside,
    /// Looked closely at finished work.
    InspectedWork,
    /// Knows the person, not the work.
    KnowsPersonally,
    /// Hearsay: kept as a note, weighs nothing.
    HeardOf,
    /// An imported network does not say.
    NotStated,
}

impl Basis {
    /// Whether the author has seen the work itself.
    pub fn is_work_based(self) -> bool {
        matches!(self, Basis::Hired | Basis::WorkedBeside | Basis::InspectedWork)
    }
}

/// What else ties the author to the person vouched for, as disclosed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tie {
    /// Chosen, not merely left empty.
    None,
    /// Friends.
    Friend,
    /// A money or business tie, either way.
    Money,
    /// Family or household.
    Family,
    /// A personal tie the author would rather not describe; weighs as family.
    Undescribed,
}

/// Who the author is to judge this field. Always derived by the engine, never told to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Same occupation, confirmed.
    Practitioner,
    /// A related occupation, confirmed.
    Adjacent,
    /// Hired in this field at least twice.
    RepeatBuyer,
    /// Hired this very person.
    Client,
    /// Everybody else, and those who only say so themselves.
    Lay,
}

/// Who, other than the person, says that an occupation is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confirmed {
    /// Nobody yet. The engine itself finds out whether somebody else's work-based vouch confirms it.
    No,
    /// A licence.
    Licence,
    /// A group's admission under this occupation.
    Group,
}

/// A member, client or listed professional.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// External id.
    pub id: Id,
    /// Day of joining: decides nothing in the ranking, only the default list of founders.
    pub joined: Day,
    /// Occupations and who confirms them.
    pub fields: Vec<(Field, Confirmed)>,
    /// Whether the person may be recommended (not paused, erased or a client only).
    pub listed: bool,
}

/// One person's word for another's work in a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vouch {
    /// External id, or zero for imported edges nobody will remove singly.
    pub id: Id,
    /// Who gives the word.
    pub from: Id,
    /// For whom.
    pub to: Id,
    /// For work in which field.
    pub field: Field,
    /// How the author knows the work.
    pub basis: Basis,
    /// What else ties the two.
    pub tie: Tie,
    /// The tie came out later: the author had not disclosed it. It then weighs δ², and every such vouch counts against
    /// its author's record like a referral that went wrong.
    pub undisclosed: bool,
    /// Stated probability, .5 to .99, that a typical client would call them the right person.
    pub confidence: f32,
    /// Day given or last renewed.
    pub at: Day,
    /// False once withdrawn or hidden. A vouch that is not live carries nothing and confirms nobody, but goes on
    /// using its part of its author's word until it has faded: otherwise withdrawing would be a way to move one's
    /// whole word from favourite to favourite. [`crate::Engine::remove_vouch`] forgets it altogether (erasure).
    pub live: bool,
}

/// "I rely on this person's judgement", private for ever. Keyed by the three of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Trust {
    /// Who relies.
    pub from: Id,
    /// On whom.
    pub to: Id,
    /// For which field, or for all.
    pub field: Option<Field>,
}

/// Somebody paid somebody for work: from a finished referral or a recorded job. Gives standing, carries no weight itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// External id.
    pub id: Id,
    /// Who paid.
    pub client: Id,
    /// Who worked.
    pub professional: Id,
    /// In which field.
    pub field: Field,
}

/// A negative rating of an imported network. Never subtracted from a score: counted, and said beside the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warning {
    /// Who warns.
    pub from: Id,
    /// About whom.
    pub to: Id,
    /// In which field.
    pub field: Field,
    /// From 0 to 1.
    pub strength: f32,
    /// Day given.
    pub at: Day,
}

/// What came of one referral, as the client answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// External id.
    pub id: Id,
    /// Who put their name to it, if anybody did.
    pub referrer: Option<Id>,
    /// Who did the work.
    pub professional: Id,
    /// In which field.
    pub field: Field,
    /// The referrer's stated probability, frozen when offered.
    pub confidence: f32,
    /// [`crate::Engine::forecast_for`] at that moment, without the referrer's own vouch, frozen too.
    pub forecast: f32,
    /// "Was this the right person for you?" yes 1, partly ½, no 0.
    pub y: f32,
    /// Day answered.
    pub at: Day,
    /// How much this reporter counts, 0 to 1 (1: a client with a confirmed address).
    pub reporter: f32,
    /// The client's tie to the professional, as disclosed.
    pub tie: Tie,
    /// Whether the job is known to have happened (both sides say so).
    pub verified: bool,
}
