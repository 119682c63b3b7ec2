//! The hidden field by which a form of ours is known, and the ids in it.
#![no_main]
use key::Key;
use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "stubs/error.rs"]
mod error;
#[allow(dead_code)]
#[path = "../../crates/goodword/src/key.rs"]
mod key;
#[allow(dead_code)]
#[path = "../../crates/goodword/src/conversations/token.rs"]
mod token;

// Nothing opens but what was signed; and that opens as what it was, for what it was made for.
fuzz_target!(|sent: (&str, &str, u128, i64)| {
    let (text, about, id, at) = sent;
    let secret = [7; 32];
    assert!(token::open(&secret, about, text).is_none());
    let id = Key(store::Uuid::from_u128(id));
    let ours = token::issue(&secret, id, at, about);
    assert_eq!(token::open(&secret, about, &ours), Some(token::Form { id, at }));
    assert!(token::open(&secret, text, &ours).is_none() || text == about);
    assert!(token::open(&[8; 32], about, &ours).is_none());
});
