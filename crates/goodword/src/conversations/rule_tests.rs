//! The rules of conversations one by one, through the whole router: sorting, naming, limits, bad input, pictures.

use super::tests::{GUEST, begin, guest_cookie, hidden, id_in, later, moderate, run_jobs, say};
use crate::app::App;
use crate::key::Key;
use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, send, send_bytes};
use axum::body::Body;
use axum::http::{Request, header};
use store::sql;
use tower::ServiceExt;

/// Where each of some words first stands in a page.
fn order(page: &str, words: &[&str]) -> Vec<usize> {
    words.iter().map(|w| page.find(w).unwrap_or_else(|| panic!("“{w}” is not in {page}"))).collect()
}

#[test]
fn most_useful_first_then_the_newer_and_nobody_praises_themselves() {
    on_both(|db| {
        let app = app(db);
        let cookies: Vec<String> =
            ["Ana Reyes", "Ben Castle", "Carla Diaz"].map(|n| cookie_of(&app, member(&app.db, n))).to_vec();
        let path = begin(&app, &cookies[0], "Useful");
        let ids: Vec<String> = ["First words", "Second words", "Third words"]
            .iter()
            .map(|words| id_in(&say(&app, &cookies[0], &path, &format!("text={words}")).location))
            .collect();
        let mark = |who: usize, which: usize, useful: &str| {
            let to = format!("/comments/{}/useful", ids[which]);
            send(&app, &to, &cookies[who], Some(&format!("useful={useful}"))).status.as_u16()
        };
        assert_eq!(mark(0, 0, "yes"), 403, "one’s own");
        assert_eq!([mark(1, 1, "yes"), mark(2, 1, "yes"), mark(1, 0, "yes"), mark(1, 0, "yes")], [303; 4]);
        let sorted = || {
            let page = send(&app, &format!("{path}?sort=useful"), "", None).body;
            let at = order(&page, &["First words", "Second words", "Third words"]);
            let mut ranks = vec![0, 1, 2];
            ranks.sort_by_key(|i| at[*i]);
            ranks
        };
        assert_eq!(sorted(), [1, 0, 2]);
        assert!(send(&app, &path, "", None).body.contains("useful to 2"), "twice by the same person is once");
        assert_eq!([mark(1, 1, "no"), mark(2, 1, "no"), mark(1, 0, "no"), mark(1, 0, "no")], [303; 4]);
        assert_eq!(sorted(), [2, 1, 0], "equally useful: the newer first");
        assert_eq!(send(&app, &format!("/comments/{}/useful", ids[0]), "", Some("")).status.as_u16(), 303);
        assert!(!send(&app, &path, "", None).body.contains("useful to"), "signed out it leads to sign-in alone");
    });
}

