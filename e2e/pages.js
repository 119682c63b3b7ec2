// The pages that screenshots.mjs takes pictures of, and as whom. `picture` names the look that docs/pictures shows.
import path from 'node:path';
import { png } from './files.js';
import { become, linkIn, newestLetter, press } from './people.js';
import { asked, done, florist, introduced, offered, send } from './scenes.js';

const answer = `/recommendations?need=${encodeURIComponent(florist)}`;
const talk = '/conversations/which-networking-groups-have-you-tried-and-did-it-work';
// The form under a conversation, with all that folds open.
const unfolded = async (page) => {
  await page.goto('/conversations/what-do-you-tell-a-couple-who-ask-for-peonies-in-october#respond');
  for (const fold of await page.locator('#respond details > summary').all()) await fold.click();
};
// A guest who follows it and waits for the letter that asks whether it was them; the page a letter of theirs leads to.
const guest = (subject, pattern) => async (page, server) => {
  await page.context().clearCookies();
  await page.goto(talk);
  const name = `Grace ${pattern.source.length}`;
  await page.getByLabel('Your words').fill(`Two, and I left one of them, says ${name}.`);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('E-mail address').fill(`${name.replace(' ', '.')}@example.org`);
  await page.getByLabel('of every comment').check();
  await server.advance(1 / 1440);
  await press(page, page.getByRole('button', { name: 'Post', exact: true }));
  const to = `${name.replace(' ', '.')}@example.org`.toLowerCase();
  await page.goto(new URL(linkIn(await newestLetter(server, { to }), /conversations\/guests/)).pathname);
  if (!subject) return;
  await press(page, page.getByRole('button', { name: 'Yes, it was me' }));
  await become(page, 'Gil Santoro');
  await page.goto('/moderation');
  await press(page, page.locator('.queue > li').filter({ hasText: name }).getByRole('button', { name: /^Approve/ }));
  await become(page, 'Ana Quiroga');
  await page.goto(talk);
  await page.getByLabel('Your words').fill(`And which one did you leave, ${name}?`);
  await server.advance(1 / 1440);
  await press(page, page.getByRole('button', { name: 'Post', exact: true }));
  await page.context().clearCookies();
  await server.advance(0);
  await page.goto(new URL(linkIn(await newestLetter(server, { to, subject }), pattern)).pathname);
};
const rosa = { name: 'Rosa Delgado', email: 'rosa.delgado@example.org' };
const at = (scene, which) => async (page, server) => page.goto((await scene(page, server))[which]);
// As somebody who holds the letter and is signed in as nobody.
const byLetter = (scene, which) => async (page, server) => {
  const to = (await scene(page, server))[which];
  await page.context().clearCookies();
  await page.goto(to);
};

