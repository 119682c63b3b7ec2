CREATE TABLE vouches (
  id UUID PRIMARY KEY,
  from_id UUID NOT NULL REFERENCES parties (id),
  to_id UUID NOT NULL REFERENCES parties (id),
  field TEXT NOT NULL,
  basis TEXT NOT NULL CHECK (basis IN ('hired', 'worked beside', 'inspected work', 'knows personally', 'heard of', 'not stated')),
  tie TEXT NOT NULL CHECK (tie IN ('none', 'friend', 'money', 'family', 'undescribed', 'not stated')),
  confidence BIGINT NOT NULL CHECK (confidence BETWEEN 50 AND 99),  -- percent; shown to its author alone
  words TEXT NOT NULL,
  -- pending: waits for the yes of somebody not here yet, or to a tie being disclosed; refused: they said no
  state TEXT NOT NULL CHECK (state IN ('pending', 'live', 'refused', 'withdrawn', 'lapsed')),
  hidden_at BIGINT,              -- by its recipient: neither shown nor counted
  is_public BOOLEAN NOT NULL,    -- the giver agrees that people signed out read it
  given_at BIGINT NOT NULL,
  renewed_at BIGINT NOT NULL,    -- = given_at until renewed: decay counts from here
  withdrawn_at BIGINT,
  import_id UUID,
  version BIGINT NOT NULL
);
CREATE INDEX vouches_to ON vouches (to_id, state, field);
CREATE INDEX vouches_from ON vouches (from_id, state);
CREATE UNIQUE INDEX vouches_once ON vouches (from_id, to_id, field) WHERE state IN ('pending', 'live');

CREATE TABLE vouch_work (
  vouch_id UUID NOT NULL REFERENCES vouches (id),
  work_item_id UUID NOT NULL REFERENCES work_items (id),
  PRIMARY KEY (vouch_id, work_item_id)
);
CREATE TABLE vouch_events (
  id UUID PRIMARY KEY,
  vouch_id UUID NOT NULL REFERENCES vouches (id),
  actor_id UUID NOT NULL REFERENCES parties (id),
  kind TEXT NOT NULL,
  detail TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX vouch_events_vouch ON vouch_events (vouch_id, at);

-- Distrust: from imports only, never offered as a form.
CREATE TABLE warnings (
  id UUID PRIMARY KEY,
  from_id UUID NOT NULL REFERENCES parties (id),
  to_id UUID NOT NULL REFERENCES parties (id),
  field TEXT NOT NULL,
  strength BIGINT NOT NULL,      -- 1 to 10
  given_at BIGINT NOT NULL,
  import_id UUID,
  UNIQUE (from_id, to_id, field)
);
CREATE INDEX warnings_to ON warnings (to_id);
CREATE INDEX warnings_from ON warnings (from_id);

CREATE TABLE imports (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL,
  source TEXT NOT NULL,          -- digest of what was read: the same file twice is once
  field TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'dropped')),
  lines BIGINT NOT NULL,         -- lines staged so far: where an interrupted import goes on
  bad BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE TABLE import_rows (
  import_id UUID NOT NULL REFERENCES imports (id),
  line BIGINT NOT NULL,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  rating BIGINT NOT NULL,
  at BIGINT NOT NULL,
  id UUID NOT NULL,
  PRIMARY KEY (import_id, line)
);
CREATE INDEX import_rows_pair ON import_rows (import_id, source, target, line);