#[test]
fn naming_somebody_needs_one_member_and_begins_a_vouch_with_the_words_alone() {
    on_both(|db| {
        let app = app(db);
        let (ana, walt) = (member(&app.db, "Ana Reyes"), member(&app.db, "Walt Emery"));
        for (name, handle) in [("Sam Stone", "sam-stone"), ("Sam Stone", "sam-stone-2")] {
            let id = member(&app.db, &format!("X {handle}"));
            app.db
                .write_here(|tx| {
                    tx.execute(
                        sql!("UPDATE parties SET name = $1, folded = $2, handle = $3 WHERE id = $4"),
                        &[&name, &formats::name::fold(name), &handle, &id],
                    )
                })
                .unwrap();
        }
        let cookie = cookie_of(&app, ana);
        let path = begin(&app, &cookie, "Who mends suits?");
        for (whom, words) in [
            ("Nobody+Here", "Nobody of that name"),
            ("Sam+Stone", "Several members have that name"),
            ("ana-reyes", "That is you"),
        ] {
            let refused =
                say(&app, &cookie, &path, &format!("text=He+rewove+it+**by+hand**.&purpose=answer&named={whom}"));
            assert_eq!(refused.status.as_u16(), 422, "{whom}");
            assert!(refused.body.contains(words) && refused.body.contains("by hand"), "{}", refused.body);
        }
        let sent = say(&app, &cookie, &path, "text=He+rewove+it+**by+hand**.&purpose=answer&named=walt+EMERY");
        let id = id_in(&sent.location);
        let offer = format!("/people/walt-emery/vouches/new?comment={id}");
        assert!(send(&app, &path, &cookie, None).body.contains(&offer));
        assert!(!send(&app, &path, &cookie_of(&app, walt), None).body.contains(&offer), "the author’s alone");
        let form = send(&app, &offer, &cookie, None).body;
        assert!(form.contains("He rewove it by hand.</textarea>") && form.contains("Who mends suits?"), "{form}");
        assert!(
            !form.contains("name=\"basis\" value=\"hired\" checked")
                && !form.contains("name=\"tie\" value=\"none\" checked")
        );
        // Somebody else’s comment, or one about somebody else, begins nothing.
        let other = cookie_of(&app, member(&app.db, "Otto Other"));
        assert!(!send(&app, &offer, &other, None).body.contains("rewove"));
        let wrong = format!("/people/sam-stone/vouches/new?comment={id}");
        assert!(!send(&app, &wrong, &cookie, None).body.contains("rewove"));

        // The vouch stands beside the name for members; a private profile’s name is not told to strangers.
        assert!(send(&app, &path, "", None).body.contains("/people/walt-emery"));
        app.db
            .write_here(|tx| {
                tx.execute(
                    sql!(
                        "INSERT INTO professions (id, party_id, field, own_words, licence, position)
                         VALUES ($1, $2, '51-6052.00', 'tailor', '', 0)"
                    ),
                    &[&Key(tx.id()), &walt],
                )
            })
            .unwrap();
        let word = "field=51-6052.00&basis=hired&tie=none&confidence=85&words=By+hand.";
        let given = send(&app, "/people/walt-emery/vouches/new", &cookie, Some(word));
        assert_eq!(given.status.as_u16(), 303, "{}", given.body);
        assert!(send(&app, &path, &cookie, None).body.contains("and vouches for their work"));
        assert!(!send(&app, &path, "", None).body.contains("and vouches for their work"));
        app.db
            .write_here(|tx| tx.execute(sql!("UPDATE profiles SET is_public = FALSE WHERE party_id = $1"), &[&walt]))
            .unwrap();
        assert!(!send(&app, &path, "", None).body.contains("walt-emery"));
        // A guest names nobody.
        let guest = say(&app, "", &path, &format!("text=Me+too&purpose=answer&named=walt-emery&{GUEST}"));
        assert_eq!(guest.status.as_u16(), 303);
        let named: Option<i64> = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM comments WHERE named_id IS NOT NULL"), &[]))
            .unwrap();
        assert_eq!(named, Some(1));
    });
}

#[test]
fn floods_stop_and_disguised_names_wait() {
    on_both(|db| {
        let app = app(db);
        let mo = member(&app.db, "Mo Field");
        moderate(&app, mo);
        let mo = cookie_of(&app, mo);
        let path = begin(&app, &mo, "Floods");
        let guest = |n: usize, name: &str| {
            say(&app, "", &path, &format!("text=Words+{n}&name={name}&email=g{n}%40example.com"))
        };
        // What members write from the same network takes nobody's turn.
        for n in 0..25 {
            assert_eq!(say(&app, &mo, &path, &format!("text=From+inside+{n}")).status.as_u16(), 303, "{n}");
        }
        // Half a minute between each, always another name and address: the network address is what they share.
        for n in 0..20 {
            assert_eq!(guest(n, "Grace").status.as_u16(), 303, "{n}");
        }
        let over = guest(20, "Grace");
        assert_eq!(over.status.as_u16(), 429);
        assert!(over.body.contains("Words 20</textarea>"));
        later(&app, 3_600);
        // Cyrillic А, then Latin: confirmed or not, it waits and says why.
        let sent = guest(21, "%D0%90na+Reyes");
        assert_eq!(sent.status.as_u16(), 303);
        let cookie = guest_cookie(&sent);
        send(&app, &link_in(&letter_to(&app, "g21@example.com"), "/conversations/guests/"), "", Some("answer=yes"));
        assert!(send(&app, "/moderation", &mo, None).body.contains("the name mixes alphabets"));
        assert!(send(&app, &path, &cookie, None).body.contains("Awaiting approval"));
        // One letter asks an address; nobody’s mailbox is filled from here.
        for n in 0..5 {
            later(&app, 900);
            let typed = format!("text=Again+{n}&name=V&email=victim%40example.com");
            assert_eq!(say(&app, "", &path, &typed).status.as_u16(), 303);
        }
        let letters: Option<i64> = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM letters WHERE address = 'victim@example.com'"), &[]))
            .unwrap();
        assert_eq!(letters, Some(3));
    });
}

