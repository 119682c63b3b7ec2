CREATE TABLE needs (
  id UUID PRIMARY KEY,
  asker_id UUID NOT NULL REFERENCES parties (id),
  for_client BOOLEAN NOT NULL,
  field TEXT NOT NULL,
  words TEXT NOT NULL,
  place TEXT NOT NULL,
  latitude DOUBLE PRECISION,
  longitude DOUBLE PRECISION,
  date_from TEXT,                -- ISO dates
  date_to TEXT,
  date_words TEXT NOT NULL,
  budget_from BIGINT,            -- minor units
  budget_to BIGINT,
  currency TEXT NOT NULL,
  visibility TEXT NOT NULL CHECK (visibility IN ('private', 'trusted', 'groups', 'members', 'public')),
  state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX needs_asker ON needs (asker_id, state, created_at);
CREATE INDEX needs_posted ON needs (visibility, state, expires_at);

CREATE TABLE need_answers (
  id UUID PRIMARY KEY,
  need_id UUID NOT NULL REFERENCES needs (id),
  author_id UUID NOT NULL REFERENCES parties (id),
  kind TEXT NOT NULL CHECK (kind IN ('refer', 'volunteer', 'nobody', 'no basis', 'ask')),
  other_id UUID REFERENCES parties (id),
  words TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX need_answers_need ON need_answers (need_id, at);

CREATE TABLE referrals (
  id UUID PRIMARY KEY,
  need_id UUID REFERENCES needs (id),
  -- asked: somebody asked a referrer; offered: the giver started; requested: a professional asked to be introduced;
  -- recorded: made by telephone before
  origin TEXT NOT NULL CHECK (origin IN ('asked', 'offered', 'requested', 'recorded')),
  asker_id UUID NOT NULL REFERENCES parties (id),
  referrer_id UUID NOT NULL REFERENCES parties (id),
  professional_id UUID NOT NULL REFERENCES parties (id),
  client_id UUID NOT NULL REFERENCES parties (id),
  client_name TEXT NOT NULL,     -- as the giver typed it, for this referral only
  for_client BOOLEAN NOT NULL,   -- the asker asked for a client of theirs
  field TEXT NOT NULL,
  need_words TEXT NOT NULL,      -- as it travels; '' when unsolicited
  shared_place TEXT NOT NULL,
  shared_budget TEXT NOT NULL,   -- '' unless ticked
  shared_date TEXT NOT NULL,     -- '' unless ticked
  note_to_referrer TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked', 'offered', 'introduced', 'in contact', 'meeting set', 'proposal', 'won',
    'done', 'declined', 'expired', 'lost', 'not suitable', 'cancelled')),
  vouch_id UUID REFERENCES vouches (id),
  basis TEXT,                    -- the referrer's answer; NULL until given
  tie TEXT,
  confidence BIGINT,             -- percent, frozen when offered; never shown to the professional
  words TEXT NOT NULL,
  unknowns TEXT NOT NULL,        -- chips and words, one per line
  standing TEXT,                 -- of the referrer in this field when offered
  forecast DOUBLE PRECISION,     -- the engine's own, without the referrer's word, frozen when offered
  level BIGINT,                  -- of introduction, 1 name only … 5 in person
  tier TEXT,                     -- inside / outside / spin-off
  client_yes_at BIGINT,
  professional_yes_at BIGINT,
  understood TEXT NOT NULL,      -- the client's answer to "did we understand you?"
  progress TEXT NOT NULL CHECK (progress IN ('how', 'touch', 'nothing')), -- what the referrer may read
  client_stopped_at BIGINT,      -- no more letters to the client about this one
  introduced_at BIGINT,
  opened_at BIGINT,              -- the outcome window
  closes_at BIGINT,
  revealed_at BIGINT,
  lost_reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX referrals_asker ON referrals (asker_id, updated_at);
CREATE INDEX referrals_referrer ON referrals (referrer_id, updated_at);
CREATE INDEX referrals_professional ON referrals (professional_id, updated_at);
CREATE INDEX referrals_client ON referrals (client_id, updated_at);
CREATE INDEX referrals_need ON referrals (need_id);

-- The truth; the state above is its cache.
CREATE TABLE referral_events (
  id UUID PRIMARY KEY,
  referral_id UUID NOT NULL REFERENCES referrals (id),
  actor_id UUID REFERENCES parties (id),   -- NULL: time itself
  kind TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT,
  detail TEXT NOT NULL,          -- private to the actor
  undone_at BIGINT,
  at BIGINT NOT NULL
);
CREATE INDEX referral_events_referral ON referral_events (referral_id, at, id);

CREATE TABLE outcomes (
  id UUID PRIMARY KEY,
  referral_id UUID NOT NULL REFERENCES referrals (id),
  role TEXT NOT NULL CHECK (role IN ('client', 'professional', 'referrer')),
  party_id UUID NOT NULL REFERENCES parties (id),
  answer TEXT NOT NULL CHECK (answer IN ('yes', 'partly', 'no', 'heard nothing')),
  again TEXT CHECK (again IN ('yes', 'perhaps', 'no')),   -- private, shown only in batches of five
  amount BIGINT,
  currency TEXT NOT NULL,
  tell_amount BOOLEAN NOT NULL,
  words TEXT NOT NULL,
  publish_as TEXT CHECK (publish_as IN ('full', 'first', 'anonymous')),  -- NULL: not published
  answered_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (referral_id, role)
);
CREATE INDEX outcomes_party ON outcomes (party_id);

-- What an outcome moved, for the person moved only.
CREATE TABLE moves (
  id UUID PRIMARY KEY,
  referral_id UUID NOT NULL REFERENCES referrals (id),
  party_id UUID NOT NULL REFERENCES parties (id),
  what TEXT NOT NULL,            -- 'record' or 'ranking'
  before_value DOUBLE PRECISION NOT NULL,
  after_value DOUBLE PRECISION NOT NULL,
  why TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX moves_party ON moves (party_id, at);
