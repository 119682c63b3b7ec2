-- Conversations: posts, comments under them in thread order, and what keeps them readable and clean.
--
-- Order. A comment's `number` counts up within its post and never changes, `root` is the number of the top-level comment
-- it stands under, `path` joins the numbers from there down to itself, each as five digits of base 32, so sorting by path is
-- reading order. Below 64 levels the path stops growing; `parent_id` keeps the truth. `parent_id` is no foreign key: files
-- from elsewhere name parents that come later, or never. `conversations::arrange(tx, post)` works out number, root, path,
-- depth, shown, replies and the post's counters for a whole post, from parent_id and created_at: call it after an import.
--
-- Who wrote it. `author_id` is a party: a member, or a guest (kind 'guest', its e-mail address in parties) known by address.
-- Imported authors have no party; their name, address and site stand in author_name, author_email, author_url.
-- Addresses are private: they leave only in the operator's export and in the person's own.
--
-- What is shown. `text` is what was typed, in `format`; `html` is made from it once, sanitised, and is what pages show.
-- A comment is `shown` if it is approved or stands above one that is shown (then as "removed").
CREATE TABLE posts (
  id UUID PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,     -- in its URL: /conversations/which-groups-have-you-tried
  kind TEXT NOT NULL CHECK (kind IN ('discussion', 'review', 'page')),
  author_id UUID REFERENCES parties (id),
  author_name TEXT NOT NULL,     -- '' where the party's own name is shown
  author_email TEXT NOT NULL,    -- of imported authors only; private
  author_url TEXT NOT NULL,
  title TEXT NOT NULL,
  format TEXT NOT NULL CHECK (format IN ('markdown', 'html')),
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  excerpt TEXT NOT NULL,         -- the first words, plain, for lists and feeds
  folded TEXT NOT NULL,          -- title and words in lower case without accents: searched
  field TEXT,                    -- occupation code it is about: standing is judged in it
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'members')),
  state TEXT NOT NULL CHECK (state IN ('published', 'held', 'draft', 'private', 'spam', 'trash', 'removed')),
  held_for TEXT NOT NULL,        -- why a moderator should look
  locked_at BIGINT,              -- no more comments
  pings_open BOOLEAN NOT NULL,
  comments BIGINT NOT NULL,      -- approved ones
  roots BIGINT NOT NULL,         -- top-level ones shown
  last_number BIGINT NOT NULL,   -- the last comment's number
  created_at BIGINT NOT NULL,
  edited_at BIGINT,
  active_at BIGINT NOT NULL,     -- the last approved comment, or when it was published
  form_id UUID UNIQUE,           -- of the form it came from: sent twice is once
  version BIGINT NOT NULL
);
CREATE INDEX posts_active ON posts (state, active_at, id);
CREATE INDEX posts_author ON posts (author_id, created_at);

CREATE TABLE tags (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('tag', 'category')),
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (kind, slug)
);
CREATE TABLE post_tags (
  post_id UUID NOT NULL REFERENCES posts (id),
  tag_id UUID NOT NULL REFERENCES tags (id),
  PRIMARY KEY (post_id, tag_id)
);
CREATE INDEX post_tags_tag ON post_tags (tag_id);

