//! Stories: a network full of rows moves between files and both engines and arrives as it left.

use super::backup::write_backup;
use super::*;
use crate::config::{Backup, Restore};
use crate::testing::{member, on_both};
use std::fs;
use std::path::PathBuf;
use store::whole::{Cell, Kind};

/// Puts rows into every table: real ones first, then made-up ones where a table has none.
fn fill(db: &Db) {
    let tables = tables(MIGRATIONS).unwrap();
    let (ana, ben) = (member(db, "Ana Ruiz \u{1f33c}"), member(db, "Ben"));
    db.write_here(|tx| {
        // A row that refers to one with a later key: order alone does not make it right.
        tx.execute(store::sql!("UPDATE parties SET invited_by = $1 WHERE id = $2"), &[&ben, &ana])?;
        for table in tables.iter().filter(|t| !matches!(t.name.as_str(), "sequencer" | "parties")) {
            for n in 0..3u8 {
                let row: Vec<Cell> = table.columns.iter().map(|c| made_up(tx, &c.name, c.kind, n, ana.0)).collect();
                // What the rules of the schema refuse is left out; most tables take one.
                let _: Result<(), Error> = tx.attempt(|tx| {
                    tx.put(table, std::slice::from_ref(&row))?;
                    Ok(())
                });
            }
        }
        Ok::<_, Error>(())
    })
    .unwrap();
}

fn made_up(tx: &mut Tx<'_>, name: &str, kind: Kind, n: u8, party: store::Uuid) -> Cell {
    match (kind, name) {
        (Kind::Id, "id") => Cell::Id(tx.id()),
        (Kind::Id, _) => Cell::Id(party),
        (Kind::Int, "confidence") => Cell::Int(80),
        (Kind::Int, _) => Cell::Int(i64::from(n) - 9_007_199_254_740_995),
        (Kind::Real, _) => Cell::Real(f64::from(n) / 3.0 + 1e-300),
        (Kind::Bool, _) => Cell::Bool(n == 1),
        (Kind::Bytes, _) => Cell::Bytes(vec![0, 255, n]),
        (Kind::Text, _) => Cell::Text(format!("\u{201c}line\n{n}\u{201d} \u{1f33c} '; --")),
    }
}

fn census(db: &Db) -> Census {
    let tables = tables(MIGRATIONS).unwrap();
    let sum = |tx: &mut Tx<'_>, t: &Table| Ok::<_, Error>((t.name.clone(), tx.sum(t)?));
    db.read_here(|tx| tables.iter().map(|t| sum(tx, t)).collect()).unwrap()
}

/// A database of each kind that is not there yet.
fn new_ones(folder: &Path) -> Vec<String> {
    let mut urls = vec![format!("sqlite:{}", folder.join("new.db").display())];
    if let Ok(server) = std::env::var("GOODWORD_TEST_POSTGRES") {
        urls.push(crate::testing::new_database(&server));
    }
    urls
}

#[test]
fn a_network_is_copied_to_either_engine_and_no_row_differs() {
    on_both(|db| {
        fill(&db);
        let before = census(&db);
        let full = before.values().filter(|sum| sum.rows > 0).count();
        assert!(full > 12, "only {full} tables hold anything");
        let folder = tempfile::tempdir().unwrap();
        for url in new_ones(folder.path()) {
            let said = copy(&db, &url).unwrap();
            assert_eq!(
                said.keys().filter(|name| *name != "migrations").collect::<Vec<_>>(),
                before.keys().collect::<Vec<_>>()
            );
            let there = open_existing(&url).unwrap();
            assert_eq!(census(&there), before);
            // The keys between tables hold again.
            let orphan = there.write_here(|tx| {
                let row =
                    [Cell::Id(store::Uuid::from_u128(7)), Cell::Text("admin".into()), Cell::Text("network".into())];
                let tables = tables(MIGRATIONS)?;
                let roles = tables.iter().find(|t| t.name == "roles").unwrap();
                tx.put(roles, &[row.to_vec()])
            });
            assert!(matches!(orphan, Err(Error::Constraint(_))), "{orphan:?}");
            let again = copy(&db, &url).unwrap_err();
            assert!(again.to_string().contains("already"), "{again}");
            assert_eq!(census(&there), before, "a refused copy touches nothing");
        }
    });
}

