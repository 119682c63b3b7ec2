// The other doors: somebody for you, a referral made by telephone, a professional who asks to be introduced.
import { test, expect } from '../fixtures.js';
import { become, linkIn, newestLetter, press } from '../people.js';

test('“I have somebody for you”: client first, professional next, details last @plain @postgres', async ({ page, server, somebodyElse }, info) => {
  const address = `lena.${info.project.name}@example.net`;
  await become(page, 'Ana Quiroga');
  await page.goto('/');
  await page.getByRole('link', { name: 'I have somebody for you' }).click();
  await page.getByLabel('Whom would you recommend?').selectOption({ label: 'Carla Mendes, florist' });
  await page.getByLabel('Who needs somebody?').fill('Lena Brandt');
  await page.getByLabel('Their e-mail address').fill(address);
  await page.getByLabel('What do they need?').fill('Flowers for a christening, twenty guests');
  await page.getByLabel(/^One sentence/).fill('She does small things as carefully as large ones.');
  await page.getByRole('button', { name: 'Ask them' }).click();
  await expect(page.getByText('The client is asked first')).toBeVisible();
  await expect(page.getByText('Unsolicited').first()).toBeVisible();

  const lena = await somebodyElse();
  const asked = await newestLetter(server, { to: address });
  expect(asked.plain).toContain('asked us to write to you, once');
  await lena.goto(linkIn(asked, /\/consents\//));
  await expect(lena.getByText('Unsolicited: started by Ana')).toBeVisible();
  await lena.getByText('Not quite, let me correct it').click();
  await lena.getByLabel('What you need').fill('Flowers for a christening, thirty guests');
  await lena.getByLabel('How it goes').check();
  await lena.getByRole('button', { name: 'Yes, introduce us' }).click();
  await expect(lena.getByRole('heading', { level: 1 })).toHaveText('You said yes');

  const carla = await somebodyElse();
  const put = await newestLetter(server, { to: 'carla.mendes@example.org', subject: /put their name to you/ });
  expect(put.plain).toContain('thirty guests');
  expect(put.plain).not.toContain('Lena');
  await carla.goto(linkIn(put, /\/consents\//));
  await carla.getByRole('button', { name: 'Yes, I would like to' }).click();
  await expect(carla.getByRole('heading', { level: 1 })).toHaveText('You are introduced');

  // Her one page: the details, the next step, and the way out.
  await lena.goto(linkIn(asked, /\/mine\//));
  await expect(lena.getByRole('heading', { name: 'Carla’s details' })).toBeVisible();
  await lena.getByRole('button', { name: 'In contact' }).click();
  await expect(lena.locator('[aria-current=step]')).toHaveText('In contact');
  await page.reload();
  await expect(page.locator('[aria-current=step]'), 'Ana reads how it goes, as Lena chose').toHaveText('In contact');
  await lena.getByRole('button', { name: 'Erase everything about me' }).click();
  await expect(lena.getByText('Erased: your name, address, telephone and all letters')).toBeVisible();
});

test('a referral made by telephone is recorded, and both are still asked @plain', async ({ page, server, somebodyElse }) => {
  await become(page, 'Ana Quiroga');
  await page.goto('/referrals');
  await page.getByRole('link', { name: 'Record one made by telephone' }).click();
  await page.getByLabel('Whom would you recommend?').selectOption({ label: 'Farhad Javaheri, florist' });
  await page.getByLabel('Who needs somebody?').fill('Piet Vos');
  await page.getByLabel('Their e-mail address').fill('piet@example.net');
  await page.getByLabel('What do they need?').fill('A wreath for an opening');
  await page.getByLabel(/^One sentence/).fill('Quick, and honest about what a budget buys.');
  await page.getByRole('button', { name: 'Ask them' }).click();
  const letter = await newestLetter(server, { to: 'piet@example.net' });
  expect(letter.plain).toContain('spoke on the telephone');
  const piet = await somebodyElse();
  await piet.goto(linkIn(letter, /\/consents\//));
  await piet.getByRole('button', { name: 'No, thank you' }).click();
  await expect(piet.getByText('Your name and address are deleted')).toBeVisible();
  await page.reload();
  await expect(page.locator('main')).toContainText('This did not go ahead');
  await expect(page.locator('main')).not.toContainText('Piet');
});

test('a professional asks a member to introduce them; only that member knows the address @plain', async ({ page, server, somebodyElse }) => {
  await become(page, 'Hugo Lindqvist');
  await page.goto('/referrals');
  await page.getByRole('link', { name: 'Ask a member to introduce you' }).click();
  await page.getByLabel('Whom do you ask?').fill('Leona Banks');
  await page.getByLabel('Whom would you like to meet?').fill('The owner of the bakery on Pico');
  await page.getByLabel('What could you do for them?').fill('Fresh table flowers every Monday');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByText('They decide first')).toBeVisible();
  const followed = page.url();

  const leona = await somebodyElse();
  await leona.goto(linkIn(await newestLetter(server, { to: 'leona.banks@example.org', subject: /asks you for an introduction as a florist/ }), /\/answers\//));
  await leona.getByLabel(/^One sentence: why/).fill('He brings what is in season, and never late.');
  await leona.getByLabel('Their name').fill('Mira Sol');
  await leona.getByLabel('Their e-mail address').fill('mira@example.net');
  await leona.getByRole('button', { name: 'Put my name to Hugo' }).click();
  await expect(leona.getByRole('heading', { level: 1 })).toHaveText('You put your name to Hugo');
  await page.goto(followed);
  await expect(page.locator('main')).not.toContainText('Mira');

  const mira = await somebodyElse();
  await mira.goto(linkIn(await newestLetter(server, { to: 'mira@example.net' }), /\/consents\//));
  await expect(mira.getByText('Hugo Lindqvist asked Leona Banks for an introduction to you')).toBeVisible();
  await press(mira, mira.getByRole('button', { name: 'Yes, introduce us' }));
  await page.goto(followed);
  await expect(page.getByText('mira@example.net')).toBeVisible();
});
