-- Letters people want: how often per topic, what came back, and dates for calendars.
ALTER TABLE letters ADD COLUMN unsubscribe TEXT;         -- the secret of its one-click address, emptied once sent
ALTER TABLE letters ADD COLUMN unsubscribe_hash BYTEA;
ALTER TABLE letters ADD COLUMN failed_at BIGINT;         -- refused for good, came back, or given up
ALTER TABLE letters ADD COLUMN failure TEXT;
CREATE INDEX letters_unsubscribe ON letters (unsubscribe_hash);

-- Where somebody chose otherwise than the topic's default.
CREATE TABLE letter_choices (
  party_id UUID NOT NULL REFERENCES parties (id),
  topic TEXT NOT NULL,
  pace TEXT NOT NULL CHECK (pace IN ('instant', 'daily', 'weekly', 'never')),
  PRIMARY KEY (party_id, topic)
);

-- No more letters about this one thing (a conversation).
CREATE TABLE letter_mutes (
  party_id UUID NOT NULL REFERENCES parties (id),
  subject_id UUID NOT NULL,
  PRIMARY KEY (party_id, subject_id)
);

-- When digests come; without a row at 8 in the network's zone, on Mondays.
CREATE TABLE letter_times (
  party_id UUID PRIMARY KEY REFERENCES parties (id),
  zone TEXT NOT NULL,            -- IANA; '' is the network's
  hour BIGINT NOT NULL CHECK (hour BETWEEN 0 AND 23),
  weekday BIGINT NOT NULL CHECK (weekday BETWEEN 1 AND 7)  -- 1 is Monday
);

-- Written already, waiting for a digest.
CREATE TABLE held_letters (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  pace TEXT NOT NULL CHECK (pace IN ('daily', 'weekly')),
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  parts TEXT NOT NULL,           -- JSON
  created_at BIGINT NOT NULL
);
CREATE INDEX held_letters_party ON held_letters (party_id, pace, created_at);

-- Addresses that letters come back from. Only their digest is kept.
CREATE TABLE bounces (
  address_hash BYTEA PRIMARY KEY,
  reason TEXT NOT NULL,
  times BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL
);

-- When and where the two of a referral meet, as either of them set it.
CREATE TABLE appointments (
  referral_id UUID PRIMARY KEY REFERENCES referrals (id),
  starts_at BIGINT NOT NULL,
  minutes BIGINT NOT NULL,
  zone TEXT NOT NULL,            -- IANA: the wall clock it was typed by
  place TEXT NOT NULL,
  set_by UUID NOT NULL REFERENCES parties (id),
  sequence BIGINT NOT NULL,      -- grows with each change: calendars keep the newest
  cancelled_at BIGINT,
  updated_at BIGINT NOT NULL
);

-- The private address of somebody's calendar.
CREATE TABLE calendar_feeds (
  party_id UUID PRIMARY KEY REFERENCES parties (id),
  token_hash BYTEA NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  read_at BIGINT
);
