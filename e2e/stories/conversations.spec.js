// Conversations as people read and write them: the list, a thread, guests without an account, members, what can be taken back.
import { test, expect } from '../fixtures.js';
import { png } from '../files.js';
import { become, linkIn, newestLetter, press } from '../people.js';
import { begin, comment, post, say, sayMany } from '../talk.js';

const scripted = (info) => info.project.use.javaScriptEnabled !== false;

test('a stranger finds a conversation and reads it @desktop @plain @postgres', async ({ page, accessible }) => {
  await page.goto('/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /Conversations|Talk/ }).click();
  await expect(page.getByRole('link', { name: 'Half a day for a troika' }), 'for members only').toHaveCount(0);
  await page.getByRole('searchbox').fill('submarines');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByRole('heading', { name: 'No results' })).toBeVisible();
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await page.getByRole('list', { name: 'Tags' }).getByRole('link', { name: /^weddings/ }).click();
  await expect(page.getByText('1 conversation', { exact: true })).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'What do you tell a couple' }).click();

  // Top-level comments are numbered; each answer stands under what it answers.
  await expect(page.getByRole('heading', { name: '5 comments' })).toBeVisible();
  const first = page.locator('.thread > li').first();
  await expect(first.getByRole('article', { name: /^Comment by Junko/ })).toContainText('21');
  await expect(first.getByRole('article', { name: /Comment by Carla.*in reply to Junko/ })).toBeVisible();
  await accessible(page);
  const tops = page.locator('.thread > li > article .who');
  await page.getByRole('link', { name: 'Newest' }).click();
  await expect(tops.first()).toContainText('A bride, eventually');
  await page.getByRole('link', { name: 'Most useful' }).click();
  await expect(tops).toContainText([/Junko/, /A bride, eventually/, /Ana/]);
  await expect(page.getByRole('list', { name: 'Sorted by' }).getByRole('link', { name: 'Most useful' })).toHaveAttribute('aria-current', 'true');

  // Closed, a branch is one line; a link into it opens it and lands there.
  const answer = page.getByRole('article', { name: /Comment by Carla/ });
  const link = await answer.locator('a.when').getAttribute('href');
  await first.getByText('1 reply').click();
  await expect(answer).toBeHidden();
  await page.goto(link);
  await expect(page).toHaveURL(/#comment-/);
  await expect(answer).toBeVisible();
  await expect(answer).toBeInViewport();
});

