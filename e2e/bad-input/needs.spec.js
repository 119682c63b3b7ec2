// Needs nobody can read: empty, endless, hostile, with impossible dates and made-up trades.
import { test, expect } from '../fixtures.js';

test('an empty need is asked for again, in words', async ({ page }) => {
  const answer = await page.goto('/recommendations?need=');
  expect(answer.status()).toBe(422);
  await expect(page.getByLabel('What you need')).toBeVisible();
  await expect(page.locator('.error').first()).toBeVisible();
});

test('an endless need is refused and kept', async ({ page }) => {
  const words = 'A florist for a June wedding.'.repeat(100);
  const answer = await page.goto(`/recommendations?need=${encodeURIComponent(words)}`);
  expect(answer.status()).toBe(422);
  await expect(page.getByLabel('What you need')).toHaveValue(words);
});

test('markup in a need is text', async ({ page }) => {
  const words = `A florist </textarea><script>document.title='broken'</script><img src=x onerror="document.title='broken'"> "' & {{7*7}}`;
  await page.goto(`/recommendations?need=${encodeURIComponent(words)}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words);
  expect(await page.title()).not.toBe('broken');
  await page.goto(`/needs/new?need=${encodeURIComponent(words)}`);
  await expect(page.locator('#need')).toHaveValue(words);
});

test('impossible corrections say what is wrong, or are read as nothing', async ({ request }) => {
  for (const wrong of ['field=99-9999.99', 'field=%00', 'from=2026-02-31', 'from=2027-06-02&to=2027-06-01', 'budget=-5', 'budget=1e400', 'place=%ff', 'for=nobody', 'other=%F0%9F%8C%B8']) {
    for (const path of ['/recommendations', '/api/v1/recommendations']) {
      const answer = await request.get(`${path}?need=a+florist&${wrong}`);
      expect([200, 400, 422], `${path} ${wrong} answered ${answer.status()}`).toContain(answer.status());
      expect(await answer.text()).not.toMatch(/panicked|Something went wrong on our side/);
    }
  }
});

test('the API says its problems as problem+json', async ({ request }) => {
  for (const [path, status] of [
    ['/api/v1/recommendations', 422],
    ['/api/v1/recommendations?need=', 422],
    ['/api/v1/nothing-here', 404],
  ]) {
    const answer = await request.get(path);
    expect(answer.status(), path).toBe(status);
    expect(answer.headers()['content-type']).toContain('application/problem+json');
    const problem = await answer.json();
    expect(problem.status).toBe(status);
    expect(problem.detail.length).toBeGreaterThan(5);
  }
});
