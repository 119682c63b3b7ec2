//! The trust engine: who would put their name behind whom, how much their word weighs, and why.
//!
//! Pure: no files, network, clock or chance. The caller tells it facts ([`Engine::put_vouch`] and the like, or
//! [`Engine::load`] for a whole network) and asks ([`Engine::recommend`]). The model, every constant and what it was
//! measured on stand in `docs/trust-model.md`.

mod answer;
mod bulk;
mod engine;
mod evidence;
mod explain;
mod facts;
mod fields;
mod fit;
pub mod forecast;
mod graph;
mod judgement;
mod ledger;
mod mix;
mod parameters;
mod places;
mod rank;
mod record;
mod sight;
mod standing;
mod upkeep;

pub use answer::{
    Answer, Ask, Candidate, Candidates, Comparison, Edge, EdgeKind, Path, Quality, Record, Step, StepKind, Visibility,
    Voice,
};
pub use bulk::Rows;
pub use engine::{Engine, Size};
pub use facts::{Basis, Confirmed, Day, Field, Id, Job, Outcome, Person, Standing, Tie, Trust, Vouch, Warning};
pub use fields::Fields;
pub use fit::{ENOUGH, Seen, fit};
pub use parameters::{Parameters, Stated};
