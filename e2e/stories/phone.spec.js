// On a phone: pages without a network, nothing left after signing out, and being told, encrypted, by a push service.
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { expect, test } from '@playwright/test';
import { complaints } from '../axe.js';
import { continueAs, newestLetter } from '../people.js';
import { Server } from '../server.js';

let server;
// The base address is asked for before any `beforeAll` runs, so the first who asks starts the server.
test.use({
  baseURL: async ({}, use) => {
    server ??= await Server.start({ options: ['--allow-private-outbound'] });
    await use(server.url);
  },
});
test.afterAll(() => server?.stop());

/** The browser's half of RFC 8291: a key pair, a secret, and reading what comes. */
function browser() {
  const keys = createECDH('prime256v1');
  const p256dh = keys.generateKeys();
  const auth = randomBytes(16);
  const derive = (secret, salt, info, length) => Buffer.from(hkdfSync('sha256', secret, salt, info, length));
  const open = (body) => {
    const salt = body.subarray(0, 16);
    const theirs = body.subarray(21, 21 + body[20]);
    const record = body.subarray(21 + body[20]);
    const shared = derive(keys.computeSecret(theirs), auth, Buffer.concat([Buffer.from('WebPush: info\0'), p256dh, theirs]), 32);
    const key = derive(shared, salt, 'Content-Encoding: aes128gcm\0', 16);
    const cipher = createDecipheriv('aes-128-gcm', key, derive(shared, salt, 'Content-Encoding: nonce\0', 12));
    cipher.setAuthTag(record.subarray(-16));
    const plain = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()]);
    return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString('utf8'));
  };
  return { p256dh: p256dh.toString('base64url'), auth: auth.toString('base64url'), open };
}

test('pages are read without a network, and nothing stays after signing out', async ({ page, context }) => {
  await continueAs(page, 'Dana');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => new Promise((done) => {
    if (navigator.serviceWorker.controller) done(); else navigator.serviceWorker.addEventListener('controllerchange', done);
  })));
  const worker = await page.evaluate(async () => (await navigator.serviceWorker.ready).active.scriptURL);
  expect(new URL(worker).pathname).toBe('/sw.js');
  const manifest = await (await page.request.get('/manifest.webmanifest')).json();
  expect(manifest.icons.map((icon) => `${icon.sizes} ${icon.purpose}`)).toEqual(['192x192 any', '512x512 any', '512x512 maskable']);

  await page.goto('/vouches');
  const kept = await page.getByRole('heading', { level: 1 }).textContent();
  await page.goto('/preferences/calendar');
  const paths = () => page.evaluate(async () => {
    const all = [];
    for (const name of await caches.keys()) if (name.startsWith('pages')) for (const request of await (await caches.open(name)).keys()) all.push(new URL(request.url).pathname);
    return all;
  });
  await expect.poll(paths).toContain('/vouches');
  expect(await paths()).not.toContain('/preferences/calendar');

  await context.setOffline(true);
  await page.goto('/vouches');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(kept);
  await expect(page.getByText('No network: this page is as it was')).toBeVisible();
  await page.goto('/people/nobody-was-here');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('No network just now');
  expect(await complaints(page)).toEqual([]);
  await context.setOffline(false);

  await page.goto('/');
  await page.locator('details.menu > summary').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('You are signed out.')).toBeVisible();
  await expect.poll(paths).not.toContain('/vouches');
});

test('a device is told, in words only it can read', async ({ page }) => {
  const told = [];
  const service = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      response.writeHead(201).end();
      told.push({ headers: request.headers, body: Buffer.concat(parts) });
    });
  });
  await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${service.address().port}/push/1`;

  // Dana asks somebody; that person's telephone is then told by the reminder.
  await continueAs(page, 'Dana');
  await page.getByLabel('Who do you need?').fill('A florist for a small June wedding in Santa Monica, about $3,000');
  await page.getByRole('button', { name: 'Find people' }).click();
  await page.getByRole('button', { name: /^Ask .* for an introduction$/ }).first().click();
  await page.getByRole('button', { name: /^Send this to/ }).click();
  const asked = await newestLetter(server, { subject: /asks you about a florist/ });
  const mine = browser();
  const form = { endpoint, p256dh: mine.p256dh, auth: mine.auth };
  const handle = asked.to.split('@')[0].replace(/\W+/g, '-');
  const signedIn = await page.request.post('/dev/sessions', { form: { handle } });
  expect(signedIn.ok()).toBe(true);

  await page.goto('/preferences/push');
  expect(await complaints(page)).toEqual([]);
  expect((await page.request.post('/preferences/push/devices', { form })).ok()).toBe(true);
  await page.reload();
  await expect(page.getByText('this one')).toBeVisible();

  await server.advance(3.01);
  await expect.poll(() => told.length).toBe(1);
  const message = mine.open(told[0].body);
  expect(message.body).toContain('Dana Whitlock asks you about');
  expect(message.url).toMatch(/^\/answers\//);
  expect(told[0].headers['content-encoding']).toBe('aes128gcm');
  expect(told[0].body.includes('Dana')).toBe(false);
  const [, token] = /^vapid t=([^,]+), k=(.+)$/.exec(told[0].headers.authorization);
  expect(token.split('.').length).toBe(3);
  service.close();
});
