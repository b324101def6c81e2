/** A small month: five days of every service with planted breaks. Each is found, and nothing else; one that is hidden is told. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { judgeMonth } from '../../../scripts/month/judge';
import { runMonth } from '../../../scripts/month/run';
import { freshDatabase } from '../../support/database';

test('a month of five days: what was planted is found, nothing else, and every paisa is explained', async () => {
  const database = await freshDatabase();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-month-'));
  const judged = await runMonth(
    {
      ...{ seed: 7, days: 5, transactions: 300, firstDay: '2026-11-02' },
      places: { appUrl: database.appUrl, ownerUrl: database.url },
      books: { dir, accountNumber: '2323230053550053', initiator: '9962981729' },
    },
    (world, month) => judgeMonth(world, month, month.expected),
  );
  expect(judged.differences).toEqual([]);
}, 120_000);
