import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { BenchPerson } from './auth-people';
import { percentile } from './flags';

/**
 * One load of the sign-in half, in a process of its own, so that none waits for the program of the other: people who sign
 * in one after the other, on some connections; or reads at a pace that waits for nobody. What happens in the first
 * `leadS` seconds, in which connections are made, is not counted.
 */
export type Drive = { url: string; seconds: number; leadS: number } & (
  | { people: readonly BenchPerson[]; connections: number }
  | { path: string; bearer: string; perSecond: number }
);
export interface SignInsDriven {
  rate: number;
  refused: number;
}
/** From the moment at which a read was due. */
export interface ReadsDriven {
  p50Ms: number;
  p99Ms: number;
  refused: number;
}

async function main(): Promise<void> {
  const drive = JSON.parse(process.argv[2]!) as Drive;
  const pool = new Pool(drive.url, { connections: 64 });
  const driven = 'people' in drive ? await signInAll(pool, drive) : await readAll(pool, drive);
  await pool.close();
  process.stdout.write(JSON.stringify(driven));
}

async function signInAll(
  pool: Pool,
  { people, connections, seconds, leadS }: Extract<Drive, { people: unknown }>,
): Promise<SignInsDriven> {
  const from = performance.now() + leadS * 1_000;
  const until = from + seconds * 1_000;
  let done = 0;
  let refused = 0;
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) {
        const { statusCode, body } = await pool.request({
          method: 'POST',
          path: '/v1/sign-ins',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(people[next++ % people.length]),
        });
        await body.dump();
        if (statusCode !== 200) refused += 1;
        else if (performance.now() >= from && performance.now() < until) done += 1;
      }
    }),
  );
  return { rate: done / seconds, refused };
}

async function readAll(
  pool: Pool,
  { path, bearer, perSecond, seconds, leadS }: Extract<Drive, { perSecond: unknown }>,
): Promise<ReadsDriven> {
  const headers = { authorization: `Bearer ${bearer}` };
  const tookMs: number[] = [];
  let refused = 0;
  const one = async (due: number): Promise<void> => {
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers });
    await body.dump();
    if (due >= from) tookMs.push(performance.now() - due);
    if (statusCode !== 200) refused += 1;
  };
  const began = performance.now();
  const from = began + leadS * 1_000;
  const under: Promise<void>[] = [];
  for (let n = 0; n < perSecond * (leadS + seconds); n++) {
    const due = began + (n * 1_000) / perSecond;
    const leftMs = due - performance.now();
    if (leftMs > 0) await pause(leftMs);
    under.push(one(due));
  }
  await Promise.all(under);
  return { p50Ms: percentile(tookMs, 50), p99Ms: percentile(tookMs, 99), refused };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
