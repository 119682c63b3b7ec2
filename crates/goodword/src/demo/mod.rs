//! The demo network: invented people, so that everything can be seen at work.

pub mod content;
mod plant;
mod talks;
#[cfg(test)]
mod tests;

pub use plant::{is_planted, plant};
