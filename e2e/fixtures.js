// What every story starts from: a demo network of its own project, and a page that may neither complain nor call out.
import { test as base, expect } from '@playwright/test';
import { complaints } from './axe.js';
import { newPostgresDatabase, Server } from './server.js';

export { expect };

export const test = base.extend({
  /** 'sqlite' (embedded, the default) or 'postgres'. */
  engine: ['sqlite', { option: true, scope: 'worker' }],

  /** The running program; one for all the stories of a project. */
  server: [
    async ({ engine }, use) => {
      const server = await Server.start({ database: engine === 'postgres' ? newPostgresDatabase() : undefined });
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  /** Fails the story when any of its pages breaks its own CSP, throws, or asks anybody else for anything. */
  watch: async ({ server }, use) => {
    const wrong = [];
    await use((context) => {
      context.on('request', (request) => {
        const url = request.url();
        if (![server.url, ...server.friends].some((own) => url.startsWith(own)) && !url.startsWith('data:') && !url.startsWith('blob:')) wrong.push(`asks ${url}`);
      });
      context.on('weberror', (error) => wrong.push(`script error: ${error.error().stack}`));
      context.on('console', (message) => {
        // The browser itself logs every answer of 400 and above as an error; those are asserted where they are meant.
        if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) wrong.push(`console: ${message.text()}`);
      });
      return context;
    });
    expect(wrong, 'every page keeps to its own origin, its own CSP, and throws nothing').toEqual([]);
  },

  context: async ({ context, watch }, use) => use(watch(context)),

  /** Opens a page for somebody else, with a browser of their own that is signed in as nobody. */
  somebodyElse: async ({ browser, watch }, use) => {
    const contexts = [];
    await use(async () => {
      const context = watch(await browser.newContext());
      contexts.push(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },

  /** Axe on the page that is open, in both themes; on the phone only, so that each page is looked at once. */
  accessible: async ({}, use, info) => {
    await use(async (page) => {
      if (info.project.name !== 'phone') return;
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        expect(await complaints(page), `${page.url()} ${colorScheme}`).toEqual([]);
      }
    });
  },
});
