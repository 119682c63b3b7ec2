//! Runs what writers enqueued: one claimer a node, each job at least once.

use crate::app::App;
use crate::error::Error;
use crate::key::{BadKey, Key};
use crate::{
    contacts, conversations, imports, invitations, live, mail, my_data, outcomes, referrals, retention, sanctions,
    vouches, webhooks,
};
use std::time::Duration;
use store::{Job, Tx};
use tokio::task::JoinSet;

/// A claimed job is given up for dead after this (µs).
const LEASE: i64 = 60_000_000;
/// Other servers called at a time.
const CALLS: usize = 8;
/// Jobs that speak to pages elsewhere.
const WEBMENTION: &str = "webmention-";

/// Runs due jobs until the program ends.
pub async fn run(app: App) {
    if let Err(error) = app.db.write(retention::schedule).await {
        tracing::warn!(%error, "the daily sweep could not be enqueued");
    }
    loop {
        run_due(&app).await;
        let _ = tokio::time::timeout(Duration::from_secs(1), app.work.notified()).await;
    }
}

/// Runs everything that is due now and returns; says how many ran.
pub async fn run_due(app: &App) -> usize {
    let _one = app.running.lock().await;
    let mut ran = 0;
    // Other people's servers may be slow: letters do not wait for them.
    let mut calls = JoinSet::new();
    loop {
        match app.db.write(|tx| tx.claim_job(LEASE).map_err(Error::from)).await {
            Ok(Some(job)) => {
                ran += 1;
                if job.kind == "webhook" || job.kind.starts_with(WEBMENTION) {
                    if calls.len() >= CALLS {
                        calls.join_next().await;
                    }
                    let app = app.clone();
                    calls.spawn(async move { run_one(&app, job).await });
                } else {
                    run_one(app, job).await;
                }
            }
            Ok(None) if calls.is_empty() => return ran,
            Ok(None) => {
                calls.join_next().await;
            }
            Err(error) => {
                tracing::warn!(%error, "jobs cannot be claimed just now");
                return ran;
            }
        }
    }
}

async fn run_one(app: &App, job: Job) {
    let done = match job.kind.as_str() {
        "letter" => match crate::mail::send(app, &job).await {
            Ok(()) => finish(app, job.clone()).await,
            Err(error) => Err(error),
        },
        "webhook" => webhooks::deliver(app, &job).await,
        kind if kind.starts_with("push-") => match crate::phone::send(app, &job).await {
            Ok(()) => finish(app, job.clone()).await,
            Err(error) => Err(error),
        },
        // What an outcome moved is asked of the engine, which no transaction holds.
        "outcome-moves" => outcomes::write_moves(app, &job).await,
        kind if kind.starts_with(WEBMENTION) => conversations::run_webmention_job(app, &job).await,
        "import-conversations" => imports::conversations::run_job(app, &job).await,
        _ => {
            let (public_url, network, claimed) = (app.site.public_url.clone(), app.network(), job.clone());
            // Effect and "done" in one transaction: the effect happens once.
            let done = app.db.write(move |tx| {
                effect(tx, &claimed, &public_url, &network)?;
                tx.finish_job(&claimed).map_err(Error::from)
            });
            done.await.map_err(anyhow::Error::from)
        }
    };
    if let Err(error) = done {
        tracing::warn!(kind = job.kind, key = job.key, %error, "job failed, will be tried again");
        let reason = format!("{error:#}");
        let noted = app.db.write(move |tx| tx.fail_job(&job, &reason).map_err(Error::from)).await;
        if let Err(error) = noted {
            tracing::warn!(%error, "a failed job could not be noted");
        }
    } else {
        app.written_by_job().await;
    }
}

async fn finish(app: &App, job: Job) -> anyhow::Result<()> {
    Ok(app.db.write(move |tx| tx.finish_job(&job).map_err(Error::from)).await?)
}

/// What a job does, inside the transaction that marks it done. Each feature's kinds are listed here.
fn effect(tx: &mut Tx<'_>, job: &Job, public_url: &str, network: &str) -> Result<(), Error> {
    if job.kind == live::FIT {
        return live::fit(tx);
    }
    let key: Key = job.key.parse().map_err(|e: BadKey| Error::Internal(e.into()))?;
    match job.kind.as_str() {
        kind if kind.starts_with("comment-") => conversations::run_job(tx, public_url, network, job, key),
        kind if kind.starts_with("contacts-") => contacts::run_job(tx, key),
        kind if kind.starts_with("digest-") => mail::run_job(tx, public_url, kind, key),
        kind if kind.starts_with("erasure-") => my_data::run_job(tx, key),
        kind if kind.starts_with("outcome-") => outcomes::run_job(tx, public_url, kind, key),
        kind if kind.starts_with("vouch-") => vouches::run_job(tx, public_url, kind, key),
        kind if kind.starts_with("referral-") => referrals::run_job(tx, public_url, kind, key),
        "retention-sweep" => retention::run_job(tx),
        kind if kind.starts_with("sanction-") => sanctions::run_job(tx, public_url, kind, key),
        kind if kind.starts_with("invitation-") => invitations::run_job(tx, public_url, network, kind, key),
        kind => Err(Error::Internal(anyhow::anyhow!("nobody knows jobs of kind {kind}"))),
    }
}
