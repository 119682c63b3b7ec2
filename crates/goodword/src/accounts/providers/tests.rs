//! Stories: coming with an account elsewhere, at a small provider of our own that signs what it says.

use super::{Provider, Providers};
use crate::app::App;
use crate::testing::{Answer, app_as, cookie_of, letter_to, member, on_both, send};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use store::{Db, sql};

/// What the provider says next, and what it was asked.
#[derive(Default)]
struct Said {
    /// Members of the id token, or of the answer about the user.
    claims: Value,
    /// Put into the id token instead of what we sent.
    nonce: Option<String>,
    /// Requests to the token endpoint.
    asked: Vec<String>,
    /// Answers 503 to everything.
    down: bool,
}

struct Op {
    base: String,
    said: Arc<Mutex<Said>>,
}

fn op() -> Op {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let said = Arc::new(Mutex::new(Said::default()));
    let (issuer, kept) = (base.clone(), said.clone());
    std::thread::spawn(move || {
        let chance = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &chance).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &chance).unwrap();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut text = vec![0; 16_384];
            let read = stream.read(&mut text).unwrap();
            let text = String::from_utf8_lossy(&text[..read]).into_owned();
            let mut said = kept.lock().unwrap();
            let path = text.split(' ').nth(1).unwrap().to_owned();
            let now = crate::testing::START / 1_000_000;
            let answer = match path.as_str() {
                "/.well-known/openid-configuration" => json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys"),
                    "authorization_endpoint": format!("{issuer}/authorize?tenant=1"), "token_endpoint": format!("{issuer}/token"),
                    "userinfo_endpoint": format!("{issuer}/me"), "token_endpoint_auth_methods_supported": ["client_secret_basic"]}),
                "/keys" => {
                    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                    json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": BASE64.encode(x), "y": BASE64.encode(y)}]})
                }
                "/me" => said.claims.clone(),
                "/emails" => said.claims["emails"].clone(),
                _ => {
                    let mut claims =
                        json!({"iss": issuer, "aud": "us", "exp": now + 600, "iat": now, "nonce": said.nonce});
                    claims.as_object_mut().unwrap().extend(said.claims.as_object().unwrap().clone());
                    let signed = format!(
                        "{}.{}",
                        BASE64.encode(r#"{"alg":"ES256","kid":"k"}"#),
                        BASE64.encode(claims.to_string())
                    );
                    let signature = BASE64.encode(pair.sign(&chance, signed.as_bytes()).unwrap());
                    said.asked.push(text);
                    json!({"access_token": "t", "id_token": format!("{signed}.{signature}")})
                }
            };
            let status = if said.down { "503 Service Unavailable" } else { "200 OK" };
            let body = if said.down { "down".to_owned() } else { answer.to_string() };
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    Op { base, said }
}

impl Op {
    fn app(&self, db: Db, join: bool) -> App {
        let base = &self.base;
        let list = json!([
            {"id": "club", "name": "Club", "client_id": "us", "client_secret": "s e", "discovery": base},
            {"id": "forum", "name": "Forum", "client_id": "us", "authorize": format!("{base}/authorize"),
             "token": format!("{base}/token"), "user_info": format!("{base}/me"), "emails": format!("{base}/emails"),
             "claims": {"subject": "id", "login": "login"}},
        ]);
        app_as(db, |site| {
            site.join = join;
            site.providers = Providers::new(Provider::read_all(&list.to_string()).unwrap());
        })
    }

    fn says(&self, claims: Value) {
        self.said.lock().unwrap().claims = claims;
    }
}

/// Leaves for a provider: the address of its page, and the cookie that binds the trip.
fn leave(app: &App, path: &str, cookie: &str, next: &str) -> (String, String) {
    let page = send(app, path, cookie, Some(&format!("next={next}")));
    assert_eq!(page.status.as_u16(), 200, "{}", page.body);
    let start = page.body.find("url=http").unwrap() + 4;
    let url = page.body[start..].split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    (url, page.cookies[0].split(';').next().unwrap().to_owned())
}

