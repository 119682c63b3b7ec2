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
/// Jobs that share a transaction at most, and for how long (µs): requests that write wait meanwhile.
const TOGETHER: usize = 16;
const LONG: i64 = 5_000;
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
    // After a batch failed: so many are run one by one, each to its own end.
    let mut alone = 0;
    // Other people's servers may be slow: letters do not wait for them.
    let mut calls = JoinSet::new();
    loop {
        let taken = if alone == 0 {
            let done = take(app).await;
            if done.is_err() {
                alone = TOGETHER;
                continue;
            }
            done
        } else {
            alone -= 1;
            app.db.write(|tx| Ok::<_, Error>((0, tx.claim_job(LEASE)?))).await
        };
        match taken {
            Ok((done, claimed)) => {
                ran += done + usize::from(claimed.is_some());
                if done > 0 {
                    app.written_by_job().await;
                }
                match claimed {
                    Some(job) if is_call(&job.kind) => {
                        if calls.len() >= CALLS {
                            calls.join_next().await;
                        }
                        let app = app.clone();
                        calls.spawn(async move { run_one(&app, job).await });
                    }
                    Some(job) => run_one(app, job).await,
                    None if done > 0 => {}
                    None if calls.is_empty() => return ran,
                    None => drop(calls.join_next().await),
                }
            }
            Err(error) => {
                tracing::warn!(%error, "jobs cannot be claimed just now");
                return ran;
            }
        }
    }
}

/// Whether a job waits for somebody else's server.
fn is_call(kind: &str) -> bool {
    kind == "webhook" || kind.starts_with(WEBMENTION) || kind.starts_with("spam-")
}

/// Whether a job does more than read and write rows, so that no transaction may hold it.
fn reaches_out(kind: &str) -> bool {
    is_call(kind) || matches!(kind, "letter" | "outcome-moves" | "import-conversations") || kind.starts_with("push-")
}

/// Does what is due, in one transaction, up to a job that [`reaches_out`]: that one is only claimed. Effect and "done" are
/// written together, so an effect happens once. Says how many were done; one that fails takes the others back with it.
async fn take(app: &App) -> Result<(usize, Option<Job>), Error> {
    let (public_url, network) = (app.site.public_url.clone(), app.network());
    let verb = move |tx: &mut Tx<'_>| {
        let (mut done, until) = (0, tx.now() + LONG);
        // At least one, also by a clock that is moved just now.
        while done == 0 || done < TOGETHER && tx.now() < until {
            match tx.claim_job(LEASE)? {
                Some(job) if !reaches_out(&job.kind) => {
                    effect(tx, &job, &public_url, &network)?;
                    tx.finish_job(&job)?;
                    done += 1;
                }
                other => return Ok((done, other)),
            }
        }
        Ok((done, None))
    };
    app.db.write(verb).await
}

/// Runs a job that was claimed, and notes how it ended.
async fn run_one(app: &App, job: Job) {
    let done = match job.kind.as_str() {
        "letter" => match crate::mail::send(app, &job).await {
            Ok(()) => finish(app, job.clone()).await,
            Err(error) => Err(error),
        },
        "webhook" => webhooks::deliver(app, &job).await,
        kind if kind.starts_with("spam-") => conversations::run_service_job(app, &job).await,
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
            let done = app.db.write(move |tx| {
                effect(tx, &claimed, &public_url, &network)?;
                tx.finish_job(&claimed).map_err(Error::from)
            });
            done.await.map_err(anyhow::Error::from)
        }
    };
    if let Err(error) = done {
        let reason = crate::say::without_addresses(&format!("{error:#}"));
        tracing::warn!(kind = job.kind, key = job.key, reason, "job failed, will be tried again");
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

/// What a kind of job is to a person; `None` for one of a newer version.
pub fn words(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "letter" => "Letters",
        "webhook" => "Calls of webhooks",
        "import-conversations" => "Reading a file of conversations",
        "spam-check" => "Asking the spam service about a comment",
        "spam-report" => "Telling the spam service of a decision",
        "comment-tell" => "Telling people of a new comment",
        "comment-digest" => "New comments gathered into one letter",
        "comment-purge" => "Deleting a comment for good",
        "comment-unconfirmed" => "Deleting comments nobody confirmed",
        "webmention-check" => "Looking at a page that mentions a post",
        "webmention-links" => "Looking for links in a post",
        "webmention-tell" => "Telling a page that a post links to it",
        "retention-sweep" => "Deleting what was kept long enough",
        "sanction-end" => "Ends of suspensions",
        "outcome-moves" => "What an outcome moved",
        "vouch-reminder" => "Reminding of a vouch for somebody not here",
        "vouch-erasure" => "Erasing a vouch nobody answered",
        "invitation-reminder" => "Reminding of an invitation",
        "invitation-erasure" => "Erasing an invitation nobody answered",
        live::FIT => "Fitting the ranking to outcomes",
        kind => {
            let families = [
                ("contacts-erasure-", "Deleting contacts for good"),
                ("digest-", "Daily and weekly letters"),
                ("erasure-due-", "Erasing somebody who left"),
                ("outcome-close-", "Opening the answers of an outcome"),
                ("outcome-open-", "Asking how it was"),
                ("push-", "Push to phones"),
                ("referral-expiry-", "Closing a referral nobody answered"),
                ("referral-next-voice", "Offering somebody else to ask"),
                ("referral-reminder-", "Reminding of a referral"),
            ];
            return families.iter().find(|(start, _)| kind.starts_with(start)).map(|(_, words)| *words);
        }
    })
}

#[cfg(test)]
mod tests {
    //! A clock that jumps on a running server, and comes back.

