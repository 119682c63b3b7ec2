//! Stories: a program is called, can prove by whom, is called again when it was away, and left alone when it is gone.

use crate::app::App;
use crate::key::Key;
use crate::roles::{self, Role};
use crate::testing::{app, cookie_of, member, on_both, run_jobs, send};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use store::{DAY, sql};

type Got = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// Somebody's program.
struct Receiver {
    url: String,
    got: Got,
    answers: Arc<AtomicU16>,
    _runtime: tokio::runtime::Runtime,
}

impl Receiver {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (got, answers) = (Got::default(), Arc::new(AtomicU16::new(204)));
        async fn take(
            State((got, answers)): State<(Got, Arc<AtomicU16>)>,
            headers: HeaderMap,
            body: String,
        ) -> StatusCode {
            got.lock().unwrap().push((headers, body));
            StatusCode::from_u16(answers.load(Ordering::SeqCst)).unwrap()
        }
        let routes = Router::new().route("/hook", post(take)).with_state((got.clone(), answers.clone()));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self { url, got, answers, _runtime: runtime }
    }

    fn calls(&self) -> Vec<(HeaderMap, String)> {
        self.got.lock().unwrap().clone()
    }
}

#[test]
fn a_program_is_called_and_can_prove_by_whom() {
    on_both(|db| {
        let (ana, ben, eve) = (member(&db, "Ana Reyes"), member(&db, "Ben Castle"), member(&db, "Eve Stone"));
        let app = app(db);
        let (anas, bens, eves) = (cookie_of(&app, ana), cookie_of(&app, ben), cookie_of(&app, eve));
        let receiver = Receiver::new();
        for bad in ["url=ftp%3A%2F%2Fx.example", "url=", "url=https%3A%2F%2Fx.example&kinds=gossip"] {
            assert_eq!(send(&app, "/webhooks", &anas, Some(bad)).status.as_u16(), 422, "{bad}");
        }
        let form = format!("url={}&kinds=vouch&kinds=webhook-not", crate::router::url_encode(&receiver.url));
        assert_eq!(send(&app, "/webhooks", &anas, Some(&form)).status.as_u16(), 422);
        let form = format!("url={}&kinds=vouch", crate::router::url_encode(&receiver.url));
        let made = send(&app, "/webhooks", &anas, Some(&form));
        assert_eq!(made.status.as_u16(), 303, "{}", made.body);
        let page = made.location;
        let secret = send(&app, &page, &anas, None)
            .body
            .split("value=\"whsec_")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let secret = secret.replace("&#x2B;", "+").replace("&#43;", "+").replace("&#x3D;", "=").replace("&#61;", "=");
        let word = "field=27-1023.00&basis=hired&words=Twice.&tie=none&confidence=85";
        send(&app, "/people/ana-reyes/vouches/new", &bens, Some(word));
        run_jobs(&app);
        let calls = receiver.calls();
        assert_eq!(calls.len(), 1);
        let (headers, body) = &calls[0];
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        let key = STANDARD.decode(&secret).unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{body}", text("webhook-id"), text("webhook-timestamp")).as_bytes());
        assert_eq!(text("webhook-signature"), format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
        let told: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&told["type"], &told["data"]["object"]["of"]), (&"vouch".into(), &"vouches".into()));
        assert!(body.contains("Ben Castle vouched for your work.") && !body.contains('@'), "{body}");
        // Not subscribed to: Ana keeps a group, and somebody says they belong to it.
        send(&app, "/profile/groups", &anas, Some("name=Tuesday&kind=other&since=2022-01-01"));
        send(&app, "/profile/groups", &bens, Some("name=Tuesday&since=2022-01-01"));
        run_jobs(&app);
        assert_eq!(receiver.calls().len(), 1);
        let shown = send(&app, &page, &anas, None).body;
        assert!(shown.contains("Arrived, answered 204 after 1 attempt"), "{shown}");
        let delivery: Key = text("webhook-id").parse().unwrap();
        let again = format!("{page}/deliveries/{delivery}/redelivery");
        for path in
            [page.clone(), again.clone(), format!("{page}/ping"), format!("{page}/removal"), format!("{page}/enabling")]
        {
            let form = (path != page).then_some("");
            assert_eq!(send(&app, &path, &eves, form).status.as_u16(), 404, "{path}");
        }
        assert_eq!(send(&app, &again, &anas, Some("")).status.as_u16(), 303);
        run_jobs(&app);
        assert_eq!(receiver.calls()[1].0["webhook-id"], receiver.calls()[0].0["webhook-id"], "the same call once more");
        assert_eq!(receiver.calls()[1].1, *body);
        send(&app, &format!("{page}/removal"), &anas, Some(""));
        send(&app, "/people/ana-reyes/vouches/new", &eves, Some(word));
        run_jobs(&app);
        assert_eq!(receiver.calls().len(), 2, "taken away");
    });
}