export const pages = {
  visitor: [
    { name: 'welcome', open: '/' },
    { name: 'tour', open: '/dev/tour' },
    { name: 'sign-in', open: '/sign-in' },
    { name: 'need', open: '/needs/new' },
    { name: 'answer-signed-out', open: answer },
    { name: 'nobody-yet', open: '/recommendations?need=a+submarine+pilot' },
    { name: 'people', open: '/people' },
    { name: 'about', open: '/about' },
    { name: 'privacy', open: '/privacy' },
    { name: 'ranking', open: '/about/ranking' },
    { name: 'profile-signed-out', open: '/people/ana-quiroga' },
    { name: 'conversations', open: '/conversations' },
    { name: 'conversation', open: '/conversations/which-networking-groups-have-you-tried-and-did-it-work' },
    { name: 'not-found', open: '/nothing-here' },
    { name: 'need-refused', open: '/recommendations?need=' },
  ],
  Dana: [
    { name: 'home', open: '/', picture: '390-dark' },
    { name: 'answer', open: answer, picture: '1280-light' },
    { name: 'answer-law', open: '/recommendations?need=an+estate+lawyer+in+Venice' },
    { name: 'ask', open: at(asked, 'before') },
    { name: 'referral-asked', open: at((p, s) => asked(p, s, { place: 1 }), 'followed') },
    { name: 'referral-introduced', open: at((p, s) => introduced(p, s, { place: 2 }), 'followed') },
    { name: 'introductions', open: '/referrals?show=under-way' },
    { name: 'introductions-waiting', open: '/referrals' },
    { name: 'offer', open: '/referrals/offer' },
    { name: 'record', open: '/referrals/record' },
    { name: 'request', open: '/referrals/request' },
    { name: 'trust', open: '/trust' },
    { name: 'needs', open: '/needs' },
    { name: 'vouches', open: '/vouches' },
    { name: 'vouches-given', open: '/vouches?show=given' },
    { name: 'vouch-form', open: '/people/wren-delgado/vouches/new' },
    { name: 'need-for-one', open: async (page) => { await page.goto('/people/ana-quiroga'); await page.getByRole('link', { name: 'Ask for an introduction' }).click(); } },
    { name: 'vouch-absent', open: '/vouches/new' },
    { name: 'profile', open: '/people/ana-quiroga' },
    { name: 'profile-own', open: '/people/dana-whitlock' },
    { name: 'why-the-order', open: async (page) => { await page.goto(answer); await page.getByRole('link', { name: / above / }).first().click(); } },
    { name: 'ranking-mine', open: '/about/ranking' },
    { name: 'given', open: '/people/ana-quiroga/given' },
    { name: 'us', open: '/people/ana-quiroga/us' },
    { name: 'profile-edit', open: '/profile/edit' },
    { name: 'professions', open: '/profile/professions?q=florist' },
    { name: 'photo', open: '/profile/photo' },
    { name: 'work', open: '/profile/work' },
    { name: 'work-new', open: '/profile/work/new' },
    { name: 'groups', open: '/profile/groups' },
    { name: 'jobs', open: '/profile/jobs' },
    { name: 'notices', open: '/notices' },
    { name: 'outcomes', open: '/outcomes' },
    { name: 'invite', open: '/invitations/new' },
    { name: 'mailbox', open: '/dev/mailbox' },
    { name: 'conversation-new', open: '/conversations/new' },
    { name: 'conversation-member', open: '/conversations/what-do-you-tell-a-couple-who-ask-for-peonies-in-october' },
    { name: 'conversation-about', open: '/conversations/what-do-you-tell-a-couple-who-ask-for-peonies-in-october/about' },
    { name: 'group-review', open: async (page) => { await page.goto('/conversations?tag=group-reviews'); await page.locator('.posts a.open').first().click(); } },
    { name: 'group-reviews', open: async (page) => { await page.goto('/conversations?tag=group-reviews'); await page.locator('.posts a.open').first().click(); await page.locator('a[href$="/reviews"]').first().click(); } },
    { name: 'group-comparison', open: async (page) => { await page.goto('/conversations?tag=group-reviews'); await page.locator('.posts a.open').first().click(); await page.locator('a[href$="/reviews"]').first().click(); await page.getByRole('button', { name: 'Compare' }).click(); } },
    { name: 'conversation-form', open: unfolded },
    { name: 'conversation-embed', open: `${talk}/embed` },
    { name: 'group-review-new', open: async (page) => { await page.goto('/conversations?tag=group-reviews'); await page.locator('.posts a.open').first().click(); await page.locator('a[href$="/reviews"]').first().click(); await page.goto(`${page.url()}/new`); } },
    {
      name: 'comment-edit',
      open: async (page, server) => {
        await page.goto(talk);
        await page.getByLabel('Your words').fill('This is how our table looks.');
        await page.getByText('Add a picture', { exact: true }).click();
        await page.getByLabel(/^A picture/).setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: png(640, 480) });
        await page.getByLabel('What it shows').fill('A breakfast table with nine chairs');
        await server.advance(1 / 1440);
        await press(page, page.getByRole('button', { name: 'Post', exact: true }));
        await page.locator('article.comment').filter({ hasText: 'how our table looks' }).getByRole('link', { name: /^Edit/ }).click();
      },
    },
    { name: 'moderation', open: '/moderation' },
    { name: 'moderation-reported', open: '/moderation?tab=reported' },
    { name: 'moderation-rules', open: '/moderation/rules' },
    { name: 'moderation-log', open: '/moderation/log' },
  ],
  // Dana keeps the demo's network too.
  'Dana ': [
    { name: 'admin', open: '/admin' },
    { name: 'admin-people', open: '/admin/people' },
    { name: 'admin-person', open: async (page) => { await page.goto('/admin/people?q=gil'); await page.locator('main').getByRole('link', { name: /Gil/ }).first().click(); } },
    { name: 'admin-invitations', open: '/admin/invitations' },
    { name: 'admin-reports', open: '/admin/reports' },
    { name: 'admin-jobs', open: '/admin/jobs' },
    { name: 'admin-settings', open: '/admin/settings' },
    { name: 'admin-storage', open: '/admin/storage' },
    { name: 'admin-audit', open: '/admin/audit' },
    { name: 'imports', open: '/imports' },
    {
      name: 'import-one',
      open: async (page, server) => {
        await page.goto('/imports');
        await page.getByLabel(/^An export file/).setInputFiles(path.join(import.meta.dirname, '../crates/formats/tests/files/wordpress-messy.xml'));
        await press(page, page.getByRole('button', { name: 'Bring it in' }));
        await server.advance(0);
        await page.reload();
      },
    },
    { name: 'account', open: '/account' },
    { name: 'my-data', open: '/my-data' },
    { name: 'contacts', open: '/contacts' },
    { name: 'contacts-new', open: '/contacts/new' },
    { name: 'calendar', open: '/preferences/calendar' },
    { name: 'letters-wanted', open: '/preferences/letters' },
    { name: 'push', open: '/preferences/push' },
    { name: 'tokens', open: '/tokens' },
    { name: 'webhooks', open: '/webhooks' },
    { name: 'report-new', open: '/reports/new?person=gil-santoro' },
    { name: 'api', open: '/api' },
  ],
  // Only a letter leads here.
  letters: [
    { name: 'guest-yes', open: guest(null, /guests/) },
    { name: 'subscription', open: guest(/which networking/i, /subscriptions/) },
    { name: 'referrer', open: byLetter((p, s) => asked(p, s, { place: 1, client: rosa }), 'answer'), picture: '390-light' },
    { name: 'client', open: byLetter((p, s) => offered(p, s, { place: 0, client: rosa }), 'consent'), picture: '390-light' },
    { name: 'professional', open: byLetter((p, s) => offered(p, s, { need: 'A string quartet for forty guests in Venice in May' }), 'consent') },
    { name: 'client-page', open: byLetter(async (p, s) => (await s.advance(8), introduced(p, s, { place: 2, client: rosa })), 'mine') },
    { name: 'outcome', open: byLetter((p, s) => done(p, s, { place: 3, client: rosa }), 'outcome') },
    {
      name: 'join',
      open: async (page, server) => {
        await send(page, '/sign-in', { email: 'nia.new@example.org' });
        await page.goto(new URL(linkIn(await newestLetter(server, { to: 'nia.new@example.org' }), /join/)).pathname);
      },
    },
  ],
};
