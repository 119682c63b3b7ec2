CREATE TABLE sign_ins (
  token_hash BYTEA PRIMARY KEY,
  email TEXT NOT NULL,
  next TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX sign_ins_email ON sign_ins (email, created_at);

CREATE TABLE sessions (
  id UUID PRIMARY KEY,
  token_hash BYTEA NOT NULL UNIQUE,
  party_id UUID NOT NULL REFERENCES parties (id),
  agent TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_party ON sessions (party_id);

-- Signed links in letters: what the bearer may do, to what, until when.
CREATE TABLE links (
  token_hash BYTEA PRIMARY KEY,
  purpose TEXT NOT NULL,
  party_id UUID NOT NULL REFERENCES parties (id),
  subject_id UUID NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX links_subject ON links (subject_id, purpose);

CREATE TABLE letters (
  id UUID PRIMARY KEY,
  party_id UUID REFERENCES parties (id),
  kind TEXT NOT NULL,
  subject_id UUID,               -- what it is about: letters a client got are counted per referral
  address TEXT NOT NULL,
  to_name TEXT NOT NULL,
  subject TEXT NOT NULL,
  plain TEXT NOT NULL,           -- emptied once sent: links in it are secrets
  html TEXT NOT NULL,
  attachment TEXT,               -- a vCard
  created_at BIGINT NOT NULL,
  sent_at BIGINT
);
CREATE INDEX letters_created ON letters (created_at);
CREATE INDEX letters_subject ON letters (subject_id, party_id);

-- What waits on the site for a member to read.
CREATE TABLE notices (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  kind TEXT NOT NULL,
  words TEXT NOT NULL,
  url TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  read_at BIGINT
);
CREATE INDEX notices_party ON notices (party_id, read_at, created_at);
