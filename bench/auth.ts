import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { developmentKeys } from '../scripts/stack/development-keys';
import { processEnvironment } from '../scripts/stack/environment';
import { readProcfile } from '../scripts/stack/process-list';
import { ROOT } from '../scripts/stack/root';
import type { Stack } from '../scripts/stack/stack';
import type { AuthApi } from './auth-api';
import { withStack } from './pipeline';
import { benchSignIns, SIGN_IN_DEFAULTS } from './support/auth-sign-ins';
import { figure, median, note, readFlags, report } from './support/flags';
import { payoutBody } from './support/payouts';
import type { BenchUser } from './support/users';

/**
 * Requests a second of GET /v1/transactions/{id} with an access token and with an API key. Peer: the same handlers in the
 * same process, where the caller is known without a look at what it sends. The arms alternate within one run, and medians
 * count. Then sign-ins (`support/auth-sign-ins`). `--half requests` and `--half sign-ins` leave the other out; `--strict
 * yes` ends with an error when a target is missed.
 */
const DEFAULTS = {
  ...{ seconds: 10, rounds: 5, connections: 32, wallets: 1, strict: 'no', half: 'both' },
  ...SIGN_IN_DEFAULTS,
};
const AIM = 0.9;

interface Answers {
  rate: number;
  not2xx: number;
  p99Ms: number;
}

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  let missed = 0;
  await withStack(
    { ledger: 0, dispatch: 0, callbacks: 0, polling: 0, maintenance: 0, sandbox: 0 },
    async (stack, _redis, [user]) => {
      const id = await acceptedPayout(stack, user!);
      const { api, child } = await startApi(stack, user!, flags.people);
      try {
        if (flags.half !== 'sign-ins')
          missed += await benchRequests(api, { id, apiKey: user!.apiKey }, flags);
        if (flags.half !== 'requests')
          missed += await benchSignIns({ ...api, id, bearer: api.accessToken }, flags);
      } finally {
        child.kill();
      }
    },
    flags,
  );
  if (missed > 0 && flags.strict === 'yes') throw new Error(`${missed} of the targets are missed`);
}

/** Returns how many of its two targets were missed. */
async function benchRequests(
  api: AuthApi,
  { id, apiKey }: { id: string; apiKey: string },
  flags: typeof DEFAULTS,
): Promise<number> {
  const arms = {
    token: { url: api.url, bearer: api.accessToken },
    key: { url: api.url, bearer: apiKey },
    bare: { url: api.bareUrl, bearer: 'nobody' },
  };
  const results = { token: [] as Answers[], key: [] as Answers[], bare: [] as Answers[] };
  const names = ['token', 'key', 'bare'] as const;
  for (const name of names) await load(arms[name], id, { ...flags, seconds: 3 });
  for (let round = 1; round <= flags.rounds; round++)
    for (const name of names) {
      results[name].push(await load(arms[name], id, flags));
      note(`round ${round}, ${name}: ${figure(results[name].at(-1)!.rate)}/s`);
    }
  const told = (['token', 'key'] as const).map((name) => tell(name, results, flags));
  return told.filter((met) => !met).length;
}

function tell(
  name: 'token' | 'key',
  results: Readonly<Record<'token' | 'key' | 'bare', readonly Answers[]>>,
  flags: typeof DEFAULTS,
): boolean {
  const of = (arm: readonly Answers[], what: (answers: Answers) => number): number => median(arm.map(what));
  const ours = of(results[name], (a) => a.rate);
  const peer = of(results.bare, (a) => a.rate);
  const ratio = ours / peer;
  report({
    bench: 'auth',
    with: name === 'token' ? 'an access token' : 'an API key',
    ours: figure(ours),
    unit: 'requests/s',
    peer: figure(peer),
    peer_name: 'the same handlers, caller known',
    ratio: figure(ratio),
    aim: AIM,
    met: ratio >= AIM,
    p99_ms: figure(of(results[name], (a) => a.p99Ms)),
    p99_ms_peer: figure(of(results.bare, (a) => a.p99Ms)),
    not_2xx: results[name].reduce((n, a) => n + a.not2xx, 0),
    flags,
  });
  return ratio >= AIM;
}

async function acceptedPayout({ urls }: Stack, { apiKey }: BenchUser): Promise<string> {
  const response = await fetch(`${urls.api}/v1/payouts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: payoutBody(1),
  });
  if (response.status !== 202) throw new Error(`the payout to read was answered ${response.status}`);
  return ((await response.json()) as { id: string }).id;
}

function startApi(
  stack: Stack,
  user: BenchUser,
  people: number,
): Promise<{ api: AuthApi; child: ChildProcess }> {
  const env = processEnvironment(
    {
      dataDir: stack.dataDir,
      databaseUrl: stack.urls.database,
      redisUrl: stack.urls.redis,
      policyProfile: 'development',
      ports: { api: portOf(stack.urls.api), ops: 1, sandbox: 1 },
      keys: developmentKeys(stack.dataDir),
    },
    { name: 'api', publicPort: portOf(stack.urls.api), adminPort: 0 },
  );
  const api = readProcfile(path.join(ROOT, 'Procfile')).find(({ name }) => name === 'api')!;
  const asInProduction = api.command.filter((part) => part.startsWith('--'));
  const own = [path.join(__dirname, 'auth-api.js'), user.userId, user.apiKey, String(people)];
  const args = [...asInProduction, ...own];
  const child = spawn(process.execPath, args, {
    env: { ...env, MUNIM_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    readline.createInterface(child.stdout).once('line', (line) => {
      resolve({ api: JSON.parse(line) as AuthApi, child });
    });
    child.once('exit', (code) => reject(new Error(`the API of the bench ended with ${code}`)));
  });
}

const portOf = (url: string): number => Number(new URL(url).port);

function load(
  { url, bearer }: { url: string; bearer: string },
  id: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Answers> {
  const args = [`${url}/v1/transactions/${id}`, bearer, String(connections), String(seconds)];
  const child = spawn(process.execPath, [path.join(__dirname, 'auth-load.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
    });
    child.on('exit', (code) => {
      if (code === 0) resolve(JSON.parse(out) as Answers);
      else reject(new Error(`the load ended with ${code}`));
    });
  });
}
