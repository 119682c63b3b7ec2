-- Who did what to whom or what, in the network's keeping. Only ever added to; people by id, never by name.
CREATE TABLE audit_log (
  id UUID PRIMARY KEY,           -- sorts by time
  actor_id UUID REFERENCES parties (id),   -- NULL: the program itself
  act TEXT NOT NULL,             -- e.g. 'role granted'
  subject_kind TEXT NOT NULL,    -- 'person', 'setting', 'job', …
  subject_id UUID,
  detail TEXT NOT NULL,          -- neither secrets nor anybody's name, address or words
  at BIGINT NOT NULL
);
CREATE INDEX audit_log_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_subject ON audit_log (subject_id, id);

-- What moderators decided about somebody. A suspended account is deactivated for as long.
CREATE TABLE sanctions (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  kind TEXT NOT NULL CHECK (kind IN ('warning', 'suspension')),
  reason TEXT NOT NULL,          -- as told to the person
  by_id UUID NOT NULL REFERENCES parties (id),
  at BIGINT NOT NULL,
  ends_at BIGINT,                -- NULL: until somebody lifts it
  lifted_at BIGINT,
  lifted_by UUID REFERENCES parties (id),
  appeal TEXT NOT NULL,          -- the person's own words
  appealed_at BIGINT,
  answer TEXT NOT NULL,          -- to the appeal
  answered_at BIGINT,
  answered_by UUID REFERENCES parties (id)
);
CREATE INDEX sanctions_party ON sanctions (party_id, at);

-- What members ask moderators to look at.
CREATE TABLE person_reports (
  id UUID PRIMARY KEY,
  reporter_id UUID NOT NULL REFERENCES parties (id),
  about_id UUID NOT NULL REFERENCES parties (id),
  vouch_id UUID REFERENCES vouches (id),
  reason TEXT NOT NULL,
  words TEXT NOT NULL,
  at BIGINT NOT NULL,
  closed_at BIGINT,
  closed_by UUID REFERENCES parties (id),
  decision TEXT NOT NULL         -- for moderators
);
CREATE INDEX person_reports_open ON person_reports (closed_at, at);

-- Whoever asked to be erased: nothing is deleted before `due_at`, and the ask can be taken back until then.
CREATE TABLE erasures (
  party_id UUID PRIMARY KEY REFERENCES parties (id),
  asked_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  no_letters BOOLEAN NOT NULL,   -- keep a fingerprint of the address, so that nobody here has us write to it again
  done_at BIGINT
);

-- Asks for one's own data by letter: counted by the address's fingerprint.
CREATE TABLE data_asks (
  id UUID PRIMARY KEY,
  email_hash BYTEA NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX data_asks_email ON data_asks (email_hash, at);
