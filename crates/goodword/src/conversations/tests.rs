//! Stories of conversations, through the whole router, on both databases.

use super::read::{self, Sort};
use super::{arrange, order};
use crate::app::App;
use crate::key::Key;
use crate::router::url_encode;
use crate::testing::{Answer, app, cookie_of, letter_to, link_in, member, on_both, send};
use store::sql;

/// Moves the clock and runs what has come due.
pub(super) fn later(app: &App, seconds: i64) {
    app.clock.advance(seconds * 1_000_000);
    run_jobs(app);
}

pub(super) fn run_jobs(app: &App) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(crate::jobs::run_due(app));
}

pub(super) fn moderate(app: &App, who: Key) {
    app.db
        .write_here(|tx| {
            tx.execute(sql!("INSERT INTO roles (party_id, role, scope) VALUES ($1, 'moderator', 'network')"), &[&who])
        })
        .unwrap();
}

/// What a page's hidden field holds.
pub(super) fn hidden(page: &str, name: &str) -> String {
    let start = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name} in {page}"));
    let rest = &page[start..];
    rest.split('"').nth(3).unwrap().to_owned()
}

/// Begins a public conversation; its path.
pub(super) fn begin(app: &App, cookie: &str, title: &str) -> String {
    let form = hidden(&send(app, "/conversations/new", cookie, None).body, "form");
    let typed = format!("title={}&text=What+do+you+think%3F&visibility=public&form={form}", url_encode(title));
    let done = send(app, "/conversations/new", cookie, Some(&typed));
    assert_eq!(done.status.as_u16(), 303, "{}", done.body);
    done.location
}

/// Posts a comment as somebody might by hand: the form is opened, a while passes, it is sent.
pub(super) fn say(app: &App, cookie: &str, path: &str, fields: &str) -> Answer {
    let form = hidden(&send(app, path, cookie, None).body, "form");
    later(app, 30);
    send(app, &format!("{path}/comments"), cookie, Some(&format!("{fields}&form={form}")))
}

pub(super) fn id_in(location: &str) -> String {
    location.split("#comment-").nth(1).unwrap_or_else(|| panic!("no comment in {location}")).to_owned()
}

pub(super) const GUEST: &str = "name=Grace+Hall&email=grace%40example.com&website=grace.example";

