//! Nothing lost: the program is killed with `kill -9` under load, its database vanishes and comes back, its disk fills up.
//! What was acknowledged is there afterwards, nothing is half-done, and it recovers without a restart.
//!
//! `GOODWORD_KILLS=200 cargo test -p goodword --test durability kill` is the long run.

#![expect(clippy::unwrap_used, reason = "a test program: what cannot go on stops it")]

mod load;
mod moving;
mod outage;
mod program;
mod seed;
mod truth;

use program::Program;
use std::sync::Arc;
use store::{Clock, Db};

/// Kills of the short run, which continuous integration does.
const KILLS: usize = 4;
/// Acknowledged writes between two kills, at least.
const BETWEEN: usize = 40;

fn kills() -> usize {
    std::env::var("GOODWORD_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS)
}

/// A new database of each kind.
fn urls(folder: &std::path::Path) -> Vec<String> {
    let mut all = vec![format!("sqlite:{}", folder.join("network.db").display())];
    match std::env::var("GOODWORD_TEST_POSTGRES") {
        Ok(server) => all.push(program::new_database(&server)),
        Err(_) => eprintln!("GOODWORD_TEST_POSTGRES is not set: PostgreSQL was not tested (./test sets it)"),
    }
    all
}

#[test]
fn kill_minus_nine_loses_nothing_that_was_acknowledged() {
    let (kills, folder) = (kills(), tempfile::tempdir().unwrap());
    for url in urls(folder.path()) {
        // The first start makes the tables.
        Program::start(&url).stop();
        let people = seed::people(&open(&url), 60 + kills * 40);
        let load = Arc::new(load::Load::new(people));
        let workers: Vec<_> = (0..6)
            .map(|_| {
                let load = load.clone();
                std::thread::spawn(move || load.work())
            })
            .collect();
        // A number that looks like chance, and is the same each time.
        let mut chance = 0x9e37_79b9_u64;
        for kill in 0..kills {
            let program = Program::start(&url);
            load.go(program.address);
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            load.wait_for(BETWEEN + usize::try_from(chance >> 58).unwrap());
            load.pause();
            program.kill();
            let db = open(&url);
            truth::check(&db, &load.acknowledged(), kill);
            // What is due in months is due now, and what the dead program had claimed is free at once.
            truth::hasten(&db);
        }
        load.end();
        workers.into_iter().for_each(|w| w.join().unwrap());
        let program = Program::start(&url);
        truth::wait_for_jobs(&open(&url));
        program.stop();
        let db = open(&url);
        truth::check(&db, &load.acknowledged(), kills);
        truth::check_effects(&db);
        let of_each: [fn(&load::Done) -> bool; 2] =
            [|d| matches!(d, load::Done::Said(_)), |d| matches!(d, load::Done::Introduced(_))];
        for is_one in of_each {
            assert!(load.acknowledged().iter().any(is_one), "rounds come to their end");
        }
        if let Some(path) = url.strip_prefix("sqlite:") {
            // Copies every page and checks them.
            db.copy_file(std::path::Path::new(&format!("{path}.copy"))).unwrap();
        }
        println!("{kills} kills, {} writes acknowledged, none lost: {url}", load.acknowledged().len());
    }
}

fn open(url: &str) -> Db {
    Db::open(url, Clock::real(), 2).unwrap()
}
