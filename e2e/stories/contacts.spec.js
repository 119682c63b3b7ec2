// An address book brought in: looked at, corrected, taken, used, taken back.
import { test, expect } from '../fixtures.js';
import { continueAs } from '../people.js';

const linkedIn = [
  'Notes:',
  '"When exporting your connection data, you may notice that some of the email addresses are missing."',
  '',
  'First Name,Last Name,URL,Email Address,Company,Position,Connected On',
  'Zoë,Ñandú-Fitzgerald-Montgomery,https://example.org/zoe,zoe.nandu@example.org,Salt & Fig,Planner,02 Mar 2026',
  'Cy,Stone,https://example.org/cy,cy@,,,02 Mar 2026',
  ',,https://example.org/x,,,,02 Mar 2026',
].join('\n');

test('contacts from a file, for my eyes alone @plain @desktop', async ({ page, server, accessible }) => {
  await continueAs(page, 'Dana', '/contacts');
  const before = (await server.letters()).length;
  // A project that ran before on this network may have left some.
  await page.goto('/contacts/new');
  await accessible(page);
  // Excel saves Windows' own encoding.
  await page.getByLabel(/^A CSV or vCard file/).setInputFiles({ name: 'Connections.csv', mimeType: 'text/csv', buffer: Buffer.from(linkedIn, 'latin1') });
  await page.getByRole('button', { name: 'Read the file' }).click();

  await expect(page.getByRole('heading', { level: 1 })).toHaveText('How we read it');
  await expect(page.getByLabel('Email Address')).toHaveValue('email');
  await expect(page.getByText('Zoë Ñandú-Fitzgerald-Montgomery')).toBeVisible();
  await page.getByLabel('Connected On').selectOption({ label: 'Note' });
  await accessible(page);
  await page.getByRole('button', { name: 'Take them in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('2 people taken in');
  await expect(page.getByRole('listitem').filter({ hasText: 'Line 7' })).toContainText('neither a name nor an e-mail address');
  await expect(page.getByRole('listitem').filter({ hasText: 'Line 6' })).toContainText('taken without it');
  await accessible(page);

  await page.getByRole('link', { name: 'All my contacts' }).click();
  await accessible(page);
  await page.getByLabel('Find somebody').fill('nandu');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('link', { name: 'Zoë Ñandú-Fitzgerald-Montgomery' }).click();
  await expect(page.getByText('02 Mar 2026')).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'Invite Zoë' }).click();
  await expect(page.getByLabel('Their e-mail address')).toHaveValue('zoe.nandu@example.org');
  expect((await server.letters()).length, 'nobody was written to').toBe(before);

  await page.goto('/contacts/removal');
  await accessible(page);
  await page.getByRole('button', { name: 'Delete all of them' }).click();
  await expect(page.getByText('Nobody yet')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('2 people, by name')).toBeVisible();
  await page.goto('/contacts/removal');
  await page.getByRole('button', { name: 'Delete all of them' }).click();
});