#[test]
fn a_confirmation_is_good_for_its_browser_and_no_other() {
    on_both(|db| {
        let app = app(db);
        let ana = cookie_of(&app, member(&app.db, "Ana Reyes"));
        let path = begin(&app, &ana, "Confirmed");
        say(&app, "", &path, &format!("text=Mine&{GUEST}"));
        let link = link_in(&letter_to(&app, "grace@example.com"), "/conversations/guests/");
        send(&app, &link, "", Some("answer=yes"));
        // Somebody else types her address later; her old link, pressed again by whoever finds it, confirms nothing.
        let other = say(&app, "", &path, &format!("text=Not+hers&{GUEST}"));
        send(&app, &link, "", Some("answer=yes"));
        let state = |id: &str| -> String {
            let id: Key = id.parse().unwrap();
            app.db.read_here(|tx| tx.value(sql!("SELECT state FROM comments WHERE id = $1"), &[&id])).unwrap().unwrap()
        };
        assert_eq!(state(&id_in(&other.location)), "unconfirmed");
        // A no deletes that one, its address stays with the confirmed one, and a second no finds nothing.
        let link = link_in(&letter_to(&app, "grace@example.com"), "/conversations/guests/");
        send(&app, &link, "", Some("answer=no"));
        send(&app, &link, "", Some("answer=yes"));
        let left: Vec<String> =
            app.db.read_here(|tx| tx.rows(sql!("SELECT text FROM comments"), &[], |r| r.get(0))).unwrap();
        assert_eq!(left, ["Mine"]);
        for bad in [format!("{link}x"), "/conversations/guests/nonsense".into()] {
            assert_eq!(send(&app, &bad, "", Some("answer=yes")).status.as_u16(), 404);
        }
        later(&app, 8 * 86_400);
        assert_eq!(send(&app, &link, "", Some("answer=yes")).status.as_u16(), 410, "after a week");
    });
}

