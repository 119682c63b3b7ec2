// What no form sends: foreign sites, wrong content types, too much, nonsense. A sentence and the right status each time.
import { test, expect } from '../fixtures.js';

const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** A refusal is a page of ours with a sentence, and tells nothing about the inside. */
async function expectSentence(answer, status) {
  const text = await answer.text();
  expect(answer.status(), text.slice(0, 300)).toBe(status);
  expect(answer.headers()['content-type']).toMatch(/^text\/html/);
  expect(text).toMatch(/<h1[^>]*>[^<]{5,}/);
  expect(text).not.toMatch(/panicked|rusqlite|SELECT |at src\/|deserialize/i);
}

test('a form on another site cannot act here', async ({ browser, server }) => {
  const context = await browser.newContext({ javaScriptEnabled: true });
  const page = await context.newPage();
  await page.route('http://evil.example/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${server.url}/sign-in"><input name="email" value="dana@example.org"><button>Win</button></form>`,
    }),
  );
  const before = (await server.letters()).length;
  await page.goto('http://evil.example/');
  const [answer] = await Promise.all([page.waitForResponse(`${server.url}/sign-in`), page.getByRole('button').click()]);
  expect(answer.status()).toBe(403);
  await expect(page.getByText('came from another site')).toBeVisible();
  expect((await server.letters()).length).toBe(before);
  await context.close();
});

test('nor can a request that says it comes from elsewhere', async ({ request }) => {
  const data = 'email=dana%40example.org';
  await expectSentence(await request.post('/sign-in', { headers: { ...form, 'sec-fetch-site': 'cross-site' }, data }), 403);
  await expectSentence(await request.post('/sign-in', { headers: { ...form, 'sec-fetch-site': 'same-site' }, data }), 403);
  await expectSentence(await request.post('/sign-in', { headers: { ...form, origin: 'https://evil.example' }, data }), 403);
});

test('what is not a form is refused with a sentence', async ({ request }) => {
  await expectSentence(await request.post('/sign-in', { headers: { 'content-type': 'text/plain' }, data: 'email=x' }), 415);
  await expectSentence(await request.post('/sign-in', { headers: { 'content-type': 'application/xml' }, data: '<email/>' }), 415);
  await expectSentence(await request.post('/sign-in', { data: { email: 'dana@example.org' } }), 415);
});

test('too much is refused, and bytes that are no text do no harm', async ({ request }) => {
  await expectSentence(await request.post('/sign-in', { headers: form, data: `email=${'a'.repeat(2_000_000)}` }), 413);
  const answer = await request.post('/sign-in', { headers: form, data: Buffer.from('email=%ff%fe%00@%c3%28.org') });
  expect([400, 422]).toContain(answer.status());
  await expectSentence(answer, answer.status());
});

test('what is not there is said to be not there', async ({ request }) => {
  for (const path of [
    '/nothing-here',
    '/people/nobody-of-this-name',
    '/people/%00',
    '/people/%ff%fe',
    '/referrals/11111111111111111111111111',
    "/needs/1'%20OR%201=1",
    '/assets/x/../../../../etc/passwd',
    '/assets/x/..%2f..%2fetc%2fpasswd',
    '/assets/x/%2e%2e/Cargo.toml',
  ]) {
    const answer = await request.get(path, { maxRedirects: 0 });
    expect([302, 303, 400, 404], `${path} answered ${answer.status()}`).toContain(answer.status());
    expect(await answer.text()).not.toMatch(/root:|\[package\]|panicked/);
  }
});

test('a method a page does not know is refused', async ({ request }) => {
  await expectSentence(await request.fetch('/sign-in', { method: 'DELETE' }), 405);
  await expectSentence(await request.fetch('/', { method: 'PUT', data: 'x' }), 405);
});

test('every page carries the strict policy, and errors do too', async ({ request }) => {
  for (const path of ['/', '/sign-in', '/nothing-here']) {
    const headers = (await request.get(path)).headers();
    expect(headers['content-security-policy']).toMatch(/default-src 'none'/);
    expect(headers['content-security-policy']).not.toMatch(/unsafe/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBeTruthy();
  }
});

test('a forged sign-in link signs nobody in', async ({ page, request }) => {
  for (const token of ['x', 'A'.repeat(43), 'A'.repeat(4000), '%00', '..%2f..']) {
    const answer = await request.get(`/sign-in/${token}`);
    expect([400, 404, 410], `${token.slice(0, 20)} answered ${answer.status()}`).toContain(answer.status());
    expect([400, 404, 410]).toContain((await request.post(`/sign-in/${token}`, { headers: form, data: '' })).status());
  }
  await page.goto(`/sign-in/${'A'.repeat(43)}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.goto('/');
  await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
});

test('signing in never leads to another site', async ({ page }) => {
  for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example/', 'javascript:alert(1)']) {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    expect(await page.locator('input[name=next]').first().inputValue()).toMatch(/^\/(?![/\\])/);
  }
});
