//! The engine's promises, from the outside.

mod bounds;
mod determinism;
mod explanations;
mod fit;
mod networks;
mod rules;
