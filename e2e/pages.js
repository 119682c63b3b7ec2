// The pages that screenshots.mjs takes pictures of, and as whom. `picture` names the look that docs/pictures shows.
const florist = 'A florist for a small June wedding in Santa Monica, about $3,000';

export const pages = {
  visitor: [
    { name: 'home', open: '/', picture: '1280-light' },
    { name: 'sign-in', open: '/sign-in' },
    { name: 'need', open: '/needs/new' },
    { name: 'answer-signed-out', open: `/recommendations?need=${encodeURIComponent(florist)}` },
    { name: 'mailbox', open: '/dev/mailbox' },
  ],
};
