import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { BenchPerson } from './auth-people';
import { percentile } from './flags';

/**
 * The load of the sign-in half, in a process of its own: people who sign in one after the other, on some connections,
 * and beside them, or alone, reads at a pace that waits for nobody.
 */
export interface Drive {
  url: string;
  seconds: number;
  reads: { path: string; bearer: string; perSecond: number };
  signIns?: { people: readonly BenchPerson[]; connections: number };
}
export interface Driven {
  signIns: { rate: number; refused: number };
  /** From the moment at which a read was due. */
  reads: { p50Ms: number; p99Ms: number; refused: number };
}

async function main(): Promise<void> {
  const drive = JSON.parse(process.argv[2]!) as Drive;
  const pool = new Pool(drive.url, { connections: 64 });
  const [signIns, reads] = await Promise.all([signInAll(pool, drive), readAll(pool, drive)]);
  await pool.close();
  process.stdout.write(JSON.stringify({ signIns, reads } satisfies Driven));
}

async function signInAll(pool: Pool, { signIns, seconds }: Drive): Promise<Driven['signIns']> {
  if (signIns === undefined) return { rate: 0, refused: 0 };
  const { people, connections } = signIns;
  const until = performance.now() + seconds * 1_000;
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
        if (statusCode === 200) done += 1;
        else refused += 1;
      }
    }),
  );
  return { rate: done / seconds, refused };
}

async function readAll(pool: Pool, { reads, seconds }: Drive): Promise<Driven['reads']> {
  const { path, bearer, perSecond } = reads;
  const headers = { authorization: `Bearer ${bearer}` };
  const tookMs: number[] = [];
  let refused = 0;
  const one = async (due: number): Promise<void> => {
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers });
    await body.dump();
    tookMs.push(performance.now() - due);
    if (statusCode !== 200) refused += 1;
  };
  const began = performance.now();
  const under: Promise<void>[] = [];
  for (let n = 0; n < perSecond * seconds; n++) {
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
