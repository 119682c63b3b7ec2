//! Every feature's routes, one line each, and what wraps them all.

use crate::app::App;
use crate::error::{Error, Failure};
use crate::{
    about, accounts, admin, api, assets, audit, calendar, contacts, conversations, dev, encounters, groups, home,
    imports, invitations, jobs_won, mail, metrics, my_data, needs, notices, outcomes, page, people, phone, pictures,
    profile, referrals, reports, sanctions, tokens, trusts, vouches, webhooks, works,
};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

/// The largest form; pictures have their own, larger limit where they are taken.
const FORM_LIMIT: usize = 256 * 1024;

/// All routes.
pub fn router(app: App) -> Router {
    let mut pages = Router::new()
        .merge(calendar::routes())
        .merge(contacts::routes())
        .merge(home::routes())
        .merge(accounts::routes())
        .merge(about::routes())
        .merge(admin::routes())
        .merge(audit::routes())
        .merge(conversations::routes())
        .merge(imports::conversations::pages::routes())
        .merge(invitations::routes())
        .merge(mail::routes())
        .merge(metrics::routes())
        .merge(my_data::routes())
        .merge(needs::routes())
        .merge(notices::routes())
        .merge(outcomes::routes())
        .merge(referrals::routes())
        .merge(reports::routes())
        .merge(sanctions::routes())
        .merge(trusts::routes())
        .merge(people::routes())
        .merge(profile::routes())
        .merge(works::routes())
        .merge(phone::routes())
        .merge(pictures::routes())
        .merge(groups::routes())
        .merge(encounters::routes())
        .merge(jobs_won::routes())
        .merge(vouches::routes())
        .merge(tokens::routes())
        .merge(webhooks::routes())
        .merge(api::routes(&app))
        .route("/assets/{version}/{name}", get(assets::show))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready));
    if app.site.demo {
        pages = pages.merge(dev::routes());
    }
    let secure = app.site.public_url.starts_with("https://");
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    let request_id = HeaderName::from_static("x-request-id");
    // One layer of many, outermost first: each layer of a router of its own would be boxed, and cloned for each request.
    let around = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(request_id))
        .layer(middleware::from_fn(metrics::count))
        .layer(CompressionLayer::new())
        .layer(tower::util::option_layer(secure.then(|| header("strict-transport-security", "max-age=31536000"))))
        .layer(header("cache-control", "private, no-cache"))
        .layer(header("permissions-policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()"))
        .layer(header("cross-origin-opener-policy", "same-origin"))
        .layer(header("referrer-policy", "same-origin"))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header(
            "content-security-policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
             font-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src 'self'; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'self'",
        ))
        .layer(middleware::from_fn(in_time))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(answer_in_kind))
        .layer(middleware::map_response(plain_failures))
        .layer(CsrfLayer::new().with_insecure_bypass(proves_itself))
        .layer(DefaultBodyLimit::max(FORM_LIMIT));
    pages.fallback(|| async { Error::NotFound }).layer(around).with_state(app)
}

/// Requests that carry a proof of their own, so that it does not matter which site they come from: a mail program
/// unsubscribing (RFC 8058), a page elsewhere that links here (it is looked at before anybody sees it).
fn proves_itself(_: &axum::http::Method, uri: &axum::http::Uri) -> bool {
    uri.path().starts_with(mail::UNSUBSCRIBE) || uri.path() == conversations::WEBMENTIONS
}

/// An answer begins within 30 seconds; a file of half a gigabyte may take its hour to come in.
async fn in_time(request: Request, next: Next) -> Response {
    let is_file = request.method() == axum::http::Method::POST && request.uri().path() == "/imports";
    let most = Duration::from_secs(if is_file { 3_600 } else { 30 });
    let late = || StatusCode::SERVICE_UNAVAILABLE.into_response();
    tokio::time::timeout(most, next.run(request)).await.unwrap_or_else(|_| late())
}

/// One span a request. Paths of signed links hold secrets, so only the route's pattern is logged.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let route = request.extensions().get::<axum::extract::MatchedPath>().map_or("", |p| p.as_str());
    let id = request.headers().get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or("");
    tracing::info_span!("request", method = %request.method(), route, id)
}

