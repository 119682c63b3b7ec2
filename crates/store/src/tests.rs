//! What every feature relies on, on SQLite and (where `GOODWORD_TEST_POSTGRES` names a server) on PostgreSQL.

use crate::{Clock, DAY, Db, Error, Value, sql};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use uuid::Uuid;

const START: i64 = 1_772_452_800_000_000;
const SCHEMA: &[(&str, &str)] = &[(
    "0001_things",
    "CREATE TABLE things (id UUID PRIMARY KEY, name TEXT NOT NULL UNIQUE, n BIGINT, x DOUBLE PRECISION, yes BOOLEAN,
       bytes BYTEA);",
)];

fn on_both(story: impl Fn(Db)) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("t.db").display());
    let db = Db::open(&url, Clock::fixed(START, 7), 4).unwrap();
    db.migrate(SCHEMA).unwrap();
    story(db);
    let Ok(server) = std::env::var("GOODWORD_TEST_POSTGRES") else {
        eprintln!("GOODWORD_TEST_POSTGRES is not set: PostgreSQL was not tested (./test sets it)");
        return;
    };
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("s{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let (base, query) = server.split_once('?').unwrap_or((&server, ""));
    let (host, _) = base.rsplit_once('/').unwrap();
    postgres::Client::connect(&server, postgres::NoTls)
        .unwrap()
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .unwrap();
    let db = Db::open(&format!("{host}/{name}?{query}"), Clock::fixed(START, 7), 4).unwrap();
    db.migrate(SCHEMA).unwrap();
    story(db);
}

fn add(db: &Db, name: &str) -> Result<Uuid, Error> {
    db.write_here(|tx| {
        let id = tx.id();
        tx.execute(sql!("INSERT INTO things (id, name, n) VALUES ($1, $2, 0)"), &[&id, &name])?;
        Ok(id)
    })
}

fn count(db: &Db) -> i64 {
    db.read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM things"), &[])).unwrap().unwrap()
}

#[test]
fn values_come_back_as_they_went() {
    on_both(|db| {
        let bytes = vec![0u8, 255, 7];
        let id = db
            .write_here(|tx| {
                let id = tx.id();
                // The second parameter before the first: SQLite would number them by appearance.
                tx.execute(
                    sql!("INSERT INTO things (name, id, n, x, yes, bytes) VALUES ($2, $1, $3, $4, $5, $6)"),
                    &[&id, &"Größe ’; DROP TABLE things", &i64::MIN, &0.5, &true, &bytes],
                )?;
                Ok::<_, Error>(id)
            })
            .unwrap();
        let read = db
            .read_here(|tx| {
                tx.row(sql!("SELECT id, name, n, x, yes, bytes FROM things WHERE yes = TRUE"), &[], |r| {
                    Ok((r.get(0)?, r.get::<String>(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?))
                })
            })
            .unwrap();
        assert_eq!(read, Some((id, "Größe ’; DROP TABLE things".to_owned(), i64::MIN, 0.5, true, bytes)));
        let nothing: Result<Option<i64>, Error> =
            db.read_here(|tx| tx.value(sql!("SELECT name FROM things WHERE id = $1"), &[&id]));
        assert!(matches!(nothing, Err(Error::Column(0, _))), "text is no number: {nothing:?}");
        assert_eq!(Value::Null, Value::Null);
        let quoted = db.read_here(|tx| tx.value::<String>(sql!("SELECT 'about $2,000' WHERE $1 = 'x'"), &[&"x"]));
        assert_eq!(quoted.unwrap().as_deref(), Some("about $2,000"), "a dollar in a text is no parameter");
    });
}

#[test]
fn a_failed_or_panicking_verb_leaves_nothing() {
    on_both(|db| {
        add(&db, "kept").unwrap();
        let failed: Result<(), Error> = db.write_here(|tx| {
            let id = tx.id();
            tx.execute(sql!("INSERT INTO things (id, name) VALUES ($1, 'lost')"), &[&id])?;
            Err(Error::NoRow)
        });
        assert!(matches!(failed, Err(Error::NoRow)));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _: Result<(), Error> = db.write_here(|tx| {
                let id = tx.id();
                tx.execute(sql!("INSERT INTO things (id, name) VALUES ($1, 'lost')"), &[&id])?;
                panic!("in the middle");
            });
        }));
        assert!(panicked.is_err());
        assert_eq!(count(&db), 1);
        assert!(matches!(add(&db, "kept"), Err(Error::Constraint(_))));
        // Inside one transaction, an attempt that fails is undone alone.
        db.write_here(|tx| {
            let id = tx.id();
            tx.execute(sql!("INSERT INTO things (id, name) VALUES ($1, 'first')"), &[&id])?;
            let refused: Result<(), Error> = tx.attempt(|tx| {
                tx.execute(sql!("INSERT INTO things (id, name) VALUES ($1, 'kept')"), &[&Uuid::nil()]).map(drop)
            });
            assert!(refused.is_err());
            Ok::<_, Error>(())
        })
        .unwrap();
        assert_eq!(count(&db), 2);
        assert!(db.read_here(|tx| tx.execute(sql!("DELETE FROM things"), &[])).is_err(), "a read writes nothing");
    });
}

