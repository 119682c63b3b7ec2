// Draws the icons of the app from favicon.svg into crates/goodword/assets: run it when the mark changes.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from '@playwright/test';

const assets = path.resolve(import.meta.dirname, '../crates/goodword/assets');
const mark = readFileSync(path.join(assets, 'favicon.svg'), 'utf8');
// Launchers cut a circle or a rounded square out of this one: the ground goes to the edge, the mark stays in the middle.
const maskable = mark.replace('rx="9"', '').replace('<path ', '<path transform="translate(16 16) scale(.78) translate(-16 -16)" ');

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [name, svg, size] of [['icon-192', mark, 192], ['icon-512', mark, 512], ['icon-maskable-512', maskable, 512]]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`);
  await page.screenshot({ path: path.join(assets, `${name}.png`), omitBackground: true });
  await page.close();
}
await browser.close();
