//! The file `goodword import network` reads.
#![no_main]
use libfuzzer_sys::fuzz_target;
use lines::{Line, Lines, line, row};
use std::sync::LazyLock;
use store::whole::Table;

#[path = "../../crates/goodword/src/moving/lines.rs"]
mod lines;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let made = "CREATE TABLE t (id UUID PRIMARY KEY, n BIGINT, r DOUBLE PRECISION, b BOOLEAN, s TEXT, x BYTEA);";
    store::whole::tables(&[("0001", made)]).unwrap().into_iter().find(|table| table.name == "t").unwrap()
});

// A row that was read is written and read as the same row.
fuzz_target!(|bytes: &[u8]| {
    let mut lines = Lines::of(bytes);
    if lines.head().is_err() {
        lines = Lines::of(bytes);
    }
    while let Ok(read) = lines.next() {
        let Line::Row(_, fields) = read else { break };
        let Some(cells) = row(&TABLE, &fields) else { continue };
        let Line::Row(_, again) = line(&TABLE, &cells) else { panic!("a row is a row") };
        // No number equals itself in words, where it is none.
        assert_eq!(format!("{:?}", row(&TABLE, &again).unwrap()), format!("{cells:?}"));
    }
});