#[test]
fn writers_at_once_lose_no_update() {
    on_both(|db| {
        let id = add(&db, "counter").unwrap();
        let start = Arc::new(Barrier::new(4));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (db, start) = (db.clone(), start.clone());
                std::thread::spawn(move || {
                    start.wait();
                    for _ in 0..25 {
                        db.write_here(|tx| {
                            tx.execute(sql!("UPDATE things SET n = n + 1 WHERE id = $1"), &[&id])?;
                            tx.change("thing", id)
                        })
                        .unwrap();
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        let n: Option<i64> = db.read_here(|tx| tx.value(sql!("SELECT n FROM things"), &[])).unwrap();
        assert_eq!(n, Some(100));
        while db.number_changes(Uuid::from_u128(1)).unwrap() > 0 {}
        let feed = db.read_here(|tx| tx.changes_after(0, 1_000)).unwrap();
        let numbers: Vec<i64> = feed.iter().map(|c| c.seq).collect();
        assert_eq!(numbers, (1..=100).collect::<Vec<_>>(), "numbered once each, without a gap");
        assert_eq!(db.read_here(|tx| tx.last_change()).unwrap(), 100);
        assert!(feed.iter().all(|c| c.kind == "thing" && c.row == id));
    });
}

#[test]
fn writers_who_share_a_transaction_each_keep_or_lose_their_own() {
    on_both(|db| {
        const WRITERS: usize = 8;
        let start = Arc::new(Barrier::new(WRITERS));
        let writers: Vec<_> = (0..WRITERS)
            .map(|w| {
                let (db, start) = (db.clone(), start.clone());
                std::thread::spawn(move || {
                    start.wait();
                    let mut kept = Vec::new();
                    for n in 0..40 {
                        let name = format!("{w}/{n}");
                        let write = || {
                            db.write_here(|tx| {
                                let id = tx.id();
                                tx.execute(sql!("INSERT INTO things (id, name) VALUES ($1, $2)"), &[&id, &name])?;
                                match n % 20 {
                                    3 => Err(Error::NoRow),
                                    4 => {
                                        tx.execute(sql!("INSERT INTO things (id, name) VALUES ($1, $2)"), &[&id, &name])
                                    }
                                    7 if w == 0 => panic!("on purpose"),
                                    _ => Ok(1),
                                }
                            })
                        };
                        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(write)) {
                            Ok(Ok(_)) => {
                                // Told so, it is there for everybody.
                                let seen = sql!("SELECT COUNT(*) FROM things WHERE name = $1");
                                let seen: Option<i64> = db.read_here(|tx| tx.value(seen, &[&name])).unwrap();
                                assert_eq!(seen, Some(1), "{name}");
                                kept.push(name);
                            }
                            Ok(Err(error)) => match n % 20 {
                                3 => assert!(matches!(error, Error::NoRow), "{error:?}"),
                                4 => assert!(matches!(error, Error::Constraint(_)), "{error:?}"),
                                _ => panic!("{name}: {error:?}"),
                            },
                            Err(_) => assert_eq!((w, n % 20), (0, 7)),
                        }
                    }
                    kept
                })
            })
            .collect();
        let mut kept: Vec<String> = writers.into_iter().flat_map(|w| w.join().unwrap()).collect();
        let mut there: Vec<String> =
            db.read_here(|tx| tx.rows(sql!("SELECT name FROM things"), &[], |r| r.get(0))).unwrap();
        kept.sort();
        there.sort();
        assert_eq!(kept.len(), WRITERS * 36 - 2);
        assert_eq!(kept, there);
    });
}

#[test]
fn lists_of_any_length() {
    on_both(|db| {
        let ids: Vec<Uuid> = (0..7).map(|i| add(&db, &format!("t{i}")).unwrap()).collect();
        for n in [0, 1, 3, 7] {
            let found = db
                .read_here(|tx| {
                    tx.rows_in(
                        sql!("SELECT name FROM things WHERE n = $1 AND id IN ($list) ORDER BY name"),
                        &[&0i64],
                        &ids[..n],
                        |r| r.get::<String>(0),
                    )
                })
                .unwrap();
            assert_eq!(found.len(), n);
        }
        let many: Vec<Uuid> = (0..2_000).map(|i| ids[i % 7]).collect();
        let found = db.read_here(|tx| {
            tx.rows_in(sql!("SELECT name FROM things WHERE id IN ($list)"), &[], &many, |r| r.get::<String>(0))
        });
        assert_eq!(found.unwrap().len(), 7 * 4, "in portions of 512");
    });
}

#[test]
fn a_job_is_one_is_claimed_once_and_comes_back() {
    on_both(|db| {
        let enqueue = |key: &'static str, due: i64| db.write_here(|tx| tx.enqueue("letter", key, "", due)).unwrap();
        assert!(enqueue("a", START) && !enqueue("a", START), "the same twice is one");
        enqueue("later", START + DAY);
        let claim = || db.write_here(|tx| tx.claim_job(60_000_000)).unwrap();
        let job = claim().unwrap();
        assert_eq!((job.key.as_str(), job.attempts), ("a", 1));
        assert!(claim().is_none(), "taken, and the other is not due");
        db.clock().advance(61_000_000);
        let again = claim().unwrap();
        assert_eq!((again.key.as_str(), again.attempts), ("a", 2), "its claimer died: it comes back");
        db.write_here(|tx| tx.fail_job(&again, "no route")).unwrap();
        assert!(claim().is_none());
        db.clock().advance(61_000_000);
        let job = claim().unwrap();
        db.write_here(|tx| tx.finish_job(&job)).unwrap();
        db.clock().advance(DAY);
        assert_eq!(claim().unwrap().key, "later");
        assert!(claim().is_none());
        assert!(!db.write_here(|tx| tx.cancel_job("letter", "a")).unwrap(), "done is done");
    });
}

#[test]
fn migrations_run_once_and_a_newer_database_is_refused() {
    on_both(|db| {
        assert_eq!(db.migrate(SCHEMA).unwrap(), 0);
        let refused = db.migrate(&[]);
        assert!(matches!(&refused, Err(Error::Statement(why)) if why.contains("0001_things")), "{refused:?}");
        assert!(Db::open("mysql://x", Clock::real(), 1).is_err());
    });
}

#[test]
fn ids_sort_as_they_are_made_and_a_seed_repeats() {
    let clock = Clock::fixed(START, 3);
    let ids: Vec<Uuid> = (0..1_000).map(|_| clock.id()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(Clock::fixed(START, 3).id(), ids[0]);
    let mut a = [0u8; 32];
    Clock::real().random(&mut a);
    assert_ne!(a, [0u8; 32]);
}

#[test]
fn an_engine_says_how_it_does() {
    on_both(|db| {
        let health = db.health().unwrap();
        assert!(health.bytes > 0 && health.engine.contains(' '), "{health:?}");
        if db.is_embedded() {
            assert_eq!(health.unsafe_settings, Vec::<String>::new());
        } else {
            assert!(health.ahead.is_some_and(|us| us.abs() < 60_000_000), "{health:?}");
        }
        db.try_write().unwrap();
        db.try_write().unwrap();
        assert_eq!(db.missing_migrations(&[("0001_things", ""), ("9999_later", "")]).unwrap(), 1);
    });
}

#[test]
fn failed_jobs_are_listed_tried_again_and_given_up() {
    on_both(|db| {
        db.write_here(|tx| {
            let now = tx.now();
            tx.enqueue("letter", "a", "", now)?;
            tx.enqueue("letter", "b", "", now + 5)?;
            let job = tx.claim_job(1_000)?.unwrap();
            tx.fail_job(&job, "550 no such mailbox")
        })
        .unwrap();
        let (waiting, failed) =
            db.read_here(|tx| Ok::<_, Error>((tx.waiting_jobs()?, tx.failed_jobs(None, 0, 10)?))).unwrap();
        assert_eq!((waiting[0].count, waiting[0].failed), (2, 1));
        assert_eq!(failed[0].reason, "550 no such mailbox");
        // Not due for half a minute, unless somebody asks for it.
        assert!(db.write_here(|tx| tx.claim_job(1_000)).unwrap().is_none());
        assert!(db.write_here(|tx| tx.retry_job(failed[0].id)).unwrap());
        assert_eq!(db.write_here(|tx| tx.claim_job(1_000)).unwrap().unwrap().key, "a");
        assert_eq!(db.write_here(|tx| tx.drop_job(failed[0].id)).unwrap().unwrap().1, "a");
        assert!(db.write_here(|tx| tx.drop_job(failed[0].id)).unwrap().is_none());
    });
}

#[test]
fn a_clock_that_jumps_loses_nothing() {
    on_both(|db| {
        let clock = db.clock().clone();
        let mut ids = std::collections::HashSet::new();
        let mut seen = |db: &Db, name: &str| assert!(ids.insert(add(db, name).unwrap()), "ids stay unique");
        db.write_here(|tx| tx.enqueue("letter", "soon", "", START + 1)).unwrap();
        // A year ahead by mistake: what is due is claimed and done.
        clock.advance(365 * DAY);
        seen(&db, "ahead");
        let job = db.write_here(|tx| tx.claim_job(60_000_000)).unwrap().unwrap();
        db.write_here(|tx| tx.finish_job(&job)).unwrap();
        db.write_here(|tx| tx.enqueue("letter", "ahead", "", clock.now())).unwrap();
        let taken = db.write_here(|tx| tx.claim_job(60_000_000)).unwrap().unwrap();
        // And back: writes go on, and the change feed stays in its order.
        clock.advance(-365 * DAY);
        for n in 0..100 {
            seen(&db, &format!("back {n}"));
        }
        for name in ["a", "b"] {
            let id = add(&db, name).unwrap();
            db.write_here(|tx| tx.change("thing", id)).unwrap();
        }
        while db.number_changes(Uuid::from_u128(1)).unwrap() > 0 {}
        let numbers: Vec<i64> =
            db.read_here(|tx| tx.changes_after(0, 10)).unwrap().iter().map(|change| change.seq).collect();
        assert_eq!(numbers, [1, 2]);
        // What was claimed in the wrong year and not finished is there when its time comes, not lost.
        assert!(db.write_here(|tx| tx.claim_job(60_000_000)).unwrap().is_none());
        clock.advance(366 * DAY);
        assert_eq!(db.write_here(|tx| tx.claim_job(60_000_000)).unwrap().map(|j| j.id), Some(taken.id));
    });
}
