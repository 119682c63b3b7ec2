-- The client says that no work was done, by moving the introduction there or in the answer: nobody's record counts it. What
-- is open already stays as it was told.
ALTER TABLE referrals ADD COLUMN lost_by_client BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE referrals SET lost_by_client = TRUE WHERE state = 'lost' AND (revealed_at IS NOT NULL OR EXISTS (
  SELECT 1 FROM referral_events e WHERE e.referral_id = referrals.id AND e.actor_id = referrals.client_id
    AND e.to_state = 'lost' AND e.undone_at IS NULL));
ALTER TABLE outcomes ADD COLUMN no_work BOOLEAN NOT NULL DEFAULT FALSE;
