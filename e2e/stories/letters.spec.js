// Letters over a real relay: TLS and a password, a relay that is busy, an address that is none, one press that ends them.
import { execFileSync } from 'node:child_process';
import { expect, test } from '@playwright/test';
import { complaints } from '../axe.js';
import { newPostgresDatabase, Server } from '../server.js';
import { certificate, read, Relay } from '../smtp.js';

test('letters leave by TLS, are tried again, come back, and end by one press', async ({ page }) => {
  const database = newPostgresDatabase();
  const relay = await Relay.start({ user: 'letters', password: 'p@ss word' });
  const smtp = `smtp://letters:p%40ss%20word@localhost:${relay.port}?tls=required&auth=plain&timeout=10&ca=${certificate}`;
  const server = await Server.start({
    database,
    command: 'serve',
    options: ['--smtp', smtp, '--mail-from', 'Goodword <goodword@example.org>', '--mail-bounces', 'bounces@example.org'],
  });
  const sql = (text) => execFileSync('psql', ['-X', '-q', '-t', '-A', '-v', 'ON_ERROR_STOP=1', '-c', text, database], { encoding: 'utf8' }).trim();
  try {
    const begin = server.output.map((line) => /https?:\/\/\S+\/first-admin\/\S+/.exec(line)?.[0]).find(Boolean);
    await page.goto(begin);
    await page.locator('#name').fill('Olga Admin');
    await page.locator('#email').fill('olga@example.org');
    await page.locator('#network').fill('Venice Exchange');
    await page.locator('#operator').fill('Olga Admin');
    await page.getByRole('button', { name: 'Begin' }).click();

    const invite = async (name) => {
      await page.goto(`${server.url}/invitations/new`);
      await page.getByLabel('Their name').fill(name);
      await page.getByLabel('Their e-mail address').fill(`${name.toLowerCase()}@example.org`);
      await page.getByRole('button', { name: 'Send the invitation' }).click();
      await expect(page.getByText('One letter is on its way')).toBeVisible();
    };

    // The relay is busy: the letter waits, and leaves at the next try.
    relay.refusals.set('sam@example.org', [451]);
    const busy = relay.next((event) => event.refused === 'sam@example.org');
    await invite('Sam');
    expect((await busy).code).toBe(451);
    const taken = relay.next((event) => event.to === 'sam@example.org');
    await expect.poll(() => sql("SELECT count(*) FROM jobs WHERE failure IS NOT NULL AND done_at IS NULL AND kind = 'letter'")).toBe('1');
    sql("UPDATE jobs SET due_at = 0 WHERE failure IS NOT NULL AND kind = 'letter'");
    const letter = await taken;
    expect([letter.secure, letter.user]).toEqual([true, 'letters']);

    const { headers, parts } = read(letter.raw);
    const id = /^<(\w{26})@127\.0\.0\.1>$/.exec(headers['message-id'])[1];
    expect(letter.from).toBe(`bounces+${id}@example.org`);
    expect(headers.from).toContain('<goodword@example.org>');
    expect(headers.subject).toBe('Olga Admin invites you to Venice Exchange');
    expect(headers['auto-submitted']).toBe('auto-generated');
    expect(headers['list-id']).toBe('Venice Exchange <invitations.127.0.0.1>');
    expect(headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');
    const ends = /^<(.+)>$/.exec(headers['list-unsubscribe'])[1];
    expect(parts['text/plain']).toContain('Have a look and join:');
    expect(parts['text/plain']).toContain('You get this because somebody you know typed your address');

    // As a mail program shows it, in both colours, on a phone.
    await page.setViewportSize({ width: 390, height: 844 });
    for (const colorScheme of ['light', 'dark']) {
      await page.goto('about:blank');
      await page.emulateMedia({ colorScheme });
      await page.setContent(parts['text/html']);
      // A letter is no page of a site: landmarks are not its affair.
      expect((await complaints(page)).filter((line) => !/^(landmark-one-main|region)/.test(line))).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      await page.screenshot({ path: test.info().outputPath(`letter-${colorScheme}.png`), fullPage: true });
    }
    await expect(page.getByRole('link', { name: 'Have a look and join' })).toBeVisible();

    // The mail program's own button, from its own site; a scanner's look before it changed nothing.
    expect((await fetch(ends)).status).toBe(200);
    expect(sql("SELECT count(*) FROM letter_choices WHERE pace = 'never'")).toBe('0');
    const pressed = await fetch(ends, {
      method: 'POST',
      body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
      headers: { origin: 'https://mail.example' },
    });
    expect(pressed.status).toBe(200);
    expect(sql("SELECT topic FROM letter_choices WHERE pace = 'never'")).toBe('invitations');

    // Nobody there: not tried again, and the admin hears of it.
    relay.refusals.set('nobody@example.org', [550]);
    const refused = relay.next((event) => event.refused === 'nobody@example.org');
    await invite('Nobody');
    await refused;
    await expect.poll(() => sql('SELECT count(*) FROM bounces')).toBe('1');
    expect(sql("SELECT count(*) FROM jobs WHERE kind = 'letter' AND done_at IS NULL")).toBe('0');
    await page.goto(`${server.url}/notices`);
    await expect(page.getByText(/A letter to somebody without an account came back: .*550/)).toBeVisible();

    // Taken by the relay, returned a day later: the mail server hands the report to a pipe.
    const report = [
      'Return-Path: <>', `Delivered-To: bounces+${id}@example.org`, 'Content-Type: multipart/report; report-type=delivery-status; boundary=b', '',
      '--b', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.example', '', 'Final-Recipient: rfc822; sam@example.org',
      'Action: failed', 'Status: 5.1.1', 'Diagnostic-Code: smtp; 550 5.1.1 User unknown', '', '--b--', '',
    ].join('\r\n');
    expect(Server.run(['bounce', '--database', database], report)).toBe('noted\n');
    expect(Server.run(['bounce', '--database', database], report.replaceAll(id, '0'.repeat(26)))).toMatch(/not about a letter of ours/);
    expect(sql('SELECT count(*) FROM bounces')).toBe('2');
  } finally {
    await server.stop();
    await relay.stop();
  }
});
