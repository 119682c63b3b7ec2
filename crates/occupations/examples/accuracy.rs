//! Prints how often the right occupation comes first and among the first three, for the needs of `tests/needs.tsv`.
//!
//! `cargo run -p occupations --example accuracy` prints both halves; `-- --misses` lists the misses of the tuning half
//! (those of the reporting half are never listed, so that nobody tunes on them); `-- FILE` measures another file of the same form.

use std::process::ExitCode;

/// Wilson's interval for a share, at 95 %.
fn interval(hits: usize, n: usize) -> (f64, f64) {
    let (n, z) = (n as f64, 1.959_964);
    let p = hits as f64 / n;
    let middle = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ((middle - half) / (1.0 + z * z / n), (middle + half) / (1.0 + z * z / n))
}

fn measure(name: &str, needs: &[(&str, Vec<&str>)], misses: bool) {
    let rank = |(need, right): &(&str, Vec<&str>)| {
        let found = occupations::search(need, 5);
        if misses && !right.contains(&found[0].occupation.code) {
            let names: Vec<String> =
                found.iter().take(3).map(|m| format!("{} {:.2}", m.occupation.plain, m.score)).collect();
            println!("  {need} → {} (right: {})", names.join(", "), right.join(" "));
        }
        found.iter().position(|m| right.contains(&m.occupation.code))
    };
    let ranks: Vec<Option<usize>> = needs.iter().map(rank).collect();
    let said = needs.iter().map(|(need, _)| f64::from(occupations::search(need, 1)[0].score)).sum::<f64>()
        / needs.len() as f64;
    println!("{name:<10} first score on average {said:.2} (equal to hit@1 if scores were chances)");
    for k in [1, 3, 5] {
        let hits = ranks.iter().filter(|r| r.is_some_and(|r| r < k)).count();
        let (low, high) = interval(hits, needs.len());
        let share = hits as f64 / needs.len() as f64;
        println!("{name:<10} hit@{k}  {share:.2}  95 % interval {low:.2} to {high:.2}  ({hits} of {})", needs.len());
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/needs.tsv");
    let other = arguments.iter().find(|a| !a.starts_with("--"));
    let path = other.map_or(own, String::as_str);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) => {
            eprintln!("{path}: {e}");
            return ExitCode::FAILURE;
        }
    };
    let rows = text.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t'));
    let needs: Vec<(&str, Vec<&str>)> = rows.map(|(need, codes)| (need, codes.split(' ').collect())).collect();
    let misses = arguments.iter().any(|a| a == "--misses");
    if other.is_some() {
        measure("all", &needs, misses);
        return ExitCode::SUCCESS;
    }
    let half = |from: usize| needs.iter().skip(from).step_by(2).cloned().collect::<Vec<_>>();
    measure("tuning", &half(0), misses);
    measure("reporting", &half(1), false);
    ExitCode::SUCCESS
}