#[test]
fn a_network_goes_out_as_lines_and_comes_back_into_either_engine() {
    on_both(|db| {
        fill(&db);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("network.jsonl");
        export(&db, fs::File::create(&file).unwrap()).unwrap();
        for url in new_ones(folder.path()) {
            import(&file, &url).unwrap();
            assert_eq!(census(&open_existing(&url).unwrap()), census(&db));
        }
    });
}

#[test]
fn a_file_that_was_cut_or_changed_leaves_nothing() {
    on_both(|db| {
        fill(&db);
        let folder = tempfile::tempdir().unwrap();
        let mut whole = Vec::new();
        export(&db, &mut whole).unwrap();
        let whole = String::from_utf8(whole).unwrap();
        let lines: Vec<&str> = whole.lines().collect();
        let cut = lines[..lines.len() - 1].join("\n");
        let fewer = [&lines[..1], &lines[2..]].concat().join("\n");
        let changed = whole.replacen("Ana Ruiz", "Eve Ruiz", 1);
        let newer = whole.replacen("0000_store\"", "0000_store\",\"9999_tomorrow\"", 1);
        let bad_row = whole.replacen("\"handle\"", "\"handlebar\"", 1);
        for (text, says) in [
            (cut.as_str(), "cut short"),
            (&fewer, ""),
            (&changed, "differs"),
            (&newer, "newer Goodword"),
            (&bad_row, "does not fit"),
            ("PK\u{3}\u{4}", "no file of"),
            ("", "no file of"),
        ] {
            let file = folder.path().join("bad.jsonl");
            fs::write(&file, text).unwrap();
            for url in new_ones(&tempfile::tempdir().unwrap().keep()) {
                let refused = format!("{:#}", import(&file, &url).unwrap_err());
                assert!(refused.contains(says), "{says:?}: {refused}");
                if let Ok(there) = open_existing(&url) {
                    let people =
                        there.read_here(|tx| tx.value::<i64>(store::sql!("SELECT COUNT(*) FROM parties"), &[]));
                    assert!(people.unwrap_or(Some(0)) == Some(0), "something was kept of a bad file");
                }
            }
        }
    });
}

#[test]
fn a_backup_made_while_others_write_is_one_moment_and_restores_into_either_engine() {
    on_both(|db| {
        fill(&db);
        let (folder, busy) = (tempfile::tempdir().unwrap(), std::sync::atomic::AtomicBool::new(true));
        let file = folder.path().join("backup");
        std::thread::scope(|scope| {
            // Two rows at a time in one transaction: a backup holds both or neither.
            scope.spawn(|| {
                while busy.load(std::sync::atomic::Ordering::Relaxed) {
                    db.write_here(|tx| {
                        for name in ["a", "b"] {
                            let name = format!("{name} {}", tx.id());
                            tx.execute(store::sql!("INSERT INTO settings (name, value) VALUES ($1, '')"), &[&name])?;
                        }
                        Ok::<_, Error>(())
                    })
                    .unwrap();
                }
            });
            for _ in 0..3 {
                write_backup(&db, &file).unwrap();
            }
            busy.store(false, std::sync::atomic::Ordering::Relaxed);
        });
        let left: Vec<PathBuf> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(left, std::slice::from_ref(&file), "nothing half-done lies beside it");
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "it holds every secret");
        let original = fs::read(&file).unwrap();
        for url in new_ones(folder.path()) {
            restore(&Restore { file: file.clone(), database: url.clone() }).unwrap();
            if let Some(path) = url.strip_prefix("sqlite:") {
                let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions());
                assert_eq!(mode & 0o777, 0o600, "as its backup");
            }
            let there = open_existing(&url).unwrap();
            let found =
                there.read_here(|tx| tx.rows(store::sql!("SELECT name FROM settings"), &[], |r| r.get::<String>(0)));
            let count = |start: &str| found.as_ref().unwrap().iter().filter(|name| name.starts_with(start)).count();
            assert_eq!(count("a "), count("b "));
            let (mut was, mut is) = (census(&db), census(&there));
            was.remove("settings");
            is.remove("settings");
            assert_eq!(is, was);
            let again = restore(&Restore { file: file.clone(), database: url }).unwrap_err();
            assert!(format!("{again:#}").contains("already"), "{again:#}");
        }
        assert_eq!(fs::read(&file).unwrap(), original, "restoring leaves the backup as it is");
    });
}

