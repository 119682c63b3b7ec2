//! Stories: asked, answered, agreed to, introduced, moved, ended; and everything that must not happen.

use crate::app::App;
use crate::key::Key;
use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, send};
use store::{DAY, Db, sql};

pub const FLORIST: &str = "27-1023.00";
pub const WHY: &str = "words=She+listens+first.&basis=hired&tie=none&confidence=85";

/// Dana asks, Ana refers, Ben is recommended, Sol has no part in it.
pub struct Cast {
    pub app: App,
    pub dana: Key,
    pub ana: Key,
    pub ben: Key,
    pub need: Key,
}

impl Cast {
    pub fn new(db: Db, for_client: bool) -> Self {
        let (dana, ana, ben) = (member(&db, "Dana Whitfield"), member(&db, "Ana Reyes"), member(&db, "Ben Castle"));
        let need = need(&db, dana, for_client);
        Self { app: app(db), dana, ana, ben, need }
    }

    pub fn cookie(&self, who: Key) -> String {
        cookie_of(&self.app, who)
    }

    pub fn ask_form(&self) -> String {
        format!(
            "need={}&professional={}&referrer={}&words=A+florist+for+a+small+wedding&place=Santa+Monica&note=For+my+sister",
            self.need, self.ben, self.ana
        )
    }

    /// Dana asks; returns the referral's path.
    pub fn asked(&self) -> String {
        self.asked_with("")
    }

    /// Dana asks with more in the form.
    pub fn asked_with(&self, more: &str) -> String {
        let form = format!("{}{more}", self.ask_form());
        let sent = send(&self.app, "/referrals", &self.cookie(self.dana), Some(&form));
        assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
        sent.location
    }

    /// Everybody says yes; returns the referral's path.
    pub fn introduced(&self) -> String {
        let path = self.asked();
        self.answered();
        path
    }

    /// Ana and Ben say yes.
    pub fn answered(&self) {
        let answer = link_in(&letter_to(&self.app, "ana-reyes@example.org"), "/answers/");
        assert_eq!(send(&self.app, &format!("{answer}/offer"), "", Some(WHY)).status.as_u16(), 303);
        let consent = link_in(&letter_to(&self.app, "ben-castle@example.org"), "/consents/");
        assert_eq!(send(&self.app, &format!("{consent}/acceptance"), "", Some("")).status.as_u16(), 303);
    }

    /// Dana asks for Carla, Ana puts her name to it: the referral's path, Carla's question and her own page.
    pub fn carla_is_asked(&self) -> (String, String, String) {
        let path = self.asked_with("&name=Carla+Moon&email=carla%40example.net");
        let answer = link_in(&letter_to(&self.app, "ana-reyes@example.org"), "/answers/");
        assert_eq!(send(&self.app, &format!("{answer}/offer"), "", Some(WHY)).status.as_u16(), 303);
        let letter = letter_to(&self.app, "carla@example.net");
        (path, link_in(&letter, "/consents/"), link_in(&letter, "/mine/"))
    }

    /// Somebody vouches for Ben, on this basis.
    pub fn vouched(&self, name: &str, basis: &str) -> Key {
        let folded = formats::name::fold(name);
        let found: Option<Key> =
            self.app.db.read_here(|tx| tx.value(sql!("SELECT id FROM parties WHERE folded = $1"), &[&folded])).unwrap();
        let who = found.unwrap_or_else(|| member(&self.app.db, name));
        let basis = basis.replace(' ', "+");
        let form = format!("field=27-1023.00&basis={basis}&words=Twice.&tie=none&confidence=85");
        let sent = send(&self.app, "/people/ben-castle/vouches/new", &self.cookie(who), Some(&form));
        assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
        who
    }

    pub fn state(&self, path: &str) -> String {
        let id: Key = path.rsplit('/').next().unwrap().parse().unwrap();
        self.app
            .db
            .read_here(|tx| tx.value(sql!("SELECT state FROM referrals WHERE id = $1"), &[&id]))
            .unwrap()
            .unwrap()
    }

    pub fn version(&self, path: &str) -> i64 {
        let id: Key = path.rsplit('/').next().unwrap().parse().unwrap();
        self.app
            .db
            .read_here(|tx| tx.value(sql!("SELECT version FROM referrals WHERE id = $1"), &[&id]))
            .unwrap()
            .unwrap()
    }

    pub fn letters_to(&self, address: &str) -> i64 {
        self.app
            .db
            .read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM letters WHERE address = $1"), &[&address]))
            .unwrap()
            .unwrap()
    }

