//! Pages and operations held together: what a page can do, a program can, or it is said why not.

use super::openapi;
use std::collections::BTreeSet;

/// The pages of `access.txt`: method, path, operations.
fn pages() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let lines = include_str!("../access.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    let read = |line: &'static str| {
        let (route, twins) = line.split_once(" = ").unwrap_or((line, ""));
        let mut words = route.split(' ');
        (words.next().unwrap_or(""), words.next().unwrap_or(""), twins.split_whitespace().collect())
    };
    lines.map(read).filter(|(_, path, _)| !path.starts_with("/api/v1/")).collect()
}

/// A page without a twin, as docs/api-design.md names it: `/path`, `METHOD /path`, or the beginning of one, `/path…`.
struct Reason(&'static str);

impl Reason {
    fn all() -> Vec<Self> {
        let text = include_str!("../../../../docs/api-design.md");
        let table = text.split("## What has no twin here").nth(1).unwrap().split("\n## ").next().unwrap();
        let cells = table.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
        cells.flat_map(|cell| cell.trim_end_matches('`').split("`, `")).map(Self).collect()
    }

    fn is_about(&self, method: &str, path: &str) -> bool {
        let (only, start) = self.0.split_once(' ').unwrap_or((method, self.0));
        only == method && start.strip_suffix('…').map_or(path == start, |beginning| path.starts_with(beginning))
    }
}

#[test]
fn every_page_has_an_operation_that_there_is_or_a_stated_reason() {
    let paths = openapi()["paths"].as_object().unwrap();
    let operations: BTreeSet<&str> = paths
        .values()
        .flat_map(|of| of.as_object().unwrap().values())
        .filter_map(|o| o["operationId"].as_str())
        .collect();
    let (pages, reasons) = (pages(), Reason::all());
    assert!(operations.len() > 150 && pages.len() > 250 && reasons.len() > 40);
    let mut wrong = Vec::new();
    for (method, path, twins) in &pages {
        let excused = reasons.iter().any(|reason| reason.is_about(method, path));
        if twins.is_empty() && !excused {
            wrong.push(format!("{method} {path}: no operation, and no reason in docs/api-design.md"));
        }
        if !twins.is_empty() && excused {
            wrong.push(format!("{method} {path}: an operation, and a reason why there is none"));
        }
        // What changes something is not answered by an operation that only shows.
        if *method == "POST" && !twins.is_empty() && twins.iter().all(|twin| twin.starts_with("get_")) {
            wrong.push(format!("{method} {path}: changes something, its operations do not"));
        }
        wrong.extend(
            twins.iter().filter(|t| !operations.contains(*t)).map(|t| format!("{method} {path}: no operation {t}")),
        );
    }
    let idle = reasons.iter().filter(|reason| !pages.iter().any(|(method, path, _)| reason.is_about(method, path)));
    wrong.extend(idle.map(|reason| format!("docs/api-design.md: there is no page {}", reason.0)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
