//! Reading networks and ratings from files of any usual shape, with line numbers in every complaint.

mod certificates;
mod columns;
mod edges;
mod levels;
mod ratings;

pub use edges::parse_edges;
pub use levels::Scale;
pub use ratings::{Rating, Ratings, parse_ratings, parse_trust};

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It could not be read.
    #[error("{0}: {1}")]
    Unreadable(String, std::io::Error),
    /// A line is not of the shape.
    #[error("line {0}: {1}")]
    Line(usize, String),
    /// The whole is not of the shape.
    #[error("{0}")]
    Whole(String),
}

/// What was left out or noticed on the way; printed on standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Edges from a member to itself, left out.
    pub loops: usize,
    /// Rows whose pair comes again later, left out.
    pub repeated: usize,
    /// Rows with the value 0 where 0 means "no rating", left out.
    pub unrated: usize,
    /// What was taken for what.
    pub said: Vec<String>,
}

impl std::fmt::Display for Notes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "left out: {} from a member to itself", self.loops)?;
        write!(out, ", {} repeated, {} without a rating", self.repeated, self.unrated)?;
        self.said.iter().try_for_each(|said| write!(out, "\n{said}"))
    }
}

/// The text of a file; bytes that are not UTF-8 are replaced, since old dumps mix encodings.
pub fn text(file: &std::path::Path) -> Result<String, Fault> {
    let bytes = std::fs::read(file).map_err(|error| Fault::Unreadable(file.display().to_string(), error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
