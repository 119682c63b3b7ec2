//! Who may read the figures, and that Prometheus can.

use super::may_read;
use crate::testing::{app, cookie_of, member, on_both, send};
use axum::http::{HeaderMap, HeaderValue, header};
use std::io::Write;
use std::net::IpAddr;
use std::process::{Command, Stdio};

#[test]
fn only_this_machine_or_the_token() {
    let (here, there): (IpAddr, IpAddr) = ("127.0.0.1".parse().unwrap(), "192.0.2.7".parse().unwrap());
    let with = |name: header::HeaderName, value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    };
    let none = HeaderMap::new();
    assert!(may_read(None, Some(here), &none) && may_read(None, Some("::1".parse().unwrap()), &none));
    assert!(!may_read(None, Some(there), &none) && !may_read(None, None, &none));
    let forwarded = with(header::HeaderName::from_static("x-forwarded-for"), "127.0.0.1");
    assert!(!may_read(None, Some(here), &forwarded), "through the server in front");
    let right = with(header::AUTHORIZATION, "Bearer s3cret");
    assert!(may_read(Some("s3cret"), Some(there), &right));
    for wrong in ["Bearer s3cre", "Bearer", "s3cret", "Basic s3cret"] {
        assert!(!may_read(Some("s3cret"), Some(here), &with(header::AUTHORIZATION, wrong)), "{wrong}");
    }
    assert!(!may_read(Some("s3cret"), Some(here), &none), "where there is a token, it is asked for");
}

#[test]
fn the_figures_are_what_prometheus_reads() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Ruiz");
        let anas = cookie_of(&app, ana);
        send(&app, "/people/ana-ruiz", &anas, None);
        send(&app, "/recommendations?need=a+florist&field=27-1023.00", &anas, None);
        send(&app, "/no-such-page/secret-token", "", None);
        send(&app, "/sign-in", "", Some("email=ana-ruiz%40example.org"));
        // Requests of tests come from nowhere, which is not this machine.
        assert_eq!(send(&app, "/metrics", "", None).status.as_u16(), 404);
        let waiting = app.db.read_here(|tx| tx.waiting_jobs()).unwrap();
        let text = super::text(&app, Some(&waiting)).unwrap();
        for line in [
            "goodword_requests_total{method=\"GET\",route=\"/people/{handle}\",status=\"200\"}",
            "goodword_request_duration_seconds_bucket{",
            "le=\"0.0005\"",
            "goodword_engine_questions_total{within_ms=\"+Inf\"} 1",
            "goodword_jobs_waiting{kind=\"letter\"} 1",
            "goodword_database_up 1",
            "goodword_engine_people ",
            "goodword_build{version=\"",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.contains("secret-token") && !text.contains("ana-ruiz"), "no path, no person: {text}");
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with("goodword_") && value.parse::<f64>().is_ok(), "{line}");
        }
        promtool(&text);
        let away = super::text(&app, None).unwrap();
        assert!(away.contains("goodword_database_up 0"), "{away}");
    });
}

/// Prometheus's own judgement, where it is installed.
fn promtool(text: &str) {
    let started = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        eprintln!("promtool is not installed: its check was passed over (Debian: apt install prometheus)");
        return;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{text}");
}
