// Somebody else's ids and ids of nothing look alike; forms keep what was typed; the same press twice is one press.
import { test, expect } from '../fixtures.js';
import { become } from '../people.js';
import { asked, offered, send } from '../scenes.js';

const nothing = '01m8aam5xne4a9mmfr6fycf2m7';

test('somebody else’s things and things that are not there look alike', async ({ page, server }) => {
  const own = await asked(page, server, { place: 1 });
  const id = own.followed.split('/').pop();
  const need = new URL(own.before, server.url).searchParams.get('need');
  const saved = await send(page, '/profile/work/new', { title: 'Ledger for a tile shop', field: '43-3031.00' });
  const word = await send(page, '/people/junko-arai/vouches/new', { field: '27-1023.00', basis: 'hired', tie: 'friend', words: 'Grasses.', confidence: '75' });
  await become(page, 'Chip Hanrahan');
  const same = async (method, path, form) => {
    const [theirs, none] = await Promise.all(
      [path, path.replace(/[0-9a-z]{26}/, nothing)].map((to) => page.request.fetch(to, { method, form, maxRedirects: 0 })),
    );
    expect(theirs.status(), `${method} ${path}`).toBe(404);
    expect(none.status(), `${method} ${path} of nothing`).toBe(404);
    expect(await theirs.text()).toBe(await none.text());
  };
  for (const path of [`/referrals/${id}`, `/referrals/${id}/card`, `/referrals/${id}/outcome`, `/answers/${id}`, `/consents/${id}`, `/needs/${need}`, saved, word]) await same('GET', path);
  const version = '1';
  for (const [path, form] of [
    [`/referrals/${id}/moves`, { to: 'won', version }],
    [`/referrals/${id}/undo`, {}],
    [`/referrals/${id}/cancellation`, {}],
    [`/referrals/${id}/outcome`, { answer: 'yes' }],
    [`/answers/${id}/offer`, { words: 'x', basis: 'hired', tie: 'none', confidence: '85' }],
    [`/answers/${id}/refusal`, {}],
    [`/consents/${id}/acceptance`, {}],
    [`/needs/${need}/visibility`, { visibility: 'public' }],
    [`/needs/${need}/answers`, { kind: 'nobody' }],
    [`${word}/withdrawal`, {}],
    [`${word}/agreement`, {}],
    [`${saved}/removal`, {}],
    [saved, { title: 'Mine now', version }],
  ]) await same('POST', path, form);
  // And signed out: please sign in, or not there; never what it is.
  await page.context().clearCookies();
  for (const path of [own.followed, `/needs/${need}`, word, saved]) {
    const answer = await page.request.get(path, { maxRedirects: 0 });
    expect([303, 404], path).toContain(answer.status());
  }
});

test('links in letters: forged, of another kind, and used a second time', async ({ page, server }) => {
  await server.advance(8);
  const scene = await offered(page, server, { place: 0 });
  await page.context().clearCookies();
  const token = scene.consent.split('/').pop();
  // A good secret opens only what it was made for.
  for (const path of [`/answers/${token}`, `/mine/${token}`, `/outcomes/${token}`, `/vouch-invitations/${token}`, `/join/${token}`, `/sign-in/${token}`, `/first-admin/${token}`]) {
    expect([404, 410], path).toContain((await page.request.get(path, { maxRedirects: 0 })).status());
  }
  for (const forged of [token.slice(0, -1), `${token}0`, token.replace(/.$/, (c) => (c === '0' ? '1' : '0')), '%00', '..%2f..%2fetc']) {
    expect([400, 404], forged).toContain((await page.request.get(`/consents/${forged}`, { maxRedirects: 0 })).status());
  }
  const before = (await server.letters()).length;
  const press = () => page.request.post(`${scene.consent}/acceptance`, { form: {}, maxRedirects: 0 });
  const both = await Promise.all([press(), press()]);
  expect(both.map((a) => a.status())).toEqual([303, 303]);
  const sent = (await server.letters()).length - before;
  expect(sent, 'one letter to each of the two, however often it is pressed').toBe(2);
  // A no after the yes changes nothing.
  await page.request.post(`${scene.consent}/refusal`, { form: {}, maxRedirects: 0 });
  await page.goto(scene.consent);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You are introduced');
});

test('too long is said with its length and kept; hostile words stay words', async ({ page }) => {
  await become(page, 'Dana Whitlock');
  await page.goto('/people/wren-delgado/vouches/new');
  const box = page.getByLabel('In your own words');
  const long = 'Peonies. '.repeat(300).trim();
  await box.evaluate((e) => e.removeAttribute('maxlength'));
  await box.fill(long);
  await page.getByRole('button', { name: 'Put my name to it' }).click();
  await expect(page.getByRole('alert')).toContainText(`This is ${long.length} characters long`);
  await expect(box).toHaveValue(long);
  const hostile = `</textarea><script>document.title='broken'</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) {{7*7}} ‮ \u0000 \ud83c\udf38`;
  await box.fill(hostile.replace('\u0000', ''));
  await page.getByLabel('I hired them').check();
  await page.getByLabel('None', { exact: true }).check();
  await page.getByLabel(/^Probably/).check();
  await page.getByRole('button', { name: 'Put my name to it' }).click();
  await expect(page.locator('blockquote')).toContainText('{{7*7}}');
  await page.goto('/people/wren-delgado');
  expect(await page.title()).not.toBe('broken');
  await expect(page.locator('main script, main img[onerror], main a[href^=javascript]')).toHaveCount(0);
});
