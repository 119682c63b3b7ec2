//! A file somebody sends as a picture.
#![no_main]
use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../crates/goodword/src/pictures/decode.rs"]
mod decode;
#[allow(dead_code)]
#[path = "stubs/error.rs"]
mod error;

// What we made of it is a picture again, and small.
fuzz_target!(|bytes: &[u8]| {
    for (of, longest) in [(decode::Of::Person, 160), (decode::Of::Work, 1_600)] {
        let ours = match decode::read(bytes, of) {
            Ok(ours) => ours,
            Err(error::Error::Invalid(_)) => continue,
            Err(error) => panic!("{error:?}"),
        };
        assert!(ours.width.max(ours.height) <= longest);
        assert!(decode::read(&ours.bytes, of).is_ok());
    }
});
