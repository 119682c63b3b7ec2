//! On a phone: installable, readable without a network, and told of the few things that cannot wait.

pub(crate) mod api;
mod pages;
mod push;
mod sealing;
#[cfg(test)]
mod tests;

pub use pages::{clear_device, routes};
pub use push::{offer, send};