/// Refusals made by extractors (a malformed form, a wrong content type, a bad id in the path) become pages too.
async fn plain_failures(response: Response) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || response.extensions().get::<Failure>().is_some() {
        return response;
    }
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|t| !t.as_bytes().starts_with(b"text/plain"));
    if is_page {
        return response;
    }
    let sentence = match status {
        StatusCode::NOT_FOUND => Error::NotFound.sentence(),
        StatusCode::FORBIDDEN => {
            "This request came from another site, so nothing was done. Please go back and use the page's own button."
                .into()
        }
        StatusCode::METHOD_NOT_ALLOWED => "This page does not work that way. Please go back and try from there.".into(),
        StatusCode::PAYLOAD_TOO_LARGE => "That is larger than can be taken here.".into(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "This was not sent as a form. Please go back and use the page's form.".into()
        }
        _ if status.is_client_error() => {
            "The form could not be read. Please go back, check it and send it again.".into()
        }
        _ => "Something went wrong on our side. It has been noted; please try again.".into(),
    };
    let mut page = (status, page::failure(status, &sentence)).into_response();
    keep_headers(&response, &mut page);
    page.extensions_mut().insert(Failure { status, sentence, fields: Vec::new() });
    page
}

/// What a client needs to know beside the refusal itself.
fn keep_headers(from: &Response, to: &mut Response) {
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = from.headers().get(&name) {
            to.headers_mut().insert(name, value.clone());
        }
    }
}

/// The API answers errors as problem+json; pages that need a sign-in say where to come back to.
async fn answer_in_kind(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let back = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let is_get = request.method().is_safe();
    let response = match nul(request.uri()) {
        Some(error) => error.into_response(),
        None => next.run(request).await,
    };
    let Some(failure) = response.extensions().get::<Failure>().cloned() else { return response };
    if path.starts_with("/api/") {
        let problem = serde_json::json!({
            "type": "about:blank",
            "title": failure.status.canonical_reason().unwrap_or("Error"),
            "status": failure.status.as_u16(),
            "detail": failure.sentence,
            "errors": failure.fields.iter().map(|(field, sentence)| serde_json::json!({"field": field, "detail": sentence}))
                .collect::<Vec<_>>(),
        });
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut answer = (failure.status, content_type, problem.to_string()).into_response();
        keep_headers(&response, &mut answer);
        if failure.status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        return answer;
    }
    if failure.status == StatusCode::UNAUTHORIZED && is_get {
        let next: String = url_encode(&back);
        return Redirect::to(&format!("/sign-in?next={next}")).into_response();
    }
    response
}

/// A null character in an address is part of nothing's name, and of no question.
fn nul(uri: &axum::http::Uri) -> Option<Error> {
    if uri.path().contains("%00") {
        return Some(Error::NotFound);
    }
    let asked = uri.query().is_some_and(|q| q.contains("%00"));
    asked.then(|| Error::Store(store::Error::NulInText))
}

/// Percent-encodes everything but letters, digits and `-._~/`.
pub fn url_encode(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(b).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}

