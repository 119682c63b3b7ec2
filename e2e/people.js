// The demo's people, and the ways in.
import { expect } from '@playwright/test';

/** Somebody of each kind, from those the demo's sign-in page offers to continue as. */
export const demoPeople = ['Dana', 'Ana', 'Carla'];

/** Continues as the demo person whose name begins with `name`. */
export async function continueAs(page, name, next = '/') {
  await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByRole('button', { name: new RegExp(`^Continue\\s+as ${name}\\b`) }).click();
  await expect(page).not.toHaveURL(/sign-in/);
}

/** Presses a button that sends a form, and waits until the page that answers it is there. */
export const press = (page, button) => Promise.all([page.waitForEvent('load'), button.click()]);

/** Signs in as any of the demo's members, by their whole name. */
export async function become(page, name) {
  const handle = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z]+/g, '-');
  const answer = await page.request.post('/dev/sessions', { form: { handle }, maxRedirects: 0 });
  expect(answer.status(), `nobody called ${name}`).toBe(303);
}

/** The newest letter to an address and about a subject; fails when there is none. */
export async function newestLetter(server, { to, subject }) {
  const letters = await server.letters();
  const found = letters.find((l) => (!to || l.to === to) && (!subject || subject.test(l.subject)));
  if (!found) {
    const there = letters.slice(0, 10).map((l) => `${l.to}: ${l.subject}`).join(' | ');
    throw new Error(`no letter to ${to} about ${subject}; there are: ${there}`);
  }
  return found;
}

/** The link in a letter whose address matches `pattern`. */
export function linkIn(letter, pattern = /./) {
  const link = (letter.plain.match(/https?:\/\/[^\s<>"]+/g) ?? []).find((l) => pattern.test(l));
  if (!link) throw new Error(`no link like ${pattern} in:\n${letter.plain}`);
  return link;
}
