//! Stories: editing one's own profile.

use super::plain_money;
use crate::input::parse_url;
use crate::testing::{app, cookie_of, member, on_both, send};

#[test]
fn basics_are_saved_shown_and_hostile_text_stays_text() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let cookie = cookie_of(&app, ana);
        let form = "version=1&name=Ana+Reyes&headline=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&town=Venice&radius=10+miles\
                    &bio=**bold**+%3Cscript%3Ealert(1)%3C%2Fscript%3E+%5Bx%5D(javascript:alert(1))&usual_from=2000\
                    &usual_to=6000&currency=USD&website=example.org%2Fana&phone=310+555+0100&is_public=yes";
        let saved = send(&app, "/profile/edit", &cookie, Some(form));
        assert_eq!((saved.status.as_u16(), saved.location.as_str()), (303, "/people/ana-reyes"), "{}", saved.body);
        let page = send(&app, "/people/ana-reyes", &cookie, None).body;
        assert!(page.contains("<strong>bold</strong>") && page.contains("Within 10 miles of Venice"), "{page}");
        assert!(page.contains("$2,000 to $6,000") && page.contains("https://example.org/ana"));
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x") && !page.contains("href=\"javascript"));
        assert!(page.contains("310 555 0100"));
        assert!(!send(&app, "/people/ana-reyes", "", None).body.contains("310 555 0100"));
    });
}

#[test]
fn what_cannot_be_used_is_said_at_the_field_and_kept() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let cookie = cookie_of(&app, ana);
        let long = "x".repeat(161);
        let form = format!(
            "version=1&name=&headline={long}&radius=far&usual_from=900&usual_to=800&website=javascript%3Aalert(1)&town=Kept+Town"
        );
        let refused = send(&app, "/profile/edit", &cookie, Some(&form));
        assert_eq!(refused.status.as_u16(), 422);
        for kept in
            ["Kept Town", &long, "name-error", "headline-error", "radius-error", "usual_to-error", "website-error"]
        {
            assert!(refused.body.contains(kept), "{kept}");
        }
        assert_eq!(send(&app, "/profile/edit", "", Some("name=Mallory")).status.as_u16(), 303, "to the sign-in page");
        assert!(send(&app, "/people/ana-reyes", &cookie, None).body.contains("Ana Reyes"));
    });
}

#[test]
fn a_stale_edit_shows_both_and_loses_nothing() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let cookie = cookie_of(&app, ana);
        let edit = |version: &str, headline: &str| {
            send(&app, "/profile/edit", &cookie, Some(&format!("version={version}&name=Ana+Reyes&headline={headline}")))
        };
        assert_eq!(edit("1", "first-window").status.as_u16(), 303);
        let stale = edit("1", "second-window");
        assert_eq!(stale.status.as_u16(), 409);
        assert!(stale.body.contains("first-window") && stale.body.contains("second-window"));
        assert!(stale.body.contains("name=\"version\" value=\"2\""));
        assert!(send(&app, "/people/ana-reyes", &cookie, None).body.contains("first-window"));
        assert_eq!(edit("2", "second-window").status.as_u16(), 303);
    });
}

#[test]
fn a_profession_is_found_by_everyday_words_and_chosen() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let cookie = cookie_of(&app, ana);
        let found = send(&app, "/profile/professions?q=flower+shop", &cookie, None).body;
        assert!(found.contains("27-1023.00"), "{found}");
        let none = send(&app, "/profile/professions", &cookie, Some("q=flower+shop&own_words=kept-words&since=1066"));
        assert_eq!(none.status.as_u16(), 422);
        assert!(none.body.contains("kept-words") && none.body.contains("Please choose one"));
        let form = "field=27-1023.00&own_words=Flowers&since=2014&licence=";
        assert_eq!(send(&app, "/profile/professions", &cookie, Some(form)).status.as_u16(), 303);
        let page = send(&app, "/people/ana-reyes", &cookie, None).body;
        assert!(page.contains("Florist") && page.contains("says so themselves") && page.contains("since 2014"));
        send(&app, "/profile/professions", &cookie, Some("field=13-2011.00"));
        assert_eq!(send(&app, "/profile/professions/13-2011.00/first", &cookie, Some("")).status.as_u16(), 303);
        let list = send(&app, "/profile/professions", &cookie, None).body;
        assert!(list.find("Accountant").unwrap() < list.find("Florist").unwrap());
        assert_eq!(send(&app, "/profile/professions/27-1023.00/removal", &cookie, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, "/profile/professions/27-1023.00/removal", &cookie, Some("")).status.as_u16(), 404);
    });
}

#[test]
fn addresses_and_amounts() {
    assert_eq!(parse_url("u", "example.org").unwrap(), "https://example.org");
    assert_eq!(parse_url("u", "").unwrap(), "");
    for bad in [
        "javascript:alert(1)",
        "ftp://example.org",
        "https://",
        "https://a b.example",
        "data:text/html,x",
        "https://u@example.org",
    ] {
        assert!(parse_url("u", bad).is_err(), "{bad}");
    }
    assert_eq!((plain_money(300_000), plain_money(250_050)), ("3000".to_owned(), "2500.50".to_owned()));
}