    pub fn wait(&self, days: i64) {
        self.app.clock.advance(days * DAY);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(crate::jobs::run_due(&self.app));
    }
}

fn need(db: &Db, asker: Key, for_client: bool) -> Key {
    db.write_here(|tx| {
        let (id, now) = (Key(tx.id()), tx.now());
        tx.execute(
            sql!(
                "INSERT INTO needs (id, asker_id, for_client, field, words, place, date_words, budget_to, currency,
                   visibility, state, created_at, expires_at, version)
                 VALUES ($1, $2, $3, $4, 'A florist for a small wedding, about $3,000', 'Santa Monica', 'June', 300000,
                   'USD', 'private', 'open', $5, $6, 1)"
            ),
            &[&id, &asker, &for_client, &FLORIST, &now, &(now + 90 * DAY)],
        )?;
        Ok::<_, crate::error::Error>(id)
    })
    .unwrap()
}

#[test]
fn asked_answered_agreed_and_introduced() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let (dana, ana, ben) = (cast.cookie(cast.dana), cast.cookie(cast.ana), cast.cookie(cast.ben));
        let sol = cast.cookie(member(&cast.app.db, "Sol Stone"));
        let new = format!("/referrals/new?need={}&professional={}&referrer={}", cast.need, cast.ben, cast.ana);
        let page = send(&cast.app, &new, &dana, None);
        assert!(page.body.contains("Exactly what will be sent"), "{}", page.body);
        let prefilled = page.body.split("<textarea").nth(1).unwrap().split("</textarea>").next().unwrap();
        assert!(!prefilled.contains("3,000"), "the budget travels only if ticked: {prefilled}");
        assert_eq!(send(&cast.app, &new, &sol, None).status.as_u16(), 404, "somebody else's need");

        let path = cast.asked();
        assert_eq!(cast.asked(), path, "a second identical press is the same ask");
        assert!(
            !send(&cast.app, &path, &dana, None).body.contains("Could be"),
            "without a vouch on file nothing is said"
        );
        assert_eq!(cast.letters_to("ana-reyes@example.org"), 1);
        let letter = letter_to(&cast.app, "ana-reyes@example.org");
        assert!(letter.contains("For my sister") && !letter.contains("3,000"), "{letter}");
        // Nobody is asked before the one in front has said yes; strangers see nothing.
        assert_eq!(send(&cast.app, &path, &ben, None).status.as_u16(), 404);
        assert_eq!(send(&cast.app, &path, &sol, None).status.as_u16(), 404);
        assert_eq!(send(&cast.app, &path, &dana, None).status.as_u16(), 200);
        assert_eq!(cast.letters_to("ben-castle@example.org"), 0);

        let answer = link_in(&letter, "/answers/");
        let form = send(&cast.app, &answer, "", None);
        assert_eq!(form.status.as_u16(), 200, "{}", form.body);
        assert_eq!(cast.state(&path), "asked", "opening a link changes nothing");
        let empty = send(&cast.app, &format!("{answer}/offer"), "", Some("basis=hired"));
        assert_eq!(empty.status.as_u16(), 422, "own words, tie and confidence are asked for");
        let done = send(&cast.app, &format!("{answer}/offer"), "", Some(WHY));
        assert_eq!(done.status.as_u16(), 303, "{}", done.body);
        assert_eq!(cast.state(&path), "offered");
        assert_eq!(send(&cast.app, &format!("{answer}/offer"), "", Some(WHY)).status.as_u16(), 303, "a second press");
        assert_eq!(cast.letters_to("ben-castle@example.org"), 1);

        let letter = letter_to(&cast.app, "ben-castle@example.org");
        assert!(letter.contains("She listens first."));
        let consent = link_in(&letter, "/consents/");
        let page = send(&cast.app, &consent, "", None);
        for hidden in ["Dana", "dana-whitfield", "For my sister", "robably"] {
            assert!(!page.body.contains(hidden) && !letter.contains(hidden), "the professional must not read {hidden}");
        }
        let mine = send(&cast.app, &path, &ben, None);
        assert!(!mine.body.contains("Dana"), "{}", mine.body);
        assert_eq!(
            send(&cast.app, &format!("{path}/card"), &dana, None).status.as_u16(),
            404,
            "not before both said yes"
        );
        let yes = send(&cast.app, &format!("{consent}/acceptance"), "", Some(""));
        assert_eq!(yes.status.as_u16(), 303, "{}", yes.body);
        assert_eq!(cast.state(&path), "introduced");
        assert_eq!(send(&cast.app, &format!("{consent}/acceptance"), "", Some("")).status.as_u16(), 303);
        assert_eq!(cast.letters_to("ben-castle@example.org"), 2, "the details went out once");
        assert!(letter_to(&cast.app, "dana-whitfield@example.org").contains("ben-castle@example.org"));
        assert!(letter_to(&cast.app, "ben-castle@example.org").contains("dana-whitfield@example.org"));
        let card: String = cast
            .app
            .db
            .read_here(|tx| {
                tx.value(sql!("SELECT attachment FROM letters WHERE address = 'dana-whitfield@example.org' AND kind = 'introduction'"), &[])
            })
            .unwrap()
            .unwrap();
        assert!(card.contains("BEGIN:VCARD") && card.contains("Ben Castle"), "{card}");
        assert!(send(&cast.app, &format!("{path}/card"), &dana, None).body.contains("ben-castle@example.org"));
        assert_eq!(
            send(&cast.app, &format!("{path}/card"), &ana, None).status.as_u16(),
            404,
            "not the referrer's to have"
        );
        for cookie in [&dana, &ana, &ben] {
            assert_eq!(send(&cast.app, &path, cookie, None).status.as_u16(), 200);
            assert_eq!(send(&cast.app, "/referrals", cookie, None).status.as_u16(), 200);
        }
    });
}

