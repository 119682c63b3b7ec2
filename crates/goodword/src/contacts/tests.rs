//! Stories: a file is looked at before it is taken, people are not doubled, nobody is written to, nobody else sees them.

use crate::app::App;
use crate::testing::{app, cookie_of, member, on_both};
use axum::body::Body;
use axum::http::{Request, header};
use store::{DAY, sql};
use tower::ServiceExt;

use crate::testing::send;

/// Sends a file as a browser does; returns status and where it leads, or the page.
fn upload(app: &App, cookie: &str, name: &str, bytes: &[u8]) -> (u16, String) {
    let mut body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let request = Request::post("/contacts/new")
        .header(header::COOKIE, cookie)
        .header(header::HOST, "127.0.0.1:1")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from(body))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = crate::router::router(app.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        if let Some(to) = response.headers().get(header::LOCATION) {
            return (status, to.to_str().unwrap().to_owned());
        }
        let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    })
}

const LINKEDIN: &str = "Notes:\n\"When exporting your connection data, you may notice that some are missing.\"\n\n\
    First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
    Ana,Reyes,https://example.org/ana,ana@example.org,Salt & Fig,Planner,02 Mar 2026\n\
    Zoë,Ñandú,https://example.org/zoe,,Own,Painter,02 Mar 2026\n\
    ,,https://example.org/x,not an address,,,02 Mar 2026\n\
    Cy,Stone,https://example.org/cy,cy@,,,02 Mar 2026\n";

/// The columns as the page proposes them.
fn proposed(page: &str) -> String {
    let mut form = Vec::new();
    for select in page.split("<select id=\"column").skip(1) {
        let at = select.split('"').next().unwrap();
        let options = select.split("</select>").next().unwrap();
        let chosen = options
            .split("<option")
            .find(|o| o.contains(" selected"))
            .map_or("", |o| o.split("value=\"").nth(1).unwrap().split('"').next().unwrap());
        form.push(format!("column{at}={chosen}"));
    }
    form.join("&")
}

fn letters(app: &App) -> i64 {
    app.db.read_here(|tx| tx.value::<i64>(sql!("SELECT COUNT(*) FROM letters"), &[])).unwrap().unwrap()
}

#[test]
fn a_file_is_looked_at_taken_and_reported_and_nobody_is_written_to() {
    on_both(|db| {
        let app = app(db);
        let dana = cookie_of(&app, member(&app.db, "Dana Whitlock"));
        let sol = cookie_of(&app, member(&app.db, "Sol Stone"));
        // Windows' own encoding, as Excel saves it.
        let windows: Vec<u8> = LINKEDIN.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let (status, file) = upload(&app, &dana, "Connections.csv", &windows);
        assert_eq!(status, 303, "{file}");
        let page = send(&app, &file, &dana, None).body;
        assert!(page.contains("How we read it") && page.contains("Connections.csv") && page.contains("Zoë Ñandú"));
        assert!(send(&app, "/contacts", &dana, None).body.contains("Nobody yet"), "nothing is kept before a yes");
        assert_eq!(send(&app, &file, &sol, None).status.as_u16(), 404);
        assert_eq!(send(&app, &file, &sol, Some("column0=name")).status.as_u16(), 404);

        // A mapping with nobody in it is refused, and what was chosen stays.
        let refused = send(&app, &file, &dana, Some("column4=firm"));
        assert_eq!(refused.status.as_u16(), 422);
        assert_eq!(proposed(&refused.body).matches("firm").count(), 1, "{}", proposed(&refused.body));

        let taken = send(&app, &file, &dana, Some(&proposed(&page)));
        assert_eq!(taken.status.as_u16(), 303, "{}", taken.body);
        let report = send(&app, &file, &dana, None).body;
        assert!(report.contains("3 people taken in"), "{report}");
        assert!(
            report.contains("Line 7") && report.contains("“not an address” is no e-mail address, and there is no name")
        );
        assert!(report.contains("Line 8") && report.contains("“cy@” is no e-mail address; taken without it"));
        assert_eq!(send(&app, &file, &dana, Some(&proposed(&page))).status.as_u16(), 303, "a second press");

        let list = send(&app, "/contacts", &dana, None).body;
        for name in ["Ana Reyes", "Cy Stone", "Zoë Ñandú"] {
            assert!(list.contains(name), "{name}");
        }
        assert!(send(&app, "/contacts?q=nandu", &dana, None).body.contains("Zoë"));
        assert!(!send(&app, "/contacts", &sol, None).body.contains("Ana Reyes"));
        assert_eq!(letters(&app), 0);
    });
}

