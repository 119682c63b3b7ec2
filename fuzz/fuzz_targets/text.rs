#![no_main]
use formats::name::fold;
use formats::text::{clean_line, clean_text, first_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (line, lines) = (clean_line(text), clean_text(text));
    assert!(!line.contains(['\n', '\0']) && !lines.contains('\0'));
    // Cleaning what is clean changes nothing, so that a form sent again is the same.
    assert_eq!(clean_line(&line), line);
    assert_eq!(clean_text(&lines), lines);
    assert_eq!(fold(&fold(text)), fold(text));
    assert!(first_bytes(text, 40).len() <= 40);
});