#[test]
fn a_client_without_an_account_says_yes_and_comes_back() {
    on_both(|db| {
        let cast = Cast::new(db, true);
        let sent = send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&cast.ask_form()));
        assert_eq!(sent.status.as_u16(), 422, "a client has a name and an address");
        let form = format!("{}&name=Carla+Moon&email=carla%40example.net", cast.ask_form());
        let path = send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&form)).location;
        let letter = letter_to(&cast.app, "ana-reyes@example.org");
        assert!(letter.contains("A client of Dana") && !letter.contains("Carla"), "{letter}");
        assert_eq!(cast.letters_to("carla@example.net"), 0);
        let answer = link_in(&letter, "/answers/");
        send(&cast.app, &format!("{answer}/offer"), "", Some(WHY));
        assert_eq!(cast.letters_to("ben-castle@example.org"), 0, "the client comes before the professional");
        let [bens, danas] = [cast.ben, cast.dana].map(|who| cast.cookie(who));
        assert!(!send(&cast.app, "/", &bens, None).body.contains("has a client for you"), "nor on his first page");
        let letter = letter_to(&cast.app, "carla@example.net");
        assert!(letter.contains("to write to you, once"), "{letter}");
        let (consent, mine) = (link_in(&letter, "/consents/"), link_in(&letter, "/mine/"));
        let page = send(&cast.app, &consent, "", None);
        assert!(page.body.contains("Did we understand you?") && page.body.contains("Very probably"), "{}", page.body);
        let yes = "correction=A+florist+for+thirty+guests&hear=nothing&phone=310+555+0100";
        assert_eq!(send(&cast.app, &format!("{consent}/acceptance"), "", Some(yes)).status.as_u16(), 303);
        let letter = letter_to(&cast.app, "ben-castle@example.org");
        assert!(letter.contains("thirty guests") && !letter.contains("Carla"), "the correction travels: {letter}");
        let consent = link_in(&letter, "/consents/");
        send(&cast.app, &format!("{consent}/acceptance"), "", Some(""));
        assert_eq!(cast.state(&path), "introduced");
        assert!(letter_to(&cast.app, "ben-castle@example.org").contains("310 555 0100"));
        let page = send(&cast.app, &mine, "", None);
        assert!(page.body.contains("ben-castle@example.org"), "{}", page.body);
        // The client moves it by the page; the referrer reads nothing of it, as chosen.
        let form = format!("to=proposal&version={}", cast.version(&path));
        assert_eq!(send(&cast.app, &format!("{mine}/moves"), "", Some(&form)).status.as_u16(), 303);
        let (ana, ben) = (cast.cookie(cast.ana), cast.cookie(cast.ben));
        assert!(send(&cast.app, &path, &ben, None).body.contains("moved it to “Proposal”"));
        for page in ["/", "/referrals"] {
            let body = send(&cast.app, page, &danas, None).body;
            assert!(body.contains("Introduced") && !body.contains("Proposal"), "Dana reads as little on {page}");
        }
        let page = send(&cast.app, &path, &ana, None).body;
        assert!(!page.contains("moved it to") && !page.contains("got in touch"), "{page}");
        // Everything about them goes in one press; the referral stays for the others.
        assert_eq!(send(&cast.app, &format!("{mine}/erasure"), "", Some("")).status.as_u16(), 303);
        assert_eq!(cast.letters_to("carla@example.net"), 0);
        assert!(!send(&cast.app, &path, &ben, None).body.contains("Carla"));
        assert_eq!(send(&cast.app, &mine, "", None).status.as_u16(), 410);
    });
}

