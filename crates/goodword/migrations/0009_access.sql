-- Accounts elsewhere that people sign in with, each of one party: a member, or a guest who only takes part in conversations.
CREATE TABLE identities (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  provider TEXT NOT NULL,        -- its id in the configuration
  issuer TEXT NOT NULL,          -- who vouches for the subject: an OIDC issuer, or the provider's id for plain OAuth 2
  subject TEXT NOT NULL,
  label TEXT NOT NULL,           -- how the account is called there: an address, a login, a name
  created_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  UNIQUE (issuer, subject)
);
CREATE INDEX identities_party ON identities (party_id);

-- On the way to a provider and back: once, within minutes, by the same browser.
CREATE TABLE trips (
  state_hash BYTEA PRIMARY KEY,
  browser_hash BYTEA NOT NULL,
  provider TEXT NOT NULL,
  nonce TEXT NOT NULL,
  verifier TEXT NOT NULL,        -- of PKCE
  next TEXT NOT NULL,
  remembered BOOLEAN NOT NULL,
  party_id UUID REFERENCES parties (id), -- a member who connects an account, instead of signing in
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  returned_at BIGINT,            -- the answer came; what follows waits for the person's choice
  issuer TEXT,
  subject TEXT,
  label TEXT,
  name TEXT,
  email TEXT                     -- only one the provider says is verified
);
CREATE INDEX trips_expires ON trips (expires_at);

-- A sign-in begun on one device and read on another: the code in the letter, good only in the browser that asked.
ALTER TABLE sign_ins ADD COLUMN browser_hash BYTEA;
ALTER TABLE sign_ins ADD COLUMN code_hash BYTEA;
ALTER TABLE sign_ins ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sign_ins_browser ON sign_ins (browser_hash);

ALTER TABLE sessions ADD COLUMN remembered BOOLEAN NOT NULL DEFAULT TRUE;

-- A new address waits for a yes at both.
CREATE TABLE email_changes (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  old_email TEXT NOT NULL,
  new_email TEXT NOT NULL,
  old_yes_at BIGINT,
  new_yes_at BIGINT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT                -- done, or stopped
);
CREATE INDEX email_changes_party ON email_changes (party_id, created_at);

CREATE TABLE passkeys (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  credential_id BYTEA NOT NULL UNIQUE,
  algorithm BIGINT NOT NULL,     -- COSE: -7 ES256, -8 EdDSA, -257 RS256
  public_key BYTEA NOT NULL,
  sign_count BIGINT NOT NULL,
  backed_up BOOLEAN NOT NULL,    -- kept by the person's keychain, not by one device alone
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX passkeys_party ON passkeys (party_id);

CREATE TABLE challenges (
  hash BYTEA PRIMARY KEY,
  party_id UUID REFERENCES parties (id), -- NULL: signing in
  expires_at BIGINT NOT NULL
);
CREATE INDEX challenges_expires ON challenges (expires_at);
