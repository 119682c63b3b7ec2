//! Erasing a person: their name, texts, contacts and trust list go, the words they gave lapse, and what they answered stays in
//! others' records without them. It touches every table that knows people, so it is the one place that writes to tables of
//! other features; [`TABLES`] says what happens to each, and a test holds it against the migrations.

use super::names::{NOBODY, without, without_in_html};
use crate::error::Result;
use crate::key::{Key, hash_token};
use crate::{conversations, vouches};
use store::{DAY, Tx, sql};

/// What happens to each table when somebody is erased.
pub const TABLES: &[(&str, &str)] = &[
    ("parties", "the row stays as “Somebody”, without name, address, telephone, page"),
    ("profiles", "deleted"),
    ("professions", "deleted"),
    ("work_items", "deleted"),
    ("pictures", "deleted"),
    ("trusts", "deleted, in both directions"),
    ("networking_groups", "kept; the next member keeps the group"),
    ("memberships", "deleted"),
    ("jobs_won", "deleted"),
    ("encounters", "deleted, in both directions"),
    ("settings", "taken off the list of founding members; a fingerprint of the address if they want no letters"),
    ("roles", "deleted"),
    ("sign_ins", "deleted"),
    ("sessions", "deleted"),
    ("links", "deleted"),
    ("letters", "deleted; letters to others that name them lose their text"),
    ("notices", "deleted; in notices to others the name is blotted out"),
    ("vouches", "given: lapsed, without words; received: ended, without words"),
    ("vouch_work", "deleted"),
    ("vouch_events", "kept: ids and times"),
    ("warnings", "deleted"),
    ("imports", "no people in it"),
    ("import_rows", "deleted"),
    ("conversation_imports", "who sent the file stays as “Somebody”"),
    ("import_portions", "deleted once the file is read"),
    ("import_notes", "no people in it"),
    ("import_made", "no people in it"),
    ("webmentions_received", "addresses of pages elsewhere: under their posts deleted"),
    ("webmentions_sent", "deleted"),
    ("needs", "their words are emptied"),
    ("need_answers", "deleted"),
    ("referrals", "states, standing and figures stay; their words and names are emptied"),
    ("referral_events", "kept without notes"),
    ("outcomes", "the answer that scores somebody else stays; words, amount and private answers go"),
    ("moves", "deleted; reasons that name them are emptied"),
    ("posts", "emptied"),
    ("tags", "no people in it"),
    ("post_tags", "no people in it"),
    ("guest_browsers", "deleted"),
    ("comments", "emptied; what others answered stays"),
    ("origins", "the site and number there stay, so that the same file does not bring the words back"),
    ("revisions", "deleted"),
    ("comment_pictures", "deleted"),
    ("post_pictures", "deleted"),
    ("mentions", "deleted"),
    ("usefuls", "deleted"),
    ("post_visits", "deleted"),
    ("subscriptions", "deleted"),
    ("reports", "kept without words and reporter"),
    ("moderation_events", "kept: ids and times"),
    ("author_blocks", "kept without the reason"),
    ("group_reviews", "deleted, figures and words"),
    ("audit_log", "kept: it has ids, no names"),
    ("sanctions", "kept without reason, appeal and answer"),
    ("person_reports", "kept without words"),
    ("erasures", "kept: id and times, as proof"),
    ("data_asks", "deleted"),
    ("letter_choices", "deleted"),
    ("letter_mutes", "deleted"),
    ("letter_times", "deleted"),
    ("held_letters", "deleted, and others' that name them"),
    ("bounces", "deleted"),
    ("appointments", "deleted"),
    ("calendar_feeds", "deleted"),
    ("identities", "deleted"),
    ("trips", "deleted"),
    ("email_changes", "deleted"),
    ("passkeys", "deleted"),
    ("challenges", "deleted"),
    ("access_tokens", "deleted"),
    ("idempotency_keys", "deleted"),
    ("webhooks", "deleted"),
    ("webhook_deliveries", "deleted; in those of others the name is blotted out"),
    ("contacts", "deleted, and out of others' address books the entry with their address"),
    ("contact_files", "deleted"),
    ("push_devices", "deleted"),
    ("push_silences", "deleted"),
    ("changes", "ids only"),
    ("sequencer", "no people in it"),
    ("jobs", "kept: ids; the address is blotted out of failures"),
    ("migrations", "no people in it"),
];

