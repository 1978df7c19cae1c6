// The page in Chromium: what it shows, that it loads nothing, and that everybody can use it.
// Where SCREENSHOTS names a directory, pictures of it are left there, to be looked at.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';
import {hostile, large, results, small} from './results.mjs';

const pictures = process.env.SCREENSHOTS;
const work = mkdtempSync(join(process.cwd(), 'page-'));
let browser;

before(async () => {
  const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({executablePath: process.env.CHROMIUM, args});
});
after(async () => {
  await browser?.close();
  rmSync(work, {recursive: true, force: true});
});

/// Writes files of results, and the page of all of them.
function makePage(name, ...files) {
  const directory = join(work, name);
  files.forEach((file, i) => {
    mkdirSync(join(directory, String(i)), {recursive: true});
    writeFileSync(
      join(directory, String(i), 'results.json'),
      typeof file === 'string' ? file : JSON.stringify(file),
    );
  });
  const path = join(directory, 'page.html');
  execFileSync(process.env.IODYNO, ['report', directory, '--html', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return path;
}

/// A page that is open; what it should not have done is in `faults`.
async function open(path, settings = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...settings});
  const page = await context.newPage();
  const faults = [],
    url = pathToFileURL(path).href;
  page.on('console', (message) => faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`error: ${error}`));
  page.on('dialog', (dialog) => {
    faults.push('dialog');
    dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url) faults.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  if (settings.javaScriptEnabled !== false)
    await page.waitForSelector('html[data-ready]', {state: 'attached'});
  return {page, faults, close: () => context.close()};
}

const picture = async (page, name, more = {}) => {
  if (pictures) await page.screenshot({path: join(pictures, `${name}.png`), ...more});
};
const drawAll = async (page) => {
  for (const figure of await page.locator('figure:not([hidden])').all())
    await figure.scrollIntoViewIfNeeded();
  await page.waitForFunction(() =>
    [...document.querySelectorAll('figure:not([hidden]) .canvas')].every(
      (canvas) => canvas.childElementCount > 0,
    ),
  );
};
const baselineOf = (page) => page.getByRole('combobox', {name: 'Baseline'});
const texts = (page, selector) => page.locator(selector).allTextContents();

test('500 cases of 20 repetitions: small, soon open, nothing loaded', async () => {
  const path = makePage('large', large());
  const bytes = statSync(path).size;
  assert.ok(bytes < 3 << 20, `${bytes} bytes`);
  // The machine may be busy: beside the same page without its scripts, in turn, the best of three.
  const times = {scripted: [], plain: []};
  for (let i = 0; i < 3; ++i)
    for (const [name, of] of Object.entries(times)) {
      const began = performance.now();
      await (await open(path, {javaScriptEnabled: name === 'scripted'})).close();
      of.push(Math.round(performance.now() - began));
    }
  console.log(`${bytes} bytes, open after ${times.scripted} ms, without scripts ${times.plain} ms`);
  assert.ok(Math.min(...times.scripted) < 3 * Math.min(...times.plain), 'by what its scripts take');
  const {page, faults, close} = await open(path);
  assert.equal(await page.locator('tr[data-case]').count(), 500);
  await drawAll(page);
  await picture(page, 'large');
  assert.deepEqual(faults, []);
  await close();
});

test('every chart is drawn, named, and there as a table', async () => {
  const {page, faults, close} = await open(makePage('charts', small()));
  await drawAll(page);
  const figures = await page.locator('figure:not([hidden])').all();
  assert.equal(figures.length, 6, 'all but the history');
  for (const figure of figures) {
    const canvas = figure.locator('.canvas');
    assert.equal(await canvas.locator('svg').count(), 1);
    assert.match(await canvas.getAttribute('aria-label'), /table below/);
    await figure.locator('summary').click();
    await figure.locator('tbody tr').nth(1).waitFor();
  }
  assert.equal(
    await page.locator('figure').first().locator('tbody tr').count(),
    9,
    'three rivals at three points',
  );
  assert.deepEqual(faults, []);
  await picture(page, 'light', {fullPage: true});
  await close();
});

test('failed and skipped cases have a reason and no figure', async () => {
  const {page, close} = await open(makePage('missing', large()));
  const failed = page.locator('tr[data-case]').filter({hasText: 'failed: EIO'});
  assert.equal(await failed.count(), 10);
  for (const cell of await failed.first().locator('td.figure').allTextContents()) assert.equal(cell, '–');
  assert.ok((await page.locator('tr[data-case]').filter({hasText: 'skipped: tmpfs'}).count()) > 0);
  await close();
});

