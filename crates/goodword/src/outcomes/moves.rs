//! What an outcome moved, worked out when the engine knows it: the record of the referrer, the ranking of the professional.
//!
//! "Before" and "after" are asked of the same memory a moment apart, without this one outcome and with it. So the
//! difference is this outcome's alone, whatever else was revealed or vouched for meanwhile.

use super::rules::{Role, score};
use super::store::{self, Case, Move, Tally};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::live::Memory;
use ::store::{Job, Tx};

/// The figures of one moment.
struct Figures {
    /// K, the factor on the referrer's word.
    factor: f64,
    /// What the ranking expects of the professional's next client, on the careful side.
    expected: f64,
}

fn figures(memory: &Memory, case: &Case, now: i64) -> Option<Figures> {
    Some(Figures {
        factor: memory.record(case.referrer.id, &case.field, now)?.factor,
        expected: memory.quality(case.professional.id, &case.field, now)?.low,
    })
}

/// Runs the job `outcome-moves`: both moves and "done" in one transaction.
///
/// # Errors
/// The database's; the job is tried again.
pub async fn write_moves(app: &App, job: &Job) -> anyhow::Result<()> {
    let id: Key = job.key.parse()?;
    let (case, now) = app
        .db
        .read(move |tx| {
            let now = tx.now();
            Ok::<_, Error>((store::case(tx, id)?, now))
        })
        .await?;
    let (runner, of) = (app.clone(), case.clone());
    let (before, after) = tokio::task::spawn_blocking(move || {
        runner.live.without_and_with(&runner.db, id, |memory| figures(memory, &of, now))
    })
    .await??;
    let job = job.clone();
    app.db
        .write(move |tx| {
            if let (Some(before), Some(after)) = (&before, &after) {
                write(tx, &case, before, after)?;
            }
            tx.finish_job(&job).map_err(Error::from)
        })
        .await?;
    Ok(())
}

fn write(tx: &mut Tx<'_>, case: &Case, before: &Figures, after: &Figures) -> Result<()> {
    let answers = store::answers(tx, case.id)?;
    let stored = answers.iter().find(|a| a.role == Role::Client);
    let (client, no_work) = (stored.map(|a| a.answer.as_str()), stored.is_some_and(|a| a.no_work));
    let at = tx.now();
    let scored = score(case.lost_by_client || no_work, client).and(client);
    for (role, what, before, after) in [
        (Role::Referrer, "record", before.factor, after.factor),
        (Role::Professional, "ranking", before.expected, after.expected),
    ] {
        let party = case.side(role).id;
        let (was, is) = (store::tally(tx, role, party, Some(case.id))?, store::tally(tx, role, party, None)?);
        let why = match (scored, role) {
            (None, _) => nothing_counted(),
            (Some(answer), Role::Referrer) => record_why(case, answer, was, is),
            (Some(answer), _) => ranking_why(case, answer, was, is),
        };
        let moved = Move { referral: case.id, what: what.to_owned(), before, after, why, at };
        store::put_move(tx, party, &moved)?;
    }
    Ok(())
}

/// The same sentence whichever it was: how it went is the client's to tell.
fn nothing_counted() -> String {
    "Nothing moved: the client did not answer, or no work came of it.".to_owned()
}

/// "4½", from halves.
fn halves(n: i64) -> String {
    let (whole, half) = (n / 2, if n % 2 == 1 { "½" } else { "" });
    if whole == 0 && n % 2 == 1 { half.to_owned() } else { format!("{whole}{half}") }
}

fn count(was: Tally, is: Tally) -> String {
    let now = format!("{} of {}", halves(is.halves), is.scored);
    if was.scored == 0 { now } else { format!("{} of {} → {now}", halves(was.halves), was.scored) }
}

/// "5 of 6", for oneself; with few cases it says so.
pub(super) fn sum_words(sum: Tally) -> String {
    match sum.scored {
        0 => "none scored yet".to_owned(),
        n if n < 5 => format!("{} of {n} (too few to say much; others see no figure below five)", halves(sum.halves)),
        n => format!("{} of {n}", halves(sum.halves)),
    }
}

fn said(answer: &str) -> &str {
    if answer == "partly" {
        "said partly"
    } else if answer == "yes" {
        "said yes"
    } else {
        "said no"
    }
}

fn record_why(case: &Case, answer: &str, was: Tally, is: Tally) -> String {
    let sure = case.confidence_words().map(|words| format!(", and you had said {words}")).unwrap_or_default();
    let other = case
        .forecast
        .map(|f| format!(" Without your word the system would have said {:.0} in 100.", f * 100.0))
        .unwrap_or_default();
    format!("Your word held in {}: {} {}{sure}.{other}", count(was, is), case.client.first(), said(answer))
}

fn ranking_why(case: &Case, answer: &str, was: Tally, is: Tally) -> String {
    format!(
        "You were the right person for {} referred clients who answered: {} {}.",
        count(was, is),
        case.client.first(),
        said(answer)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_as_people_say_them() {
        let sum = |scored, halves| Tally { scored, halves, ..Tally::default() };
        assert_eq!(count(sum(5, 8), sum(6, 10)), "4 of 5 → 5 of 6");
        assert_eq!(count(sum(0, 0), sum(1, 1)), "½ of 1");
        assert_eq!(count(sum(5, 9), sum(6, 9)), "4½ of 5 → 4½ of 6");
    }
}
