//! Stories: what a person does on pages beside the main job, a program does too, as far as its token goes.

use super::tests::{Answer, call, token, token_of};
use crate::app::App;
use crate::key::Key;
use crate::roles::{Role, put};
use crate::testing::{app, cookie_of, letter_to, member, on_both, run_jobs, send};
use crate::tokens::Scope;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use store::{DAY, sql};
use tower::ServiceExt;

/// Sends bytes as they are.
fn upload(app: &App, token: &str, method: &str, path: &str, kind: &str, bytes: Vec<u8>) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:1")
            .header(header::AUTHORIZATION, token)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(bytes))
            .unwrap();
        let response = crate::router::router(app.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    })
}

fn status(answer: &Answer) -> u16 {
    answer.status.as_u16()
}

#[test]
fn an_account_is_kept_with_a_token_made_for_it_and_with_no_other() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Castle"));
        let app = app(db);
        let (cookie, theirs) = (cookie_of(&app, ana), cookie_of(&app, ben));
        let account = token(&app, ana, &[Scope::Account]);
        let others = token(&app, ana, &[Scope::Read, Scope::Write, Scope::Introduce]);
        for (method, path) in [
            ("GET", "/api/v1/me/account"),
            ("GET", "/api/v1/me/account/sessions"),
            ("DELETE", "/api/v1/me/account/sessions"),
            ("POST", "/api/v1/me/account/archive"),
            ("POST", "/api/v1/me/account/pause"),
            ("POST", "/api/v1/me/calendar/feed"),
        ] {
            let answer = call(&app, &others, method, path, None);
            assert_eq!(status(&answer), 403, "{method} {path}: {}", answer.body);
        }
        let me = call(&app, &account, "GET", "/api/v1/me/account", None).body;
        assert_eq!((&me["email"], &me["removable"]), (&json!("ana-reyes@example.org"), &json!(false)), "{me}");
        let sessions = call(&app, &account, "GET", "/api/v1/me/account/sessions", None).body;
        let id = sessions[0]["id"].as_str().unwrap().to_owned();
        let bens = token(&app, ben, &[Scope::Account]);
        let path = format!("/api/v1/me/account/sessions/{id}");
        assert_eq!(status(&call(&app, &bens, "DELETE", &path, None)), 404, "somebody else’s");
        assert_eq!(status(&call(&app, &account, "DELETE", &path, None)), 200);
        assert_eq!(send(&app, "/account", &cookie, None).status.as_u16(), 303, "signed out there");
        assert_eq!(send(&app, "/account", &theirs, None).status.as_u16(), 200);
        let email = json!({ "email": "new@example.net" });
        assert_eq!(status(&call(&app, &account, "POST", "/api/v1/me/account/email", Some(email))), 202);
        assert!(letter_to(&app, "new@example.net").contains("/email-changes/"));
        let me = call(&app, &account, "GET", "/api/v1/me/account", None).body;
        assert_eq!(me["changing"]["email"], "new@example.net");
        assert_eq!(status(&call(&app, &account, "DELETE", "/api/v1/me/account/email", None)), 200);
        let tokens = call(&app, &account, "GET", "/api/v1/me/account/tokens", None).body;
        assert_eq!(tokens.as_array().unwrap().len(), 2);
        assert!(!tokens.to_string().contains("gw_"), "never the secret");
        let archive = call(&app, &account, "POST", "/api/v1/me/account/archive", None);
        assert_eq!((status(&archive), archive.headers["content-type"].to_str().unwrap()), (200, "application/zip"));
        let feed = call(&app, &account, "POST", "/api/v1/me/calendar/feed", None).body;
        let url = feed["url"].as_str().unwrap().trim_start_matches("http://127.0.0.1:1").to_owned();
        assert_eq!(send(&app, &url, "", None).status.as_u16(), 200);
        assert_eq!(status(&call(&app, &account, "DELETE", "/api/v1/me/calendar/feed", None)), 200);
        assert_eq!(send(&app, &url, "", None).status.as_u16(), 404, "ended");
        let wrong = json!({ "email": "ben-castle@example.org" });
        assert_eq!(status(&call(&app, &account, "POST", "/api/v1/me/account/erasure", Some(wrong))), 422);
        let right = json!({ "email": "Ana-Reyes@example.org" });
        assert_eq!(status(&call(&app, &account, "POST", "/api/v1/me/account/erasure", Some(right))), 202);
        assert_eq!(status(&call(&app, &account, "GET", "/api/v1/me/account", None)), 401, "away at once");
    });
}

