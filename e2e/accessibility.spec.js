// Every page once, in both themes and at three widths: found by following links as people of each kind, opened by the
// signed links of letters, and shown again with its errors.
import { test, expect } from './fixtures.js';
import { everyLook } from './axe.js';
import { become, continueAs, demoPeople, linkIn, newestLetter } from './people.js';
import { asked, done, offered, introduced, send } from './scenes.js';
import { begin, comment, sayMany } from './talk.js';

// /people/ana-reyes and /people/ben-ito are one page: a part after the first with a digit or a dash names somebody or something.
const kind = (url) =>
  url.pathname
    .split('/')
    .map((part, i) => (i > 1 && /[\d-]/.test(part) ? ':id' : part))
    .join('/') + (url.searchParams.get('show') ?? '');

/** Opens every kind of page that links lead to from `/`, and looks at those nobody has `seen`. */
async function crawl(page, seen) {
  const found = [];
  const waiting = [new URL('/', page.url())];
  const queued = new Set(waiting.map(kind));
  for (let url = waiting.shift(); url; url = waiting.shift()) {
    const answer = await page.goto(url.href).catch((error) => {
      // A contact card, a calendar: a file for another program is no page.
      if (/Download is starting/.test(error.message)) return null;
      throw error;
    });
    if (!answer || !/^text\/html/.test(answer.headers()['content-type'] ?? '')) continue;
    if (answer.status() >= 400) {
      found.push(`${url.pathname} answers ${answer.status()}, and a page links to it`);
      continue;
    }
    const links = await page.$$eval('a[href]', (all) => all.filter((a) => !a.hasAttribute('download')).map((a) => a.href));
    for (const link of links) {
      const next = new URL(link);
      if (next.origin !== url.origin || queued.has(kind(next))) continue;
      queued.add(kind(next));
      waiting.push(next);
    }
    if (seen.has(kind(url))) continue;
    seen.add(kind(url));
    found.push(...(await everyLook(page)));
  }
  return found;
}

test.describe.configure({ timeout: 400_000 });

test('nothing to complain about on any page that links lead to', async ({ page }) => {
  const seen = new Set();
  await page.goto('/');
  const found = await crawl(page, seen);
  for (const name of demoPeople) {
    await continueAs(page, name);
    found.push(...(await crawl(page, seen)));
  }
  expect(found).toEqual([]);
  expect(seen.size, [...seen].join(' ')).toBeGreaterThan(35);
});

const rosa = { name: 'Rosa Delgado', email: 'rosa.delgado@example.org' };

test('nor on those that only a letter leads to, nor where a letter leads a second time', async ({ page, server }) => {
  const found = [];
  const visit = async (path) => {
    await page.context().clearCookies();
    await page.goto(path);
    found.push(...(await everyLook(page)));
  };
  const open = await asked(page, server, { place: 1 });
  await visit(open.answer);
  const forClient = await offered(page, server, { client: rosa });
  for (const path of [forClient.answer, forClient.consent, forClient.mine]) await visit(path);
  await server.advance(8);
  const own = await introduced(page, server, { place: 2 });
  await visit(own.consent);
  await server.advance(8);
  const over = await done(page, server, { client: { name: 'Sam Ortega', email: 'sam.ortega@example.org' } });
  for (const path of [over.mine, over.outcome]) await visit(path);
  await send(page, over.outcome, { answer: 'yes', again: 'yes' });
  await visit(over.outcome);
  await server.advance(15);
  await visit(over.outcome);
  await send(page, '/sign-in', { email: 'somebody.new@example.org' });
  await visit(new URL(linkIn(await newestLetter(server, { to: 'somebody.new@example.org' }), /join/)).pathname);
  await visit('/nothing-here');
  expect(found).toEqual([]);
});

