//! Stories: three sealed answers, the moment they open, and what they move.

use super::{again, open_window, schedule};
use crate::app::App;
use crate::error::Error;
use crate::key::Key;
use crate::live::day;
use crate::testing::{START, app, cookie_of, letter_to, link_in, member, on_both, send};
use store::{DAY, Db, sql};

const FLORIST: &str = "27-1023.00";

/// The three, and a referral of Ben to Dana by Ana that has come as far as `state`.
struct Story {
    app: App,
    referral: Key,
    ana: String,
    ben: String,
    ids: [Key; 3],
}

fn client(db: &Db, name: &str, address: &str) -> Key {
    db.write_here(|tx| {
        let id = tx.id();
        tx.execute(
            sql!(
                "INSERT INTO parties (id, kind, status, name, folded, email, joined_at, version)
                 VALUES ($1, 'client', 'active', $2, $3, $4, $5, 1)"
            ),
            &[&id, &name, &formats::name::fold(name), &address, &START],
        )?;
        Ok::<_, Error>(Key(id))
    })
    .unwrap()
}

fn referral(db: &Db, [ana, ben, dana]: [Key; 3], state: &str) -> Key {
    db.write_here(|tx| {
        let (id, now) = (tx.id(), tx.now());
        tx.execute(
            sql!(
                "INSERT INTO referrals (id, origin, asker_id, referrer_id, professional_id, client_id, client_name,
                   for_client, field, need_words, shared_place, shared_budget, shared_date, note_to_referrer, state, basis,
                   tie, confidence, words, unknowns, forecast, client_yes_at, professional_yes_at, understood, progress,
                   introduced_at, lost_reason, created_at, updated_at, version)
                 VALUES ($1, 'offered', $2, $2, $3, $4, 'Dana', FALSE, $5, 'flowers for a wedding', '', '', '', '', $6,
                   'hired', 'none', 85, 'He came twice.', '', $7, $8, $8, 'yes', 'nothing', $8, '', $8, $8, 1)"
            ),
            &[&id, &ana, &ben, &dana, &FLORIST, &state, &0.7_f64, &now],
        )?;
        Ok::<_, Error>(Key(id))
    })
    .unwrap()
}

fn story(db: Db, state: &str) -> Story {
    let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Cole"));
    let ids = [ana, ben, client(&db, "Dana Whitfield", "dana@example.net")];
    let referral = referral(&db, ids, state);
    let app = app(db);
    let (ana, ben) = (cookie_of(&app, ana), cookie_of(&app, ben));
    Story { app, referral, ana, ben, ids }
}

impl Story {
    fn open(&self) {
        self.app.db.write_here(|tx| open_window(tx, "http://127.0.0.1:1", self.referral)).unwrap();
    }

    fn page(&self) -> String {
        format!("/referrals/{}/outcome", self.referral)
    }

    fn link(&self) -> String {
        link_in(&letter_to(&self.app, "dana@example.net"), "/outcomes/")
    }

    fn post(&self, path: &str, cookie: &str, form: &str) -> u16 {
        send(&self.app, path, cookie, Some(form)).status.as_u16()
    }

    fn is_open(&self) -> bool {
        self.number(sql!("SELECT COUNT(*) FROM referrals WHERE revealed_at IS NOT NULL")) > 0
    }

    fn number(&self, query: store::Sql) -> i64 {
        self.app.db.read_here(|tx| tx.value(query, &[])).unwrap().unwrap()
    }

    fn later(&self, days: i64) {
        self.app.clock.advance(days * DAY);
        run(&self.app);
    }

    /// How many outcomes of Ana's the ranking counts, and the factor on her word.
    fn record(&self) -> (usize, f64) {
        let app = &self.app;
        app.db.number_changes(app.node).unwrap();
        app.live.catch_up(&app.db).unwrap();
        let record = app.live.memory().record(self.ids[0], FLORIST, app.clock.now()).unwrap();
        (record.scored, record.factor)
    }
}

fn run(app: &App) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(crate::jobs::run_due(app));
}