#[test]
fn the_same_person_is_one_and_what_was_missing_is_filled() {
    on_both(|db| {
        let app = app(db);
        let dana = cookie_of(&app, member(&app.db, "Dana Whitlock"));
        let take = |name: &str, text: &str| {
            let (status, file) = upload(&app, &dana, name, text.as_bytes());
            assert_eq!(status, 303, "{file}");
            let form = proposed(&send(&app, &file, &dana, None).body);
            assert_eq!(send(&app, &file, &dana, Some(&form)).status.as_u16(), 303);
            send(&app, &file, &dana, None).body
        };
        take("a.csv", "Name,Email,Phone\nAna Reyes,ana@example.org,\nBen Okonkwo,,+1 (310) 555-0100\n");
        // By address, whatever the name; by name and telephone, however it is written; in one file too.
        let cards = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Reyes, A.\r\nEMAIL;TYPE=INTERNET:ANA@example.org\r\nORG:Salt & Fig\r\nEND:VCARD\r\n\
            BEGIN:VCARD\r\nVERSION:4.0\r\nFN:BEN  OKONKWO\r\nTEL;VALUE=uri:tel:310-555-0100\r\nEMAIL:ben@example.org\r\nEND:VCARD\r\n\
            BEGIN:VCARD\r\nVERSION:2.1\r\nN:Diaz;Eva\r\nEMAIL:eva@example.org\r\nEND:VCARD\r\nnonsense\r\n\
            BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Eva Diaz\r\nEMAIL:eva@example.org\r\nEND:VCARD\r\n";
        let report = take("all.vcf", cards);
        assert!(report.contains("1 person taken in") && report.contains("3 you had already"), "{report}");
        assert!(report.contains("Card 4"), "{report}");
        let list = send(&app, "/contacts", &dana, None).body;
        assert!(list.contains("3 people") && list.contains("Salt &#38; Fig"), "{list}");
        assert!(list.contains("Ana Reyes") && !list.contains("Reyes, A."), "the name she has stays");
    });
}

#[test]
fn who_is_here_is_said_only_of_people_who_allow_it() {
    on_both(|db| {
        let app = app(db);
        let (dana, ana) = (member(&app.db, "Dana Whitlock"), member(&app.db, "Ana Reyes"));
        member(&app.db, "Ben Okonkwo");
        app.db
            .write_here(|tx| tx.execute(sql!("UPDATE profiles SET findable = TRUE WHERE party_id = $1"), &[&ana]))
            .unwrap();
        let cookie = cookie_of(&app, dana);
        let text =
            "Name,Email\nA. Reyes,Ana-Reyes@example.org\nBen,ben-okonkwo@example.org\nMe,dana-whitlock@example.org\n";
        let (_, file) = upload(&app, &cookie, "x.csv", text.as_bytes());
        send(&app, &file, &cookie, Some("column0=name&column1=email"));
        let here = send(&app, "/contacts?here=yes", &cookie, None).body;
        assert!(here.contains("Already here, 1") && here.contains("A. Reyes") && !here.contains("Ben<"), "{here}");
        let all = send(&app, "/contacts", &cookie, None).body;
        let path = |name: &str| {
            let before = all.split(&format!("\">{name}</a>")).next().unwrap();
            before.rsplit("href=\"").next().unwrap().to_owned()
        };
        let hers = send(&app, &path("A. Reyes"), &cookie, None).body;
        assert!(hers.contains("/people/ana-reyes") && hers.contains("I rely on their judgement"));
        // Ben is a member and does not want to be found: he looks like anybody who is not here.
        let bens = send(&app, &path("Ben"), &cookie, None).body;
        assert!(
            !bens.contains("/people/ben")
                && bens.contains("/invitations/new?name=Ben&#38;email=ben-okonkwo%40example.org"),
            "{bens}"
        );
        let form = send(&app, "/invitations/new?name=Ben&email=ben%40example.org", &cookie, None).body;
        assert!(form.contains("value=\"ben@example.org\""));
    });
}

