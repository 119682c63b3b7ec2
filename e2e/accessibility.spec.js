// Every page once in each theme and width: found by following links, signed out and as people of each kind.
import { test, expect } from './fixtures.js';
import { complaints } from './axe.js';
import { demoPeople, continueAs } from './people.js';

const looks = [
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 390 },
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
];

// /people/ana-reyes and /people/ben-ito are one page: a part after the first with a digit or a dash names somebody or something.
const kind = (url) =>
  url.pathname
    .split('/')
    .map((part, i) => (i > 1 && /[\d-]/.test(part) ? ':id' : part))
    .join('/');

/** Opens every kind of page that links lead to from `start`, and reports what axe finds; `seen` is shared between roles. */
async function crawl(page, start, seen) {
  const found = [];
  const waiting = start.map((path) => new URL(path, page.url()));
  const queued = new Set(waiting.map(kind));
  for (let url = waiting.shift(); url; url = waiting.shift()) {
    const answer = await page.goto(url.href).catch((error) => {
      // A contact card, a calendar: a file for another program is no page.
      if (/Download is starting/.test(error.message)) return null;
      throw error;
    });
    if (!answer || !/^text\/html/.test(answer.headers()['content-type'] ?? '')) continue;
    if (answer.status() >= 400) {
      if (answer.status() !== 404) found.push(`${url.pathname} answers ${answer.status()}`);
      continue;
    }
    const links = await page.$$eval('a[href]', (all) => all.filter((a) => !a.hasAttribute('download')).map((a) => a.href));
    for (const link of links) {
      const next = new URL(link);
      if (next.origin !== url.origin || queued.has(kind(next))) continue;
      queued.add(kind(next));
      waiting.push(next);
    }
    // The same page shows other things to other people: once a role.
    if (seen.has(kind(url))) continue;
    seen.add(kind(url));
    for (const { colorScheme, width } of looks) {
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const wrong = await complaints(page);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (sideways > 0) wrong.push(`is ${sideways} px too wide`);
      found.push(...wrong.map((line) => `${url.pathname} ${colorScheme} ${width}: ${line}`));
    }
  }
  return found;
}

test.describe.configure({ timeout: 240_000 });

test('signed out: nothing to complain about on any page', async ({ page }) => {
  await page.goto('/');
  expect(await crawl(page, ['/'], new Set())).toEqual([]);
});

for (const name of demoPeople) {
  test(`as ${name}: nothing to complain about on any page`, async ({ page }) => {
    await continueAs(page, name);
    expect(await crawl(page, ['/'], new Set())).toEqual([]);
  });
}
