//! Commands that answer on standard output and end: `occupation`, `recommend`, `sign-in-link`.

use crate::config;
use crate::live::{self, Live};
use crate::needs::{self, Asked, recommend::recommend as rank};
use crate::server;
use anyhow::{Context, bail};
use serde::Serialize;
use std::io::{BufRead, Write};

#[derive(Serialize)]
struct Line<'a> {
    need: &'a str,
    occupations: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    code: &'a str,
    title: &'a str,
    score: f32,
}

/// Exactly one line out for each line in, in order.
///
/// # Errors
/// Standard input or output that ends early.
pub fn occupation() -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let need = text.trim_end_matches(['\n', '\r']);
        let occupations = occupations::search(need, 5)
            .into_iter()
            .map(|m| Found { code: m.occupation.code, title: m.occupation.title, score: m.score })
            .collect();
        serde_json::to_writer(&mut out, &Line { need, occupations })?;
        out.write_all(b"\n")?;
        // A person or a program at the other end of a pipe sees each answer at once.
        out.flush()?;
    }
    Ok(())
}

/// A one-time link that signs a member in: for somebody locked out, and where no mail is set up.
///
/// # Errors
/// A database that cannot be opened, somebody unknown.
pub fn sign_in_link(config: &config::SignInLink) -> anyhow::Result<()> {
    let db = server::open_existing(&config.database)?;
    let path = db.write_here(|tx| crate::accounts::link_for(tx, &config.who))?;
    writeln!(std::io::stdout().lock(), "{}{path}", config.public_url.trim_end_matches('/'))?;
    Ok(())
}

/// What the results page shows, for one need.
///
/// # Errors
/// A database that cannot be opened, somebody unknown, a need that cannot be read.
pub fn recommend(config: &config::Recommend) -> anyhow::Result<()> {
    let db = server::open_existing(&config.database)?;
    let live = Live::load(&db)?;
    let viewer = match &config.viewer {
        None => None,
        Some(text) => {
            let found = db.read_here(|tx| needs::recommend::find_person(tx, text))?;
            Some(found.with_context(|| format!("there is nobody called {text} in this network"))?)
        }
    };
    if viewer.is_some() {
        live.learn_forecast(&db)?;
    }
    let memory = live.memory();
    if let Some(code) = config.field.as_ref().filter(|code| live::field(code).is_none()) {
        bail!("{code} is neither an occupation code nor general");
    }
    let field = config.field.clone().unwrap_or_default();
    let asked = Asked { need: config.need.clone(), field, ..Asked::default() };
    let now = db.clock().now();
    let need = needs::understand(&asked, &memory, now, &jiff::tz::TimeZone::UTC)?;
    let found = db.read_here(|tx| rank(tx, &memory, viewer, &need, false))?;
    let mut out = std::io::stdout().lock();
    if config.json {
        serde_json::to_writer(&mut out, &found)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(out, "{} ({})", live::field_name(&need.field), need.field)?;
    if found.results.is_empty() {
        writeln!(out, "Nobody yet.")?;
    }
    for (i, result) in found.results.iter().enumerate() {
        writeln!(out, "{}. {} — score {:.3}", i + 1, result.person.name, result.score)?;
        for voice in &result.voices {
            for path in &voice.paths {
                let steps: Vec<String> = path.steps.iter().map(|s| format!("{} ({})", s.name, s.how)).collect();
                writeln!(out, "   {:>3} %  {}", path.percent, steps.join(" → "))?;
            }
        }
        if result.warned > 0 {
            writeln!(out, "   {} warned", crate::say::count(result.warned, "person"))?;
        }
        if let Some(forecast) = &result.forecast {
            let (good, rests_on, spread) = (forecast.good(), forecast.rests_on(), forecast.spread());
            writeln!(out, "   {}: {good} ({rests_on}). {spread}.", forecast.title())?;
            if let Some(reasons) = forecast.reasons() {
                writeln!(out, "   {reasons}. It changes neither order nor score.")?;
            }
        }
    }
    Ok(())
}
