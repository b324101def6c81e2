/**
 * Every command of every page of docs/services, in the order of the page, on one stack that began empty. The
 * commands are those of the page, run by a shell; only `npm run -s sample` is answered here, since no
 * `npm start` runs.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createTransactionFinder } from '../../../domain/services/find';
import { publicId } from '../../../platform/ids';
import { pidBlock } from '../../../sandbox/eko/finger';
import { photo, shellLines } from '../../../scripts/sample/sample';
import { rows } from '../../../platform/database';
import { commandsOf, ROOT, runCommands } from '../../support/pages';
import { startPlatform, type Platform } from '../../support/platform';

const PAGES = path.join(ROOT, 'docs', 'services');

let p: Platform;
let key: string;
let dir: string;
beforeAll(async () => {
  p = await startPlatform({ eko: true, setu: true, razorpay: true });
  const user = await p.user(1_000_000_000n);
  key = user.apiKey;
  await p.c.aeps.terminals.register(user.userId, 'till-7', 'test'); // as npm start does
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-pages-'));
  const samples = {
    env: shellLines({ api: p.apiUrl, key, sandbox: p.sandbox.url, sandboxToken: 'none-in-tests' }),
    pid: pidBlock(),
    photo: photo(),
  };
  for (const [name, text] of Object.entries(samples)) fs.writeFileSync(path.join(dir, name), `${text}\n`);
});
afterAll(async () => {
  await p.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

const pages = fs.readdirSync(PAGES).filter((file) => file.endsWith('.md'));

it.each(pages)('every command of %s works, in its order', async (page) => {
  const commands = commandsOf(`services/${page}`);
  expect(commands).toContain('npm run -s sample env');
  const { code, output } = await runCommands(commands, dir);
  expect([code, output.slice(-2_000)]).toEqual([0, expect.not.stringContaining('/problems/')]);
});

it('each service came to its end, and the refund of the page too', async () => {
  const found = await rows<{ service: string; state: string }>(
    p.c.knex,
    'select service, state from transactions group by 1, 2 order by 1, 2',
  );
  expect(found).toEqual([
    { service: 'aeps', state: 'succeeded' },
    { service: 'bbps', state: 'succeeded' },
    { service: 'collection', state: 'succeeded' },
    { service: 'dmt', state: 'refunded' },
    { service: 'dmt', state: 'succeeded' },
    { service: 'payout', state: 'succeeded' },
    { service: 'recharge', state: 'succeeded' },
  ]);
});

it('staff find each of them by what a customer or an app says', async () => {
  const finder = createTransactionFinder(p.c);
  const services = async (text: string): Promise<string[]> => [
    ...new Set((await finder.find(text)).map(({ service }) => service)),
  ];
  expect(await services('9876500000')).toEqual(['recharge']);
  expect(await services('+91 9876500000')).toEqual(['recharge']);
  expect(await services('9000000000')).toEqual(['aeps']);
  expect(await services('9000000009')).toEqual([]);
  const [paid] = await rows<{ id: string; reference: string; utr: string }>(
    p.c.knex,
    "select id, reference, utr from transactions where service = 'payout'",
  );
  for (const said of [paid!.reference, paid!.utr, publicId('transaction', paid!.id)])
    expect((await finder.find(said)).map(({ id }) => id)).toContain(paid!.id);
  const [split] = await rows<{ reference: string }>(
    p.c.knex,
    'select reference from requests where id not in (select id from transactions)',
  );
  expect(await finder.find(split!.reference)).toHaveLength(2);
});
