#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|need: &str| {
    occupations::read(need, (2026, 3, 2));
    occupations::search(need, 5);
});
