//! Stories: passkeys of an authenticator made of software.

use super::verify::tests::{Soft, client, data};
use crate::app::App;
use crate::testing::{Answer, app, cookie_of, member, on_both, send};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use store::sql;

const ORIGIN: &str = "http://localhost:1";

fn challenge(app: &App, path: &str, cookie: &str) -> String {
    let answer = send(app, path, cookie, Some(""));
    let options: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{}", answer.body));
    assert_eq!(options["rp"], "localhost");
    options["challenge"].as_str().unwrap().to_owned()
}

fn make(app: &App, soft: &Soft, cookie: &str, id: &[u8]) -> Answer {
    let challenge = challenge(app, "/account/passkeys/challenge", cookie);
    let form = format!(
        "client_data={}&authenticator={}&public_key={}",
        BASE64.encode(client("webauthn.create", &challenge, ORIGIN)),
        BASE64.encode(data("localhost", 0x05, 1, Some(id))),
        BASE64.encode(soft.spki())
    );
    send(app, "/account/passkeys", cookie, Some(&form))
}

fn form(soft: &mut Soft, challenge: &str, id: &[u8]) -> String {
    soft.2 += 1;
    let (authenticator, client) = (data("localhost", 0x05, soft.2, None), client("webauthn.get", challenge, ORIGIN));
    format!(
        "credential={}&client_data={}&authenticator={}&signature={}&next=%2Fpeople",
        BASE64.encode(id),
        BASE64.encode(&client),
        BASE64.encode(&authenticator),
        BASE64.encode(soft.sign(&authenticator, &client))
    )
}

#[test]
fn a_passkey_is_made_used_renamed_and_taken_off() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Ito"));
        let app = app(db);
        let (of_ana, of_ben) = (cookie_of(&app, ana), cookie_of(&app, ben));
        let mut soft = Soft::new();
        let made = make(&app, &soft, &of_ana, b"one");
        assert_eq!(made.location, "/account", "{}", made.body);
        assert_eq!(make(&app, &soft, &of_ben, b"one").status.as_u16(), 409, "one credential, one owner");
        let challenge = |app: &App| challenge(app, "/sign-in/passkey/challenge", "");
        let used = form(&mut soft, &challenge(&app), b"one");
        let entered = send(&app, "/sign-in/passkey", "", Some(&used));
        assert_eq!((entered.status.as_u16(), entered.location.as_str()), (303, "/people"), "{}", entered.body);
        let cookie = entered.cookies[0].split(';').next().unwrap().to_owned();
        assert!(send(&app, "/", &cookie, None).body.contains("Ana Reyes"));
        assert_eq!(send(&app, "/sign-in/passkey", "", Some(&used)).status.as_u16(), 410, "a challenge is used once");
        // A copy whose counter lags behind.
        soft.2 = 0;
        let copied = form(&mut soft, &challenge(&app), b"one");
        assert_eq!(send(&app, "/sign-in/passkey", "", Some(&copied)).status.as_u16(), 400);
        soft.2 = 10;
        let unknown = form(&mut soft, &challenge(&app), b"other");
        assert_eq!(send(&app, "/sign-in/passkey", "", Some(&unknown)).status.as_u16(), 403);
        let forged = form(&mut Soft::new(), &challenge(&app), b"one");
        assert_eq!(send(&app, "/sign-in/passkey", "", Some(&forged)).status.as_u16(), 400);
        let waited = form(&mut soft, &challenge(&app), b"one");
        app.clock.advance(6 * 60 * 1_000_000);
        assert_eq!(send(&app, "/sign-in/passkey", "", Some(&waited)).status.as_u16(), 410);
        let id: crate::key::Key =
            app.db.read_here(|tx| tx.value(sql!("SELECT id FROM passkeys"), &[])).unwrap().unwrap();
        let path = format!("/account/passkeys/{id}");
        assert_eq!(send(&app, &path, &of_ben, None).status.as_u16(), 404);
        assert_eq!(send(&app, &path, &of_ben, Some("name=Mine")).status.as_u16(), 404);
        assert_eq!(send(&app, &format!("{path}/removal"), &of_ben, Some("")).status.as_u16(), 404);
        assert_eq!(send(&app, &path, &of_ana, Some("name=")).status.as_u16(), 422);
        send(&app, &path, &of_ana, Some("name=Yellow+key"));
        assert!(send(&app, "/account", &of_ana, None).body.contains("Yellow key"));
        let email = |sql| app.db.write_here(|tx| tx.execute(sql, &[&ana])).unwrap();
        email(sql!("UPDATE parties SET email = NULL WHERE id = $1"));
        assert_eq!(send(&app, &format!("{path}/removal"), &of_ana, Some("")).status.as_u16(), 409, "her only way in");
        email(sql!("UPDATE parties SET email = 'ana@x.example' WHERE id = $1"));
        assert_eq!(send(&app, &format!("{path}/removal"), &of_ana, Some("")).location, "/account");
        let gone = form(&mut soft, &challenge(&app), b"one");
        assert_eq!(send(&app, "/sign-in/passkey", "", Some(&gone)).status.as_u16(), 403);
    });
}

#[test]
fn a_challenge_serves_whom_and_what_it_was_made_for() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Ito"));
        let app = app(db);
        let (of_ana, of_ben) = (cookie_of(&app, ana), cookie_of(&app, ben));
        let mut soft = Soft::new();
        let add = |cookie: &str, challenge: &str| {
            let form = format!(
                "client_data={}&authenticator={}&public_key={}",
                BASE64.encode(client("webauthn.create", challenge, ORIGIN)),
                BASE64.encode(data("localhost", 0x05, 1, Some(b"one"))),
                BASE64.encode(Soft::new().spki())
            );
            send(&app, "/account/passkeys", cookie, Some(&form)).status.as_u16()
        };
        assert_eq!(add(&of_ben, &challenge(&app, "/account/passkeys/challenge", &of_ana)), 410);
        assert_eq!(add(&of_ana, &challenge(&app, "/sign-in/passkey/challenge", "")), 410);
        assert_eq!(add(&of_ana, &BASE64.encode("made up")), 410);
        make(&app, &soft, &of_ana, b"one");
        let for_making = challenge(&app, "/account/passkeys/challenge", &of_ana);
        let used = form(&mut soft, &for_making, b"one");
        assert_eq!(send(&app, "/sign-in/passkey", "", Some(&used)).status.as_u16(), 410);
        assert_eq!(send(&app, "/account/passkeys/challenge", "", Some("")).status.as_u16(), 303, "signed out");
        assert_eq!(send(&app, "/sign-in/passkey", "", Some("credential=%25")).status.as_u16(), 400);
    });
}
