#![no_main]
use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../crates/goodword/src/accounts/providers/token.rs"]
mod token;

// Nothing but a provider's own signature makes a token of a person; whatever it holds, reading it does not fail.
fuzz_target!(|texts: (&str, &str)| {
    let keys = serde_json::from_str(texts.1).unwrap_or_default();
    let expected = token::Expected { issuer: "https://id.example", client_id: "us", nonce: Some("n"), now: 1_800_000_000 };
    assert!(token::verify(texts.0, &keys, &expected).is_err());
});
