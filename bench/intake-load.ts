import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import autocannon from 'autocannon';
import { Pool } from 'undici';
import { percentile } from './support/flags';
import { payoutBody } from './support/payouts';

/**
 * The load of the intake bench, in a process of its own. `closed`: autocannon with a fixed number of connections.
 * `open`: a fixed number of requests a second, whatever comes back.
 */
async function main(): Promise<void> {
  const [mode, url, key, numberText, secondsText] = process.argv.slice(2) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const result =
    mode === 'closed'
      ? await closed(url, key, Number(numberText), Number(secondsText))
      : await open(url, key, Number(numberText), Number(secondsText));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function headers(key: string): Record<string, string> {
  return {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
  };
}

async function closed(url: string, key: string, connections: number, seconds: number): Promise<object> {
  let n = 0;
  const result = await autocannon({
    url: `${url}/v1/payouts`,
    connections,
    duration: seconds,
    method: 'POST',
    requests: [
      {
        method: 'POST',
        setupRequest: (request) => {
          n += 1;
          return { ...request, headers: { ...request.headers, ...headers(key) }, body: payoutBody(n % 200) };
        },
      },
    ],
  });
  return {
    rate: result['2xx'] / result.duration,
    not2xx: result.non2xx,
    errors: result.errors,
    p99Ms: result.latency.p99,
  };
}

async function open(url: string, key: string, perSecond: number, seconds: number): Promise<object> {
  const pool = new Pool(url, { connections: 64 });
  const latencies: number[] = [];
  let refused = 0;
  const pending: Promise<void>[] = [];
  const started = performance.now();
  const total = Math.round(perSecond * seconds);
  for (let n = 0; n < total; n++) {
    const due = started + (n * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    pending.push(
      pool
        .request({ method: 'POST', path: '/v1/payouts', headers: headers(key), body: payoutBody(n % 200) })
        .then(async ({ statusCode, body }) => {
          await body.dump();
          if (statusCode !== 202) refused += 1;
          latencies.push(performance.now() - due);
        }),
    );
  }
  await Promise.all(pending);
  await pool.close();
  return {
    perSecond,
    sent: total,
    refused,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
  };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