pub(super) fn guest_cookie(answer: &Answer) -> String {
    let cookie = answer.cookies.iter().find(|c| c.contains("guest=")).expect("a cookie for the guest");
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn a_guest_answers_confirms_is_approved_and_is_trusted_from_then_on() {
    on_both(|db| {
        let app = app(db);
        let (ana, mo) = (member(&app.db, "Ana Reyes"), member(&app.db, "Mo Field"));
        moderate(&app, mo);
        let (ana, mo) = (cookie_of(&app, ana), cookie_of(&app, mo));
        let path = begin(&app, &ana, "Which groups have you tried?");
        assert_eq!(path, "/conversations/which-groups-have-you-tried");

        let sent = say(&app, "", &path, &format!("text=We+tried+two.&{GUEST}"));
        assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
        let (id, grace) = (id_in(&sent.location), guest_cookie(&sent));
        assert!(
            !sent.cookies.iter().any(|c| c.contains("guest=") && c.contains("Max-Age")),
            "not asked to be remembered"
        );
        let others = send(&app, &path, "", None).body;
        assert!(!others.contains("We tried two.") && !others.contains("Grace"));
        assert!(send(&app, &path, &grace, None).body.contains("Waits for you"));

        let letter = letter_to(&app, "grace@example.com");
        let link = link_in(&letter, "/conversations/guests/");
        let asked = send(&app, &link, "", None);
        assert!(asked.body.contains("We tried two.") && asked.body.contains("Was it you?"));
        assert!(!send(&app, &path, "", None).body.contains("We tried two."), "a GET publishes nothing");
        let yes = send(&app, &link, "", Some("answer=yes"));
        assert!(yes.location.ends_with(&format!("#comment-{id}")), "{}", yes.location);
        assert!(send(&app, &link, "", None).body.contains("You have said yes already"), "a replay changes nothing");

        // A first comment waits for a moderator, who is written to.
        assert!(send(&app, &path, &grace, None).body.contains("Awaiting approval"));
        run_jobs(&app);
        let letter = letter_to(&app, "mo-field@example.org");
        let link = link_in(&letter, "/moderation/links/");
        assert!(send(&app, &link, "", None).body.contains("Approve it"));
        assert!(!send(&app, &path, "", None).body.contains("We tried two."));
        send(&app, link.split('?').next().unwrap(), "", Some("answer=approved"));
        let open = send(&app, &path, "", None).body;
        assert!(open.contains("We tried two.") && open.contains("https://grace.example"));
        assert!(!open.contains("grace@example.com"), "the address is never shown");

        // From now on, in this browser, hers are published at once.
        let again = say(&app, &grace, &path, "text=And+left+one.");
        assert_eq!(again.status.as_u16(), 303, "{}", again.body);
        let open = send(&app, &path, "", None).body;
        assert!(open.contains("And left one.") && open.contains("2 comments"));
        // Nobody else gets her name by typing her address.
        let other = say(&app, "", &path, &format!("text=Me+too.&{GUEST}"));
        assert_eq!(other.status.as_u16(), 303);
        assert!(!send(&app, &path, "", None).body.contains("Me too."));
        assert!(send(&app, "/moderation/log", &mo, None).body.contains("onfirmed"));
        for place in
            ["/conversations/feed.atom", &format!("{path}/feed.atom"), "/conversations", &path, "/moderation/log"]
        {
            assert!(!send(&app, place, &mo, None).body.contains("grace@example.com"), "{place}");
        }
    });
}

#[test]
fn every_check_keeps_what_was_typed() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Reyes");
        let (party, ana) = (ana, cookie_of(&app, ana));
        let path = begin(&app, &ana, "Checks");
        let refused = |fields: &str, status: u16, words: &str| {
            let answer = say(&app, "", &path, fields);
            assert_eq!(answer.status.as_u16(), status, "{fields}");
            assert!(answer.body.contains(words), "{words} is not in {}", answer.body);
            answer.body
        };
        let body =
            refused("text=Kept+words&name=&email=nonsense&website=javascript:alert(1)", 422, "Please say who you are");
        assert!(
            body.contains("Kept words")
                && body.contains("does not look like an e-mail")
                && body.contains("like a web address")
        );
        refused(&format!("text=+&{GUEST}"), 422, "Please write something first");
        refused(&format!("text={}&{GUEST}", "a".repeat(65_526)), 422, "65526 characters");
        refused(&format!("text=x&name={}&email=a%40example.com", "n".repeat(246)), 422, "245");
        assert_eq!(say(&app, &ana, &path, "text=Said+once").status.as_u16(), 303);
        let twice = say(&app, &ana, &path, "text=Said+once");
        assert_eq!(twice.status.as_u16(), 409);
        assert!(twice.body.contains("said that already") && twice.body.contains("Said once</textarea>"));

        // The same form twice is one comment; without one of our forms nothing is taken.
        let form = hidden(&send(&app, &path, &ana, None).body, "form");
        later(&app, 30);
        let both: Vec<Answer> = (0..2)
            .map(|_| send(&app, &format!("{path}/comments"), &ana, Some(&format!("text=Pressed+twice&form={form}"))))
            .collect();
        assert_eq!(both[0].location, both[1].location);
        assert_eq!(send(&app, &path, "", None).body.matches("Pressed twice").count(), 1);
        let forged = send(&app, &format!("{path}/comments"), &ana, Some("text=Forged&form=x.y.z"));
        assert_eq!(forged.status.as_u16(), 422);
        // Too quick.
        let form = hidden(&send(&app, &path, &ana, None).body, "form");
        let quick = send(&app, &format!("{path}/comments"), &ana, Some(&format!("text=Quick&form={form}")));
        assert_eq!(quick.status.as_u16(), 429);
        assert!(quick.body.contains("Quick</textarea>"));
        // Nobody answers what is gone.
        let gone = id_in(&say(&app, &ana, &path, "text=Short-lived").location);
        send(&app, &format!("/comments/{gone}/removal"), &ana, Some(""));
        let late = say(&app, &ana, &path, &format!("text=Late&reply_to={gone}"));
        assert_eq!(late.status.as_u16(), 409);
        assert!(late.body.contains("Late</textarea>"));
        // Closed: nobody writes, and the words are not lost.
        send(&app, &format!("{path}/closing"), &ana, Some(""));
        assert!(send(&app, &path, &ana, None).body.contains("takes no more comments"));
        send(&app, &format!("{path}/opening"), &ana, Some(""));
        // After so many days a conversation closes by itself.
        let close = |days: &str| {
            app.db.write_here(|tx| {
                tx.execute(sql!("DELETE FROM settings WHERE name = 'conversations.close_days'"), &[])?;
                tx.execute(sql!("INSERT INTO settings (name, value) VALUES ('conversations.close_days', $1)"), &[&days])
            })
        };
        close("1").unwrap();
        later(&app, 2 * 86_400);
        let over = say(&app, &ana, &path, "text=Days+later");
        assert_eq!(over.status.as_u16(), 409);
        assert!(over.body.contains("Days later</textarea>") && over.body.contains("close 1 day after they began"));
        close("0").unwrap();
        // Blocked.
        app.db.write_here(|tx| super::moderation::block_author(tx, party, party, "ads")).unwrap();
        let blocked = say(&app, &ana, &path, "text=Blocked");
        assert_eq!(blocked.status.as_u16(), 403);
        assert!(blocked.body.contains("ads"));
        // Nor anything else: a conversation of one's own, or other words in what stands.
        let form = hidden(&send(&app, "/conversations/new", &ana, None).body, "form");
        let new = format!("title=Mine&text=Ads+again&visibility=public&form={form}");
        let begun = send(&app, "/conversations/new", &ana, Some(&new));
        assert_eq!(begun.status.as_u16(), 403);
        assert!(begun.body.contains(">Ads again</textarea>") && begun.body.contains("asked you not to write"));
        let version = hidden(&send(&app, &format!("{path}/edit"), &ana, None).body, "version");
        let other = format!("title=Mine&text=Ads+instead&visibility=public&version={version}");
        assert_eq!(send(&app, &format!("{path}/edit"), &ana, Some(&other)).status.as_u16(), 403);
    });
}

#[test]
fn whom_an_edit_mentions_is_told_once() {
    on_both(|db| {
        let app = app(db);
        let names = ["Ana Reyes", "Ben Castle", "Carla Moon", "Dana Fox"];
        let [ana, ben, carla, dana] = names.map(|name| member(&app.db, name));
        let mo = member(&app.db, "Mo Field");
        moderate(&app, mo);
        app.db
            .write_here(|tx| tx.execute(sql!("UPDATE parties SET status = 'deactivated' WHERE id = $1"), &[&dana]))
            .unwrap();
        let cookie = cookie_of(&app, ana);
        let path = begin(&app, &cookie, "Mentions");
        let told = |who: Key| -> i64 {
            app.db
                .read_here(|tx| {
                    tx.value(
                        sql!("SELECT COUNT(*) FROM notices WHERE party_id = $1 AND words LIKE '%mentions you%'"),
                        &[&who],
                    )
                })
                .unwrap()
                .unwrap()
        };
        let id = id_in(&say(&app, &cookie, &path, "text=Thanks+%40ben-castle").location);
        later(&app, 1);
        assert_eq!([told(ben), told(carla), told(dana)], [1, 0, 0]);
        let edit = |text: &str| {
            let to = format!("/comments/{id}/edit");
            let version = hidden(&send(&app, &to, &cookie, None).body, "version");
            let done = send(&app, &to, &cookie, Some(&format!("text={text}&version={version}")));
            assert_eq!(done.status.as_u16(), 303, "{}", done.body);
            later(&app, 1);
        };
        edit("Thanks+%40ben-castle+and+%40carla-moon+and+%40dana-fox");
        assert_eq!([told(ben), told(carla), told(dana), told(ana)], [1, 1, 0, 0]);
        edit("Thanks+all+and+%40ana-reyes");
        edit("Thanks+%40carla-moon+and+%40ben-castle");
        assert_eq!(
            [told(ben), told(carla), told(dana), told(ana)],
            [1, 1, 0, 0],
            "once, and nobody of their own words"
        );

        // What an edit brings to a moderator first tells nobody before it is approved.
        let links = "https%3A%2F%2Fa.example+https%3A%2F%2Fb.example+https%3A%2F%2Fc.example";
        edit(&format!("See+{links}+%40mo-field"));
        assert_eq!(told(mo), 0);
        send(&app, &format!("/moderation/comments/{id}"), &cookie_of(&app, mo), Some("to=approved"));
        later(&app, 1);
        assert_eq!([told(mo), told(ben), told(carla)], [1, 1, 1]);
    });
}