    use crate::api::tests::{call, token_of};
    use crate::key::Key;
    use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, run_jobs, send};
    use store::{DAY, sql};

    #[test]
    fn every_kind_that_is_enqueued_has_words() {
        fn sources(folder: &std::path::Path, all: &mut String) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    sources(&path, all);
                } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                    all.push_str(std::fs::read_to_string(&path).unwrap().split("#[cfg(test)]\nmod").next().unwrap());
                }
            }
        }
        let mut all = String::new();
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        let written = |call: &str| {
            let kind = call.trim_start().trim_start_matches("&format!(").strip_prefix('"')?;
            Some(kind.split(['"', '{']).next()?.to_owned())
        };
        let kinds: Vec<String> = all.split(".enqueue(").skip(1).filter_map(written).collect();
        assert!(kinds.len() > 12, "{kinds:?}");
        let nameless: Vec<&String> = kinds.iter().filter(|kind| super::words(kind).is_none()).collect();
        assert!(nameless.is_empty(), "{nameless:?}");
    }

    #[test]
    fn a_clock_that_jumps_a_day_and_comes_back_holds_nobody_up_for_a_day() {
        on_both(|db| {
            let [ana, _, _] = ["Ana Ruiz", "Ben Castle", "Eve Stone"].map(|name| member(&db, name));
            let app = app(db);
            let (cookie, token) = (cookie_of(&app, ana), token_of(&app, ana));
            let ask = |who: &str| {
                let sent = send(&app, "/sign-in", "", Some(&format!("email={who}%40example.org")));
                assert!(sent.status.is_success() || sent.status.is_redirection(), "{who}: {}", sent.status);
                run_jobs(&app);
                link_in(&letter_to(&app, &format!("{who}@example.org")), "/sign-in/")
            };
            let waiting = || {
                app.db
                    .read_here(|tx| {
                        let now = tx.now();
                        tx.value::<i64>(
                            sql!(
                                "SELECT COUNT(*) FROM jobs WHERE kind = 'letter' AND done_at IS NULL AND due_at <= $1"
                            ),
                            &[&now],
                        )
                    })
                    .unwrap()
            };
            let before = ask("ana-ruiz");
            app.clock.advance(DAY);
            assert_eq!(send(&app, "/account", &cookie, None).status.as_u16(), 200, "sessions live longer than a day");
            assert_eq!(send(&app, &before, "", Some("")).status.as_u16(), 410, "links ran out, as they say");
            assert!(call(&app, &token, "GET", "/api/v1/me", None).status.is_success());
            let ahead = ask("ben-castle");
            // A program claims a letter and dies, while the clock is ahead.
            send(&app, "/sign-in", "", Some("email=ana-ruiz%40example.org"));
            assert!(app.db.write_here(|tx| tx.claim_job(super::LEASE)).unwrap().is_some());
            let signed = cookie_of(&app, ana);

            app.clock.advance(-DAY);
            for cookie in [&cookie, &signed] {
                assert_eq!(send(&app, "/account", cookie, None).status.as_u16(), 200, "signed in before and after");
            }
            assert!(call(&app, &token, "GET", "/api/v1/me", None).status.is_success(), "no limit from the future");
            assert_eq!(send(&app, &ahead, "", Some("")).status.as_u16(), 303, "a link of the future is good");
            let now = ask("eve-stone");
            assert_eq!(send(&app, &now, "", Some("")).status.as_u16(), 303);
            assert_eq!(waiting(), Some(0), "new letters left at once");
            let claimed: Option<i64> = app
                .db
                .read_here(|tx| {
                    tx.value(sql!("SELECT COUNT(*) FROM jobs WHERE kind = 'letter' AND done_at IS NULL"), &[])
                })
                .unwrap();
            assert_eq!(claimed, Some(1), "what was put off while the clock was ahead waits until then");
            app.clock.advance(DAY + 2 * super::LEASE);
            run_jobs(&app);
            assert_eq!(waiting(), Some(0), "and is done then");
        });
    }

    #[test]
    fn a_job_that_fails_takes_no_other_back_with_it() {
        on_both(|db| {
            let kinds = ["comment-tell", "nobody-knows-this", "comment-tell"];
            let keys = [0, 1, 2].map(|_| Key(db.clock().id()).to_string());
            for (kind, key) in kinds.iter().zip(&keys) {
                db.write_here(|tx| tx.enqueue(kind, key, "", 0)).unwrap();
            }
            let app = app(db);
            run_jobs(&app);
            let state = |key: &String| {
                let state = app.db.read_here(|tx| {
                    tx.row(
                        sql!("SELECT done_at IS NOT NULL, failure IS NOT NULL, attempts FROM jobs WHERE key = $1"),
                        &[key],
                        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
                    )
                });
                state.unwrap().unwrap()
            };
            assert_eq!([0, 1, 2].map(|i| state(&keys[i])), [(true, false, 1), (false, true, 1), (true, false, 1)]);
        });
    }

    #[test]
    fn a_claim_by_a_clock_that_was_ahead_is_taken_over_at_once() {
        on_both(|db| {
            db.write_here(|tx| tx.enqueue("letter", "a", "", 0)).unwrap();
            db.clock().advance(DAY);
            assert!(db.write_here(|tx| tx.claim_job(super::LEASE)).unwrap().is_some());
            db.clock().advance(-DAY);
            assert!(db.write_here(|tx| tx.claim_job(super::LEASE)).unwrap().is_some(), "its program is dead");
            assert!(db.write_here(|tx| tx.claim_job(super::LEASE)).unwrap().is_none(), "and this one is not");
        });
    }
}
