-- Everybody the network knows: members, clients without an account, guests, and people not here yet.
CREATE TABLE parties (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('member', 'client', 'guest', 'absent')),
  status TEXT NOT NULL CHECK (status IN ('active', 'deactivated', 'erased')),
  handle TEXT UNIQUE,            -- short public name in URLs and on the command line, e.g. ana-reyes, 1810
  name TEXT NOT NULL,
  folded TEXT NOT NULL,          -- name in lower case without accents: sorted and searched
  email TEXT UNIQUE,             -- folded; private
  phone TEXT,                    -- private
  invited_by UUID REFERENCES parties (id),
  import_id UUID,
  joined_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX parties_sorted ON parties (kind, folded, id);
CREATE INDEX parties_joined ON parties (kind, joined_at, id);

CREATE TABLE profiles (
  party_id UUID PRIMARY KEY REFERENCES parties (id),
  headline TEXT NOT NULL,
  bio TEXT NOT NULL,             -- Markdown
  keywords TEXT NOT NULL,
  town TEXT NOT NULL,
  latitude DOUBLE PRECISION,
  longitude DOUBLE PRECISION,
  radius_km BIGINT,              -- how far they work from their town; NULL: not stated
  wanted TEXT NOT NULL,          -- work they would like more of
  unwanted TEXT NOT NULL,        -- work they do not take
  usual_from BIGINT,             -- usual size of a job, minor units
  usual_to BIGINT,
  currency TEXT NOT NULL,
  website TEXT NOT NULL,
  links TEXT NOT NULL,           -- one per line
  is_public BOOLEAN NOT NULL,    -- profile and received vouches may be read signed out
  findable BOOLEAN NOT NULL,     -- may be found by people who have my address
  asks_paused BOOLEAN NOT NULL,
  photo_id UUID,
  version BIGINT NOT NULL
);

CREATE TABLE professions (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  field TEXT NOT NULL,           -- O*NET-SOC code, or 'general' in imported networks
  own_words TEXT NOT NULL,
  since_year BIGINT,
  licence TEXT NOT NULL,         -- number or body, as stated; '' when none
  confirmed_by TEXT CHECK (confirmed_by IN ('licence', 'group')),
  confirmed_at BIGINT,
  position BIGINT NOT NULL,      -- 0 is the main one
  UNIQUE (party_id, field)
);
CREATE INDEX professions_field ON professions (field);

CREATE TABLE work_items (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  field TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  client_name TEXT NOT NULL,     -- shown only with consent
  client_consented BOOLEAN NOT NULL,
  started_on TEXT,               -- ISO dates
  finished_on TEXT,
  cost_from BIGINT,              -- minor units
  cost_to BIGINT,
  currency TEXT NOT NULL,
  url TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT,             -- shown to nobody; vouches that cite it keep its title
  version BIGINT NOT NULL
);
CREATE INDEX work_items_party ON work_items (party_id, finished_on);

CREATE TABLE pictures (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  work_item_id UUID REFERENCES work_items (id),
  content_type TEXT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  alt TEXT NOT NULL,
  bytes BYTEA NOT NULL,          -- decoded and encoded again by us, without metadata
  created_at BIGINT NOT NULL
);
CREATE INDEX pictures_party ON pictures (party_id);
CREATE INDEX pictures_work ON pictures (work_item_id);

-- Whose judgement somebody relies on. Private for ever.
CREATE TABLE trusts (
  id UUID PRIMARY KEY,
  from_id UUID NOT NULL REFERENCES parties (id),
  to_id UUID NOT NULL REFERENCES parties (id),
  field TEXT,                    -- NULL: in every field
  at BIGINT NOT NULL
);
CREATE INDEX trusts_from ON trusts (from_id);

CREATE TABLE networking_groups (
  id UUID PRIMARY KEY,
  name TEXT NOT NULL,
  folded TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('advisor network', 'referral exchange', 'other')),
  about TEXT NOT NULL,
  town TEXT NOT NULL,
  keeper_id UUID NOT NULL REFERENCES parties (id),
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE TABLE memberships (
  id UUID PRIMARY KEY,
  group_id UUID NOT NULL REFERENCES networking_groups (id),
  party_id UUID NOT NULL REFERENCES parties (id),
  since TEXT NOT NULL,           -- ISO date
  until TEXT,
  confirmed_at BIGINT,
  confirmed_by UUID REFERENCES parties (id),
  UNIQUE (group_id, party_id)
);
CREATE INDEX memberships_party ON memberships (party_id);

-- How somebody gets work, for themselves only.
CREATE TABLE jobs_won (
  id UUID PRIMARY KEY,
  party_id UUID NOT NULL REFERENCES parties (id),
  source TEXT NOT NULL CHECK (source IN ('referral', 'group', 'ambassador', 'direct')),
  won_on TEXT NOT NULL,
  amount BIGINT,
  currency TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX jobs_won_party ON jobs_won (party_id, won_on);

-- What two people did together: the fact for both, the note for its author.
CREATE TABLE encounters (
  id UUID PRIMARY KEY,
  author_id UUID NOT NULL REFERENCES parties (id),
  other_id UUID NOT NULL REFERENCES parties (id),
  kind TEXT NOT NULL CHECK (kind IN ('met', 'one to one', 'job together', 'work seen')),
  happened_on TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX encounters_author ON encounters (author_id, other_id);
CREATE INDEX encounters_other ON encounters (other_id, author_id);

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE roles (
  party_id UUID NOT NULL REFERENCES parties (id),
  role TEXT NOT NULL CHECK (role IN ('moderator', 'admin', 'keeper')),
  scope TEXT NOT NULL,           -- 'network' or a group's id
  PRIMARY KEY (party_id, role, scope)
);
