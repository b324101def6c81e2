import { accountId, type AccountId } from '../domain/ids/ids';
import { createLedger } from '../domain/ledger/post';
import { systemClock } from '../platform/clock';
import { makeKnex } from '../platform/database';
import { systemIds } from '../platform/ids';

/** One process of the ledger bench: concurrent callers of the public post(). Prints one JSON line at the end. */
async function main(): Promise<void> {
  const [url, callersText, secondsText, walletsText, hotText, firstText] = process.argv.slice(2);
  const [callers, seconds, wallets, hot, first] = [
    callersText,
    secondsText,
    walletsText,
    hotText,
    firstText,
  ].map(Number) as [number, number, number, number, number];
  const knex = makeKnex(url!, { max: 4 });
  let batches = 0;
  const ledger = createLedger({
    knex,
    clock: systemClock,
    onBatch: () => {
      batches += 1;
    },
  });
  const account = (n: number): AccountId => accountId(BigInt(first + n));
  const cpu = process.cpuUsage();
  const deadline = performance.now() + seconds * 1_000;
  let posted = 0;
  let errors = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < deadline) {
        const transfer = {
          debitAccountId: account(hot + Math.floor(Math.random() * wallets)),
          creditAccountId: account(Math.floor(Math.random() * hot)),
          amountPaise: 100n,
          code: 'bench',
        };
        const result = await ledger
          .post({ journal: { id: systemIds.uuid(), transactionId: null, transfers: [transfer] } })
          .catch(() => ({ status: 'error' }));
        if (result.status === 'posted') posted += 1;
        else errors += 1;
      }
    }),
  );
  const elapsedS = (performance.now() - started) / 1_000;
  const used = process.cpuUsage(cpu);
  process.stdout.write(
    `${JSON.stringify({ posted, errors, elapsedS, batches, cpuS: (used.user + used.system) / 1e6 })}\n`,
  );
  await knex.destroy();
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