fn parameter(url: &str, name: &str) -> String {
    let url = outbound::Url::parse(url).unwrap();
    url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Leaves, says yes at the provider, comes back.
fn round(op: &Op, app: &App, provider: &str, cookie: &str, next: &str) -> (Answer, String) {
    let (url, trip) = leave(app, &format!("/sign-in/with/{provider}"), cookie, next);
    op.said.lock().unwrap().nonce = Some(parameter(&url, "nonce"));
    let back = format!("/sign-in/with/{provider}/return?code=c&state={}", parameter(&url, "state"));
    (send(app, &back, &format!("{trip}; {cookie}"), None), trip)
}

fn session(answer: &Answer) -> String {
    answer.cookies.iter().find(|c| c.contains("session=")).unwrap().split(';').next().unwrap().to_owned()
}

fn claims(sub: &str, email: &str, verified: bool) -> Value {
    json!({"sub": sub, "name": "Ana Reyes", "email": email, "email_verified": verified})
}

#[test]
fn a_member_is_known_by_a_verified_address_and_from_then_on_by_the_account() {
    on_both(|db| {
        member(&db, "Ana Reyes");
        let op = op();
        let app = op.app(db, false);
        op.says(claims("ana", "Ana-Reyes@example.org", true));
        let (url, _) = leave(&app, "/sign-in/with/club", "", "/people");
        assert!(url.starts_with(&format!("{}/authorize?tenant=1&", op.base)), "{url}");
        assert_eq!(parameter(&url, "redirect_uri"), "http://127.0.0.1:1/sign-in/with/club/return");
        assert_eq!(
            (parameter(&url, "code_challenge_method"), parameter(&url, "scope")),
            ("S256".into(), "openid email profile".into())
        );
        let (entered, _) = round(&op, &app, "club", "", "/people");
        assert_eq!((entered.status.as_u16(), entered.location.as_str()), (303, "/people"), "{}", entered.body);
        assert!(send(&app, "/account", &session(&entered), None).body.contains("Ana-Reyes@example.org"));
        assert!(letter_to(&app, "ana-reyes@example.org").contains("Club account"), "the member hears of it");
        let asked = op.said.lock().unwrap().asked[0].clone();
        assert!(
            asked.contains("code_verifier=")
                && asked.to_lowercase().contains("authorization: basic dXM6cyUyMGU=".to_lowercase().as_str()),
            "{asked}"
        );
        // Another address, or none, at the same account: still Ana.
        op.says(json!({"sub": "ana"}));
        let (again, _) = round(&op, &app, "club", "", "");
        assert!(send(&app, "/", &session(&again), None).body.contains("Ana Reyes"));
    });
}

#[test]
fn an_unverified_or_unknown_address_opens_nothing() {
    on_both(|db| {
        member(&db, "Ana Reyes");
        let op = op();
        let app = op.app(db, false);
        for (who, said) in [
            (claims("x", "ana-reyes@example.org", false), "does not say that your address is checked"),
            (claims("y", "new@example.net", true), "for people a member has invited"),
        ] {
            op.says(who);
            let (back, trip) = round(&op, &app, "club", "", "");
            assert!(back.location.starts_with("/sign-in/arrivals/"), "{}", back.body);
            let page = send(&app, &back.location, &trip, None);
            assert!(page.status.as_u16() == 403 && page.body.contains(said), "{}", page.body);
            let forced = send(&app, &format!("{}/member", back.location), &trip, Some("name=Eve"));
            assert_eq!(forced.status.as_u16(), 403, "the page is no guard, the verb is");
            assert_eq!(send(&app, &format!("{}/guest", back.location), &trip, Some("")).status.as_u16(), 403);
            assert_eq!(send(&app, &back.location, "", None).status.as_u16(), 410, "nor in another browser");
        }
    });
}

#[test]
fn a_newcomer_joins_where_the_network_is_open_or_somebody_has_invited_them() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let op = op();
        let app = op.app(db, false);
        send(&app, "/invitations/new", &cookie_of(&app, ana), Some("name=Sol&email=sol%40example.net"));
        op.says(claims("sol", "sol@example.net", true));
        let (back, trip) = round(&op, &app, "club", "", "");
        let page = send(&app, &back.location, &trip, None);
        assert!(page.status.as_u16() == 200 && page.body.contains("Ana Reyes has invited you"), "{}", page.body);
        let member_path = format!("{}/member", back.location);
        assert_eq!(send(&app, &member_path, &trip, Some("name=")).status.as_u16(), 422);
        let joined = send(&app, &member_path, &trip, Some("name=Sol+Stone"));
        assert_eq!((joined.status.as_u16(), joined.location.as_str()), (303, "/trust"), "{}", joined.body);
        assert!(send(&app, "/notices", &cookie_of(&app, ana), None).body.contains("Sol Stone has joined"));
        assert_eq!(send(&app, &member_path, &trip, Some("name=Sol")).status.as_u16(), 410, "once");
    });
    on_both(|db| {
        let op = op();
        let app = op.app(db, true);
        op.says(claims("nia", "nia@example.net", true));
        let (back, trip) = round(&op, &app, "club", "", "/needs/new");
        let joined = send(&app, &format!("{}/member", back.location), &trip, Some("name=Nia"));
        assert_eq!(joined.location, "/needs/new", "{}", joined.body);
    });
}