#[test]
fn a_no_is_one_press_and_deletes_the_address() {
    on_both(|db| {
        let cast = Cast::new(db, true);
        let form = format!("{}&name=Carla+Moon&email=carla%40example.net", cast.ask_form());
        let path = send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&form)).location;
        let answer = link_in(&letter_to(&cast.app, "ana-reyes@example.org"), "/answers/");
        send(&cast.app, &format!("{answer}/offer"), "", Some(WHY));
        let consent = link_in(&letter_to(&cast.app, "carla@example.net"), "/consents/");
        assert_eq!(send(&cast.app, &format!("{consent}/refusal"), "", Some("")).status.as_u16(), 303);
        assert_eq!((cast.state(&path).as_str(), cast.letters_to("carla@example.net")), ("declined", 0));
        assert_eq!(send(&cast.app, &consent, "", None).status.as_u16(), 410, "the link opens nothing any more");
        assert_eq!(cast.letters_to("ben-castle@example.org"), 0);
        let page = send(&cast.app, &path, &cast.cookie(cast.dana), None).body;
        assert!(page.contains("did not go ahead") && !page.contains("declined") && !page.contains("said no"), "{page}");
    });
}

#[test]
fn a_referrers_no_is_read_by_its_author_alone() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        member(&cast.app.db, "Xenia Park");
        let path = cast.asked();
        let answer = link_in(&letter_to(&cast.app, "ana-reyes@example.org"), "/answers/");
        let unknown = send(&cast.app, &format!("{answer}/refusal"), "", Some("reason=no+basis&instead=Nobody"));
        assert_eq!(unknown.status.as_u16(), 422, "{}", unknown.body);
        assert!(unknown.body.contains("Nobody of that name"));
        let no = send(&cast.app, &format!("{answer}/refusal"), "", Some("reason=no+basis&instead=Xenia"));
        assert_eq!(no.status.as_u16(), 303, "{}", no.body);
        let page = send(&cast.app, &path, &cast.cookie(cast.dana), None).body;
        assert!(page.contains("Ana cannot help with this one") && page.contains("Xenia Park"), "{page}");
        assert!(!page.contains("basis to judge"));
        assert!(send(&cast.app, &path, &cast.cookie(cast.ana), None).body.contains("No basis to judge"));
        assert_eq!(send(&cast.app, &path, &cast.cookie(cast.ben), None).status.as_u16(), 404);
        assert_eq!(cast.letters_to("ben-castle@example.org"), 0);
        assert_eq!(send(&cast.app, &format!("{answer}/offer"), "", Some(WHY)).status.as_u16(), 303, "closed already");
        assert_eq!(cast.state(&path), "declined");
    });
}

#[test]
fn silence_is_reminded_once_and_closed() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let path = cast.asked();
        cast.wait(2);
        assert_eq!(cast.letters_to("ana-reyes@example.org"), 1);
        cast.wait(2);
        assert_eq!(cast.letters_to("ana-reyes@example.org"), 2, "one reminder on day 3");
        cast.wait(4);
        assert_eq!((cast.state(&path).as_str(), cast.letters_to("ana-reyes@example.org")), ("expired", 2));
        let page = send(&cast.app, &path, &cast.cookie(cast.dana), None).body;
        assert!(page.contains("Ana cannot help with this one"), "silence and no look alike: {page}");
        let answer = link_in(&letter_to(&cast.app, "ana-reyes@example.org"), "/answers/");
        assert_eq!(send(&cast.app, &answer, "", None).status.as_u16(), 200, "a late bearer reads what became of it");
        cast.wait(40);
        assert_eq!(send(&cast.app, &answer, "", None).status.as_u16(), 410);
    });
}

