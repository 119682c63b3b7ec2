// Every page once, in both themes and at three widths: found by following links as people of each kind, opened by the
// signed links of letters, and shown again with its errors.
import { test, expect } from './fixtures.js';
import { everyLook } from './axe.js';
import { continueAs, demoPeople, linkIn, newestLetter } from './people.js';
import { asked, done, offered, introduced, send } from './scenes.js';

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
