//! What is asked of the engine and what it answers: values only.

use crate::facts::{Basis, Day, Field, Id, Standing};

/// One edge, as shown to a visibility rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What kind of edge.
    pub kind: EdgeKind,
    /// Where it starts.
    pub from: Id,
    /// Where it ends.
    pub to: Id,
}

/// The two kinds of edge that carry trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeKind {
    /// A vouch, by its external id (zero if it has none).
    Vouch(Id),
    /// An entry of somebody's private trust list.
    PrivateTrust,
}

/// Which edges this viewer may see. The asker's own edges, and the list of founders, are always visible to the asker.
#[derive(Clone, Copy, Default)]
pub enum Visibility<'a> {
    /// Vouches are readable, others' private trust is not: the rule among members.
    #[default]
    Members,
    /// Everything (evaluation, tests, an operator's own machine).
    Everything,
    /// The caller decides, edge by edge.
    Rule(&'a (dyn Fn(&Edge) -> bool + Sync)),
}

/// Who may be an answer.
#[derive(Clone, Copy, Default)]
pub enum Candidates<'a> {
    /// Everybody listed who works in the field or has been vouched for in it.
    #[default]
    InField,
    /// Of those, only the ones the caller accepts (service area, wish, pause).
    Where(&'a (dyn Fn(Id) -> bool + Sync)),
    /// Exactly these (if listed), whatever their field.
    Only(&'a [Id]),
}

/// A question to the engine.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Who asks; `None` when signed out.
    pub asker: Option<Id>,
    /// For work in which field.
    pub field: Field,
    /// Today.
    pub day: Day,
    /// How many answers at most.
    pub limit: usize,
    /// Who may be an answer.
    pub candidates: Candidates<'a>,
    /// Which edges may be named in a path.
    pub visible: Visibility<'a>,
    /// How many voices to explain for each answer (0: no explanation at all, the fastest).
    pub voices: usize,
}

impl<'a> Ask<'a> {
    /// Five answers with up to three voices each, all candidates, members' visibility.
    pub fn new(asker: Option<Id>, field: Field, day: Day) -> Self {
        Ask { asker, field, day, limit: 5, candidates: Candidates::InField, visible: Visibility::Members, voices: 3 }
    }
}

/// The engine's answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Whether the walk started from the founding members, because nobody asked or the asker trusts nobody yet.
    pub from_founders: bool,
    /// Whether every path was followed; otherwise the reach is an estimate by stratified sampling.
    pub exact: bool,
    /// Best first. Those without any path come last and have `reach` 0: "no one you know".
    pub candidates: Vec<Candidate>,
    /// Whom to ask when the answers are few: judges the asker reaches, with their part of the judgement trust. Only
    /// people reached by visible edges are named.
    pub best_to_ask: Vec<(Id, f64)>,
}

/// One professional, with the reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Who.
    pub person: Id,
    /// The figure the list is sorted by: `Q · (ε + (1 − ε) s)` with `s = 1 − exp(−effective / R0)`; what Q has above the
    /// prior counts `s` times, so that a record farmed among strangers earns nothing.
    pub score: f64,
    /// R: the additive sum of all paths, before voucher diversity, cap and saturation. All shares are of this.
    pub reach: f64,
    /// R after voucher diversity and the cap for each first contact: what enters the score.
    pub effective: f64,
    /// How many different people's words are in `reach`.
    pub vouchers: usize,
    /// The professional's own record with clients.
    pub quality: Quality,
    /// How many of the people the asker reaches warn against this person (imported negative ratings).
    pub warned: usize,
    /// The words that matter most, largest first.
    pub voices: Vec<Voice>,
    /// The part of `reach` that the paths in `voices` carry, 0 to 1.
    pub shown_share: f64,
}

/// A professional's record with clients in a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Posterior mean of "was the right person".
    pub mean: f64,
    /// The 20 % quantile of the posterior: the cautious figure Q that enters the score.
    pub low: f64,
    /// How many outcomes, each counted once whatever its weight.
    pub outcomes: usize,
}

/// One person's word for a candidate, and how the asker reaches that person.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    /// The vouch, `None` if this viewer may not read it or the link to its author.
    pub vouch: Option<Id>,
    /// Its author, `None` likewise ("somebody Ana relies on").
    pub person: Option<Id>,
    /// Part of the candidate's `reach` carried by the paths listed here, 0 to 1.
    pub share: f64,
    /// The author's standing to judge the field.
    pub standing: Standing,
    /// How the author knows the work.
    pub basis: Basis,
    /// Evidence weight today, 0 to 1, before budget and calibration.
    pub weight: f64,
    /// The paths, largest share first.
    pub paths: Vec<Path>,
}

/// A chain from the asker to the candidate: "You → Ana → Ben → Carla".
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The steps in order; the last one ends at the candidate.
    pub steps: Vec<Step>,
    /// Part of the candidate's `reach`, 0 to 1.
    pub share: f64,
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who is reached; `None`: somebody the one before relies on.
    pub to: Option<Id>,
    /// How.
    pub by: StepKind,
}

/// How a step is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A vouch this viewer may read.
    Vouch(Id),
    /// The asker's own private trust.
    PrivateTrust,
    /// From the public list of founding members.
    Founder,
    /// An edge this viewer may not see.
    Hidden,
}

/// A referrer's record in a field: their word against what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Scored outcomes, all fields.
    pub scored: usize,
    /// Scored outcomes in this field.
    pub scored_in_field: usize,
    /// Mean Brier skill relative to the engine's own frozen forecast; above 0 is better than the engine. Shrunk.
    pub skill: f64,
    /// 90 % interval of the skill.
    pub skill_interval: (f64, f64),
    /// K: the factor on this person's word, ¼ to 4; .8 without outcomes.
    pub factor: f64,
    /// How often their word held (y, averaged): Beta posterior mean.
    pub held: f64,
    /// 90 % interval of `held`.
    pub held_interval: (f64, f64),
}

/// Why A stands above B: the parts of the score side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The first of the two, if it can be an answer.
    pub a: Option<Candidate>,
    /// The second.
    pub b: Option<Candidate>,
}