#[test]
fn limits_are_said_with_their_reason() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        for n in 0..3 {
            let asker = member(&cast.app.db, &format!("Asker {n}"));
            let form = cast.ask_form().replace(&cast.need.to_string(), &need(&cast.app.db, asker, false).to_string());
            assert_eq!(send(&cast.app, "/referrals", &cast.cookie(asker), Some(&form)).status.as_u16(), 303);
        }
        let fourth = send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&cast.ask_form()));
        assert_eq!(fourth.status.as_u16(), 429);
        assert!(fourth.body.contains("was asked 3 times"), "{}", fourth.body);
        cast.app.clock.advance(8 * DAY);
        cast.asked();
        // Five open asks a need.
        for n in 0..4 {
            let other = member(&cast.app.db, &format!("Voice {n}"));
            let form = cast.ask_form().replace(&format!("referrer={}", cast.ana), &format!("referrer={other}"));
            assert_eq!(send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&form)).status.as_u16(), 303, "{n}");
        }
        let sixth = member(&cast.app.db, "Voice Six");
        let form = cast.ask_form().replace(&format!("referrer={}", cast.ana), &format!("referrer={sixth}"));
        assert_eq!(send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&form)).status.as_u16(), 429);
        // Nobody refers themselves, nobody is introduced to themselves.
        let me = cast.ask_form().replace(&format!("professional={}", cast.ben), &format!("professional={}", cast.ana));
        assert_eq!(send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&me)).status.as_u16(), 422);
        let me = cast.ask_form().replace(&format!("professional={}", cast.ben), &format!("professional={}", cast.dana));
        assert_eq!(send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&me)).status.as_u16(), 422);
    });
}

#[test]
fn moved_on_undone_and_called_off() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let path = cast.introduced();
        let (dana, ana, ben) = (cast.cookie(cast.dana), cast.cookie(cast.ana), cast.cookie(cast.ben));
        let moves = format!("{path}/moves");
        let to = |state: &str, version: i64| format!("to={state}&version={version}&note=my+note");
        let seen = cast.version(&path);
        assert_eq!(
            send(&cast.app, &moves, &ana, Some(&to("won", seen))).status.as_u16(),
            409,
            "not the referrer's to move"
        );
        assert_eq!(send(&cast.app, &moves, &ben, Some(&to("meeting+set", seen))).status.as_u16(), 303);
        assert_eq!(send(&cast.app, &moves, &ben, Some(&to("meeting+set", seen))).status.as_u16(), 303, "twice is once");
        assert_eq!(send(&cast.app, &moves, &dana, Some(&to("proposal", seen))).status.as_u16(), 409, "a stale page");
        let now = cast.version(&path);
        assert_eq!(send(&cast.app, &moves, &dana, Some(&to("in+contact", now))).status.as_u16(), 409, "not backwards");
        assert_eq!(send(&cast.app, &moves, &dana, Some(&to("nonsense", now))).status.as_u16(), 422);
        // Notes stay with their author; the referrer reads that they got in touch, and no more.
        assert!(send(&cast.app, &path, &ben, None).body.contains("my note"));
        assert!(!send(&cast.app, &path, &dana, None).body.contains("my note"));
        let page = send(&cast.app, &path, &ana, None).body;
        assert!(page.contains("They got in touch") && !page.contains("moved it to"), "{page}");
        // Undone by whoever moved it, within a day; history keeps it.
        let undo = format!("{path}/undo");
        assert_eq!(send(&cast.app, &undo, &dana, Some("")).status.as_u16(), 409);
        assert_eq!(send(&cast.app, &undo, &ben, Some("")).status.as_u16(), 303);
        assert_eq!(cast.state(&path), "introduced");
        assert!(send(&cast.app, &path, &ben, None).body.contains("taken back"));
        assert_eq!(send(&cast.app, &undo, &ben, Some("")).status.as_u16(), 409);
        send(&cast.app, &moves, &ben, Some(&to("won", cast.version(&path))));
        cast.app.clock.advance(DAY + 1);
        assert_eq!(send(&cast.app, &undo, &ben, Some("")).status.as_u16(), 409, "after a day it stands");
        assert_eq!(send(&cast.app, &format!("{path}/cancellation"), &ana, Some("")).status.as_u16(), 409);
        assert_eq!(send(&cast.app, &format!("{path}/cancellation"), &dana, Some("")).status.as_u16(), 303);
        assert_eq!(cast.state(&path), "cancelled");
    });
}

#[test]
fn links_that_are_none_and_people_who_have_no_part() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let path = cast.asked();
        let answer = link_in(&letter_to(&cast.app, "ana-reyes@example.org"), "/answers/");
        let token = answer.rsplit('/').next().unwrap();
        for forged in [
            format!("/consents/{token}"),
            format!("/mine/{token}"),
            "/answers/0123".to_owned(),
            format!("/answers/{}x", &token[..token.len() - 1]),
        ] {
            assert_eq!(send(&cast.app, &forged, "", None).status.as_u16(), 404, "{forged}");
        }
        let id = path.rsplit('/').next().unwrap();
        let sol = cast.cookie(member(&cast.app.db, "Sol Stone"));
        for others in [format!("/answers/{id}"), format!("/consents/{id}"), path.clone()] {
            assert_eq!(send(&cast.app, &others, &sol, None).status.as_u16(), 404, "{others}");
            assert_eq!(send(&cast.app, &others, "", None).status.as_u16(), 303, "signed out: {others}");
        }
        let missing = "/referrals/00000000000000000000000000";
        assert_eq!(send(&cast.app, missing, &sol, None).body, send(&cast.app, &path, &sol, None).body, "404 alike");
        for (deed, form) in [("offer", WHY), ("refusal", "")] {
            assert_eq!(send(&cast.app, &format!("/answers/{id}/{deed}"), &sol, Some(form)).status.as_u16(), 404);
        }
        for deed in ["moves", "undo", "cancellation"] {
            let sent = send(&cast.app, &format!("{path}/{deed}"), &sol, Some("to=won&version=1"));
            assert_eq!(sent.status.as_u16(), 404, "{deed}");
        }
        assert_eq!(cast.state(&path), "asked");
    });
}