#[test]
fn three_answers_open_at_once_and_move_the_record_and_not_before() {
    on_both(|db| {
        let s = story(db, "done");
        s.open();
        s.open();
        assert_eq!(s.number(sql!("SELECT COUNT(*) FROM letters")), 3, "asked once, each of the three");
        let link = s.link();
        let asked = send(&s.app, &link, "", None);
        assert!(asked.body.contains("Was Ben the right person for you?"), "{}", asked.body);
        let before = s.record();
        let words = "answer=yes&again=perhaps&words=Peonies+in+March.&publish=first";
        assert_eq!(s.post(&link, "", words), 303);
        assert_eq!(s.post(&link, "", words), 303, "pressed twice");
        assert_eq!(s.post(&s.page(), &s.ben, "answer=partly&again=no&amount=3%2C250&tell=yes"), 303);
        assert!(!s.is_open());
        assert_eq!(s.record(), before, "sealed answers move nothing");
        // Sealed: in no page, notice or letter, not even its author's.
        for (path, cookie) in [
            (link.as_str(), ""),
            (&s.page(), &s.ana),
            (&s.page(), &s.ben),
            ("/outcomes", &s.ana),
            ("/outcomes", &s.ben),
            ("/notices", &s.ana),
            ("/notices", &s.ben),
            ("/", &s.ben),
        ] {
            let body = send(&s.app, path, cookie, None).body;
            for sealed in ["Peonies", "3,250", "checked><span>Partly", "checked><span>Perhaps"] {
                assert!(!body.contains(sealed), "{path} tells {sealed}");
            }
        }
        assert!(send(&s.app, &link, "", None).body.contains("You answered on"));
        let told = s.number(sql!("SELECT COUNT(*) FROM letters WHERE plain LIKE '%Peonies%' OR plain LIKE '%3,250%'"));
        assert_eq!(told, 0);
        assert!(!send(&s.app, "/people/ben-cole", &s.ana, None).body.contains("in clients’ words"));
        // The last of the three opens them; the same press again does no harm.
        assert_eq!(s.post(&s.page(), &s.ana, "answer=yes"), 303);
        assert!(s.is_open());
        assert_eq!(s.post(&s.page(), &s.ana, "answer=yes"), 303, "pressed twice");
        run(&s.app);
        let after = s.record();
        assert_eq!(after.0, before.0 + 1);
        assert!(after.1 > before.1, "{before:?} {after:?}");
        // Everybody reads what is shown; nobody what is private; the amount whom it was told to.
        let (hers, his) = (send(&s.app, &s.page(), &s.ana, None).body, send(&s.app, &s.page(), &s.ben, None).body);
        let theirs = send(&s.app, &link, "", None).body;
        for body in [&hers, &his, &theirs] {
            assert!(body.contains("Peonies in March.") && body.contains("Partly"), "{body}");
            assert!(!body.contains("Perhaps"), "{body}");
        }
        assert!(hers.contains("$3,250") && his.contains("$3,250") && !theirs.contains("$3,250"));
        // Each reads what moved for them, and only that.
        assert!(hers.contains("Your word held in 1 of 1: Dana said yes, and you had said very probably."), "{hers}");
        assert!(hers.contains(&format!("{:.2}", after.1)) && !hers.contains("referred clients who answered"));
        assert!(his.contains("referred clients who answered") && !his.contains("Your word held"), "{his}");
        assert!(!his.contains("very probably"), "the referrer's confidence is not the professional's to read");
        assert!(!theirs.contains("What it moved"));
        assert_eq!(s.number(sql!("SELECT COUNT(*) FROM moves")), 2);
        let published = send(&s.app, "/people/ben-cole", &s.ana, None).body;
        assert!(published.contains("Peonies in March.") && published.contains(">Dana, March 2026"), "{published}");
        // The engine loaded afresh knows the same.
        let fresh = crate::live::Live::load(&s.app.db).unwrap();
        assert_eq!(fresh.memory().record(s.ids[0], FLORIST, s.app.clock.now()).unwrap().scored, after.0);
        for (person, asked) in [(s.ids[0], ((1, 1), (0, 0))), (s.ids[1], ((0, 0), (1, 1)))] {
            for memory in [fresh.memory(), s.app.live.memory()] {
                let known = memory.responses(person);
                assert_eq!((known.as_referrer, known.as_professional), asked);
            }
        }
    });
}

#[test]
fn two_answers_open_when_the_time_is_over_and_late_ones_are_not_taken() {
    on_both(|db| {
        let s = story(db, "done");
        s.open();
        let link = s.link();
        assert_eq!(s.post(&link, "", "answer=yes"), 303);
        assert_eq!(s.post(&link, "", "answer=no&again=no"), 303, "changed");
        assert_eq!(s.post(&s.page(), &s.ana, "answer=heard+nothing"), 303);
        s.later(13);
        assert!(!s.is_open());
        s.app.clock.advance(DAY);
        let late = send(&s.app, &s.page(), &s.ben, Some("answer=yes"));
        assert_eq!(late.status.as_u16(), 410, "before the job has run: {}", late.body);
        assert_eq!(send(&s.app, &s.page(), &s.ben, None).status.as_u16(), 200);
        run(&s.app);
        assert!(s.is_open());
        assert_eq!(s.post(&s.page(), &s.ben, "answer=yes"), 410);
        assert_eq!(s.post(&link, "", "answer=yes"), 410);
        assert_eq!(s.number(sql!("SELECT COUNT(*) FROM outcomes")), 2);
        let page = send(&s.app, &s.page(), &s.ben, None).body;
        assert!(page.contains("No answer from you") && page.contains("I heard nothing"), "{page}");
        assert!(page.contains("You were the right person for 0 of 1"), "the changed answer counts: {page}");
        let record = s.record();
        assert_eq!(record.0, 1);
        // One outcome: its owner reads it, others read no figure.
        let held = crate::needs::recommend::record_of(&s.app.live.memory(), s.ids[0], FLORIST, s.app.clock.now());
        assert_eq!((held.n, held.figure), (1, None));
        assert!(send(&s.app, "/outcomes", &s.ana, None).body.contains("too few to say much"));
    });
}

