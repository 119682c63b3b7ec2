// Conversations beyond this site: shown on somebody's own, brought in from WordPress, taken along again.
import { createServer } from 'node:http';
import path from 'node:path';
import { test, expect } from '../fixtures.js';
import { become, continueAs, press } from '../people.js';

/** Somebody's own site, on an origin of its own: a page by its path, or the one there is. */
async function blog(server, pages) {
  const site = createServer((request, answer) => answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(pages[request.url] ?? pages['/']));
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${site.address().port}`;
  server.friends.push(url);
  return { url, close: () => site.close() };
}

test('a conversation is shown on a site of the list and on no other @desktop', async ({ page, server, browser, somebodyElse, accessible }) => {
  await continueAs(page, 'Dana', '/conversations/new');
  await page.getByLabel('Title').fill('Shown <elsewhere>');
  await page.getByLabel('Your words').fill('What do you **think**?');
  await page.getByLabel('Anybody').check();
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Shown <elsewhere>');
  const slug = new URL(page.url()).pathname.split('/').pop();

  const ana = await somebodyElse();
  await become(ana, 'Ana Quiroga');
  await ana.goto(`/conversations/${slug}`);
  await server.advance(1 / 1440);
  await ana.getByLabel('Your words').fill('I <img src=x onerror="document.title=\'broken\'"> think @carla-mendes knows.');
  await ana.getByRole('button', { name: 'Post', exact: true }).click();
  await expect(ana.getByText('Published.')).toBeVisible();

  // Its author reads how; no site may yet.
  await page.goto(`/conversations/${slug}`);
  await page.getByRole('link', { name: 'Show it on your site' }).click();
  await expect(page.getByText('No other site may show conversations yet.')).toBeVisible();
  await accessible(page);
  const snippet = await page.locator('pre').first().textContent();
  const named = await page.locator('pre').nth(1).textContent();
  const [place, script] = snippet.split('\n');
  const html = (head, main) => `<!doctype html><html lang="en"><head><title>My blog</title>${head}</head><body><main><h1>An article</h1>${main}</main><footer>The end</footer></body></html>`;
  const site = await blog(server, {
    '/': html('', `<p><a href="${server.url}/conversations/${slug}" data-goodword-count>Comments</a></p>${snippet}`),
    '/below': html('', named),
    // As quick as can be: before there is a body to put anything into.
    '/head': html(script.replace(' async', ''), place),
    '/head-named': html(named.replace(' async', ''), ''),
    '/head-late': html(named, place),
  });
  try {
    // A browser of its own, since what is refused to a site is complained of in its console.
    const context = await browser.newContext({ baseURL: server.url });
    const reader = await context.newPage();
    const [cookies, broken] = [[], []];
    context.on('weberror', (error) => broken.push(error.error().stack));
    reader.on('request', async (request) => {
      if (request.url().startsWith(server.url)) cookies.push((await request.allHeaders()).cookie);
    });
    await become(reader, 'Ana Quiroga');
    await reader.goto(site.url);
    await expect(reader.getByRole('heading', { name: 'Comments are on their own page' })).toBeVisible();
    await expect(reader.getByText('knows.')).toHaveCount(0);

    // A moderator names the site.
    await page.getByRole('link', { name: 'Name yours in the rules' }).click();
    await page.getByLabel('Sites that may show a conversation').fill(site.url);
    await press(page, page.getByRole('button', { name: 'Keep these rules' }));
    await page.goto(`/conversations/${slug}/embed`);
    await expect(page.getByRole('listitem').filter({ hasText: site.url })).toBeVisible();
    await accessible(page);

    cookies.length = 0;
    await reader.goto(site.url);
    await expect(reader.getByRole('heading', { name: '1 comment' })).toBeVisible();
    await expect(reader.getByRole('link', { name: '1 comment' })).toHaveAttribute('href', `${server.url}/conversations/${slug}`);
    await expect(reader.getByText('knows.')).toBeVisible();
    await expect(reader.getByRole('link', { name: '@carla-mendes' })).toHaveAttribute('href', `${server.url}/people/carla-mendes`);
    await expect(reader).toHaveTitle('My blog');
    expect(cookies.length).toBeGreaterThan(0);
    expect(cookies.filter(Boolean), 'no cookie goes along').toEqual([]);
    await accessible(reader);

    // Wherever the script stands: in its place, below the script, or at the end of the page.
    for (const [path, where] of [['/', 'main > div'], ['/below', 'main > script + div'], ['/head', 'main > div'], ['/head-named', 'body > footer + div'], ['/head-late', 'main > div']]) {
      await reader.goto(site.url + path);
      await expect(reader.locator(where).getByText('knows.'), path).toBeVisible();
      await expect(reader.getByText('knows.'), path).toHaveCount(1);
    }
    await reader.getByRole('link', { name: 'Join this conversation' }).click();
    await expect(reader).toHaveURL(new RegExp(`/conversations/${slug}#respond$`));

    // Another site shows nothing.
    const stranger = await blog(server, { '/': html('', snippet) });
    await reader.goto(stranger.url);
    await expect(reader.getByRole('heading', { name: 'Comments are on their own page' })).toBeVisible();
    stranger.close();
    expect(broken).toEqual([]);
    await context.close();
  } finally {
    site.close();
  }
});

test('a WordPress export is brought in, read, and taken along again @desktop @plain @postgres', async ({ page, server, accessible }) => {
  await continueAs(page, 'Dana', '/imports');
  await accessible(page);
  const file = path.resolve(import.meta.dirname, '../../crates/formats/tests/files/wordpress-com.xml');
  await page.getByLabel(/An export file/).setInputFiles(file);
  await press(page, page.getByRole('button', { name: 'Bring it in' }));
  await server.advance(0);
  await page.reload();
  await expect(page.getByText('WordPress, begun')).toContainText('done');
  await expect(page.locator('dl')).toContainText('New comments4');
  await expect(page.getByText('attachments are not kept')).toBeVisible();
  await accessible(page);
  await page.goto('/conversations/do-networking-groups-work');
  await expect(page.getByRole('heading', { name: '3 comments' })).toBeVisible();
  await expect(page.getByText('pingback ·')).toBeVisible();
  // The same again is the same report.
  const before = page.url();
  await page.goto('/imports');
  await page.getByLabel(/An export file/).setInputFiles(file);
  await page.getByRole('button', { name: 'Bring it in' }).click();
  await expect(page.locator('dl')).toContainText('New comments4');
  expect(page.url()).not.toBe(before);
  await page.goto('/imports');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /WordPress export/ }).click()]);
  expect(download.suggestedFilename()).toBe('conversations.wordpress.xml');
  const text = await (await import('node:fs/promises')).readFile(await download.path(), 'utf8');
  expect(text).toContain('<wp:post_name>');
  expect(text.trimEnd().endsWith('</rss>')).toBe(true);
});
