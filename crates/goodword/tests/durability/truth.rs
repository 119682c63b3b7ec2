//! What has to be true in the tables after a crash.

use super::load::Done;
use std::time::Duration;
use store::{Db, Error, Tx, sql};

/// Every acknowledged write is there once, and no write is half there.
pub fn check(db: &Db, done: &[Done], kill: usize) {
    db.read_here(|tx| {
        let vouches = words(tx, "vouches")?;
        let (needs, referrals) = (words(tx, "needs")?, words(tx, "referrals")?);
        let (offers, met, won) = (words(tx, "offers")?, words(tx, "met")?, words(tx, "won")?);
        let (introduced, comments) = (words(tx, "introduced")?, words(tx, "comments")?);
        for write in done {
            let (table, said) = match write {
                Done::Vouch(said) => (&vouches, said),
                Done::Need(said) => (&needs, said),
                Done::Asked(said) => (&referrals, said),
                Done::Offered(said) => (&offers, said),
                Done::Introduced(said) => (&introduced, said),
                Done::Met(said) => (&met, said),
                Done::Said(said) => (&comments, said),
                Done::Won(said) => (&won, said),
            };
            let found =
                table.iter().filter(|text| text.as_str() == said || text.ends_with(&format!(" {said}"))).count();
            assert_eq!(found, 1, "after kill {kill}: {write:?} was acknowledged");
        }
        half_done(tx, kill)
    })
    .unwrap();
}

fn words(tx: &mut Tx<'_>, of: &str) -> Result<Vec<String>, Error> {
    let text = match of {
        "vouches" => sql!("SELECT words FROM vouches"),
        "needs" => sql!("SELECT words FROM needs"),
        "referrals" => sql!("SELECT need_words FROM referrals"),
        "offers" => sql!("SELECT words FROM referrals WHERE words <> ''"),
        "introduced" => sql!("SELECT need_words FROM referrals WHERE introduced_at IS NOT NULL"),
        "comments" => sql!("SELECT text FROM comments"),
        "met" => sql!("SELECT note FROM encounters"),
        _ => sql!("SELECT note FROM jobs_won"),
    };
    tx.rows(text, &[], |r| r.get(0))
}

/// Things that are written together stand together.
fn half_done(tx: &mut Tx<'_>, kill: usize) -> Result<(), Error> {
    let mut none = |what: &str, text| -> Result<(), Error> {
        let found: Option<i64> = tx.value(text, &[])?;
        assert_eq!(found, Some(0), "after kill {kill}: {what}");
        Ok(())
    };
    none(
        "a referral whose state is not that of its last event",
        sql!(
            "SELECT COUNT(*) FROM referrals r WHERE NOT EXISTS (SELECT 1 FROM referral_events e
               WHERE e.referral_id = r.id AND e.to_state = r.state)"
        ),
    )?;
    none(
        "a referral that was asked for without a letter to the referrer",
        sql!(
            "SELECT COUNT(*) FROM referrals r WHERE NOT EXISTS (SELECT 1 FROM letters l
               WHERE l.subject_id = r.id AND l.party_id = r.referrer_id)"
        ),
    )?;
    none(
        "an introduction without letters to both, or without both yes",
        sql!(
            "SELECT COUNT(*) FROM referrals r WHERE r.introduced_at IS NOT NULL
               AND (r.client_yes_at IS NULL OR r.professional_yes_at IS NULL
                 OR NOT EXISTS (SELECT 1 FROM letters l WHERE l.subject_id = r.id AND l.party_id = r.client_id
                   AND l.attachment IS NOT NULL)
                 OR NOT EXISTS (SELECT 1 FROM letters l WHERE l.subject_id = r.id AND l.party_id = r.professional_id
                   AND l.attachment IS NOT NULL))"
        ),
    )?;
    none(
        "a vouch without its event, or with two",
        sql!(
            "SELECT COUNT(*) FROM vouches v
             WHERE (SELECT COUNT(*) FROM vouch_events e WHERE e.vouch_id = v.id AND e.kind = 'given') <> 1"
        ),
    )?;
    none(
        "a conversation that counts other comments than it shows",
        sql!(
            "SELECT COUNT(*) FROM posts p WHERE p.comments <>
               (SELECT COUNT(*) FROM comments c WHERE c.post_id = p.id AND c.shown = TRUE)"
        ),
    )?;
    none(
        "a letter without the job that sends it",
        sql!(
            "SELECT COUNT(*) FROM letters l WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.kind = 'letter')
               AND l.sent_at IS NULL"
        ),
    )
}

/// Makes reminders due at once and frees what a dead program had claimed, as time would.
pub fn hasten(db: &Db) {
    db.write_here(|tx| {
        tx.execute(sql!("UPDATE jobs SET taken_until = 0 WHERE done_at IS NULL"), &[])?;
        tx.execute(
            sql!("UPDATE jobs SET due_at = 0 WHERE done_at IS NULL AND kind IN ('referral-reminder-referrer', 'vouch-fades')"),
            &[],
        )
    })
    .unwrap();
}

/// Returns when nothing that is due is left.
pub fn wait_for_jobs(db: &Db) {
    for _ in 0..1_200 {
        let left: Option<i64> = db
            .read_here(|tx| {
                let now = tx.now();
                tx.value(sql!("SELECT COUNT(*) FROM jobs WHERE done_at IS NULL AND due_at <= $1"), &[&now])
            })
            .unwrap();
        if left == Some(0) {
            return;
        }
        // Another process works here: there is nothing of ours to wait on.
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("jobs that are due are not done");
}

/// Every job that was due ran, and what it did was done once, however often its program died over it.
pub fn check_effects(db: &Db) {
    db.read_here(|tx| {
        let reminded: Option<i64> = tx.value(
            sql!("SELECT COUNT(*) FROM jobs WHERE kind = 'referral-reminder-referrer' AND done_at IS NOT NULL"),
            &[],
        )?;
        assert!(reminded.unwrap_or(0) > 0, "there was something to remind of");
        let twice: Vec<(String, i64)> = tx.rows(
            sql!(
                "SELECT l.kind, COUNT(*) FROM letters l WHERE l.subject_id IS NOT NULL AND l.kind <> 'ask'
                 GROUP BY l.kind, l.subject_id, l.party_id, l.subject HAVING COUNT(*) > 1"
            ),
            &[],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        assert!(twice.is_empty(), "letters written twice: {twice:?}");
        // Whoever has not answered was asked once and reminded once.
        let asked: Vec<i64> = tx.rows(
            sql!(
                "SELECT (SELECT COUNT(*) FROM letters l WHERE l.subject_id = r.id AND l.party_id = r.referrer_id)
                 FROM referrals r WHERE r.state = 'asked'"
            ),
            &[],
            |r| r.get(0),
        )?;
        assert!(!asked.is_empty() && asked.iter().all(|n| *n == 2), "letters to those who were asked: {asked:?}");
        Ok::<_, Error>(())
    })
    .unwrap();
}