#[test]
fn nobody_writes_where_it_is_closed_taken_away_or_held() {
    on_both(|db| {
        let app = app(db);
        let (ana, mo) = (member(&app.db, "Ana Reyes"), member(&app.db, "Mo Field"));
        moderate(&app, mo);
        let (ana, mo, ben) =
            (cookie_of(&app, ana), cookie_of(&app, mo), cookie_of(&app, member(&app.db, "Ben Castle")));
        let path = begin(&app, &ana, "Closed");
        let form = hidden(&send(&app, &path, &ben, None).body, "form");
        later(&app, 30);
        let late =
            |words: &str| send(&app, &format!("{path}/comments"), &ben, Some(&format!("text={words}&form={form}")));
        send(&app, &format!("{path}/closing"), &ana, Some(""));
        let closed = late("Too+late");
        assert_eq!(closed.status.as_u16(), 409);
        assert!(closed.body.contains("takes no more comments"), "{}", closed.body);
        send(&app, &format!("{path}/opening"), &ana, Some(""));
        send(&app, &format!("{path}/removal"), &ana, Some(""));
        assert_eq!(late("Gone").status.as_u16(), 410);
        send(&app, &format!("{path}/restoration"), &ana, Some(""));
        assert_eq!(late("Back").status.as_u16(), 303);

        // Held for its links, taken away by its author and put back, it is still held.
        let form = hidden(&send(&app, "/conversations/new", &ana, None).body, "form");
        let typed = format!("title=Ads&text=https://a.example+https://b.example&visibility=public&form={form}");
        let ads = send(&app, "/conversations/new", &ana, Some(&typed)).location;
        assert_eq!(send(&app, &ads, &ben, None).status.as_u16(), 404);
        send(&app, &format!("{ads}/removal"), &ana, Some(""));
        send(&app, &format!("{ads}/restoration"), &ana, Some(""));
        assert_eq!(send(&app, &ads, &ben, None).status.as_u16(), 404, "no way round the moderators");
        let queue = send(&app, "/moderation", &mo, None).body;
        assert!(queue.contains("has 2 links") && queue.contains("Ads"));
        // An edit that would have been held is held.
        let edit = format!("{path}/edit");
        let version = hidden(&send(&app, &edit, &ana, None).body, "version");
        let typed =
            format!("title=Closed&text=https://a.example+https://b.example&visibility=public&version={version}");
        assert_eq!(send(&app, &edit, &ana, Some(&typed)).status.as_u16(), 303);
        assert_eq!(send(&app, &path, &ben, None).status.as_u16(), 404);
        assert_eq!(send(&app, &edit, &ana, Some(&typed)).status.as_u16(), 409, "made from what is no more");
        // Its history is for who may read it, and a moderator removes what nobody else puts back.
        assert!(send(&app, &format!("{path}/about"), &mo, None).body.contains("What do you think?"));
        assert_eq!(send(&app, &format!("{path}/about"), &ben, None).status.as_u16(), 404);
        let id: Key =
            app.db.read_here(|tx| tx.value(sql!("SELECT id FROM posts WHERE title = 'Closed'"), &[])).unwrap().unwrap();
        send(&app, &format!("/moderation/posts/{id}"), &mo, Some("to=removed"));
        assert_eq!(send(&app, &format!("{path}/restoration"), &ana, Some("")).status.as_u16(), 403);
        assert_eq!(send(&app, &format!("{path}/restoration"), &mo, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, &path, &ben, None).status.as_u16(), 200);
    });
}

#[test]
fn a_name_writes_no_header_of_a_letter() {
    on_both(|db| {
        let app = app(db);
        let (ana, mo) = (member(&app.db, "Ana Reyes"), member(&app.db, "Mo Field"));
        moderate(&app, mo);
        let (ana, mo) = (cookie_of(&app, ana), cookie_of(&app, mo));
        let path = begin(&app, &ana, "Letters");
        let sent = say(
            &app,
            "",
            &path,
            "text=Hi&name=Eve%0D%0ABcc:+all%40example.com%0D%0A%0D%0A<b>Body</b>&email=eve%40example.com",
        );
        assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
        send(&app, &link_in(&letter_to(&app, "eve@example.com"), "/conversations/guests/"), "", Some("answer=yes"));
        send(&app, &format!("/moderation/comments/{}", id_in(&sent.location)), &mo, Some("to=approved"));
        run_jobs(&app);
        let letters: Vec<(String, String, String)> = app
            .db
            .read_here(|tx| {
                tx.rows(sql!("SELECT subject, to_name, html FROM letters"), &[], |r| {
                    Ok((r.get(0)?, r.get(1)?, r.get(2)?))
                })
            })
            .unwrap();
        assert!(letters.iter().any(|(subject, ..)| subject.starts_with("Eve Bcc: all@example.com")), "{letters:?}");
        for (subject, name, html) in letters {
            assert!(!subject.contains(['\r', '\n']) && !name.contains(['\r', '\n']), "{subject}");
            assert!(!html.contains("<b>Body</b>"), "{html}");
        }
        for bad in ["eve%40example.com%0D%0ABcc:+all%40example.com", "eve%40example.com,all%40example.com"] {
            let refused = say(&app, "", &path, &format!("text=Hi+again&name=Eve&email={bad}"));
            assert_eq!(refused.status.as_u16(), 422, "{bad}");
        }
    });
}