test('tables are sorted by a click or a key, what has no figure last', async () => {
  const {page, close} = await open(makePage('sort', large()));
  const head = page.locator('table.sortable:not(.matrix) thead th').filter({hasText: /^time$/});
  const times = () =>
    page
      .locator('tr[data-case] td[data-value].figure:nth-of-type(4)')
      .evaluateAll((cells) => cells.map((cell) => cell.dataset.value));
  const before = await times();
  await head.locator('button').focus();
  await page.keyboard.press('Enter');
  assert.equal(await head.getAttribute('aria-sort'), 'ascending');
  const sorted = (await times()).filter((text) => text !== '').map(Number);
  assert.deepEqual(
    sorted,
    [...sorted].sort((a, b) => a - b),
  );
  assert.equal((await times()).at(-1), '');
  await head.locator('button').click();
  assert.equal(await head.getAttribute('aria-sort'), 'descending');
  assert.equal((await times()).at(-1), '');
  await head.locator('button').click();
  assert.deepEqual(await times(), before, 'as it was');
  await close();
});

test('another baseline: ratios, verdicts and sentences follow, as the program itself would say', async () => {
  const path = makePage('baseline', small());
  const {page, faults, close} = await open(path);
  const was = await texts(page, '.verdicts li');
  await baselineOf(page).selectOption('uring');
  assert.notDeepEqual(await texts(page, '.verdicts li'), was);
  assert.deepEqual([...new Set(await texts(page, '[data-baseline]'))], ['uring']);
  const other = join(work, 'baseline', 'other.html');
  execFileSync(process.env.IODYNO, [
    'report',
    join(work, 'baseline', '0'),
    '--baseline',
    'uring',
    '--html',
    other,
  ]);
  const said = await open(other, {javaScriptEnabled: false});
  for (const selector of [
    '.verdicts li',
    '[data-column=ratio]',
    '[data-column=interval]',
    '[data-column=relation]',
    '.matrix td',
  ])
    assert.deepEqual(await texts(page, selector), await texts(said.page, selector), selector);
  assert.deepEqual(faults, []);
  await said.close();
  await close();
});

test('nothing moves when a chart is drawn', async () => {
  const {page, faults, close} = await open(makePage('still', small()), {
    viewport: {width: 1280, height: 200},
  });
  const places = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('figure:not([hidden]) summary')].map(
        (one) => one.getBoundingClientRect().top + scrollY,
      ),
    );
  const before = await places();
  assert.equal(await page.locator('figure .canvas svg').count(), 0, 'none is in view yet');
  await drawAll(page);
  assert.deepEqual(await places(), before);
  assert.deepEqual(faults, []);
  await close();
});

test('charts follow the selection', async () => {
  const {page, faults, close} = await open(makePage('selection', small()));
  const figure = page.locator('figure').nth(1);
  await figure.locator('summary').click();
  await figure.locator('tbody tr').first().waitFor();
  const rows = () => figure.locator('tbody tr').count();
  assert.equal(await rows(), 40);
  await page.getByRole('checkbox', {name: 'mmap'}).uncheck();
  assert.equal(await rows(), 30);
  await page.getByRole('combobox', {name: 'Phase and point'}).selectOption({index: 4});
  assert.match(await figure.locator('figcaption').textContent(), /Phase read, depth 8/);
  assert.deepEqual(faults, []);
  await close();
});

test('by keyboard: past the head, and every control is reached', async () => {
  const {page, close} = await open(makePage('keyboard', small()));
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'To the results');
  const reached = new Set();
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement.tagName));
    if (i === 1)
      assert.notEqual(
        await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle),
        'none',
      );
  }
  for (const tag of ['SELECT', 'INPUT', 'BUTTON', 'SUMMARY', 'DIV']) assert.ok(reached.has(tag), tag);
  await close();
});

test('headings, tables and controls are named for who hears them', async () => {
  const {page, close} = await open(makePage('heard', small()));
  const unnamed = await page.evaluate(() => {
    const bad = [];
    for (const table of document.querySelectorAll('table'))
      if (!table.caption) bad.push('table without caption');
    for (const head of document.querySelectorAll('th')) if (!head.scope) bad.push(`th ${head.textContent}`);
    for (const control of document.querySelectorAll('select, input'))
      if (!control.labels.length) bad.push('control');
    for (const button of document.querySelectorAll('button')) if (!button.textContent) bad.push('button');
    const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
    if (new Set(ids).size !== ids.length) bad.push('id twice');
    return bad;
  });
  assert.deepEqual(unnamed, []);
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await close();
});

test('dark: as the system, or as chosen', async () => {
  const {page, faults, close} = await open(makePage('dark', small()), {colorScheme: 'dark'});
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await drawAll(page);
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, 'dark', {fullPage: true});
  await page.getByRole('combobox', {name: 'Colours'}).selectOption('light');
  assert.equal(await ground(), 'rgb(255, 255, 255)');
  await page.emulateMedia({colorScheme: 'light'});
  await page.getByRole('combobox', {name: 'Colours'}).selectOption('dark');
  assert.equal(await ground(), dark);
  assert.deepEqual(faults, []);
  await close();
});

