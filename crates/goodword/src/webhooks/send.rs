//! The job that calls a webhook: at least once, again with growing pauses, until it is given up.

use super::{ATTEMPTS, PATIENCE, Webhook, signature, webhook};
use crate::app::App;
use crate::error::Error;
use crate::key::Key;
use crate::vouches;
use outbound::{HeaderName, Request};
use std::time::Duration;
use store::{Job, Tx, sql};

/// So much of an answer is kept.
const ANSWER: usize = 500;

/// What came of one call.
struct Outcome {
    status: Option<i64>,
    answer: String,
    /// Trying again cannot help.
    hopeless: bool,
}

/// Runs the job `webhook`.
///
/// # Errors
/// What went wrong, so that the job is tried again; the database's.
pub async fn deliver(app: &App, job: &Job) -> anyhow::Result<()> {
    let id: Key = job.key.split(' ').next().unwrap_or("").parse()?;
    let found = app.db.read(move |tx| waiting(tx, id)).await?;
    let Some(Waiting { hook, body, attempts, may }) = found else { return Ok(finish(app, job).await?) };
    if !may {
        return Ok(hold_back(app, job, id).await?);
    }
    let done = call(app, &hook, id, &body).await;
    let delivered = done.status.is_some_and(|s| (200..300).contains(&s));
    let given_up = done.hopeless || attempts + 1 >= ATTEMPTS;
    let (reason, claimed) = (done.answer.clone(), job.clone());
    app.db
        .write(move |tx| {
            note(tx, &hook, id, &done, delivered, given_up)?;
            if delivered || given_up {
                tx.finish_job(&claimed)?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    if delivered || given_up { Ok(()) } else { Err(anyhow::anyhow!("{reason}")) }
}

async fn finish(app: &App, job: &Job) -> Result<(), Error> {
    let job = job.clone();
    app.db.write(move |tx| tx.finish_job(&job).map_err(Error::from)).await
}

/// A call that has not gone out yet.
struct Waiting {
    hook: Webhook,
    body: String,
    /// How often it was tried.
    attempts: i64,
    /// Whether its owner is here, and still an admin where it is about the network: asked at every attempt, since a call may
    /// wait for hours.
    may: bool,
}

/// `None` where nothing is to be sent any more.
fn waiting(tx: &mut Tx<'_>, id: Key) -> Result<Option<Waiting>, Error> {
    Ok(tx.row(
        sql!(
            "SELECT w.id, w.party_id, w.url, w.kinds, w.secret, w.created_at, w.failing_since, w.disabled_at,
               w.disabled_why, w.network, d.body, d.attempts,
               p.status = 'active' AND (NOT w.network OR EXISTS (SELECT 1 FROM roles r
                 WHERE r.party_id = w.party_id AND r.scope = 'network' AND r.role = 'admin'))
             FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN parties p ON p.id = w.party_id
             WHERE d.id = $1 AND d.state = 'waiting' AND w.disabled_at IS NULL"
        ),
        &[&id],
        |r| Ok(Waiting { hook: webhook(r)?, body: r.get(10)?, attempts: r.get(11)?, may: r.get(12)? }),
    )?)
}

/// A call that may not go out any more: its owner reads so, and may send it again once it may.
async fn hold_back(app: &App, job: &Job, id: Key) -> Result<(), Error> {
    let job = job.clone();
    app.db
        .write(move |tx| {
            tx.execute(
                sql!("UPDATE webhook_deliveries SET state = 'failed', answer = $1 WHERE id = $2"),
                &[&"Not sent: its owner was away, or no admin any more.", &id],
            )?;
            tx.finish_job(&job).map_err(Error::from)
        })
        .await
}

async fn call(app: &App, hook: &Webhook, id: Key, body: &str) -> Outcome {
    let (id, seconds) = (id.to_string(), app.clock.now() / 1_000_000);
    let request = Request::post(&hook.url, "application/json", body.to_owned())
        .header(HeaderName::from_static("webhook-id"), &id)
        .header(HeaderName::from_static("webhook-timestamp"), &seconds.to_string())
        .header(HeaderName::from_static("webhook-signature"), &signature(&hook.secret, &id, seconds, body))
        .header(outbound::header::USER_AGENT, concat!("Goodword/", env!("CARGO_PKG_VERSION")))
        .at_most(64 * 1024)
        .within(Duration::from_secs(5));
    match app.site.outbound.send(request).await {
        Ok(answer) => Outcome {
            status: Some(i64::from(answer.status)),
            // Some engines refuse the null character in text.
            answer: String::from_utf8_lossy(&answer.body).replace('\0', "").chars().take(ANSWER).collect(),
            hopeless: answer.status == 410,
        },
        Err(failure) => Outcome { status: None, answer: failure.to_string(), hopeless: !failure.may_pass() },
    }
}

fn note(
    tx: &mut Tx<'_>,
    hook: &Webhook,
    id: Key,
    done: &Outcome,
    delivered: bool,
    given_up: bool,
) -> Result<(), Error> {
    let now = tx.now();
    let state = if delivered {
        "delivered"
    } else if given_up {
        "failed"
    } else {
        "waiting"
    };
    tx.execute(
        sql!(
            "UPDATE webhook_deliveries SET state = $1, attempts = attempts + 1, tried_at = $2, status = $3, answer = $4
             WHERE id = $5"
        ),
        &[&state, &now, &done.status, &done.answer, &id],
    )?;
    let since = if delivered { None } else { hook.failing_since.or(Some(now)) };
    tx.execute(sql!("UPDATE webhooks SET failing_since = $1 WHERE id = $2"), &[&since, &hook.id])?;
    let gone = done.status == Some(410);
    if gone || since.is_some_and(|at| now - at > PATIENCE) {
        let why = if gone { "Its address answered that it is gone." } else { "Nothing arrived for five days." };
        tx.execute(
            sql!("UPDATE webhooks SET disabled_at = $1, disabled_why = $2 WHERE id = $3 AND disabled_at IS NULL"),
            &[&now, &why, &hook.id],
        )?;
        let words =
            format!("Your webhook to {} was switched off: {}", crate::people::bare(&hook.url), why.to_lowercase());
        vouches::notify(tx, hook.party, "webhook", &words, &format!("/webhooks/{}", hook.id))?;
    }
    Ok(())
}