#[test]
fn whom_a_post_mentions_is_told_once_when_others_can_read_it() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, carla] = ["Ana Reyes", "Ben Castle", "Carla Moon"].map(|name| member(&app.db, name));
        let mo = member(&app.db, "Mo Field");
        moderate(&app, mo);
        let (cookie, mo) = (cookie_of(&app, ana), cookie_of(&app, mo));
        let told = || {
            [ana, ben, carla].map(|who| -> i64 {
                app.db
                    .read_here(|tx| {
                        tx.value(
                            sql!("SELECT COUNT(*) FROM notices WHERE party_id = $1 AND words LIKE '%mentions you in%'"),
                            &[&who],
                        )
                    })
                    .unwrap()
                    .unwrap()
            })
        };
        let links = "https%3A%2F%2Fa.example+https%3A%2F%2Fb.example";
        let form = hidden(&send(&app, "/conversations/new", &cookie, None).body, "form");
        let typed = format!("title=Three&text={links}+%40ben-castle+%40ana-reyes&visibility=members&form={form}");
        let path = send(&app, "/conversations/new", &cookie, Some(&typed)).location;
        assert_eq!(told(), [0, 0, 0], "a moderator looks first");
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM posts"), &[])).unwrap().unwrap();
        send(&app, &format!("/moderation/posts/{id}"), &mo, Some("to=approved"));
        assert_eq!(told(), [0, 1, 0], "and nobody is told of their own words");
        let edit = |text: &str| {
            let to = format!("{path}/edit");
            let version = hidden(&send(&app, &to, &cookie, None).body, "version");
            let typed = format!("title=Three&text={text}&visibility=members&version={version}");
            assert_eq!(send(&app, &to, &cookie, Some(&typed)).status.as_u16(), 303);
        };
        edit("%40ben-castle+and+%40carla-moon");
        assert_eq!(told(), [0, 1, 1]);
        edit("Nobody");
        edit("%40ben-castle+and+%40carla-moon+again");
        send(&app, &format!("{path}/removal"), &cookie, Some(""));
        send(&app, &format!("{path}/restoration"), &cookie, Some(""));
        assert_eq!(told(), [0, 1, 1]);
    });
}

#[test]
fn a_post_that_was_taken_away_is_gone_for_those_who_could_read_it() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, mo] = ["Ana Reyes", "Ben Castle", "Mo Field"].map(|name| member(&app.db, name));
        moderate(&app, mo);
        let [ana, ben, mo] = [ana, ben, mo].map(|who| cookie_of(&app, who));
        let statuses = |path: &str| ["", &ben, &ana, &mo].map(|who| send(&app, path, who, None).status.as_u16());
        let publish = |title: &str, more: &str| {
            let form = hidden(&send(&app, "/conversations/new", &ana, None).body, "form");
            let done = send(&app, "/conversations/new", &ana, Some(&format!("title={title}&form={form}&{more}")));
            assert_eq!(done.status.as_u16(), 303, "{}", done.body);
            done.location
        };
        let open = publish("Open", "text=Words&visibility=public");
        let inside = publish("Inside", "text=Words&visibility=members");
        let links = "https%3A%2F%2Fa.example+https%3A%2F%2Fb.example+https%3A%2F%2Fc.example";
        let held = publish("Held", &format!("text={links}&visibility=public"));
        assert_eq!(statuses(&held), [404, 404, 200, 200]);
        for path in [&open, &inside, &held] {
            assert_eq!(send(&app, &format!("{path}/removal"), &ana, Some("")).status.as_u16(), 303);
        }
        assert_eq!(statuses(&open), [410, 410, 410, 200]);
        assert_eq!(statuses(&inside), [404, 410, 410, 200]);
        assert_eq!(statuses(&held), [404, 404, 404, 200], "nobody else ever read it");
        assert_eq!(statuses("/conversations/unknown"), [404; 4]);
        assert!(send(&app, &open, "", None).body.contains("This conversation was taken away."));
        assert_eq!(send(&app, &format!("/api/v1{open}"), "", None).status.as_u16(), 410);
        send(&app, &format!("{open}/restoration"), &ana, Some(""));
        assert_eq!(statuses(&open), [200; 4]);
    });
}

