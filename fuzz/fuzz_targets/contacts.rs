#![no_main]
use formats::contacts::{Column, decode, digits, read, row};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let table = read(&decode(bytes));
    // As guessed, and as somebody might correct it.
    let all: Vec<Option<Column>> = Column::ALL.into_iter().map(Some).cycle().take(table.headings.len()).collect();
    for columns in [&table.columns, &all] {
        for found in table.rows.iter().map(|r| row(columns, r)) {
            found.phones.iter().for_each(|phone| drop(digits(phone)));
        }
    }
});