#[test]
fn a_guest_takes_part_in_conversations_and_in_nothing_else() {
    on_both(|db| {
        let op = op();
        let app = op.app(db, false);
        op.says(json!({"sub": "gus", "name": "Gus Guest"}));
        let (back, trip) = round(&op, &app, "club", "", "/conversations/which");
        let page = send(&app, &back.location, &trip, None).body;
        assert!(page.contains("Go on as a guest") && !page.contains("Join "), "{page}");
        let entered = send(&app, &format!("{}/guest", back.location), &trip, Some(""));
        assert_eq!(entered.location, "/conversations/which");
        let cookie = session(&entered);
        assert!(send(&app, "/about", &cookie, None).body.contains("Gus Guest, a guest"));
        assert_eq!(send(&app, "/account", &cookie, None).location, "/sign-in?next=/account");
        // Known again, without a question; the members' door stays shut.
        assert_eq!(round(&op, &app, "club", "", "/conversations/which").0.location, "/conversations/which");
        let (knocks, trip) = round(&op, &app, "club", "", "/needs");
        assert_eq!(send(&app, &knocks.location, &trip, None).status.as_u16(), 403);
        assert_eq!(send(&app, "/sign-out", &cookie, Some("")).status.as_u16(), 303);
        assert!(!send(&app, "/about", &cookie, None).body.contains("Gus Guest"));
    });
}

#[test]
fn a_guest_whom_a_member_invites_becomes_a_member_with_the_same_account() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let op = op();
        let app = op.app(db, false);
        op.says(claims("gus", "gus@example.net", true));
        let (back, trip) = round(&op, &app, "club", "", "/conversations/which");
        send(&app, &format!("{}/guest", back.location), &trip, Some(""));
        send(&app, "/invitations/new", &cookie_of(&app, ana), Some("name=Gus&email=gus%40example.net"));
        assert!(letter_to(&app, "gus@example.net").contains("Ana Reyes invites you"));
        let (back, trip) = round(&op, &app, "club", "", "");
        assert_eq!(send(&app, &format!("{}/member", back.location), &trip, Some("name=Gus+Stone")).location, "/trust");
        let entered = round(&op, &app, "club", "", "/people").0;
        assert!(send(&app, "/account", &session(&entered), None).body.contains("gus@example.net"));
        let people: Option<i64> = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM parties WHERE email = 'gus@example.net'"), &[]))
            .unwrap();
        assert_eq!(people, Some(1));
    });
}

#[test]
fn only_the_browser_that_left_comes_back_and_only_once() {
    on_both(|db| {
        member(&db, "Ana Reyes");
        let op = op();
        let app = op.app(db, false);
        op.says(claims("ana", "ana-reyes@example.org", true));
        let back = |provider: &str, rest: &str, cookie: &str| {
            send(&app, &format!("/sign-in/with/{provider}/return?{rest}"), cookie, None)
        };
        let (url, trip) = leave(&app, "/sign-in/with/club", "", "");
        let state = parameter(&url, "state");
        op.said.lock().unwrap().nonce = Some(parameter(&url, "nonce"));
        assert_eq!(back("club", &format!("code=c&state={state}"), "").status.as_u16(), 410, "another browser");
        assert_eq!(back("forum", &format!("code=c&state={state}"), &trip).status.as_u16(), 410, "another provider");
        assert_eq!(back("club", "code=c&state=made-up", &trip).status.as_u16(), 410);
        assert_eq!(back("nobody", "code=c", &trip).status.as_u16(), 404);
        let other_issuer = back("club", &format!("code=c&state={state}&iss=https%3A%2F%2Fevil.example"), &trip);
        assert_eq!(other_issuer.status.as_u16(), 502, "a mix-up");
        assert_eq!(back("club", &format!("code=c&state={state}"), &trip).status.as_u16(), 410, "each trip ends once");
        let (url, trip) = leave(&app, "/sign-in/with/club", "", "");
        let denied = back("club", &format!("error=access_denied&state={}", parameter(&url, "state")), &trip);
        assert!(denied.status.as_u16() == 200 && denied.body.contains("You said no at Club"), "{}", denied.body);
        let (url, trip) = leave(&app, "/sign-in/with/club", "", "");
        op.said.lock().unwrap().nonce = Some("of another trip".into());
        let replayed = back("club", &format!("code=c&state={}", parameter(&url, "state")), &trip);
        assert!(replayed.status.as_u16() == 502 && replayed.cookies.iter().all(|c| !c.contains("session=")));
        let (url, trip) = leave(&app, "/sign-in/with/club", "", "");
        app.clock.advance(21 * 60 * 1_000_000);
        assert_eq!(back("club", &format!("code=c&state={}", parameter(&url, "state")), &trip).status.as_u16(), 410);
    });
}