/// Who is being erased, as others' texts may name them.
struct Gone {
    id: Key,
    name: String,
    /// As HTML has it.
    escaped: String,
    handle: String,
    email: String,
}

/// Erases `who` now.
///
/// # Errors
/// The database's.
pub(super) fn erase(tx: &mut Tx<'_>, who: Key, no_letters: bool) -> Result<()> {
    let found = tx.row(
        sql!(
            "SELECT name, COALESCE(handle, ''), COALESCE(email, '') FROM parties WHERE id = $1 AND status <> 'erased'"
        ),
        &[&who],
        |r| Ok((r.get::<String>(0)?, r.get::<String>(1)?, r.get::<String>(2)?)),
    )?;
    let Some((name, handle, email)) = found else { return Ok(()) };
    let escaped = askama::filters::escape(&name, askama::filters::Html).map(|e| e.to_string()).unwrap_or_default();
    let gone = Gone { id: who, name, escaped, handle, email };
    if no_letters && !gone.email.is_empty() {
        vouches::refuse_letters(tx, &gone.email)?;
    }
    about(tx, &gone)?;
    words(tx, &gone)?;
    ties(tx, &gone)?;
    referrals(tx, &gone)?;
    said(tx, &gone)?;
    letters(tx, &gone)?;
    others(tx, &gone)?;
    profile(tx, &gone)?;
    account(tx, &gone)?;
    let now = tx.now();
    tx.execute(sql!("UPDATE erasures SET done_at = $1 WHERE party_id = $2"), &[&now, &who])?;
    crate::audit::log(tx, None, "person erased", crate::audit::Subject::Person(who), "")?;
    tx.change("party", who.0)?;
    tx.change("setting", who.0)?;
    Ok(())
}

/// Where others wrote to or about them, parts of their name go too: answers to what they said, comments that name or mention
/// them, and what others said of introductions they had part in. What is found by who they are comes before that is forgotten.
fn about(tx: &mut Tx<'_>, gone: &Gone) -> Result<()> {
    let texts = |r: &store::Row<'_>| Ok((r.get::<Key>(0)?, r.get::<String>(1)?));
    let comments = tx.rows(
        sql!(
            "SELECT c.id, c.text, c.html FROM comments c LEFT JOIN comments p ON p.id = c.parent_id
             WHERE c.named_id = $1 OR p.author_id = $1
               OR EXISTS (SELECT 1 FROM mentions m WHERE m.comment_id = c.id AND m.party_id = $1)"
        ),
        &[&gone.id],
        |r| Ok((r.get::<Key>(0)?, r.get::<String>(1)?, r.get::<String>(2)?)),
    )?;
    for (id, text, html) in comments {
        tx.execute(
            sql!("UPDATE comments SET text = $1, html = $2 WHERE id = $3"),
            &[&without(&text, &gone.name), &without_in_html(&html, &gone.name), &id],
        )?;
        let before = tx.rows(sql!("SELECT id, text FROM revisions WHERE comment_id = $1"), &[&id], texts)?;
        for (revision, text) in before {
            tx.execute(
                sql!("UPDATE revisions SET text = $1 WHERE id = $2"),
                &[&without(&text, &gone.name), &revision],
            )?;
        }
    }
    let outcomes = tx.rows(
        sql!(
            "SELECT o.id, o.words FROM outcomes o JOIN referrals r ON r.id = o.referral_id
             WHERE o.words <> '' AND (r.asker_id = $1 OR r.referrer_id = $1 OR r.professional_id = $1 OR r.client_id = $1)"
        ),
        &[&gone.id],
        texts,
    )?;
    for (id, words) in outcomes {
        tx.execute(sql!("UPDATE outcomes SET words = $1 WHERE id = $2"), &[&without(&words, &gone.name), &id])?;
    }
    let referrals = tx.rows(
        sql!(
            "SELECT id, need_words, understood, lost_reason, need_id FROM referrals
             WHERE asker_id = $1 OR referrer_id = $1 OR professional_id = $1 OR client_id = $1"
        ),
        &[&gone.id],
        |r| {
            let said = [r.get::<String>(1)?, r.get::<String>(2)?, r.get::<String>(3)?];
            Ok((r.get::<Key>(0)?, said, r.get::<Option<Key>>(4)?))
        },
    )?;
    for (id, said, need) in referrals {
        let [words, understood, lost] = said.map(|text| without(&text, &gone.name));
        tx.execute(
            sql!("UPDATE referrals SET need_words = $1, understood = $2, lost_reason = $3 WHERE id = $4"),
            &[&words, &understood, &lost, &id],
        )?;
        let Some(need) = need else { continue };
        for (need, words) in tx.rows(sql!("SELECT id, words FROM needs WHERE id = $1"), &[&need], texts)? {
            tx.execute(sql!("UPDATE needs SET words = $1 WHERE id = $2"), &[&without(&words, &gone.name), &need])?;
        }
    }
    Ok(())
}

