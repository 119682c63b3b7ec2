//! The checks of the doctor, each a function from the configuration to what it found.

use super::{Found, Line};
use crate::accounts::Provider;
use crate::config::Serve;
use crate::mail::Way;
use crate::schema::MIGRATIONS;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{Clock, Db, sql};

/// Clocks may differ so much (µs) before links run out early or late.
const SKEW: i64 = 5_000_000;
/// Below this much free space writes are about to fail; below the second, it is time to look.
const SPACE: (u64, u64) = (200_000_000, 2_000_000_000);
/// One `fsync` may take this long; a vouch waits for one.
const SLOW_SYNC: Duration = Duration::from_millis(100);

fn well(seen: impl Into<String>) -> Found {
    Found::Well(seen.into())
}

fn weak(what: impl Into<String>, todo: impl Into<String>) -> Found {
    Found::Weak(what.into(), todo.into())
}

fn wrong(what: impl Into<String>, todo: impl Into<String>) -> Found {
    Found::Wrong(what.into(), todo.into())
}

/// Every check, in the order in which one would mend what they find.
pub(super) fn all(config: &Serve) -> Vec<Line> {
    let mut lines = vec![
        Line { what: "options", found: options(config) },
        Line { what: "address", found: address(config.public_url.as_deref()) },
    ];
    match Db::open(&config.database, Clock::real(), 1) {
        Err(error) => lines.push(Line { what: "database", found: unreachable(&config.database, &error.to_string()) }),
        Ok(db) => {
            lines.push(Line { what: "database", found: reachable(&db) });
            lines.push(Line { what: "writes", found: writes(&db) });
            lines.push(Line { what: "durability", found: durability(&db) });
            lines.push(Line { what: "clock", found: clock(&db) });
        }
    }
    lines.push(Line { what: "disk", found: folder(&config.database).map_or_else(elsewhere, disk) });
    lines.push(Line { what: "mail", found: mail(config) });
    lines
}

/// What `serve` would refuse to start with.
fn options(config: &Serve) -> Found {
    if let Err(error) = jiff::tz::TimeZone::get(&config.time_zone) {
        return wrong(
            format!("--time-zone {}: {error}", config.time_zone),
            "Name one of the IANA database, such as America/Los_Angeles.",
        );
    }
    if let Some(Err(error)) = config.providers.as_deref().map(Provider::read_all) {
        return wrong(format!("--providers: {error:#}"), "See docs/running.md for what the file looks like.");
    }
    let ip = config.listen.listen.ip();
    if !ip.is_loopback() {
        return weak(
            format!("It listens on {}, without TLS.", config.listen.listen),
            "Listen on 127.0.0.1 and let Caddy or nginx speak TLS in front, or keep that address inside a container network.",
        );
    }
    well(format!("listens on {}, dates in {}", config.listen.listen, config.time_zone))
}

/// Cookies and links in letters hang on it.
pub(super) fn address(url: Option<&str>) -> Found {
    let Some(url) = url else {
        return weak(
            "--public-url is not set: links in letters point at the address it listens on.",
            "Set it to what people type, such as https://goodword.example.",
        );
    };
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split('/').next().unwrap_or_default();
    let local = host.starts_with("localhost") || host.starts_with("127.0.0.1") || host.starts_with("[::1]");
    if !matches!(scheme, "http" | "https") || host.is_empty() || host.contains('@') {
        return wrong(format!("--public-url {url} is no web address."), "Write it as https://goodword.example.");
    }
    if rest.trim_end_matches('/').contains('/') {
        return wrong(
            format!("--public-url {url} has a path; Goodword needs a host of its own."),
            "Give it a name of its own, such as https://goodword.example.",
        );
    }
    if scheme == "http" && !local {
        return wrong(
            format!("{url} is not https: sessions travel in the clear, and cookies are not bound to the host."),
            "Put Caddy or nginx in front (docs/running.md) and set --public-url to the https address.",
        );
    }
    well(if local { format!("{url} (this machine only)") } else { format!("{url}, cookies bound to it") })
}

fn unreachable(url: &str, said: &str) -> Found {
    let todo = if url.starts_with("sqlite:") {
        "Make the folder, and give it to the user Goodword runs as: install -d -o goodword /var/lib/goodword."
    } else {
        "Is PostgreSQL running, is the address right, may this user connect? Try: psql URL."
    };
    // A URL may hold a password.
    wrong(said.replace(url, "the database"), todo)
}

fn reachable(db: &Db) -> Found {
    let (health, missing) = match db.health().and_then(|h| Ok((h, db.missing_migrations(MIGRATIONS)?))) {
        Ok(found) => found,
        Err(error) => return wrong(error.to_string(), "See the database's own log."),
    };
    let size = format!("{}, {} MB", health.engine, health.bytes / 1_000_000);
    match missing {
        0 => well(size),
        n if n == MIGRATIONS.len() => weak(format!("{size}, empty"), "Start `goodword serve`: it makes its tables."),
        n => weak(
            format!("{size}, {n} of {} steps of the schema are missing", MIGRATIONS.len()),
            "Back it up, then start `goodword serve`: it brings the tables up to date.",
        ),
    }
}

fn writes(db: &Db) -> Found {
    match db.try_write() {
        Ok(()) => well("a write was made and taken back"),
        Err(error) => wrong(
            format!("It cannot be written to: {error}"),
            "Check its owner and permissions, free space, and that no other program holds it.",
        ),
    }
}