#[test]
fn a_provider_that_is_down_is_named_and_other_ways_are_shown() {
    on_both(|db| {
        let op = op();
        let app = op.app(db, false);
        op.said.lock().unwrap().down = true;
        let page = send(&app, "/sign-in/with/club", "", Some("next=%2Fpeople"));
        assert!(page.status.as_u16() == 502 && page.body.contains("/sign-in?next=/people"), "{}", page.body);
        op.said.lock().unwrap().down = false;
        assert_eq!(send(&app, "/sign-in/with/club", "", Some("")).status.as_u16(), 200, "it recovers by itself");
    });
}

#[test]
fn plain_oauth_reads_its_claim_map_and_takes_only_a_checked_main_address() {
    on_both(|db| {
        member(&db, "Ana Reyes");
        let op = op();
        let app = op.app(db, false);
        let with = |emails: Value| json!({"id": 7, "login": "ana", "email": "ana-reyes@example.org", "emails": emails});
        let address = |primary: bool, verified: bool| json!({"email": "ana-reyes@example.org", "primary": primary, "verified": verified});
        for emails in [json!([]), json!([address(true, false)]), json!([address(false, true)])] {
            op.says(with(emails));
            assert!(round(&op, &app, "forum", "", "").0.location.starts_with("/sign-in/arrivals/"));
        }
        op.says(with(json!([address(true, true)])));
        let (entered, _) = round(&op, &app, "forum", "", "/people");
        assert_eq!(entered.location, "/people", "{}", entered.body);
        assert!(
            op.said.lock().unwrap().asked.iter().all(|a| a.contains("client_id=us")),
            "the secret travels in the form"
        );
    });
}

#[test]
fn accounts_are_connected_and_disconnected_and_the_last_way_in_is_kept() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Ito"));
        let op = op();
        let app = op.app(db, false);
        let (of_ana, of_ben) = (cookie_of(&app, ana), cookie_of(&app, ben));
        op.says(claims("work", "ana@work.example", false));
        let connect = |cookie: &str| {
            let (url, trip) = leave(&app, "/account/connections/club", cookie, "");
            op.said.lock().unwrap().nonce = Some(parameter(&url, "nonce"));
            let back = format!("/sign-in/with/club/return?code=c&state={}", parameter(&url, "state"));
            (back, trip)
        };
        let (back, trip) = connect(&of_ana);
        assert_eq!(
            send(&app, &back, &format!("{trip}; {of_ben}"), None).status.as_u16(),
            303,
            "somebody else’s session: sign in"
        );
        let (back, trip) = connect(&of_ana);
        assert_eq!(send(&app, &back, &format!("{trip}; {of_ana}"), None).location, "/account");
        let (back, trip) = connect(&of_ben);
        let taken = send(&app, &back, &format!("{trip}; {of_ben}"), None);
        assert!(taken.status.as_u16() == 403 && taken.body.contains("connected to somebody else"), "{}", taken.body);
        let entered = round(&op, &app, "club", "", "/people").0;
        assert!(send(&app, "/account", &session(&entered), None).body.contains("ana@work.example"));
        let id: crate::key::Key =
            app.db.read_here(|tx| tx.value(sql!("SELECT id FROM identities"), &[])).unwrap().unwrap();
        let removal = format!("/account/connections/{id}/removal");
        assert_eq!(send(&app, &removal, &of_ben, Some("")).status.as_u16(), 404, "somebody else’s and none look alike");
        app.db.write_here(|tx| tx.execute(sql!("UPDATE parties SET email = NULL WHERE id = $1"), &[&ana])).unwrap();
        assert_eq!(send(&app, &removal, &of_ana, Some("")).status.as_u16(), 409, "her only way in");
        app.db
            .write_here(|tx| tx.execute(sql!("UPDATE parties SET email = 'a@b.example' WHERE id = $1"), &[&ana]))
            .unwrap();
        assert_eq!(send(&app, &removal, &of_ana, Some("")).location, "/account");
        assert!(
            round(&op, &app, "club", "", "").0.location.starts_with("/sign-in/arrivals/"),
            "it opens nothing any more"
        );
    });
}