test('twenty at the top make a page, a long branch has its own, and a permalink finds any of them @plain', async ({ page }) => {
  await become(page, 'Gil Santoro');
  const path = await begin(page, `A long one`);
  await sayMany(page, path, Array.from({ length: 22 }, (_, i) => `Answer number ${i + 1}`));
  await page.goto(path);
  await expect(page.getByText('Page 1 of 2')).toBeVisible();
  const root = (await comment(page, 'Answer number 1').first().getAttribute('id')).slice('comment-'.length);
  await sayMany(page, path, Array.from({ length: 23 }, (_, i) => `Below, ${i + 1}`), root);
  await page.goto(path);
  await page.getByRole('link', { name: '3 more replies' }).click();
  await expect(page.getByText('One branch of this conversation')).toBeVisible();
  const last = comment(page, 'Below, 23');
  const link = await last.locator('a.when').getAttribute('href');
  await page.goto(link);
  await expect(page).toHaveURL(/threads\/1#comment-/);
  await expect(last).toBeInViewport();
  await page.getByRole('link', { name: 'Read all of it' }).click();
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(comment(page, 'Answer number 22')).toBeVisible();
  await expect(page.getByText('Page 2 of 2')).toBeVisible();
});

test('a guest answers, says by letter that it was them, is approved, is remembered, and changes @desktop @plain @postgres', async ({ page, server, somebodyElse, accessible }, info) => {
  const email = `grace.${info.project.name}@example.net`;
  await become(page, 'Hugo Lindqvist');
  const path = await begin(page, 'Where do you buy ribbon?');
  const grace = await somebodyElse();
  await grace.goto(path);
  // Nothing that was typed is lost when something is missing.
  await grace.getByLabel('Your words').fill('From a **haberdasher**, by the metre.');
  await grace.locator('.respond form').first().evaluate((form) => { form.noValidate = true; });
  await grace.getByLabel('E-mail address').fill('grace@');
  if (scripted(info)) {
    await post(grace, server);
    await expect(grace.getByRole('alert')).toContainText('Please say who you are');
    await accessible(grace);
  }
  await expect(grace.getByLabel('Your words')).toHaveValue('From a **haberdasher**, by the metre.');
  await grace.getByLabel('Name', { exact: true }).fill('Grace Hall');
  await grace.getByLabel('E-mail address').fill(email);
  await grace.getByLabel(/^Website/).fill('https://grace.example');
  await expect(grace.getByLabel(/^Remember my name/), 'nobody is remembered unasked').not.toBeChecked();
  await grace.getByLabel(/^Remember my name/).check();
  await grace.getByRole('button', { name: 'Preview' }).click();
  await expect(grace.locator('.preview strong')).toHaveText('haberdasher');
  await expect(grace.getByLabel('Name', { exact: true })).toHaveValue('Grace Hall');
  await post(grace, server);
  await expect(grace.getByRole('status').first()).toContainText('One more step: we wrote to you');
  await expect(grace.getByRole('article', { name: 'Your comment, not published yet' })).toContainText('Waits for you');
  await expect(grace.getByText('Writing as Grace Hall')).toBeVisible();
  await accessible(grace);

  await page.goto(path);
  await expect(comment(page, 'haberdasher'), 'nobody else reads it yet').toHaveCount(0);
  const link = linkIn(await newestLetter(server, { to: email, subject: /Did you write/ }), /conversations\/guests/);
  await grace.goto(link);
  await accessible(grace);
  await grace.getByRole('button', { name: 'Yes, it was me' }).click();
  await expect(grace.getByRole('article', { name: 'Your comment, not published yet' })).toContainText('Awaiting approval');
  await grace.goto(link);
  await expect(grace.getByText('You have said yes already')).toBeVisible();

  // The moderator presses twice: once in the letter, once on the page.
  await server.advance(0);
  const gil = await somebodyElse();
  const letter = await newestLetter(server, { to: 'gil.santoro@example.org', subject: /Where do you buy ribbon/ });
  expect(letter.plain).not.toContain(email);
  await gil.goto(linkIn(letter, /answer=approved/));
  await accessible(gil);
  await press(gil, gil.getByRole('button', { name: 'Approve it' }));
  await page.reload();
  await expect(comment(page, 'haberdasher').getByRole('link', { name: 'Grace Hall', exact: true })).toHaveAttribute('href', 'https://grace.example');
  await expect(page.locator('body')).not.toContainText(email);

  // Trusted and remembered: the next one stands at once, and she can take it back.
  await grace.goto(path);
  await expect(grace.getByLabel('Name', { exact: true })).toHaveCount(0);
  await say(grace, server, 'And thread from the same place.');
  const second = comment(grace, 'And thread');
  await second.getByRole('link', { name: /^Edit/ }).click();
  await grace.getByLabel('Your words').fill('And thread from the same shop.');
  await grace.getByRole('button', { name: 'Save' }).click();
  await comment(grace, 'same shop').getByRole('button', { name: 'Delete' }).click();
  await expect(comment(grace, 'same shop')).toHaveCount(0);
  await grace.getByRole('status').getByRole('button', { name: 'Undo' }).click();
  await expect(comment(grace, 'same shop')).toBeVisible();
  await grace.getByRole('button', { name: 'Not you? Change' }).click();
  await expect(grace.getByLabel('Name', { exact: true })).toHaveValue('');
  await expect(comment(grace, 'same shop').getByRole('button', { name: 'Delete' }), 'another person now').toHaveCount(0);
});

test('a member answers, quotes, mentions, corrects, takes back and is told @desktop @plain @postgres', async ({ page, server, somebodyElse, accessible }, info) => {
  await become(page, 'Dana Whitlock');
  const path = await begin(page, 'Do you send a paper invoice?', { tags: 'pricing' });
  const carla = await somebodyElse();
  await become(carla, 'Carla Mendes');
  await carla.goto(path);
  await carla.getByLabel('of answers to me').check();
  await say(carla, server, 'Only to people over eighty, and they pay first.');

  await page.reload();
  await comment(page, 'over eighty').getByRole('link', { name: 'More about the comment' }).click();
  await accessible(page);
  await page.getByRole('link', { name: 'Reply with a quotation' }).click();
  await expect(page.getByRole('heading', { name: 'Answer Carla Mendes' })).toBeVisible();
  const box = page.getByLabel('Your words');
  await expect(box).toHaveValue('> Only to people over eighty, and they pay first.\n\n');
  if (scripted(info)) {
    // A draft survives a reload, and is gone once it is posted.
    await box.fill('Half a thought');
    await page.reload();
    await expect(page.getByText('Your draft is back.')).toHaveCount(0);
    await page.goto(`${path}#respond`);
    await page.getByLabel('Your words').fill('Another draft');
    await page.reload();
    await expect(page.getByLabel('Your words')).toHaveValue('Another draft');
    await expect(page.getByText('Your draft is back.')).toBeVisible();
    await page.getByLabel('Your words').fill('');
    await page.goto(path);
    await comment(page, 'over eighty').getByRole('link', { name: /^Reply/ }).click();
  }
  await page.getByLabel('Your words').fill('> they pay *first*\n\nSo do mine. @ines-carvalho taught me.');
  await post(page, server);
  const answer = comment(page, 'So do mine');
  await expect(answer).toBeInViewport();
  await expect(answer.locator('blockquote')).toHaveText('they pay first');
  if (scripted(info)) {
    await page.reload();
    await expect(page.getByText('Your draft is back.')).toHaveCount(0);
  }
  await answer.getByRole('link', { name: /^Edit/ }).click();
  await expect(page.getByText('The wording before stays readable')).toBeVisible();
  await page.getByLabel('Your words').fill('So do mine, mostly.');
  await page.getByRole('button', { name: 'Save' }).click();
  const corrected = comment(page, 'So do mine, mostly.');
  await corrected.getByRole('link', { name: /^edited/ }).click();
  await expect(page.locator('#history')).toContainText('taught me');
  await page.goBack();

  // Carla is told on the site and by letter, and ends it with one press, without signing in.
  await server.advance(0);
  await carla.goto('/notices');
  await carla.getByText('Dana Whitlock answered you under').first().click();
  await expect(comment(carla, 'So do mine, mostly.')).toBeVisible();
  const letter = await newestLetter(server, { to: 'carla.mendes@example.org', subject: /Do you send a paper invoice/ });
  const reader = await somebodyElse();
  await reader.goto(linkIn(letter, /\/subscriptions\//));
  await accessible(reader);
  await reader.getByRole('button', { name: 'Stop' }).click();
  await expect(reader.getByRole('heading', { name: 'No more letters' })).toBeVisible();
  await carla.goto(path);
  await expect(carla.getByLabel('Of what')).toHaveValue('none');

  // Useful, said and unsaid by others.
  await comment(carla, 'So do mine, mostly.').getByRole('button', { name: /^Useful/ }).click();
  await expect(comment(carla, 'So do mine, mostly.').getByRole('button', { name: /^Useful/ })).toHaveAttribute('aria-pressed', 'true');

  // What she said goes, its place stays, and it comes back.
  await comment(carla, 'over eighty').getByRole('button', { name: 'Delete' }).first().click();
  await expect(page.getByText('Its author deleted')).toHaveCount(0);
  await page.goto(path);
  await expect(page.getByText('Its author deleted this comment.')).toBeVisible();
  await expect(comment(page, 'So do mine, mostly.')).toBeVisible();
  await press(carla, carla.getByRole('status').getByRole('button', { name: 'Undo' }));
  await page.reload();
  await expect(comment(page, 'over eighty')).toBeVisible();

  // New since the last visit, on the list and in the thread.
  await server.advance(1 / 12);
  await say(carla, server, 'One more thing: stamps.');
  await page.goto('/conversations');
  await expect(page.locator('.posts li').filter({ hasText: 'paper invoice' }).getByText('1 new')).toBeVisible();
  await page.goto(path);
  await expect(page.getByText('1 new since your last visit')).toBeVisible();
  await expect(comment(page, 'stamps').getByText('new', { exact: true })).toBeVisible();

  // On paper: what was said, and nothing to press.
  await page.emulateMedia({ media: 'print' });
  await expect(comment(page, 'stamps')).toBeVisible();
  await expect(comment(page, 'over eighty')).toBeVisible();
  await expect(page.getByRole('banner')).toBeHidden();
  await expect(page.getByLabel('Your words')).toBeHidden();
  await expect(page.getByRole('button', { name: 'Delete' })).toHaveCount(0);
  await page.emulateMedia({ media: null });
});

test('a picture goes along with words, is seen, and goes again by an edit @desktop @plain @postgres', async ({ page, server, somebodyElse, accessible }) => {
  await become(page, 'Gil Santoro');
  const path = await begin(page, 'What does your van look like?');
  const attach = async (alt) => {
    await page.getByText('Add a picture', { exact: true }).click();
    await page.getByLabel(/^A picture/).setInputFiles({ name: 'van.png', mimeType: 'image/png', buffer: png(640, 480) });
    if (alt) await page.getByLabel('What it shows').fill(alt);
  };
  await page.getByLabel('Your words').fill('Mine is the blue one.');
  await attach('');
  await server.advance(1 / 1440);
  await press(page, page.getByRole('button', { name: 'Post', exact: true }));
  await expect(page.getByText('Please say what the picture shows').last()).toBeVisible();
  await accessible(page);
  await page.getByLabel('What it shows').fill('A blue van');
  await page.getByLabel(/^A picture/).setInputFiles({ name: 'van.png', mimeType: 'image/png', buffer: png(640, 480) });
  await press(page, page.getByRole('button', { name: 'Post', exact: true }));

  const reader = await somebodyElse();
  const seen = async (alt, shown) => {
    await reader.goto(path);
    const picture = reader.getByRole('img', { name: alt });
    if (!shown) return expect(picture).toHaveCount(0);
    await picture.scrollIntoViewIfNeeded();
    await expect.poll(() => picture.evaluate((img) => img.naturalWidth)).toBeGreaterThan(100);
  };
  await seen('A blue van', true);

  // By an edit another comes, and the first goes, also from the wording before.
  await comment(page, 'Mine is the blue one').getByRole('link', { name: /^Edit/ }).click();
  await attach('The same van, washed');
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('region', { name: 'Preview' }).getByRole('img')).toHaveCount(2);
  await accessible(page);
  await page.getByRole('checkbox', { name: /Take it out A blue van/ }).check();
  await press(page, page.getByRole('button', { name: 'Save' }));
  await seen('A blue van', false);
  await seen('The same van, washed', true);
  await reader.getByRole('link', { name: 'edited' }).click();
  await expect(reader.getByRole('img', { name: 'A blue van' })).toHaveCount(0);

  // The same with a post.
  await page.goto(`${path}/edit`);
  await attach('A garage');
  await press(page, page.getByRole('button', { name: 'Save' }));
  await seen('A garage', true);
  await page.goto(`${path}/edit`);
  await page.getByRole('checkbox', { name: /Take it out A garage/ }).check();
  await press(page, page.getByRole('button', { name: 'Save' }));
  await seen('A garage', false);
});

test('naming a professional leads to a vouch that still asks basis and ties @plain', async ({ page, server, somebodyElse }) => {
  await become(page, 'Hugo Lindqvist');
  const path = await begin(page, 'Who repairs a Singer from 1961?');
  const noor = await somebodyElse();
  await become(noor, 'Noor Haddad');
  await noor.goto(path);
  await noor.getByText('Ask for or name a professional').click();
  await noor.getByRole('radio', { name: 'names somebody' }).check();
  await noor.getByLabel(/^Whom/).fill('Nobody Known');
  await noor.getByLabel('Your words').fill('He rebuilt the motor on my kitchen table and charged for the parts.');
  await post(noor, server);
  await expect(noor.getByRole('alert')).toContainText('Nobody of that name');
  await noor.getByLabel(/^Whom/).fill('Walt Emery');
  await post(noor, server);
  const answer = comment(noor, 'kitchen table');
  await expect(answer).toContainText('Names Walt Emery');
  await answer.getByRole('link', { name: /vouch/ }).click();
  await expect(noor.getByRole('heading', { level: 1 })).toContainText('Vouch for Walt');
  await expect(noor.getByLabel('In your own words')).toHaveValue(/kitchen table/);
  await expect(noor.locator('input[name=basis]:checked'), 'the words say nothing of the basis').toHaveCount(0);
  await noor.getByRole('button', { name: 'Put my name to it' }).click();
  await expect(noor.getByRole('alert')).toContainText('tie');
  await noor.getByLabel('I hired them').check();
  await noor.getByLabel('None', { exact: true }).check();
  await noor.getByLabel('Very probably').check();
  await noor.getByRole('button', { name: 'Put my name to it' }).click();
  await expect(noor.getByRole('heading', { level: 1 })).toContainText('Your word for Walt');
  await page.goto(path);
  await expect(comment(page, 'kitchen table')).toContainText('vouches for');
});
