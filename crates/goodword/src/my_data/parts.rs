//! What belongs in a person's archive, one statement a part: all they wrote, all that was shown or published about them, all
//! that is held on them. What is others' data too is left out by its column: sealed answers, reasons of a no, confidences,
//! others' trust lists; of those the archive has sums over five or more (`archive.rs`).

use store::{Sql, sql};

/// A part of the archive.
pub(super) struct Part {
    /// Its key in the JSON.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What the statement returns, in order; `…at` is a time.
    pub columns: &'static [&'static str],
    /// Takes the party as `$1`.
    pub sql: Sql,
}

/// Every part, in the order of the archive.
pub(super) static PARTS: &[Part] = &[
    Part {
        name: "you",
        title: "You",
        columns: &[
            "name", "page", "email", "phone", "kind", "status", "here_since_at", "headline", "bio", "keywords", "town",
            "radius_km", "wanted", "unwanted", "usual_from", "usual_to", "currency", "website", "links", "is_public",
            "findable", "asks_paused",
        ],
        sql: sql!(
            "SELECT p.name, p.handle, p.email, p.phone, p.kind, p.status, p.joined_at, f.headline, f.bio, f.keywords, f.town,
               f.radius_km, f.wanted, f.unwanted, f.usual_from, f.usual_to, f.currency, f.website, f.links, f.is_public,
               f.findable, f.asks_paused
             FROM parties p LEFT JOIN profiles f ON f.party_id = p.id WHERE p.id = $1"
        ),
    },
    Part {
        name: "professions",
        title: "What you work as",
        columns: &["field", "own_words", "since_year", "licence", "confirmed_by", "confirmed_at"],
        sql: sql!(
            "SELECT field, own_words, since_year, licence, confirmed_by, confirmed_at FROM professions
             WHERE party_id = $1 ORDER BY position"
        ),
    },
    Part {
        name: "works",
        title: "Work you show",
        columns: &[
            "id", "field", "title", "description", "client_name", "client_consented", "started_on", "finished_on",
            "cost_from", "cost_to", "currency", "url", "created_at", "deleted_at",
        ],
        sql: sql!(
            "SELECT id, field, title, description, client_name, client_consented, started_on, finished_on, cost_from, cost_to,
               currency, url, created_at, deleted_at FROM work_items WHERE party_id = $1 ORDER BY created_at, id"
        ),
    },
    Part {
        name: "pictures",
        title: "Pictures (in the folder pictures)",
        columns: &["id", "work", "type", "alt", "width", "height", "created_at"],
        sql: sql!(
            "SELECT id, work_item_id, content_type, alt, width, height, created_at FROM pictures WHERE party_id = $1
             ORDER BY created_at, id"
        ),
    },
    Part {
        name: "trusts",
        title: "Whose judgement you rely on",
        columns: &["name", "field", "at"],
        sql: sql!(
            "SELECT p.name, t.field, t.at FROM trusts t JOIN parties p ON p.id = t.to_id WHERE t.from_id = $1
             ORDER BY t.at, t.id"
        ),
    },
    Part {
        name: "vouches_given",
        title: "Words you gave",
        columns: &[
            "for", "field", "basis", "tie", "confidence", "words", "state", "public", "given_at", "renewed_at",
            "withdrawn_at", "hidden_at",
        ],
        sql: sql!(
            "SELECT p.name, v.field, v.basis, v.tie, v.confidence, v.words, v.state, v.is_public, v.given_at, v.renewed_at,
               v.withdrawn_at, v.hidden_at
             FROM vouches v JOIN parties p ON p.id = v.to_id WHERE v.from_id = $1 ORDER BY v.given_at, v.id"
        ),
    },
    Part {
        name: "vouches_received",
        title: "Words you received",
        columns: &[
            "from", "field", "basis", "tie", "words", "state", "public", "given_at", "renewed_at", "withdrawn_at",
            "hidden_at",
        ],
        sql: sql!(
            "SELECT p.name, v.field, v.basis, v.tie, v.words, v.state, v.is_public, v.given_at, v.renewed_at, v.withdrawn_at,
               v.hidden_at
             FROM vouches v JOIN parties p ON p.id = v.from_id WHERE v.to_id = $1 ORDER BY v.given_at, v.id"
        ),
    },
    Part {
        name: "needs",
        title: "What you looked for",
        columns: &[
            "field", "words", "place", "date_from", "date_to", "date_words", "budget_from", "budget_to", "currency",
            "for_client", "seen_by", "state", "created_at", "expires_at",
        ],
        sql: sql!(
            "SELECT field, words, place, date_from, date_to, date_words, budget_from, budget_to, currency, for_client,
               visibility, state, created_at, expires_at FROM needs WHERE asker_id = $1 ORDER BY created_at, id"
        ),
    },
    Part {
        name: "answers_to_your_needs",
        title: "What others answered to it",
        columns: &["need", "from", "kind", "named", "words", "at"],
        sql: sql!(
            "SELECT n.words, p.name, a.kind, o.name, a.words, a.at
             FROM need_answers a JOIN needs n ON n.id = a.need_id JOIN parties p ON p.id = a.author_id
               LEFT JOIN parties o ON o.id = a.other_id
             WHERE n.asker_id = $1 ORDER BY a.at, a.id"
        ),
    },
    Part {
        name: "answers",
        title: "What you answered to others’ needs",
        columns: &["need", "kind", "named", "words", "at"],
        sql: sql!(
            "SELECT n.words, a.kind, o.name, a.words, a.at
             FROM need_answers a JOIN needs n ON n.id = a.need_id LEFT JOIN parties o ON o.id = a.other_id
             WHERE a.author_id = $1 ORDER BY a.at, a.id"
        ),
    },
    Part {
        name: "asked",
        title: "Introductions you asked for or started",
        columns: &[
            "origin", "referrer", "professional", "client_name", "field", "need", "place", "budget", "date",
            "your_note", "state", "created_at", "introduced_at",
        ],
        sql: sql!(
            "SELECT r.origin, a.name, b.name, r.client_name, r.field, r.need_words, r.shared_place, r.shared_budget,
               r.shared_date, r.note_to_referrer,
               CASE WHEN r.introduced_at IS NOT NULL AND r.progress <> 'how' AND r.asker_id <> r.client_id
                   AND r.asker_id <> r.professional_id
                   THEN CASE r.progress WHEN 'touch' THEN 'introduced' ELSE 'not told' END
                 WHEN r.state IN ('declined', 'expired', 'cancelled') THEN 'did not go ahead' ELSE r.state END,
               r.created_at, r.introduced_at
             FROM referrals r JOIN parties a ON a.id = r.referrer_id JOIN parties b ON b.id = r.professional_id
             WHERE r.asker_id = $1 ORDER BY r.created_at, r.id"
        ),
    },
    Part {
        name: "referred",
        title: "Introductions you were asked to make",
        columns: &[
            "asked_by", "professional", "field", "need", "note_to_you", "basis", "tie", "confidence", "your_words",
            "you_do_not_know", "standing", "state", "created_at",
        ],
        sql: sql!(
            "SELECT a.name, b.name, r.field, r.need_words, r.note_to_referrer, r.basis, r.tie, r.confidence, r.words, r.unknowns,
               r.standing,
               CASE WHEN r.introduced_at IS NOT NULL AND r.progress = 'touch' THEN 'introduced'
                 WHEN r.introduced_at IS NOT NULL AND r.progress = 'nothing' THEN 'not told'
                 WHEN r.state IN ('declined', 'expired', 'cancelled') THEN 'did not go ahead' ELSE r.state END,
               r.created_at
             FROM referrals r JOIN parties a ON a.id = r.asker_id JOIN parties b ON b.id = r.professional_id
             WHERE r.referrer_id = $1 ORDER BY r.created_at, r.id"
        ),
    },
    Part {
        name: "recommended",
        title: "Clients you were recommended to",
        columns: &[
            "referrer", "client", "field", "need", "place", "budget", "date", "words_about_you", "basis", "tie",
            "standing", "state", "created_at", "introduced_at",
        ],
        sql: sql!(
            "SELECT a.name, CASE WHEN r.introduced_at IS NULL THEN NULL ELSE r.client_name END, r.field, r.need_words,
               r.shared_place, r.shared_budget, r.shared_date, r.words, r.basis, r.tie, r.standing,
               CASE WHEN r.state IN ('declined', 'expired', 'cancelled') THEN 'did not go ahead' ELSE r.state END,
               r.created_at, r.introduced_at
             FROM referrals r JOIN parties a ON a.id = r.referrer_id
             WHERE r.professional_id = $1 AND (r.client_yes_at IS NOT NULL OR r.tie_first OR r.asker_id = $1)
             ORDER BY r.created_at, r.id"
        ),
    },
    Part {
        name: "as_client",
        title: "Introductions to professionals",
        columns: &[
            "asked_by", "referrer", "professional", "field", "need", "you_corrected", "words", "basis", "tie",
            "standing", "not_known", "they_may_hear", "state", "you_said_yes_at", "introduced_at", "created_at",
        ],
        sql: sql!(
            "SELECT c.name, a.name, b.name, r.field, r.need_words, r.understood, r.words, r.basis,
               CASE WHEN r.tie_first AND r.professional_yes_at IS NULL THEN NULL ELSE r.tie END, r.standing, r.unknowns,
               r.progress, CASE WHEN r.state IN ('declined', 'expired', 'cancelled') THEN 'did not go ahead' ELSE r.state END,
               r.client_yes_at, r.introduced_at, r.created_at
             FROM referrals r JOIN parties a ON a.id = r.referrer_id JOIN parties b ON b.id = r.professional_id
               JOIN parties c ON c.id = r.asker_id
             WHERE r.client_id = $1 AND r.state <> 'asked'
               AND (NOT r.tie_first OR r.professional_yes_at IS NOT NULL OR r.asker_id = $1) ORDER BY r.created_at, r.id"
        ),
    },
    Part {
        name: "moves_of_referrals",
        title: "What you did in them",
        columns: &["what", "from_state", "to_state", "your_note", "undone_at", "at"],
        sql: sql!(
            "SELECT kind, from_state, to_state, detail, undone_at, at FROM referral_events WHERE actor_id = $1
             ORDER BY at, id"
        ),
    },
    Part {
        name: "outcomes",
        title: "How it went, as you said",
        columns: &[
            "you_were", "professional", "answer", "again", "amount", "currency", "told_the_amount", "words",
            "published_as", "no_work_was_done", "answered_at",
        ],
        sql: sql!(
            "SELECT o.role, b.name, o.answer, o.again, o.amount, o.currency, o.tell_amount, o.words, o.publish_as,
               o.no_work, o.answered_at
             FROM outcomes o JOIN referrals r ON r.id = o.referral_id JOIN parties b ON b.id = r.professional_id
             WHERE o.party_id = $1 ORDER BY o.answered_at, o.id"
        ),
    },
    Part {
        name: "outcomes_of_others",
        title: "How it went, as the others said, once it was revealed",
        columns: &["who", "answer", "published_words", "revealed_at"],
        sql: sql!(
            "SELECT o.role, o.answer, CASE WHEN o.publish_as IS NULL THEN NULL ELSE o.words END, r.revealed_at
             FROM outcomes o JOIN referrals r ON r.id = o.referral_id
             WHERE r.revealed_at IS NOT NULL AND o.party_id <> $1
               AND (r.client_id = $1 OR r.professional_id = $1 OR r.referrer_id = $1)
             ORDER BY r.revealed_at, o.id"
        ),
    },
    Part {
        name: "moved",
        title: "What outcomes moved for you",
        columns: &["what", "before", "after", "why", "at"],
        sql: sql!("SELECT what, before_value, after_value, why, at FROM moves WHERE party_id = $1 ORDER BY at, id"),
    },
    Part {
        name: "appointments",
        title: "When you meet",
        columns: &["starts_at", "minutes", "zone", "place", "cancelled_at"],
        sql: sql!(
            "SELECT a.starts_at, a.minutes, a.zone, a.place, a.cancelled_at
             FROM appointments a JOIN referrals r ON r.id = a.referral_id
             WHERE r.client_id = $1 OR r.professional_id = $1 ORDER BY a.starts_at, r.id"
        ),
    },
    Part {
        name: "encounters",
        title: "Whom you met, as you noted",
        columns: &["with", "kind", "on", "your_note", "created_at", "deleted_at"],
        sql: sql!(
            "SELECT p.name, e.kind, e.happened_on, e.note, e.created_at, e.deleted_at
             FROM encounters e JOIN parties p ON p.id = e.other_id WHERE e.author_id = $1 ORDER BY e.created_at, e.id"
        ),
    },
    Part {
        name: "encounters_of_others",
        title: "Who noted having met you",
        columns: &["with", "kind", "on"],
        sql: sql!(
            "SELECT p.name, e.kind, e.happened_on FROM encounters e JOIN parties p ON p.id = e.author_id
             WHERE e.other_id = $1 AND e.deleted_at IS NULL ORDER BY e.happened_on, e.id"
        ),
    },
    Part {
        name: "groups",
        title: "Groups",
        columns: &["group", "since", "until", "confirmed_at"],
        sql: sql!(
            "SELECT g.name, m.since, m.until, m.confirmed_at FROM memberships m JOIN networking_groups g ON g.id = m.group_id
             WHERE m.party_id = $1 ORDER BY m.since, g.id"
        ),
    },
    Part {
        name: "jobs_won",
        title: "How you got work",
        columns: &["source", "on", "amount", "currency", "note", "created_at", "deleted_at"],
        sql: sql!(
            "SELECT source, won_on, amount, currency, note, created_at, deleted_at FROM jobs_won WHERE party_id = $1
             ORDER BY won_on, id"
        ),
    },
    Part {
        name: "invited",
        title: "Whom you invited or named",
        columns: &["name", "kind", "at"],
        sql: sql!(
            "SELECT name, kind, joined_at FROM parties WHERE invited_by = $1 AND status <> 'erased' ORDER BY joined_at, id"
        ),
    },
    Part {
        name: "posts",
        title: "Posts",
        columns: &["kind", "title", "text", "seen_by", "state", "created_at", "edited_at"],
        sql: sql!(
            "SELECT kind, title, text, visibility, state, created_at, edited_at FROM posts
             WHERE author_id = $1 OR (author_email <> '' AND author_email = (SELECT email FROM parties WHERE id = $1))
             ORDER BY created_at, id"
        ),
    },
    Part {
        name: "comments",
        title: "Comments",
        columns: &["under", "name", "website", "text", "state", "created_at", "edited_at"],
        sql: sql!(
            "SELECT p.title, c.author_name, c.author_url, c.text, c.state, c.created_at, c.edited_at
             FROM comments c JOIN posts p ON p.id = c.post_id
             WHERE c.author_id = $1
               OR (c.author_email <> '' AND c.author_email = (SELECT email FROM parties WHERE id = $1))
             ORDER BY c.created_at, c.id"
        ),
    },
    Part {
        name: "group_reviews",
        title: "What you said of groups",
        columns: &["group", "attended", "joined_on", "left_on", "fee", "currency", "hours", "good_jobs", "again"],
        sql: sql!(
            "SELECT g.name, v.attended, v.joined_on, v.left_on, v.fee, v.currency, v.hours, v.good_jobs, v.again
             FROM group_reviews v JOIN networking_groups g ON g.id = v.group_id WHERE v.author_id = $1 ORDER BY g.id"
        ),
    },
    Part {
        name: "subscriptions",
        title: "Conversations you follow",
        columns: &["post", "scope", "cadence", "confirmed_at", "ended_at"],
        sql: sql!(
            "SELECT p.title, s.scope, s.cadence, s.confirmed_at, s.ended_at
             FROM subscriptions s JOIN posts p ON p.id = s.post_id WHERE s.party_id = $1 ORDER BY s.created_at, s.id"
        ),
    },
    Part {
        name: "letter_choices",
        title: "Which letters you want",
        columns: &["topic", "pace"],
        sql: sql!("SELECT topic, pace FROM letter_choices WHERE party_id = $1 ORDER BY topic"),
    },
    Part {
        name: "letters",
        title: "Letters we sent you",
        columns: &["kind", "address", "subject", "created_at", "sent_at"],
        sql: sql!(
            "SELECT kind, address, subject, created_at, sent_at FROM letters WHERE party_id = $1 ORDER BY created_at, id"
        ),
    },
    Part {
        name: "notices",
        title: "Notices",
        columns: &["words", "created_at", "read_at"],
        sql: sql!("SELECT words, created_at, read_at FROM notices WHERE party_id = $1 ORDER BY created_at, id"),
    },
    Part {
        name: "sessions",
        title: "Where you are signed in",
        columns: &["browser", "created_at", "seen_at", "expires_at"],
        sql: sql!(
            "SELECT agent, created_at, seen_at, expires_at FROM sessions WHERE party_id = $1 ORDER BY created_at, id"
        ),
    },
    Part {
        name: "accounts_elsewhere",
        title: "Accounts you sign in with",
        columns: &["provider", "account", "created_at", "used_at"],
        sql: sql!(
            "SELECT provider, label, created_at, used_at FROM identities WHERE party_id = $1 ORDER BY created_at, id"
        ),
    },
    Part {
        name: "passkeys",
        title: "Passkeys",
        columns: &["name", "created_at", "used_at"],
        sql: sql!("SELECT name, created_at, used_at FROM passkeys WHERE party_id = $1 ORDER BY created_at, id"),
    },
    Part {
        name: "access_tokens",
        title: "Programs that act for you",
        columns: &["name", "scopes", "created_at", "expires_at", "used_at", "revoked_at"],
        sql: sql!(
            "SELECT name, scopes, created_at, expires_at, used_at, revoked_at FROM access_tokens WHERE party_id = $1
             ORDER BY created_at, id"
        ),
    },
    Part {
        name: "webhooks",
        title: "Where your notices are sent",
        columns: &["url", "kinds", "created_at", "disabled_at", "disabled_why"],
        sql: sql!(
            "SELECT url, kinds, created_at, disabled_at, disabled_why FROM webhooks WHERE party_id = $1
             ORDER BY created_at, id"
        ),
    },
    Part {
        name: "contacts",
        title: "Your address book",
        columns: &["name", "email", "phone", "firm", "title", "town", "note", "created_at", "deleted_at"],
        sql: sql!(
            "SELECT name, email, phone, firm, title, town, note, created_at, deleted_at FROM contacts WHERE owner_id = $1
             ORDER BY folded, id"
        ),
    },
    Part {
        name: "contact_files",
        title: "Files of contacts you sent in",
        columns: &["name", "kind", "not_taken_in_yet", "added", "merged", "problems", "created_at", "taken_at"],
        sql: sql!(
            "SELECT name, kind, text, added, merged, problems, created_at, taken_at FROM contact_files WHERE owner_id = $1
             ORDER BY created_at, id"
        ),
    },
    Part {
        name: "push_devices",
        title: "Devices that are told",
        columns: &["browser", "created_at", "told_at"],
        sql: sql!(
            "SELECT agent, created_at, told_at FROM push_devices WHERE party_id = $1 ORDER BY created_at, id"
        ),
    },
    Part {
        name: "push_silences",
        title: "What your devices are not told",
        columns: &["topic"],
        sql: sql!("SELECT topic FROM push_silences WHERE party_id = $1 ORDER BY topic"),
    },
    Part {
        name: "addresses",
        title: "Changes of your address",
        columns: &["old_address", "new_address", "created_at", "ended_at"],
        sql: sql!(
            "SELECT old_email, new_email, created_at, ended_at FROM email_changes WHERE party_id = $1
             ORDER BY created_at, id"
        ),
    },
    Part {
        name: "roles",
        title: "What you are to the network",
        columns: &["role", "scope"],
        sql: sql!("SELECT role, scope FROM roles WHERE party_id = $1 ORDER BY role, scope"),
    },
    Part {
        name: "sanctions",
        title: "What moderators decided about you",
        columns: &["kind", "reason", "at", "ends_at", "lifted_at", "your_appeal", "appealed_at", "answer", "answered_at"],
        sql: sql!(
            "SELECT kind, reason, at, ends_at, lifted_at, appeal, appealed_at, answer, answered_at FROM sanctions
             WHERE party_id = $1 ORDER BY at, id"
        ),
    },
    Part {
        name: "reports",
        title: "What you reported",
        columns: &["about", "reason", "words", "at", "closed_at"],
        sql: sql!(
            "SELECT p.name, r.reason, r.words, r.at, r.closed_at FROM person_reports r JOIN parties p ON p.id = r.about_id
             WHERE r.reporter_id = $1 ORDER BY r.at, r.id"
        ),
    },
    Part {
        name: "audit",
        title: "What was noted in the audit log about your account",
        columns: &["act", "detail", "at"],
        sql: sql!(
            "SELECT act, detail, at FROM audit_log WHERE subject_id = $1 OR actor_id = $1 ORDER BY id"
        ),
    },
];
