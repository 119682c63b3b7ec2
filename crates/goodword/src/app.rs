//! What every handler shares: the database, the clock, what kind of network this is.

use crate::error::Result;
use crate::live::Live;
use jiff::tz::TimeZone;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Clock, Db};
use tokio::sync::{Mutex, Notify};

/// The running program. Cloning shares it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// Reached through [`App`].
pub struct Inner {
    /// The network's data.
    pub db: Db,
    /// Time and randomness.
    pub clock: Clock,
    /// What kind of network this is.
    pub site: Site,
    /// The trust engine in memory.
    pub live: Live,
    /// Of [`Db::appended`], those that the engine has surely applied.
    applied: AtomicU64,
    /// How often one may try to sign in.
    pub throttle: crate::accounts::Throttle,
    /// How often programs ask.
    pub buckets: crate::api::limits::Buckets,
    /// Rung when a job may be waiting.
    pub work: Notify,
    /// One claimer of jobs a node: whoever asks for what is due to be done waits for what is being done.
    pub running: Mutex<()>,
    /// Signs forms and hides network addresses; the same on every node.
    pub secret: [u8; 32],
    /// This node, to hold leases by.
    pub node: uuid::Uuid,
    /// When it started, µs.
    pub started_at: i64,
}

/// What kind of network this is, decided at start.
pub struct Site {
    /// Invented people: nothing leaves, letters are readable at `/dev/mailbox`, time can be moved.
    pub demo: bool,
    /// Whether an address that is no member's may join by itself.
    pub join: bool,
    /// Without a slash at the end.
    pub public_url: String,
    /// Whether people signed out see public people and voices.
    pub open: bool,
    /// For dates on pages and in letters.
    pub zone: TimeZone,
    /// Whether programs are held to ten requests a second.
    pub api_limit: bool,
    /// How letters leave.
    pub mail: crate::mail::Way,
    /// How everything else leaves: push, webhooks, providers of accounts.
    pub outbound: outbound::Outbound,
    /// What Prometheus shows to read `/metrics` from another machine.
    pub metrics_token: Option<String>,
    /// Whose accounts people may sign in with.
    pub providers: crate::accounts::Providers,
}

impl App {
    /// Puts the parts together and loads the engine.
    ///
    /// # Errors
    /// The database's.
    pub fn new(db: Db, site: Site) -> Result<Self> {
        let clock = db.clock().clone();
        let (node, started_at) = (clock.id(), clock.now());
        let live = Live::load(&db)?;
        let secret = crate::conversations::network_secret(&db)?;
        Ok(Self(Arc::new(Inner {
            db,
            clock,
            site,
            live,
            applied: AtomicU64::new(0),
            throttle: crate::accounts::Throttle::default(),
            buckets: crate::api::limits::Buckets::default(),
            work: Notify::new(),
            running: Mutex::new(()),
            secret,
            node,
            started_at,
        })))
    }
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Site {
    /// Session and notice cookies are bound to this host where the browser allows it: `__Host-` needs https or
    /// loopback, and elsewhere browsers drop such cookies silently.
    pub fn cookie(&self, name: &str) -> String {
        if self.is_secure() { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// Whether cookies may be marked `Secure`.
    pub fn is_secure(&self) -> bool {
        let host = self.public_url.strip_prefix("http://").unwrap_or_default();
        self.public_url.starts_with("https://") || host.starts_with("localhost") || host.starts_with("127.0.0.1")
    }
}

impl App {
    /// The network's name, as its first admin gave it.
    pub fn network(&self) -> String {
        self.live.memory().network.clone().unwrap_or_else(|| "Goodword".to_owned())
    }

    /// Who runs the network, once they have said so.
    pub fn operator(&self) -> Option<String> {
        self.live.memory().operator.clone()
    }

    /// What `/metrics` asks for, where anything.
    pub fn metrics_token(&self) -> Option<&str> {
        self.site.metrics_token.as_deref()
    }

    /// Whom to write to about privacy, once that was said.
    pub fn contact(&self) -> Option<String> {
        self.live.memory().settings.get("privacy contact").filter(|text| !text.is_empty()).cloned()
    }

    /// Whether people signed out see public people and voices: as set, else as `serve` was started.
    pub fn open(&self) -> bool {
        self.live.memory().settings.get("open").map_or(self.site.open, |value| value == "yes")
    }

    /// Whether an address that is no member's may join by itself: as set, else as `serve` was started.
    pub fn join(&self) -> bool {
        self.live.memory().settings.get("join").map_or(self.site.join, |value| value == "open")
    }

    /// Called after each write a request made: its jobs are due, its changes can be numbered and applied.
    pub async fn written(&self) {
        self.written_by_job().await;
        self.work.notify_one();
    }

    /// As [`App::written`], from the job runner itself. Where this process appended nothing to the change feed since the
    /// last time there is nothing to follow.
    pub async fn written_by_job(&self) {
        let appended = self.db.appended();
        if self.applied.load(Ordering::SeqCst) < appended && self.catch_up().await {
            self.applied.fetch_max(appended, Ordering::SeqCst);
        }
    }

    /// Numbers and applies all changes that were committed until now; says whether that worked.
    async fn catch_up(&self) -> bool {
        let app = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            app.db.number_changes(app.node)?;
            app.live.catch_up(&app.db)
        });
        match done.await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(%error, "changes could not be followed just now");
                false
            }
            Err(_) => false,
        }
    }

    /// Follows what other processes write (an import, another node), four times a second, until the program ends.
    pub async fn follow(self) {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
            self.catch_up().await;
        }
    }

    /// Learns the forecast of ratings after the start, after an import and every night, until the program ends.
    pub async fn forecast(self) {
        loop {
            if self.live.memory().forecasts.is_due(self.clock.now()) {
                let (app, (done, ended)) = (self.clone(), tokio::sync::oneshot::channel::<()>());
                // A thread of its own: it works for seconds, and the program's end does not wait for it.
                std::thread::spawn(move || {
                    if let Err(error) = app.live.learn_forecast(&app.db) {
                        tracing::warn!(%error, "the forecast of ratings could not be learnt just now");
                    }
                    drop(done);
                });
                let _ = ended.await;
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    }
}
