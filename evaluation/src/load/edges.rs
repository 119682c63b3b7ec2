//! Networks: `source,target[,weight[,time]]` or a certificate graph in DOT.

use super::columns::{Numbers, field, moment, number, plain, rows, to_seconds};
use super::{Fault, Notes};
use crate::network::{Link, Network};
use std::collections::BTreeMap;

/// What the certificate levels Observer, Apprentice, Journeyer and Master are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels(pub [f64; 4]);

impl Levels {
    /// .4, .6, .8, 1.
    pub const PLAIN: Self = Self([0.4, 0.6, 0.8, 1.0]);
    /// .1, .4, .7, .9: the scale of MATRI (Yao et al. 2013).
    pub const MATRI: Self = Self([0.1, 0.4, 0.7, 0.9]);
    const NAMES: [&str; 4] = ["observer", "apprentice", "journeyer", "master"];
}

/// How weights are scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// The greatest absolute weight counts as 1 (rounded up to 1, 5, 10 or 100 if it is not above that).
    Detected,
    /// Weights are divided by this.
    By(f64),
    /// Worth of the certificate levels of a DOT file.
    Levels(Levels),
}

impl std::str::FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is neither a number above 0, \"matri\", nor four levels such as .4,.6,.8,1");
        if text == "matri" {
            return Ok(Self::Levels(Levels::MATRI));
        }
        let numbers: Vec<f64> =
            text.split(',').map(|n| n.trim().parse().map_err(|_| wrong())).collect::<Result<_, _>>()?;
        match numbers[..] {
            [by] if by > 0.0 && by.is_finite() => Ok(Self::By(by)),
            [a, b, c, d] if numbers.iter().all(|n| n.is_finite()) => Ok(Self::Levels(Levels([a, b, c, d]))),
            _ => Err(wrong()),
        }
    }
}

/// Reads a network from a text.
pub fn parse_edges(text: &str, scale: Scale) -> Result<(Network, Notes), Fault> {
    let dot = text.lines().take(50).any(|line| {
        let line = line.trim_start();
        line.starts_with("digraph") || line.starts_with("strict digraph")
    });
    let mut numbers = Numbers::default();
    let mut links = Vec::new();
    if dot {
        certificates(text, scale, &mut numbers, &mut links)?;
    } else {
        table(text, scale, &mut numbers, &mut links)?;
    }
    to_seconds(links.iter_mut().filter_map(|link| link.time.as_mut()));
    // Where ratings go below 0, a 0 is an abstention.
    let all = links.len();
    if links.iter().any(|link| link.weight < 0.0) {
        links.retain(|link| link.weight != 0.0);
    }
    let unrated = all - links.len();
    let (links, members, notes) = distinct(links);
    let notes = Notes { unrated, ..notes };
    if links.is_empty() {
        return Err(Fault::Whole("there is no edge in this file".into()));
    }
    // Among four levels of certificate only the better half is a recommendation.
    Ok((Network { members, links, threshold: if dot { 0.65 } else { 0.0 } }, notes))
}

fn certificates(text: &str, scale: Scale, numbers: &mut Numbers, links: &mut Vec<Link>) -> Result<(), Fault> {
    let Levels(worth) = if let Scale::Levels(levels) = scale { levels } else { Levels::PLAIN };
    for (n, line) in text.lines().enumerate() {
        let Some((source, rest)) = line.split_once("->") else { continue };
        let wrong = |what: &str| Fault::Line(n + 1, what.to_owned());
        let (target, attributes) = rest.split_once('[').ok_or_else(|| wrong("an edge without [level=…]"))?;
        let level = attributes
            .split_once("level")
            .map(|(_, value)| value.trim_start_matches([' ', '=', '"']))
            .map(|value| value.chars().take_while(|c| c.is_alphanumeric()).collect::<String>().to_ascii_lowercase())
            .ok_or_else(|| wrong("an edge without [level=…]"))?;
        let weight = match Levels::NAMES.iter().position(|name| *name == level) {
            Some(place) => worth[place],
            None => {
                return Err(wrong(&format!(
                    "the level \"{level}\" is none of Observer, Apprentice, Journeyer, Master"
                )));
            }
        };
        let name = |text: &str| text.trim().trim_matches('"').to_owned();
        let (source, target) = (name(source), name(target));
        if source.is_empty() || target.is_empty() {
            return Err(wrong("an edge with a nameless end"));
        }
        links.push(Link { source: numbers.of(&source), target: numbers.of(&target), weight, time: None });
    }
    Ok(())
}

fn table(text: &str, scale: Scale, numbers: &mut Numbers, links: &mut Vec<Link>) -> Result<(), Fault> {
    if let Scale::Levels(_) = scale {
        return Err(Fault::Whole("levels can only be given for a certificate graph (DOT)".into()));
    }
    let shape = rows(text, None);
    let mut columns = [Some(0), Some(1), None, None];
    match &shape.names {
        Some(names) => {
            let at = |wanted: &str| names.iter().position(|name| plain(name) == wanted);
            columns = [at("source").or(Some(0)), at("target").or(Some(1)), at("weight"), at("time")];
        }
        None => {
            let width = shape.rows.first().map_or(0, |row| row.fields.len());
            columns[2] = (width > 2).then_some(2);
            columns[3] = (width > 3).then_some(3);
        }
    }
    for row in &shape.rows {
        let (source, target) =
            (field(row, columns[0].unwrap_or(0), "source")?, field(row, columns[1].unwrap_or(1), "target")?);
        let weight = columns[2].map_or(Ok(1.0), |column| number(row, column, "weight"))?;
        let time = columns[3].map(|column| moment(row, column)).transpose()?;
        links.push(Link { source: numbers.of(source), target: numbers.of(target), weight, time });
    }
    let most = links.iter().map(|link| link.weight.abs()).fold(0.0, f64::max);
    let by = match scale {
        Scale::By(by) => by,
        _ => [1.0, 5.0, 10.0, 100.0].into_iter().find(|by| most <= *by).unwrap_or(most),
    };
    for link in links {
        link.weight = (link.weight / by).clamp(-1.0, 1.0);
    }
    Ok(())
}

/// Without self-loops, and with only the latest of several edges between the same two (the last in the file if they
/// have no times): an older copy in the training part would give the held-out one away.
fn distinct(links: Vec<Link>) -> (Vec<Link>, usize, Notes) {
    let mut notes = Notes::default();
    let mut latest: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for (n, link) in links.iter().enumerate() {
        if link.source == link.target {
            notes.loops += 1;
            continue;
        }
        let place = latest.entry((link.source, link.target)).or_insert(n);
        if *place != n {
            notes.repeated += 1;
            if link.time.unwrap_or(0.0) >= links[*place].time.unwrap_or(0.0) {
                *place = n;
            }
        }
    }
    let mut places: Vec<usize> = latest.into_values().collect();
    places.sort_unstable();
    let mut fresh = BTreeMap::new();
    let mut number = |old: u32| {
        let next = fresh.len() as u32;
        *fresh.entry(old).or_insert(next)
    };
    // Members with nothing but a self-loop are no members of the network.
    let kept: Vec<Link> = places
        .into_iter()
        .map(|place| Link { source: number(links[place].source), target: number(links[place].target), ..links[place] })
        .collect();
    (kept, fresh.len(), notes)
}
