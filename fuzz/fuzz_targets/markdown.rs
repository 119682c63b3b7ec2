#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let html = formats::markdown::render(text);
    assert!(!html.contains("<script") && !html.contains("<img"));
    formats::markdown::plain(text);
});
