/**
 * Eko's official mock as an independent oracle: for each endpoint the keys and types of the sandbox's answer
 * are compared with the mock's. DIFFERENCES lists the known differences with their reasons. The test fails on
 * a difference that is not listed, and on a listed one that no longer exists.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { AEPS } from '../../support/eko-mock-aeps-cases';
import { BILLS, COMMON, TRANSFERS } from '../../support/eko-mock-cases';
import { startEkoSandbox, USER_CODE, type EkoSandbox, type Json } from '../../support/eko-sandbox';

interface Fixture {
  slug: string;
  method: string;
  path: string;
  successResponse: Json;
  errors: { responseStatusId?: number; scenario: string; example: Json }[];
}

const PACKAGE = path.dirname(require.resolve('@ekoindia/eps-mock-server/package.json'));
const FIXTURES = JSON.parse(fs.readFileSync(path.join(PACKAGE, 'data/fixtures.json'), 'utf8')) as Fixture[];

let mock: ChildProcess;
let mockUrl: string;
let t: EkoSandbox;

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** The mock listens on all addresses; this preload restricts it to the loopback address. */
const LOOPBACK_ONLY = `data:text/javascript,${[
  'import net from "node:net"',
  'const listen=net.Server.prototype.listen',
  'net.Server.prototype.listen=function(port,...rest){return listen.call(this,{port,host:"127.0.0.1"},...rest)}',
].join(';')};`;

beforeAll(async () => {
  const port = await freePort();
  mockUrl = `http://127.0.0.1:${port}`;
  mock = spawn(process.execPath, ['--import', LOOPBACK_ONLY, path.join(PACKAGE, 'dist/index.js')], {
    env: { PATH: process.env.PATH, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    mock.stderr!.on('data', (chunk: Buffer) => {
      if (chunk.includes('listening')) resolve();
    });
    mock.once('exit', (code) => {
      reject(new Error(`the mock ended with ${code}`));
    });
  });
  t = await startEkoSandbox();
  await t.client.control('POST', '/agents', { user_code: USER_CODE, aeps: 'ready' });
});
afterAll(async () => {
  mock.kill();
  await t.close();
});

/** Maps each nested key to its type. A list is represented by its first element. */
function shapeOf(value: unknown, at = '', into: Map<string, string> = new Map()): Map<string, string> {
  if (Array.isArray(value)) {
    into.set(at, 'list');
    if (value.length > 0) shapeOf(value[0], `${at}[]`, into);
  } else if (typeof value === 'object' && value !== null) {
    if (at !== '') into.set(at, 'object');
    for (const [key, inner] of Object.entries(value)) shapeOf(inner, at === '' ? key : `${at}.${key}`, into);
  } else into.set(at, value === null ? 'null' : typeof value);
  return into;
}

function differences(ours: Json, theirs: Json): string[] {
  const [a, b] = [shapeOf(ours), shapeOf(theirs)];
  return [
    ...[...b].filter(([key]) => !a.has(key)).map(([key]) => `${key} missing`),
    ...[...a].filter(([key]) => !b.has(key)).map(([key]) => `${key} extra`),
    ...[...a]
      .filter(([key, type]) => b.has(key) && b.get(key) !== type)
      .map(([key, type]) => `${key} ${type}, not ${b.get(key)!}`),
  ].toSorted();
}

/**
 * The mock's success answer, or the error at an index of its list: over HTTP if the mock can be asked for it,
 * else from its fixtures.
 */
async function mockAnswer(slug: string, error: number | undefined): Promise<Json> {
  const fixture = FIXTURES.find((f) => f.slug === slug)!;
  const wanted = error === undefined ? undefined : fixture.errors[error]!;
  const isReachable =
    wanted === undefined ||
    fixture.errors.find((e) => e.responseStatusId === wanted.responseStatusId) === wanted;
  if (!isReachable) return wanted.example;
  const query = wanted === undefined ? '' : `?eps_scenario=${String(wanted.responseStatusId)}`;
  const address = `${mockUrl}${fixture.path.replaceAll(/\{[^}]+\}/g, 'x')}${query}`;
  const response = await fetch(address, { method: fixture.method });
  const body = (await response.json()) as Json;
  expect(body).toEqual(wanted?.example ?? fixture.successResponse);
  return body;
}

const NO_SAMPLE = 'the mock’s answer is an empty object; the shape is ours';
/** Maps `slug` or `slug#error` to its differences, each with the reason. */
const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'get-banks': Object.fromEntries(
    [
      'data extra',
      'data.bank_list extra',
      'data.bank_list[] extra',
      'data.bank_list[].bank_id extra',
      'data.bank_list[].code extra',
      'data.bank_list[].name extra',
      'message extra',
      'response_status_id extra',
      'response_type_id extra',
      'status extra',
    ].map((d) => [d, NO_SAMPLE]),
  ),
};

/** `<failure description …>` stands for any text. */
const isPlaceholder = (value: unknown): boolean => typeof value === 'string' && value.startsWith('<');

describe.each([
  ['transfers', TRANSFERS],
  ['AEPS', AEPS],
  ['bills and recharges', BILLS],
  ['common', COMMON],
] as const)('%s', (_group, cases) => {
  it.each(cases.map((c) => [`${c.slug}${c.error === undefined ? '' : `#${c.error}`}`, c] as const))(
    '%s has the shape of the mock',
    async (name, { slug, error, ours }) => {
      const theirs = await mockAnswer(slug, error);
      const { body, http } = await ours(t);
      expect(http).toBe(200);
      expect(differences(body, theirs)).toEqual(Object.keys(DIFFERENCES[name] ?? {}).toSorted());
      const words = (answer: Json): Json =>
        Object.fromEntries(
          ['status', 'response_status_id', 'response_type_id', 'message']
            .filter((field) => theirs[field] !== undefined && !isPlaceholder(theirs[field]))
            .map((field) => [field, answer[field]]),
        );
      expect(words(body)).toEqual(words(theirs));
    },
  );
});

it('says which endpoints of the mock the sandbox does not have', () => {
  const ours = new Set([...TRANSFERS, ...AEPS, ...BILLS, ...COMMON].map((c) => c.slug));
  const missing = FIXTURES.filter((f) => !ours.has(f.slug))
    .map((f) => f.slug)
    .filter((slug) => /dmt|aeps|bbps|refund|inquiry|wallet-balance/.test(slug) && !/ppi|v1/.test(slug));
  expect(missing).toEqual([]);
});
