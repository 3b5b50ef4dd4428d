// Opens pages in headless Chromium and prints one line of JSON for each: what the browser complained about, what it
// requested besides the page, whether the page is wider than the window, and what axe-core finds, in light and in dark.
// browse.mjs AXE PAGE... PAGE:axe: runs axe-core too, from the file AXE; with IMMURE_SCREENSHOTS=DIR, opens all folds
// and writes pictures to DIR
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const [axeFile, ...pages] = process.argv.slice(2);
const screenshots = process.env.IMMURE_SCREENSHOTS;
const axe = existsSync(axeFile) ? readFileSync(axeFile, 'utf8') : null;
const profile = mkdtempSync(join(tmpdir(), 'immure-browser-'));
const browser = spawn(
  'chromium',
  ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-pipe', `--user-data-dir=${profile}`],
  { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
);

// The DevTools protocol over pipes: JSON, a zero byte after each message.
let last = 0, rest = '';
const waiting = new Map();
const listeners = new Set();
browser.stdio[4].on('data', (bytes) => {
  const parts = (rest + bytes).split('\0');
  rest = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) waiting.get(message.id)(message);
    else for (const listener of listeners) listener(message);
  }
});
function ask(method, params = {}, sessionId) {
  const id = ++last;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
  return new Promise((done, failed) =>
    waiting.set(id, (m) => (m.error ? failed(new Error(`${method}: ${m.error.message}`)) : done(m.result))));
}
const event = (method) =>
  new Promise((done) => {
    const listener = (message) => message.method === method && (listeners.delete(listener), done(message.params));
    listeners.add(listener);
  });

async function look(argument) {
  const [page, more] = argument.split(':');
  const url = 'file://' + resolve(page);
  const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true });
  const tell = (method, params) => ask(method, params, sessionId);
  const complaints = [], requests = [];
  const listener = ({ method, params }) => {
    if (method === 'Log.entryAdded') complaints.push(params.entry.text);
    if (method === 'Runtime.exceptionThrown') complaints.push(params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled') complaints.push(params.type);
    if (method === 'Network.requestWillBeSent' && params.request.url !== url) requests.push(params.request.url);
  };
  listeners.add(listener);
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await tell(domain + '.enable');
  const value = async (expression) => {
    const { result, exceptionDetails } = await tell('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  const loaded = event('Page.loadEventFired');
  await tell('Page.navigate', { url });
  await loaded;
  const said = { page: basename(page), title: await value('document.title'), axe: [] };
  if (screenshots) await value('document.querySelectorAll("details").forEach((fold) => (fold.open = true))');
  said.overflow = await value('document.documentElement.scrollWidth > document.documentElement.clientWidth');
  const own = complaints.length;
  for (const scheme of ['light', 'dark']) {
    await tell('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    if (screenshots) {
      const { data } = await tell('Page.captureScreenshot', { captureBeyondViewport: true });
      writeFileSync(join(screenshots, `${basename(page)}.${scheme}.png`), Buffer.from(data, 'base64'));
    }
    if (axe && more) {
      await value(axe + '; 0');
      const violations = await value('axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.map((v) => v.id + " " + v.nodes[0].target))');
      said.axe.push(...violations.map((violation) => `${scheme}: ${violation}`));
    }
  }
  said.complaints = complaints.slice(0, own);
  said.requests = requests;
  listeners.delete(listener);
  await ask('Target.closeTarget', { targetId });
  console.log(JSON.stringify(said));
}

try {
  for (const page of pages) await look(page);
} finally {
  await Promise.race([ask('Browser.close'), event('never')]).catch(() => {});
  browser.kill();
  await new Promise((done) => (browser.exitCode !== null || browser.signalCode !== null ? done() : browser.on('exit', done)));
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