/// Sends a form with a file as a browser does.
fn upload(app: &App, path: &str, cookie: &str, fields: &[(&str, &str)], file: &[u8]) -> (u16, String, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        body.extend_from_slice(b"--X\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n");
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--X--\r\n");
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::HOST, "127.0.0.1:1")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=X")
            .body(Body::from(body))
            .unwrap();
        let response = crate::router::router(app.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let location = response.headers().get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned());
        let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
        (status, location.unwrap_or_default(), String::from_utf8_lossy(&bytes).into_owned())
    })
}

fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(40, 30, image::Rgb([10, 90, 70]));
    image::DynamicImage::ImageRgb8(picture).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn pictures_are_seen_by_who_reads_the_words_around_them() {
    on_both(|db| {
        let app = app(db);
        let (ana, ben) = (member(&app.db, "Ana Reyes"), member(&app.db, "Ben Castle"));
        let (ana, ben) = (cookie_of(&app, ana), cookie_of(&app, ben));
        let path = begin(&app, &ana, "Pictures");
        let to = format!("{path}/comments");
        let form = || hidden(&send(&app, &path, &ana, None).body, "form");
        later(&app, 30);

        // What is no picture, or has no words for it, is refused and the text is kept.
        for (file, alt, words) in [
            (b"GIF89a not a picture".to_vec(), "An arch", "not a JPEG, PNG or WebP"),
            (png(), " ", "Please say what the picture shows"),
        ] {
            let (status, _, body) =
                upload(&app, &to, &ana, &[("text", "Look:"), ("alt", alt), ("form", &form())], &file);
            assert_eq!(status, 422);
            assert!(body.contains(words) && body.contains("Look:</textarea>"), "{body}");
        }
        let (status, location, _) = upload(&app, &to, "", &[("text", "Look:"), ("alt", "x")], &png());
        assert_eq!((status, location.starts_with("/sign-in")), (303, true), "members only");

        // Preview keeps it for its author alone; then it is published with the words.
        let fields = [("text", "Look:"), ("alt", "An arch [of] willow"), ("action", "preview"), ("form", &form())];
        let (status, _, preview) = upload(&app, &to, &ana, &fields, &png());
        assert_eq!(status, 200);
        let picture = preview.split("src=\"/pictures/").nth(1).and_then(|p| p.split('"').next()).unwrap().to_owned();
        assert!(preview.contains("alt=\"An arch  of  willow\""), "{preview}");
        let url = format!("/pictures/{picture}");
        let seen = |cookie: &str| send(&app, &url, cookie, None).status.as_u16();
        assert_eq!([seen(&ana), seen(&ben), seen("")], [200, 404, 404]);
        let text = crate::router::url_encode(&format!("Look:\n\n![An arch]({url})"));
        let sent = say(&app, &ana, &path, &format!("text={text}"));
        assert_eq!([seen(&ana), seen(&ben), seen("")], [200, 200, 200]);
        let page = send(&app, &path, "", None).body;
        assert!(page.contains(&format!("<img src=\"{url}\" alt=\"An arch\" loading=\"lazy\">")), "{page}");
        // Somebody else naming it in a text of theirs gets no hold of it.
        say(&app, &ben, &path, &format!("text=Mine+now+{text}"));
        let id = id_in(&sent.location);
        send(&app, &format!("/comments/{id}/removal"), &ana, Some(""));
        assert_eq!([seen(&ana), seen(&ben), seen("")], [200, 404, 404], "gone with the words");
        send(&app, &format!("/comments/{id}/restoration"), &ana, Some(""));
        assert_eq!(seen(""), 200);

        // A post for members shows its pictures to members; a day later what was never published is gone.
        let new = hidden(&send(&app, "/conversations/new", &ana, None).body, "form");
        let fields = [("title", "Inside"), ("text", "Us."), ("visibility", "members"), ("alt", "Us"), ("form", &new)];
        let (status, inside, body) = upload(&app, "/conversations/new", &ana, &fields, &png());
        assert_eq!(status, 303, "{body}");
        let page = send(&app, &inside, &ben, None).body;
        let shown = page.split("src=\"/pictures/").nth(1).and_then(|p| p.split('"').next()).unwrap().to_owned();
        let of_post = format!("/pictures/{shown}");
        assert_eq!(send(&app, &of_post, &ben, None).status.as_u16(), 200);
        assert_eq!(send(&app, &of_post, "", None).status.as_u16(), 404);
        let fields = [("text", "Never sent"), ("alt", "x"), ("action", "preview"), ("form", &form())];
        upload(&app, &to, &ana, &fields, &png());
        let count =
            || -> Option<i64> { app.db.read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM pictures"), &[])).unwrap() };
        assert_eq!(count(), Some(3));
        app.db.write_here(crate::retention::schedule).unwrap();
        later(&app, 2 * 86_400 + 10);
        assert_eq!(count(), Some(2));
        // Deleted for good, the words take their picture along.
        send(&app, &format!("/comments/{id}/removal"), &cookie_again(&app, "ana-reyes"), Some(""));
        later(&app, 31 * 86_400);
        assert_eq!(count(), Some(1));
    });
}

#[test]
fn pictures_come_and_go_by_an_edit() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben] = ["Ana Reyes", "Ben Castle"].map(|name| cookie_of(&app, member(&app.db, name)));
        let path = begin(&app, &ana, "Pictures");
        let id = id_in(&say(&app, &ana, &path, "text=Look%3A").location);
        let edit = format!("/comments/{id}/edit");
        let form = |to: &str| send(&app, to, &ana, None).body;
        let count =
            || -> Option<i64> { app.db.read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM pictures"), &[])).unwrap() };
        let seen = |url: &str, cookie: &str| send(&app, url, cookie, None).status.as_u16();

        // Nobody leaves a picture with somebody else's comment, and one without words for it is sent back with the text.
        assert_eq!(upload(&app, &edit, &ben, &[("text", "Mine"), ("alt", "x"), ("version", "1")], &png()).0, 404);
        let (status, _, body) = upload(&app, &edit, &ana, &[("text", "See:"), ("alt", ""), ("version", "1")], &png());
        assert!(
            status == 422 && body.contains("See:</textarea>") && body.contains("say what the picture shows"),
            "{body}"
        );
        assert_eq!(count(), Some(0));

        let fields = [("text", "Look:"), ("alt", "An arch"), ("version", "1")];
        let (status, _, body) = upload(&app, &edit, &ana, &fields, &png());
        assert_eq!(status, 303, "{body}");
        let page = form(&path);
        let picture = page.split("src=\"/pictures/").nth(1).and_then(|p| p.split('"').next()).unwrap().to_owned();
        let url = format!("/pictures/{picture}");
        assert!(page.contains("alt=\"An arch\"") && page.contains("edited"), "{page}");
        assert_eq!([seen(&url, &ana), seen(&url, &ben), seen(&url, "")], [200, 200, 200]);

        // Ticked to go, it is gone for all but its author, from the wording before too; put back by hand it is there again.
        let page = form(&edit);
        assert!(page.contains(&format!("name=\"out\" value=\"{picture}\"")) && page.contains("An arch"), "{page}");
        let (text, version) = (format!("Look:\n\n![An arch]({url})\n\nThere."), hidden(&page, "version"));
        let fields = [("text", text.as_str()), ("out", &picture), ("version", &version), ("action", "preview")];
        let (_, _, preview) = upload(&app, &edit, &ana, &fields, b"");
        assert!(preview.contains("Look:\n\nThere.</textarea>"), "{preview}");
        assert_eq!(seen(&url, ""), 200, "nothing is saved by looking");
        let (status, _, body) = upload(&app, &edit, &ana, &fields[..3], b"");
        assert_eq!(status, 303, "{body}");
        assert!(!form(&path).contains(&url));
        let history = form(&format!("/comments/{id}"));
        assert!(history.contains("An arch") && !history.contains("<img"), "{history}");
        assert_eq!([seen(&url, &ana), seen(&url, &ben), seen(&url, "")], [200, 404, 404]);
        let version = hidden(&form(&edit), "version");
        assert_eq!(upload(&app, &edit, &ana, &[("text", &text), ("version", &version)], b"").0, 303);
        assert_eq!(seen(&url, ""), 200);

        // The same with a post; a day later what was taken out is deleted.
        let change = format!("{path}/edit");
        let version = hidden(&form(&change), "version");
        let typed = [("title", "Pictures"), ("text", "Us:"), ("visibility", "public"), ("alt", "Us")];
        let fields: Vec<_> = typed.into_iter().chain([("version", version.as_str())]).collect();
        assert_eq!(upload(&app, &change, &ana, &fields, &png()).0, 303);
        let page = form(&change);
        let ours = page.split("name=\"out\" value=\"").nth(1).and_then(|p| p.split('"').next()).unwrap().to_owned();
        let url = format!("/pictures/{ours}");
        assert_eq!(seen(&url, ""), 200);
        let (version, text) = (hidden(&page, "version"), format!("Us:\n\n![Us]({url})"));
        let typed = [("title", "Pictures"), ("text", text.as_str()), ("visibility", "public"), ("out", &ours)];
        let fields: Vec<_> = typed.into_iter().chain([("version", version.as_str())]).collect();
        assert_eq!(upload(&app, &change, &ana, &fields, b"").0, 303);
        assert_eq!(seen(&url, ""), 404);
        assert_eq!(count(), Some(2));
        app.db.write_here(crate::retention::schedule).unwrap();
        later(&app, 2 * 86_400 + 10);
        assert_eq!(count(), Some(1), "the one still shown");
    });
}

