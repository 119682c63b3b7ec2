// Looking after conversations: what waits, decisions and their undo, reports, rules, blocks; and reviews of groups, which nobody but
// their authors takes away.
import { test, expect } from '../fixtures.js';
import { become, press } from '../people.js';
import { begin, comment, post, say } from '../talk.js';

const card = (page, words) => page.locator('.queue > li').filter({ hasText: words });

test('what waits is decided one by one and together, undone, and found in the log @desktop @plain @postgres', async ({ page, server, somebodyElse, accessible }) => {
  // Dana: another story suspends Gil, who moderates too.
  const keeper = await somebodyElse();
  await become(keeper, 'Dana Whitlock');
  await become(page, 'Carla Mendes');
  const path = await begin(page, 'Which wholesaler delivers on Sundays?');
  const held = async (words) => {
    await page.goto(path);
    await page.getByLabel('Your words').fill(words);
    await post(page, server);
    await expect(page.getByRole('article', { name: 'Your comment, not published yet' }).filter({ hasText: words })).toBeVisible();
  };
  await held('Compare https://one.example and https://two.example');
  await held('Or https://three.example and https://four.example');

  await keeper.goto('/conversations');
  await keeper.getByRole('link', { name: /^Moderate/ }).click();
  await expect(card(keeper, 'one.example')).toContainText('has 2 links');
  await accessible(keeper);
  await card(keeper, 'one.example').getByRole('button', { name: /^Approve/ }).click();
  await expect(keeper.getByRole('status')).toContainText('1 comment published');
  await page.goto(path);
  await expect(comment(page, 'one.example').getByRole('link', { name: 'Carla Mendes', exact: true })).toBeVisible();
  await keeper.getByRole('status').getByRole('button', { name: 'Undo' }).click();
  await expect(card(keeper, 'one.example')).toBeVisible();

  // Both at once, then both back.
  for (const words of ['one.example', 'three.example']) await card(keeper, words).getByRole('checkbox').check();
  await keeper.locator('.bulk').getByRole('button', { name: 'Spam' }).click();
  await expect(keeper.getByRole('status')).toContainText('2 comments called spam');
  await keeper.getByRole('navigation', { name: 'Moderation' }).getByRole('link', { name: 'Spam' }).click();
  await expect(card(keeper, 'three.example')).toBeVisible();
  await press(keeper, card(keeper, 'three.example').getByRole('button', { name: /^Approve/ }));
  await page.reload();
  await expect(comment(page, 'three.example').getByRole('link', { name: 'Carla Mendes', exact: true })).toBeVisible();

  // A reader reports; whoever looks leaves it or removes it, and the report is closed.
  await page.goto(path);
  await say(page, server, 'You are all thieves.');
  const reader = await somebodyElse();
  await reader.goto(path);
  await comment(reader, 'thieves').getByRole('link', { name: /^More/ }).click();
  await reader.getByText('Report it to a moderator').click();
  await reader.getByRole('button', { name: 'Report' }).click();
  await expect(reader.getByRole('alert')).toContainText('choose a reason');
  await reader.getByLabel('It is rude').check();
  await reader.getByLabel(/^In your words/).fill('Uncalled for.');
  await reader.getByRole('button', { name: 'Report' }).click();
  await expect(reader.getByRole('status')).toContainText('A moderator will look at it');
  await keeper.goto('/moderation?tab=reported');
  await expect(card(keeper, 'thieves')).toContainText('Uncalled for.');
  await card(keeper, 'thieves').getByRole('button', { name: /^Leave/ }).click();
  await expect(card(keeper, 'thieves')).toHaveCount(0);
  await reader.goto(path);
  await expect(comment(reader, 'thieves')).toBeVisible();

  // A whole post is reported and held, and comes back.
  await reader.getByRole('link', { name: 'More about this post' }).click();
  await reader.getByText('Report it to a moderator').click();
  await reader.getByLabel('It advertises').check();
  await press(reader, reader.getByRole('button', { name: 'Report' }));
  await keeper.goto('/moderation?tab=reported');
  const reported = keeper.getByRole('listitem').filter({ hasText: 'Which wholesaler' });
  await expect(reported).toContainText('advertises');
  await accessible(keeper);
  await press(keeper, reported.getByRole('button', { name: /^Hold/ }));
  expect((await reader.goto(path)).status()).toBe(404);
  await press(keeper, keeper.getByRole('status').getByRole('button', { name: 'Undo' }));
  expect((await reader.goto(path)).status()).toBe(200);

  // Closed, nobody answers; the log names all of it.
  await keeper.goto(path);
  await press(keeper, keeper.getByRole('button', { name: 'Close for comments' }));
  await reader.reload();
  await expect(reader.getByText('takes no more comments')).toBeVisible();
  await expect(reader.getByRole('button', { name: 'Post', exact: true })).toHaveCount(0);
  await press(keeper, keeper.getByRole('status').getByRole('button', { name: 'Undo' }));
  await keeper.goto('/moderation/log');
  await expect(keeper.locator('.timeline')).toContainText(/closed/);
  await expect(keeper.locator('.timeline')).toContainText('undone');
});