#[test]
fn a_program_that_was_away_is_called_again_and_one_that_is_gone_is_left_alone() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let anas = cookie_of(&app, ana);
        let receiver = Receiver::new();
        let form = format!("url={}", crate::router::url_encode(&receiver.url));
        let page = send(&app, "/webhooks", &anas, Some(&form)).location;
        receiver.answers.store(500, Ordering::SeqCst);
        send(&app, &format!("{page}/ping"), &anas, Some(""));
        run_jobs(&app);
        assert_eq!(receiver.calls().len(), 1);
        run_jobs(&app);
        assert_eq!(receiver.calls().len(), 1, "not at once");
        app.clock.advance(31_000_000);
        run_jobs(&app);
        assert_eq!(receiver.calls().len(), 2);
        assert!(send(&app, &page, &anas, None).body.contains("On its way, answered 500 after 2 attempts"));
        receiver.answers.store(200, Ordering::SeqCst);
        app.clock.advance(61_000_000);
        run_jobs(&app);
        assert!(send(&app, &page, &anas, None).body.contains("Arrived, answered 200 after 3 attempts"));
        // Days of nothing but refusals, and it is switched off, with a notice.
        receiver.answers.store(503, Ordering::SeqCst);
        for _ in 0..7 {
            send(&app, &format!("{page}/ping"), &anas, Some(""));
            run_jobs(&app);
            app.clock.advance(DAY);
        }
        let shown = send(&app, &page, &anas, None).body;
        assert!(shown.contains("Switched off") && shown.contains("Nothing arrived for five days"), "{shown}");
        assert!(send(&app, "/notices", &anas, None).body.contains("was switched off"));
        let so_far = receiver.calls().len();
        app.clock.advance(DAY);
        run_jobs(&app);
        assert_eq!(receiver.calls().len(), so_far, "left alone");
        assert_eq!(send(&app, &format!("{page}/enabling"), &anas, Some("")).status.as_u16(), 303);
        receiver.answers.store(410, Ordering::SeqCst);
        send(&app, &format!("{page}/ping"), &anas, Some(""));
        run_jobs(&app);
        assert!(send(&app, &page, &anas, None).body.contains("answered that it is gone"));
    });
}

fn member_named(app: &App, name: &str) -> Key {
    app.db.read_here(|tx| tx.value(sql!("SELECT id FROM parties WHERE name = $1"), &[&name])).unwrap().unwrap()
}

/// What is queued for the network's webhook of an admin, when the admin is no more what they were by the time it would go
/// out. Somebody else stays an admin, so that there is one.
fn goes_out_after(change: impl Fn(&App, Key, &str, &str)) {
    on_both(|db| {
        let (ana, ben, cora) = (member(&db, "Ana Reyes"), member(&db, "Ben Castle"), member(&db, "Cora Lee"));
        let app = app(db);
        for admin in [ana, ben] {
            app.db.write_here(|tx| roles::put(tx, admin, Role::Admin)).unwrap();
        }
        let (anas, bens) = (cookie_of(&app, ana), cookie_of(&app, ben));
        let receiver = Receiver::new();
        let hook = format!("url={}&of=network", crate::router::url_encode(&receiver.url));
        let page = send(&app, "/webhooks", &anas, Some(&hook)).location;
        let act = |role: &str| send(&app, &format!("/admin/people/{cora}/role"), &bens, Some(&format!("role={role}")));
        assert_eq!(act("moderator").status.as_u16(), 303);
        run_jobs(&app);
        assert_eq!(receiver.calls().len(), 1, "an admin's webhook is called");
        // Its program is away: this call waits to be tried again.
        receiver.answers.store(503, Ordering::SeqCst);
        act("member");
        run_jobs(&app);
        assert_eq!(receiver.calls().len(), 2);
        // And this one has not been tried yet.
        act("moderator");
        change(&app, ana, &anas, &page);
        receiver.answers.store(204, Ordering::SeqCst);
        for _ in 0..9 {
            app.clock.advance(DAY);
            run_jobs(&app);
        }
        // Nor what happens from now on.
        act("member");
        run_jobs(&app);
        assert_eq!(receiver.calls().len(), 2);
        let left: i64 = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'waiting'"), &[]))
            .unwrap()
            .unwrap();
        assert_eq!(left, 0);
    });
}

#[test]
fn what_is_queued_for_the_network_does_not_go_out_once_its_owner_is_no_admin() {
    goes_out_after(|app, ana, _, _| app.db.write_here(|tx| roles::put(tx, ana, Role::Member)).unwrap());
}

#[test]
fn nor_once_its_owner_is_suspended() {
    goes_out_after(|app, ana, _, _| {
        let ben = member_named(app, "Ben Castle");
        let form = "kind=suspension&reason=Harassment.&days=30";
        let sanctioned = send(app, &format!("/admin/people/{ana}/sanctions"), &cookie_of(app, ben), Some(form));
        assert_eq!(sanctioned.status.as_u16(), 303, "{}", sanctioned.body);
    });
}

#[test]
fn nor_once_its_owner_has_paused() {
    goes_out_after(|app, _, anas, _| {
        assert_eq!(send(app, "/my-data/pause", anas, Some("sure=yes")).status.as_u16(), 303);
    });
}

#[test]
fn nor_once_it_is_taken_away() {
    goes_out_after(|app, _, anas, page| {
        assert_eq!(send(app, &format!("{page}/removal"), anas, Some("")).status.as_u16(), 303);
    });
}

#[test]
fn nor_once_its_owner_is_erased() {
    goes_out_after(|app, ana, _, _| {
        app.db.write_here(|tx| crate::my_data::ask_erasure(tx, &app.site.public_url, ana, true)).unwrap();
    });
}
