// A GraphQL client of its own kind, graphql-request, against a service: node client.mjs URL SCHEMA DOCUMENT
//
// It checks every query that is written in DOCUMENT against SCHEMA, sends each with its default variables, walks a list forward and
// backward, makes a change and has one refused. What it found is printed as JSON.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

// Packages are installed beside the build, not beside this file.
const modules = createRequire(path.join(process.env.NODE_MODULES_OF, 'package.json'));
const { GraphQLClient } = await import(pathToFileURL(path.join(process.env.NODE_MODULES_OF, 'node_modules/graphql-request/build/entrypoints/main.js')));
const { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, parse, printSchema, validate } = modules('graphql');

const [url, schemaFile, documentFile] = process.argv.slice(2);
const client = new GraphQLClient(url, { errorPolicy: 'none' });
const found = {};

const kept = buildSchema(readFileSync(schemaFile, 'utf8'));
const told = buildClientSchema(await client.request(getIntrospectionQuery()));
const types = (schema) => printSchema(lexicographicSortSchema(schema)).replace(/"""[^]*?"""/g, '').match(/^(type|enum|input|interface) \w+/gm);
found.sameTypes = JSON.stringify(types(kept)) === JSON.stringify(types(told));

const queries = [...readFileSync(documentFile, 'utf8').matchAll(/```graphql\n([^]*?)```/g)].map((match) => match[1]);
found.invalid = queries.flatMap((query) => validate(kept, parse(query)).map(String));
found.queries = 0;
// Subscriptions have a client of their own.
for (const query of queries.filter((query) => query.startsWith('query'))) {
  await client.request(query);
  found.queries += 1;
}

const walk = async (size, place, more, cursor) => {
  const all = [];
  for (let at = null; ;) {
    const query = `query ($at: String) { moduleBuilds(${size}: 2, ${place}: $at) { nodes { number } pageInfo { ${more} ${cursor} } } }`;
    const { moduleBuilds: page } = await client.request(query, { at });
    all.push(page.nodes.map((node) => node.number));
    if (!page.pageInfo[more]) return all;
    at = page.pageInfo[cursor];
  }
};
found.forward = (await walk('first', 'after', 'hasNextPage', 'endCursor')).flat();
found.backward = (await walk('last', 'before', 'hasPreviousPage', 'startCursor')).reverse().flat();

const [newest] = found.forward;
found.cancelled = (await client.request('mutation ($id: ID!) { cancel(id: $id) { state stateReason } }', { id: newest })).cancel;
try {
  await client.request('mutation ($id: ID!) { cancel(id: $id) { state } }', { id: newest });
} catch (error) {
  found.refused = error.response.errors[0].extensions;
}
console.log(JSON.stringify(found));
