//! What the doctor says of good and bad installations.

use super::checks::{address, all, folder};
use super::{Found, Line};
use crate::config::{Args, Command, Serve};
use clap::Parser;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

fn serve(options: &[&str]) -> Serve {
    let given = ["goodword", "doctor"].iter().chain(options).copied();
    let Command::Doctor(serve) = Args::parse_from(given).command else { panic!("the doctor's options") };
    serve
}

fn found<'a>(lines: &'a [Line], what: &str) -> &'a Found {
    &lines.iter().find(|line| line.what == what).unwrap_or_else(|| panic!("no line about {what}")).found
}

#[test]
fn addresses_that_break_cookies_or_links_are_named() {
    for (url, well) in [
        (Some("https://goodword.example"), true),
        (Some("https://goodword.example/"), true),
        (Some("http://localhost:8080"), true),
        (Some("http://goodword.example"), false),
        (Some("https://example.org/goodword"), false),
        (Some("goodword.example"), false),
        (Some("https://"), false),
        (None, false),
    ] {
        assert_eq!(matches!(address(url), Found::Well(_)), well, "{url:?}");
    }
    assert_eq!(folder("sqlite:/var/lib/goodword/goodword.db").as_deref(), Some(Path::new("/var/lib/goodword")));
    assert_eq!(folder("sqlite:goodword.db").as_deref(), Some(Path::new(".")));
    assert_eq!(folder("postgres://host/name"), None);
}

/// A relay that says hello, and takes or refuses the password.
fn relay(answer_to_auth: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            let mut stream = stream.unwrap();
            stream.write_all(b"220 here\r\n").unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while let Some(Ok(line)) = lines.next() {
                let answer = match line.split(' ').next().unwrap_or_default() {
                    "EHLO" => "250-here\r\n250 AUTH PLAIN LOGIN",
                    "AUTH" => answer_to_auth,
                    "QUIT" => "221 bye",
                    _ => "250 fine",
                };
                if stream.write_all(format!("{answer}\r\n").as_bytes()).is_err() || line == "QUIT" {
                    break;
                }
            }
        }
    });
    port
}

#[test]
fn a_good_installation_is_well_and_each_fault_is_named_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", home.path().join("goodword.db").display());
    let smtp = format!("smtp://ana:secret@127.0.0.1:{}", relay("235 welcome"));
    let options = ["--database", &database, "--public-url", "https://goodword.example", "--smtp", &smtp];
    let lines = all(&serve(&options));
    assert!(matches!(found(&lines, "database"), Found::Weak(what, _) if what.contains("empty")), "{lines:?}");
    crate::server::open(&database, store::Clock::real()).unwrap();
    let lines = all(&serve(&options));
    for what in ["options", "address", "database", "writes", "durability", "clock", "mail"] {
        assert!(matches!(found(&lines, what), Found::Well(_)), "{what}: {lines:?}");
    }
    assert!(!matches!(found(&lines, "disk"), Found::Wrong(..)), "{lines:?}");
    // Somebody is signed in since tomorrow: the clock was ahead.
    let clock = store::Clock::real();
    clock.advance(store::DAY);
    let db = crate::server::open(&database, clock).unwrap();
    let ana = crate::testing::member(&db, "Ana Ruiz");
    db.write_here(|tx| crate::accounts::start_session(tx, ana, "test")).unwrap();
    let lines = all(&serve(&options));
    assert!(matches!(found(&lines, "clock"), Found::Weak(what, _) if what.contains("in the future")), "{lines:?}");

    let smtp = format!("smtp://ana:secret@127.0.0.1:{}", relay("535 no such user"));
    let bad = all(&serve(&[
        "--database",
        "sqlite:/nowhere/at/all/goodword.db",
        "--smtp",
        &smtp,
        "--time-zone",
        "Mars/Olympus",
    ]));
    for what in ["options", "database", "disk", "mail"] {
        let Found::Wrong(said, todo) = found(&bad, what) else { panic!("{what}: {bad:?}") };
        assert!(!said.is_empty() && todo.ends_with(['.', '?']), "{said} {todo}");
        assert!(!said.contains("secret"), "no password: {said}");
    }
    assert!(matches!(found(&bad, "address"), Found::Weak(..)));
}

#[test]
fn postgresql_is_judged_too_and_its_password_is_not_shown() {
    let bad = all(&serve(&["--database", "postgres://ana:s3cret@127.0.0.1:1/none"]));
    let Found::Wrong(said, _) = found(&bad, "database") else { panic!("{bad:?}") };
    assert!(!said.contains("s3cret"), "{said}");
    let Ok(server) = std::env::var("GOODWORD_TEST_POSTGRES") else {
        eprintln!("GOODWORD_TEST_POSTGRES is not set: PostgreSQL was not tested (./test sets it)");
        return;
    };
    let url = crate::testing::new_database(&server);
    crate::server::open(&url, store::Clock::real()).unwrap();
    let lines = all(&serve(&["--database", &url]));
    for what in ["database", "writes", "clock", "disk"] {
        assert!(matches!(found(&lines, what), Found::Well(_)), "{what}: {lines:?}");
    }
    // The tests' own server runs with fsync off.
    assert!(matches!(found(&lines, "durability"), Found::Wrong(what, _) if what.contains("fsync")), "{lines:?}");
}
