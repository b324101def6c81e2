/** Reading of policy rows: which row counts on which day. The rows of `policies/` themselves are compared with what they must be. */
import type { Knex } from 'knex';
import { createPolicies, type Policies, type PolicyProfile } from '../../../domain/policies/policies';
import { FakeClock } from '../../../platform/clock';
import { execute, makeKnex } from '../../../platform/database';
import { billCharges, transferCharges, withdrawalCharges, type Charges } from '../../../sandbox/eko/fees';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { PRODUCTION_PROVIDER } from '../../support/fixed-policies';

let database: TestDatabase;
let knex: Knex;
const open: Policies[] = [];
const policies = async (profile: PolicyProfile = 'production'): Promise<Policies> => {
  const made = await createPolicies({ knex, clock: new FakeClock(), profile });
  open.push(made);
  return made;
};
const day = (date: string): Date => new Date(`${date}T06:30:00Z`);

beforeAll(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url, { max: 2 });
});
afterAll(async () => {
  for (const p of open) p.close();
  await knex.destroy();
  await database.drop();
});

describe('the rows that come with the schema', () => {
  test(
    'production asks at 15 s, 30 s, 1 m … 1 h, waits 15 minutes and 3 inquiries before a ' +
      'repeat, and rechecks a success at T+1 and T+3',
    async () => {
      expect((await policies()).provider('razorpayx')).toMatchObject(PRODUCTION_PROVIDER);
      expect((await policies()).service('payout')).toMatchObject({
        expireAfterMs: 1_800_000,
        turnaroundDays: 1,
      });
    },
  );

  test('development is faster', async () => {
    expect((await policies('development')).provider('razorpayx')).toMatchObject({
      totalTimeoutMs: 2_000,
      pollScheduleMs: [1_000, 2_000, 4_000, 8_000],
      notFoundWindowMs: 10_000,
    });
  });

  test('no request may be sent after another could be taken for lost', async () => {
    for (const profile of ['production', 'development'] as const) {
      const p = (await policies(profile)).provider('razorpayx');
      expect(p.sendWindowMs + p.totalTimeoutMs).toBeLessThanOrEqual(p.sendWindowMs + p.notFoundWindowMs);
      expect(p.connectTimeoutMs).toBeLessThanOrEqual(p.totalTimeoutMs);
    }
  });

  test('slabs: an amount belongs to the smallest that holds it; the tax is 18 %', async () => {
    const p = await policies();
    expect(p.price('payout', 'IMPS', 100_000n, day('2026-11-01'))).toEqual({
      feePaise: 300n,
      taxPaise: 54n,
      providerFeePaise: 300n,
    });
    expect(p.price('payout', 'IMPS', 100_001n, day('2026-11-01'))).toEqual({
      feePaise: 500n,
      taxPaise: 90n,
      providerFeePaise: 300n,
    });
  });

  test('what Eko pays is its price list, which its sandbox keeps in code of its own; nothing is guessed', async () => {
    const p = await policies();
    const agreed = (service: string, className: string, amountPaise: bigint) =>
      p.commission({ provider: 'eko', service, class: className, amountPaise }, day('2026-11-29'));
    const same = (service: string, className: string, amountPaise: bigint, charges: Charges): void => {
      expect({ service, className, amountPaise, ...agreed(service, className, amountPaise) }).toEqual({
        service,
        className,
        amountPaise,
        commissionPaise: charges.commissionPaise,
        tdsPaise: charges.tdsPaise,
      });
    };
    const edges = [10_000n, 100_000n, 200_000n, 300_000n, 500_000n, 1_000_000n, 2_000_000n, 10_000_000n];
    for (const amountPaise of edges.flatMap((edge) => [
      edge - 1n,
      edge,
      edge + 1n,
      edge + 99n,
      edge + 100n,
    ])) {
      if (amountPaise <= 500_000n) same('dmt', 'IMPS', amountPaise, transferCharges(amountPaise));
      if (amountPaise <= 1_000_000n) same('aeps', 'withdrawal', amountPaise, withdrawalCharges(amountPaise));
      for (const category of ['8', '11'])
        same('bbps', category, amountPaise, billCharges('utility', amountPaise));
      same('bbps', '1', amountPaise, billCharges('connection', amountPaise));
      same('bbps', '22', amountPaise, billCharges('fastag', amountPaise));
      same('recharge', 'jio', amountPaise, billCharges('prepaid_large', amountPaise));
      same('recharge', 'airtel', amountPaise, billCharges('prepaid_large', amountPaise));
      same('recharge', 'vi', amountPaise, billCharges('prepaid_vi', amountPaise));
    }
    expect(agreed('aeps', 'merchant_payment', 100_000n)).toBeUndefined();
    expect(agreed('dmt', 'IMPS', 500_001n)).toBeUndefined();
    expect(
      p.commission({ provider: 'setu', service: 'bbps', class: 'Water', amountPaise: 1n }, day('2026-11-29')),
    ).toBeUndefined();
    expect(
      p.commission({ provider: 'eko', service: 'dmt', class: 'IMPS', amountPaise: 1n }, day('2024-09-30')),
    ).toBeUndefined();
  });

  test('what has no row is an error with a code, never a guess', async () => {
    const p = await policies();
    for (const ask of [() => p.provider('nobody'), () => p.service('nothing')])
      expect(ask).toThrow(expect.objectContaining({ code: 'POLICY_NOT_FOUND' }));
    for (const ask of [
      () => p.price('payout', 'CASH', 100n, day('2026-11-01')),
      () => p.price('payout', 'IMPS', 100n, day('2020-01-01')),
      () => p.price('payout', 'IMPS', 10n ** 13n, day('2026-11-01')),
    ]) {
      expect(ask).toThrow(expect.objectContaining({ code: 'PRICE_NOT_FOUND' }));
    }
    expect(p.amountLimit('payout', 'CASH', day('2026-11-01'))).toBeUndefined();
    expect(p.periodCap('payout', 'month', day('2026-11-01'))).toBeUndefined();
  });
});