#[test]
fn programs_send_pictures_and_show_them_in_comments() {
    on_both(|db| {
        let app = app(db);
        let who = member(&app.db, "Ana Reyes");
        let (ana, token) = (cookie_of(&app, who), crate::api::tests::token_of(&app, who));
        let path = begin(&app, &ana, "Pictures");
        let to = "/api/v1/pictures";
        assert_eq!(send_bytes(&app, to, &ana, "image/png", png()).status.as_u16(), 422, "without words for it");
        assert_eq!(send_bytes(&app, &format!("{to}?alt=x"), "", "image/png", png()).status.as_u16(), 401);
        let sent = send_bytes(&app, &format!("{to}?alt=An+arch"), &ana, "image/png", png());
        assert_eq!(sent.status.as_u16(), 201, "{}", sent.body);
        let sent: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
        let url = format!("/pictures/{}", sent["id"].as_str().unwrap());
        let seen = || send(&app, &url, "", None).status.as_u16();
        assert_eq!((sent["markdown"].as_str().unwrap(), seen()), (format!("![An arch]({url})").as_str(), 404));
        later(&app, 30);
        let text = format!("Look:\n\n{}", sent["markdown"].as_str().unwrap());
        let comments = format!("/api/v1{path}/comments");
        let call = |method: &str, path: &str, body: serde_json::Value| {
            crate::api::tests::call(&app, &token, method, path, Some(body))
        };
        let said = call("POST", &comments, serde_json::json!({ "text": text }));
        assert_eq!(said.status.as_u16(), 201, "{}", said.body);
        assert!(said.body["html"].as_str().unwrap().contains(&format!("<img src=\"{url}\"")), "{}", said.body);
        assert_eq!(seen(), 200);
        let wording = serde_json::json!({ "text": "Look:", "version": said.body["version"] });
        let changed = call("PUT", &format!("/api/v1/comments/{}", said.body["id"].as_str().unwrap()), wording);
        assert_eq!((changed.status.as_u16(), seen()), (200, 404), "{}", changed.body);
    });
}

