//! `goodword doctor`: what is wrong with this installation, and what to do about it. It reads the same options as `serve` and
//! changes nothing.

mod checks;
#[cfg(test)]
mod tests;

use crate::config::Serve;
use std::io::Write;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// All is well: what was seen.
    Well(String),
    /// Works, but not as it should: what, and what to do.
    Weak(String, String),
    /// Does not work: what, and what to do.
    Wrong(String, String),
}

/// A check and what it found.
#[derive(Clone, Debug)]
pub struct Line {
    /// `database`, `mail`, …
    pub what: &'static str,
    /// Its finding.
    pub found: Found,
}

/// Runs every check and prints a line each; whether nothing is wrong.
///
/// # Errors
/// Standard output that ends early.
pub fn run(config: &Serve) -> anyhow::Result<bool> {
    let lines = checks::all(config);
    let mut out = std::io::stdout().lock();
    for line in &lines {
        match &line.found {
            Found::Well(seen) => writeln!(out, "ok     {:<10} {seen}", line.what)?,
            Found::Weak(what, todo) => writeln!(out, "look   {:<10} {what}\n                  → {todo}", line.what)?,
            Found::Wrong(what, todo) => writeln!(out, "WRONG  {:<10} {what}\n                  → {todo}", line.what)?,
        }
    }
    let count = |wanted: fn(&Found) -> bool| lines.iter().filter(|line| wanted(&line.found)).count();
    let wrong = count(|f| matches!(f, Found::Wrong(..)));
    let weak = count(|f| matches!(f, Found::Weak(..)));
    match (wrong, weak) {
        (0, 0) => writeln!(out, "All is well.")?,
        (0, _) => writeln!(out, "It works; {} to look at.", crate::say::count(weak, "thing"))?,
        _ => writeln!(out, "{} wrong.", crate::say::count(wrong, "thing"))?,
    }
    Ok(wrong == 0)
}
