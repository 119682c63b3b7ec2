//! What a protocol found, as a table for people and as one JSON object for programs.

use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Figures of one method: name and value, in the order they are printed.
#[derive(Clone, Debug, Default)]
pub struct Figures(pub Vec<(&'static str, f64)>);

impl Figures {
    /// Adds a figure.
    pub fn with(mut self, name: &'static str, value: f64) -> Self {
        self.0.push((name, value));
        self
    }

    /// A figure by name, NaN if it is not there.
    pub fn get(&self, name: &str) -> f64 {
        self.0.iter().find(|figure| figure.0 == name).map_or(f64::NAN, |figure| figure.1)
    }

    fn json(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, value)| ((*name).to_owned(), rounded(*value))).collect())
    }
}

/// Four decimals; null if there is no figure.
fn rounded(value: f64) -> Value {
    if value.is_finite() { json!((value * 1e4).round() / 1e4 + 0.0) } else { Value::Null }
}

/// One protocol on one file.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// `prequential`, `random` and so on.
    pub protocol: &'static str,
    /// Rows scored.
    pub n: usize,
    /// Of the engine.
    pub goodword: Figures,
    /// Of the engine on a part of the rows (`no_reciprocal`, say).
    pub parts: Vec<(&'static str, Figures)>,
    /// Of other methods and of controls.
    pub baselines: Vec<(String, Figures)>,
    /// Paired 95 % intervals of (engine − baseline).
    pub differences: Vec<(String, [(f64, f64); 2])>,
    /// The two figures the intervals are of.
    pub differ: [&'static str; 2],
    /// What was wanted or is published on this file; in the table only.
    pub beside: Vec<(&'static str, Figures)>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

impl Report {
    /// The one object of `--json`.
    pub fn json(&self) -> Value {
        let mut all = Map::new();
        all.insert("protocol".into(), json!(self.protocol));
        all.insert("n".into(), json!(self.n));
        all.insert("goodword".into(), self.goodword.json());
        for (name, figures) in &self.parts {
            all.insert((*name).into(), figures.json());
        }
        let baselines: Map<String, Value> = self.baselines.iter().map(|(name, f)| (name.clone(), f.json())).collect();
        all.insert("baselines".into(), Value::Object(baselines));
        if !self.differences.is_empty() {
            // A figure that the file does not have is left out.
            let pairs = |pairs: &[(f64, f64); 2]| {
                let there =
                    self.differ.iter().zip(pairs).filter(|(_, (low, high))| low.is_finite() && high.is_finite());
                let there =
                    there.map(|(name, (low, high))| ((*name).to_owned(), json!([rounded(*low), rounded(*high)])));
                Value::Object(there.collect())
            };
            let differences: Map<String, Value> =
                self.differences.iter().map(|(name, found)| (name.clone(), pairs(found))).collect();
            all.insert("difference_95".into(), Value::Object(differences));
        }
        if !self.notes.is_empty() {
            all.insert("notes".into(), json!(self.notes));
        }
        Value::Object(all)
    }

    /// The table for people, in Markdown.
    pub fn table(&self, title: &str) -> String {
        let mut out = format!("\n### {title}: {} ({} scored)\n\n", self.protocol, self.n);
        let mut rows: Vec<(String, &Figures)> = vec![("**Goodword**".into(), &self.goodword)];
        rows.extend(
            self.parts.iter().map(|(name, figures)| (format!("**Goodword**, {}", name.replace('_', " ")), figures)),
        );
        rows.extend(self.baselines.iter().map(|(name, figures)| (name.clone(), figures)));
        rows.extend(self.beside.iter().map(|(name, figures)| (format!("*{name}*"), figures)));
        let mut names: Vec<&str> = Vec::new();
        for name in rows.iter().flat_map(|row| row.1.0.iter().map(|figure| figure.0)) {
            if !names.contains(&name) && !name.ends_with("_se") {
                names.push(name);
            }
        }
        let _ = writeln!(out, "| method | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
        for (name, figures) in rows {
            let _ = write!(out, "| {name} |");
            for column in &names {
                let (value, error) = (figures.get(column), figures.get(&format!("{column}_se")));
                let _ = match (value.is_finite(), error.is_finite()) {
                    (false, _) => write!(out, " – |"),
                    (true, false) => write!(out, " {value:.4} |"),
                    (true, true) => write!(out, " {value:.4} ± {error:.4} |"),
                };
            }
            out.push('\n');
        }
        if !self.differences.is_empty() {
            let _ = writeln!(
                out,
                "\nPaired 95 % interval of Goodword minus …, {} and {}:\n",
                self.differ[0], self.differ[1]
            );
            let say = |(low, high): &(f64, f64)| match low.is_finite() && high.is_finite() {
                true => format!("{low:+.4} to {high:+.4}"),
                false => "–".to_owned(),
            };
            for (name, [a, b]) in &self.differences {
                let _ = writeln!(out, "- {name}: {}; {}", say(a), say(b));
            }
        }
        for note in &self.notes {
            let _ = writeln!(out, "\n{note}");
        }
        out
    }
}