/// A session runs out in a month; this is the next one.
fn cookie_again(app: &App, handle: &str) -> String {
    let id: Key =
        app.db.read_here(|tx| tx.value(sql!("SELECT id FROM parties WHERE handle = $1"), &[&handle])).unwrap().unwrap();
    cookie_of(app, id)
}

#[test]
fn what_is_reported_is_answered_by_a_decision_that_can_be_undone() {
    on_both(|db| {
        let app = app(db);
        let (ana, mo) = (member(&app.db, "Ana Reyes"), member(&app.db, "Mo Field"));
        moderate(&app, mo);
        let (ana, mo) = (cookie_of(&app, ana), cookie_of(&app, mo));
        let path = begin(&app, &ana, "Reported");
        let report = format!("{path}/report");
        let bad = send(&app, &report, "", Some("reason=&words=Kept"));
        assert_eq!(bad.status.as_u16(), 422);
        assert!(bad.body.contains("Please choose a reason") && bad.body.contains("Kept</textarea>"));
        assert_eq!(send(&app, &report, "", Some("reason=untrue&words=He+did+not")).status.as_u16(), 303);
        let queue = || send(&app, "/moderation?tab=reported", &mo, None).body;
        assert!(queue().contains("It states something untrue") && queue().contains("He did not"));
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM posts"), &[])).unwrap().unwrap();
        let decide = |to: &str| send(&app, &format!("/moderation/posts/{id}"), &mo, Some(&format!("to={to}")));
        assert_eq!(decide("left").status.as_u16(), 303);
        assert!(!queue().contains("He did not"));
        assert_eq!(decide("left").status.as_u16(), 409, "nothing is reported any more");
        assert_eq!(decide("spam").status.as_u16(), 303);
        assert_eq!(send(&app, &path, "", None).status.as_u16(), 404);
        let event: Key = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT id FROM moderation_events WHERE kind = 'spam'"), &[]))
            .unwrap()
            .unwrap();
        let undo = format!("/moderation/decisions/undoing?events={event}&next=/moderation");
        assert_eq!(send(&app, &undo, &ana, Some("")).status.as_u16(), 403);
        send(&app, &undo, &mo, Some(""));
        assert_eq!(send(&app, &path, "", None).status.as_u16(), 200);
        send(&app, &undo, &mo, Some(""));
        assert_eq!(send(&app, &path, "", None).status.as_u16(), 200, "undone once");
    });
}

