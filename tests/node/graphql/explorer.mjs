// Runs the subscription of the explorer in a browser: node explorer.mjs URL DEVTOOLS
//
// DEVTOOLS is the address that Chromium prints for its remote debugging. It opens the tab of the subscription, runs it, says
// {"subscribed": true}, and prints what the page shows as soon as that has the text which is the next line of the standard input.

import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';

const modules = createRequire(path.join(process.env.NODE_MODULES_OF, 'package.json'));
const WebSocket = modules('ws');
const [url, devtools] = process.argv.slice(2);
const say = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

const browser = new WebSocket(devtools);
await new Promise((resolve, reject) => browser.on('open', resolve).on('error', reject));
const waiting = new Map();
let last = 0;
let loaded;
browser.on('message', (data) => {
  const { id, result, error, method, params } = JSON.parse(data);
  if (id !== undefined) waiting.get(id)(error ? { error } : result);
  else if (method === 'Page.loadEventFired') loaded();
  else if (method === 'Inspector.targetCrashed') console.error('the page crashed');
  else if (method === 'Log.entryAdded') console.error(params.entry.text);
});
/** What is asked of a page that crashed is never answered. */
const answered = (what, promise) => {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no answer: ${what}`)), 20_000); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
const call = (method, params = {}, sessionId) => answered(method, new Promise((resolve) => {
  last += 1;
  waiting.set(last, resolve);
  browser.send(JSON.stringify({ id: last, method, params, sessionId }));
}));

/** Opens the explorer, runs its subscription, and gives the function that asks the page. */
const subscribe = async () => {
  // A page that replaces another one does not answer what that was asked: so it is asked when it has been loaded.
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  await call('Log.enable', {}, sessionId);
  await call('Page.enable', {}, sessionId);
  const load = new Promise((resolve) => { loaded = resolve; });
  await call('Page.navigate', { url }, sessionId);
  await answered('load', load);
  const run = async (expression) => {
    const answer = await call('Runtime.evaluate', { expression, returnByValue: true }, sessionId);
    return answer.result?.value;
  };
  /** Asks the page until it says something; says what it looks like when it does not for long. */
  const until = async (expression, looks = 200) => {
    for (; looks > 0; looks -= 1) {
      const value = await run(expression);
      if (value) return value;
      await pause();
    }
    throw new Error(`in vain: ${expression}\n${await run('document.body.innerText')}`);
  };

  const tab = `[...document.querySelectorAll('.graphiql-tab-button')].find((one) => one.textContent.trim() === 'Changes')`;
  const editor = `document.querySelector('.graphiql-query-editor')?.textContent`;
  // A tab that is chosen before the editor shows the first one's query may be given that query.
  await until(`${editor}?.includes('query Broken')`);
  await until(`${editor}?.includes('moduleBuildChanged') || (${tab}?.click(), false)`);
  // While it runs, the same button stops it.
  const button = `document.querySelector('button.graphiql-execute-button')`;
  await until(`${button}?.getAttribute('aria-label').startsWith('Stop') || (${button}?.click(), false)`);
  return until;
};

/** A browser may lose a page: then another one does. */
const subscribed = async (attempts) => {
  try {
    return await subscribe();
  } catch (error) {
    if (attempts === 1) throw error;
    console.error(error.message);
    return subscribed(attempts - 1);
  }
};

const until = await subscribed(3);
say({ subscribed: true });
for await (const line of readline.createInterface({ input: process.stdin })) {
  const shown = `document.querySelector('.graphiql-response')?.textContent`;
  say({ shown: await until(`${shown}?.includes(${JSON.stringify(line)}) && ${shown}`, 1000) });
  process.exit(0);
}
