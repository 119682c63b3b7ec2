//! Stories: what the referrer, and one who asked for a client, read of what follows an introduction: as the client chose.

use super::tests::{Cast, WHY};
use crate::api::tests::{call, token_of};
use crate::testing::{letter_to, link_in, on_both, send};
use store::{DAY, sql};

/// Carla, a client of Dana's, is introduced to Ben by Ana and lets them hear `hear`: the referral's path and her own page.
fn introduced(cast: &Cast, hear: &str) -> (String, String) {
    let form = format!("{}&name=Carla+Moon&email=carla%40example.net", cast.ask_form());
    let path = send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&form)).location;
    let answer = link_in(&letter_to(&cast.app, "ana-reyes@example.org"), "/answers/");
    assert_eq!(send(&cast.app, &format!("{answer}/offer"), "", Some(WHY)).status.as_u16(), 303);
    let letter = letter_to(&cast.app, "carla@example.net");
    let consent = link_in(&letter, "/consents/");
    let yes = format!("hear={hear}");
    assert_eq!(send(&cast.app, &format!("{consent}/acceptance"), "", Some(&yes)).status.as_u16(), 303);
    let consent = link_in(&letter_to(&cast.app, "ben-castle@example.org"), "/consents/");
    assert_eq!(send(&cast.app, &format!("{consent}/acceptance"), "", Some("")).status.as_u16(), 303);
    (path, link_in(&letter, "/mine/"))
}

/// All that Ana and Dana can look up: their pages, lists, what programs read for them, notices and letters.
fn read(cast: &Cast, path: &str) -> [String; 2] {
    [cast.ana, cast.dana].map(|who| {
        let (cookie, token) = (cast.cookie(who), token_of(&cast.app, who));
        let mut all: Vec<String> = [path, "/referrals?show=under-way", "/referrals?show=ended"]
            .iter()
            .map(|page| send(&cast.app, page, &cookie, None).body)
            .collect();
        for question in [format!("/api/v1{path}"), "/api/v1/referrals".into(), "/api/v1/referrals?show=ended".into()] {
            let answer = call(&cast.app, &token, "GET", &question, None);
            all.push(format!("{:?} {}", answer.headers.get("etag"), answer.body));
        }
        let told: i64 = cast
            .app
            .db
            .read_here(|tx| {
                tx.value(
                    sql!(
                        "SELECT (SELECT COUNT(*) FROM notices WHERE party_id = $1)
                           + (SELECT COUNT(*) FROM letters WHERE party_id = $1)"
                    ),
                    &[&who],
                )
            })
            .unwrap()
            .unwrap();
        all.push(told.to_string());
        all.join("\n")
    })
}

fn moved(cast: &Cast, path: &str, mine: &str, to: &str) {
    let form = format!("to={to}&version={}", cast.version(path));
    assert_eq!(send(&cast.app, &format!("{mine}/moves"), "", Some(&form)).status.as_u16(), 303, "{to}");
}

#[test]
fn who_is_told_nothing_reads_nothing_not_even_that_it_was_called_off() {
    on_both(|db| {
        let cast = Cast::new(db, true);
        let (path, mine) = introduced(&cast, "nothing");
        cast.app.clock.advance(DAY);
        let before = read(&cast, &path);
        assert!(before.iter().all(|all| !all.contains("Carla")), "one without an account is not named: {before:?}");
        for to in ["in+contact", "proposal"] {
            moved(&cast, &path, &mine, to);
            assert_eq!(read(&cast, &path), before, "{to}");
        }
        assert_eq!(send(&cast.app, &format!("{mine}/cancellation"), "", Some("")).status.as_u16(), 303);
        assert_eq!(cast.state(&path), "cancelled");
        assert_eq!(read(&cast, &path), before, "called off, and her name deleted");
        assert!(send(&cast.app, &path, &cast.cookie(cast.ben), None).body.contains("did not go ahead"), "Ben is told");
    });
}

#[test]
fn who_is_told_that_they_got_in_touch_reads_that_and_no_more() {
    on_both(|db| {
        let cast = Cast::new(db, true);
        let (path, mine) = introduced(&cast, "touch");
        cast.app.clock.advance(DAY);
        let before = read(&cast, &path);
        moved(&cast, &path, &mine, "in+contact");
        let touched = read(&cast, &path);
        for (all, earlier) in touched.iter().zip(&before) {
            assert!(all.contains("They got in touch") && all.contains("\"in contact\"") && all != earlier, "{all}");
        }
        moved(&cast, &path, &mine, "proposal");
        moved(&cast, &path, &mine, "lost:+price");
        assert_eq!(read(&cast, &path), touched);
    });
    on_both(|db| {
        let cast = Cast::new(db, true);
        let (path, mine) = introduced(&cast, "touch");
        let before = read(&cast, &path);
        send(&cast.app, &format!("{mine}/cancellation"), "", Some(""));
        assert_eq!(read(&cast, &path), before, "they never got in touch, and nobody says so");
    });
}

#[test]
fn who_is_told_how_it_goes_reads_each_step_and_the_end() {
    on_both(|db| {
        let cast = Cast::new(db, true);
        let (path, mine) = introduced(&cast, "how");
        moved(&cast, &path, &mine, "proposal");
        for all in read(&cast, &path) {
            assert!(all.contains("Carla moved it to “Proposal”"), "{all}");
        }
        send(&cast.app, &format!("{mine}/cancellation"), "", Some(""));
        for all in read(&cast, &path) {
            assert!(all.contains("This did not go ahead"), "{all}");
        }
        assert!(letter_to(&cast.app, "dana-whitfield@example.org").contains("This did not go ahead"));
    });
}

#[test]
fn whoever_asks_for_themselves_chooses_too_and_may_choose_again() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let (dana, ana, ben) = (cast.cookie(cast.dana), cast.cookie(cast.ana), cast.cookie(cast.ben));
        let new = format!("/referrals/new?need={}&professional={}&referrer={}", cast.need, cast.ben, cast.ana);
        let page = send(&cast.app, &new, &dana, None).body;
        assert!(page.contains("What may Ana hear?") && page.contains("value=\"touch\" checked"), "{page}");
        let path = cast.asked_with("&hear=nothing");
        cast.answered();
        let form = format!("to=proposal&version={}", cast.version(&path));
        assert_eq!(send(&cast.app, &format!("{path}/moves"), &ben, Some(&form)).status.as_u16(), 303);
        let page = send(&cast.app, &path, &ana, None).body;
        assert!(!page.contains("moved it to") && !page.contains("got in touch"), "{page}");
        // Only the client chooses again.
        let hearing = format!("{path}/hearing");
        for cookie in [&ana, &ben] {
            assert_eq!(send(&cast.app, &hearing, cookie, Some("hear=how")).status.as_u16(), 404);
        }
        assert_eq!(send(&cast.app, &hearing, &dana, Some("hear=all")).status.as_u16(), 422);
        assert_eq!(send(&cast.app, &hearing, &dana, Some("hear=how")).status.as_u16(), 303);
        assert!(send(&cast.app, &path, &ana, None).body.contains("Ben moved it to “Proposal”"));
        let token = token_of(&cast.app, cast.dana);
        let touch = serde_json::json!({ "hear": "touch" });
        assert_eq!(call(&cast.app, &token, "PUT", &format!("/api/v1{hearing}"), Some(touch)).body["hear"], "touch");
        assert!(send(&cast.app, &path, &ana, None).body.contains("They got in touch"));
    });
}
