//! Stories: where ratings were imported with warnings, people are told how they might rate somebody, and never who warned.

use crate::app::App;
use crate::imports::import;
use crate::key::Key;
use crate::needs::recommend::find_person;
use crate::testing::{app, cookie_of, on_both, send};
use std::cell::RefCell;
use std::fmt::Write as _;
use store::Db;

/// Thirty people rate thirty others, every sixth of them badly; 1 relies on some of the former, 2 is rated just as 1 is,
/// and 3 has rated and been rated. `last` ends the file.
fn market(last: &str) -> String {
    let mut file = String::new();
    let mut line = |from: u32, to: u32, rating: i32, hour: u32| {
        writeln!(file, "{from},{to},{rating},{}", 1_300_000_000 + 3_600 * hour).unwrap();
    };
    for n in 0..620_u32 {
        let (from, to) = (10 + n % 30, 50 + (7 * n + n / 30) % 30);
        let rating = i32::try_from(1 + from * 3 % 9).unwrap();
        line(from, to, if to % 6 == 0 { -rating } else { rating }, n);
    }
    for n in 0..6_u32 {
        line(1, 10 + n, 8, 700 + n);
        line(3, 50 + n, 7, 710 + n);
        for rated in [1, 2, 3] {
            line(20 + n, rated, 5, 720 + n);
        }
    }
    file + last
}

fn bring_in(db: &Db, file: &str) {
    import(db, file.as_bytes(), file, super::GENERAL, |bad| panic!("{bad}"), |_| {}).unwrap();
}

fn person(app: &App, name: &str) -> Key {
    app.db.read_here(|tx| find_person(tx, name)).unwrap().unwrap()
}

const NEED: &str = "/recommendations?need=anyone";

#[test]
fn a_forecast_comes_with_an_import_that_warns_and_stands_beside_the_ranking() {
    on_both(|db| {
        bring_in(&db, &market("").lines().filter(|line| !line.contains(",-")).collect::<Vec<_>>().join("\n"));
        let app = app(db);
        let one = person(&app, "1");
        let cookie = cookie_of(&app, one);
        let forecasts = app.live.memory().forecasts.clone();
        assert!(forecasts.is_due(app.clock.now()));
        app.live.learn_forecast(&app.db).unwrap();
        assert!(!forecasts.is_due(app.clock.now()) && app.live.figures().forecast == "absent");
        let order = |json: &serde_json::Value| {
            let results = json["results"].as_array().unwrap().iter();
            results.map(|r| (r["person"]["handle"].clone(), r["score"].clone())).collect::<Vec<_>>()
        };
        let answer = || {
            let json = send(&app, &format!("/api/v1{NEED}"), &cookie, None).body;
            serde_json::from_str::<serde_json::Value>(&json).unwrap()
        };
        assert!(answer()["results"][0]["forecast"].is_null(), "{}", answer());
        assert!(!send(&app, NEED, &cookie, None).body.contains("How you might rate"));
        assert!(!send(&app, "/about/ranking", &cookie, None).body.contains("How you might rate"));

        // An import is done: without a restart, the next look finds ratings that teach something.
        bring_in(&app.db, &market(""));
        app.db.number_changes(app.node).unwrap();
        app.live.catch_up(&app.db).unwrap();
        assert!(forecasts.is_due(app.clock.now()));
        let before = answer();
        assert!(before["results"][0]["forecast"].is_null(), "{before}");
        app.live.learn_forecast(&app.db).unwrap();
        assert_eq!((app.live.figures().forecast, app.live.figures().forecast_learnt.unwrap().0), ("ready", 650));
        let after = answer();
        assert_eq!(order(&before), order(&after), "it moves nothing");
        let first = &after["results"][0]["forecast"];
        assert!(first["chance"].as_f64().unwrap() > 0.5 && first["ratings_by_you"] == 6, "{first}");
        assert!(!first["because"].as_array().unwrap().is_empty(), "{first}");
        let ran = app.db.statements();
        let page = send(&app, NEED, &cookie, None).body;
        assert!(app.db.statements() - ran <= 3);
        for said in ["How you might rate them", "in 100 would be good", "6 of yours", "neither order nor score"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let at = page.find("/recommendations/compare?").unwrap();
        let url = page[at..].split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
        assert!(send(&app, &url, &cookie, None).body.contains("How you might rate them"));
        assert!(send(&app, "/about/ranking", &cookie, None).body.contains("How you might rate somebody"));
        // Nothing for whoever is signed out, or of oneself; a rating given before is said to be one.
        assert!(!send(&app, NEED, "", None).body.contains("How you might rate"));
        let expected = |of: &str| app.live.memory().expected_rating(one, person(&app, of), app.clock.now());
        assert!(expected("1").is_none() && expected("10").unwrap().again && !expected("55").unwrap().again);
        // 12 has rated neither: everybody warns of 60, nobody of 61.
        let chance = |of: &str| {
            let (me, them) = (person(&app, "12"), person(&app, of));
            app.live.memory().expected_rating(me, them, app.clock.now()).unwrap().forecast.chance
        };
        assert!(chance("60") < 0.5 && chance("61") > 0.5, "{} {}", chance("60"), chance("61"));
        // And again every night.
        app.clock.advance(store::DAY);
        assert!(forecasts.is_due(app.clock.now()));
    });
}

#[test]
fn a_warning_changes_nothing_of_what_the_warned_is_told_of_its_author() {
    let told = |last: &str| {
        let all = RefCell::new(Vec::new());
        on_both(|db| {
            bring_in(&db, &market(last));
            let app = app(db);
            app.live.learn_forecast(&app.db).unwrap();
            let (warned, author) = (person(&app, "1"), person(&app, "3"));
            let expected = app.live.memory().expected_rating(warned, author, app.clock.now()).unwrap();
            all.borrow_mut().push(format!("{expected:?}"));
        });
        all.into_inner()
    };
    // 3 warns of 1, or of 2, whom everybody rates as they rate 1: to 1 that looks the same to the last bit.
    let (of_me, of_another) = (told("3,1,-9,1310000000\n"), told("3,2,-9,1310000000\n"));
    assert_eq!(of_me, of_another);
    assert_ne!(of_me, told("3,1,-9,1310000000\n1,80,-9,1310000000\n"), "what 1 says counts");
}
