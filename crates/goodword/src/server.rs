//! Starting and stopping: `serve` and `demo`.

use crate::accounts::{Provider, Providers};
use crate::app::{App, Site};
use crate::config::{Demo, Join, Serve};
use crate::{jobs, mail, router, schema};
use anyhow::Context;
use jiff::tz::TimeZone;
use outbound::{Outbound, Reach};
use std::net::SocketAddr;
use store::{Clock, Db, sql};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// PostgreSQL connections a node keeps at most.
const POOL: usize = 16;

/// `goodword serve`.
///
/// # Errors
/// A database or an address that cannot be used.
pub fn serve(config: Serve) -> anyhow::Result<()> {
    let db = open(&config.database, Clock::real())?;
    let zone = TimeZone::get(&config.time_zone).with_context(|| format!("time zone {}", config.time_zone))?;
    let first_admin = db.write_here(crate::invitations::first_admin_link)?;
    let providers = providers(config.providers.as_deref())?;
    let mail = match &config.smtp {
        Some(url) => mail::Way::smtp(url, &config.mail_from, config.mail_bounces.as_deref()).context("--smtp")?,
        None => mail::Way::Kept,
    };
    run(config.listen.listen, db, first_admin, move |address| Site {
        demo: false,
        join: config.join == Join::Open,
        public_url: config.public_url.unwrap_or_else(|| format!("http://{address}")).trim_end_matches('/').to_owned(),
        open: config.open,
        zone,
        api_limit: !config.no_api_limit,
        mail,
        outbound: Outbound::new(if config.allow_private_outbound { Reach::Anywhere } else { Reach::Public }),
        metrics_token: config.metrics_token,
        providers,
    })
}

/// `goodword demo`.
///
/// # Errors
/// A database or an address that cannot be used.
pub fn demo(config: Demo) -> anyhow::Result<()> {
    let thrown_away = tempdir()?;
    let url = config.database.unwrap_or_else(|| format!("sqlite:{}", thrown_away.join("demo.db").display()));
    let db = Db::open(&url, Clock::real(), POOL)?;
    // Somebody else's database is refused before its schema is brought up to date.
    if db.missing_migrations(schema::MIGRATIONS)? < schema::MIGRATIONS.len() {
        crate::demo::is_planted(&db)?;
    }
    migrate(&db)?;
    crate::demo::plant(&db)?;
    let providers = providers(config.providers.as_deref())?;
    let ended = run(config.listen.listen, db, None, move |address| Site {
        demo: true,
        join: true,
        public_url: format!("http://{address}"),
        open: true,
        zone: TimeZone::get("America/Los_Angeles").unwrap_or(TimeZone::UTC),
        api_limit: false,
        mail: mail::Way::Kept,
        outbound: Outbound::new(if config.allow_private_outbound { Reach::Anywhere } else { Reach::Nowhere }),
        metrics_token: None,
        providers,
    });
    let _ = std::fs::remove_dir_all(&thrown_away);
    ended
}

fn providers(given: Option<&str>) -> anyhow::Result<Providers> {
    let listed = given.map(|g| Provider::read_all(g).context("--providers")).transpose()?;
    Ok(Providers::new(listed.unwrap_or_default()))
}

/// A folder of this process's own under the system's temporary one.
fn tempdir() -> anyhow::Result<std::path::PathBuf> {
    let folder = std::env::temp_dir().join(format!("goodword-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

/// Opens a database and brings its schema up to date.
///
/// # Errors
/// The database's.
pub fn open(url: &str, clock: Clock) -> anyhow::Result<Db> {
    let db = Db::open(url, clock, POOL)?;
    migrate(&db)?;
    Ok(db)
}

/// [`open`] for commands that only ask: a database that is not there is not made.
///
/// # Errors
/// No file at the path, or the database's.
pub fn open_existing(url: &str) -> anyhow::Result<Db> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        anyhow::ensure!(std::path::Path::new(path).exists(), "there is no database at {path}");
    }
    open(url, Clock::real())
}

fn migrate(db: &Db) -> anyhow::Result<()> {
    let done = db.migrate(schema::MIGRATIONS)?;
    if done > 0 {
        tracing::info!(migrations = done, "database brought up to date");
    }
    Ok(())
}

fn run(
    listen: SocketAddr,
    db: Db,
    first_admin: Option<String>,
    site: impl FnOnce(SocketAddr) -> Site,
) -> anyhow::Result<()> {
    let listener = std::net::TcpListener::bind(listen).with_context(|| format!("cannot listen on {listen}"))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    // Before any async task: loading the network blocks this thread, which PostgreSQL's client refuses inside one.
    let app = App::new(db, site(address))?;
    app.db.write_here(crate::live::plan_fit)?;
    if app.site.outbound.reach() == Reach::Anywhere {
        tracing::warn!("--allow-private-outbound: addresses given by members may lead into your own network");
    }
    note_zone(&app)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        let worker = tokio::spawn(jobs::run(app.clone()));
        let follower = tokio::spawn(app.clone().follow());
        let forecaster = tokio::spawn(app.clone().forecast());
        // Before anybody is told that it runs: a signal that came earlier than its handler would end it on the spot.
        let stopping = stopping()?;
        // Read by people and by tests that asked for port 0.
        println!("listening on http://{address}");
        if let Some(token) = first_admin {
            println!(
                "this network has nobody yet; its first admin begins at {}/first-admin/{token}",
                app.site.public_url
            );
        }
        let routes = router::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, routes).with_graceful_shutdown(stopping).await?;
        worker.abort();
        follower.abort();
        forecaster.abort();
        tracing::info!("stopped");
        Ok(())
    })
}

/// Where letters are written, inside a transaction, only settings are at hand.
fn note_zone(app: &App) -> anyhow::Result<()> {
    let zone = app.site.zone.iana_name().unwrap_or("UTC").to_owned();
    app.db.write_here(|tx| {
        tx.execute(
            sql!(
                "INSERT INTO settings (name, value) VALUES ('time zone', $1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            ),
            &[&zone],
        )
    })?;
    Ok(())
}

/// Listens for Ctrl-C and the service manager's SIGTERM from now on; what it returns ends with the first of them.
fn stopping() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    })
}