-- A browser a guest wrote from: what it wrote it may still correct or take back. Whether the address is really theirs is
-- proven once a browser, by the link in a letter.
CREATE TABLE guest_browsers (
  id UUID PRIMARY KEY,
  token_hash BYTEA NOT NULL UNIQUE,
  party_id UUID NOT NULL REFERENCES parties (id),
  name TEXT NOT NULL,
  website TEXT NOT NULL,
  remembered BOOLEAN NOT NULL,
  confirmed_at BIGINT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX guest_browsers_party ON guest_browsers (party_id);

CREATE TABLE comments (
  id UUID PRIMARY KEY,
  post_id UUID NOT NULL REFERENCES posts (id),
  parent_id UUID,
  number BIGINT NOT NULL,
  root BIGINT NOT NULL,
  path TEXT NOT NULL,
  depth BIGINT NOT NULL,         -- 0 at the top
  kind TEXT NOT NULL CHECK (kind IN ('comment', 'pingback', 'trackback', 'webmention')),
  author_id UUID REFERENCES parties (id),
  browser_id UUID REFERENCES guest_browsers (id),
  author_name TEXT NOT NULL,     -- '' where the member's own name is shown
  author_email TEXT NOT NULL,    -- of imported authors only; private
  author_url TEXT NOT NULL,      -- of a pingback or webmention: where it came from
  format TEXT NOT NULL CHECK (format IN ('markdown', 'html')),
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  -- unconfirmed: waits for the guest's own yes by letter, and is in nobody's queue
  state TEXT NOT NULL CHECK (state IN ('approved', 'unconfirmed', 'held', 'spam', 'trash', 'removed')),
  removed_as TEXT CHECK (removed_as IN ('author', 'moderator', 'erased')),
  held_for TEXT NOT NULL,        -- why a moderator should look; '' where nothing was found
  shown BOOLEAN NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('comment', 'request', 'answer')), -- asks to be recommended somebody; names somebody
  named_id UUID REFERENCES parties (id),  -- the professional an answer names
  useful BIGINT NOT NULL,        -- how many members said so
  replies BIGINT NOT NULL,       -- at the top: all comments shown under it
  address_hash BYTEA,            -- of the network address, under a key that changes daily: for limits, emptied after a week
  form_id UUID UNIQUE,
  created_at BIGINT NOT NULL,
  edited_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX comments_thread ON comments (post_id, root, path) WHERE shown;
CREATE INDEX comments_top ON comments (post_id, number) WHERE shown AND parent_id IS NULL;
CREATE INDEX comments_useful ON comments (post_id, useful, number) WHERE shown AND parent_id IS NULL;
CREATE INDEX comments_number ON comments (post_id, number);
CREATE INDEX comments_parent ON comments (parent_id);
CREATE INDEX comments_author ON comments (author_id, created_at);
CREATE INDEX comments_browser ON comments (browser_id, created_at) WHERE browser_id IS NOT NULL;
CREATE INDEX comments_address ON comments (address_hash, created_at) WHERE address_hash IS NOT NULL;
CREATE INDEX comments_queue ON comments (state, created_at) WHERE state IN ('held', 'spam', 'trash');
CREATE INDEX comments_new ON comments (created_at, id) WHERE state = 'approved';
CREATE INDEX comments_imported ON comments (author_email) WHERE author_email <> '';

-- Where an imported row came from: the same file twice, or several sites side by side, double nothing.
CREATE TABLE origins (
  site TEXT NOT NULL,            -- the site's URL, without a slash at the end
  kind TEXT NOT NULL,            -- post, comment, tag, author, …
  source_id TEXT NOT NULL,       -- its id there
  row_id UUID NOT NULL,
  url TEXT NOT NULL,             -- where it stood; '' if unknown
  extra TEXT NOT NULL,           -- what we keep only to give it back, as JSON; '' for nothing
  PRIMARY KEY (site, kind, source_id)
);
CREATE INDEX origins_row ON origins (row_id);

-- Earlier wordings, each with when it was replaced.
CREATE TABLE revisions (
  id UUID PRIMARY KEY,
  post_id UUID REFERENCES posts (id),
  comment_id UUID REFERENCES comments (id),
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  editor_id UUID REFERENCES parties (id),
  at BIGINT NOT NULL
);
CREATE INDEX revisions_post ON revisions (post_id, at);
CREATE INDEX revisions_comment ON revisions (comment_id, at);

CREATE TABLE comment_pictures (
  picture_id UUID PRIMARY KEY REFERENCES pictures (id),
  comment_id UUID NOT NULL REFERENCES comments (id)
);
CREATE INDEX comment_pictures_comment ON comment_pictures (comment_id);

CREATE TABLE mentions (
  comment_id UUID NOT NULL REFERENCES comments (id),
  party_id UUID NOT NULL REFERENCES parties (id),
  PRIMARY KEY (comment_id, party_id)
);
CREATE INDEX mentions_party ON mentions (party_id);

CREATE TABLE usefuls (
  comment_id UUID NOT NULL REFERENCES comments (id),
  party_id UUID NOT NULL REFERENCES parties (id),
  at BIGINT NOT NULL,
  PRIMARY KEY (comment_id, party_id)
);

-- When a member last read a post, and when before that: what is newer is marked new.
CREATE TABLE post_visits (
  party_id UUID NOT NULL REFERENCES parties (id),
  post_id UUID NOT NULL REFERENCES posts (id),
  seen_at BIGINT NOT NULL,
  before_at BIGINT NOT NULL,
  PRIMARY KEY (party_id, post_id)
);

CREATE TABLE subscriptions (
  id UUID PRIMARY KEY,
  post_id UUID NOT NULL REFERENCES posts (id),
  party_id UUID NOT NULL REFERENCES parties (id),
  scope TEXT NOT NULL CHECK (scope IN ('post', 'replies')),    -- every comment, or only replies to mine
  cadence TEXT NOT NULL CHECK (cadence IN ('at once', 'daily')),
  confirmed_at BIGINT,           -- guests say yes by letter first
  ended_at BIGINT,
  told_at BIGINT NOT NULL,       -- a digest holds what is newer
  created_at BIGINT NOT NULL,
  UNIQUE (post_id, party_id)
);
CREATE INDEX subscriptions_party ON subscriptions (party_id);

CREATE TABLE reports (
  id UUID PRIMARY KEY,
  comment_id UUID REFERENCES comments (id),
  post_id UUID NOT NULL REFERENCES posts (id),
  reporter_id UUID REFERENCES parties (id),
  reason TEXT NOT NULL CHECK (reason IN ('spam', 'rude', 'untrue', 'private', 'other')),
  words TEXT NOT NULL,
  at BIGINT NOT NULL,
  closed_at BIGINT,
  closed_by UUID REFERENCES parties (id)
);
CREATE INDEX reports_open ON reports (at) WHERE closed_at IS NULL;
CREATE INDEX reports_comment ON reports (comment_id);

-- The audit log, and what an undo goes back to; states above are its cache.
CREATE TABLE moderation_events (
  id UUID PRIMARY KEY,
  post_id UUID REFERENCES posts (id),
  comment_id UUID REFERENCES comments (id),
  actor_id UUID REFERENCES parties (id),  -- NULL: a rule, or a guest
  kind TEXT NOT NULL,            -- posted, approved, held, spam, removed, locked, blocked, …
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  reason TEXT NOT NULL,
  undone_at BIGINT,
  at BIGINT NOT NULL
);
CREATE INDEX moderation_events_at ON moderation_events (at, id);
CREATE INDEX moderation_events_comment ON moderation_events (comment_id, at);

-- Authors who may not write for now.
CREATE TABLE author_blocks (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  by_id UUID NOT NULL REFERENCES parties (id),
  reason TEXT NOT NULL,
  at BIGINT NOT NULL,
  lifted_at BIGINT
);
CREATE INDEX author_blocks_party ON author_blocks (party_id);

-- What somebody says of a networking group; the words are the post's.
CREATE TABLE group_reviews (
  post_id UUID PRIMARY KEY REFERENCES posts (id),
  group_id UUID NOT NULL REFERENCES networking_groups (id),
  author_id UUID NOT NULL REFERENCES parties (id),
  attended TEXT NOT NULL CHECK (attended IN ('member', 'ex-member', 'guest')), -- as the author says; memberships confirm it
  joined_on TEXT,                -- ISO dates
  left_on TEXT,
  fee BIGINT,                    -- a month, minor units
  currency TEXT NOT NULL,
  hours BIGINT,                  -- a month
  good_jobs BIGINT NOT NULL,     -- that came of it; 0 is "none yet"
  again BOOLEAN,                 -- would join again: private, shown only in aggregates of five or more
  UNIQUE (group_id, author_id)
);
