// How a member gets in, and where: accounts elsewhere (a real OpenID Connect provider), codes, devices, passkeys, a new address.
import { test as base, expect } from '../fixtures.js';
import { continueAs, linkIn, newestLetter, press } from '../people.js';
import { Op } from '../provider.js';
import { newPostgresDatabase, Server } from '../server.js';

const dana = 'dana.whitlock@example.org';

const test = base.extend({
  op: [
    async ({}, use) => {
      const op = await Op.start();
      await use(op);
      await op.stop();
    },
    { scope: 'worker' },
  ],
  // A demo of their own, which knows that provider; its clock is not moved, because the provider's is not.
  server: [
    async ({ engine, op }, use) => {
      const database = engine === 'postgres' ? newPostgresDatabase() : undefined;
      const options = ['--allow-private-outbound', '--providers', op.configuration];
      const server = await Server.start({ database, options });
      op.serve(`${server.url}/sign-in/with/club/return`);
      server.friends.push(op.url, server.url.replace('127.0.0.1', 'localhost'));
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
});

/** Leaves for the provider from the sign-in page, and answers there. */
async function comeWith(page, answer, next = '/people') {
  await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByRole('button', { name: 'Continue with Club' }).click();
  await page.getByRole('button', { name: answer }).click();
}

test('a member comes with an account she has, sees it listed, and disconnects it @desktop @plain @postgres', async ({ page, server, op, accessible }) => {
  op.people = { dana: { name: 'Dana Whitlock', email: dana, email_verified: true } };
  await page.goto('/sign-in');
  await accessible(page);
  await comeWith(page, 'Sign in as dana');
  await expect(page).toHaveURL(/\/people$/);
  expect((await newestLetter(server, { to: dana, subject: /Club account/ })).plain).toContain(dana);

  await page.locator('header summary').first().click();
  await page.getByRole('link', { name: 'Account and sign-in' }).click();
  await expect(page.getByRole('region', { name: 'Accounts you sign in with' })).toContainText(dana);
  await accessible(page);
  await page.getByRole('button', { name: /^Disconnect/ }).click();
  // The provider remembers her, so it only sends her back.
  await page.getByRole('button', { name: 'Connect Club' }).click();
  await expect(page.getByText('Your Club account signs you in from now on.')).toBeVisible();
});

test('a no at the provider, an address it has not checked, and an answer seen twice are said plainly @plain', async ({ page, op, accessible }) => {
  op.people = { eve: { name: 'Eve', email: dana, email_verified: false } };
  await comeWith(page, 'Cancel');
  await expect(page.getByText('You said no at Club')).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'Other ways to sign in' }).click();
  await expect(page).toHaveURL('/sign-in?next=/people');

  let answer;
  page.on('request', (request) => {
    if (/\/return\?/.test(request.url())) answer = request.url();
  });
  await comeWith(page, 'Sign in as eve');
  await expect(page.getByText('Club does not say that your address is checked')).toBeVisible();
  await accessible(page);
  expect((await page.goto(answer)).status()).toBe(410);
  await expect(page.getByRole('heading', { name: 'Please begin again' })).toBeVisible();
});

test('a newcomer joins with an account, and the provider’s being down is no dead end', async ({ page, op, accessible }) => {
  op.people = { nia: { name: 'Nia Newcomer', email: 'nia@example.net', email_verified: true } };
  await comeWith(page, 'Sign in as nia', '/');
  await expect(page.getByRole('heading', { name: 'You are new here' })).toBeVisible();
  await expect(page.getByLabel('Your name')).toHaveValue('Nia Newcomer');
  await accessible(page);
  await page.getByRole('button', { name: /^Join / }).click();
  await expect(page).toHaveURL('/trust');

  await page.context().clearCookies();
  op.broken = true;
  await comeWith(page, 'Sign in as nia');
  op.broken = false;
  await expect(page.getByRole('heading', { name: 'That did not work' })).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'Other ways to sign in' }).click();
  await page.getByRole('button', { name: 'Continue with Club' }).click();
  await expect(page).toHaveURL('/people');
});

