//! Fields of forms and of JSON, ids and cursors, and what a browser carries along.
#![no_main]
use input::{Body, Email, Name, Title, Words, parse_date, parse_distance, parse_money, parse_url};
use libfuzzer_sys::fuzz_target;

mod api {
    pub fn text_schema(_: usize) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new().into()
    }
}
#[allow(dead_code)]
#[path = "stubs/error.rs"]
mod error;
#[allow(dead_code)]
#[path = "../../crates/goodword/src/input.rs"]
mod input;
#[allow(dead_code)]
#[path = "../../crates/goodword/src/key.rs"]
mod key;
#[path = "../../crates/goodword/src/notice.rs"]
mod notice;

// What was taken is taken again and stays the same, so that a form sent again changes nothing.
fuzz_target!(|text: &str| {
    if let Ok(name) = Name::parse("f", text) {
        assert!(!name.as_str().is_empty() && name.as_str().chars().count() <= Name::MAX);
        assert!(!name.as_str().contains(['\n', '\0']));
        assert_eq!(Name::parse("f", name.as_str()).unwrap(), name);
    }
    if let Ok(title) = Title::parse("f", text) {
        assert_eq!(Title::parse("f", title.as_str()).unwrap(), title);
    }
    if let Ok(words) = Words::parse("f", text) {
        assert!(!words.as_str().contains('\0') && words.as_str().chars().count() <= Words::MAX);
        assert_eq!(Words::parse("f", words.as_str()).unwrap(), words);
    }
    if let Ok(body) = Body::optional("f", text) {
        assert_eq!(Body::optional("f", &body.to_string()).unwrap(), body);
    }
    if let Ok(email) = Email::parse("f", text) {
        assert!(email.as_str().is_ascii() && !email.as_str().contains([' ', '\r', '\n', '\0']));
        assert_eq!(Email::parse("f", email.as_str()).unwrap(), email);
    }
    if let Ok(Some(money)) = parse_money("f", text) {
        assert!(money >= 0);
        assert_eq!(parse_money("f", &format!("{}.{:02}", money / 100, money % 100)).unwrap(), Some(money));
    }
    if let Ok(Some(date)) = parse_date("f", text) {
        assert_eq!(date.len(), 10);
        assert_eq!(parse_date("f", &date).unwrap(), Some(date));
    }
    if let Ok(Some(km)) = parse_distance("f", text) {
        assert_eq!(parse_distance("f", &km.to_string()).unwrap(), Some(km));
    }
    match parse_url("f", text) {
        Ok(url) if !url.is_empty() => {
            let lower = url.to_lowercase();
            assert!(lower.starts_with("https://") || lower.starts_with("http://"));
            assert_eq!(parse_url("f", &url).unwrap(), url);
        }
        _ => {}
    }
    if let Ok(key) = text.parse::<key::Key>() {
        assert_eq!(key.to_string(), text.to_ascii_lowercase());
    }
    if let Some(seen) = notice::Notice::from_cookie(text) {
        let path = seen.undo.as_deref().unwrap_or("/");
        assert!(path.starts_with('/') && !path.starts_with("//"));
        assert_eq!(notice::Notice::from_cookie(&seen.to_cookie()), Some(seen));
    }
    let path = notice::own_path(text);
    assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n', '\t']));
});
