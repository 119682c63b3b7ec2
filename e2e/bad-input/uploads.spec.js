// Files nobody should send as a picture: bombs, scripts, stumps, far too much; and names that climb out of their folder.
import { test, expect } from '../fixtures.js';
import { png } from '../files.js';
import { become } from '../people.js';
import { send } from '../scenes.js';

const multipart = (buffer, { name = 'picture.png', mimeType = 'image/png', alt = 'A kept description' } = {}) => ({ picture: { name, mimeType, buffer }, alt });

test('what is no picture is refused with a sentence, and the work stays as it was', async ({ page }) => {
  await become(page, 'Carla Mendes');
  const work = await send(page, '/profile/work/new', { title: 'Arch for one afternoon', field: '27-1023.00' });
  const upload = (parts) => page.request.post(`${work}/pictures`, { multipart: parts, maxRedirects: 0 });
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
  const html = Buffer.from('<!doctype html><script>alert(1)</script>');
  for (const [what, parts] of Object.entries({
    bomb: multipart(png(60_000, 60_000, 4)),
    'cut off': multipart(png(800, 600).subarray(0, 900)),
    script: multipart(svg, { name: 'x.svg', mimeType: 'image/svg+xml' }),
    disguised: multipart(html, { name: 'x.png' }),
    nothing: multipart(Buffer.alloc(0)),
  })) {
    const answer = await upload(parts);
    const text = await answer.text();
    expect(answer.status(), `${what}: ${text.slice(0, 200)}`).toBe(422);
    expect(text, what).toMatch(/class="error[ "]|error-summary/);
    expect(text, `${what}: what was typed is kept`).toContain('A kept description');
    expect(text, what).not.toMatch(/panicked|image::|at src\//);
  }
  const large = await upload(multipart(Buffer.alloc(11 * 1024 * 1024, 7)));
  expect([413, 422]).toContain(large.status());
  const form = await page.request.post(`${work}/pictures`, { form: { alt: 'no file' }, maxRedirects: 0 });
  expect([400, 415, 422]).toContain(form.status());

  // A name is only a name.
  expect((await upload(multipart(png(64, 48), { name: '../../../../etc/cron.d/x.png' }))).status()).toBe(303);
  await page.goto(work);
  const picture = page.getByRole('img', { name: 'A kept description' });
  await expect(picture).toBeVisible();
  const served = await page.request.get(await picture.getAttribute('src'));
  expect(served.headers()['content-type']).toMatch(/^image\/(png|jpeg|webp)$/);
  expect(served.headers()['x-content-type-options']).toBe('nosniff');
  // Somebody else can neither add to it nor take it away.
  await become(page, 'Dana Whitlock');
  expect((await upload(multipart(png(64, 48)))).status()).toBe(404);
  expect((await page.request.post(`${await picture.getAttribute('src')}/removal`, { form: {}, maxRedirects: 0 })).status()).toBe(404);
});