test('the letter is read on the phone, the code typed on the laptop; then both devices are listed @plain @postgres', async ({ page, server, somebodyElse, accessible }) => {
  await page.goto('/sign-in?next=/vouches');
  await page.getByLabel('E-mail address').fill(dana);
  await page.getByRole('button', { name: 'Send me the link' }).click();
  await accessible(page);
  const code = /letter: (\S+)/.exec((await newestLetter(server, { to: dana, subject: /^Sign in/ })).plain)[1];
  await page.getByLabel('Reading it on another device?').fill('wrong');
  await page.getByRole('button', { name: 'Sign in here' }).click();
  await expect(page.getByLabel('Reading it on another device?')).toHaveValue('wrong');
  await page.getByLabel('Reading it on another device?').fill(code.toUpperCase());
  await page.getByRole('button', { name: 'Sign in here' }).click();
  await expect(page).toHaveURL('/vouches');

  const other = await somebodyElse();
  await continueAs(other, 'Dana');
  await page.goto('/account');
  const devices = page.getByRole('region', { name: 'Where you are signed in' });
  await expect(devices.getByText('This device')).toHaveCount(1);
  await devices.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.getByText(/Signed out on \d+ other device/)).toBeVisible();
  await other.goto('/account');
  await expect(other).toHaveURL(/\/sign-in/);
});

test('an address changes once the old and the new one have said yes', async ({ page, server, accessible }) => {
  await continueAs(page, 'Carla', '/account');
  await page.getByRole('link', { name: 'Change it' }).click();
  await page.getByLabel('New e-mail address').fill('carla@new.example');
  await accessible(page);
  await page.getByRole('button', { name: 'Write to both' }).click();
  await expect(page.getByText('once both addresses have said yes')).toBeVisible();
  const both = (await server.letters()).filter((l) => /^Your address in/.test(l.subject)).slice(0, 2);
  expect(both.map((l) => l.to)).toContain('carla@new.example');
  for (const letter of both) {
    await page.goto(linkIn(letter, /email-changes/));
    await accessible(page);
    await page.getByRole('button', { name: /^Yes/ }).click();
  }
  await expect(page.getByText('Done: your new address counts from now on.')).toBeVisible();
  await page.goto('/account');
  await expect(page.getByRole('region', { name: 'E-mail address' })).toContainText('carla@new.example');
});

test('a passkey is made on the account page and signs in without a letter', async ({ page, server, accessible }) => {
  const local = server.url.replace('127.0.0.1', 'localhost');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
  });
  await page.goto(`${local}/sign-in?next=/account`);
  await page.getByRole('button', { name: /^Continue\s+as Ana/ }).click();
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('Your passkey signs you in from now on.')).toBeVisible();
  const passkeys = page.getByRole('region', { name: 'Passkeys' });
  await passkeys.getByRole('link', { name: /^Name it or take it off/ }).click();
  await page.getByLabel('Name', { exact: true }).fill('Work laptop');
  await accessible(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(passkeys).toContainText('Work laptop');
  await accessible(page);
  // The same authenticator makes no second one.
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('This device has a passkey for you already.')).toBeVisible();

  await page.locator('header summary').first().click();
  await press(page, page.locator('header').getByRole('button', { name: 'Sign out' }));
  await page.goto(`${local}/sign-in?next=/account`);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(passkeys).toContainText(/Work laptop.*used/);

  await passkeys.getByRole('link', { name: /^Name it or take it off/ }).click();
  await page.getByRole('button', { name: 'Take this passkey off' }).click();
  await expect(passkeys).toContainText('None yet');
  await page.locator('header summary').first().click();
  await press(page, page.locator('header').getByRole('button', { name: 'Sign out' }));
  await page.goto(`${local}/sign-in`);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('heading', { name: 'That passkey is not known here' })).toBeVisible();
  await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
});