#[test]
fn letters_contacts_and_pictures_are_kept_by_a_program_too() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Castle"));
        let app = app(db);
        let (token, bens) = (token_of(&app, ana), token_of(&app, ben));
        let wanted =
            json!({ "topics": { "vouches": "weekly" }, "zone": "America/Los_Angeles", "hour": 7, "weekday": 5 });
        let letters = call(&app, &token, "PUT", "/api/v1/me/letters", Some(wanted)).body;
        let of = |name: &str| {
            letters["topics"].as_array().unwrap().iter().find(|t| t["name"] == name).unwrap()["pace"].clone()
        };
        assert_eq!((of("vouches"), of("asked"), &letters["hour"]), (json!("weekly"), json!("instant"), &json!(7)));
        for bad in [
            json!({ "topics": { "asked": "weekly" } }),
            json!({ "topics": { "account": "never" } }),
            json!({ "zone": "Mars" }),
        ] {
            assert_eq!(status(&call(&app, &token, "PUT", "/api/v1/me/letters", Some(bad.clone()))), 422, "{bad}");
        }
        let push = call(&app, &token, "PUT", "/api/v1/me/push", Some(json!({ "topics": ["ask"] }))).body;
        assert_eq!(push["topics"], json!(["ask"]));

        let text = "Name,E-mail Address\nBen Castle,ben-castle@example.org\nZoe Long,zoe@example.net\n,nonsense\n";
        let path = "/api/v1/me/contacts";
        let brought = call(&app, &token, "POST", path, Some(json!({ "text": text }))).body;
        assert_eq!((&brought["added"], brought["problems"].as_array().unwrap().len()), (&json!(2), 1), "{brought}");
        let again = call(&app, &token, "POST", path, Some(json!({ "text": text }))).body;
        assert_eq!((&again["added"], &again["merged"]), (&json!(0), &json!(2)));
        let odd = json!({ "text": "Ada,ada@example.net\nBo,bo@example.net\n", "columns": { "Column 1": "name", "Column 2": "email" } });
        assert_eq!(call(&app, &token, "POST", path, Some(odd)).body["added"], 2);
        let first = call(&app, &token, "GET", &format!("{path}?limit=2"), None).body;
        let next = first["next"].as_str().unwrap();
        let second = call(&app, &token, "GET", &format!("{path}?limit=2&cursor={next}"), None).body;
        let names: Vec<&Value> = first["items"]
            .as_array()
            .unwrap()
            .iter()
            .chain(second["items"].as_array().unwrap())
            .map(|c| &c["name"])
            .collect();
        assert_eq!(names, ["Ada", "Ben Castle", "Bo", "Zoe Long"]);
        assert_eq!(call(&app, &bens, "GET", path, None).body["items"], json!([]), "for her eyes only");
        let one = format!("{path}/{}", first["items"][0]["id"].as_str().unwrap());
        assert_eq!(status(&call(&app, &bens, "DELETE", &one, None)), 404);
        let gone = call(&app, &token, "DELETE", &one, None).body;
        assert_eq!(status(&call(&app, &token, "GET", &one, None)), 404);
        let back = json!({ "deletion": gone["deletion"] });
        assert_eq!(status(&call(&app, &token, "POST", &format!("{path}/restoration"), Some(back))), 200);
        assert_eq!(status(&call(&app, &token, "GET", &one, None)), 200);
        let letters: i64 = app.db.read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM letters"), &[])).unwrap().unwrap();
        assert_eq!(letters, 0, "nobody is written to");

        let work = json!({ "field": "27-1023.00", "title": "Arch of roses" });
        let work = call(&app, &token, "POST", "/api/v1/me/works", Some(work)).body["id"].as_str().unwrap().to_owned();
        let mut png = Vec::new();
        image::DynamicImage::new_rgb8(30, 20)
            .write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png)
            .unwrap();
        let path = format!("/api/v1/works/{work}/pictures?alt=Roses");
        let kind = "application/octet-stream";
        assert_eq!(status(&upload(&app, &bens, "POST", &path, kind, png.clone())), 404, "not their work");
        assert_eq!(status(&upload(&app, &token, "POST", &path, "text/plain", png.clone())), 415);
        assert_eq!(status(&upload(&app, &token, "POST", &path, kind, b"no picture".to_vec())), 422);
        let added = upload(&app, &token, "POST", &path, "image/png", png.clone());
        assert_eq!(status(&added), 201, "{}", added.body);
        let shown = call(&app, &bens, "GET", &format!("/api/v1/works/{work}"), None).body;
        assert_eq!((&shown["pictures"][0]["alt"], &shown["pictures"][0]["width"]), (&json!("Roses"), &json!(30)));
        let picture = added.headers["location"].to_str().unwrap().to_owned();
        assert_eq!(call(&app, &bens, "GET", &picture, None).headers["content-type"], "image/jpeg");
        assert_eq!(status(&call(&app, &bens, "DELETE", &picture, None)), 404);
        assert_eq!(status(&call(&app, &token, "DELETE", &picture, None)), 200);
        assert_eq!(status(&upload(&app, &token, "PUT", "/api/v1/me/photo", kind, png.clone())), 200);
        assert_eq!(status(&call(&app, &token, "DELETE", "/api/v1/me/photo", None)), 200);
        assert_eq!(status(&upload(&app, "Bearer gw_none", "PUT", "/api/v1/me/photo", kind, png)), 401);
    });
}

