// A profile: trade, words, area, work with pictures, photo, groups, how one gets work, and the page of two people.
import { test, expect } from '../fixtures.js';
import { png } from '../files.js';
import { become } from '../people.js';

test('a newcomer fills a profile: words, trade, work with a picture, photo @plain @postgres', async ({ page, somebodyElse }) => {
  await become(page, 'Noor Haddad');
  await page.goto('/profile/edit');
  await page.getByLabel('One line about you').fill('Court and hospital interpreter');
  await page.getByLabel('In your own words').fill('**Every word**, and <script>what was meant</script>.');
  await page.getByLabel('Town').fill('Culver City');
  await page.getByLabel('How far you go').fill('12 miles');
  await page.getByLabel('Work you do not take').fill('Simultaneous without a booth');
  await page.getByLabel('Usual jobs from').fill('nonsense');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toContainText('Please type an amount');
  await expect(page.getByLabel('Town')).toHaveValue('Culver City');
  await page.getByLabel('Usual jobs from').fill('250');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Within 12 miles of Culver City')).toBeVisible();
  await expect(page.locator('.prose strong')).toHaveText('Every word');
  await expect(page.locator('.prose script')).toHaveCount(0);

  await page.goto('/profile/professions');
  await page.getByLabel('In everyday words').fill('somebody who tutors kids in algebra');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('radio').first().check();
  await page.locator('#since').fill('2016');
  await page.getByRole('button', { name: 'Save', exact: true }).last().click();
  await expect(page.getByText(/Says so themselves/).first()).toBeVisible();

  await page.goto('/profile/work/new');
  await page.getByLabel('What was it?').fill('Three days in traffic court');
  const trades = page.getByRole('group', { name: 'As a' });
  if (await trades.count()) await trades.getByRole('radio').first().check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByLabel(/^A picture/).setInputFiles({ name: '../../../etc/passwd.png', mimeType: 'image/png', buffer: png(640, 480) });
  await page.getByLabel('What it shows').fill('A corridor with a bench');
  await page.getByRole('button', { name: 'Add the picture' }).click();
  await expect(page.getByRole('img', { name: 'A corridor with a bench' })).toBeVisible();
  await page.goto('/profile/photo');
  await page.getByLabel(/^A picture/).setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: png(300, 300) });
  await page.getByRole('button', { name: 'Use this picture' }).click();

  const visitor = await somebodyElse();
  await become(visitor, 'Dana Whitlock');
  await visitor.goto('/people/noor-haddad');
  const picture = visitor.getByRole('img', { name: 'A corridor with a bench' });
  await expect(picture).toBeVisible();
  expect(await picture.evaluate((img) => img.naturalWidth)).toBeGreaterThan(100);
  await expect(visitor.locator('img.avatar.l')).toBeVisible();
  await expect(visitor.getByText('Simultaneous without a booth')).toBeVisible();
});

test('groups are confirmed by their keeper, and jobs by source are for oneself @plain', async ({ page, somebodyElse }) => {
  await become(page, 'Carla Mendes');
  await page.goto('/profile/groups');
  await page.getByLabel('Its name').fill('Tuesday Stems');
  await page.getByLabel('Another kind').check();
  await page.getByLabel('Since').fill('2025-02-03');
  await page.getByRole('button', { name: 'Add it' }).click();
  await page.getByRole('link', { name: 'Tuesday Stems' }).click();
  await expect(page.getByText('You keep it')).toBeVisible();
  const dana = await somebodyElse();
  await become(dana, 'Dana Whitlock');
  await dana.goto('/profile/groups');
  await dana.getByLabel('Its name').fill('Tuesday Stems');
  await dana.getByLabel('Since').fill('2025-03-03');
  await dana.getByRole('button', { name: 'Add it' }).click();
  await expect(dana.getByText('waiting for its keeper’s yes').first()).toBeVisible();
  await dana.getByRole('link', { name: 'Tuesday Stems' }).click();
  await expect(dana.getByRole('button', { name: 'Yes, confirm' })).toHaveCount(0);
  await page.reload();
  await page.getByRole('button', { name: 'Yes, confirm' }).click();
  await expect(page.getByText('2 members confirmed')).toBeVisible();

  await page.goto('/profile/jobs');
  for (const [source, amount] of [['A referral', '1,200'], ['I sold it myself', '300']]) {
    await page.getByLabel(source).check();
    await page.getByLabel('When').fill('2026-01-15');
    await page.getByLabel('Amount').fill(amount);
    await page.getByRole('button', { name: 'Note it' }).click();
  }
  await expect(page.getByRole('row', { name: /A referral/ })).toContainText('$');
  await page.getByRole('button', { name: /^Remove the job/ }).first().click();
  await expect(page.getByRole('status')).toContainText(/Remov|Taken/);
});

test('between two people: the fact for both, the note for its author @plain', async ({ page, somebodyElse }) => {
  await become(page, 'Dana Whitlock');
  await page.goto('/people/ines-carvalho/us');
  await page.getByLabel('We had a 1-2-1').check();
  await page.getByLabel('When').fill('2026-02-11');
  await page.getByLabel('Note to yourself').fill('She asked about the cello.');
  await page.getByRole('button', { name: 'Note it' }).click();
  await expect(page.getByText('Your note: She asked about the cello.')).toBeVisible();
  const ines = await somebodyElse();
  await become(ines, 'Ines Carvalho');
  await ines.goto('/people/dana-whitlock/us');
  await expect(ines.getByText('11 February 2026')).toBeVisible();
  await expect(ines.locator('main')).not.toContainText('cello');
});
