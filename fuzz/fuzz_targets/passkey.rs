#![no_main]
use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../crates/goodword/src/accounts/passkeys/verify.rs"]
mod verify;

fuzz_target!(|parts: (&[u8], &[u8], &[u8], &[u8])| {
    let Some(us) = verify::Party::of("https://goodword.example") else { return };
    let (client_data, authenticator, public_key, signature) = parts;
    verify::challenge_of(client_data);
    let made = verify::Made { client_data, authenticator, public_key };
    if let Ok((_, key)) = verify::register(&made, &us) {
        let used = verify::Used { client_data, authenticator, signature };
        // A new credential's key signed nothing yet.
        assert!(verify::sign_in(&used, &key, 0, &us).is_err());
    }
});
