// Accessibility of the page that is open: WCAG 2.2 A and AA, and what axe calls best practice.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds wrong with `page`, one line each; nothing when all is well. `rules` names the only rules to try. */
export async function complaints(page, rules) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(`${source}; undefined`);
  const runOnly = rules ? { type: 'rule', values: rules } : { type: 'tag', values: tags };
  const results = await page.evaluate((only) => globalThis.axe.run(document, { runOnly: only, resultTypes: ['violations'] }), runOnly);
  return results.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`),
  );
}

// Everything in the first look at each width; in the other colours what colours can change.
const looks = [
  { width: 390, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark', rules: ['color-contrast', 'link-in-text-block'] },
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark', rules: ['color-contrast', 'link-in-text-block'] },
];

/** What is wrong with the page that is open in any theme or width: axe's complaints, and scrolling sideways, also at 320 pixels. */
export async function everyLook(page) {
  const where = new URL(page.url());
  const found = [];
  const tooWide = async (width) => {
    const by = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (by > 0) found.push(`${where.pathname} ${width}: ${by} px too wide`);
  };
  await page.setViewportSize({ width: 320, height: 640 });
  await tooWide(320);
  for (const { width, colorScheme, rules } of looks) {
    await page.setViewportSize({ width, height: 844 });
    // As tall as the page: on a phone the navigation lies over whatever happens to be at the fold, and one can scroll.
    const tall = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(844, tall) });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await tooWide(width);
    found.push(...(await complaints(page, rules)).map((line) => `${where.pathname} ${colorScheme} ${width}: ${line}`));
  }
  return found;
}
