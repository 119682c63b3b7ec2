// The first five minutes: of a visitor, a referrer, a client without an account, a professional, a new member who knows nobody here.
import { test, expect } from '../fixtures.js';
import { become, linkIn, newestLetter, press } from '../people.js';
import { asked, florist, offered } from '../scenes.js';

// Nobody is asked more than three times a week: each file of stories begins another.
test.beforeAll(({ server }) => server.advance(8));

test('a visitor: what this is, who runs it, what is public, one example answer @desktop @plain', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Find the one/);
  await expect(page.getByRole('heading', { name: 'Who runs this' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'What is public' })).toBeVisible();
  await expect(page.getByRole('heading', { name: /^One answer/ })).toBeVisible();
  await expect(page.locator('.result').first()).toBeVisible();

  await page.getByRole('link', { name: 'Who sees what' }).first().click();
  await expect(page.getByRole('table').first()).toBeVisible();
  for (const part of ['For what', 'How long', 'What you can do', 'Cookies']) await expect(page.getByRole('heading', { name: part })).toBeVisible();
  await page.getByRole('link', { name: 'About', exact: true }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('#founders')).toBeVisible();
  await expect(page.getByText(/runs this network/).first()).toBeVisible();
});

test('a referrer from a mail: who asks and a no is fine, who reads each line, what happens next @plain', async ({ page, server }) => {
  const scene = await asked(page, server, { place: 0 });
  const letter = await newestLetter(server, { subject: /asks you about/ });
  expect(letter.subject).toBe('Dana asks you about a florist. A no is fine.');
  await page.context().clearCookies();
  await page.goto(scene.answer);
  // Said before it is typed: who reads it, and that nobody does after a no.
  await expect(page.getByText('Read by the client and by the professional you name, beside your name; by nobody if you say no.')).toBeVisible();
  await expect(page.getByText(/Next we ask .* You hear what came of it/)).toBeVisible();
  // With a vouch on file there is one field to fill.
  await expect(page.getByRole('heading', { name: 'From your vouch' })).toBeVisible();
  await expect(page.locator('main').locator('textarea:visible, input:visible:not([type=checkbox])')).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Not this time' })).toBeVisible();
});

test('a client without an account: how we got the address, what is shared with whom, one page to come back to @plain', async ({ page, server }) => {
  const rosa = { name: 'Rosa Delgado', email: 'rosa.first@example.net' };
  const scene = await offered(page, server, { place: 1, client: rosa });
  const letter = await newestLetter(server, { to: rosa.email });
  expect(letter.plain).toContain('Dana Whitlock asked us to write to you, once');
  expect(letter.plain).toContain('gave us your address for this and nothing else');
  await page.context().clearCookies();
  await page.goto(scene.consent);
  await expect(page.getByText('Dana Whitlock asked us to write to you, once.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'After your yes' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Did we understand you?' })).toBeVisible();
  await page.goto(scene.mine);
  for (const deed of ['Stop letters about this', 'Erase everything about me']) await expect(page.getByRole('button', { name: deed })).toBeVisible();
  await page.getByText('Correct what we understood').click();
  await page.getByLabel('What you need').fill('A florist for twelve guests, in May');
  await page.getByRole('button', { name: 'Save the correction' }).click();
  await expect(page.locator('.quote', { hasText: 'twelve guests, in May' })).toBeVisible();
  await page.locator('summary', { hasText: 'Call it off' }).click();
  await page.getByRole('button', { name: 'Call it off' }).click();
  await expect(page.getByText('Called off. The others read “this did not go ahead”.')).toBeVisible();
  expect((await server.letters()).filter((l) => l.to === rosa.email), 'the address went with it').toEqual([]);
});

