//! Text in and out: rating files, vCards, Markdown, HTML, WordPress and Disqus exports, and the cleaning of what people type.
//!
//! Everything here is pure (no files, network, clock or randomness of its own) and must not panic on any input.

pub mod contacts;
pub mod disqus;
pub mod dsn;
pub mod html;
pub mod ics;
pub mod links;
pub mod markdown;
pub mod name;
pub mod ratings;
pub mod text;
pub mod vcard;
pub mod wxr;
mod xml;

pub use xml::Broken;
