// Brings the main job to a certain point by the very requests its pages make: for pages that only a signed link opens.
import { become, linkIn, newestLetter } from './people.js';

export const florist = 'A florist for a small June wedding in Santa Monica, about $3,000';

const path = (url) => new URL(url).pathname;

/** Sends a form as whoever `page` is signed in as (or as the bearer of a link), and returns where it leads. */
export async function send(page, url, form) {
  const answer = await page.request.post(url, { form, maxRedirects: 0 });
  if (answer.status() !== 303) throw new Error(`POST ${url} answered ${answer.status()}: ${(await answer.text()).slice(0, 2000)}`);
  return answer.headers().location;
}

/** Dana asks for an introduction to the answer's `place`-th professional; for a client of hers when one is given. */
export async function asked(page, server, { place = 0, client, need = florist } = {}) {
  await become(page, 'Dana Whitlock');
  await page.goto(`/recommendations?need=${encodeURIComponent(need)}${client ? '&for=client' : ''}`);
  const result = page.locator('.result').filter({ has: page.locator('input[name=professional]') }).nth(place);
  const fields = await result.locator('form[action="/needs"] input').evaluateAll((all) => all.map((i) => [i.name, i.value]));
  const next = new URL(await send(page, '/needs', Object.fromEntries(fields)), server.url);
  const form = { ...Object.fromEntries(next.searchParams), words: need, place: 'Santa Monica', note: 'It is for my sister, who likes a garden look.', budget: 'yes' };
  const followed = await send(page, '/referrals', client ? { ...form, ...client } : form);
  const letter = await newestLetter(server, { subject: /asks you about/ });
  return { before: next.pathname + next.search, followed, answer: path(linkIn(letter, /\/answers\//)) };
}

const word = { words: 'She grows half of what she uses, and listens before she sketches.', basis: 'hired', tie: 'none', confidence: '85', unknown: 'price' };

/** … and the referrer puts their name to it: the client is asked, or the professional where Dana is the client. */
export async function offered(page, server, more = {}) {
  const scene = await asked(page, server, more);
  await send(page, `${scene.answer}/offer`, word);
  const letter = await newestLetter(server, more.client ? { to: more.client.email } : { subject: /put their name to you/ });
  const consent = path(linkIn(letter, /\/consents\//));
  return more.client ? { ...scene, consent, mine: path(linkIn(letter, /\/mine\//)) } : { ...scene, consent };
}

/** … and everybody says yes. */
export async function introduced(page, server, more = {}) {
  const scene = await offered(page, server, more);
  await send(page, `${scene.consent}/acceptance`, more.client ? { hear: 'how', phone: '310 555 0148' } : {});
  if (!more.client) return scene;
  const put = await newestLetter(server, { subject: /put their name to you/ });
  const second = path(linkIn(put, /\/consents\//));
  await send(page, `${second}/acceptance`, {});
  return { ...scene, second };
}

/** … and the client's side says it is done: the three are asked how it was. */
export async function done(page, server, more = {}) {
  const scene = await introduced(page, server, more);
  const at = more.client ? scene.mine : scene.followed;
  await page.goto(at);
  const version = await page.locator('input[name=version]').first().inputValue();
  await send(page, `${at}/moves`, { to: 'done', version });
  await server.advance(0);
  const letter = await newestLetter(server, more.client ? { to: more.client.email } : { subject: /Was .* right person/ });
  return { ...scene, outcome: path(linkIn(letter, /outcome/)) };
}