/// The words they gave lapse, and whoever received one hears that one did; the words they received end.
fn words(tx: &mut Tx<'_>, gone: &Gone) -> Result<()> {
    let given: Vec<(Key, Key, bool)> =
        tx.rows(sql!("SELECT id, to_id, state = 'live' FROM vouches WHERE from_id = $1"), &[&gone.id], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
    let received: Vec<Key> = tx.rows(sql!("SELECT id FROM vouches WHERE to_id = $1"), &[&gone.id], |r| r.get(0))?;
    for (vouch, to, was_live) in &given {
        if *was_live && *to != gone.id {
            vouches::notify(tx, *to, "vouch", "One vouch for your work lapsed: its giver has left.", "/vouches")?;
        }
        tx.cancel_job("vouch-fades", &vouch.to_string())?;
        tx.change("vouch", vouch.0)?;
    }
    for vouch in &received {
        tx.cancel_job("vouch-fades", &vouch.to_string())?;
        tx.change("vouch", vouch.0)?;
    }
    tx.execute(
        sql!(
            "UPDATE vouches SET state = CASE WHEN state IN ('live', 'pending') THEN 'lapsed' ELSE state END, words = '',
               is_public = FALSE, version = version + 1 WHERE from_id = $1 OR to_id = $1"
        ),
        &[&gone.id],
    )?;
    tx.execute(sql!("DELETE FROM warnings WHERE from_id = $1 OR to_id = $1"), &[&gone.id])?;
    tx.execute(
        sql!("DELETE FROM import_rows WHERE $1 <> '' AND (source = $1 OR target = $1)"),
        &[&gone.handle.as_str()],
    )?;
    Ok(())
}

/// Whom they trusted, met and shared groups with.
fn ties(tx: &mut Tx<'_>, gone: &Gone) -> Result<()> {
    let trusting: Vec<Key> =
        tx.rows(sql!("SELECT DISTINCT from_id FROM trusts WHERE to_id = $1"), &[&gone.id], |r| r.get(0))?;
    tx.execute(sql!("DELETE FROM trusts WHERE from_id = $1 OR to_id = $1"), &[&gone.id])?;
    for party in trusting.into_iter().chain([gone.id]) {
        tx.change("trust", party.0)?;
    }
    tx.execute(sql!("DELETE FROM encounters WHERE author_id = $1 OR other_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM memberships WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("UPDATE memberships SET confirmed_by = NULL WHERE confirmed_by = $1"), &[&gone.id])?;
    // A group goes on: its longest-standing confirmed member keeps it.
    tx.execute(
        sql!(
            "UPDATE networking_groups SET version = version + 1, keeper_id = (
               SELECT m.party_id FROM memberships m JOIN parties p ON p.id = m.party_id AND p.status = 'active'
               WHERE m.group_id = networking_groups.id AND m.confirmed_at IS NOT NULL AND m.until IS NULL
               ORDER BY m.since, m.id LIMIT 1)
             WHERE keeper_id = $1 AND EXISTS (
               SELECT 1 FROM memberships m JOIN parties p ON p.id = m.party_id AND p.status = 'active'
               WHERE m.group_id = networking_groups.id AND m.confirmed_at IS NOT NULL AND m.until IS NULL)"
        ),
        &[&gone.id],
    )?;
    Ok(())
}

/// Needs and referrals: what was said goes, what happened stays.
fn referrals(tx: &mut Tx<'_>, gone: &Gone) -> Result<()> {
    tx.execute(
        sql!(
            "UPDATE needs SET words = '', place = '', latitude = NULL, longitude = NULL, date_words = '', state = 'closed',
               visibility = 'private', version = version + 1 WHERE asker_id = $1"
        ),
        &[&gone.id],
    )?;
    tx.execute(sql!("DELETE FROM need_answers WHERE author_id = $1 OR other_id = $1"), &[&gone.id])?;
    // What is under way ends as any other that did not go ahead.
    let open: Vec<(Key, String)> = tx.rows(
        sql!(
            "SELECT id, state FROM referrals
             WHERE (asker_id = $1 OR referrer_id = $1 OR professional_id = $1 OR client_id = $1)
               AND state IN ('asked', 'offered', 'introduced', 'in contact', 'meeting set', 'proposal')"
        ),
        &[&gone.id],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    for (referral, state) in open {
        let (id, now) = (tx.id(), tx.now());
        tx.execute(
            sql!(
                "INSERT INTO referral_events (id, referral_id, actor_id, kind, from_state, to_state, detail, at)
                 VALUES ($1, $2, NULL, 'cancel', $3, 'cancelled', '', $4)"
            ),
            &[&id, &referral, &state, &now],
        )?;
        tx.execute(
            sql!("UPDATE referrals SET state = 'cancelled', updated_at = $1, version = version + 1 WHERE id = $2"),
            &[&now, &referral],
        )?;
        let others: Vec<Key> = tx.rows(
            sql!(
                "SELECT p.id FROM referrals r JOIN parties p ON p.id IN (r.asker_id, r.referrer_id)
                 WHERE r.id = $1 AND p.id <> $2 AND p.kind = 'member' AND p.status = 'active'"
            ),
            &[&referral, &gone.id],
            |r| r.get(0),
        )?;
        for other in others {
            vouches::notify(
                tx,
                other,
                "referral",
                "An introduction did not go ahead.",
                &format!("/referrals/{referral}"),
            )?;
        }
    }
    tx.execute(
        sql!(
            "UPDATE referrals SET need_words = '', shared_place = '', shared_budget = '', shared_date = '',
               note_to_referrer = '', understood = '', lost_reason = '', version = version + 1
             WHERE asker_id = $1 OR client_id = $1"
        ),
        &[&gone.id],
    )?;
    tx.execute(sql!("UPDATE referrals SET client_name = $1 WHERE client_id = $2"), &[&NOBODY, &gone.id])?;
    tx.execute(
        sql!(
            "UPDATE referrals SET words = '', unknowns = '', note_to_referrer = '', version = version + 1
             WHERE referrer_id = $1 OR professional_id = $1 OR client_id = $1"
        ),
        &[&gone.id],
    )?;
    tx.execute(
        sql!(
            "UPDATE referral_events SET detail = '' WHERE actor_id = $1 OR referral_id IN (
               SELECT id FROM referrals WHERE asker_id = $1 OR referrer_id = $1 OR professional_id = $1 OR client_id = $1)"
        ),
        &[&gone.id],
    )?;
    tx.execute(
        sql!(
            "DELETE FROM appointments WHERE referral_id IN (
               SELECT id FROM referrals WHERE professional_id = $1 OR client_id = $1)"
        ),
        &[&gone.id],
    )?;
    tx.execute(
        sql!(
            "UPDATE outcomes SET words = '', publish_as = NULL, again = NULL, amount = NULL, tell_amount = FALSE,
               version = version + 1 WHERE party_id = $1"
        ),
        &[&gone.id],
    )?;
    // What clients wrote of a professional who is gone is about nobody any more.
    tx.execute(
        sql!(
            "UPDATE outcomes SET words = '', publish_as = NULL, version = version + 1 WHERE referral_id IN (
               SELECT id FROM referrals WHERE professional_id = $1)"
        ),
        &[&gone.id],
    )?;
    tx.execute(sql!("DELETE FROM moves WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(
        sql!(
            "UPDATE moves SET why = '' WHERE referral_id IN (
               SELECT id FROM referrals WHERE asker_id = $1 OR referrer_id = $1 OR professional_id = $1 OR client_id = $1)"
        ),
        &[&gone.id],
    )?;
    Ok(())
}

