// Joining a conversation with an account one has elsewhere, and by a letter over a real relay.
import { execFileSync } from 'node:child_process';
import { test as base, expect } from '../fixtures.js';
import { Op } from '../provider.js';
import { become, press } from '../people.js';
import { newPostgresDatabase, Server } from '../server.js';
import { certificate, read, Relay } from '../smtp.js';
import { begin, comment, post } from '../talk.js';

const test = base.extend({
  op: [
    async ({}, use) => {
      const op = await Op.start();
      await use(op);
      await op.stop();
    },
    { scope: 'worker' },
  ],
  // A demo of their own, which knows that provider.
  server: [
    async ({ op }, use) => {
      const server = await Server.start({ options: ['--allow-private-outbound', '--providers', op.configuration] });
      op.serve(`${server.url}/sign-in/with/club/return`);
      server.friends.push(op.url, server.url.replace('127.0.0.1', 'localhost'));
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
});

test('from the form to an account elsewhere and back: the form says who writes, with log out and change @plain', async ({ page, server, op, somebodyElse, accessible }) => {
  op.people = { vera: { name: 'Vera Visitor', email: 'vera@example.net', email_verified: true } };
  const hugo = await somebodyElse();
  await become(hugo, 'Hugo Lindqvist');
  const path = await begin(hugo, 'Is a van worth it?');
  await page.goto(path);
  await page.getByRole('button', { name: 'Continue with Club' }).click();
  await page.getByRole('button', { name: 'Sign in as vera' }).click();
  await accessible(page);
  await page.getByRole('button', { name: /as a guest/ }).click();
  await expect(page).toHaveURL(new RegExp(`${path}#respond$`));
  await expect(page.locator('.as')).toContainText('Writing as Vera Visitor');
  await expect(page.getByLabel('E-mail address')).toHaveCount(0);
  await accessible(page);
  await page.getByLabel('Your words').fill('Only if you also sleep in it.');
  await post(page, server);
  // The provider has checked the address; only the first look by a moderator is left.
  await expect(page.getByText('Awaiting approval by a moderator')).toBeVisible();
  const gil = await somebodyElse();
  await become(gil, 'Gil Santoro');
  await gil.goto('/moderation');
  await press(gil, gil.locator('.queue > li').filter({ hasText: 'sleep in it' }).getByRole('button', { name: /^Approve/ }));
  await page.reload();
  await comment(page, 'sleep in it').getByRole('link', { name: /^Edit/ }).click();
  await page.getByLabel('Your words').fill('Only if you also sleep in it now and then.');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(comment(page, 'now and then')).toContainText('Vera Visitor');

  await page.locator('.as').getByRole('link', { name: 'change' }).click();
  await expect(page.getByRole('button', { name: 'Continue with Club' })).toBeVisible();
  await page.goto(path);
  await page.locator('.as').getByRole('button', { name: 'Log out' }).click();
  await expect(page, 'back where they were').toHaveURL(new RegExp(path));
  await expect(page.getByLabel('E-mail address')).toBeVisible();
  await expect(comment(page, 'now and then').getByRole('button', { name: 'Delete' })).toHaveCount(0);
});

test('a guest’s letter, a moderator’s and a subscriber’s leave by the relay, and end by one press', async ({ page, somebodyElse, browser }) => {
  const database = newPostgresDatabase();
  const relay = await Relay.start({ user: 'letters', password: 'secret' });
  const smtp = `smtp://letters:secret@localhost:${relay.port}?tls=required&auth=plain&timeout=10&ca=${certificate}`;
  const server = await Server.start({ database, command: 'serve', options: ['--smtp', smtp, '--mail-from', 'Goodword <goodword@example.org>'] });
  const sql = (text) => execFileSync('psql', ['-X', '-q', '-t', '-A', '-v', 'ON_ERROR_STOP=1', '-c', text, database], { encoding: 'utf8' }).trim();
  const admin = await browser.newPage();
  const guest = await browser.newPage();
  const linkOf = (letter, pattern) => read(letter.raw).parts['text/plain'].match(/https?:\/\/\S+/g).find((l) => pattern.test(l));
  try {
    await admin.goto(server.output.map((line) => /https?:\/\/\S+\/first-admin\/\S+/.exec(line)?.[0]).find(Boolean));
    await admin.locator('#name').fill('Olga Admin');
    await admin.locator('#email').fill('olga@example.org');
    await admin.locator('#network').fill('Venice Exchange');
    await admin.locator('#operator').fill('Olga Admin');
    await press(admin, admin.getByRole('button', { name: 'Begin' }));
    await admin.goto(`${server.url}/admin/settings`);
    await admin.getByLabel(/^Public people and voices/).check();
    await press(admin, admin.getByRole('button', { name: 'Save' }));
    await admin.goto(`${server.url}/conversations/new`);
    await admin.getByLabel('Title').fill('Does anybody read letters?');
    await admin.getByLabel('Your words').fill('Paper ones.');
    await admin.getByLabel(/^Anybody/).check();
    await admin.getByRole('button', { name: 'Publish' }).click();
    const path = admin.url();

    await guest.goto(path);
    await guest.getByLabel('Your words').fill('Every morning.');
    await guest.getByLabel('Name', { exact: true }).fill('Grace Hall');
    await guest.getByLabel('E-mail address').fill('grace@example.net');
    await guest.getByLabel('of answers to me').check();
    const asked = relay.next((event) => event.to === 'grace@example.net');
    await guest.getByRole('button', { name: 'Post', exact: true }).click();
    const waits = relay.next((event) => event.to === 'olga@example.org' && /waits/.test(event.raw ?? ''));
    await guest.goto(linkOf(await asked, /conversations\/guests/));
    await guest.getByRole('button', { name: 'Yes, it was me' }).click();
    const letter = await waits;
    expect(letter.raw).not.toContain('grace@example.net');
    await admin.goto(linkOf(letter, /answer=approved/));
    await admin.getByRole('button', { name: 'Approve it' }).click();

    // Answered, she is written to, and her mail program's own button ends it.
    await admin.goto(path);
    await admin.getByRole('link', { name: 'Reply to Grace Hall' }).click();
    await admin.getByLabel('Your words').fill('Aloud?');
    const answered = relay.next((event) => event.to === 'grace@example.net');
    await admin.getByRole('button', { name: 'Post', exact: true }).click();
    const { headers, parts } = read((await answered).raw);
    expect(headers.subject).toBe('Olga Admin answered you: Does anybody read letters?');
    expect(headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');
    expect(parts['text/plain']).toContain('Aloud?');
    const ends = /^<(.+)>$/.exec(headers['list-unsubscribe'])[1];
    expect((await fetch(ends)).status).toBe(200);
    expect(sql('SELECT count(*) FROM letter_mutes')).toBe('0');
    const pressed = await fetch(ends, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }), headers: { origin: 'https://mail.example' } });
    expect(pressed.status).toBe(200);
    await guest.goto(parts['text/plain'].match(/https?:\/\/\S+\/subscriptions\/\S+/)[0]);
    await expect(guest.getByRole('heading', { name: 'No more letters' })).toBeVisible();
    const letters = sql("SELECT count(*) FROM letters WHERE address = 'grace@example.net'");
    await admin.goto(path);
    await admin.getByRole('link', { name: 'Reply to Grace Hall' }).click();
    await admin.getByLabel('Your words').fill('To the cat?');
    await admin.getByRole('button', { name: 'Post', exact: true }).click();
    await expect.poll(() => sql("SELECT count(*) FROM jobs WHERE kind = 'comment-tell' AND done_at IS NULL")).toBe('0');
    expect(sql("SELECT count(*) FROM letters WHERE address = 'grace@example.net'")).toBe(letters);
  } finally {
    await admin.context().close();
    await guest.context().close();
    await server.stop();
    await relay.stop();
  }
});
