//! The migrations, in order. Forward only once landed: a change is a new file.

/// Name and text of each.
pub const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_people", include_str!("../migrations/0001_people.sql")),
    ("0002_accounts", include_str!("../migrations/0002_accounts.sql")),
    ("0003_vouches", include_str!("../migrations/0003_vouches.sql")),
    ("0004_referrals", include_str!("../migrations/0004_referrals.sql")),
    ("0007_conversations", include_str!("../migrations/0007_conversations.sql")),
    ("0009_access", include_str!("../migrations/0009_access.sql")),
    ("0010_keeping", include_str!("../migrations/0010_keeping.sql")),
    ("0011_api", include_str!("../migrations/0011_api.sql")),
    ("0012_letters", include_str!("../migrations/0012_letters.sql")),
    ("0013_contacts", include_str!("../migrations/0013_contacts.sql")),
    ("0014_phone", include_str!("../migrations/0014_phone.sql")),
    ("0015_moving_in", include_str!("../migrations/0015_moving_in.sql")),
    ("0016_post_pictures", include_str!("../migrations/0016_post_pictures.sql")),
    ("0017_introductions", include_str!("../migrations/0017_introductions.sql")),
    ("0018_network_webhooks", include_str!("../migrations/0018_network_webhooks.sql")),
    ("0019_tie_first", include_str!("../migrations/0019_tie_first.sql")),
    ("0021_looked_up", include_str!("../migrations/0021_looked_up.sql")),
    ("0022_no_work", include_str!("../migrations/0022_no_work.sql")),
    ("0023_tie_found", include_str!("../migrations/0023_tie_found.sql")),
];
