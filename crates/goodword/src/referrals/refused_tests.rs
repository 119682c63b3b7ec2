//! Stories: what is refused is shown again as it was typed; what is pressed twice happens once and reads like it.

use super::tests::{Cast, FLORIST, WHY};
use crate::testing::{letter_to, link_in, member, on_both, send};
use store::{DAY, sql};

/// What was typed stands in the page that refuses it.
fn kept(cast: &Cast, path: &str, cookie: &str, form: &str, status: u16, typed: &[&str]) {
    let page = send(&cast.app, path, cookie, Some(form));
    assert_eq!(page.status.as_u16(), status, "{path}: {}", page.body);
    for text in typed {
        assert!(page.body.contains(text), "{path} lost {text}: {}", page.body);
    }
}

#[test]
fn at_a_limit_the_request_is_shown_again_with_other_voices() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        cast.vouched("Ana Reyes", "hired");
        cast.vouched("Olga Stein", "hired");
        cast.app
            .db
            .write_here(|tx| {
                tx.execute(sql!("UPDATE profiles SET asks_paused = TRUE WHERE party_id = $1"), &[&cast.ana])
            })
            .unwrap();
        let typed =
            ["A florist for a small wedding", "For my sister", "takes no requests", "Olga Stein", "note=For%20my"];
        kept(&cast, "/referrals", &cast.cookie(cast.dana), &cast.ask_form(), 429, &typed);
    });
}

#[test]
fn a_stale_or_unfinished_step_keeps_its_note() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let path = cast.introduced();
        let (ben, seen) = (cast.cookie(cast.ben), cast.version(&path));
        let mine = link_in(&letter_to(&cast.app, "ben-castle@example.org"), "/mine/");
        send(
            &cast.app,
            &format!("{path}/moves"),
            &cast.cookie(cast.dana),
            Some(&format!("to=proposal&version={seen}")),
        );
        for (at, cookie) in [(&path, ben.as_str()), (&mine, "")] {
            let moves = format!("{at}/moves");
            let stale = format!("to=lost:+price&note=Ask+in+May&version={seen}");
            let typed = ["Ask in May", "value=\"lost: price\" selected", "Somebody moved this"];
            kept(&cast, &moves, cookie, &stale, 409, &typed);
            let bare = format!("to=lost&note=Ask+in+May&version={}", cast.version(&path));
            kept(&cast, &moves, cookie, &bare, 422, &["Ask in May", "choose why"]);
            let long = format!("to=won&note={}&version={}", "n".repeat(501), cast.version(&path));
            kept(&cast, &moves, cookie, &long, 422, &["nnnn", "501 characters"]);
        }
        assert_eq!(cast.state(&path), "proposal");
    });
}

#[test]
fn what_a_client_typed_with_the_yes_is_kept() {
    on_both(|db| {
        let cast = Cast::new(db, true);
        let (_, consent, mine) = cast.carla_is_asked();
        let yes = format!("correction={}&hear=how&phone={}", "Roses+".repeat(400), "1".repeat(41));
        let typed = ["Roses Roses", "1111111", "value=\"how\" checked", "41 characters"];
        kept(&cast, &format!("{consent}/acceptance"), "", &yes, 422, &typed);
        let long = format!("correction={}", "Roses+".repeat(400));
        kept(&cast, &format!("{mine}/correction"), "", &long, 422, &["Roses Roses", "please keep it to"]);
        kept(&cast, &format!("{mine}/correction"), "", "correction=", 422, &["Please fill this in"]);
    });
}

#[test]
fn a_second_no_reads_like_the_first_and_the_page_says_that_all_is_deleted() {
    on_both(|db| {
        let cast = Cast::new(db, true);
        let (path, consent, mine) = cast.carla_is_asked();
        for _ in 0..2 {
            let no = send(&cast.app, &format!("{consent}/refusal"), "", Some(""));
            assert_eq!((no.status.as_u16(), no.location.as_str()), (303, "/"), "{}", no.body);
        }
        assert_eq!(cast.state(&path), "declined");
        for link in [&consent, &mine, &format!("{mine}/card")] {
            let page = send(&cast.app, link, "", None);
            assert_eq!(page.status.as_u16(), 410, "{link}");
            assert!(page.body.contains("You said no; everything is deleted"), "{}", page.body);
        }
        assert_eq!(send(&cast.app, &format!("{mine}/correction"), "", Some("correction=x")).status.as_u16(), 410);
        let kept = cast.app.db.read_here(|tx| {
            tx.value::<i64>(sql!("SELECT COUNT(*) FROM parties WHERE name LIKE 'Carla%' OR email LIKE 'carla%'"), &[])
        });
        assert_eq!(kept.unwrap(), Some(0));
    });
}