#[test]
fn the_giver_starts_and_a_professional_asks() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let (ana, ben) = (cast.cookie(cast.ana), cast.cookie(cast.ben));
        let vouch = "field=27-1023.00&basis=hired&words=Twice.&tie=friend&confidence=85";
        let word = send(&cast.app, "/people/ben-castle/vouches/new", &ana, Some(vouch)).location;
        assert_eq!(send(&cast.app, &format!("{word}/agreement"), &ben, Some("")).status.as_u16(), 303);
        let id = word.rsplit('/').next().unwrap();
        for door in ["offer", "record"] {
            let path = format!("/referrals/{door}");
            assert!(send(&cast.app, &path, &ana, None).body.contains("Ben Castle"));
            assert_eq!(send(&cast.app, &path, &ana, Some("")).status.as_u16(), 422);
            let own = format!("vouch={id}&name=Ben&email=ben-castle%40example.org&words=A+wreath&why=Good.");
            assert_eq!(send(&cast.app, &path, &ana, Some(&own)).status.as_u16(), 422, "not to himself");
            let form = format!("vouch={id}&name=Carla+Moon&email={door}%40example.net&words=A+wreath&why=He+listens.");
            let theirs = send(&cast.app, &path, &ben, Some(&form));
            assert_eq!(theirs.status.as_u16(), 422, "only with one's own word");
            let started = send(&cast.app, &path, &ana, Some(&form));
            assert_eq!(started.status.as_u16(), 303, "{}", started.body);
            assert_eq!(send(&cast.app, &path, &ana, Some(&form)).location, started.location, "twice is once");
            let letter = letter_to(&cast.app, &format!("{door}@example.net"));
            assert_eq!(letter.contains("on the telephone"), door == "record", "{letter}");
            let consent = link_in(&letter, "/consents/");
            let page = send(&cast.app, &consent, "", None).body;
            assert!(page.contains("friends"), "the tie is disclosed: {page}");
            assert_eq!(page.contains("Unsolicited"), door == "offer");
            assert_eq!(send(&cast.app, &started.location, &ben, None).status.as_u16(), 404, "not before the client");
            send(&cast.app, &format!("{consent}/acceptance"), "", Some(""));
            let consent = link_in(&letter_to(&cast.app, "ben-castle@example.org"), "/consents/");
            send(&cast.app, &format!("{consent}/acceptance"), "", Some(""));
            assert_eq!(cast.state(&started.location), "introduced");
        }
        // A professional asks Ana for an introduction; only she knows the address.
        let asked = "referrer=Ana+Reyes&name=Owner+of+the+bakery&field=27-1023.00&words=Flowers+for+the+shop";
        assert_eq!(send(&cast.app, "/referrals/request", &ben, Some(asked)).status.as_u16(), 422, "not his trade yet");
        // Ana's word is on file: what a request to her could become is said before she answers.
        let need = need(&cast.app.db, cast.dana, false);
        let form = format!("need={need}&professional={}&referrer={}&words=Flowers", cast.ben, cast.ana);
        let path = send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&form)).location;
        assert!(send(&cast.app, &path, &cast.cookie(cast.dana), None).body.contains("Could be a vouched referral"));
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
        let sent = send(&cast.app, "/referrals/request", &ben, Some(asked));
        assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
        let answer = link_in(&letter_to(&cast.app, "ana-reyes@example.org"), "/answers/");
        assert_eq!(send(&cast.app, &format!("{answer}/offer"), "", Some(WHY)).status.as_u16(), 422, "who is it?");
        let named = format!("{WHY}&name=Rosa+Lane&email=rosa%40example.net");
        assert_eq!(send(&cast.app, &format!("{answer}/offer"), "", Some(&named)).status.as_u16(), 303);
        assert!(!send(&cast.app, &sent.location, &ben, None).body.contains("Rosa"), "not before her yes");
        let consent = link_in(&letter_to(&cast.app, "rosa@example.net"), "/consents/");
        assert_eq!(send(&cast.app, &consent, "", None).status.as_u16(), 200);
        send(&cast.app, &format!("{consent}/acceptance"), "", Some(""));
        assert_eq!(cast.state(&sent.location), "introduced", "asking was his yes");
    });
}

