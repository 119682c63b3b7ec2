// Keeping a network: a report, a decision with its appeal, settings; and a member who takes, pauses and erases what is theirs.
import { test, expect } from '../fixtures.js';
import { continueAs, linkIn, newestLetter, press } from '../people.js';

test('a report becomes a decision, an appeal and an answer @postgres', async ({ page, somebodyElse, server, accessible }) => {
  // Ana reports Gil from his page.
  const ana = await somebodyElse();
  await continueAs(ana, 'Ana', '/people/gil-santoro');
  await ana.getByRole('link', { name: 'Report' }).click();
  await ana.getByRole('button', { name: 'Report it' }).click();
  await expect(ana.getByRole('alert')).toContainText('Please say what is wrong');
  await ana.getByLabel('Unwanted letters or asks').check();
  await ana.getByLabel('What should a moderator know?').fill('He asked me four times in a week.');
  await ana.getByRole('button', { name: 'Report it' }).click();
  await expect(ana.getByRole('status')).toContainText('The moderators have it');

  // Dana keeps the network: reads it, suspends, closes it.
  await continueAs(page, 'Dana', '/admin');
  await accessible(page);
  await page.getByRole('link', { name: '1 report to look at' }).click();
  await expect(page.getByText('He asked me four times in a week.')).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'Open Gil Santoro' }).click();
  await accessible(page);
  await page.getByLabel('Suspend the account').check();
  await page.getByLabel('Why?').fill('Four asks in a week after a no. The limit is there so that answering stays a pleasure.');
  await page.getByLabel('For how many days').fill('14');
  await page.getByRole('button', { name: 'Decide, and tell them' }).click();
  await expect(page.getByRole('heading', { name: 'Suspension' })).toBeVisible();
  await page.goto('/people/gil-santoro');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not found');

  // Gil reads why, without signing in, and appeals.
  const gil = await somebodyElse();
  const letter = await newestLetter(server, { to: 'gil.santoro@example.org', subject: /suspended/ });
  await gil.goto(linkIn(letter, /appeals/));
  await expect(gil.getByText('Four asks in a week')).toBeVisible();
  await accessible(gil);
  await gil.getByLabel('What should they know?').fill('The fourth was a thank-you.');
  await gil.getByRole('button', { name: 'Appeal' }).click();
  await expect(gil.getByRole('status')).toContainText('with the moderators');

  // Nobody else keeps this network, so Dana answers, and lifts it.
  await page.goto('/admin/reports');
  await page.getByRole('link', { name: 'Gil Santoro', exact: true }).first().click();
  await page.getByLabel('Your answer').fill('You are right. I am sorry.');
  await press(page, page.getByRole('button', { name: 'Lift it', exact: true }));
  await page.goto('/people/gil-santoro');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Gil Santoro');
  await page.goto('/admin/audit');
  await expect(page.locator('b').filter({ hasText: 'Suspension lifted' }).first()).toBeVisible();
  await accessible(page);
});

test('the tab somebody is on is in view @plain', async ({ page }) => {
  for (const [path, name] of [['/admin', 'Overview'], ['/admin/settings', 'Settings'], ['/admin/audit', 'Audit log']]) {
    if (path === '/admin') await continueAs(page, 'Dana', path);
    else await page.goto(path);
    const tabs = page.getByRole('navigation', { name: 'Keeping the network' });
    await expect(tabs.getByRole('link', { name, exact: true })).toBeInViewport({ ratio: 0.95 });
  }
});

test('settings hold at once, and refusals keep what was typed', async ({ page, accessible }) => {
  await continueAs(page, 'Dana', '/admin/settings');
  await accessible(page);
  const founders = await page.getByLabel('Founding members').inputValue();
  await page.getByLabel('Who runs it').fill('The Harbour Circle');
  await page.getByLabel('Founding members').fill('nobody-here');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toContainText('no member with the page /people/nobody-here');
  await expect(page.getByLabel('Who runs it')).toHaveValue('The Harbour Circle');
  await page.getByLabel('Founding members').fill('ana-quiroga\ncarla-mendes');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('status')).toContainText('holds at once');
  await page.goto('/about');
  await expect(page.getByRole('contentinfo')).toContainText('run by The Harbour Circle');
  // Other stories start from the demo's own founding members.
  await page.goto('/admin/settings');
  await expect(page.getByLabel('Founding members')).toHaveValue('ana-quiroga\ncarla-mendes');
  await page.getByLabel('Founding members').fill(founders);
  await page.getByRole('button', { name: 'Save' }).click();
  for (const path of ['/admin/people', '/admin/invitations', '/admin/jobs', '/admin/storage', '/privacy']) {
    await page.goto(path);
    await accessible(page);
  }
});

test('a member takes their data, pauses, comes back, and leaves with a way back @desktop @plain', async ({ page, server, accessible }) => {
  await continueAs(page, 'Noor', '/my-data');
  await accessible(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download my data' }).click()]);
  expect(download.suggestedFilename()).toBe('my-data.zip');

  await page.goto('/my-data');
  await page.getByRole('button', { name: 'Pause my account' }).click();
  await expect(page.getByRole('status')).toContainText('paused');
  await page.goto(linkIn(await newestLetter(server, { to: 'noor.haddad@example.org', subject: /paused/ }), /returns/));
  await page.getByRole('button', { name: 'Come back' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /Noor/ })).toBeVisible();

  await page.goto('/my-data/erasure');
  await accessible(page);
  await page.getByRole('button', { name: 'Erase me' }).click();
  await expect(page.getByRole('status')).toContainText('erased in seven days');
  const undo = linkIn(await newestLetter(server, { to: 'noor.haddad@example.org', subject: /erased/ }), /erasures/);
  await server.advance(6);
  await page.goto(undo);
  await page.getByRole('button', { name: 'Yes, keep everything' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'My data' })).toBeVisible();
});

test('somebody without an account asks what is held, and hears the same whether known or not', async ({ page, server, accessible }) => {
  await page.goto('/privacy/my-data');
  await accessible(page);
  for (const address of ['nobody.here@example.org', 'chip.hanrahan@example.org']) {
    await page.goto('/privacy/my-data');
    await page.getByLabel('Your e-mail address').fill(address);
    await page.getByRole('button', { name: 'Send me the link' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Look in your mailbox');
  }
  await page.goto(linkIn(await newestLetter(server, { to: 'chip.hanrahan@example.org', subject: /holds about you/ }), /my-data/));
  await expect(page.getByText('We know you as Chip Hanrahan')).toBeVisible();
  await accessible(page);
});