#[test]
fn a_professional_who_asks_is_told_right_and_asks_once() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let (ana, ben) = (cast.cookie(cast.ana), cast.cookie(cast.ben));
        cast.app
            .db
            .write_here(|tx| {
                let id = tx.id();
                tx.execute(
                    sql!(
                        "INSERT INTO professions (id, party_id, field, own_words, licence, position)
                         VALUES ($1, $2, $3, '', '', 0)"
                    ),
                    &[&id, &cast.ben, &FLORIST],
                )
            })
            .unwrap();
        let form = "referrer=Ana+Reyes&name=Rosa+Lane&field=27-1023.00&words=Flowers+for+the+shop";
        let first = send(&cast.app, "/referrals/request", &ben, Some(form)).location;
        assert_eq!(send(&cast.app, "/referrals/request", &ben, Some(form)).location, first, "twice is once");
        assert_eq!(cast.letters_to("ana-reyes@example.org"), 1);
        let notices = send(&cast.app, "/notices", &ana, None).body;
        assert!(notices.contains("Ben Castle asks you for an introduction to Rosa Lane."), "{notices}");
        let letter = letter_to(&cast.app, "ana-reyes@example.org");
        assert!(letter.contains("Rosa Lane hears nothing") && !letter.contains("Ben hears nothing"), "{letter}");
        let answer = link_in(&letter, "/answers/");
        let page = send(&cast.app, &answer, "", None).body;
        assert!(
            page.contains("Rosa Lane hears nothing") && page.contains("Next we ask the client, who has seven days")
        );
        let named = format!("{WHY}&name=Rosa+Lane&email=rosa%40example.net");
        assert_eq!(send(&cast.app, &format!("{answer}/offer"), "", Some(&named)).status.as_u16(), 303);
        let letter = letter_to(&cast.app, "rosa@example.net");
        let page = send(&cast.app, &link_in(&letter, "/mine/"), "", None).body;
        assert!(page.contains("nobody but Ana, who gave it to us"), "{page}");
        let consent = send(&cast.app, &link_in(&letter, "/consents/"), "", None).body;
        assert!(!consent.contains("once they have said yes too"), "asking was his yes: {consent}");
    });
}

#[test]
fn only_voices_that_can_answer_are_named_and_never_the_asker() {
    on_both(|db| {
        let cast = Cast::new(db, true);
        let dana = cast.cookie(cast.dana);
        let denise = cast.vouched("Denise Paul", "hired");
        cast.vouched("Hal Stone", "heard of");
        cast.vouched("Dana Whitfield", "hired");
        cast.app
            .db
            .write_here(|tx| tx.execute(sql!("UPDATE parties SET status = 'deactivated' WHERE id = $1"), &[&denise]))
            .unwrap();
        let new = format!("/referrals/new?need={}&professional={}", cast.need, cast.ben);
        assert_eq!(send(&cast.app, &new, &dana, None).status.as_u16(), 409, "nobody to ask, and it says so");
        cast.vouched("Ana Reyes", "hired");
        let page = send(&cast.app, &new, &dana, None);
        assert_eq!(page.status.as_u16(), 200, "one paused member hides nobody else: {}", page.body);
        assert!(page.body.contains("Ask Ana to introduce"), "{}", page.body);
        for other in ["Denise", "Hal Stone", "referrer=Dana"] {
            assert!(!page.body.contains(other), "{other}: {}", page.body);
        }
        let form = format!("{}&name=Carla+Moon&email=carla%40example.net", cast.ask_form());
        let path = send(&cast.app, "/referrals", &dana, Some(&form)).location;
        cast.wait(6);
        let named = |cast: &Cast| letter_to(&cast.app, "dana-whitfield@example.org");
        assert!(!named(&cast).contains("vouched for Ben Castle too"), "{}", named(&cast));
        cast.wait(2);
        let page = send(&cast.app, &path, &dana, None).body;
        assert!(!page.contains("Ask somebody else"), "{page}");
        // One who can answer is named.
        cast.vouched("Olga Stein", "worked beside");
        assert!(send(&cast.app, &path, &dana, None).body.contains("Olga Stein"));
    });
}