/// Posts and comments stay as places in a thread, without what they said and who said it.
fn said(tx: &mut Tx<'_>, gone: &Gone) -> Result<()> {
    // What an import brought under their address is theirs too.
    let posts: Vec<Key> = tx.rows(
        sql!("SELECT id FROM posts WHERE author_id = $1 OR (author_email <> '' AND author_email = $2)"),
        &[&gone.id, &gone.email],
        |r| r.get(0),
    )?;
    let comments: Vec<Key> = tx.rows(
        sql!("SELECT id FROM comments WHERE author_id = $1 OR (author_email <> '' AND author_email = $2)"),
        &[&gone.id, &gone.email],
        |r| r.get(0),
    )?;
    tx.execute(sql!("DELETE FROM revisions WHERE editor_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM group_reviews WHERE author_id = $1"), &[&gone.id])?;
    for post in &posts {
        tx.execute(sql!("DELETE FROM revisions WHERE post_id = $1"), &[post])?;
        tx.execute(sql!("DELETE FROM webmentions_sent WHERE post_id = $1"), &[post])?;
        tx.execute(sql!("DELETE FROM webmentions_received WHERE post_id = $1"), &[post])?;
        // The slug was made of the title: what is left is an id.
        tx.execute(
            sql!(
                "UPDATE posts SET slug = $2, title = 'Removed', text = '', html = '', excerpt = '', folded = '',
                   author_name = '', author_email = '', author_url = '', held_for = '', state = 'removed',
                   version = version + 1 WHERE id = $1"
            ),
            &[post, &format!("removed-{post}")],
        )?;
        forget_origin(tx, *post)?;
    }
    for comment in &comments {
        tx.execute(sql!("DELETE FROM revisions WHERE comment_id = $1"), &[comment])?;
        // The thread's order and counts follow.
        conversations::put(tx, *comment, conversations::State::Removed)?;
        tx.execute(
            sql!(
                "UPDATE comments SET text = '', html = '', author_name = '', author_email = '', author_url = '',
                   held_for = '', removed_as = 'erased', browser_id = NULL, address_hash = NULL WHERE id = $1"
            ),
            &[comment],
        )?;
        forget_origin(tx, *comment)?;
    }
    conversations::forget(tx, gone.id, &gone.handle)?;
    tx.execute(sql!("UPDATE comments SET named_id = NULL WHERE named_id = $1"), &[&gone.id])?;
    tx.execute(
        sql!(
            "UPDATE comments SET browser_id = NULL WHERE browser_id IN (SELECT id FROM guest_browsers WHERE party_id = $1)"
        ),
        &[&gone.id],
    )?;
    tx.execute(sql!("DELETE FROM guest_browsers WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM usefuls WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM post_visits WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM subscriptions WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("UPDATE reports SET words = '', reporter_id = NULL WHERE reporter_id = $1"), &[&gone.id])?;
    tx.execute(sql!("UPDATE author_blocks SET reason = '' WHERE party_id = $1"), &[&gone.id])?;
    Ok(())
}

/// In what others wrote anywhere else, their whole name becomes “Somebody”. A part of it alone stays there, since it is many
/// people's; where we wrote it ourselves (notices and letters about their introductions), it goes too.
fn others(tx: &mut Tx<'_>, gone: &Gone) -> Result<()> {
    let first = crate::say::first_name(&gone.name).to_owned();
    let referrals: Vec<Key> = tx.rows(
        sql!(
            "SELECT id FROM referrals WHERE asker_id = $1 OR referrer_id = $1 OR professional_id = $1 OR client_id = $1"
        ),
        &[&gone.id],
        |r| r.get(0),
    )?;
    for referral in referrals {
        let path = format!("/referrals/{referral}%");
        tx.execute(
            sql!("UPDATE notices SET words = REPLACE(words, $1, $2) WHERE url LIKE $3"),
            &[&first, &NOBODY, &path],
        )?;
        tx.execute(
            sql!("UPDATE letters SET subject = REPLACE(subject, $1, $2) WHERE subject_id = $3"),
            &[&first, &NOBODY, &referral],
        )?;
        tx.execute(
            sql!("UPDATE webhook_deliveries SET body = REPLACE(body, $1, $2) WHERE body LIKE $3"),
            &[&first, &NOBODY, &format!("%/referrals/{referral}%")],
        )?;
    }
    // One word may be anybody's, and part of others.
    if !gone.name.contains(' ') {
        return Ok(());
    }
    for name in [&gone.name, &gone.escaped] {
        let found = crate::people::pattern(name);
        for statement in [
            sql!("UPDATE vouches SET words = REPLACE(words, $1, $2) WHERE words LIKE $3 ESCAPE '!'"),
            sql!("UPDATE needs SET words = REPLACE(words, $1, $2) WHERE words LIKE $3 ESCAPE '!'"),
            sql!("UPDATE need_answers SET words = REPLACE(words, $1, $2) WHERE words LIKE $3 ESCAPE '!'"),
            sql!("UPDATE outcomes SET words = REPLACE(words, $1, $2) WHERE words LIKE $3 ESCAPE '!'"),
            sql!("UPDATE encounters SET note = REPLACE(note, $1, $2) WHERE note LIKE $3 ESCAPE '!'"),
            sql!("UPDATE jobs_won SET note = REPLACE(note, $1, $2) WHERE note LIKE $3 ESCAPE '!'"),
            sql!("UPDATE person_reports SET words = REPLACE(words, $1, $2) WHERE words LIKE $3 ESCAPE '!'"),
            sql!("UPDATE reports SET words = REPLACE(words, $1, $2) WHERE words LIKE $3 ESCAPE '!'"),
            sql!(
                "UPDATE referrals SET words = REPLACE(words, $1, $2), need_words = REPLACE(need_words, $1, $2),
                   note_to_referrer = REPLACE(note_to_referrer, $1, $2)
                 WHERE words LIKE $3 ESCAPE '!' OR need_words LIKE $3 ESCAPE '!' OR note_to_referrer LIKE $3 ESCAPE '!'"
            ),
            sql!(
                "UPDATE work_items SET title = REPLACE(title, $1, $2), description = REPLACE(description, $1, $2),
                   client_name = REPLACE(client_name, $1, $2)
                 WHERE title LIKE $3 ESCAPE '!' OR description LIKE $3 ESCAPE '!' OR client_name LIKE $3 ESCAPE '!'"
            ),
            sql!(
                "UPDATE posts SET title = REPLACE(title, $1, $2), text = REPLACE(text, $1, $2),
                   html = REPLACE(html, $1, $2), excerpt = REPLACE(excerpt, $1, $2)
                 WHERE title LIKE $3 ESCAPE '!' OR text LIKE $3 ESCAPE '!' OR html LIKE $3 ESCAPE '!'"
            ),
            sql!(
                "UPDATE comments SET text = REPLACE(text, $1, $2), html = REPLACE(html, $1, $2)
                 WHERE text LIKE $3 ESCAPE '!' OR html LIKE $3 ESCAPE '!'"
            ),
            sql!(
                "UPDATE revisions SET title = REPLACE(title, $1, $2), text = REPLACE(text, $1, $2)
                 WHERE title LIKE $3 ESCAPE '!' OR text LIKE $3 ESCAPE '!'"
            ),
        ] {
            tx.execute(statement, &[name, &NOBODY, &found])?;
        }
    }
    let folded = formats::name::fold(&gone.name);
    tx.execute(
        sql!("UPDATE posts SET folded = REPLACE(folded, $1, 'somebody') WHERE folded LIKE $2 ESCAPE '!'"),
        &[&folded, &crate::people::pattern(&folded)],
    )?;
    Ok(())
}

/// An imported row keeps which one it was, so that the same file does not bring the words back, and nothing else.
fn forget_origin(tx: &mut Tx<'_>, row: Key) -> Result<()> {
    tx.execute(sql!("UPDATE origins SET url = '', extra = '' WHERE row_id = $1"), &[&row])?;
    Ok(())
}

/// Their own letters and notices go; in those of others their name is blotted out.
fn letters(tx: &mut Tx<'_>, gone: &Gone) -> Result<()> {
    tx.execute(
        sql!("DELETE FROM letters WHERE party_id = $1 OR (address <> '' AND address = $2)"),
        &[&gone.id, &gone.email],
    )?;
    tx.execute(sql!("DELETE FROM held_letters WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM notices WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM letter_choices WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM letter_mutes WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM letter_times WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM calendar_feeds WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM bounces WHERE address_hash = $1"), &[&hash_token(&gone.email)])?;
    tx.execute(sql!("DELETE FROM data_asks WHERE email_hash = $1"), &[&hash_token(&gone.email)])?;
    let now = tx.now();
    // What they wrote is quoted in letters about it.
    tx.execute(
        sql!(
            "UPDATE letters SET plain = '', html = '', attachment = NULL, unsubscribe = NULL,
               failed_at = CASE WHEN sent_at IS NULL THEN $2 ELSE failed_at END
             WHERE subject_id IN (SELECT id FROM vouches WHERE from_id = $1 OR to_id = $1)
               OR subject_id IN (SELECT id FROM referrals WHERE asker_id = $1 OR referrer_id = $1 OR professional_id = $1
                 OR client_id = $1)"
        ),
        &[&gone.id, &now],
    )?;
    for name in [&gone.name, &gone.escaped] {
        let found = crate::people::pattern(name);
        // Letters to others that name them keep their subject without the name, and lose their text; unsent ones are not sent.
        tx.execute(
            sql!(
                "UPDATE letters SET subject = REPLACE(subject, $1, $2), plain = '', html = '', attachment = NULL,
                   unsubscribe = NULL, failed_at = CASE WHEN sent_at IS NULL THEN $4 ELSE failed_at END
                 WHERE subject LIKE $3 ESCAPE '!' OR plain LIKE $3 ESCAPE '!' OR html LIKE $3 ESCAPE '!'"
            ),
            &[name, &NOBODY, &found, &now],
        )?;
        tx.execute(
            sql!("DELETE FROM held_letters WHERE subject LIKE $1 ESCAPE '!' OR parts LIKE $1 ESCAPE '!'"),
            &[&found],
        )?;
        tx.execute(
            sql!(
                "UPDATE webhook_deliveries SET body = REPLACE(body, $1, $2), answer = REPLACE(answer, $1, $2)
                 WHERE body LIKE $3 ESCAPE '!' OR answer LIKE $3 ESCAPE '!'"
            ),
            &[name, &NOBODY, &found],
        )?;
        tx.execute(
            sql!("UPDATE notices SET words = REPLACE(words, $1, $2) WHERE words LIKE $3 ESCAPE '!'"),
            &[name, &NOBODY, &found],
        )?;
    }
    if !gone.email.is_empty() {
        let found = crate::people::pattern(&gone.email);
        tx.execute(sql!("UPDATE letters SET attachment = NULL WHERE attachment LIKE $1 ESCAPE '!'"), &[&found])?;
        tx.execute(
            sql!(
                "UPDATE letters SET plain = REPLACE(plain, $1, $2), html = REPLACE(html, $1, $2)
                 WHERE plain LIKE $3 ESCAPE '!' OR html LIKE $3 ESCAPE '!'"
            ),
            &[&gone.email, &NOBODY, &found],
        )?;
        tx.execute(
            sql!("UPDATE jobs SET failure = REPLACE(failure, $1, $2) WHERE failure LIKE $3 ESCAPE '!'"),
            &[&gone.email, &NOBODY, &found],
        )?;
    }
    if !gone.handle.is_empty() {
        let page = format!("/people/{}", gone.handle);
        let found = crate::people::pattern(&page);
        tx.execute(sql!("UPDATE notices SET url = '/notices' WHERE url LIKE $1 ESCAPE '!'"), &[&found])?;
        tx.execute(
            sql!(
                "UPDATE letters SET plain = REPLACE(plain, $1, '/people'), html = REPLACE(html, $1, '/people')
                 WHERE plain LIKE $2 ESCAPE '!' OR html LIKE $2 ESCAPE '!'"
            ),
            &[&page, &found],
        )?;
    }
    Ok(())
}

/// What they said of themselves and showed.
fn profile(tx: &mut Tx<'_>, gone: &Gone) -> Result<()> {
    tx.execute(
        sql!("DELETE FROM vouch_work WHERE work_item_id IN (SELECT id FROM work_items WHERE party_id = $1)"),
        &[&gone.id],
    )?;
    tx.execute(
        sql!("DELETE FROM comment_pictures WHERE picture_id IN (SELECT id FROM pictures WHERE party_id = $1)"),
        &[&gone.id],
    )?;
    tx.execute(
        sql!("DELETE FROM post_pictures WHERE picture_id IN (SELECT id FROM pictures WHERE party_id = $1)"),
        &[&gone.id],
    )?;
    tx.execute(sql!("DELETE FROM profiles WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM pictures WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM work_items WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM professions WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM jobs_won WHERE party_id = $1"), &[&gone.id])?;
    Ok(())
}

/// Who they were here.
fn account(tx: &mut Tx<'_>, gone: &Gone) -> Result<()> {
    let yesterday = tx.now() - DAY;
    tx.execute(
        sql!(
            "DELETE FROM idempotency_keys WHERE begun_at < $2
               OR owner IN (SELECT token_hash FROM sessions WHERE party_id = $1)
               OR owner IN (SELECT token_hash FROM access_tokens WHERE party_id = $1)"
        ),
        // Their sessions went when they asked, days ago: what was kept for those is out of date by now.
        &[&gone.id, &yesterday],
    )?;
    tx.execute(sql!("DELETE FROM sessions WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM links WHERE party_id = $1 OR subject_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM sign_ins WHERE email = $1"), &[&gone.email])?;
    tx.execute(sql!("DELETE FROM identities WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM trips WHERE party_id = $1 OR email = $2"), &[&gone.id, &gone.email])?;
    tx.execute(sql!("DELETE FROM email_changes WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM access_tokens WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(
        sql!("DELETE FROM webhook_deliveries WHERE webhook_id IN (SELECT id FROM webhooks WHERE party_id = $1)"),
        &[&gone.id],
    )?;
    tx.execute(sql!("DELETE FROM webhooks WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(
        sql!("DELETE FROM contacts WHERE owner_id = $1 OR ($2 <> '' AND email = $2)"),
        &[&gone.id, &gone.email],
    )?;
    tx.execute(sql!("DELETE FROM contact_files WHERE owner_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM push_devices WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM push_silences WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM passkeys WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM challenges WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("DELETE FROM roles WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(sql!("UPDATE sanctions SET reason = '', appeal = '', answer = '' WHERE party_id = $1"), &[&gone.id])?;
    tx.execute(
        sql!("UPDATE person_reports SET words = '', decision = '' WHERE reporter_id = $1 OR about_id = $1"),
        &[&gone.id],
    )?;
    // Lists of people in the settings: of the founding members by id, of the demo's cast by page.
    for (name, entry) in [("founders", gone.id.to_string()), ("demo cast", gone.handle.clone())] {
        let listed: Option<String> = tx.value(sql!("SELECT value FROM settings WHERE name = $1"), &[&name])?;
        if let Some(listed) = listed {
            let left: Vec<&str> = listed.split(',').filter(|key| key.trim() != entry).collect();
            crate::settings::put(tx, name, &left.join(","))?;
        }
    }
    tx.execute(
        sql!(
            "UPDATE parties SET status = 'erased', name = $1, folded = 'somebody', handle = NULL, email = NULL, phone = NULL,
               invited_by = NULL, version = version + 1 WHERE id = $2"
        ),
        &[&NOBODY, &gone.id],
    )?;
    Ok(())
}
