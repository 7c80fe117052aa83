// Subscriptions with clients that are not ours, against a service: node subscriber.mjs URL MODE [OPTIONS]
//
// follow  one subscription with graphql-ws, or with subscriptions-transport-ws where options have `older`; every answer is a line of JSON,
//         and so is the end: {"complete": true}, {"error": …} or {"closed": {"code", "reason"}}
// many    `subscribers` connections that all follow the feed from `since` on; ends when each has seen the event whose number is the
//         next line of the standard input, and prints the numbers that each has seen, if they differ from the others'
// raw     sends `frames` (texts; {"binary": n}, {"long": n} and {"times": [n, text]} stand for larger ones) and prints what comes, to the
//         close or until `count` messages have come

import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';

const modules = createRequire(path.join(process.env.NODE_MODULES_OF, 'package.json'));
const WebSocket = modules('ws');
const { createClient } = modules('graphql-ws');
const [url, mode, text] = process.argv.slice(2);
const options = JSON.parse(text ?? '{}');
let left = false;
const say = (value) => left || process.stdout.write(JSON.stringify(value) + '\n');
// Not before everything that was said has been written, and nothing is said after that.
const leave = () => {
  left = true;
  process.stdout.write('', () => process.exit(0));
};

const client = () => createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: options.params,
  retryAttempts: 0,
  keepAlive: 5_000,
});

const follow = () => {
  const { query, variables, count = Infinity } = options;
  let seen = 0;
  const next = (answer) => {
    say(answer);
    seen += 1;
    if (seen >= count) leave();
  };
  if (options.older) {
    const { SubscriptionClient } = modules('subscriptions-transport-ws');
    const older = new SubscriptionClient(url, { reconnect: false, connectionParams: options.params }, WebSocket);
    older.request({ query, variables }).subscribe({
      next,
      error: (error) => { say({ error }); leave(); },
      complete: () => { say({ complete: true }); leave(); },
    });
    return;
  }
  const error = (reason) => {
    const closed = reason?.code !== undefined && { code: reason.code, reason: String(reason.reason) };
    say(closed ? { closed } : { error: reason });
    leave();
  };
  client().subscribe({ query, variables }, { next, error, complete: () => { say({ complete: true }); leave(); } });
};

const many = async () => {
  const { subscribers, since } = options;
  const seen = Array.from({ length: subscribers }, () => []);
  let last = Infinity;
  const query = `subscription ($since: Int) { events(since: $since) { number } }`;
  const done = () => seen.every((numbers) => numbers.at(-1) >= last);
  const report = () => {
    const [first, ...others] = seen.map(String);
    say({ numbers: seen[0], different: others.filter((other) => other !== first).length });
    leave();
  };
  seen.forEach((numbers) => client().subscribe({ query, variables: { since } }, {
    next: ({ data, errors }) => {
      if (errors) throw new Error(JSON.stringify(errors));
      numbers.push(data.events.number);
      if (numbers.at(-1) >= last && done()) report();
    },
    error: (error) => { throw error instanceof Error ? error : new Error(JSON.stringify(error)); },
    complete: () => { throw new Error('completed'); },
  }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    last = Number(line);
    if (done()) report();
  }
};

const raw = () => {
  const { frames = [], protocol = 'graphql-transport-ws', headers, count = Infinity } = options;
  const socket = new WebSocket(url, protocol, { headers });
  let seen = 0;
  socket.on('message', (data) => {
    say(JSON.parse(data));
    seen += 1;
    if (seen >= count) leave();
  });
  socket.on('close', (code, reason) => { say({ closed: { code, reason: String(reason) } }); leave(); });
  socket.on('error', () => {});
  socket.on('unexpected-response', (_, response) => {
    let body = '';
    response.on('data', (chunk) => { body += chunk; });
    response.on('end', () => { say({ status: response.statusCode, body: JSON.parse(body) }); leave(); });
  });
  socket.on('open', () => {
    for (const frame of frames) {
      if (typeof frame === 'string') socket.send(frame);
      else if (frame.binary) socket.send(Buffer.alloc(frame.binary, 0xff));
      else if (frame.long) socket.send('x'.repeat(frame.long));
      else for (let number = 0; number < frame.times[0]; number += 1) socket.send(frame.times[1].replaceAll('$', number));
    }
  });
};

({ follow, many, raw })[mode]();