fn attachment_to(app: &App, address: &str) -> String {
    let found = app.db.read_here(|tx| {
        tx.value::<Option<String>>(
            sql!("SELECT attachment FROM letters WHERE address = $1 ORDER BY created_at DESC, id DESC LIMIT 1"),
            &[&address],
        )
    });
    found.unwrap().flatten().unwrap_or_default()
}

#[test]
fn a_meeting_reaches_both_calendars_is_moved_and_called_off() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let (dana, ana) = (cast.cookie(cast.dana), cast.cookie(cast.ana));
        let path = cast.introduced();
        let mine = link_in(&letter_to(&cast.app, "ben-castle@example.org"), "/mine/");
        let meet = format!("{path}/meeting");
        let form = "on=2026-03-09&at=15%3A30&minutes=45&place=Blue+Bottle%2C+Venice";
        let zone = send(&cast.app, "/preferences/letters", &dana, Some("hour=8&weekday=1&zone=Europe%2FVienna"));
        assert_eq!(zone.status.as_u16(), 303);

        // Only the two, and only in the future; what was typed is kept.
        assert_eq!(send(&cast.app, &meet, &ana, Some(form)).status.as_u16(), 409);
        let sol = cast.cookie(member(&cast.app.db, "Sol Stone"));
        assert_eq!(send(&cast.app, &meet, &sol, Some(form)).status.as_u16(), 404);
        let past = send(&cast.app, &meet, &dana, Some("on=2026-03-01&at=15%3A30&minutes=45&place=Kept+here"));
        assert!(past.status.as_u16() == 422 && past.body.contains("Kept here") && past.body.contains("has passed"));

        assert_eq!(send(&cast.app, &meet, &dana, Some(form)).status.as_u16(), 303);
        assert_eq!(cast.state(&path), "meeting set");
        let invitation = attachment_to(&cast.app, "ben-castle@example.org");
        let whole = invitation.replace("\r\n ", "");
        for line in [
            "METHOD:REQUEST",
            "SEQUENCE:0",
            "DTSTART;TZID=Europe/Vienna:20260309T153000",
            "DURATION:PT45M",
            "LOCATION:Blue Bottle\\, Venice",
            "TZID:Europe/Vienna",
            "TZOFFSETTO:+0200",
        ] {
            assert!(whole.contains(line), "{line} in {whole}");
        }
        assert!(whole.contains("mailto:dana-whitfield@example.org") && whole.contains("mailto:ben-castle@example.org"));
        // The referrer reads that they met, by the client's choice, never where.
        assert!(!send(&cast.app, &path, &ana, None).body.contains("Blue Bottle"));
        assert_eq!(send(&cast.app, &format!("{path}/meeting.ics"), &ana, None).status.as_u16(), 404);
        let uid = whole.lines().find(|l| l.starts_with("UID:")).unwrap().to_owned();

        // The professional moves it from the letter's link, without signing in.
        assert!(send(&cast.app, &mine, "", None).body.contains("Blue Bottle"));
        let wrong = send(&cast.app, &format!("{mine}/meeting"), "", Some("on=&at=&place=Somewhere"));
        assert!(wrong.status.as_u16() == 422 && wrong.body.contains("Somewhere"));
        let moved = "on=2026-03-10&at=09%3A00&minutes=30&place=By+telephone";
        assert_eq!(send(&cast.app, &format!("{mine}/meeting"), "", Some(moved)).status.as_u16(), 303);
        let update = attachment_to(&cast.app, "dana-whitfield@example.org").replace("\r\n ", "");
        assert!(
            update.contains("METHOD:REQUEST") && update.contains("SEQUENCE:1") && update.contains(&uid),
            "{update}"
        );
        assert!(update.contains("DTSTART:20260310T090000Z"), "Ben's clock is the network's: {update}");
        assert!(send(&cast.app, &format!("{mine}/meeting.ics"), "", None).body.contains("20260310T090000Z"));

        // Dana subscribes; a renewed address ends the old one, and so does revoking.
        let made = send(&cast.app, "/preferences/calendar", &dana, Some(""));
        let address = |body: &str| link_in(&body.replace('"', "\n"), "/calendar/");
        let first = address(&made.body);
        let feed = send(&cast.app, &first, "", None);
        assert!(feed.body.contains("20260310T090000Z") && feed.body.contains("METHOD:PUBLISH"), "{}", feed.body);
        let second = address(&send(&cast.app, "/preferences/calendar", &dana, Some("")).body);
        assert_eq!(send(&cast.app, &first, "", None).status.as_u16(), 404);
        assert_eq!(send(&cast.app, &second, "", None).status.as_u16(), 200);
        send(&cast.app, "/preferences/calendar/removal", &dana, Some(""));
        assert_eq!(send(&cast.app, &second, "", None).status.as_u16(), 404);

        // Calling the introduction off calls the meeting off.
        assert_eq!(send(&cast.app, &format!("{path}/cancellation"), &dana, Some("")).status.as_u16(), 303);
        let files = cast.app.db.read_here(|tx| {
            tx.rows(
                sql!(
                    "SELECT attachment FROM letters WHERE address = 'ben-castle@example.org' AND attachment IS NOT NULL"
                ),
                &[],
                |r| r.get::<String>(0),
            )
        });
        let off = files.unwrap().into_iter().find(|f| f.contains("METHOD:CANCEL")).unwrap();
        assert!(
            off.contains("STATUS:CANCELLED") && off.contains("SEQUENCE:2") && off.replace("\r\n ", "").contains(&uid)
        );
    });
}

