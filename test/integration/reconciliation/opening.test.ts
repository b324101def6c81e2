/** What a sandbox opens with is booked by the seed as its statement shows it: the first night of a newcomer has no break. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dayReport } from '../../../sandbox/razorpayx/day-report';
import { openBook } from '../../../sandbox/razorpayx/book';
import { SANDBOX_FLOAT_PAISE, seed } from '../../../scripts/stack/seeding';
import { businessDate, systemClock } from '../../../platform/clock';
import { rows } from '../../../platform/database';
import { createStaff } from '../../support/operations';
import { createWorld } from '../../support/world';

test('the opening float is in no suspense, and seeding again adds nothing', async () => {
  const world = await createWorld({ start: systemClock.now().toISOString() }); // the seed posts by the real clock
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-opening-'));
  const staff = await createStaff({ knex: world.first.knex, clock: world.clock, cipher: world.first.cipher });
  try {
    const keys = { cipher: world.first.cipher, digest: world.first.digest };
    await seed(world.knex, dir, keys);
    await seed(world.knex, dir, keys);
    const book = await openBook({
      ...{ dir, accountNumber: '7878780080316316', accountType: 'current_account' },
      ...{ openingBalancePaise: SANDBOX_FLOAT_PAISE, nowMs: () => world.clock.now().getTime() },
      onFailure: (error) => {
        throw error;
      },
    });
    const day = businessDate(world.clock.now());
    const text = await dayReport(book, day.replaceAll('-', ''), []);
    await book.close();
    const { reconciliation } = staff.operations;
    await reconciliation.importFile({
      ...{ source: 'razorpayx', businessDate: day, name: 'razorpayx.jsonl' },
      async *open() {
        await Promise.resolve();
        yield Buffer.from(text!);
      },
    });
    const { counts, float } = await reconciliation.run({ source: 'razorpayx', businessDate: day });
    expect(counts.open).toEqual({});
    expect(float).toMatchObject({ oursPaise: SANDBOX_FLOAT_PAISE, items: [] });
    const found = await rows<{ state: string }>(world.knex, 'select state from recon_rows');
    expect(found).toEqual([{ state: 'agreed' }]);
  } finally {
    staff.close();
    await world.close();
    fs.rmSync(dir, { recursive: true, force: true });
  }
});
