/**
 * Every command of every page of docs/services, in the order of the page, on one stack that began empty. The
 * commands are those of the page, run by a shell; only `npm run -s sample` is answered here, since no
 * `npm start` runs.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createTransactionFinder } from '../../../domain/services/find';
import { publicId } from '../../../platform/ids';
import { pidBlock } from '../../../sandbox/eko/finger';
import { photo, shellLines } from '../../../scripts/sample/sample';
import { rows } from '../../../platform/database';
import { startPlatform, type Platform } from '../../support/platform';

const ROOT = path.join(__dirname, '..', '..', '..');
const PAGES = path.join(ROOT, 'docs', 'services');
const LIMIT_MS = 150_000;

let p: Platform;
let key: string;
let dir: string;
beforeAll(async () => {
  p = await startPlatform({ eko: true, setu: true });
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

/** The commands of a page: what stands in its blocks of the kind `sh`. */
function commandsOf(page: string): string {
  const text = fs.readFileSync(path.join(PAGES, page), 'utf8');
  return [...text.matchAll(/^```(?:sh|bash)\n([^]*?)^```$/gm)].map((block) => block[1]!).join('\n');
}

/** A request that is refused ends the page, as does a command that fails. */
const SHELL = `
set -euo pipefail
curl() { command curl --fail-with-body "$@"; }
npm() {
  case "$4" in
    pid) node -e "$FINGER" "$SAMPLES/pid" "\${5:-}" ;;
    *) cat "$SAMPLES/$4" ;;
  esac
}
`;

/** Each capture is another one, sealed with the one-time password that it was given (sandbox/eko/finger.ts). */
const FINGER = `
const [block, otp] = [fs.readFileSync(process.argv[1], 'utf8'), process.argv[2]];
const salt = crypto.randomBytes(16);
const seal = crypto.createHash('sha256').update(salt).update(otp).digest();
console.log(block.trim().replace(/(<Data[^>]*>)[^<]*/, '$1' + Buffer.concat([salt, seal]).toString('base64')));`;

async function run(commands: string): Promise<{ code: number | null; output: string }> {
  const shell = spawn('bash', ['-c', `${SHELL}\n${commands}`], {
    env: { PATH: process.env.PATH ?? '', SAMPLES: dir, FINGER },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const code = await new Promise<number | null>((resolve) => {
    shell.once('close', resolve);
  });
  return { code, output };
}

const pages = fs.readdirSync(PAGES).filter((file) => file.endsWith('.md'));

it.each(pages)('every command of %s works, in its order', async (page) => {
  const commands = commandsOf(page);
  expect(commands).toContain('npm run -s sample env');
  const { code, output } = await run(commands);
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