#[test]
fn answers_windows_and_needs_stand_in_the_calendar() {
    on_both(|db| {
        let cast = Cast::new(db, false);
        let (dana, ana) = (cast.cookie(cast.dana), cast.cookie(cast.ana));
        let feed_of = |cookie: &str| {
            let body = send(&cast.app, "/preferences/calendar", cookie, Some("")).body;
            send(&cast.app, &link_in(&body.replace('"', "\n"), "/calendar/"), "", None).body
        };
        cast.app.db.write_here(|tx| tx.execute(sql!("UPDATE needs SET date_from = '2026-06-12'"), &[])).unwrap();
        cast.asked();
        let (hers, anas) = (feed_of(&dana), feed_of(&ana));
        assert!(hers.contains("DTSTART;VALUE=DATE:20260612\r\nDTEND;VALUE=DATE:20260613"), "{hers}");
        assert!(anas.contains("Last day to answer Dana") && anas.contains("VALUE=DATE:20260309"), "{anas}");
        assert!(!anas.contains("20260612"), "another's need is not hers: {anas}");
    });
}

#[test]
fn a_tie_that_is_new_to_the_professional_is_theirs_to_agree_to_first() {
    for for_client in [false, true] {
        on_both(|db| {
            let cast = Cast::new(db, for_client);
            let path = if for_client {
                let form = format!("{}&name=Carla+Moon&email=carla%40example.net", cast.ask_form());
                send(&cast.app, "/referrals", &cast.cookie(cast.dana), Some(&form)).location
            } else {
                cast.asked()
            };
            let answer = link_in(&letter_to(&cast.app, "ana-reyes@example.org"), "/answers/");
            let why = WHY.replace("tie=none", "tie=family");
            assert_eq!(send(&cast.app, &format!("{answer}/offer"), "", Some(&why)).status.as_u16(), 303);
            // The asker reads that there is a tie, not which; a client without an account has not heard yet.
            let page = send(&cast.app, &path, &cast.cookie(cast.dana), None).body;
            assert!(page.contains("stated a tie") && !page.contains("share a household"), "{page}");
            assert_eq!(cast.letters_to("carla@example.net"), 0);
            let letter = letter_to(&cast.app, "ben-castle@example.org");
            assert!(letter.contains("they are family or share a household"), "{letter}");
            let consent = link_in(&letter, "/consents/");
            let page = send(&cast.app, &consent, "", None).body;
            assert!(page.contains("share a household") && page.contains("asked first"), "{page}");
            assert_eq!(send(&cast.app, &format!("{consent}/acceptance"), "", Some("")).status.as_u16(), 303);
            assert_eq!(cast.state(&path), "offered", "the client has not read it yet");
            let address = if for_client { "carla@example.net" } else { "dana-whitfield@example.org" };
            let consent = link_in(&letter_to(&cast.app, address), "/consents/");
            let page = send(&cast.app, &consent, "", None).body;
            assert!(page.contains("share a household"), "{page}");
            assert_eq!(send(&cast.app, &format!("{consent}/acceptance"), "", Some("")).status.as_u16(), 303);
            assert_eq!(cast.state(&path), "introduced");
        });
    }
}