#[test]
fn only_the_three_answer_each_for_themselves() {
    on_both(|db| {
        let s = story(db, "not suitable");
        let sol = member(&s.app.db, "Sol Stone");
        let sol = cookie_of(&s.app, sol);
        assert_eq!(send(&s.app, &s.page(), &s.ana, None).status.as_u16(), 410, "not asked yet");
        s.open();
        for cookie in [sol.as_str(), ""] {
            assert!(matches!(send(&s.app, &s.page(), cookie, None).status.as_u16(), 303 | 404));
            let sent = send(&s.app, &s.page(), cookie, Some("answer=yes"));
            assert!(sent.status.as_u16() == 404 || sent.location.starts_with("/sign-in"), "{}", sent.body);
        }
        assert_eq!(send(&s.app, "/outcomes", "", None).location, "/sign-in?next=/outcomes");
        let forged = format!("/outcomes/{}", "0".repeat(52));
        assert_eq!(send(&s.app, &forged, "", None).status.as_u16(), 404);
        assert_eq!(s.post(&forged, "", "answer=yes"), 404);
        // Ben's own link answers for Ben, whoever is signed in.
        let bens = link_in(&letter_to(&s.app, "ben-cole@example.org"), "/outcomes/");
        assert_eq!(s.post(&bens, &s.ana, "answer=yes&words=I+am+Dana&publish=full"), 303);
        assert_eq!(s.number(sql!("SELECT COUNT(*) FROM outcomes WHERE role = 'professional' AND words = ''")), 1);
        // A bad form keeps what was typed and seals nothing.
        let bad = send(&s.app, &s.link(), "", Some("answer=heard+nothing&words=%3Cb%3Ekept&again=yes"));
        assert_eq!(bad.status.as_u16(), 422);
        assert!(bad.body.contains("&#60;b&#62;kept") && bad.body.contains("choose an answer"), "{}", bad.body);
        assert_eq!(s.number(sql!("SELECT COUNT(*) FROM outcomes")), 1);
        // The link runs out.
        s.later(91);
        assert_eq!(send(&s.app, &bens, "", None).status.as_u16(), 410);
    });
}

#[test]
fn the_client_alone_says_that_no_work_was_done() {
    // Who called it lost, what the client ticks, and whether the client's no counts.
    for (by_client, ticked, counts) in [(true, "", false), (false, "&no_work=yes", false), (false, "", true)] {
        on_both(|db| {
            let s = story(db, "lost");
            s.app
                .db
                .write_here(|tx| tx.execute(sql!("UPDATE referrals SET lost_by_client = $1"), &[&by_client]))
                .unwrap();
            s.open();
            let before = s.record();
            let link = s.link();
            let asked = send(&s.app, &link, "", None).body;
            assert_eq!(asked.contains("it counts for nobody’s record"), by_client, "{asked}");
            assert_eq!(asked.contains("name=\"no_work\""), !by_client, "{asked}");
            assert!(!asked.contains("chose somebody else, so"), "nobody says so for the client: {asked}");
            assert_eq!(s.post(&link, "", &format!("answer=no{ticked}")), 303);
            // Nobody else can say it.
            for cookie in [&s.ana, &s.ben] {
                assert_eq!(s.post(&s.page(), cookie, "answer=no&no_work=yes"), 303);
            }
            run(&s.app);
            assert_eq!(s.record().0, before.0 + usize::from(counts), "{by_client} {ticked}");
            let page = send(&s.app, &s.page(), &s.ana, None).body;
            assert_eq!(
                page.contains("Nothing moved: the client did not answer, or no work came of it."),
                !counts,
                "{page}"
            );
            assert_eq!(page.contains("Dana said no"), counts, "{page}");
            // The engine loaded afresh knows the same.
            let fresh = crate::live::Live::load(&s.app.db).unwrap();
            let record = fresh.memory().record(s.ids[0], FLORIST, s.app.clock.now()).map_or(0, |r| r.scored);
            assert_eq!(record, before.0 + usize::from(counts));
        });
    }
}

