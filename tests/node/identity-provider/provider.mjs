// An OpenID Connect provider for the tests: oidc-provider (certified), with two clients, and doors below /test/ through which a test
// does what users and administrators of a provider do.
//
//   node provider.mjs PORT
//
// POST /test/user     {name, groups, claims}   makes or changes a user; who logs in next by browser is the one that was named last
// POST /test/token    {user, scope, format: opaque | jwt, audience, ttl}   a token of that user, as the provider makes them
// POST /test/sign     {header, claims, key: current | foreign | public | none}   any token; `public` is HS256 with the public key
// POST /test/rotate   the provider signs with a new key from now on, and no longer publishes the old one
// POST /test/device   {user_code, user}        the user lets the device in
// GET  /test/counts   requests so far, by path

import * as crypto from 'node:crypto';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

// Packages are installed beside the build, not beside this file.
const modules = createRequire(path.join(process.env.NODE_MODULES_OF, 'package.json'));
const { default: Provider } = await import(pathToFileURL(modules.resolve('oidc-provider')));
const jose = await import(pathToFileURL(modules.resolve('jose')));

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const GROUPS = 'https://id.fedoraproject.org/scope/groups';
const SUBMIT = 'https://mbs.fedoraproject.org/oidc/submit-build';
const ALL = `openid ${GROUPS} ${SUBMIT}`;

const users = new Map();
const counts = {};
let nextUser;

const newKey = async () => {
  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
  return { ...await jose.exportJWK(privateKey), alg: 'RS256', use: 'sig', kid: crypto.randomUUID() };
};
let key = await newKey();
const foreign = await newKey();

const resourceServer = (audience) => ({
  scope: `${ALL} offline_access`, audience, accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'RS256' } },
});

const clients = [
  { client_id: 'mbs', client_secret: 'mbs-secret-of-the-tests', grant_types: ['client_credentials'], redirect_uris: [],
    response_types: [], token_endpoint_auth_method: 'client_secret_post' },
  { client_id: 'mbs-build', application_type: 'native', token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    redirect_uris: ['http://127.0.0.1/callback'], response_types: ['code'] },
];

// What tokens say beside the standard claims; groups are in signed ones only, user info has them for others.
const extra = (token) => {
  const user = users.get(token.accountId);
  if (!user) return {};
  const groups = token.resourceServer?.accessTokenFormat === 'jwt' ? { groups: user.groups } : {};
  return { username: token.accountId, ...groups };
};

const configuration = () => ({
  clients,
  jwks: { keys: [key] },
  scopes: ['openid', 'offline_access', GROUPS, SUBMIT],
  claims: { openid: ['sub'], [GROUPS]: ['groups'] },
  ttl: { AccessToken: 600, DeviceCode: 600, AuthorizationCode: 60, RefreshToken: 3600, Grant: 3600, Session: 3600, Interaction: 600 },
  pkce: { required: () => true },
  findAccount: (_, id) => users.has(id) && { accountId: id, claims: () => ({ sub: id, ...users.get(id) }) },
  extraTokenClaims: (_, token) => extra(token),
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  revokeGrantPolicy: () => false,
  cookies: { keys: ['of the tests'] },
  features: {
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (_, client) => client.clientId === 'mbs' },
    revocation: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true, defaultResource: () => undefined, useGrantedResource: () => true,
      getResourceServerInfo: (_, indicator) => resourceServer(indicator),
    },
  },
});

let provider;
let answer;
const start = () => {
  provider = new Provider(issuer, configuration());
  answer = provider.callback();
};
start();

const grantOf = async (user, clientId, scope, resource) => {
  const grant = new provider.Grant({ accountId: user, clientId });
  grant.addOIDCScope(scope);
  if (resource) grant.addResourceScope(resource, scope);
  return grant.save();
};

const doors = {
  async user({ name, ...claims }) {
    users.set(name, claims);
    nextUser = name;
  },
  async token({ user, scope = ALL, format = 'opaque', audience = 'urn:mbs', ttl = 600 }) {
    const client = await provider.Client.find('mbs-build');
    const token = new provider.AccessToken({
      accountId: user, client, scope, expiresIn: ttl, gty: 'authorization_code', grantId: await grantOf(user, 'mbs-build', scope, audience),
    });
    if (format === 'jwt') token.resourceServer = new provider.ResourceServer(audience, resourceServer(audience));
    token.extra = extra(token);
    return { token: await token.save() };
  },
  async sign({ header = {}, claims, key: which = 'current' }) {
    if (which === 'none') return { token: new jose.UnsecuredJWT(claims).encode() };
    if (which === 'public') {
      const pem = crypto.createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      const signed = new jose.SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: key.kid, ...header });
      return { token: await signed.sign(new TextEncoder().encode(pem)) };
    }
    const jwk = which === 'foreign' ? foreign : key;
    const signed = new jose.SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'at+jwt', ...header });
    // It signs nothing that it would not understand, unless told to.
    const crit = Object.fromEntries((header.crit ?? []).map((name) => [name, true]));
    return { token: await signed.sign(await jose.importJWK(jwk, 'RS256'), { crit }) };
  },
  async key() {
    return { kid: key.kid };
  },
  async rotate() {
    key = await newKey();
    start();
  },
  async device({ user_code: userCode, user }) {
    const code = await provider.DeviceCode.findByUserCode(userCode.replace(/[^A-Z0-9]/gi, '').toUpperCase());
    const resource = [code.params.resource].flat()[0];
    Object.assign(code, {
      accountId: user, claims: {}, scope: code.params.scope, resource, authTime: Math.floor(Date.now() / 1000),
      grantId: await grantOf(user, code.clientId, code.params.scope, resource),
    });
    await code.save();
  },
  async counts() {
    return counts;
  },
};

// The page that asks who it is and whether that is all right: the user who was named last, and yes.
const interact = async (request, response) => {
  const { params, prompt } = await provider.interactionDetails(request, response);
  const result = prompt.name === 'login'
    ? { login: { accountId: nextUser } }
    : { consent: { grantId: await grantOf(nextUser, params.client_id, params.scope, [params.resource].flat()[0]) } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
};

const body = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
};

const serve = async (request, response) => {
  const { pathname } = new URL(request.url, issuer);
  counts[pathname] = (counts[pathname] ?? 0) + 1;
  if (pathname.startsWith('/interaction/')) return interact(request, response);
  if (!pathname.startsWith('/test/')) return answer(request, response);
  const result = await doors[pathname.slice('/test/'.length)](await body(request));
  return response.setHeader('content-type', 'application/json').end(JSON.stringify(result ?? {}));
};

const fail = (response) => (error) => {
  console.error(error);
  response.statusCode = 500;
  response.end(String(error));
};
http.createServer((request, response) => { serve(request, response).catch(fail(response)); }).listen(port, '127.0.0.1');
