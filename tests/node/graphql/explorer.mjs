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
browser.on('message', (data) => {
  const { id, result, error, method, params } = JSON.parse(data);
  if (id !== undefined) waiting.get(id)(error ? { error } : result);
  else if (method === 'Log.entryAdded') console.error(params.entry.text);
});
const call = (method, params = {}, sessionId) => new Promise((resolve) => {
  last += 1;
  waiting.set(last, resolve);
  browser.send(JSON.stringify({ id: last, method, params, sessionId }));
});

const { targetId } = await call('Target.createTarget', { url });
const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
await call('Log.enable', {}, sessionId);
const run = async (expression) => {
  const answer = await call('Runtime.evaluate', { expression, returnByValue: true }, sessionId);
  return answer.result?.value;
};
/** Asks the page until it says something. */
const until = async (expression) => {
  for (;;) {
    const value = await run(expression);
    if (value) return value;
    await pause();
  }
};

// What is clicked before the page is ready does nothing, so that is done until it shows.
const tab = `[...document.querySelectorAll('.graphiql-tab-button')].find((one) => one.textContent.trim() === 'Changes')`;
const editor = `document.querySelector('.graphiql-query-editor')?.textContent`;
await until(`${editor}?.includes('moduleBuildChanged') || (${tab}?.click(), false)`);
// While it runs, the same button stops it.
const button = `document.querySelector('button.graphiql-execute-button')`;
await until(`${button}?.getAttribute('aria-label').startsWith('Stop') || (${button}?.click(), false)`);
say({ subscribed: true });
for await (const line of readline.createInterface({ input: process.stdin })) {
  const shown = `document.querySelector('.graphiql-response')?.textContent`;
  say({ shown: await until(`${shown}?.includes(${JSON.stringify(line)}) && ${shown}`) });
  process.exit(0);
}
