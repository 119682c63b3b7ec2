// What came of it: three sealed answers, opened together, and what they move for whom.
import { test, expect } from '../fixtures.js';
import { become, linkIn, newestLetter } from '../people.js';
import { done } from '../scenes.js';

// Nobody is asked more than three times a week: each file of stories begins another.
test.beforeAll(({ server }) => server.advance(8));

test('three answer sealed; then the record and the ranking move, each seen by its owner alone @plain @postgres', async ({ page, server, somebodyElse, accessible }) => {
  const scene = await done(page, server, { place: 1 });
  const referrer = (await newestLetter(server, { subject: /Are you glad you introduced/ })).name;
  const professional = (await newestLetter(server, { subject: /a good job for you/ })).name;

  // The client: three taps at most.
  await page.goto(`${scene.followed}/outcome`);
  await page.getByRole('group', { name: /right person for you/ }).getByLabel('Yes').check();
  await page.getByRole('group', { name: /use .* again/ }).getByLabel('Yes').check();
  await page.getByText('Add a few words').click();
  await page.getByLabel('In your own words').fill('Peonies in March.');
  await page.getByLabel('As “a client”').check();
  await page.getByRole('button', { name: 'Seal my answer' }).click();
  await expect(page.getByText('You answered on')).toBeVisible();
  await expect(page.locator('main')).not.toContainText('Peonies in March.');

  const theirs = await somebodyElse();
  await theirs.goto(linkIn(await newestLetter(server, { subject: /a good job for you/ }), /outcomes/));
  await theirs.getByRole('group', { name: /good job/ }).getByLabel('Partly').check();
  await theirs.getByText('Note what the job came to').click();
  await theirs.getByLabel(/^Amount/).fill('2,850');
  await theirs.getByRole('button', { name: 'Seal my answer' }).click();
  await expect(theirs.getByText('You answered on')).toBeVisible();
  // Two of three: nothing is open yet, to nobody.
  await page.goto(`${scene.followed}/outcome`);
  await expect(page.locator('main')).not.toContainText('Partly, ');

  const hers = await somebodyElse();
  await hers.goto(linkIn(await newestLetter(server, { subject: /Are you glad you introduced/ }), /outcomes/));
  await hers.getByRole('group', { name: /glad/ }).getByLabel('Yes').first().check();
  await hers.getByRole('button', { name: 'Seal my answer' }).click();
  await expect(hers.getByText('Peonies in March.')).toBeVisible();
  await accessible(hers);

  // What moved, and why: the referrer reads of the record, the professional of the ranking, the client of neither.
  await server.advance(0);
  await page.goto(`${scene.followed}/outcome`);
  await expect(page.getByText('Peonies in March.')).toBeVisible();
  await expect(page.locator('main')).not.toContainText('What it moved');
  await expect(page.locator('main')).not.toContainText('2,850');
  await become(hers, referrer);
  await hers.goto(`${scene.followed}/outcome`);
  await expect(hers.getByRole('heading', { name: 'The weight of your word' })).toBeVisible();
  await expect(hers.getByText(/Your word held in .*Dana said yes/)).toBeVisible();
  await expect(hers.locator('main')).not.toContainText('2,850');
  await become(theirs, professional);
  await theirs.goto(`${scene.followed}/outcome`);
  await expect(theirs.getByRole('heading', { name: 'Where you stand in the ranking' })).toBeVisible();
  await expect(theirs.getByText(/You were the right person for .*Dana said yes/)).toBeVisible();
  await expect(theirs.locator('main')).not.toContainText('Your word held');
  await theirs.goto('/outcomes');
  await expect(theirs.getByRole('heading', { name: 'What moved' })).toBeVisible();
  // The client's words stand on the profile under the name they chose.
  await page.goto(`/people/${professional.toLowerCase().replace(' ', '-')}`);
  await expect(page.getByText('Peonies in March.')).toBeVisible();
  await expect(page.getByText(/^A client,/)).toBeVisible();
});