test('rules hold from the moment they are kept, and a blocked author reads why @plain', async ({ page, server, somebodyElse, accessible }) => {
  const keeper = await somebodyElse();
  await become(keeper, 'Dana Whitlock');
  await become(page, 'Ben Okonkwo');
  const path = await begin(page, 'Who has a long ladder?');
  await keeper.goto('/moderation/rules');
  await keeper.getByLabel('Words that make it wait').fill('bitcoin');
  await keeper.getByLabel('Words that send it to spam').fill('casino');
  await keeper.getByRole('button', { name: 'Keep these rules' }).click();
  await expect(keeper.getByLabel('Words that make it wait')).toHaveValue('bitcoin');
  await accessible(keeper);

  await page.goto(path);
  await page.getByLabel('Your words').fill('I pay in Bitcoins.');
  await post(page, server);
  await expect(page.getByText('Awaiting approval by a moderator')).toBeVisible();
  await keeper.goto('/moderation');
  await expect(card(keeper, 'I pay in Bitcoins.')).toContainText('which is on the watch list');
  await card(keeper, 'I pay in Bitcoins.').getByRole('link', { name: /^More/ }).click();
  await accessible(keeper);
  await keeper.getByLabel(/^Reason/).fill('Three of these this week.');
  await press(keeper, keeper.getByRole('button', { name: 'Block Ben Okonkwo from writing' }));
  await page.goto(path);
  await page.getByLabel('Your words').fill('Mine reaches the gutter.');
  await post(page, server);
  await expect(page.getByRole('alert')).toContainText('Three of these this week.');
  await expect(page.getByLabel('Your words')).toHaveValue('Mine reaches the gutter.');
  await keeper.goto('/moderation/log');
  await keeper.getByRole('button', { name: 'Let Ben Okonkwo write again' }).click();
  await post(page, server);
  await expect(comment(page, 'gutter')).toBeVisible();
  await keeper.goto('/moderation/rules');
  await keeper.getByLabel('Words that make it wait').fill('');
  await keeper.getByLabel('Words that send it to spam').fill('');
  await keeper.getByRole('button', { name: 'Keep these rules' }).click();
});

test('a group is reviewed by who was there, answered by who keeps it, and compared with another without stars @desktop @plain', async ({ page, server, somebodyElse, accessible }) => {
  await become(page, 'Leona Banks');
  await page.goto('/conversations?tag=group-reviews');
  await page.getByRole('link', { name: 'Rose Avenue Referral Breakfast: a review' }).first().click();
  await page.getByRole('link', { name: 'Rose Avenue Referral Breakfast', exact: true }).click();
  await expect(page.getByText('So few say little.')).toBeVisible();
  await accessible(page);
  await page.getByLabel('Compare with').selectOption({ label: 'Bluffside Advisors' });
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Two groups side by side' })).toBeVisible();
  await expect(page.getByRole('row', { name: /^Good jobs a year/ })).toContainText(/n = 3/);
  await accessible(page);
  await page.getByRole('columnheader').getByRole('link', { name: 'Rose Avenue Referral Breakfast' }).click();

  await page.getByRole('link', { name: 'Write a review' }).click();
  await page.getByLabel('In your words').fill('One oven, five weddings.');
  await page.locator('main form').evaluate((form) => { form.noValidate = true; });
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('alert')).toContainText('0 is an honest answer');
  await expect(page.getByLabel('In your words')).toHaveValue('One oven, five weddings.');
  await accessible(page);
  await page.getByLabel('Good jobs that came of it').fill('0');
  await page.getByLabel(/^Fees a month/).fill('85');
  await page.getByRole('group', { name: 'Would you join again?' }).getByLabel('Yes').check();
  await page.getByLabel('Members of this network').check();
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByText('none yet')).toBeVisible();
  await expect(page.getByText('$85 a month')).toBeVisible();
  await expect(page.locator('main')).not.toContainText('join again');
  const path = new URL(page.url()).pathname;
  await accessible(page);

  // A job came after all: the review is corrected, facts and words.
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Correct your review' })).toBeVisible();
  await expect(page.getByLabel('In your words')).toHaveValue('One oven, five weddings.');
  await accessible(page);
  await page.getByLabel('Good jobs that came of it').fill('1');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(path);
  await expect(page.getByText('1 good job')).toBeVisible();

  const other = await somebodyElse();
  await become(other, 'Carla Mendes');
  await other.goto(path);
  await say(other, server, 'It was your oven.');
  await expect(other.getByRole('button', { name: 'Take away' })).toHaveCount(0);
  expect((await (await somebodyElse()).goto(path)).status(), 'for members only').toBe(404);
});
