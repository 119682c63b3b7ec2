//! The ground gives way while the program runs: a full disk, a database that restarts, connections cut, writes and fsyncs
//! that fail. Answers are 503 with Retry-After, and it goes on by itself as soon as it can.

use super::program::{Answer, Program, ask, new_database};
use super::{open, seed};
use seed::Person;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use store::{Db, sql};

/// Notes a job won: one small durable write.
fn write(at: SocketAddr, who: &Person, note: &str) -> Answer {
    let form = format!("source=direct&won_on=2026-01-05&note={note}");
    ask(at, "/profile/jobs", &who.token, Some(&form)).expect("an answer, whatever it says")
}

fn read(at: SocketAddr, who: &Person) -> Answer {
    ask(at, "/profile/jobs", &who.token, None).expect("an answer, whatever it says")
}

fn is_503(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.head.contains("\nretry-after: "), "{}", answer.head);
    assert!(!answer.body.to_lowercase().contains("sql"), "no engine's words: {}", answer.body);
}

fn notes(db: &Db) -> Vec<String> {
    db.read_here(|tx| tx.rows(sql!("SELECT note FROM jobs_won ORDER BY note"), &[], |r| r.get(0))).unwrap()
}

fn status(at: SocketAddr, path: &str) -> u16 {
    ask(at, path, "", None).expect("an answer, whatever it says").status
}

