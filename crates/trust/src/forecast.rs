//! Forecasts: how well somebody will be rated by somebody, before it happens.
//!
//! Pure and additive. [`History`] keeps what has been rated so far and tells the facts about a pair (the voucher's
//! offset, the ratee's record, the reply, what people the rater trusts said); [`Live`] learns from them how much each
//! fact matters and forecasts the next rating with its parts; [`Offsets`] is the plain sum user + item + user×field
//! for things rated by people. (The outcome of somebody's work is forecast by [`crate::Engine::quality`].) The measured figures
//! stand in `docs/trust-forecast.md`.

mod additive;
mod binned;
mod facts;
mod history;
mod live;
mod offsets;
mod still;
#[cfg(test)]
mod tests;
mod told;

pub use additive::{Additive, Learning, Loss};
pub use facts::{FACTS, LEFT_OUT};
pub use history::{History, Rated};
pub use live::{Forecast, Live, Part};
pub use offsets::{Offsets, Score, Shrinkage};
pub use still::{Edge, STILL_FACTS, Still, Weighed};
