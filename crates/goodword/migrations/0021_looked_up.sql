-- Who was told of a mention, and when: an edit tells those it adds, once. Those of comments that were published before this are
-- told already.
ALTER TABLE mentions ADD COLUMN told_at BIGINT;
UPDATE mentions SET told_at = 0 WHERE comment_id IN (SELECT id FROM comments WHERE state = 'approved');

-- What moderators look at, by state, the removed among it: few rows beside those that were approved.
DROP INDEX comments_queue;
CREATE INDEX comments_waiting ON comments (state, created_at, id) WHERE state <> 'approved';

-- What is reported and not answered, by what it is about.
DROP INDEX reports_open;
CREATE INDEX reports_open ON reports (comment_id, post_id) WHERE closed_at IS NULL;

-- What became of a post itself: whether it was there for all before it was taken away, and what an undo goes back to.
CREATE INDEX moderation_events_post ON moderation_events (post_id, at) WHERE comment_id IS NULL;
