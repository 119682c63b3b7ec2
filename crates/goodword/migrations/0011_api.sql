-- Secrets of programs that act for a member through the JSON API.
CREATE TABLE access_tokens (
  id UUID PRIMARY KEY,
  token_hash BYTEA NOT NULL UNIQUE,
  party_id UUID NOT NULL REFERENCES parties (id),
  name TEXT NOT NULL,            -- what its owner calls it
  scopes TEXT NOT NULL,          -- comma-separated
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,                -- noted at most once an hour
  revoked_at BIGINT
);
CREATE INDEX access_tokens_party ON access_tokens (party_id, created_at);

-- Writes that a program may repeat: the first answer is kept for a day.
CREATE TABLE idempotency_keys (
  owner BYTEA NOT NULL,          -- hash of the token or session
  idempotency_key TEXT NOT NULL,
  fingerprint BYTEA NOT NULL,    -- of method, path and body
  begun_at BIGINT NOT NULL,
  done_at BIGINT,                -- set in the transaction of the effect: from here on it never runs again
  status BIGINT,                 -- NULL until the answer is kept
  headers TEXT NOT NULL,
  body BYTEA,
  PRIMARY KEY (owner, idempotency_key)
);
CREATE INDEX idempotency_keys_begun ON idempotency_keys (begun_at);

CREATE TABLE webhooks (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  url TEXT NOT NULL,
  kinds TEXT NOT NULL,           -- comma-separated; '' is all
  secret TEXT NOT NULL,          -- signs what is sent, so it has to be known here
  created_at BIGINT NOT NULL,
  failing_since BIGINT,
  disabled_at BIGINT,
  disabled_why TEXT NOT NULL
);
CREATE INDEX webhooks_party ON webhooks (party_id, created_at);

CREATE TABLE webhook_deliveries (
  id UUID PRIMARY KEY,           -- also the receiver's webhook-id: the same for every attempt
  webhook_id UUID NOT NULL REFERENCES webhooks (id),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  tried_at BIGINT,
  status BIGINT,                 -- of the last answer
  answer TEXT NOT NULL           -- its beginning, or why there was none
);
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, created_at);
