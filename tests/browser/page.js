// Opens the status page in a headless Chromium and tells what a person would see. Takes a command a line, in JSON, and answers each in a line.
// Environment: CHROMIUM, PAGE.
'use strict';

const readline = require('node:readline');
const { readFileSync } = require('node:fs');
const { chromium } = require('playwright-core');

const { CHROMIUM, PAGE } = process.env;
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const answer = what => void process.stdout.write(`${JSON.stringify(what)}\n`);
const origin = new URL(PAGE).origin;

let page, strangers, complaints;

const commands = {
  // A window of its own; the page's policy holds in it, as it does for everybody.
  async open(browser, { scheme, width, javaScript }) {
    await page?.context().close();
    const context = await browser.newContext({
      colorScheme: scheme ?? 'light', viewport: { width: width ?? 1280, height: 800 }, javaScriptEnabled: javaScript ?? true,
    });
    page = await context.newPage();
    strangers = [];
    complaints = [];
    page.on('request', request => {
      if (new URL(request.url()).origin !== origin && !request.url().startsWith('data:')) strangers.push(request.url());
    });
    page.on('console', message => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', error => complaints.push(error.message));
    await page.goto(PAGE);
  },

  async look() {
    const seen = await page.evaluate(() => ({
      title: document.title,
      state: document.getElementById('state').textContent,
      causes: [...document.querySelectorAll('#cause-list code')].map(name => name.textContent),
      old: document.getElementById('old').hidden ? '' : document.getElementById('old').textContent,
      aloud: [...document.querySelectorAll('[role=alert], [role=status]')].map(region => region.textContent),
      charts: Object.fromEntries([...document.querySelectorAll('figure svg')].map(svg => [svg.id, svg.childElementCount])),
      texts: [...document.querySelectorAll('svg[role=img]')].map(svg => svg.getAttribute('aria-label')),
      empty: [...document.querySelectorAll('[data-field]')].filter(field => field.textContent === '').map(field => field.dataset.field),
      tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    }));
    return { ...seen, strangers, complaints };
  },

  // Run beside the page's own script, which its policy lets run alone; so nothing of that has to be loosened.
  async judge() {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(node => node.html).join(' ')}`);
  },

  async shoot(browser, { file }) {
    await page.screenshot({ path: file, fullPage: true });
  },
};

async function main() {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  answer({ ok: browser.version() });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const words = JSON.parse(line);
    try {
      answer({ ok: await commands[words.command](browser, words) ?? null });
    } catch (error) {
      answer({ error: String(error.stack) });
    }
  }

  await browser.close();
}

main().catch(error => answer({ error: String(error.stack) }));
