// What the stories of conversations share: beginning one, answering, and reading a letter's links.
import { expect } from '@playwright/test';

/** Begins a conversation as whoever `page` is signed in as, and stays on its page. */
export async function begin(page, title, { text = 'What do you think?', who = 'Anybody', tags = '' } = {}) {
  await page.goto('/conversations/new');
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Your words').fill(text);
  if (tags) await page.getByLabel(/^Tags/).fill(tags);
  await page.getByLabel(new RegExp(`^${who}`)).check();
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  return new URL(page.url()).pathname;
}

/** Posts what is in the form; the clock moves on first, as it does while somebody types. */
export async function post(page, server) {
  await server.advance(1 / 1440);
  await page.getByRole('button', { name: 'Post', exact: true }).click();
}

/** Says something in the form at the end of the page that is open. */
export async function say(page, server, words) {
  await page.getByLabel('Your words').fill(words);
  await post(page, server);
  await expect(comment(page, words)).toBeVisible();
}

/** The comment that has these words. */
export const comment = (page, words) => page.locator('article.comment').filter({ has: page.locator('> .words', { hasText: words }) });

/** Many comments by the very requests of the page, as somebody who may write fast; `answering` is the id of a comment. */
export async function sayMany(page, path, lines, answering = '') {
  for (const text of lines) {
    const form = /name="form" value="([^"]+)"/.exec(await (await page.request.get(path)).text())[1];
    const answer = await page.request.post(`${path}/comments`, { form: { form, text, reply_to: answering }, maxRedirects: 0 });
    expect(answer.status(), text).toBe(303);
  }
}
