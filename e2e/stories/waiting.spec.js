// What time does by itself: a reminder on day 3, another voice after 5, the end on day 7, and the window after 14.
import { test, expect } from '../fixtures.js';
import { linkIn, newestLetter, press } from '../people.js';
import { asked, done } from '../scenes.js';

// Nobody is asked more than three times a week: each file of stories begins another.
test.beforeAll(({ server }) => server.advance(8));

test('an unanswered request is reminded once, another voice is named, and it closes like a no @plain @postgres', async ({ page, server, somebodyElse }) => {
  const scene = await asked(page, server, { place: 0 });
  const request = await newestLetter(server, { subject: /asks you about/ });
  await page.goto(scene.followed);
  await expect(page.getByText(/Without an answer we remind them on/)).toBeVisible();
  const lettersTo = async (address) => (await server.letters()).filter((l) => l.to === address && l.at >= request.at).map((l) => l.subject);
  await server.advance(3);
  const reminded = await lettersTo(request.to);
  expect(reminded.length).toBe(2);
  expect((await newestLetter(server, { to: request.to })).plain).toContain('This is the one reminder');
  await server.advance(2);
  const next = await newestLetter(server, { to: 'dana.whitlock@example.org', subject: /could be asked too/ });
  await page.goto(new URL(linkIn(next, /referrals\/new/)).href.replace(/^https?:\/\/[^/]+/, ''));
  await expect(page.getByRole('heading', { name: 'Exactly what will be sent' })).toBeVisible();
  await server.advance(2);
  expect((await lettersTo(request.to)).length, 'no second reminder').toBe(2);
  await page.goto(scene.followed);
  await expect(page.getByText('cannot help with this one').first()).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Ask somebody else' })).toBeVisible();
  // Who comes too late reads what became of it.
  const late = await somebodyElse();
  await late.goto(scene.answer);
  await expect(late.getByRole('heading', { level: 1 })).toHaveText('This one is closed');
});

test('answers open after fourteen days though one kept silent @plain @postgres', async ({ page, server }) => {
  const scene = await done(page, server, { place: 4 });
  await page.goto(`${scene.followed}/outcome`);
  await page.getByRole('group', { name: /right person for you/ }).getByLabel('No', { exact: true }).check();
  await press(page, page.getByRole('button', { name: 'Seal my answer' }));
  await server.advance(15);
  await page.reload();
  await expect(page.getByText(/Open since/)).toBeVisible();
  await expect(page.getByText(/No answer from .*Silence counts for nobody/)).toBeVisible();
});