/// Ready when the database answers.
async fn ready(State(app): State<App>) -> Response {
    let db = app.db.clone();
    match tokio::task::spawn_blocking(move || db.ping()).await {
        Ok(Ok(())) => "ready".into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}

#[cfg(test)]
mod tests {
    //! What every answer carries, and what no log line does.

    use crate::testing::{app, cookie_of, member, on_both, send};
    use axum::body::Body;
    use axum::http::{HeaderMap, Request, header};
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tower::ServiceExt;

    fn headers(app: &crate::app::App, path: &str) -> HeaderMap {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let request = Request::builder().uri(path).header(header::HOST, "127.0.0.1:1").body(Body::empty()).unwrap();
            super::router(app.clone()).oneshot(request).await.unwrap().headers().clone()
        })
    }

    #[test]
    fn every_answer_carries_the_headers_that_keep_a_browser_safe() {
        on_both(|db| {
            let app = app(db);
            for path in ["/", "/sign-in", "/no-such-page", "/healthz", "/api/v1/recommendations", "/admin"] {
                let headers = headers(&app, path);
                let value = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
                let policy = value("content-security-policy");
                assert!(
                    policy.contains("default-src 'none'") && policy.contains("base-uri 'none'"),
                    "{path}: {policy}"
                );
                assert!(policy.contains("frame-ancestors 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
                assert_eq!(value("x-content-type-options"), "nosniff", "{path}");
                assert_eq!(value("referrer-policy"), "same-origin", "{path}");
                assert_eq!(value("cross-origin-opener-policy"), "same-origin", "{path}");
                assert!(value("permissions-policy").contains("camera=()"), "{path}");
                assert!(!value("x-request-id").is_empty(), "{path}");
                // Only over https: on http it would be ignored, and on a test machine it would outlive the test.
                assert_eq!(value("strict-transport-security"), "", "{path}");
            }
        });
    }

    #[test]
    fn a_null_character_is_refused_wherever_it_comes_in() {
        on_both(|db| {
            let app = app(db);
            let ana = member(&app.db, "Ana Ruiz");
            member(&app.db, "Ben Castle");
            let cookie = cookie_of(&app, ana);
            for (path, form, status) in [
                ("/people/%00", None, 404),
                ("/people/ana%00ruiz", None, 404),
                ("/api/v1/people/%00", None, 404),
                ("/people?q=a%00b", None, 400),
                ("/recommendations?need=%00", None, 400),
                // A text that is cleaned loses it; one that is looked up as it is, is refused.
                ("/needs", Some("need=a+florist%00&field=27-1023.00"), 303),
                ("/reports/new", Some("person=ben%00&reason=other&words=Odd"), 400),
                ("/trust/%00", Some(""), 404),
            ] {
                let answer = send(&app, path, &cookie, form);
                assert_eq!(answer.status.as_u16(), status, "{path} {form:?}: {}", answer.body);
            }
            let token = crate::api::tests::token_of(&app, ana);
            let body = serde_json::json!({ "person": "ben\u{0}", "reason": "other", "words": "Odd" });
            let answer = crate::api::tests::call(&app, &token, "POST", "/api/v1/reports", Some(body));
            assert_eq!(answer.status.as_u16(), 400, "{}", answer.body);
            assert!(answer.body["detail"].as_str().unwrap().contains("null character"), "{}", answer.body);
        });
    }

    /// Everything that is logged, kept.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_secret_address_or_word_is_logged() {
        on_both(|db| {
            let app = app(db);
            let ana = member(&app.db, "Ana Ruiz");
            let cookie = cookie_of(&app, ana);
            let session = cookie.split_once('=').unwrap().1.to_owned();
            // With only one subscriber alive, tracing asks whichever thread meets a log line first whether anybody listens,
            // and remembers a no for all: other tests' threads would silence this one. A second keeps it asking.
            let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
            let kept = Kept::default();
            let writer = kept.clone();
            let logs = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::DEBUG)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .finish();
            tracing::subscriber::with_default(logs, || {
                // Other tests, without a subscriber, may have had these spans switched off for the whole process.
                tracing::callsite::rebuild_interest_cache();
                send(&app, "/sign-in", "", Some("email=ana-ruiz%40example.org&next=%2F"));
                send(&app, "/sign-in/sometokenthatissecret", &cookie, None);
                send(&app, "/people/ana-ruiz?q=aquestion", &cookie, None);
                send(&app, "/needs", &cookie, Some("need=a+florist+zebraword&field=27-1023.00"));
                let link =
                    crate::testing::link_in(&crate::testing::letter_to(&app, "ana-ruiz@example.org"), "/sign-in/");
                send(&app, &link, "", Some(""));
            });
            let text = String::from_utf8_lossy(&kept.0.lock().unwrap()).into_owned();
            assert!(text.contains("/sign-in/{token}"), "requests are logged, by route: {text}");
            for secret in
                [session.as_str(), "sometokenthatissecret", "ana-ruiz", "example.org", "aquestion", "zebraword"]
            {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        });
    }
}
