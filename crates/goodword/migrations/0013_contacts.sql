-- People somebody knows, for their own eyes: nothing is sent to them, and nobody else reads it.
CREATE TABLE contacts (
  id UUID PRIMARY KEY,
  owner_id UUID NOT NULL REFERENCES parties (id),
  name TEXT NOT NULL,
  folded TEXT NOT NULL,
  email TEXT,                    -- folded
  phone TEXT NOT NULL,
  digits TEXT NOT NULL,          -- the last nine of the telephone number
  firm TEXT NOT NULL,
  title TEXT NOT NULL,
  town TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT              -- gone for good a day later
);
CREATE UNIQUE INDEX contacts_email ON contacts (owner_id, email);
CREATE INDEX contacts_sorted ON contacts (owner_id, folded, id);

-- A file that was sent in, until its columns are settled; then only what became of it.
CREATE TABLE contact_files (
  id UUID PRIMARY KEY,
  owner_id UUID NOT NULL REFERENCES parties (id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('table', 'cards')),
  text TEXT NOT NULL,            -- emptied once taken in
  added BIGINT NOT NULL,
  merged BIGINT NOT NULL,
  problems TEXT NOT NULL,        -- JSON: row number and reason
  created_at BIGINT NOT NULL,
  taken_at BIGINT
);
CREATE INDEX contact_files_owner ON contact_files (owner_id, created_at);