#[test]
fn a_client_without_an_account_may_sign_with_first_name_and_town() {
    on_both(|db| {
        let s = story(db, "done");
        s.app.db.write_here(|tx| tx.execute(sql!("UPDATE referrals SET shared_place = 'Santa Monica'"), &[])).unwrap();
        s.open();
        let link = s.link();
        assert!(send(&s.app, &link, "", None).body.contains("As Dana, Santa Monica"));
        assert_eq!(s.post(&link, "", "answer=yes&words=Peonies+in+March.&publish=first"), 303);
        for cookie in [&s.ana, &s.ben] {
            assert_eq!(s.post(&s.page(), cookie, "answer=yes"), 303);
        }
        let profile = send(&s.app, "/people/ben-cole", &s.ana, None).body;
        assert!(profile.contains(">Dana, Santa Monica, March 2026"), "{profile}");
    });
}

#[test]
fn time_asks_by_itself_and_an_undone_mark_takes_the_question_back() {
    on_both(|db| {
        let s = story(db, "in contact");
        s.app.db.write_here(|tx| schedule(tx, s.referral)).unwrap();
        s.later(30);
        // They met: the sixty days begin again.
        let now = s.app.clock.now();
        s.app
            .db
            .write_here(|tx| tx.execute(sql!("UPDATE referrals SET state = 'won', updated_at = $1"), &[&now]))
            .unwrap();
        s.later(31);
        assert_eq!(s.number(sql!("SELECT COUNT(*) FROM referrals WHERE opened_at IS NOT NULL")), 0);
        s.later(30);
        assert_eq!(s.number(sql!("SELECT COUNT(*) FROM referrals WHERE opened_at IS NOT NULL")), 1);
        assert_eq!(s.post(&s.link(), "", "answer=yes"), 303);
        s.later(14);
        assert!(s.is_open());
    });
}

#[test]
fn a_client_gets_five_letters_at_most_and_none_after_stop() {
    on_both(|db| {
        let s = story(db, "done");
        s.open();
        let link = s.link();
        assert_eq!(s.post(&link, "", "answer=yes"), 303);
        assert_eq!(s.post(&format!("{link}/stop"), "", ""), 303);
        let bens = link_in(&letter_to(&s.app, "ben-cole@example.org"), "/outcomes/");
        assert_eq!(s.post(&format!("{bens}/stop"), "", ""), 404, "only the client stops them");
        s.later(15);
        assert!(s.is_open());
        assert_eq!(s.number(sql!("SELECT COUNT(*) FROM letters WHERE address = 'dana@example.net'")), 1);
        assert_eq!(send(&s.app, &link, "", None).status.as_u16(), 200, "the page stays theirs");
    });
}

#[test]
fn private_answers_are_told_in_fives_and_a_record_from_five() {
    on_both(|db| {
        let s = story(db, "done");
        let mut referrals = vec![s.referral];
        for n in 1..6 {
            let dana = client(&s.app.db, "Dana Whitfield", &format!("dana{n}@example.net"));
            referrals.push(referral(&s.app.db, [s.ids[0], s.ids[1], dana], "done"));
        }
        for (n, referral) in referrals.iter().enumerate() {
            s.app.db.write_here(|tx| open_window(tx, "http://127.0.0.1:1", *referral)).unwrap();
            let address = if n == 0 { "dana@example.net".to_owned() } else { format!("dana{n}@example.net") };
            let link = link_in(&letter_to(&s.app, &address), "/outcomes/");
            assert_eq!(s.post(&link, "", if n == 5 { "answer=no&again=no" } else { "answer=yes&again=yes" }), 303);
            for cookie in [&s.ana, &s.ben] {
                assert_eq!(s.post(&format!("/referrals/{referral}/outcome"), cookie, "answer=yes"), 303);
            }
            run(&s.app);
            let told = s.app.db.read_here(|tx| again(tx, s.ids[1])).unwrap();
            let held = crate::needs::recommend::record_of(&s.app.live.memory(), s.ids[0], FLORIST, s.app.clock.now());
            assert_eq!(told.map(|a| (a.of, a.yes)), (n >= 4).then_some((5, 5)), "{n}: whole fives only");
            assert_eq!(held.figure.is_some(), n >= 4, "{n}");
            s.app.clock.advance(DAY);
        }
        let page = send(&s.app, &format!("/referrals/{}/outcome", referrals[5]), &s.ana, None).body;
        assert!(page.contains("Your word held in 5 of 5 → 5 of 6: Dana said no"), "{page}");
        assert_eq!(day(s.app.clock.now()), day(START) + 6);
    });
}