test('nor on forms that are shown again with their errors', async ({ page, server }) => {
  const found = [];
  const refused = async (path, empty = []) => {
    await page.goto(path);
    const form = page.locator('main form[method=post]:has(.field, fieldset)').last();
    for (const name of empty) await form.locator(`[name=${name}]`).fill('');
    const [answer] = await Promise.all([
      page.waitForResponse((r) => r.request().method() === 'POST'),
      form.evaluate((f) => { f.noValidate = true; f.requestSubmit(); }),
    ]);
    if (answer.status() !== 422) found.push(`${path} sent empty answers ${answer.status()}`);
    await page.waitForLoadState();
    found.push(...(await everyLook(page)));
  };
  await page.goto('/recommendations?need=');
  found.push(...(await everyLook(page)));
  const scene = await asked(page, server);
  await refused(scene.before, ['words']);
  await refused('/profile/edit', ['name']);
  for (const path of ['/people/carla-mendes/vouches/new', '/vouches/new', '/referrals/offer', '/referrals/record', '/referrals/request', '/profile/work/new',
    '/profile/groups', '/profile/jobs', '/people/ana-quiroga/us', '/invitations/new']) await refused(path);
  await page.context().clearCookies();
  await refused('/sign-in');
  expect(found).toEqual([]);
});

test('nor in conversations: a long branch, what waits, what a letter leads to, and what was refused', async ({ page, server }) => {
  const found = [];
  const look = async (path) => {
    if (path) await page.goto(path);
    found.push(...(await everyLook(page)));
  };
  await become(page, 'Gil Santoro');
  const path = await begin(page, 'All that a conversation can be', { tags: 'odds and ends' });
  await sayMany(page, path, ['A first answer']);
  await page.goto(path);
  const root = (await comment(page, 'A first answer').getAttribute('id')).slice('comment-'.length);
  await sayMany(page, path, Array.from({ length: 23 }, (_, i) => `Below it, ${i}`), root);
  for (const to of [path, `${path}?reply_to=${root}&quote=1`, `${path}/threads/1`, `${path}/about`, `${path}/edit`, `/comments/${root}`, `/comments/${root}/edit`]) await look(to);
  for (const tab of ['held', 'reported', 'spam', 'removed']) await look(`/moderation?tab=${tab}`);
  for (const to of ['/moderation/rules', '/moderation/log', '/conversations?q=nothing+has+this']) await look(to);
  await send(page, `/comments/${root}/removal`, {});
  await look(path);

  // Refused, by members and by guests.
  for (const to of ['/conversations/new', `${path}/edit`]) {
    await page.goto(to);
    await page.locator('main form[data-draft]').evaluate((form) => {
      form.noValidate = true;
      for (const name of ['title', 'text']) form.elements[name].value = '';
      form.requestSubmit();
    });
    await expect(page.getByRole('alert')).toBeVisible();
    await look();
  }
  const group = await page.request.get('/conversations?tag=group-reviews');
  const review = /href="(\/conversations\/rose-avenue[^"]+)"/.exec(await group.text())[1];
  await look(review);
  const reviews = await page.locator('a[href$="/reviews"]').first().getAttribute('href');
  await look(reviews);
  const [a, b] = await page.locator('form[action="/groups/comparison"]').evaluate((form) => [form.elements.a.value, form.elements.b.value]);
  await look(`/groups/comparison?a=${a}&b=${b}`);
  await look(reviews.replace(/reviews$/, ''));
  await page.context().clearCookies();
  await page.goto(path);
  await page.locator('.respond form[data-draft]').evaluate((form) => {
    form.noValidate = true;
    form.requestSubmit();
  });
  await expect(page.getByRole('alert')).toBeVisible();
  await look();

  // What letters lead to: a guest's yes, a subscriber's way out, a moderator's decision.
  await server.advance(1 / 1440);
  await page.goto(path);
  await page.getByLabel('Your words').fill('From a guest.');
  await page.getByLabel('Name', { exact: true }).fill('Grace Long-Hyphenated Name-Of-Some-Length');
  await page.getByLabel('E-mail address').fill('grace.looks@example.net');
  await page.getByLabel('of every comment').check();
  await page.getByRole('button', { name: 'Post', exact: true }).click();
  await look();
  const yes = linkIn(await newestLetter(server, { to: 'grace.looks@example.net' }), /conversations\/guests/);
  await look(yes);
  await page.getByRole('button', { name: 'Yes, it was me' }).click();
  await look(yes);
  await server.advance(0);
  await look(linkIn(await newestLetter(server, { to: 'gil.santoro@example.org', subject: /All that a conversation/ }), /answer=spam/));
  await page.getByRole('button', { name: 'Approve it' }).click();
  await look();
  expect(found).toEqual([]);
});
