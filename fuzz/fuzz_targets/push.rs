//! The keys a browser gives us for push, and our own as it is kept.
#![no_main]
use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../crates/goodword/src/phone/sealing.rs"]
mod sealing;

fuzz_target!(|sent: (&str, &str, &[u8], [u8; 16])| {
    let (public_key, auth, text, salt) = sent;
    let _ = sealing::Identity::read(public_key);
    if let (Some(public_key), Some(auth)) = (sealing::bytes(public_key), sealing::bytes(auth))
        && let Ok(sealed) = sealing::seal(text, &public_key, &auth, salt)
    {
        assert!(sealed.len() <= 4096 && sealed.starts_with(&salt));
    }
});