#[test]
fn deleted_comes_back_for_a_day_and_is_gone_after_it() {
    on_both(|db| {
        let app = app(db);
        let (dana, sol) = (member(&app.db, "Dana Whitlock"), member(&app.db, "Sol Stone"));
        let (dana, sol) = (cookie_of(&app, dana), cookie_of(&app, sol));
        let (_, file) = upload(&app, &dana, "x.csv", b"Name,Email\nAna,ana@example.org\nBen,ben@example.org\n");
        send(&app, &file, &dana, Some("column0=name&column1=email"));
        let list = send(&app, "/contacts", &dana, None).body;
        let ana = list.split("\">Ana</a>").next().unwrap().rsplit("href=\"").next().unwrap().to_owned();
        assert_eq!(send(&app, &ana, &sol, None).status.as_u16(), 404);
        assert_eq!(send(&app, &format!("{ana}/removal"), &sol, Some("")).status.as_u16(), 404);

        assert_eq!(send(&app, &format!("{ana}/removal"), &dana, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, &ana, &dana, None).status.as_u16(), 404);
        let at = app.clock.now();
        send(&app, &format!("/contacts/restoration/{at}"), &sol, Some(""));
        assert_eq!(send(&app, &ana, &dana, None).status.as_u16(), 404, "only its owner brings it back");
        send(&app, &format!("/contacts/restoration/{at}"), &dana, Some(""));
        assert_eq!(send(&app, &ana, &dana, None).status.as_u16(), 200);

        assert!(send(&app, "/contacts/removal", &dana, None).body.contains("Delete 2 people?"));
        send(&app, "/contacts/removal", &dana, Some(""));
        app.clock.advance(DAY + 1);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(crate::jobs::run_due(&app));
        let left = app.db.read_here(|tx| {
            Ok::<_, store::Error>((
                tx.value::<i64>(sql!("SELECT COUNT(*) FROM contacts"), &[])?,
                tx.value::<i64>(sql!("SELECT COUNT(*) FROM contact_files"), &[])?,
            ))
        });
        assert_eq!(left.unwrap(), (Some(0), Some(0)));
    });
}

#[test]
fn what_is_no_address_book_is_said_so() {
    on_both(|db| {
        let app = app(db);
        let dana = cookie_of(&app, member(&app.db, "Dana Whitlock"));
        for (bytes, said) in [
            (b"".to_vec(), "This file is empty"),
            (b"PK\x03\x04 a sheet".to_vec(), "This is no text file"),
            (b"Name,Email\n".to_vec(), "There is nobody in this file"),
            (vec![b'a'; 4 * 1024 * 1024 + 1], "larger than 4 MB"),
        ] {
            let (status, page) = upload(&app, &dana, "x.csv", &bytes);
            assert_eq!(status, 422, "{said}");
            assert!(page.contains(said), "{said}: {page}");
        }
        assert_eq!(upload(&app, "", "x.csv", b"Name,Email\nA,a@example.org\n").0, 303, "signed out: to the sign-in");
    });
}