#[test]
fn a_number_of_ones_own_is_a_confidence_too() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let path = cast.asked();
        let answer = link_in(&letter_to(&cast.app, "ana-reyes@example.org"), "/answers/");
        assert!(send(&cast.app, &answer, "", None).body.contains("A number of my own"));
        let why = |number: &str| WHY.replace("confidence=85", &format!("confidence=number&percent={number}"));
        kept(&cast, &format!("{answer}/offer"), "", &why("49"), 422, &["value=\"49\"", "She listens first."]);
        assert_eq!(send(&cast.app, &format!("{answer}/offer"), "", Some(&why("67"))).status.as_u16(), 303);
        let stored = cast.app.db.read_here(|tx| tx.value::<i64>(sql!("SELECT confidence FROM referrals"), &[]));
        assert_eq!((stored.unwrap(), cast.state(&path).as_str()), (Some(67), "offered"));
    });
}

#[test]
fn lost_has_reasons_that_stay_with_their_author() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let path = cast.introduced();
        let (dana, ben) = (cast.cookie(cast.dana), cast.cookie(cast.ben));
        let page = send(&cast.app, &path, &ben, None).body;
        for reason in ["chose another", "price", "timing", "dropped"] {
            assert!(page.contains(&format!("value=\"lost: {reason}\"")), "{page}");
        }
        let form = format!("to=lost:+price&note=By+far&version={}", cast.version(&path));
        assert_eq!(send(&cast.app, &format!("{path}/moves"), &ben, Some(&form)).status.as_u16(), 303);
        let page = send(&cast.app, &path, &ben, None).body;
        assert!(page.contains("For you alone: The price. By far"), "{page}");
        let page = send(&cast.app, &path, &dana, None).body;
        assert!(
            page.contains("No job came of it") && !page.contains("The price") && !page.contains("By far"),
            "{page}"
        );
        // That no work was done is the client's to say: in the answer, or by calling it lost herself.
        cast.wait(0);
        let outcome = format!("{path}/outcome");
        assert!(send(&cast.app, &outcome, &dana, None).body.contains("name=\"no_work\""));
        assert_eq!(send(&cast.app, &format!("{path}/undo"), &ben, Some("")).status.as_u16(), 303);
        let form = format!("to=lost:+chose+another&version={}", cast.version(&path));
        assert_eq!(send(&cast.app, &format!("{path}/moves"), &dana, Some(&form)).status.as_u16(), 303);
        cast.wait(0);
        let asked = send(&cast.app, &outcome, &dana, None).body;
        assert!(asked.contains("it counts for nobody’s record") && !asked.contains("name=\"no_work\""), "{asked}");
    });
}

#[test]
fn an_undo_after_an_answer_is_as_any_other_and_the_answer_stays_sealed() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let path = cast.introduced();
        let (dana, ana, ben) = (cast.cookie(cast.dana), cast.cookie(cast.ana), cast.cookie(cast.ben));
        let outcome = format!("{path}/outcome");
        let done = || {
            let form = format!("to=done&version={}", cast.version(&path));
            assert_eq!(send(&cast.app, &format!("{path}/moves"), &ben, Some(&form)).status.as_u16(), 303);
            cast.wait(0);
        };
        done();
        assert_eq!(send(&cast.app, &outcome, &dana, Some("answer=partly")).status.as_u16(), 303);
        let undone = send(&cast.app, &format!("{path}/undo"), &ben, Some(""));
        assert_eq!(undone.status.as_u16(), 303, "nothing tells that somebody has answered: {}", undone.body);
        assert_eq!(cast.state(&path), "introduced");
        assert_eq!(send(&cast.app, &outcome, &dana, None).status.as_u16(), 410, "not asked just now");
        cast.app.clock.advance(DAY);
        done();
        assert!(send(&cast.app, &outcome, &dana, None).body.contains("You answered on"));
        for cookie in [&ana, &ben] {
            assert_eq!(send(&cast.app, &outcome, cookie, Some("answer=yes")).status.as_u16(), 303);
        }
        assert!(send(&cast.app, &outcome, &ben, None).body.contains("Partly"), "it still stands");
    });
}

#[test]
fn what_is_no_id_is_not_there() {
    on_both(|db| {
        let app = crate::testing::app(db);
        let sol = crate::testing::cookie_of(&app, member(&app.db, "Sol Stone"));
        for path in ["/vouches/xx", "/needs/abc", "/referrals/zz", "/referrals/zz/card", "/referrals/zz/outcome"] {
            for cookie in ["", sol.as_str()] {
                let page = send(&app, path, cookie, None);
                assert_eq!(page.status.as_u16(), 404, "{path}");
                assert!(page.body.contains("There is no such page"), "{}", page.body);
            }
        }
        assert_eq!(send(&app, "/referrals/zz/undo", &sol, Some("")).status.as_u16(), 404);
    });
}
