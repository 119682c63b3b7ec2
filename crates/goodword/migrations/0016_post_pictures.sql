-- Pictures of posts, as comment_pictures has those of comments. A picture in neither, which is no photo and of no work, was never
-- published: it is deleted after a day.
CREATE TABLE post_pictures (
  picture_id UUID PRIMARY KEY REFERENCES pictures (id),
  post_id UUID NOT NULL REFERENCES posts (id)
);
CREATE INDEX post_pictures_post ON post_pictures (post_id);
