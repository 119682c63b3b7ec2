//! Goodword: a self-hosted referral network.
//!
//! One folder per thing people know (`people`, `vouches`, `needs`, `referrals`, …); the files beside this one are what
//! they share.

mod about;
mod accounts;
mod admin;
mod api;
mod app;
mod assets;
mod audit;
mod calendar;
mod commands;
mod config;
mod contacts;
mod conversations;
mod demo;
mod dev;
mod doctor;
mod encounters;
mod error;
mod groups;
mod home;
mod imports;
mod input;
mod invitations;
mod jobs;
mod jobs_won;
mod key;
mod links;
mod live;
mod mail;
mod metrics;
mod moving;
mod my_data;
mod needs;
mod notice;
mod notices;
mod outcomes;
mod page;
mod path;
mod people;
mod phone;
mod pictures;
mod presence;
mod profile;
mod referrals;
mod regulated;
mod reports;
mod retention;
mod roles;
mod router;
mod sanctions;
mod say;
mod schema;
mod server;
mod settings;
mod tokens;
mod trusts;
mod viewer;
mod vouches;
mod webhooks;
mod works;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod walk;

use clap::Parser;

fn main() -> anyhow::Result<()> {
    let command = config::Args::parse().command;
    config::start_logging(&command);
    let done = match command {
        config::Command::Serve(serve) => server::serve(serve),
        config::Command::Demo(demo) => server::demo(demo),
        config::Command::Bounce(bounce) => mail::bounce(&bounce),
        config::Command::Doctor(serve) => match doctor::run(&serve) {
            Ok(true) => Ok(()),
            Ok(false) => std::process::exit(1),
            Err(error) => Err(error),
        },
        config::Command::Occupation => commands::occupation(),
        config::Command::Import(config::Import::Vouches(import)) => imports::vouches(&import),
        config::Command::Import(config::Import::Network(import)) => moving::import_command(&import),
        config::Command::Import(config::Import::Wordpress(import)) => {
            imports::conversations::command(&import, imports::conversations::Kind::Wordpress)
        }
        config::Command::Import(config::Import::Disqus(import)) => {
            imports::conversations::command(&import, imports::conversations::Kind::Disqus)
        }
        config::Command::Export(export) => match &export.what {
            None | Some(config::What::Network) => moving::export_command(&export.database),
            Some(config::What::Wordpress(what)) => {
                imports::conversations::export::command(what, &export.database, true)
            }
            Some(config::What::Conversations(what)) => {
                imports::conversations::export::command(what, &export.database, false)
            }
        },
        config::Command::Copy(copy) => moving::copy_command(&copy),
        config::Command::Backup(backup) => moving::backup(&backup),
        config::Command::Restore(restore) => moving::restore(&restore),
        config::Command::Recommend(recommend) => commands::recommend(&recommend),
        config::Command::SignInLink(link) => commands::sign_in_link(&link),
    };
    // Whoever reads our output may stop early (`| head`): that is no failure.
    match done {
        Err(error) if closed(&error) => Ok(()),
        done => done,
    }
}

fn closed(error: &anyhow::Error) -> bool {
    let cause = error.root_cause();
    let written = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    let printed = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
    written.or(printed) == Some(std::io::ErrorKind::BrokenPipe)
}
