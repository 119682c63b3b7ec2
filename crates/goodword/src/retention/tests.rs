//! The daily sweep: what goes, what stays, and that it comes back the next day.

use crate::jobs::run_due;
use crate::testing::{app, cookie_of, member, on_both, send};
use crate::vouches;
use store::{DAY, sql};

#[test]
fn what_is_not_needed_any_more_goes_and_the_rest_stays() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Ruiz");
        let _ = cookie_of(&app, ana);
        send(&app, "/sign-in", "", Some("email=nobody%40example.org"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        app.db
            .write_here(|tx| {
                super::schedule(tx)?;
                super::schedule(tx)?;
                vouches::notify(tx, ana, "vouch", "Read long ago.", "/")?;
                let now = tx.now();
                tx.execute(sql!("UPDATE notices SET read_at = $1"), &[&now])?;
                vouches::notify(tx, ana, "vouch", "Not read yet.", "/")?;
                crate::links::issue(tx, "vouch", ana, ana, 30)?;
                let email = crate::input::Email::parse("email", "nobody@example.org")?;
                let name = crate::input::Name::parse("name", "Never Answered")?;
                vouches::add_absent(tx, &name, &email, ana)?;
                Ok::<_, crate::error::Error>(())
            })
            .unwrap();
        let count = |text: &str| -> i64 {
            app.db
                .read_here(|tx| match text {
                    "notices" => tx.value(sql!("SELECT COUNT(*) FROM notices"), &[]),
                    "links" => tx.value(sql!("SELECT COUNT(*) FROM links"), &[]),
                    "letters" => tx.value(sql!("SELECT COUNT(*) FROM letters"), &[]),
                    "sign_ins" => tx.value(sql!("SELECT COUNT(*) FROM sign_ins"), &[]),
                    "sessions" => tx.value(sql!("SELECT COUNT(*) FROM sessions"), &[]),
                    _ => tx.value(sql!("SELECT COUNT(*) FROM parties WHERE email IS NOT NULL"), &[]),
                })
                .unwrap()
                .unwrap()
        };
        let all = ["notices", "links", "letters", "sign_ins", "sessions", "parties"];
        assert_eq!(all.map(count), [2, 1, 1, 1, 1, 2]);
        for (days, left) in [
            (3, [2, 1, 1, 0, 1, 2]),
            (40, [2, 1, 1, 0, 1, 1]),
            (70, [2, 0, 1, 0, 0, 1]),
            (200, [1, 0, 1, 0, 0, 1]),
            (400, [1, 0, 0, 0, 0, 1]),
        ] {
            app.clock.set(crate::testing::START + days * DAY);
            runtime.block_on(run_due(&app));
            assert_eq!(all.map(count), left, "after {days} days");
        }
        // Always one ahead.
        let next: i64 = app
            .db
            .read_here(|tx| {
                tx.value(sql!("SELECT COUNT(*) FROM jobs WHERE kind = 'retention-sweep' AND done_at IS NULL"), &[])
            })
            .unwrap()
            .unwrap();
        assert_eq!(next, 1);
    });
}

#[test]
fn what_stands_for_a_network_address_is_emptied_after_a_week() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Ruiz");
        app.db
            .write_here(|tx| {
                let (post, now) = (tx.id(), tx.now());
                tx.execute(
                    sql!(
                        "INSERT INTO posts (id, slug, kind, author_id, author_name, author_email, author_url, title, format,
                           text, html, excerpt, folded, visibility, state, held_for, pings_open, comments, roots, last_number,
                           created_at, active_at, version)
                         VALUES ($1, 'a', 'discussion', $2, '', '', '', 'A', 'markdown', '', '', '', '', 'public', 'published',
                           '', TRUE, 0, 0, 2, $3, $3, 1)"
                    ),
                    &[&post, &ana, &now],
                )?;
                for (number, at) in [(1i64, now - 2 * DAY), (2, now)] {
                    let id = tx.id();
                    tx.execute(
                        sql!(
                            "INSERT INTO comments (id, post_id, number, root, path, depth, kind, author_name, author_email,
                               author_url, format, text, html, state, held_for, shown, purpose, useful, replies, address_hash,
                               created_at, version)
                             VALUES ($1, $2, $3, $3, '', 0, 'comment', 'Guest', '', '', 'markdown', 'words', 'words',
                               'approved', '', TRUE, 'comment', 0, 0, $4, $5, 1)"
                        ),
                        &[&id, &post, &number, &vec![7u8; 16], &at],
                    )?;
                }
                super::schedule(tx)
            })
            .unwrap();
        let left = || {
            app.db
                .read_here(|tx| {
                    tx.rows(sql!("SELECT number FROM comments WHERE address_hash IS NOT NULL"), &[], |r| {
                        r.get::<i64>(0)
                    })
                })
                .unwrap()
        };
        assert_eq!(left(), [1, 2]);
        for (days, kept) in [(4, vec![1, 2]), (6, vec![2]), (9, vec![])] {
            app.clock.set(crate::testing::START + days * DAY);
            crate::testing::run_jobs(&app);
            assert_eq!(left(), kept, "after {days} days");
        }
    });
}
