-- Who was introduced to whom as client and professional, both ways, after both said yes: each has the other's contact data.
-- The one consent check. Every statement that decides about contact data asks here.
CREATE VIEW introductions AS
  SELECT client_id AS one_id, professional_id AS other_id FROM referrals
  WHERE introduced_at IS NOT NULL AND basis IS NOT NULL AND client_yes_at IS NOT NULL AND professional_yes_at IS NOT NULL
  UNION ALL
  SELECT professional_id, client_id FROM referrals
  WHERE introduced_at IS NOT NULL AND basis IS NOT NULL AND client_yes_at IS NOT NULL AND professional_yes_at IS NOT NULL;
