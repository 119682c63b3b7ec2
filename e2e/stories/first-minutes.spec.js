// The first five minutes of a visitor, and of a new member who knows nobody here.
import { test, expect } from '../fixtures.js';
import { linkIn, newestLetter } from '../people.js';

const florist = 'A florist for a small June wedding in Santa Monica, about $3,000';

test('a visitor: what this is, who runs it, what is public, one example answer @desktop @plain', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Find the one/);
  await expect(page.getByRole('heading', { name: 'Who runs this' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'What is public' })).toBeVisible();
  await expect(page.getByRole('heading', { name: /^One answer/ })).toBeVisible();
  await expect(page.locator('.result').first()).toBeVisible();

  await page.getByRole('link', { name: 'Who sees what' }).first().click();
  await expect(page.getByRole('table').first()).toBeVisible();
  await expect(page.getByText(/eras/i).first()).toBeVisible();
  await page.getByRole('link', { name: 'About', exact: true }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('#founders')).toBeVisible();
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

test('a newcomer joins, says whom they trust, and gets an answer of their own @desktop @plain @postgres', async ({ page, server, accessible }, info) => {
  const address = `nia.${info.project.name}@example.org`;
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill(address);
  await page.getByRole('button', { name: 'Send me the link' }).click();
  await page.goto(linkIn(await newestLetter(server, { to: address }), /join/));
  await page.getByLabel('Your name').fill('Nia Newcomer');
  await page.getByRole('button', { name: 'Join' }).click();

  await page.goto('/trust');
  for (const name of ['Ines Carvalho', 'Ana Quiroga', 'Leona Banks']) {
    await page.getByLabel('Find somebody').fill(name);
    await page.getByRole('button', { name: 'Find', exact: true }).click();
    await page.getByRole('button', { name: new RegExp(`^I rely on them.*${name}`) }).click();
    await expect(page.getByRole('button', { name: new RegExp(`Take off.*${name}`) })).toBeVisible();
  }
  await accessible(page);

  await page.goto('/');
  await page.getByLabel('Who do you need?').fill(florist);
  await page.getByRole('button', { name: 'Find people' }).click();
  await expect(page.getByText('founding members', { exact: false }).and(page.locator('.callout'))).toHaveCount(0);
  const path = page.locator('.result').first().getByRole('list', { name: /^How you come to/ });
  await expect(path).toContainText('You');
  await expect(path).toContainText(/Ines Carvalho|Ana Quiroga|Leona Banks/);
});
