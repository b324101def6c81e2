import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { hasRedisServer } from '../scripts/stack/redis-server';
import { cpuOf, withStack, withTotal } from './pipeline';
import { figure, median, note, readFlags, report } from './support/flags';
import { payoutBody } from './support/payouts';

/**
 * Requests a second that POST /v1/payouts accepts: autocannon in its own process with 128 connections, a fresh key and
 * reference for each request, no worker running, queues on Redis. Peer: a bare Koa handler that parses the same body and
 * answers the same bytes. Afterwards, the latency of an open loop at a tenth of that rate.
 */
const DEFAULTS = { seconds: 15, rounds: 3, connections: 128, wallets: 1 };

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  if (!hasRedisServer()) throw new Error('the intake bench runs on Redis: install redis-server');
  await withStack(
    { ledger: 0, dispatch: 0, callbacks: 0, polling: 0, maintenance: 0, sandbox: 0 },
    async (stack, redis, users) => {
      const key = users[0]!.apiKey;
      const answer = await firstAnswer(stack.urls.api, key);
      const bare = await startPeer(answer);
      try {
        await load('closed', { url: stack.urls.api, key }, flags.connections, 3);
        const ours: Closed[] = [];
        const cpu: Record<string, number> = {};
        const peers: Closed[] = [];
        for (let round = 1; round <= flags.rounds; round++) {
          const before = cpuOf(stack, redis);
          ours.push(
            (await load('closed', { url: stack.urls.api, key }, flags.connections, flags.seconds)) as Closed,
          );
          for (const [name, ms] of Object.entries(cpuOf(stack, redis)))
            cpu[name] = (cpu[name] ?? 0) + ms - (before[name] ?? 0);
          peers.push(
            (await load('closed', { url: bare.url, key }, flags.connections, flags.seconds)) as Closed,
          );
          note(`round ${round}: ours ${figure(ours.at(-1)!.rate)}/s, peer ${figure(peers.at(-1)!.rate)}/s`);
        }
        const rate = median(ours.map((o) => o.rate));
        const peerRate = median(peers.map((p) => p.rate));
        const open = (await load(
          'open',
          { url: stack.urls.api, key },
          Math.max(10, Math.round(rate / 10)),
          flags.seconds,
        )) as { perSecond: number; p50Ms: number; p99Ms: number; refused: number };
        report({
          bench: 'intake',
          ours: figure(rate),
          unit: 'requests/s',
          peer: figure(peerRate),
          peer_name: 'bare Koa handler, same body, same bytes',
          ratio: figure(rate / peerRate),
          aim: 0.4,
          cpu_ms_a_request: withTotal(perRequest(cpu, ours, flags.seconds)),
          not_2xx: ours.reduce((n, o) => n + o.not2xx, 0),
          open_loop: {
            per_second: open.perSecond,
            p50_ms: figure(open.p50Ms),
            p99_ms: figure(open.p99Ms),
            aim_p99_ms: 25,
            refused: open.refused,
          },
          flags: { ...flags, redis: 'AOF everysec', fsync: 'on', synchronous_commit: 'on' },
        });
      } finally {
        bare.child.kill();
      }
    },
    flags,
  );
}

function perRequest(
  cpuMs: Readonly<Record<string, number>>,
  rounds: readonly Closed[],
  seconds: number,
): Record<string, number> {
  const accepted = rounds.reduce((sum, { rate }) => sum + rate * seconds, 0);
  return Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [name, figure(ms / accepted)]));
}

interface Closed {
  rate: number;
  not2xx: number;
  p99Ms: number;
}

function load(
  mode: 'closed' | 'open',
  { url, key }: { url: string; key: string },
  n: number,
  seconds: number,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const p = spawn(
      process.execPath,
      [path.join(__dirname, 'intake-load.js'), mode, url, key, String(n), String(seconds)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let out = '';
    p.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
    });
    p.on('exit', (code) => {
      if (code === 0) resolve(JSON.parse(out));
      else reject(new Error(`the load ended with ${code}`));
    });
  });
}

async function firstAnswer(url: string, key: string): Promise<string> {
  const response = await fetch(`${url}/v1/payouts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: payoutBody(1),
  });
  if (response.status !== 202) throw new Error(`the first request was answered ${response.status}`);
  return response.text();
}

function startPeer(answer: string): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [path.join(__dirname, 'intake-peer.js'), answer], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return new Promise((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) =>
      resolve({ url: `http://127.0.0.1:${String(chunk).trim()}`, child }),
    );
    child.once('exit', (code) => reject(new Error(`the peer ended with ${code}`)));
  });
}