#[test]
fn one_press_in_a_mail_program_ends_letters_and_asking_again_begins_them() {
    on_both(|db| {
        let app = app(db);
        let (ana, ben) = (member(&app.db, "Ana Reyes"), member(&app.db, "Ben Castle"));
        let (ana, ben) = (cookie_of(&app, ana), cookie_of(&app, ben));
        let path = begin(&app, &ana, "Muted");
        let letters = || -> i64 {
            app.db
                .read_here(|tx| {
                    tx.value(sql!("SELECT COUNT(*) FROM letters WHERE address = 'ana-reyes@example.org'"), &[])
                })
                .unwrap()
                .unwrap()
        };
        say(&app, &ben, &path, "text=One");
        run_jobs(&app);
        assert_eq!(letters(), 1);
        let ends =
            link_in(&letter_to(&app, "ana-reyes@example.org").replace("No more of these: ", ""), "/unsubscribing/");
        send(&app, &ends, "", Some("List-Unsubscribe=One-Click"));
        assert!(!send(&app, &path, &ana, None).body.contains("<option value=\"post\" selected"));
        say(&app, &ben, &path, "text=Two");
        run_jobs(&app);
        assert_eq!(letters(), 1);
        send(&app, &format!("{path}/subscription"), &ana, Some("scope=post&cadence=at+once"));
        assert!(send(&app, &path, &ana, None).body.contains("<option value=\"post\" selected"));
        say(&app, &ben, &path, "text=Three");
        run_jobs(&app);
        assert_eq!(letters(), 2);
    });
}
