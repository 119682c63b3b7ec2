// Goodword in Debian's Chromium. One worker, no retries: a story that fails once has found something.
import { defineConfig } from '@playwright/test';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };
const desktop = { viewport: { width: 1280, height: 800 } };
const stories = /stories\/.*\.spec\.js/;

export default defineConfig({
  testDir: '.',
  outputDir: 'output/results',
  workers: 1,
  retries: 0,
  fullyParallel: false,
  forbidOnly: true,
  reporter: [['list']],
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    locale: 'en-US',
    timezoneId: 'America/Los_Angeles',
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox', // needed as root; the only pages opened are our own
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'phone', testMatch: stories, use: { ...phone } },
    { name: 'desktop', testMatch: stories, grep: /@desktop/, use: { ...desktop } },
    { name: 'no-javascript', testMatch: stories, grep: /@plain/, use: { ...phone, javaScriptEnabled: false } },
    { name: 'postgres', testMatch: stories, grep: /@postgres/, use: { ...phone, engine: 'postgres' } },
    { name: 'bad-input', testMatch: /bad-input\/.*\.spec\.js/, use: { ...phone } },
    { name: 'accessibility', testMatch: /accessibility\.spec\.js/, use: { ...phone } },
  ],
});
