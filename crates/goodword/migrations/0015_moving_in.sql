-- Conversations brought in from WordPress and Disqus; what is common to all imports stands in `imports`.
CREATE TABLE conversation_imports (
  import_id UUID PRIMARY KEY REFERENCES imports (id),
  by_id UUID REFERENCES parties (id),  -- who sent the file; NULL: from the shell
  file_name TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  posts BIGINT NOT NULL,
  comments BIGINT NOT NULL,
  already BIGINT NOT NULL,       -- rows an earlier import had brought
  failure TEXT NOT NULL          -- why the file could not be read to its end; '' where it could
);

-- A file sent through the pages, in portions, until it is read.
CREATE TABLE import_portions (
  import_id UUID NOT NULL REFERENCES imports (id),
  n BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (import_id, n)
);

-- What was left out or changed, and why.
CREATE TABLE import_notes (
  import_id UUID NOT NULL REFERENCES imports (id),
  n BIGINT NOT NULL,
  what TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (import_id, n)
);

-- What a running import has made, so that it can be dropped; emptied when it is done.
CREATE TABLE import_made (
  import_id UUID NOT NULL REFERENCES imports (id),
  row_id UUID NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('post', 'comment')),
  PRIMARY KEY (import_id, row_id)
);

-- What is new in a post since a visit, and what waits for a moderator: counted without reading a large thread.
CREATE INDEX comments_fresh ON comments (post_id, created_at) WHERE state = 'approved';
CREATE INDEX comments_held ON comments (created_at, id) WHERE state = 'held';

-- A Disqus thread belongs to the post imported from the same address.
CREATE INDEX origins_url ON origins (url);

-- Webmentions (W3C Recommendation of 2017): pages elsewhere that link to a post. Each is checked before anybody sees it, and
-- becomes a held comment of kind 'webmention'.
CREATE TABLE webmentions_received (
  id UUID PRIMARY KEY,
  post_id UUID NOT NULL REFERENCES posts (id),
  source TEXT NOT NULL,          -- the page that links here, as it was told
  host TEXT NOT NULL,            -- its host: so many an hour
  target TEXT NOT NULL,          -- the address of ours it links to, as it was told
  state TEXT NOT NULL CHECK (state IN ('waiting', 'found', 'refused', 'gone')),
  why TEXT NOT NULL,             -- of a refusal
  comment_id UUID,               -- what it became
  asked_at BIGINT NOT NULL,
  checked_at BIGINT,
  UNIQUE (post_id, source)
);
CREATE INDEX webmentions_received_host ON webmentions_received (host, asked_at);
CREATE INDEX webmentions_received_comment ON webmentions_received (comment_id) WHERE comment_id IS NOT NULL;

-- What public posts of members link to, and whether that page was told.
CREATE TABLE webmentions_sent (
  id UUID PRIMARY KEY,
  post_id UUID NOT NULL REFERENCES posts (id),
  target TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'told', 'takes none', 'refused')),
  endpoint TEXT NOT NULL,        -- '' until found
  why TEXT NOT NULL,             -- of a refusal
  asked_at BIGINT NOT NULL,
  tried_at BIGINT,
  UNIQUE (post_id, target)
);
