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
            "goodword_forecast_state{state=\"absent\"} 1",
            "goodword_forecast_ratings 0",
            "goodword_forecast_learning_seconds 0",
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
        lint(&text);
        promtool(&text);
        let away = super::text(&app, None).unwrap();
        assert!(away.contains("goodword_database_up 0"), "{away}");
    });
}

/// What `promtool check metrics` looks for, and what a parser needs: each family once, named, helped and typed before its
/// samples, which stand together; counters end in `_total`; buckets grow and end with `+Inf`, which is the count.
fn lint(text: &str) {
    let mut families: Vec<(&str, &str)> = Vec::new();
    let mut helped = "";
    let mut buckets: std::collections::BTreeMap<String, Vec<(f64, f64)>> = std::collections::BTreeMap::new();
    let mut counts: std::collections::BTreeMap<String, f64> = std::collections::BTreeMap::new();
    let number = |v: &str| if v == "+Inf" { f64::INFINITY } else { v.parse::<f64>().unwrap_or_else(|_| panic!("{v}")) };
    for line in text.lines().filter(|l| *l != "# EOF") {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or_else(|| panic!("no help: {line}"));
            assert!(!help.trim().is_empty() && !families.iter().any(|(known, _)| *known == name), "{line}");
            helped = name;
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(name == helped && matches!(kind, "counter" | "gauge" | "histogram"), "{line}");
            families.push((name, kind));
        } else if let Some(rest) = line.strip_prefix("# UNIT ") {
            let (name, unit) = rest.split_once(' ').unwrap();
            assert!(name.ends_with(&format!("_{unit}")), "{line}");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let value = number(value);
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("{line}"));
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{line}");
            let (family, kind) = families.last().copied().unwrap_or_else(|| panic!("no family: {line}"));
            let suffix = name.strip_prefix(family).unwrap_or_else(|| panic!("{line} stands under {family}"));
            let mut seen = std::collections::BTreeSet::new();
            for label in labels.split("\",").filter(|l| !l.is_empty()) {
                let (key, quoted) = label.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
                assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && seen.insert(key), "{line}");
                assert!(!quoted.trim_end_matches('"').contains('\n'), "{line}");
            }
            let rest: Vec<&str> = labels.split(',').filter(|l| !l.starts_with("le=")).collect();
            let of = format!("{family} {}", rest.join(","));
            match (kind, suffix) {
                ("counter", "") if name.ends_with("_total") => assert!(value >= 0.0, "{line}"),
                ("gauge", "") => assert!(!name.ends_with("_total"), "{line}"),
                ("histogram", "_bucket") => {
                    let bound = labels.split("le=\"").nth(1).and_then(|l| l.split('"').next()).unwrap();
                    buckets.entry(of).or_default().push((number(bound), value));
                }
                ("histogram", "_count") => drop(counts.insert(of, value)),
                ("histogram", "_sum") => assert!(value >= 0.0, "{line}"),
                _ => panic!("{line} is no sample of a {kind}"),
            }
        }
    }
    assert!(families.len() > 10 && !buckets.is_empty(), "{families:?}");
    for (of, all) in buckets {
        assert!(all.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 <= w[1].1), "{of}: {all:?}");
        let last = all.last().unwrap();
        assert!(last.0.is_infinite() && counts.get(&of) == Some(&last.1), "{of}: {all:?} {counts:?}");
    }
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
        let missing = "promtool is not installed: its check was passed over (it is in Debian's prometheus)";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("{missing}");
        return;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{text}");
}
