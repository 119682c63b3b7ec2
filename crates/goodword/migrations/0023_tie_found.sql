-- A tie that an author did not disclose and a moderator found: what the author had said, and the warning given for it. Lifted
-- on appeal, the author's own answer stands again.
ALTER TABLE vouches ADD COLUMN tie_before TEXT;
ALTER TABLE vouches ADD COLUMN tie_sanction_id UUID;
CREATE INDEX vouches_tie_found ON vouches (tie_sanction_id) WHERE tie_sanction_id IS NOT NULL;
