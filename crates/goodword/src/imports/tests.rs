//! Stories: a web of trust is imported, once, also when interrupted.

use super::{Report, drop_staged, import};
use crate::live::{self, Live};
use crate::needs::recommend::find_person;
use crate::testing::on_both;
use store::{Db, sql};

const FILE: &str = "source,target,rating,time\n1,2,10,1289241911.5\n2,3,1,1289241912\nnonsense\n1,3,-4,1289241913\n3,3,5,1289241914\n2,4,11,1289241915\n1,2,5,1289241916\n";

fn run(db: &Db, text: &str) -> (Report, Vec<u64>) {
    let mut bad = Vec::new();
    let report = import(db, text.as_bytes(), text, "general", |line| bad.push(line.number), |_| {}).unwrap();
    (report, bad)
}

fn count(db: &Db, of: &str) -> i64 {
    db.read_here(|tx| match of {
        "people" => tx.value(sql!("SELECT COUNT(*) FROM parties"), &[]),
        "staged" => tx.value(sql!("SELECT COUNT(*) FROM import_rows"), &[]),
        _ => tx.value(sql!("SELECT COUNT(*) FROM vouches"), &[]),
    })
    .unwrap()
    .unwrap()
}

#[test]
fn a_web_of_trust_is_imported_once_and_noticed() {
    on_both(|db| {
        let live = Live::load(&db).unwrap();
        let (report, bad) = run(&db, FILE);
        let wanted = Report { people: 3, vouches: 2, warnings: 1, bad: 3, ..Report::default() };
        assert_eq!((report, bad), (wanted, vec![4, 6, 7]));
        let confidence: Vec<i64> = db
            .read_here(|tx| tx.rows(sql!("SELECT confidence FROM vouches ORDER BY confidence"), &[], |r| r.get(0)))
            .unwrap();
        assert_eq!(confidence, [55, 75], "the last line of a pair counts, and 50 + 4.9 r is rounded");
        db.number_changes(db.clock().id()).unwrap();
        live.catch_up(&db).unwrap();
        assert_eq!(live.memory().engine.size().people, 3);
        assert!(live.memory().is_general());
        let (field, now) = (live::field("general").unwrap(), db.clock().now());
        let (answer, _) = live.memory().recommend(None, field, now, 5, live::Reach::default());
        assert!(answer.from_founders && !answer.candidates.is_empty());
        let (again, _) = run(&db, FILE);
        assert!(again.already);
        assert_eq!((count(&db, "people"), count(&db, "vouches"), count(&db, "staged")), (3, 2, 0));
        // Another file with the same people and one more line adds that line only.
        let (more, _) = run(&db, "1,2,5,1289241916\n4,1,7,1289241917\n");
        assert_eq!((more.people, more.vouches), (1, 1));
    });
}

#[test]
fn names_of_any_kind_are_found_as_they_were_written() {
    on_both(|db| {
        let (report, _) = run(&db, "Bob,a/b?,5,1289241911\na/b?,Zoë K.,5,1289241912\n");
        assert_eq!((report.people, report.vouches), (3, 2));
        let found = |text: &str| db.read_here(|tx| find_person(tx, text)).unwrap();
        for name in ["Bob", "member-Bob", "a/b?", "Zoë K."] {
            assert!(found(name).is_some(), "{name}");
        }
        assert!(found("bo").is_none());
        let named: Vec<(String, String)> = db
            .read_here(|tx| {
                let text = sql!("SELECT handle, name FROM parties WHERE name LIKE '%/%'");
                tx.rows(text, &[], |r| Ok((r.get(0)?, r.get(1)?)))
            })
            .unwrap();
        assert_eq!(
            named,
            [("member-a~2fb~3f".to_owned(), "Member a/b?".to_owned())],
            "a page of theirs has an address"
        );
    });
}

/// A disk that fails in mid-file.
struct Fails<'a>(&'a [u8]);

impl std::io::Read for Fails<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(std::io::Error::other("the disk is gone")),
            n => Ok(n),
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_is_not_done() {
    on_both(|db| {
        let failed = import(&db, Fails(b"1,2,5,1289241911\n"), "file", "general", |_| {}, |_| {});
        assert!(format!("{:?}", failed.unwrap_err()).contains("the disk is gone"));
        assert_eq!((count(&db, "people"), count(&db, "vouches")), (0, 0), "nothing is visible");
        let whole = "1,2,5,1289241911\n2,3,5,1289241912\n";
        let report = import(&db, whole.as_bytes(), "file", "general", |_| {}, |_| {}).unwrap();
        assert_eq!((report.people, report.vouches), (3, 2), "the next attempt reads it whole");
    });
}

#[test]
fn an_interrupted_import_shows_nothing_and_goes_on_or_is_dropped() {
    let text: String = (0..5_000).map(|i| format!("{},{},3,{}\n", i % 70, 70 + i % 61, 1_289_241_911 + i)).collect();
    on_both(|db| {
        let dies = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let progress = |lines: i64| assert!(lines < 4_000, "the process dies here");
            let _ = import(&db, text.as_bytes(), "file", "general", |_| {}, progress);
        }));
        assert!(dies.is_err());
        assert_eq!((count(&db, "people"), count(&db, "vouches")), (0, 0), "nothing is visible yet");
        assert_eq!(count(&db, "staged"), 4_000);
        let report = import(&db, text.as_bytes(), "file", "general", |_| {}, |_| {}).unwrap();
        assert_eq!(report.resumed_after, 4_000);
        let whole = (report.people, report.vouches);
        assert_eq!(whole.0, 131);
        assert_eq!(count(&db, "vouches"), whole.1);
        assert!(!drop_staged(&db, "file").unwrap(), "a finished import is not dropped");
    });
}