fn durability(db: &Db) -> Found {
    match db.health() {
        Ok(health) if health.unsafe_settings.is_empty() => well("acknowledged means on disk"),
        Ok(health) => wrong(
            format!("{}: a power cut loses what people were told is saved.", health.unsafe_settings.join(", ")),
            "Set it on in postgresql.conf, or use a local file system for SQLite.",
        ),
        Err(error) => wrong(error.to_string(), "See the database's own log."),
    }
}

fn clock(db: &Db) -> Found {
    let ahead = match db.health() {
        Ok(health) => health.ahead.or_else(file_time_ahead),
        Err(error) => return wrong(error.to_string(), "See the database's own log."),
    };
    match ahead {
        Some(ahead) if ahead.abs() > SKEW => wrong(
            format!("This machine's clock differs by {} seconds.", ahead / 1_000_000),
            "Let both follow a time server: timedatectl set-ntp true.",
        ),
        _ => behind(db),
    }
}

/// Rows of the future: the clock was ahead, or is behind now. What was to wait then waits too long or was done too early.
fn behind(db: &Db) -> Found {
    let newest = db.read_here(|tx| {
        tx.value::<Option<i64>>(
            sql!(
                "SELECT MAX(n.at) FROM (SELECT MAX(created_at) AS at FROM letters UNION ALL SELECT MAX(created_at) FROM notices
                   UNION ALL SELECT MAX(seen_at) FROM sessions UNION ALL SELECT MAX(at) FROM audit_log) AS n"
            ),
            &[],
        )
    });
    // Without tables there are no rows.
    let newest = newest.ok().flatten().flatten().unwrap_or(0);
    let ahead = newest - Clock::real().now();
    if ahead <= SKEW {
        return well("agrees");
    }
    weak(
        format!("Something was written {} in the future.", crate::say::count(ahead / 60_000_000, "minute")),
        "This machine's clock is behind, or was ahead: timedatectl set-ntp true. What was put off while it was ahead is late \
         by as much; the page Jobs tries it again at once.",
    )
}

/// How far the file system's time is ahead of ours (µs): a network drive has its own.
fn file_time_ahead() -> Option<i64> {
    let file = Scratch::new(std::env::temp_dir())?;
    let modified = std::fs::metadata(&file.0).ok()?.modified().ok()?;
    let micros = modified.duration_since(std::time::UNIX_EPOCH).ok()?.as_micros();
    Some(i64::try_from(micros).ok()? - Clock::real().now())
}

/// The folder of an embedded database.
pub(super) fn folder(database: &str) -> Option<PathBuf> {
    let path = Path::new(database.strip_prefix("sqlite:").map(|p| p.strip_prefix("//").unwrap_or(p))?);
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    Some(parent.map_or_else(|| PathBuf::from("."), Path::to_owned))
}

fn elsewhere() -> Found {
    well("the network is kept by the database server: look at its disk there")
}

/// A file that is gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(folder: PathBuf) -> Option<Self> {
        let path = folder.join(format!(".goodword-doctor-{}", std::process::id()));
        std::fs::write(&path, b"doctor").ok()?;
        Some(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[expect(clippy::disallowed_methods, reason = "a duration for an operator; nothing else hangs on it")]
fn disk(folder: PathBuf) -> Found {
    let shown = folder.display().to_string();
    let Ok(stat) = rustix::fs::statvfs(&folder) else {
        return wrong(format!("{shown} is not there."), "Make it, and give it to the user Goodword runs as.");
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let words = format!("{} MB free in {shown}", free / 1_000_000);
    if free < SPACE.0 {
        return wrong(words, "Make room now: writes are about to fail.");
    }
    let Some(file) = Scratch::new(folder) else {
        return wrong(format!("{shown} cannot be written to."), "Give it to the user Goodword runs as.");
    };
    let started = std::time::Instant::now();
    let synced = std::fs::File::open(&file.0).and_then(|f| f.sync_all());
    let taken = started.elapsed();
    match synced {
        Err(error) => {
            wrong(format!("{shown}: fsync fails: {error}"), "The disk or its file system is broken; see dmesg.")
        }
        Ok(()) if taken > SLOW_SYNC => weak(
            format!("{words}; one fsync takes {} ms", taken.as_millis()),
            "Each vouch waits for one: use a faster disk, and no network drive.",
        ),
        Ok(()) if free < SPACE.1 => weak(words, "Make room soon."),
        Ok(()) => well(words),
    }
}

fn mail(config: &Serve) -> Found {
    let Some(url) = &config.smtp else {
        return weak(
            "--smtp is not set: letters are written but do not leave, and nobody can sign in by letter.",
            "Set it to your relay, such as smtps://user:password@mail.example.org.",
        );
    };
    let way = match Way::smtp(url, &config.mail_from, config.mail_bounces.as_deref()) {
        Ok(way) => way,
        Err(error) => return wrong(format!("{error:#}"), "See `goodword serve --help` for how --smtp is written."),
    };
    let tried = tokio::runtime::Builder::new_current_thread().enable_all().build().map(|rt| rt.block_on(way.test()));
    match tried {
        Ok(Ok(())) => well("the relay answers, knows us, and takes letters"),
        Ok(Err(said)) => wrong(
            format!("The relay does not take us: {said}"),
            "Check host, port, user and password; does a firewall let this machine out on that port?",
        ),
        Err(error) => wrong(error.to_string(), "Is the machine out of memory?"),
    }
}