test('a professional: what was said and by whom, the need, and a no that is as easy as the yes @plain', async ({ page, server }) => {
  const scene = await offered(page, server, { place: 2 });
  await page.context().clearCookies();
  await page.goto(scene.consent);
  await expect(page.getByRole('heading', { name: 'What was said of you' })).toBeVisible();
  await expect(page.getByText('She grows half of what she uses')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'What they need' })).toBeVisible();
  await expect(page.locator('main')).not.toContainText('Dana');
  for (const answer of ['Yes, I would like to', 'Not now', 'Not my kind of work']) await expect(page.getByRole('button', { name: answer })).toBeVisible();
  await page.getByRole('button', { name: 'Not my kind of work' }).click();
  await expect(page.getByText('They read “this did not go ahead”, and nothing else')).toBeVisible();
  await become(page, 'Dana Whitlock');
  await page.goto(scene.followed);
  await expect(page.locator('main')).toContainText('This did not go ahead');
  await expect(page.locator('main')).not.toContainText('kind of work');
});

test('a visitor reads an answer: how it was understood, and who stands behind whom @desktop @plain @postgres', async ({ page }) => {
  await page.goto('/');
  await page.getByLabel('Who do you need?').fill(florist);
  await page.getByRole('button', { name: 'See an answer' }).click();
  const read = page.getByRole('region', { name: 'How we read it' });
  await expect(read).toContainText('Florist');
  await expect(read).toContainText('Santa Monica');
  await expect(read).toContainText('June');
  await expect(read).toContainText('$3,000');
  await expect(page.getByText('this answer starts from the founding members')).toBeVisible();

  const results = page.locator('.result');
  const count = await results.count();
  expect(count).toBeGreaterThanOrEqual(2);
  expect(count).toBeLessThanOrEqual(5);
  const first = results.first();
  for (const what of ['Basis', 'Standing', 'Ties']) await expect(first.getByText(what, { exact: true }).first()).toBeVisible();
  await expect(first.getByText('Not known')).toBeVisible();
  await expect(first.getByRole('link', { name: 'Sign in to ask for an introduction' })).toBeVisible();

  // Corrected, it is read as corrected.
  await read.getByText('Something wrong? Correct it').click();
  await read.getByLabel('Where').fill('Culver City');
  await read.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByRole('region', { name: 'How we read it' })).toContainText('Culver City');
});

test('a newcomer joins, says whom they trust, and gets an answer of their own @desktop @plain @postgres', async ({ page, server }, info) => {
  const address = `nia.${info.project.name}@example.org`;
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill(address);
  await press(page, page.getByRole('button', { name: 'Send me the link' }));
  await page.goto(linkIn(await newestLetter(server, { to: address }), /join/));
  await page.getByLabel('Your name').fill('Nia Newcomer');
  await page.getByRole('button', { name: 'Join' }).click();

  // Whom they trust comes first; one word for one person's work; then an answer of their own.
  await expect(page).toHaveURL(/\/trust$/);
  for (const name of ['Ines Carvalho', 'Ana Quiroga', 'Leona Banks']) {
    await page.getByLabel('Find somebody').fill(name);
    await page.getByRole('button', { name: 'Find', exact: true }).click();
    await page.getByRole('button', { name: new RegExp(`^I rely on them.*${name}`) }).click();
    await expect(page.getByRole('button', { name: new RegExp(`Take off.*${name}`) })).toBeVisible();
  }
  await page.goto('/');
  await expect(page.getByText('1 of 4')).toBeVisible();
  await page.getByRole('link', { name: 'Vouch for one person’s work' }).click();
  await page.getByLabel('Name, trade or kind of work').fill('Leona Banks');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('link', { name: 'Leona Banks' }).click();
  await page.getByRole('link', { name: 'Vouch for Leona' }).click();
  await page.getByLabel('I hired them').check();
  await page.getByLabel('In your own words').fill('Forty-four plates and not one of them late.');
  await page.getByLabel('None', { exact: true }).check();
  await page.getByLabel('Very probably').check();
  await page.getByRole('button', { name: 'Put my name to it' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your word for Leona Banks');

  await page.goto('/');
  await expect(page.getByText('2 of 4')).toBeVisible();
  await page.getByLabel('Who do you need?').fill(florist);
  await page.getByRole('button', { name: 'Find people' }).click();
  await expect(page.getByText('founding members', { exact: false }).and(page.locator('.callout'))).toHaveCount(0);
  const path = page.locator('.result').first().getByRole('list', { name: /^How you come to/ });
  await expect(path).toContainText('You');
  await expect(path).toContainText(/Ines Carvalho|Ana Quiroga|Leona Banks/);
});
