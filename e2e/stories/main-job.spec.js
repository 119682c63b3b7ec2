// The main job, end to end: ask, be recommended somebody with reasons, be introduced, follow it, say what came of it.
import { test, expect } from '../fixtures.js';
import { continueAs, linkIn, newestLetter } from '../people.js';

// Nobody is asked more than three times a week: each file of stories begins another.
test.beforeAll(({ server }) => server.advance(8));

const florist = 'A florist for a small June wedding in Santa Monica, about $3,000';

/** Asks as Dana and sends the request for an introduction; returns who is asked about whom, and where it is followed. */
async function askForIntroduction(page, { accessible, place = 0 }) {
  await continueAs(page, 'Dana');
  await page.getByLabel('Who do you need?').fill(florist);
  await page.getByRole('button', { name: 'Find people' }).click();
  const result = page.locator('.result').filter({ has: page.getByRole('button', { name: /^Ask .* for an introduction$/ }) }).nth(place);
  await expect(result.getByRole('list', { name: /^How you come to/ })).toContainText('You');
  const professional = (await result.getByRole('heading', { level: 2 }).getByRole('link').textContent()).trim();
  await accessible(page);
  await result.getByRole('button', { name: /^Ask .* for an introduction$/ }).click();

  await expect(page.getByRole('heading', { name: 'Exactly what will be sent' })).toBeVisible();
  const referrer = (await page.locator('.letter dd').first().textContent()).trim();
  await page.getByLabel(/^A line to/).fill('It is for my sister, who likes a garden look.');
  await page.getByLabel(/^The budget/).check();
  await accessible(page);
  await page.getByRole('button', { name: /^Send this to/ }).click();
  await expect(page).toHaveURL(/\/referrals\/\w+$/);
  await accessible(page);
  return { professional, referrer, followed: page.url() };
}

test('ask, answer, agree, be introduced, follow it @desktop @plain @postgres', async ({ page, server, somebodyElse, accessible }) => {
  const before = (await server.letters()).length;
  const { professional, referrer, followed } = await askForIntroduction(page, { accessible });
  const first = professional.split(' ')[0];

  // Only the one who is asked first has heard anything.
  const sent = async () => (await server.letters()).slice(0, (await server.letters()).length - before);
  expect((await sent()).map((letter) => letter.name)).toEqual([referrer]);

  // The referrer answers from the letter, without signing in: one sentence and one press.
  const asked = await newestLetter(server, { subject: /asks you about a florist. A no is fine./ });
  const referrersPage = await somebodyElse();
  await referrersPage.goto(linkIn(asked, /\/answers\//));
  await expect(referrersPage.getByText('It is for my sister')).toBeVisible();
  await accessible(referrersPage);
  await referrersPage.getByLabel(/^One sentence: why/).fill('She grows half of what she uses, and listens.');
  await referrersPage.getByRole('button', { name: `Put my name to ${first}` }).click();
  await expect(referrersPage.getByRole('heading', { level: 1 })).toHaveText(`You put your name to ${first}`);

  // The professional reads need, referrer and words, not the client's name.
  const put = await newestLetter(server, { subject: /put their name to you for a client/ });
  expect(put.name).toBe(professional);
  expect(put.plain).not.toContain('Dana');
  const professionalsPage = await somebodyElse();
  await professionalsPage.goto(linkIn(put, /\/consents\//));
  await expect(professionalsPage.getByText('She grows half of what she uses')).toBeVisible();
  await expect(professionalsPage.locator('main')).not.toContainText('Dana');
  await expect(professionalsPage.locator('main')).not.toContainText('It is for my sister');
  await accessible(professionalsPage);
  expect((await sent()).filter((letter) => letter.attachment), 'no details before both have said yes').toEqual([]);
  await professionalsPage.getByRole('button', { name: 'Yes, I would like to' }).click();
  await expect(professionalsPage.getByRole('heading', { level: 1 })).toHaveText('You are introduced');

  // Now the details go out, to both.
  const cards = (await sent()).filter((letter) => letter.attachment);
  const cardTo = (name) => cards.find((letter) => letter.name === name)?.attachment ?? '';
  expect(cardTo('Dana Whitlock')).toMatch(/^BEGIN:VCARD/);
  expect(cardTo('Dana Whitlock')).toContain(`FN:${professional}`);
  expect(cardTo(professional)).toContain('FN:Dana Whitlock');

  // The client moves it on, and can take a step back.
  await page.goto(followed);
  await expect(page.getByRole('listitem').filter({ hasText: 'Introduced' }).first()).toBeVisible();
  await expect(page.getByText('She grows half of what she uses').first()).toBeVisible();
  await page.getByRole('button', { name: 'In contact' }).click();
  await expect(page.locator('[aria-current=step]')).toHaveText('In contact');
  await page.getByRole('button', { name: /^Undo my last step/ }).click();
  await expect(page.locator('[aria-current=step]')).toHaveText('Introduced');
  await page.getByText('Anything else').click();
  await page.getByLabel('Move to').selectOption({ label: 'Won' });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('[aria-current=step]')).toHaveText('Won');
  await accessible(page);

  await page.getByText('Anything else').click();
  await page.getByLabel('Move to').selectOption({ label: 'Done' });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('[aria-current=step]')).toHaveText('Done');
});

test('a referrer who cannot help hurts nobody @plain @postgres', async ({ page, server, somebodyElse, accessible }) => {
  const { professional, referrer, followed } = await askForIntroduction(page, { accessible, place: 1 });
  const asked = await newestLetter(server, { subject: /asks you about a florist/ });
  expect(asked.name).toBe(referrer);
  const referrersPage = await somebodyElse();
  await referrersPage.goto(linkIn(asked, /\/answers\//));
  await referrersPage.getByText('Say why, or whom to ask instead').click();
  await referrersPage.getByLabel('I have no basis to judge').check();
  await referrersPage.getByRole('button', { name: 'Not this time' }).click();
  await expect(referrersPage.getByRole('heading', { level: 1 })).toHaveText('This one is closed');

  await page.goto(followed);
  await expect(page.getByText('cannot help with this one').first()).toBeVisible();
  await expect(page.locator('main')).not.toContainText('no basis');
  await accessible(page);
  expect((await server.letters()).filter((letter) => letter.name === professional && /put their name/.test(letter.subject) && letter.at > asked.at)).toEqual([]);
});
