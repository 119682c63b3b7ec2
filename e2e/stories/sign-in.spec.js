// Signing in by letter, and out again.
import { test, expect } from '../fixtures.js';
import { linkIn, newestLetter, press } from '../people.js';

const dana = 'dana.whitlock@example.org';

test('a member signs in with the link from the letter, once, and out again @desktop @plain @postgres', async ({ page, server }) => {
  await page.goto('/needs/new');
  await page.getByRole('link', { name: 'Sign in' }).first().click();
  await page.getByLabel('E-mail address').fill(dana);
  await page.getByRole('button', { name: 'Send me the link' }).click();
  await expect(page.getByRole('heading', { name: 'Look in your mailbox' })).toBeVisible();

  const link = linkIn(await newestLetter(server, { to: dana }), /sign-in/);
  await page.goto(link);
  // Opening it signs nobody in: mail scanners open links too.
  await page.goto('/');
  await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in as Dana' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /Dana/ })).toBeVisible();

  const second = await page.goto(link);
  expect(second.status(), 'the link works once').toBeGreaterThanOrEqual(400);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();

  await page.goto('/');
  await page.locator('header summary').first().click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
});

test('a link that waited too long says so', async ({ page, server }) => {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill('ana.quiroga@example.org');
  await press(page, page.getByRole('button', { name: 'Send me the link' }));
  await server.advance(1);
  const answer = await page.goto(linkIn(await newestLetter(server, { to: 'ana.quiroga@example.org' }), /sign-in/));
  expect(answer.status()).toBeGreaterThanOrEqual(400);
  await expect(page.getByRole('button', { name: /^Sign in as/ })).toHaveCount(0);
});