#[test]
fn threads_nest_edit_and_leave_tombstones() {
    on_both(|db| {
        let app = app(db);
        let (ana, ben) = (member(&app.db, "Ana Reyes"), member(&app.db, "Ben Castle"));
        let (ana, ben) = (cookie_of(&app, ana), cookie_of(&app, ben));
        let path = begin(&app, &ana, "Threads");
        let first = id_in(&say(&app, &ben, &path, "text=First+from+Ben").location);
        let second = id_in(&say(&app, &ana, &path, &format!("text=Answer+to+%40ben-castle&reply_to={first}")).location);
        let page = send(&app, &path, "", None).body;
        assert!(page.contains("in reply to Ben Castle") && page.contains("1 reply"));
        assert!(page.contains("<a href=\"/people/ben-castle\">@ben-castle</a>"));
        assert_eq!(
            send(&app, &format!("{path}/comments/{second}"), "", None).location,
            format!("{path}#comment-{second}")
        );

        // Only its author corrects it, only in time, only from what is there now.
        let edit = format!("/comments/{first}/edit");
        assert_eq!(send(&app, &edit, &ana, None).status.as_u16(), 404);
        let version = hidden(&send(&app, &edit, &ben, None).body, "version");
        let saved = send(&app, &edit, &ben, Some(&format!("text=First,+corrected&version={version}")));
        assert_eq!(saved.status.as_u16(), 303, "{}", saved.body);
        // In two windows: what was typed in the second is shown again, and a second press means it.
        let stale = send(&app, &edit, &ben, Some(&format!("text=From+the+other+window&version={version}")));
        assert_eq!(stale.status.as_u16(), 409);
        assert!(stale.body.contains(">From the other window</textarea>"), "{}", stale.body);
        let meant = format!("text=First,+corrected&version={}", hidden(&stale.body, "version"));
        assert_eq!(send(&app, &edit, &ben, Some(&meant)).status.as_u16(), 303);
        assert!(send(&app, &format!("/comments/{first}"), "", None).body.contains("First from Ben"), "history");
        later(&app, 16 * 60);
        assert_eq!(send(&app, &edit, &ben, None).status.as_u16(), 409);
        let late = send(&app, &edit, &ben, Some("text=Too+late&version=3"));
        assert_eq!(late.status.as_u16(), 409);
        assert!(late.body.contains(">Too late</textarea>") && late.body.contains("for 15 minutes only"));

        // Deleted: a line keeps the thread, undo brings it back.
        send(&app, &format!("/comments/{first}/removal"), &ben, Some(""));
        let page = send(&app, &path, "", None).body;
        assert!(page.contains("Its author deleted this comment") && !page.contains("First, corrected"));
        assert!(page.contains("Answer to") && page.contains("1 comment<"));
        assert_eq!(send(&app, &format!("/comments/{first}/restoration"), &ana, Some("")).status.as_u16(), 404);
        send(&app, &format!("/comments/{first}/restoration"), &ben, Some(""));
        assert!(send(&app, &path, "", None).body.contains("First, corrected"));
        // The leaf goes without a trace; then the one above too.
        send(&app, &format!("/comments/{second}/removal"), &ana, Some(""));
        send(&app, &format!("/comments/{first}/removal"), &ben, Some(""));
        let page = send(&app, &path, "", None).body;
        assert!(page.contains("0 comments") && !page.contains("class=\"thread\""), "{page}");
        // After a month its words are gone for good.
        later(&app, 31 * 86_400);
        let text: String = app
            .db
            .read_here(|tx| {
                let id: Key = first.parse().unwrap();
                tx.value(sql!("SELECT text FROM comments WHERE id = $1"), &[&id])
            })
            .unwrap()
            .unwrap();
        assert_eq!(text, "");
    });
}

#[test]
fn moderators_decide_undo_and_find_it_in_the_log() {
    on_both(|db| {
        let app = app(db);
        let (ana, ben, mo) = (member(&app.db, "Ana Reyes"), member(&app.db, "Ben Castle"), member(&app.db, "Mo Field"));
        moderate(&app, mo);
        let (ben_id, ana, ben, mo) = (ben, cookie_of(&app, ana), cookie_of(&app, ben), cookie_of(&app, mo));
        for page in ["/moderation", "/moderation/log", "/moderation/rules"] {
            assert_eq!(send(&app, page, &ana, None).status.as_u16(), 403, "{page}");
            assert_eq!(send(&app, page, &mo, None).status.as_u16(), 200, "{page}");
        }
        let path = begin(&app, &ana, "Moderated");
        let one = id_in(&say(&app, &ben, &path, "text=See+https://a.example+and+https://b.example").location);
        assert!(!send(&app, &path, &ana, None).body.contains("a.example"));
        assert!(send(&app, &path, &ben, None).body.contains("Awaiting approval"));
        let queue = send(&app, "/moderation", &mo, None).body;
        assert!(queue.contains("has 2 links") && queue.contains(&one));
        assert_eq!(send(&app, "/moderation", &ana, Some(&format!("comment={one}&to=approved"))).status.as_u16(), 403);

        let done = send(&app, "/moderation", &mo, Some(&format!("comment={one}&to=approved&tab=held")));
        assert_eq!(done.status.as_u16(), 303);
        assert!(send(&app, &path, "", None).body.contains("a.example"));
        let event: Key = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT id FROM moderation_events WHERE kind = 'approved'"), &[]))
            .unwrap()
            .unwrap();
        send(&app, &format!("/moderation/decisions/undoing?events={event}&next=/moderation"), &mo, Some(""));
        assert!(!send(&app, &path, "", None).body.contains("a.example"));
        send(&app, &format!("/moderation/comments/{one}"), &mo, Some("to=spam"));
        assert!(send(&app, "/moderation?tab=spam", &mo, None).body.contains("a.example"));

        // A reader reports, the moderator is told, removes, and the report is closed.
        let two = id_in(&say(&app, &ben, &path, "text=You+are+all+fools").location);
        assert_eq!(send(&app, &format!("/comments/{two}/report"), "", Some("reason=")).status.as_u16(), 422);
        send(&app, &format!("/comments/{two}/report"), "", Some("reason=rude&words=Please+look"));
        assert!(send(&app, "/notices", &mo, None).body.contains("was reported"));
        assert!(send(&app, "/moderation?tab=reported", &mo, None).body.contains("Please look"));
        send(&app, &format!("/moderation/comments/{two}"), &mo, Some("to=removed"));
        assert!(send(&app, "/moderation?tab=reported", &mo, None).body.contains("No comment is reported"));
        assert_eq!(send(&app, &format!("/comments/{two}/restoration"), &ben, Some("")).status.as_u16(), 404);

        // Rules hold at once; a block stops its author and can be lifted.
        let rules = "guests=yes&hold_first=nobody&links=0&hold_words=florist%0Aloan&spam_words=casino&flood=0&hourly=0&edit_minutes=5&close_days=0&embed=";
        send(&app, "/moderation/rules", &mo, Some(rules));
        say(&app, &ben, &path, "text=My+FLORISTS+are+fine");
        assert!(send(&app, "/moderation", &mo, None).body.contains("“florist”"));
        say(&app, &ben, &path, "text=Casino+night");
        assert!(send(&app, "/moderation?tab=spam", &mo, None).body.contains("Casino night"));
        send(&app, &format!("/moderation/blocks/{ben_id}"), &mo, Some("reason=Enough"));
        assert_eq!(say(&app, &ben, &path, "text=Still+here").status.as_u16(), 403);
        send(&app, &format!("/moderation/blocks/{ben_id}/lifting"), &mo, Some(""));
        assert_eq!(say(&app, &ben, &path, "text=Back+again").status.as_u16(), 303);
        let log = send(&app, "/moderation/log", &mo, None).body;
        for line in [
            "approved",
            "took back the decision on",
            "as spam",
            "took away",
            "changed the rules",
            "blocked somebody",
            "let somebody write again",
        ] {
            assert!(log.contains(line), "{line}");
        }
    });
}

