//! Stories: who is told on which device, of what, and when no more; what the worker and the manifest promise.

use super::sealing;
use crate::app::App;
use crate::key::Key;
use crate::testing::{app, cookie_of, member, on_both, send};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey};
use ring::rand::SystemRandom;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use store::{DAY, sql};

/// A push service that answers with one status after another and hands on what it got: head and body.
fn service(statuses: &'static [u16]) -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/push/device", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for status in statuses {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).unwrap();
            }
            let lower = head.to_lowercase();
            let length = lower.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().parse().unwrap();
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            write!(reader.get_mut(), "HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n").unwrap();
            tell.send((lower, body)).unwrap();
        }
    });
    (url, told)
}

fn subscribe(app: &App, cookie: &str, endpoint: &str) -> u16 {
    use base64::Engine;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let key = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
    let public = key.compute_public_key().unwrap();
    let endpoint = crate::router::url_encode(endpoint);
    let form = format!("endpoint={endpoint}&p256dh={}&auth={}", encode(public.as_ref()), encode(&[9; 16]));
    send(app, "/preferences/push/devices", cookie, Some(&form)).status.as_u16()
}

fn tell(app: &App, to: Key, kind: &str) {
    app.db.write_here(|tx| crate::vouches::notify(tx, to, kind, "Dana asks you about Ben.", "/answers/x")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(crate::jobs::run_due(app));
}

fn devices(app: &App) -> i64 {
    app.db.read_here(|tx| tx.value::<i64>(sql!("SELECT COUNT(*) FROM push_devices"), &[])).unwrap().unwrap()
}

#[test]
fn a_device_is_told_of_the_few_things_until_it_is_gone() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Reyes");
        let (cookie, sol) = (cookie_of(&app, ana), cookie_of(&app, member(&app.db, "Sol Stone")));
        let (url, told) = service(&[201, 503, 201, 410]);
        assert_eq!(subscribe(&app, &cookie, &url), 303);
        assert_eq!(subscribe(&app, "", &url), 303, "signed out: to the sign-in");
        assert_eq!(devices(&app), 1);

        // A vouch can wait for the next letter.
        tell(&app, ana, "vouch");
        tell(&app, ana, "ask");
        let (head, body) = told.recv().unwrap();
        for line in ["content-encoding: aes128gcm", "ttl: 172800", "urgency: high", "authorization: vapid t=ey"] {
            assert!(head.contains(line), "{line} in {head}");
        }
        let whole = String::from_utf8_lossy(&body);
        assert!(body.len() > 120 && !whole.contains("Dana"), "nobody on the way reads it");
        assert!(told.try_recv().is_err(), "the vouch was not pushed");

        // Switched off; on again.
        assert_eq!(
            send(&app, "/preferences/push", &cookie, Some("topic=consent&topic=introduction")).status.as_u16(),
            303
        );
        tell(&app, ana, "ask");
        assert!(told.try_recv().is_err());
        send(&app, "/preferences/push", &cookie, Some("topic=ask&topic=consent&topic=introduction"));

        // A service that is down is asked again; one that says the device is gone is believed.
        tell(&app, ana, "consent");
        told.recv().unwrap();
        assert_eq!(devices(&app), 1);
        app.clock.advance(DAY / 24);
        tell(&app, ana, "vouch");
        told.recv().unwrap();
        tell(&app, ana, "introduction");
        assert!(told.recv().unwrap().0.contains("urgency: normal"));
        assert_eq!(devices(&app), 0);

        // Somebody else's device is nobody's to take off; a session that ended is told nothing.
        assert_eq!(subscribe(&app, &cookie, &url), 303);
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM push_devices"), &[])).unwrap().unwrap();
        let removal = format!("/preferences/push/devices/{id}/removal");
        assert_eq!(send(&app, &removal, &sol, Some("")).status.as_u16(), 404);
        let out = send(&app, "/sign-out", &cookie, Some(""));
        assert_eq!(out.status.as_u16(), 303);
        tell(&app, ana, "ask");
        assert!(told.try_recv().is_err());
    });
}

#[test]
fn addresses_and_keys_that_are_none_are_refused() {
    on_both(|db| {
        let app = app(db);
        let cookie = cookie_of(&app, member(&app.db, "Ana Reyes"));
        for form in [
            "endpoint=&p256dh=&auth=",
            "endpoint=ftp%3A%2F%2Fpush.example&p256dh=BAAA&auth=AAAA",
            "endpoint=https%3A%2F%2Fpush.example%2Fx&p256dh=BAAA&auth=AAAA",
        ] {
            assert_eq!(send(&app, "/preferences/push/devices", &cookie, Some(form)).status.as_u16(), 400, "{form}");
        }
        assert_eq!(devices(&app), 0);
        let key = send(&app, "/preferences/push/key", &cookie, None).body;
        assert_eq!(sealing::bytes(&key).unwrap().len(), 65);
        let other = cookie_of(&app, member(&app.db, "Sol Stone"));
        assert_eq!(key, send(&app, "/preferences/push/key", &other, None).body, "made once");
    });
}

#[test]
fn the_worker_keeps_no_page_behind_a_signed_link() {
    let text = include_str!("../../assets/worker.js");
    let kept = text.split("const KEPT = /^\\/(|").nth(1).unwrap().split(')').next().unwrap();
    let kept: Vec<&str> = kept.split('|').collect();
    for secret in [
        "answers",
        "consents",
        "mine",
        "outcomes",
        "sign-in",
        "join",
        "invitations",
        "vouch-invitations",
        "unsubscribing",
        "calendar",
        "first-admin",
        "contacts",
        "dev",
    ] {
        assert!(!kept.contains(&secret), "{secret}");
    }
    assert!(kept.contains(&"referrals"));
}

#[test]
fn what_another_app_shares_is_only_carried_into_a_form() {
    on_both(|db| {
        let app = app(db);
        let cookie = cookie_of(&app, member(&app.db, "Ana Reyes"));
        let page = send(
            &app,
            "/shared?title=A+florist&text=A+florist+%3Cb%3E+for+June&url=https%3A%2F%2Fexample.org",
            &cookie,
            None,
        );
        assert!(
            page.body.contains("&#60;b&#62;") && page.body.contains("/needs/new?need=A%20florist"),
            "{}",
            page.body
        );
        assert_eq!(send(&app, "/shared?text=x", "", None).status.as_u16(), 303);
        let manifest: serde_json::Value =
            serde_json::from_str(&send(&app, "/manifest.webmanifest", "", None).body).unwrap();
        for icon in manifest["icons"].as_array().unwrap() {
            assert_eq!(send(&app, icon["src"].as_str().unwrap(), "", None).status.as_u16(), 200, "{icon}");
        }
        for shortcut in manifest["shortcuts"].as_array().unwrap() {
            assert_eq!(send(&app, shortcut["url"].as_str().unwrap(), &cookie, None).status.as_u16(), 200, "{shortcut}");
        }
        let worker = send(&app, "/sw.js", "", None).body;
        assert!(!worker.contains("{style}") && worker.contains("/assets/"));
    });
}