test('text has contrast enough, light and dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const {page, close} = await open(makePage('contrast', large()), {colorScheme});
    const low = await page.evaluate(() => {
      const channels = (colour) =>
        colour
          .match(/[\d.]+/g)
          .slice(0, 3)
          .map((text) => {
            const value = text / 255;
            return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
          });
      const light = (colour) =>
        channels(colour).reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
      const ground = light(getComputedStyle(document.body).backgroundColor);
      const bad = new Set();
      for (const one of document.querySelectorAll(
        '[data-relation], [data-state], .muted, .facts, summary, caption, dt, a',
      )) {
        const [a, b] = [light(getComputedStyle(one).color), ground].sort((x, y) => y - x);
        if ((a + 0.05) / (b + 0.05) < 4.5) bad.add(one.outerHTML.slice(0, 80));
      }
      return [...bad];
    });
    assert.deepEqual(low, [], colorScheme);
    await close();
  }
});

test('narrow: 360 pixels without scrolling sideways', async () => {
  const {page, faults, close} = await open(makePage('narrow', small()), {
    viewport: {width: 360, height: 740},
  });
  await drawAll(page);
  assert.ok((await page.evaluate(() => document.scrollingElement.scrollWidth)) <= 360);
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, 'narrow', {fullPage: true});
  assert.deepEqual(faults, []);
  await close();
});

test('on paper: light, with all charts', async () => {
  const {page, faults, close} = await open(makePage('print', small()), {colorScheme: 'dark'});
  const pdf = await page.pdf({
    format: 'A4',
    margin: {top: '15mm', bottom: '15mm', left: '15mm', right: '15mm'},
  });
  if (pictures) writeFileSync(join(pictures, 'print.pdf'), pdf);
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  assert.equal(
    await page.locator('figure:not([hidden]) .canvas svg').count(),
    6,
    'drawn, though never in view',
  );
  assert.equal(await page.locator('html').getAttribute('data-theme'), null, 'and then as before');
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  const named = await texts(page.locator('figure').nth(1), '.key');
  assert.deepEqual(named, ['posix', 'uring', 'mmap', 'twin'], 'each chart says which line is whose');
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.deepEqual(faults, []);
  await close();
});

test('without JavaScript: verdict and tables, no dead control', async () => {
  const {page, faults, close} = await open(makePage('static', small()), {javaScriptEnabled: false});
  assert.ok((await page.locator('.verdicts li').count()) >= 2);
  assert.equal(await page.locator('tr[data-case]').count(), 24);
  for (const one of await page.locator('.needs-script').all()) assert.ok(!(await one.isVisible()));
  await picture(page, 'static', {fullPage: true});
  assert.deepEqual(faults, []);
  await close();
});

test('text of anybody does no harm', async () => {
  const {page, faults, close} = await open(makePage('hostile', hostile()));
  await drawAll(page);
  for (const summary of await page.locator('summary:visible').all()) await summary.click();
  for (const option of await baselineOf(page).locator('option').all())
    await baselineOf(page).selectOption(await option.getAttribute('value'));
  await page.locator('figure .canvas svg').first().hover();
  assert.equal(await page.evaluate(() => window.harmed), undefined);
  assert.equal(await page.locator('script').count(), 2);
  assert.equal(await page.locator('img').count(), 0);
  assert.match(await page.locator('h2').textContent(), /<script>window.harmed = 1/);
  await page.setViewportSize({width: 360, height: 740});
  assert.ok((await page.evaluate(() => document.scrollingElement.scrollWidth)) <= 360);
  await picture(page, 'hostile');
  assert.deepEqual(faults, []);
  await close();
});

test('several runs are a history, several scenarios are chapters', async () => {
  const runs = [1, 2, 3].map((day) => small({slower: 1 + day / 10, date: `2026-11-0${day}T10:00:00+00:00`}));
  runs[0].context['iodyno.cpu_model'] = 'another';
  const path = makePage(
    'history',
    ...runs,
    results({
      scenario: 'other',
      phases: ['read'],
      depths: [1],
      sizes: [4096],
      backends: ['posix'],
      blocks: 3,
    }),
  );
  const {page, faults, close} = await open(path);
  assert.deepEqual(await texts(page, 'nav a'), ['files', 'other']);
  const history = page.locator('figure').filter({hasText: 'run by run'}).first();
  await history.scrollIntoViewIfNeeded();
  await history.locator('summary').click();
  await history.locator('tbody tr').first().waitFor();
  assert.equal(await history.locator('tbody tr').count(), 12, 'four backends in three runs');
  assert.ok((await history.locator('tbody tr').filter({hasText: 'another machine'}).count()) > 0);
  assert.match(await page.locator('article').nth(1).textContent(), /nothing to compare it with/);
  await picture(history, 'history');
  assert.deepEqual(faults, []);
  await close();
});

test('the data can be saved', async () => {
  const {page, faults, close} = await open(makePage('saved', small()), {acceptDownloads: true});
  const save = async (name) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', {name}).click(),
    ]);
    return readFileSync(await download.path(), 'utf8');
  };
  assert.equal(JSON.parse(await save('Data as JSON')).scenarios[0].cases.length, 24);
  const csv = (await save('Cases as CSV')).split('\r\n');
  assert.match(csv[0], /^"name","state","reason","trials","real_time_ns"/);
  assert.equal(csv.length, 26);
  assert.deepEqual(
    faults.filter((fault) => !fault.startsWith('request: blob:')),
    [],
  );
  await close();
});