#[test]
fn people_are_told_as_they_asked() {
    on_both(|db| {
        let app = app(db);
        let (ana, ben, carla) =
            (member(&app.db, "Ana Reyes"), member(&app.db, "Ben Castle"), member(&app.db, "Carla Moon"));
        let (ana, ben, carla) = (cookie_of(&app, ana), cookie_of(&app, ben), cookie_of(&app, carla));
        let path = begin(&app, &ana, "Being told");
        let letters = |address: &str| -> i64 {
            app.db
                .read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM letters WHERE address = $1"), &[&address]))
                .unwrap()
                .unwrap()
        };
        let one = id_in(&say(&app, &ben, &path, "text=From+Ben&subscribe=replies").location);
        run_jobs(&app);
        assert!(letter_to(&app, "ana-reyes@example.org").contains("From Ben"), "whoever began it follows it");
        say(&app, &carla, &path, "text=From+Carla");
        run_jobs(&app);
        assert_eq!(letters("ben-castle@example.org"), 0, "no answer to him");
        say(&app, &carla, &path, &format!("text=To+Ben&reply_to={one}"));
        run_jobs(&app);
        let letter = letter_to(&app, "ben-castle@example.org");
        assert!(letter.contains("To Ben"));
        assert!(send(&app, "/notices", &ben, None).body.contains("Carla Moon answered you"));

        // The link in the letter: a GET changes nothing, a mail program's own POST ends it.
        let stop = link_in(&letter, "/subscriptions/");
        assert!(send(&app, &stop, "", None).body.contains("each time there is something new"));
        assert_eq!(send(&app, &format!("{}x", &stop[..stop.len() - 1]), "", None).status.as_u16(), 404);
        send(&app, &stop, "", Some("List-Unsubscribe=One-Click"));
        say(&app, &carla, &path, &format!("text=More&reply_to={one}"));
        run_jobs(&app);
        assert_eq!(letters("ben-castle@example.org"), 1);

        // Once a day: one letter with everything.
        send(&app, &format!("{path}/subscription"), &ana, Some("scope=post&cadence=daily"));
        let before = letters("ana-reyes@example.org");
        say(&app, &carla, &path, "text=Monday+morning");
        say(&app, &ben, &path, "text=Monday+noon");
        run_jobs(&app);
        assert_eq!(letters("ana-reyes@example.org"), before);
        later(&app, 86_500);
        assert_eq!(letters("ana-reyes@example.org"), before + 1);
        let digest = letter_to(&app, "ana-reyes@example.org");
        assert!(digest.contains("Monday morning") && digest.contains("Monday noon"), "{digest}");
        later(&app, 3 * 86_400);
        assert_eq!(letters("ana-reyes@example.org"), before + 1, "no news, no letter");
    });
}

#[test]
fn who_may_read_what() {
    on_both(|db| {
        let app = app(db);
        let (ana, ben) = (member(&app.db, "Ana Reyes"), member(&app.db, "Ben Castle"));
        let (ana, ben) = (cookie_of(&app, ana), cookie_of(&app, ben));
        let form = hidden(&send(&app, "/conversations/new", &ana, None).body, "form");
        let typed = format!("title=Among+us&text=Quietly.&visibility=members&form={form}&tags=pricing,+Money+talk");
        let path = send(&app, "/conversations/new", &ana, Some(&typed)).location;
        let one = id_in(&say(&app, &ben, &path, "text=A+secret").location);
        for place in
            [path.clone(), format!("{path}/comments/{one}"), format!("/comments/{one}"), format!("{path}/feed.atom")]
        {
            assert_eq!(send(&app, &place, "", None).status.as_u16(), 404, "{place}");
        }
        for place in ["/conversations", "/conversations/feed.atom", "/people/ben-castle/feed.atom"] {
            let body = send(&app, place, "", None).body;
            assert!(!body.contains("Among us") && !body.contains("A secret"), "{place}");
        }
        assert_eq!(send(&app, &format!("{path}/comments"), "", Some(&format!("text=x&{GUEST}"))).status.as_u16(), 404);
        assert!(send(&app, "/conversations?q=QUIETLY", &ben, None).body.contains("Among us"));
        assert!(send(&app, "/conversations?tag=money-talk", &ben, None).body.contains("Among us"));
        assert!(send(&app, "/conversations?q=nonsense", &ben, None).body.contains("No results"));
        // New since the last visit.
        send(&app, &path, &ana, None);
        later(&app, 3_600);
        say(&app, &ben, &path, "text=News");
        assert!(send(&app, "/conversations", &ana, None).body.contains("1 new"));
        assert!(send(&app, &path, &ana, None).body.contains("1 new since your last visit"));
        assert!(send(&app, &path, &ana, None).body.contains("1 new since"), "also on a second look in the same visit");
    });
}

