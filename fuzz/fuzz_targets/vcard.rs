#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for card in formats::vcard::read(text).into_iter().flatten() {
        // What was read can be written, and read again.
        assert!(formats::vcard::read(&formats::vcard::write(&card)).iter().all(Result::is_ok));
    }
});
