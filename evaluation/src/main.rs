//! Measures `trust` on public data and under attack, and prints the tables.

mod all;
mod attack;
mod bootstrap;
mod held_out;
mod load;
mod metrics;
mod network;
mod outcomes;
mod parallel;
mod prequential;
mod rank;
mod rank_engine;
mod rank_tune;
mod report;
#[cfg(test)]
mod tests;
mod things;

use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Measures Goodword's trust engine on networks and ratings of your own or of the public sets.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A network of members: source,target,weight[,time] (comma, tab or space separated) or a DOT certificate graph.
    Edges {
        /// The file.
        #[arg(long)]
        file: PathBuf,
        /// What is measured.
        #[arg(long)]
        protocol: EdgeProtocol,
        /// What weights are divided by; for DOT "matri", four levels (.4,.6,.8,1) or levels by name (low=.4,high=1).
        /// Detected if not given.
        #[arg(long)]
        scale: Option<load::Scale>,
        /// The names of the columns, if the guess is wrong: source,target,weight,time, say.
        #[arg(long, value_delimiter = ',')]
        columns: Option<Vec<String>>,
        /// Only the first half of the edges in time order: to tune on, never to report.
        #[arg(long, hide = true)]
        tune: bool,
        /// How facts are learnt: rounds,rate,leaf,ridge. To tune on with --tune.
        #[arg(long, hide = true, value_delimiter = ',')]
        learning: Option<Vec<f64>>,
        /// One JSON object on standard output instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Ratings of things: user,item[,category],rating[,outcome][,time].
    Ratings {
        /// The file.
        #[arg(long)]
        file: PathBuf,
        /// Who trusts whom among the users: truster,trustee.
        #[arg(long)]
        trust: Option<PathBuf>,
        /// What is measured.
        #[arg(long)]
        protocol: RatingProtocol,
        /// The names of the columns, if the file has no header and the guess is wrong: user,item,rating,time, say.
        #[arg(long, value_delimiter = ',')]
        columns: Option<Vec<String>>,
        /// One JSON object on standard output instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// For developers: how constants do on the validation part of the ranking protocol, and under attack.
    Tune {
        /// The network.
        #[arg(long)]
        file: PathBuf,
        /// Attacks instead of ranking.
        #[arg(long)]
        attack: bool,
        /// Settings to compare, each as name=value,name=value.
        settings: Vec<String>,
    },
    /// Every table, on the public sets.
    All {
        /// The folder with bitcoin-otc, advogato, filmtrust and ciao.
        #[arg(long)]
        data: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum EdgeProtocol {
    /// Each rating forecast from strictly earlier ones, then learnt; the last half is scored.
    Prequential,
    /// Five random parts (comparability only: leaks the future and the reply).
    Random,
    /// Five random parts with both directions of a pair together.
    Pair,
    /// A held-out positive edge among all candidates.
    Rank,
    /// Rings of fakes in a field of 30.
    Attack,
}

#[derive(Clone, Copy, ValueEnum)]
enum RatingProtocol {
    /// Five random parts.
    Random,
    /// The last fifth by time.
    Time,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Edges { file, protocol, scale, columns, json, tune, learning } => {
            let scale = scale.unwrap_or(load::Scale::Detected);
            let (mut network, notes) = load::parse_edges(&load::text(&file)?, &scale, columns.as_deref())?;
            eprintln!("{} members, {} edges; {notes}", network.members, network.links.len());
            if tune {
                network.links = network.in_time();
                network.links.truncate(network.links.len() / 2);
            }
            let mut how = trust::forecast::Learning::default();
            if let Some([rounds, rate, leaf, ridge]) = learning.as_deref() {
                how = trust::forecast::Learning {
                    rounds: *rounds as usize,
                    rate: *rate,
                    leaf: *leaf,
                    ridge: *ridge,
                    ..how
                };
            }
            let report = match protocol {
                EdgeProtocol::Prequential => prequential::measure(&network, how, !tune)?,
                EdgeProtocol::Random => held_out::measure(&network, false, &how)?,
                EdgeProtocol::Pair => held_out::measure(&network, true, &how)?,
                EdgeProtocol::Rank => rank::report(&network)?,
                EdgeProtocol::Attack => attack::report(&network)?,
            };
            show(&report, &file.display().to_string(), json);
        }
        Command::Ratings { file, trust, protocol, columns, json } => {
            let mut ratings = load::parse_ratings(&load::text(&file)?, columns.as_deref())?;
            if let Some(trust) = trust {
                load::parse_trust(&load::text(&trust)?, &mut ratings)?;
            }
            let report = things::measure(&ratings, matches!(protocol, RatingProtocol::Time))?;
            show(&report, &file.display().to_string(), json);
        }
        Command::Tune { file, attack, settings } => {
            let (network, _) = load::parse_edges(&load::text(&file)?, &load::Scale::Detected, None)?;
            rank_tune::tune(&network, attack, &settings)?;
        }
        Command::All { data } => all::print(&data)?,
    }
    Ok(())
}

fn show(report: &report::Report, title: &str, json: bool) {
    if json { println!("{}", report.json()) } else { println!("{}", report.table(title)) }
}