fn run(command: &str, arguments: &[&str]) {
    let done = Command::new(command).args(arguments).output().unwrap();
    assert!(done.status.success(), "{command} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_full_disk_is_said_and_forgotten_when_there_is_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("network.db").display());
    Program::start(&url).stop();
    let ana = seed::people(&open(&url), 1).remove(0);
    // A limit on the size of files stands for the disk: beyond it the kernel refuses to write. The signal that would end
    // the program is switched off first.
    let program = Program::start_under(&url, &["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
    let at = program.address;
    assert_eq!(write(at, &ana, "before").status, 303);
    let id = program.id().to_string();
    run("prlimit", &["--pid", &id, "--fsize=4096:unlimited"]);
    for _ in 0..3 {
        is_503(&write(at, &ana, "no+room"));
        assert_eq!(read(at, &ana).status, 200, "what is there can be read");
    }
    assert_eq!(status(at, "/healthz"), 200);
    run("prlimit", &["--pid", &id, "--fsize=unlimited:unlimited"]);
    assert_eq!(write(at, &ana, "room+again").status, 303);
    program.kill();
    assert_eq!(notes(&open(&url)), ["before", "room again"], "what was refused is not there, what was said is");
}

/// Debian's libfiu makes system calls fail; `apt-get install fiu-utils`.
#[test]
fn writes_and_fsyncs_that_fail_are_said_and_nothing_acknowledged_is_lost() {
    if Command::new("fiu-run").arg("-h").output().is_err() {
        let missing = "fiu-run is not installed (apt-get install fiu-utils): failing system calls were not tested";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("{missing}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("network.db").display());
    Program::start(&url).stop();
    let ana = seed::people(&open(&url), 1).remove(0);
    let pipe = folder.path().join("fiu").display().to_string();
    let program = Program::start_under(&url, &["fiu-run", "-x", "-f", &pipe]);
    let (at, id) = (program.address, program.id().to_string());
    let mut said = Vec::new();
    // What SQLite calls; not `write`, by which the program also wakes its own threads.
    let points = ["io/sync/fdatasync", "io/sync/fsync", "io/rw/pwrite", "io/rw/pwrite64"];
    let mut refused = 0;
    for (n, point) in points.iter().enumerate() {
        assert_eq!(write(at, &ana, &format!("good+{n}")).status, 303);
        said.push(format!("good {n}"));
        let fail = format!("enable name=posix/{point}");
        run("timeout", &["20", "fiu-ctrl", "-f", &pipe, "-c", &fail, &id]);
        for i in 0..5 {
            let form = format!("source=direct&won_on=2026-01-05&note=maybe+{n}+{i}");
            match ask(at, "/profile/jobs", &ana.token, Some(&form)) {
                Some(answer) if answer.status == 303 => said.push(format!("maybe {n} {i}")),
                Some(answer) => {
                    is_503(&answer);
                    refused += 1;
                }
                None => {}
            }
        }
        run("timeout", &["20", "fiu-ctrl", "-f", &pipe, "-c", &format!("disable name=posix/{point}"), &id]);
        assert_eq!(write(at, &ana, &format!("well+{n}")).status, 303, "it goes on after {point} failed");
        said.push(format!("well {n}"));
    }
    program.kill();
    assert!(refused >= 10, "failing system calls were felt: {refused}");
    let there = notes(&open(&url));
    let lost: Vec<&String> = said.iter().filter(|note| !there.contains(note)).collect();
    assert!(lost.is_empty(), "acknowledged, and lost: {lost:?}");
}

/// A PostgreSQL of this test alone, which syncs and may be stopped.
struct Server {
    folder: tempfile::TempDir,
    bin: PathBuf,
}

impl Server {
    /// `None` where PostgreSQL is not installed.
    fn new() -> Option<Self> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let bin = versions.flatten().map(|v| v.path().join("bin")).find(|bin| bin.join("pg_ctl").exists())?;
        let server = Self { folder: tempfile::tempdir().ok()?, bin };
        if is_root() {
            run("chown", &["postgres", &server.folder.path().display().to_string()]);
        }
        server.run(
            "initdb",
            &["-D", &server.path("data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
        );
        server.start();
        Some(server)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn start(&self) {
        let settings = format!("-c listen_addresses= -c unix_socket_directories={}", self.folder.path().display());
        self.run("pg_ctl", &["-D", &self.path("data"), "-l", &self.path("log"), "-s", "-w", "-o", &settings, "start"]);
    }

    /// As when its machine loses power.
    fn stop(&self) {
        self.run("pg_ctl", &["-D", &self.path("data"), "-s", "-w", "-m", "immediate", "stop"]);
    }

    fn url(&self) -> String {
        new_database(&format!("postgres:///postgres?host={}&user=postgres", self.folder.path().display()))
    }

    /// The server refuses to run as root.
    fn run(&self, command: &str, arguments: &[&str]) {
        let command = self.bin.join(command).display().to_string();
        if is_root() {
            run("runuser", &[&["-u", "postgres", "--", &command], arguments].concat());
        } else {
            run(&command, arguments);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if Path::new(&self.path("data/postmaster.pid")).exists() {
            self.stop();
        }
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n")
}

#[test]
fn a_database_that_restarts_is_waited_for_without_a_restart_of_ours() {
    let Some(server) = Server::new() else {
        eprintln!("PostgreSQL is not installed: its restart was not tested");
        return;
    };
    let url = server.url();
    Program::start(&url).stop();
    let ana = seed::people(&open(&url), 1).remove(0);
    let program = Program::start(&url);
    let at = program.address;
    assert_eq!(write(at, &ana, "0+before").status, 303);
    for round in 1..=2 {
        server.stop();
        is_503(&write(at, &ana, "while+it+is+down"));
        is_503(&read(at, &ana));
        assert_eq!((status(at, "/readyz"), status(at, "/healthz")), (503, 200));
        server.start();
        assert_eq!(write(at, &ana, &format!("{round}+after")).status, 303);
        assert_eq!((read(at, &ana).status, status(at, "/readyz")), (200, 200));
    }
    assert_eq!(notes(&open(&url)), ["0 before", "1 after", "2 after"]);
}

#[test]
fn cut_connections_are_made_anew() {
    let Some(server) = Server::new() else {
        eprintln!("PostgreSQL is not installed: cut connections were not tested");
        return;
    };
    let url = server.url();
    Program::start(&url).stop();
    let ana = seed::people(&open(&url), 1).remove(0);
    let program = Program::start(&url);
    let at = program.address;
    let mut wanted = Vec::new();
    let mut admin = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    for round in 0..5 {
        assert_eq!(read(at, &ana).status, 200);
        admin
            .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'goodword'", &[])
            .unwrap();
        let answer = write(at, &ana, &format!("{round}"));
        if answer.status == 303 {
            wanted.push(format!("{round}"));
        } else {
            is_503(&answer);
        }
        assert_eq!(write(at, &ana, &format!("{round}+again")).status, 303, "a connection of its own again");
        wanted.push(format!("{round} again"));
    }
    assert_eq!(notes(&open(&url)), wanted);
}
