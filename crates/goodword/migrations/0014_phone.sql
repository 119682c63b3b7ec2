-- Devices that asked to be told, each by the address its browser's push service gave it.
CREATE TABLE push_devices (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  session_id UUID NOT NULL,      -- nothing is pushed once this session has ended
  endpoint TEXT NOT NULL UNIQUE,
  public_key BYTEA NOT NULL,     -- the browser's, P-256, uncompressed
  secret BYTEA NOT NULL,         -- RFC 8291's "auth"
  agent TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  told_at BIGINT
);
CREATE INDEX push_devices_party ON push_devices (party_id);

-- What somebody switched off.
CREATE TABLE push_silences (
  party_id UUID NOT NULL REFERENCES parties (id),
  topic TEXT NOT NULL CHECK (topic IN ('ask', 'consent', 'introduction')),
  PRIMARY KEY (party_id, topic)
);
