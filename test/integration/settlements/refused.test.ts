/** One settlement that cannot be paid, and one batch that cannot be made, hold up no other. */
import { createSettlementBatches } from '../../../domain/settlements/batches';
import { reference as requestReference } from '../../../api/schemas/fields';
import { execute, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { DomainError } from '../../../domain/errors/errors';
import { closeWithCleanBooks } from '../../support/books';
import { runDue } from '../../support/driver';
import { succeeded } from '../../support/scripted-connector';
import { earner, withBankAccount, type Earner } from '../../support/settlements';
import { balanceOf, createWorld, type World } from '../../support/world';
import { createCalendar } from '../../../domain/calendar/calendar';

const MONDAY = '2026-11-02';
let world: World;
beforeEach(async () => {
  world = await createWorld({ start: '2026-11-02T05:30:00Z' });
});
afterEach(() => closeWithCleanBooks(world.knex, world));

async function agent(paise: bigint): Promise<Earner> {
  const found = await earner(world, 'aeps', paise);
  await withBankAccount(world, found);
  return found;
}
const statusOf = async ({ userId }: Earner) =>
  (await world.first.settlements.list(userId, { limit: 9 })).data.map(({ status }) => status);

const settling = () => ({ ...world.first, calendar: createCalendar({ knex: world.knex }) });
/** Batches whose payouts are accepted as usual, but for what `refuse` says of an amount. */
const batchesThat = (refuse: (paise: bigint) => DomainError | undefined, page?: number) => {
  const { acceptPayouts } = world.first;
  return createSettlementBatches({
    ...settling(),
    ...(page === undefined ? {} : { page }),
    acceptPayouts: {
      async settle(settling) {
        const refusal = refuse(settling.amountPaise);
        if (refusal !== undefined) throw refusal;
        return acceptPayouts.settle(settling);
      },
    },
  });
};
const settle = async (batches: ReturnType<typeof batchesThat>) =>
  batches.run(MONDAY).catch((error: unknown) => (error instanceof DomainError ? error.code : error));

async function drive(): Promise<void> {
  world.connector.onSend = () => succeeded();
  const accepted = await rows<{ id: string }>(
    world.knex,
    "select id from transactions where state = 'accepted' order by id",
  );
  await runDue(
    world.first,
    accepted.map(({ id }) => ({ job: 'hold' as const, id, driveNo: 0 })),
  );
}

test('one that is refused keeps no other waiting, and is paid when it is refused no more', async () => {
  const all = [await agent(100_000n), await agent(200_000n), await agent(300_000n), await agent(400_000n)];
  world.clock.set('2026-11-02T11:30:00Z');
  const refusal = new DomainError('IDEMPOTENCY_KEY_REUSED');
  expect(await settle(batchesThat((paise) => (paise < 100_000n ? refusal : undefined), 1))).toBe(
    'IDEMPOTENCY_KEY_REUSED',
  );
  await drive();
  expect(await Promise.all(all.map(({ earned }) => balanceOf(world.knex, earned)))).toEqual([
    100_000n,
    0n,
    0n,
    0n,
  ]);
  expect(await settle(batchesThat(() => undefined))).toMatchObject({ items: 4, withoutAccount: 0 });
  await drive();
  expect(await Promise.all(all.map(statusOf))).toEqual([['PAID'], ['PAID'], ['PAID'], ['PAID']]);
});

test('a batch that cannot be made is told, and the others are made', async () => {
  const unpriced = await agent(100_000n);
  const earned = await earner(world, 'commission', 300_000n);
  await withBankAccount(world, earned);
  world.clock.set('2026-11-02T11:30:00Z');
  const { policies } = world.first;
  const refusing = createSettlementBatches({
    ...settling(),
    policies: {
      ...policies,
      price: (service, mode, paise, at) =>
        policies.price(service, mode === 'aeps' ? 'none' : mode, paise, at),
    },
  });
  expect(await settle(refusing)).toBe('PRICE_NOT_FOUND');
  expect(await statusOf(unpriced)).toEqual([]);
  expect(await balanceOf(world.knex, earned.earned)).toBe(0n);
});

test('a user has no name at hand that the payout of a settlement needs', async () => {
  const one = await agent(100_000n);
  world.clock.set('2026-11-02T06:30:00Z');
  const down = new DomainError('SERVICE_UNAVAILABLE');
  expect(await settle(batchesThat(() => down))).toBe('SERVICE_UNAVAILABLE');
  const [shown] = (await world.first.settlements.list(one.userId, { limit: 1 })).data;
  const id = parsePublicId('settlementItem', shown!.id)!;
  // as the API takes them
  const key = `settlement:${id}`;
  await world.first.acceptPayouts.accept(
    { ...one, keyId: 'key', scopes: ['payouts:write'], services: ['payout'], role: 'retailer' },
    key,
    {
      amountPaise: 1_000n,
      currency: 'INR',
      reference: 'mine',
      beneficiary: {
        name: 'Me',
        account: { kind: 'bank', accountNumber: '000111220000', ifsc: 'HDFC0000053' },
      },
    },
  );
  expect(requestReference.validate(shown!.id).error).toBeDefined();
  expect(await settle(batchesThat(() => undefined))).toMatchObject({ items: 1 });
  await drive();
  expect(await statusOf(one)).toEqual(['PAID']);
});

test.each(["'{24:00}'", "'{12:00,NULL}'"])(
  'a rule has no cut-off that is none of its day: %s',
  async (cutoffs) => {
    const rule = `insert into settlement_rules (wallet_kind, in_force_from, is_on, pays_by, cutoffs, rail, office,
      minimum_paise, maximum_paise, source)
    values ('main', '2026-11-01', true, 'payout', ${cutoffs}, 'NEFT', 'Mumbai', 10000, 20000000, 'a test')`;
    await expect(execute(world.knex, rule)).rejects.toMatchObject({
      constraint: 'settlement_rules_cutoffs_of_day',
    });
  },
);