#[test]
fn moderators_and_admins_keep_the_network_by_program() {
    on_both(|db| {
        let [ana, mo, ad, eve] = ["Ana Reyes", "Mo Derator", "Ad Min", "Eve Stone"].map(|name| member(&db, name));
        let app = app(db);
        app.db
            .write_here(|tx| {
                put(tx, mo, Role::Moderator)?;
                put(tx, ad, Role::Admin)
            })
            .unwrap();
        let name = crate::input::Name::parse("name", "t").unwrap();
        let refused = app.db.write_here(|tx| crate::tokens::issue(tx, ana, &name, &[Scope::Keep], 90));
        assert!(refused.is_err(), "a member has nothing of the kind to give");
        let [mos, ads] = [mo, ad].map(|who| token(&app, who, &[Scope::Keep]));
        let (anas, eves) = (token_of(&app, ana), token_of(&app, eve));
        let plain = token_of(&app, ad);
        assert_eq!(
            status(&call(&app, &plain, "GET", "/api/v1/admin", None)),
            403,
            "an admin’s token without the scope"
        );
        assert_eq!(status(&call(&app, &ads, "GET", "/api/v1/me", None)), 403, "keeping is not reading");

        let hook = json!({ "url": "https://example.org/hook", "kinds": ["report", "sanction"] });
        assert_eq!(status(&call(&app, &mos, "POST", "/api/v1/admin/webhooks", Some(hook.clone()))), 403);
        let made = call(&app, &ads, "POST", "/api/v1/admin/webhooks", Some(hook));
        assert_eq!(status(&made), 201, "{}", made.body);
        let secret = made.body["secret"].as_str().unwrap().to_owned();
        let at = made.headers["location"].to_str().unwrap().to_owned();
        let reads = token(&app, ad, &[Scope::Read]);
        for path in ["/api/v1/webhooks", &at] {
            assert!(!call(&app, &reads, "GET", path, None).body.to_string().contains("whsec_"), "{path}");
        }
        let path = format!("{at}/secret");
        assert_eq!(status(&call(&app, &reads, "GET", &path, None)), 403);
        assert_eq!(call(&app, &plain, "GET", &path, None).body["secret"], secret);

        let report = json!({ "person": "eve-stone", "reason": "unwanted", "words": "Writes zebraword every day" });
        assert_eq!(status(&call(&app, &anas, "POST", "/api/v1/reports", Some(report))), 202);
        let queue = call(&app, &mos, "GET", "/api/v1/admin/reports", None).body;
        assert_eq!(queue["items"][0]["about_name"], "Eve Stone", "{queue}");
        let close = format!("/api/v1/admin/reports/{}/closing", queue["items"][0]["id"].as_str().unwrap());
        let unknown = "/api/v1/admin/reports/00000000000000000000000000/closing";
        for (token, path, expected) in [(&eves, close.as_str(), 403), (&mos, unknown, 404), (&mos, &close, 422)] {
            assert_eq!(status(&call(&app, token, "POST", path, Some(json!({})))), expected, "{path}");
        }
        let decision = json!({ "decision": "Warned" });
        assert_eq!(status(&call(&app, &mos, "POST", &close, Some(decision.clone()))), 200);
        assert_eq!(status(&call(&app, &mos, "POST", &close, Some(decision))), 409);
        let closed = call(&app, &mos, "GET", "/api/v1/admin/reports?closed=true", None).body;
        assert_eq!(closed["items"][0]["decision"], "Warned");

        let warn = json!({ "kind": "warning", "reason": "Please write less." });
        let path = format!("/api/v1/admin/people/{eve}/sanctions");
        assert_eq!(status(&call(&app, &mos, "POST", &path, Some(json!({ "kind": "x", "days": 9_999 })))), 422);
        let decided = call(&app, &mos, "POST", &path, Some(warn));
        assert_eq!(status(&decided), 201, "{}", decided.body);
        let mine = call(&app, &eves, "GET", "/api/v1/me/sanctions", None).body;
        assert_eq!((&mine[0]["reason"], &mine[0]["by"]), (&json!("Please write less."), &Value::Null), "never by whom");
        let appeal = format!("/api/v1/me/sanctions/{}/appeal", mine[0]["id"].as_str().unwrap());
        let words = json!({ "words": "It was twice a year." });
        assert_eq!(status(&call(&app, &anas, "POST", &appeal, Some(words.clone()))), 404, "not hers");
        assert_eq!(status(&call(&app, &eves, "POST", &appeal, Some(words.clone()))), 200);
        assert_eq!(status(&call(&app, &eves, "POST", &appeal, Some(words))), 409);
        let open = call(&app, &ads, "GET", "/api/v1/admin/appeals", None).body;
        let answer = format!("/api/v1/admin/sanctions/{}/answer", open[0]["id"].as_str().unwrap());
        let yes = json!({ "answer": "You are right.", "lift": true });
        assert_eq!(status(&call(&app, &mos, "POST", &answer, Some(yes.clone()))), 403, "another than who decided");
        assert_eq!(status(&call(&app, &ads, "POST", &answer, Some(yes))), 200);

        let role = format!("/api/v1/admin/people/{ana}/role");
        assert_eq!(status(&call(&app, &mos, "PUT", &role, Some(json!({ "role": "moderator" })))), 403);
        assert_eq!(status(&call(&app, &ads, "PUT", &role, Some(json!({ "role": "king" })))), 422);
        assert_eq!(status(&call(&app, &ads, "PUT", &role, Some(json!({ "role": "moderator" })))), 200);
        let keepers = call(&app, &mos, "GET", "/api/v1/admin/people?show=keepers&limit=2", None).body;
        assert_eq!(keepers["items"].as_array().unwrap().len(), 2);
        let next = keepers["next"].as_str().unwrap();
        let rest =
            call(&app, &mos, "GET", &format!("/api/v1/admin/people?show=keepers&limit=2&cursor={next}"), None).body;
        assert_eq!((&rest["items"][0]["name"], &rest["next"]), (&json!("Mo Derator"), &Value::Null));

        let mut settings = call(&app, &ads, "GET", "/api/v1/admin/settings", None).body;
        settings["network"] = json!("Salt Street");
        settings["operator"] = json!("Ad Min");
        settings["fields"] = json!({ "27-1023.00": "off" });
        let saved = call(&app, &ads, "PUT", "/api/v1/admin/settings", Some(settings.clone()));
        assert_eq!((status(&saved), &saved.body), (200, &settings), "{}", saved.body);
        settings["join"] = json!("maybe");
        assert_eq!(status(&call(&app, &ads, "PUT", "/api/v1/admin/settings", Some(settings))), 422);

        app.db
            .write_here(|tx| {
                tx.enqueue("letter", "00000000000000000000000001", "", 0)?;
                let job = tx.claim_job(1_000)?.expect("one that is due");
                tx.fail_job(&job, "550 <ana@example.org>: no")
            })
            .unwrap();
        let failed = call(&app, &ads, "GET", "/api/v1/admin/jobs/failed", None).body;
        let item = failed["items"].as_array().unwrap().first().unwrap().clone();
        assert_eq!(item["reason"], "550 <address> no", "{failed}");
        let job = format!("/api/v1/admin/jobs/{}", item["id"].as_str().unwrap());
        assert_eq!(status(&call(&app, &ads, "POST", &format!("{job}/retry"), None)), 200);
        assert_eq!(status(&call(&app, &ads, "DELETE", &job, None)), 200);
        assert_eq!(status(&call(&app, &ads, "DELETE", &job, None)), 409);
        assert_eq!(call(&app, &ads, "GET", "/api/v1/admin/storage", None).body["rows"]["Members"], 4);
        let log = call(&app, &ads, "GET", "/api/v1/admin/audit?act=role+granted", None).body;
        assert_eq!(log["items"][0]["person"], "Ana Reyes", "{log}");
        assert_eq!(status(&call(&app, &mos, "GET", "/api/v1/admin/audit", None)), 403);

        // The network's webhook was told of what it asked for: acts and ids alone.
        let told = call(&app, &plain, "GET", &format!("{at}/deliveries"), None).body;
        let acts: Vec<String> = told["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| {
                serde_json::from_str::<Value>(d["body"].as_str().unwrap()).unwrap()["data"]["words"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let expected =
            ["warning lifted", "appeal answered", "appeal made", "warning given", "report closed", "report made"];
        assert_eq!(acts, expected);
        for text in ["Eve", "Ana", "zebraword", "Please write"] {
            assert!(!told.to_string().contains(text), "{text} in {told}");
        }
        app.db.write_here(|tx| put(tx, ad, Role::Member)).unwrap();
        let report = json!({ "person": "eve-stone", "reason": "other", "words": "Again" });
        assert_eq!(status(&call(&app, &anas, "POST", "/api/v1/reports", Some(report))), 202);
        let after = call(&app, &plain, "GET", &format!("{at}/deliveries"), None).body;
        assert_eq!(after["items"].as_array().unwrap().len(), acts.len(), "no admin any more");
    });
}

#[test]
fn a_meeting_is_set_and_groups_are_compared_by_program() {
    on_both(|db| {
        let [dana, ana, ben, eve] =
            ["Dana Whitfield", "Ana Reyes", "Ben Castle", "Eve Stone"].map(|name| member(&db, name));
        let app = app(db);
        let referral = app
            .db
            .write_here(|tx| {
                let (id, now) = (Key(tx.id()), tx.now());
                tx.execute(
                    sql!(
                        "INSERT INTO referrals (id, need_id, origin, asker_id, referrer_id, professional_id, client_id,
                           client_name, for_client, field, need_words, shared_place, shared_budget, shared_date,
                           note_to_referrer, state, basis, tie, confidence, words, unknowns, client_yes_at,
                           professional_yes_at, introduced_at, understood, progress, lost_reason, created_at, updated_at, version)
                         VALUES ($1, NULL, 'asked', $2, $3, $4, $2, 'Dana', FALSE, '27-1023.00', 'A florist', '', '', '', '',
                           'introduced', 'hired', 'none', 85, '', '', $5, $5, $5, '', 'touch', '', $5, $5, 1)"
                    ),
                    &[&id, &dana, &ana, &ben, &now],
                )?;
                Ok::<_, crate::error::Error>(id)
            })
            .unwrap();
        let [danas, anas, bens, eves] = [dana, ana, ben, eve].map(|who| token_of(&app, who));
        let path = format!("/api/v1/referrals/{referral}/meeting");
        let on = crate::say::iso_date(app.clock.now() + 3 * DAY, &jiff::tz::TimeZone::UTC);
        let sent = json!({ "on": on, "at": "15:30", "minutes": 45, "place": "Salt & Fig" });
        assert_eq!(status(&call(&app, &eves, "PUT", &path, Some(sent.clone()))), 404);
        assert_eq!(status(&call(&app, &anas, "PUT", &path, Some(sent.clone()))), 409, "the two themselves");
        assert_eq!(
            status(&call(&app, &bens, "PUT", &path, Some(json!({ "on": on, "at": "15:30", "minutes": 7 })))),
            422
        );
        let set = call(&app, &bens, "PUT", &path, Some(sent));
        assert_eq!((status(&set), &set.body["meeting"]["minutes"]), (200, &json!(45)), "{}", set.body);
        let seen = call(&app, &danas, "GET", &path, None).body;
        assert_eq!((&seen["meeting"]["place"], &seen["meeting"]["set_by_me"]), (&json!("Salt & Fig"), &json!(false)));
        assert_eq!(call(&app, &anas, "GET", &path, None).body["meeting"], Value::Null, "not the referrer’s to know");
        let file = call(&app, &danas, "GET", &format!("{path}.ics"), None);
        assert!(file.body.as_str().unwrap().contains("BEGIN:VEVENT"), "{}", file.body);
        let dates = call(&app, &danas, "GET", "/api/v1/me/calendar", None).body;
        assert!(dates["dates"].as_array().unwrap().iter().any(|d| d["place"] == "Salt & Fig"), "{dates}");
        run_jobs(&app);
        assert!(letter_to(&app, "dana-whitfield@example.org").contains("Salt & Fig"));
        assert_eq!(status(&call(&app, &danas, "DELETE", &path, None)), 200);
        assert_eq!(call(&app, &bens, "GET", &path, None).body["meeting"], Value::Null);

        let mut ids = Vec::new();
        for name in ["Tuesday Table", "Friday Forum"] {
            let joined = json!({ "name": name, "kind": "other", "since": "2020-01-01" });
            let all = call(&app, &anas, "POST", "/api/v1/me/groups", Some(joined)).body;
            let one = all.as_array().unwrap().iter().find(|g| g["name"] == name).unwrap();
            ids.push(one["group"].as_str().unwrap().to_owned());
        }
        let both = call(&app, &eves, "GET", &format!("/api/v1/groups/comparison?a={}&b={}", ids[0], ids[1]), None).body;
        assert_eq!((&both[0]["name"], &both[1]["name"]), (&json!("Tuesday Table"), &json!("Friday Forum")), "{both}");
        let path = format!("/api/v1/groups/comparison?a={}&b=x", ids[0]);
        assert_eq!(status(&call(&app, &eves, "GET", &path, None)), 404);
    });
}

#[test]
fn lists_of_any_length_are_read_to_their_end() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Castle"));
        let app = app(db);
        app.db
            .write_here(|tx| {
                let now = tx.now();
                for n in 0..230_i64 {
                    // Several of one moment: the cursor tells them apart.
                    let (id, at) = (tx.id(), now - n / 3);
                    tx.execute(
                        sql!("INSERT INTO notices (id, party_id, kind, words, url, created_at) VALUES ($1, $2, 'x', $3, '/', $4)"),
                        &[&id, &ana, &format!("{n}"), &at],
                    )?;
                    let id = tx.id();
                    tx.execute(
                        sql!(
                            "INSERT INTO vouches (id, from_id, to_id, field, basis, tie, confidence, words, state, is_public,
                               given_at, renewed_at, version)
                             VALUES ($1, $2, $3, $4, 'hired', 'none', 85, '', 'withdrawn', FALSE, $5, $5, 1)"
                        ),
                        &[&id, &ben, &ana, &"27-1023.00", &at],
                    )?;
                    let id = tx.id();
                    tx.execute(
                        sql!(
                            "INSERT INTO needs (id, asker_id, for_client, field, words, place, date_words, currency, visibility,
                               state, created_at, expires_at, version)
                             VALUES ($1, $2, FALSE, '27-1023.00', 'x', '', '', 'USD', 'members', 'open', $3, $4, 1)"
                        ),
                        &[&id, &ben, &at, &(now + DAY)],
                    )?;
                }
                Ok::<_, crate::error::Error>(())
            })
            .unwrap();
        let [anas, bens] = [ana, ben].map(|who| token_of(&app, who));
        for (token, path) in [
            (&anas, "/api/v1/me/notices?limit=100"),
            (&anas, "/api/v1/vouches?limit=100"),
            (&bens, "/api/v1/vouches?show=given&limit=100"),
            (&bens, "/api/v1/needs?limit=100"),
            (&anas, "/api/v1/needs/posted?limit=100"),
        ] {
            let (mut at, mut seen) = (path.to_owned(), std::collections::HashSet::new());
            loop {
                let page = call(&app, token, "GET", &at, None).body;
                for item in page["items"].as_array().unwrap_or_else(|| panic!("{path}: {page}")) {
                    assert!(seen.insert(item["id"].as_str().unwrap().to_owned()), "{path}: twice");
                }
                let Some(next) = page["next"].as_str() else { break };
                at = format!("{path}&cursor={next}");
            }
            assert_eq!(seen.len(), 230, "{path}");
        }
        for path in ["/api/v1/me/notices?cursor=x", "/api/v1/vouches?limit=0"] {
            assert_eq!(status(&call(&app, &anas, "GET", path, None)), 422, "{path}");
        }
    });
}
