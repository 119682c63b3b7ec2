-- A tie the professional has not agreed to have shown: they are asked before anybody else reads it.
ALTER TABLE referrals ADD COLUMN tie_first BOOLEAN NOT NULL DEFAULT FALSE;
