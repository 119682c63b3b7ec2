//! Somebody else's page and `Link` header, for Webmention.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let page = formats::links::page(text);
    for link in &page.links {
        page.around(link, 100);
    }
    formats::links::header(text);
});
