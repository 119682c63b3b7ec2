#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let clean = formats::html::clean(text);
    assert!(!clean.contains("<script") && !clean.contains("<img"));
    formats::html::plain(text);
});
