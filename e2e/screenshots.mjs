// Pictures of the main pages at 390 and 1280 pixels, light and dark, into e2e/output/screenshots (git-ignored).
//   npm run screenshots                 every page
//   npm run screenshots -- needs        pages whose name holds "needs"
//   npm run screenshots -- --docs       also renews the pictures in docs/pictures: what the README shows, the first screenful
import { chromium } from '@playwright/test';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import config from './playwright.config.js';
import { continueAs } from './people.js';
import { pages } from './pages.js';
import { Server } from './server.js';

const here = import.meta.dirname;
const out = path.join(here, 'output', 'screenshots');
const docs = path.join(here, '..', 'docs', 'pictures');
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const forDocs = process.argv.includes('--docs');

/** The same picture a fifth of the size, made by the browser itself. */
async function webp(png) {
  const page = await browser.newPage();
  const url = await page.evaluate(async (source) => {
    const image = await createImageBitmap(await (await fetch(source)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext('2d').drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.85 });
    return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
  }, `data:image/png;base64,${png.toString('base64')}`);
  await page.close();
  return Buffer.from(url, 'base64');
}

mkdirSync(out, { recursive: true });
const server = await Server.start();
const browser = await chromium.launch(config.use.launchOptions);
try {
  for (const [who, list] of Object.entries(pages)) {
    const context = await browser.newContext({ baseURL: server.url, locale: 'en-US', reducedMotion: 'reduce' });
    const page = await context.newPage();
    if (who !== 'visitor' && who !== 'letters') await continueAs(page, who.trim());
    for (const { name, open, picture } of list) {
      if (words.length && !words.some((word) => name.includes(word))) continue;
      try {
        await (typeof open === 'string' ? page.goto(open) : open(page, server));
      } catch (error) {
        console.error(`${name}: ${error.message}`);
        process.exitCode = 1;
        continue;
      }
      for (const width of [390, 1280]) {
        for (const colorScheme of ['light', 'dark']) {
          await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          const file = path.join(out, `${name}-${width}-${colorScheme}.png`);
          await page.screenshot({ path: file, fullPage: true });
          if (forDocs && picture === `${width}-${colorScheme}`) {
            mkdirSync(docs, { recursive: true });
            writeFileSync(path.join(docs, `${name}.webp`), await webp(await page.screenshot()));
          }
        }
      }
      console.log(name);
    }
    await context.close();
  }
} finally {
  await browser.close();
  await server.stop();
}
