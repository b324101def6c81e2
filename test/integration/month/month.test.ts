/** A small month: five days of every service with planted breaks. Each is found and nothing else; one that is hidden is told. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { judgeMonth } from '../../../scripts/month/judge';
import { PLANTS, type BreakName, type End } from '../../../scripts/month/plan';
import { runMonth } from '../../../scripts/month/run';
import { execute } from '../../../platform/database';
import { freshDatabase } from '../../support/database';

const HOW_LONG_MS = 300_000;

test(
  'what was planted is found, nothing else, and every paisa is explained; a hidden break and a false alarm are told',
  async () => {
    const database = await freshDatabase();
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-month-'));
    await runMonth(
      {
        ...{ seed: 7, days: 5, transactions: 300, firstDay: '2026-11-02' },
        places: { appUrl: database.appUrl, ownerUrl: database.url },
        books: { dir, accountNumber: '2323230053550053', initiator: '9962981729' },
      },
      async (world, month) => {
        const ends = new Set<End>(month.written.map(({ order }) => order.end));
        const breaks = new Set<BreakName>(month.written.flatMap(({ order }) => order.breaks));
        expect(PLANTS.every((plant) => plant.breaks.every((one) => breaks.has(one)))).toBe(true);
        expect(PLANTS.every(({ end = 'succeeded' }) => ends.has(end))).toBe(true);
        expect((await judgeMonth(world, month, month.expected)).differences).toEqual([]);

        const hidden = month.expected.find(
          ({ kind, suspensePaise }) => kind === 'duplicate_at_provider' && suspensePaise !== 0n,
        )!;
        await world.owner.transaction(async (trx) => {
          await execute(trx, 'set local session_replication_role = replica');
          await execute(
            trx,
            `delete from recon_breaks where kind = 'duplicate_at_provider' and transaction_id::text = ?`,
            [hidden.subject],
          );
        });
        const fewer = month.expected.filter(({ kind }) => kind !== 'settlement_short');
        const { differences } = await judgeMonth(world, month, fewer);
        expect(differences.filter((line) => line.startsWith('not found'))).toEqual([
          expect.stringContaining(`duplicate_at_provider ${hidden.subject}`) as string,
        ]);
        expect(differences).toContainEqual(
          expect.stringMatching(/^a false alarm: escrow .* settlement_short/),
        );
        expect(differences).toContainEqual(expect.stringMatching(/^suspense:.* its breaks explain/));
      },
    );
    fs.rmSync(dir, { recursive: true, force: true });
  },
  HOW_LONG_MS,
);