describe('rows in force from a day', () => {
  test(
    'a new scheme, tax, limit and cap count from the first instant of their day in India, in ' +
      'every process that reads again',
    async () => {
      const p = await policies();
      await execute(
        knex,
        `
        insert into prices values ('payout', 'IMPS', 200000, '2027-01-01', 700, 400),
        ('payout', 'IMPS', 1000000000000, '2027-01-01', 900, 400)`,
      );
      await execute(knex, `insert into tax_rates values ('gst', '2027-01-02', 2000)`);
      await execute(
        knex,
        `insert into amount_limits values ('payout', 'IMPS', '2027-01-01', 200, 100000000)`,
      );
      await execute(knex, `insert into period_limits values ('payout', 'day', '2027-01-01', 42)`);
      const [last, first] = [new Date('2026-12-31T18:29:59.999Z'), new Date('2026-12-31T18:30:00.000Z')];
      expect(p.price('payout', 'IMPS', 150_000n, first)).toMatchObject({ feePaise: 500n }); // not read yet
      await p.refresh();
      expect(p.price('payout', 'IMPS', 150_000n, last)).toMatchObject({ feePaise: 500n, taxPaise: 90n });
      expect(p.price('payout', 'IMPS', 150_000n, first)).toEqual({
        feePaise: 700n,
        taxPaise: 126n,
        providerFeePaise: 400n,
      });
      expect(p.price('payout', 'IMPS', 250_000n, day('2027-01-02'))).toEqual({
        feePaise: 900n,
        taxPaise: 180n,
        providerFeePaise: 400n,
      });
      // The old scheme's small slab is gone, although its row is still there.
      expect(p.price('payout', 'IMPS', 50_000n, first)).toMatchObject({ feePaise: 700n });
      expect([p.amountLimit('payout', 'IMPS', last), p.amountLimit('payout', 'IMPS', first)]).toMatchObject([
        { minPaise: 100n },
        { minPaise: 200n, maxPaise: 100_000_000n },
      ]);
      expect([p.periodCap('payout', 'day', last), p.periodCap('payout', 'day', first)]).toEqual([
        500_000_000_000n,
        42n,
      ]);
    },
  );
});