#[test]
fn a_backup_is_not_restored_beside_what_a_killed_server_left() {
    on_both(|db| {
        fill(&db);
        let folder = tempfile::tempdir().unwrap();
        let (file, path) = (folder.path().join("backup"), folder.path().join("new.db"));
        write_backup(&db, &file).unwrap();
        let left = folder.path().join("new.db-wal");
        fs::write(&left, "pages of another database").unwrap();
        let database = format!("sqlite:{}", path.display());
        let refused = restore(&Restore { file: file.clone(), database: database.clone() }).unwrap_err();
        assert!(refused.to_string().contains("new.db-wal is there already") && !path.exists(), "{refused:#}");
        fs::remove_file(left).unwrap();
        restore(&Restore { file, database }).unwrap();
    });
}

#[test]
fn a_backup_that_cannot_be_made_says_so_and_keeps_the_old_one() {
    on_both(|db| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup");
        fs::write(&file, "the old one").unwrap();
        let url = format!("sqlite:{}", folder.path().join("missing.db").display());
        let missing = backup(&Backup { database: url.clone(), to: file.clone(), replace: true }).unwrap_err();
        assert!(missing.to_string().contains("no database"), "{missing}");
        assert!(!folder.path().join("missing.db").exists(), "looking for a database does not make one");
        assert!(write_backup(&db, &folder.path().join("no/such/folder")).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "the old one");
        // A damaged backup is found out before anything is restored.
        write_backup(&db, &file).unwrap();
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle / 2..middle].fill(0xa5);
        fs::write(&file, bytes).unwrap();
        assert!(restore(&Restore { file, database: url.clone() }).is_err());
        // Lines of JSON are found out while they are read, into tables that stay empty.
        let people = open_existing(&url).and_then(|there| {
            Ok(there.read_here(|tx| tx.value::<i64>(store::sql!("SELECT COUNT(*) FROM parties"), &[]))?)
        });
        assert!(people.is_err() || matches!(people, Ok(Some(0))), "{people:?}");
        assert!(!db.is_embedded() || !folder.path().join("missing.db").exists());
    });
}

/// A network as the first release kept it (migrations 0001 to 0004), written by its own `goodword export`.
const FIRST_RELEASE: &str = include_str!("network-0004.jsonl");

#[test]
fn a_network_of_the_first_release_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.jsonl");
    fs::write(&file, FIRST_RELEASE).unwrap();
    for url in new_ones(folder.path()) {
        // Rows go into the tables of that time; the migrations since then run over them.
        let before = import(&file, &url).unwrap();
        let db = open_existing(&url).unwrap();
        assert_eq!(db.read_here(|tx| tx.applied()).unwrap().len(), MIGRATIONS.len() + 1);
        let after = census(&db);
        for table in ["parties", "vouches", "referrals", "referral_events", "outcomes", "work_items"] {
            assert_eq!(after[table].rows, before[table].rows, "{table}");
        }
        // And the program works with them.
        let ana: crate::key::Key = db
            .read_here(|tx| tx.value(store::sql!("SELECT id FROM parties WHERE handle = 'ana-quiroga'"), &[]))
            .unwrap()
            .unwrap();
        let app = crate::testing::app(db);
        let cookie = crate::testing::cookie_of(&app, ana);
        for path in ["/", "/people", "/people/ana-quiroga", "/vouches", "/referrals", "/needs", "/profile/jobs"] {
            let page = crate::testing::send(&app, path, &cookie, None);
            assert_eq!(page.status, 200, "{path}: {}", page.body);
        }
    }
}