#[test]
fn groups_are_reviewed_compared_and_cannot_delete() {
    on_both(|db| {
        let app = app(db);
        let (ana, kim) = (member(&app.db, "Ana Reyes"), member(&app.db, "Kim Keeper"));
        let (ana, keeper) = (cookie_of(&app, ana), cookie_of(&app, kim));
        for name in ["Westside+Circle", "Harbor+Exchange"] {
            let group = format!("name={name}&kind=referral+exchange&town=Venice&since=2020-01-01");
            send(&app, "/profile/groups", &keeper, Some(&group));
        }
        send(&app, "/profile/groups", &ana, Some("name=Westside+Circle&since=2022-01-01"));
        let groups: Vec<Key> = app
            .db
            .read_here(|tx| tx.rows(sql!("SELECT id FROM networking_groups ORDER BY folded DESC"), &[], |r| r.get(0)))
            .unwrap();
        let path = format!("/groups/{}/reviews/new", groups[0]);
        assert!(send(&app, &path, &ana, None).body.contains("value=\"2022-01-01\""));
        let form = hidden(&send(&app, &path, &ana, None).body, "form");
        let bad = send(&app, &path, &ana, Some(&format!("attended=member&text=&form={form}")));
        assert_eq!(bad.status.as_u16(), 422);
        assert!(bad.body.contains("0 is an honest answer") && bad.body.contains("Please write something first"));
        let typed = format!(
            "attended=member&joined_on=2022-01-01&fee=85&hours=6&good_jobs=0&again=no&text=Friendly+people.&visibility=public&form={form}"
        );
        let done = send(&app, &path, &ana, Some(&typed));
        assert_eq!(done.status.as_u16(), 303, "{}", done.body);
        let post = send(&app, &done.location, "", None).body;
        assert!(
            post.contains("Member since 2022, says so themselves")
                && post.contains("none yet")
                && post.contains("$85 a month")
        );
        let second = send(&app, &path, &ana, Some("attended=member&good_jobs=1&text=Once+more&visibility=public"));
        assert_eq!(second.status.as_u16(), 409);
        assert!(second.body.contains(">Once more</textarea>"), "what was typed is not lost");
        // Corrected: she has left, and a job came of it after all.
        assert_eq!(send(&app, &path, &ana, None).location, path.replace("/new", "/mine"));
        let mine = send(&app, &path.replace("/new", "/mine"), &ana, None).body;
        assert!(mine.contains("Friendly people.") && mine.contains("value=\"85\""), "{mine}");
        let version = hidden(&mine, "version");
        let typed = format!(
            "attended=ex-member&joined_on=2022-01-01&left_on=2024-06-30&fee=85&hours=6&good_jobs=1&again=no\
             &text=Friendly+people,+still.&visibility=public&version={version}"
        );
        let corrected = send(&app, &path.replace("/new", "/mine"), &ana, Some(&typed));
        assert_eq!((corrected.status.as_u16(), corrected.location.as_str()), (303, done.location.as_str()));
        assert_eq!(send(&app, &path.replace("/new", "/mine"), &ana, Some(&typed)).status.as_u16(), 409, "stale");
        let post = send(&app, &done.location, "", None).body;
        assert!(post.contains("Member from 2022 to 2024") && post.contains("1 good job") && post.contains("still."));
        assert_eq!(send(&app, &path.replace("/new", "/mine"), &keeper, Some(&typed)).status.as_u16(), 404);
        let own = send(&app, &path, &keeper, Some("attended=member&good_jobs=9&text=Best&visibility=public"));
        assert_eq!(own.status.as_u16(), 403);
        assert_eq!(send(&app, &format!("{}/removal", done.location), &keeper, Some("")).status.as_u16(), 404);
        assert_eq!(say(&app, &keeper, &done.location, "text=Thank+you,+Ana").status.as_u16(), 303);
        // As a moderator the keeper decides about everything but this, and answers although it is closed.
        app.db
            .write_here(|tx| {
                tx.execute(
                    sql!("INSERT INTO roles (party_id, role, scope) VALUES ($1, 'moderator', 'network')"),
                    &[&kim],
                )
            })
            .unwrap();
        for deed in ["removal", "closing"] {
            let refused = send(&app, &format!("{}/{deed}", done.location), &keeper, Some(""));
            assert_eq!(refused.status.as_u16(), 403, "{deed}");
        }
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT post_id FROM group_reviews"), &[])).unwrap().unwrap();
        assert_eq!(send(&app, &format!("/moderation/posts/{id}"), &keeper, Some("to=held")).status.as_u16(), 403);
        send(&app, &format!("{}/closing", done.location), &ana, Some(""));
        assert_eq!(say(&app, &keeper, &done.location, "text=And+good+luck").status.as_u16(), 303);
        let post = send(&app, &done.location, "", None).body;
        assert!(post.contains("And good luck") && post.matches("keeps this group").count() == 2, "{post}");
        assert!(!post.contains("id=\"respond\"") || post.contains("This conversation is closed"), "for others");
        let page = send(&app, &format!("/groups/{}/reviews", groups[0]), &keeper, None).body;
        assert!(
            page.contains("0.4 (one answer)")
                && page.contains("said of five private answers together")
                && !page.contains("again=no")
        );
        let pair = format!("/groups/comparison?a={}&b={}", groups[0], groups[1]);
        assert!(send(&app, &pair, &keeper, None).body.contains("nobody said"));
    });
}

