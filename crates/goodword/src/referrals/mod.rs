//! Referrals: asked for, answered, consented to, introduced, and moved to their end.

mod answer_page;
mod answering;
pub(crate) mod api;
mod appointments;
mod asking;
mod consent_page;
mod consenting;
mod course;
mod doors;
#[cfg(test)]
mod hearing_tests;
mod introduction;
mod letters;
mod list;
pub(crate) mod meeting_api;
mod mine_page;
mod one_page;
mod pages;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod refused_tests;
pub mod rules;
mod store;
#[cfg(test)]
mod tests;
mod timeline;

pub use appointments::{LENGTHS, dates};
pub use asking::without_sums;
pub use course::run_job;
pub use list::{UnderWay, under_way};
pub use pages::routes;
