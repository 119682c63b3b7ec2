-- A webhook of an admin that is told what happens in the network's keeping.
ALTER TABLE webhooks ADD COLUMN network BOOLEAN NOT NULL DEFAULT FALSE;