#[test]
fn private_answers_about_a_group_count_in_whole_batches() {
    on_both(|db| {
        let app = app(db);
        let keeper = cookie_of(&app, member(&app.db, "Kim Keeper"));
        let started = "name=Westside+Circle&kind=referral+exchange&town=Venice&since=2020-01-01";
        send(&app, "/profile/groups", &keeper, Some(started));
        let group: Key =
            app.db.read_here(|tx| tx.value(sql!("SELECT id FROM networking_groups"), &[])).unwrap().unwrap();
        for n in 1..=10 {
            let author = member(&app.db, &format!("Guest{n} Reviewer"));
            later(&app, 1);
            app.db
                .write_here(|tx| {
                    let (post, now, again) = (Key(tx.id()), tx.now(), n > 5);
                    tx.execute(
                        sql!(
                            "INSERT INTO posts (id, slug, kind, author_id, author_name, author_email, author_url, title,
                               format, text, html, excerpt, folded, visibility, state, held_for, pings_open, comments,
                               roots, last_number, created_at, active_at, version)
                             VALUES ($1, $2, 'review', $3, '', '', '', 'A review', 'markdown', 'x', 'x', 'x', 'x',
                               'members', 'published', '', FALSE, 0, 0, 0, $4, $4, 1)"
                        ),
                        &[&post, &post.to_string(), &author, &now],
                    )?;
                    tx.execute(
                        sql!(
                            "INSERT INTO group_reviews (post_id, group_id, author_id, attended, currency, good_jobs, again)
                             VALUES ($1, $2, $3, 'guest', 'USD', 0, $4)"
                        ),
                        &[&post, &group, &author, &again],
                    )
                })
                .unwrap();
            let page = send(&app, &format!("/groups/{group}/reviews"), &keeper, None).body;
            let said = match n {
                ..5 => "said of five private answers together",
                5..10 => ">0 of 5<",
                _ => ">5 of 10<",
            };
            assert!(page.contains(said), "after {n}: {page}");
        }
    });
}

/// Plants `n` comments straight into a post, each answering what `parent` says (an index below its own).
fn plant(app: &App, path: &str, n: usize, parent: impl Fn(usize) -> Option<usize>) {
    let slug = path.rsplit('/').next().unwrap();
    app.db
        .write_here(|tx| {
            let post: Key = tx.value(sql!("SELECT id FROM posts WHERE slug = $1"), &[&slug])?.unwrap();
            let ids: Vec<Key> = (0..n).map(|_| Key(tx.id())).collect();
            for i in 0..n {
                let (number, words, at) = (i64::try_from(i + 1).unwrap(), format!("planted {i}"), tx.now());
                tx.execute(
                    sql!(
                        "INSERT INTO comments (id, post_id, parent_id, number, root, path, depth, kind, author_name, author_email,
                           author_url, format, text, html, state, held_for, shown, purpose, useful, replies, created_at, version)
                         VALUES ($1, $2, $3, $4, 0, '', 0, 'comment', 'Somebody', '', '', 'html', $5, $5, 'approved', '', FALSE,
                           'comment', 0, 0, $6, 1)"
                    ),
                    &[&ids[i], &post, &parent(i).map(|p| ids[p]), &number, &words, &at],
                )?;
            }
            arrange(tx, post)
        })
        .unwrap();
}

#[test]
fn long_and_deep_threads_are_paged_and_keep_their_tree() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Reyes");
        let ana = cookie_of(&app, ana);
        let wide = begin(&app, &ana, "Wide");
        plant(&app, &wide, 150, |i| (i % 3 != 0).then_some(i - i % 3));
        let page = send(&app, &wide, "", None).body;
        assert!(page.contains("150 comments") && page.contains("Page 1 of 3"));
        assert!(
            page.contains("planted 59<") && !page.contains("planted 60<"),
            "twenty at the top, each with its answers"
        );
        assert!(send(&app, &format!("{wide}?page=3"), "", None).body.contains("planted 149"));
        let newest = send(&app, &format!("{wide}?sort=newest"), "", None).body;
        assert!(newest.contains("planted 149") && !newest.contains("planted 0<"));
        let last = id_in(&say(&app, &ana, &wide, "text=The+very+last").location);
        assert_eq!(
            send(&app, &format!("{wide}/comments/{last}"), "", None).location,
            format!("{wide}?page=3#comment-{last}")
        );

        // One branch of 300, each answering the one before: its own pages, and numbers past the spelt-out levels in order.
        let deep = begin(&app, &ana, "Deep");
        plant(&app, &deep, 300, |i| i.checked_sub(1));
        let page = send(&app, &deep, "", None).body;
        assert!(page.contains("279 more replies"), "{page}");
        let branch = send(&app, &format!("{deep}/threads/1?page=3"), "", None).body;
        let at = |i: usize| branch.find(&format!("planted {i}<")).unwrap_or_else(|| panic!("planted {i} is missing"));
        assert!(at(200) < at(250) && at(250) < at(299));
        let (post, ids): (Key, Vec<Key>) = app
            .db
            .read_here(|tx| {
                let post: Key = tx.value(sql!("SELECT id FROM posts WHERE slug = 'deep'"), &[])?.unwrap();
                Ok::<_, store::Error>((
                    post,
                    tx.rows(sql!("SELECT id FROM comments WHERE post_id = $1 ORDER BY number"), &[&post], |r| {
                        r.get(0)
                    })?,
                ))
            })
            .unwrap();
        assert!(send(&app, &format!("{deep}/comments/{}", ids[250]), "", None).location.contains("/threads/1?page=3#"));
        // Taken away in the middle and put back: the counts are the same as worked out from nothing.
        app.db
            .write_here(|tx| {
                order::put(tx, ids[299], super::State::Removed)?;
                order::put(tx, ids[298], super::State::Removed)?;
                order::put(tx, ids[10], super::State::Spam)?;
                order::put(tx, ids[298], super::State::Approved)?;
                let counts = |tx: &mut store::Tx<'_>| {
                    tx.row(
                        sql!(
                            "SELECT s.comments, s.roots, (SELECT replies FROM comments WHERE post_id = $1 AND number = 1)
                             FROM posts s WHERE s.id = $1"
                        ),
                        &[&post],
                        |r| Ok((r.get::<i64>(0)?, r.get::<i64>(1)?, r.get::<i64>(2)?)),
                    )
                };
                let kept = counts(tx)?;
                arrange(tx, post)?;
                assert_eq!(kept, counts(tx)?);
                assert_eq!(kept, Some((298, 1, 298)));
                assert_eq!(read::page(tx, post, Sort::Oldest, 1)?.len(), 21);
                Ok::<_, crate::error::Error>(())
            })
            .unwrap();
    });
}

