// Vouching: given, shown, hidden, renewed, withdrawn; and for somebody who is not here yet.
import { test, expect } from '../fixtures.js';
import { become, linkIn, newestLetter, press } from '../people.js';

const words = (page) => page.getByLabel('In your own words');

test('a word is given, stands on the profile, is hidden by its recipient, renewed and withdrawn @plain @postgres', async ({ page, somebodyElse }) => {
  await become(page, 'Dana Whitlock');
  await page.goto('/people/wren-delgado');
  await page.getByRole('link', { name: 'Vouch for Wren' }).click();
  // Nothing may be left out, and what was typed stays.
  await words(page).fill('She drove back for one stem that had snapped.');
  await page.getByRole('button', { name: 'Put my name to it' }).click();
  await expect(page.getByRole('alert')).toContainText('Please say whether there is a tie');
  await expect(words(page)).toHaveValue('She drove back for one stem that had snapped.');
  await page.getByLabel('I hired them').check();
  await page.getByLabel('None', { exact: true }).check();
  await page.getByLabel('Very probably').check();
  await page.getByRole('button', { name: 'Put my name to it' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your word for Wren Delgado');
  await expect(page.getByText('You said 85 in 100')).toBeVisible();
  const word = page.url();

  // Said once is said: the profile leads to it.
  await page.goto('/people/wren-delgado');
  await expect(page.getByText('She drove back for one stem')).toBeVisible();
  await page.getByRole('link', { name: 'Your word for Wren' }).click();
  await expect(page).toHaveURL(word);
  await page.getByRole('button', { name: 'It still holds: renew it' }).click();
  await expect(page.getByRole('status')).toContainText('Renewed');

  const wren = await somebodyElse();
  await become(wren, 'Wren Delgado');
  await wren.goto(word);
  await expect(wren.locator('main')).not.toContainText('in 100');
  await press(wren, wren.getByRole('button', { name: 'Hide it' }));
  await page.goto('/people/wren-delgado');
  await expect(page.getByText('She drove back for one stem')).toHaveCount(0);
  await expect(page.getByText(/Wren hides \d+ of \d+/)).toBeVisible();
  await press(wren, wren.getByRole('status').getByRole('button', { name: 'Undo' }));
  await page.goto('/people/wren-delgado');
  await expect(page.getByText('She drove back for one stem')).toBeVisible();

  await page.goto(word);
  await page.getByRole('button', { name: 'Withdraw it' }).click();
  await expect(page.getByText('Withdrawn. It is not shown and does not count.').first()).toBeVisible();
  await wren.goto('/notices');
  await expect(wren.getByText('Dana Whitlock withdrew a vouch')).toBeVisible();
});

test('a tie waits for the yes of the one it is about, who may refuse @plain', async ({ page, somebodyElse }) => {
  await become(page, 'Dana Whitlock');
  await page.goto('/people/grace-noh/vouches/new');
  await page.getByLabel('I inspected finished work').check();
  await words(page).fill('I saw it at midnight and it still looked right.');
  await page.getByLabel('Friend', { exact: true }).check();
  await page.getByLabel(/^Probably/).check();
  await page.getByRole('button', { name: 'Put my name to it' }).click();
  const word = page.url();
  const grace = await somebodyElse();
  await become(grace, 'Grace Noh');
  await grace.goto(word);
  await expect(grace.getByText('If you refuse, nothing is shown at all')).toBeVisible();
  await press(grace, grace.getByRole('button', { name: 'No, do not show it' }));
  await page.goto('/people/grace-noh');
  await expect(page.getByText('I saw it at midnight')).toHaveCount(0);
});

test('somebody not here reads exactly what was said, says yes, and is asked one thing @plain @postgres', async ({ page, server, somebodyElse, accessible }, info) => {
  const address = `theo.${info.project.name}@example.net`;
  await become(page, 'Dana Whitlock');
  await page.goto('/vouches?show=given');
  await page.getByRole('link', { name: 'Vouch for somebody who is not here yet' }).click();
  await page.getByLabel('Their name').fill('Theo Marsh');
  await page.getByLabel('Their e-mail address').fill(address);
  await page.getByLabel('What is their trade?').fill('knife sharpener');
  await page.getByLabel('I hired them').check();
  await words(page).fill('Nine knives, one morning, no plaster needed since.');
  await page.getByLabel('None', { exact: true }).check();
  await page.getByLabel('Almost certainly').check();
  await page.getByRole('button', { name: 'Put my name to it' }).click();
  // The trade is read, and confirmed before anything is sent.
  await expect(page.getByRole('alert')).toContainText('We read that as');
  await page.getByRole('button', { name: 'Put my name to it' }).click();
  await expect(page.getByText('Nobody sees this before Theo Marsh says yes.')).toBeVisible();

  const theo = await somebodyElse();
  await theo.goto(linkIn(await newestLetter(server, { to: address }), /vouch-invitations/));
  await expect(theo.getByText('Nine knives, one morning')).toBeVisible();
  await expect(theo.getByRole('button', { name: 'No, delete everything' })).toBeVisible();
  await accessible(theo);
  await theo.getByRole('button', { name: 'Yes, show it' }).click();
  await expect(theo.getByRole('heading', { level: 1 })).toHaveText('Welcome, Theo');
  await accessible(theo);
  await theo.getByLabel('What was it?').fill('Nine knives for a restaurant');
  await theo.getByRole('button', { name: 'Save' }).click();
  await expect(theo.getByText('A picture says more')).toBeVisible();
  await page.goto('/people/theo-marsh');
  await expect(page.getByText('Nine knives for a restaurant')).toBeVisible();
  await expect(page.getByText('Nine knives, one morning')).toBeVisible();
});

test('no is one press and deletes everything @plain @postgres', async ({ page, server, somebodyElse }) => {
  await become(page, 'Dana Whitlock');
  const form = { name: 'Uma Reed', email: 'uma@example.net', field: '27-1023.00', basis: 'hired', words: 'Peonies in March.', tie: 'none', confidence: '85' };
  expect((await page.request.post('/vouches/new', { form, maxRedirects: 0 })).status()).toBe(303);
  const uma = await somebodyElse();
  const link = linkIn(await newestLetter(server, { to: 'uma@example.net' }), /vouch-invitations/);
  await uma.goto(link);
  await uma.getByRole('button', { name: 'No, delete everything' }).click();
  await expect(uma.getByText('Everything has been deleted, your address included')).toBeVisible();
  // The link says so to whoever presses it again, and nothing else.
  expect((await uma.goto(link)).status()).toBe(410);
  await expect(uma.getByText('You said no; everything is deleted')).toBeVisible();
  expect((await server.letters()).filter((letter) => letter.to === 'uma@example.net')).toEqual([]);
  // Nor can anybody write to her again.
  expect((await page.request.post('/vouches/new', { form, maxRedirects: 0 })).status()).toBe(409);
});

test('what is wrong in a word that waits is corrected by the same link @plain', async ({ page, server, somebodyElse, accessible }, info) => {
  const address = `ivo.${info.project.name}@example.net`;
  await become(page, 'Dana Whitlock');
  const form = { name: 'Ivo Lang', email: address, field: '27-1023.00', basis: 'hired', words: 'Two arches.', tie: 'none', confidence: 'own', percent: '72' };
  expect((await page.request.post('/vouches/new', { form, maxRedirects: 0 })).status()).toBe(303);
  const ivo = await somebodyElse();
  const link = linkIn(await newestLetter(server, { to: address }), /vouch-invitations/);
  await ivo.goto(link);
  await ivo.getByText('Something in it is wrong').click();
  await ivo.getByRole('button', { name: 'Ask for a correction' }).click();
  await expect(ivo.getByText('Please fill this in.').first()).toBeVisible();
  await ivo.getByLabel('What should be corrected?').fill('It was three arches.');
  await ivo.getByRole('button', { name: 'Ask for a correction' }).click();
  await expect(ivo.getByRole('status')).toContainText('Sent to Dana');

  await page.goto('/notices');
  await page.getByRole('button', { name: /Ivo Lang asks you to correct/ }).first().click();
  await page.getByRole('link', { name: 'Change it' }).click();
  await expect(words(page)).toHaveValue('Two arches.');
  await expect(page.getByRole('radio', { name: /Another number/ })).toBeChecked();
  await expect(page.getByLabel(/Your number/)).toHaveValue('72');
  await accessible(page);
  await words(page).fill('Three arches.');
  await page.getByRole('button', { name: 'Save the change' }).click();
  await expect(page.getByRole('status')).toContainText('Changed');
  await ivo.goto(link);
  await expect(ivo.getByText('Three arches.')).toBeVisible();
  await expect(ivo.getByText('Two arches.')).toHaveCount(0);
});
