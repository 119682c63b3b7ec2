//! Networks: `source,target[,weight[,time]]` or a certificate graph in DOT.

use super::certificates::{certificates, is_graph};
use super::columns::{Kind, Numbers, field, moment, number, rows, to_seconds};
use super::levels::{Scale, weigh};
use super::{Fault, Notes};
use crate::network::{Link, Network};
use std::collections::BTreeMap;

/// Reads a network from a text; `columns` names the columns of a table if the guess is wrong.
pub fn parse_edges(text: &str, scale: &Scale, columns: Option<&[String]>) -> Result<(Network, Notes), Fault> {
    let mut numbers = Numbers::default();
    let (mut links, threshold, said) = if is_graph(text)? {
        if columns.is_some() {
            return Err(Fault::Whole("columns can only be named for a table, and this is a graph (DOT)".into()));
        }
        let edges = certificates(text)?;
        let worth = weigh(&edges, scale)?;
        let link = |(edge, weight): (&super::certificates::Certificate<'_>, &f64)| {
            let (source, target) = (numbers.of(edge.source), numbers.of(edge.target));
            Link { source, target, weight: *weight, time: None }
        };
        (edges.iter().zip(&worth.weights).map(link).collect(), worth.threshold, worth.said)
    } else {
        let (links, said) = table(text, scale, columns, &mut numbers)?;
        (links, 0.0, said)
    };
    to_seconds(links.iter_mut().filter_map(|link| link.time.as_mut()));
    // Where ratings go below 0, a 0 is an abstention.
    let all = links.len();
    if links.iter().any(|link| link.weight < 0.0) {
        links.retain(|link| link.weight != 0.0);
    }
    let unrated = all - links.len();
    let (links, members, notes) = distinct(links);
    let notes = Notes { unrated, said, ..notes };
    if links.is_empty() {
        return Err(Fault::Whole("there is no edge in this file".into()));
    }
    Ok((Network { members, links, threshold }, notes))
}

fn table(
    text: &str,
    scale: &Scale,
    columns: Option<&[String]>,
    numbers: &mut Numbers,
) -> Result<(Vec<Link>, Vec<String>), Fault> {
    if let Scale::Levels(_) | Scale::Named(_) = scale {
        return Err(Fault::Whole("levels can only be given for a certificate graph (DOT)".into()));
    }
    let shape = rows(text, columns);
    let wanted = [Kind::Source, Kind::Target, Kind::Weight, Kind::Time];
    let found = shape.columns(&wanted, columns.is_some());
    for (kind, place) in wanted.iter().zip(&found).take(2) {
        if place.is_none() && columns.is_some() {
            return Err(shape.missing(*kind));
        }
    }
    let (source, target) = (found[0].unwrap_or(0), found[1].unwrap_or(1));
    let mut links = Vec::with_capacity(shape.rows.len());
    for row in &shape.rows {
        let (source, target) = (field(row, source, "source")?, field(row, target, "target")?);
        let weight = found[2].map_or(Ok(1.0), |column| number(row, column, "weight"))?;
        let time = found[3].map(|column| moment(row, column)).transpose()?;
        links.push(Link { source: numbers.of(source), target: numbers.of(target), weight, time });
    }
    let most = links.iter().map(|link| link.weight.abs()).fold(0.0, f64::max);
    let by = match scale {
        Scale::By(by) => *by,
        _ => [1.0, 5.0, 10.0, 100.0].into_iter().find(|by| most <= *by).unwrap_or(most),
    };
    for link in &mut links {
        link.weight = (link.weight / by).clamp(-1.0, 1.0);
    }
    let taken = shape.taken(&wanted, &[Some(source), Some(target), found[2], found[3]]);
    Ok((links, vec![taken, format!("weights are divided by {by}")]))
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