/// Payloads of the OWASP cheat sheet on filter evasion, in the shapes that matter to Markdown and HTML.
const HOSTILE: [&str; 24] = [
    "<SCRIPT SRC=https://xss.example/x.js></SCRIPT>",
    "<IMG SRC=\"javascript:alert('XSS');\">",
    "<IMG \"\"\"><SCRIPT>alert(\"XSS\")</SCRIPT>\"\\>",
    "<IMG SRC=# onmouseover=\"alert('xxs')\">",
    "<IMG SRC=/ onerror=\"alert(String.fromCharCode(88,83,83))\"></img>",
    "<a href=\"jav&#x09;ascript:alert('XSS');\">x</a>",
    "<svg/onload=alert('XSS')>",
    "<BODY ONLOAD=alert('XSS')>",
    "<<SCRIPT>alert(\"XSS\");//\\<</SCRIPT>",
    "<IFRAME SRC=\"javascript:alert('XSS');\"></IFRAME>",
    "<STYLE>@import'https://xss.example/x.css';</STYLE>",
    "<META HTTP-EQUIV=\"refresh\" CONTENT=\"0;url=javascript:alert('XSS');\">",
    "<DIV STYLE=\"background-image: url(javascript:alert('XSS'))\">",
    "<OBJECT TYPE=\"text/x-scriptlet\" DATA=\"https://xss.example/x\"></OBJECT>",
    "<BASE HREF=\"javascript:alert('XSS');//\">",
    "<form><button formaction=javascript:alert(1)>x",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<math><mtext></p><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "![x](x\"onerror=\"alert(1))",
    "<https://x.example/\"onmouseover=\"alert(1)>",
    "\"><script>alert(1)</script>",
];

#[test]
fn no_script_of_anybody_reaches_a_page_a_feed_or_a_letter() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana <script>alert(1)</script> Reyes");
        let ana = cookie_of(&app, ana);
        let path = begin(&app, &ana, "<script>alert(1)</script> & \"quotes\"");
        for hostile in HOSTILE {
            let sent = say(&app, &ana, &path, &format!("text={}", url_encode(hostile)));
            assert_eq!(sent.status.as_u16(), 303, "{hostile}: {}", sent.body);
            let name = format!("text=hi&name={}&email=x%40example.com&website=x.example", url_encode(hostile));
            let preview = say(&app, "", &path, &format!("action=preview&{name}"));
            harmless(&preview.body, hostile);
        }
        app.db.write_here(|tx| tx.execute(sql!("UPDATE comments SET state = 'approved'"), &[])).unwrap();
        app.db
            .write_here(|tx| {
                let post: Key = tx.value(sql!("SELECT id FROM posts"), &[])?.unwrap();
                arrange(tx, post)
            })
            .unwrap();
        // In a post itself, with a title and tags of the same kind; a site that shows the thread gets no script either.
        app.db
            .write_here(|tx| {
                tx.execute(sql!("INSERT INTO settings (name, value) VALUES ('conversations.embed', '*')"), &[])
            })
            .unwrap();
        let version = hidden(&send(&app, &format!("{path}/edit"), &ana, None).body, "version");
        let typed = format!(
            "title={}&text={}&tags={}&visibility=public&version={version}",
            url_encode("<svg/onload=alert(1)>"),
            url_encode(&HOSTILE.join("\n\n")),
            url_encode("<b onload=alert(1)>, \"><script>x")
        );
        assert_eq!(send(&app, &format!("{path}/edit"), &ana, Some(&typed)).status.as_u16(), 303);
        app.db.write_here(|tx| tx.execute(sql!("UPDATE posts SET state = 'published'"), &[])).unwrap();
        let embedded = path.replace("/conversations/", "/embed/conversations/");
        // Names and title are set as text by the script there; what it takes as HTML is the words.
        let told: serde_json::Value = serde_json::from_str(&send(&app, &embedded, "", None).body).unwrap();
        assert!(told["rows"].as_array().unwrap().len() > 10);
        for row in told["rows"].as_array().unwrap() {
            harmless(row["html"].as_str().unwrap(), &embedded);
        }
        for place in [path.clone(), format!("{path}?page=2"), "/conversations".into(), format!("{path}/embed")] {
            let shown = send(&app, &place, "", None);
            assert_eq!(shown.status.as_u16(), 200, "{place}");
            harmless(&shown.body, &place);
        }
        // As an import stores what others' software kept as HTML.
        for hostile in HOSTILE {
            harmless(&super::rendered("html", hostile), hostile);
        }
        let feed = send(&app, &format!("{path}/feed.atom"), "", None).body;
        assert!(feed.starts_with("<?xml") && !feed.contains("<script") && !feed.contains("<SCRIPT"), "{feed}");
        run_jobs(&app);
        let html: Vec<String> =
            app.db.read_here(|tx| tx.rows(sql!("SELECT html FROM letters"), &[], |r| r.get(0))).unwrap();
        for letter in html {
            harmless(&letter, "a letter");
        }
    });
}

/// No tag, attribute or address that could run, whatever the case.
fn harmless(page: &str, what: &str) {
    let lower = page.to_lowercase();
    // Our own two, by their addresses.
    let own = lower.matches("<script src=\"/assets/").count();
    assert_eq!(lower.matches("<script").count(), own, "{what}");
    for tag in lower.split('<').skip(1).map(|t| t.split('>').next().unwrap_or("")) {
        for bad in [
            " onerror",
            " onload",
            " onmouseover",
            " onfocus",
            " ontoggle",
            " style=",
            "javascript:",
            "formaction=",
            "/onload",
        ] {
            // What was typed stands in a field again, in a name that is read out, or in the page's description: as a
            // quoted value, quotes escaped.
            let quoted = [" value=\"", " aria-label=\"", " content=\""].iter().find_map(|q| tag.split_once(*q));
            let value = quoted.map_or("", |(_, v)| v);
            let value = value.split('"').next().unwrap_or("");
            assert!(!tag.replacen(value, "", 1).contains(bad), "{what}: <{tag}>");
        }
        for bad in ["iframe", "object", "embed", "base ", "body o", "math", "style"] {
            assert!(!tag.starts_with(bad), "{what}: <{tag}>");
        }
    }
}
