/**
 * A payout that the provider fails because our account there holds too little: nobody's failure but ours. It is held
 * and sent again as a new attempt; people are told once, and a queue at the provider is no proof of an empty account.
 */
import { watchFunds, type ProviderFunds } from '../../../domain/driving/provider-funds';
import { verifyTables } from '../../../domain/verification/verify';
import type { ProviderBalance } from '../../../domain/provider/provider';
import { execute, rows } from '../../../platform/database';
import { claimAll, runDue, runJob } from '../../support/driver';
import { failed, pending, PROVIDER, reversed, succeeded } from '../../support/scripted-connector';
import { attemptsOf, casesOf, movesOf, outcomesOf, transactionRow, type World } from '../../support/world';
import { useWorld } from '../../support/use-world';

const used = useWorld();
const { held, sent, told } = used;
let world: World;
beforeEach(() => {
  ({ world } = used);
  Object.assign(world.connector, { reasons: { low_balance: 'PROVIDER_FUNDS_SHORT' }, balance: undefined });
});

const SHORT = failed({ rawReason: 'insufficient_funds', isShortOfFunds: true });
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

async function goOn(afterMs: number): Promise<void> {
  world.clock.advance(afterMs);
  for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
}
/** The loops of an hour, in steps of half a minute. */
async function anHour(): Promise<void> {
  for (let i = 0; i < 120; i += 1) await goOn(30_000);
}
function watch(errors: unknown[] = []): Promise<ProviderFunds> {
  return watchFunds({ ...world.first, onError: (error) => errors.push(error) });
}
const has = (availablePaise: bigint, refreshedAt = world.clock.now()): void => {
  world.connector.balance = async (): Promise<ProviderBalance> => ({
    amountPaise: availablePaise,
    availablePaise,
    refreshedAt,
  });
};
const fundsCases = (): Promise<{ open: boolean; summary: string }[]> =>
  rows(
    world.knex,
    "select closed_at is null as open, summary from ops_cases where kind = 'provider_funds_short' order by opened_at",
  );
async function expectVerified(): Promise<void> {
  const findings = await world.knex.transaction((trx) => verifyTables(trx, {}));
  // The clock of the world is not that of the database, by which P6 judges.
  const broken = findings.filter(({ promise, result }) => promise !== 'P6' && (result?.violations ?? 0) > 0);
  expect(broken).toEqual([]);
}

describe('a failure for the balance', () => {
  test('an older word of that attempt that comes late changes nothing; a success of it stops the next', async () => {
    const id = await sent();
    expect(await told(id, SHORT)).toBe('retry');
    expect(await told(id, pending({ rawStatus: 'processing' }))).toBe('note');
    expect([await transactionRow(world.knex, id), await casesOf(world.knex, id)]).toMatchObject([
      { state: 'held', statusReason: 'insufficient_funds' },
      [],
    ]);
    world.connector.onSend = () => pending({ providerReference: 'pout_2' });
    await goOn(2 * MINUTE_MS);
    expect(await told(id, pending({ rawStatus: 'processing' }))).toBe('note');
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'dispatched', attemptNo: 2 });
    expect(await casesOf(world.knex, id)).toEqual([]);
    expect(await told(id, succeeded())).toBe('case');
    expect(await casesOf(world.knex, id)).toEqual(['outcome_of_abandoned_attempt']);
  });

  test.each(['callback', 'poll'] as const)(
    'heard by %s is held and sent again as a new attempt',
    async (source) => {
      const id = await sent();
      expect(await told(id, SHORT, source)).toBe('retry');
      expect(await transactionRow(world.knex, id)).toMatchObject({
        state: 'held',
        outcome: null,
        attemptNo: 1,
        statusReason: 'insufficient_funds',
        nextPollAt: null,
      });
      world.connector.onSend = () => succeeded({ providerReference: 'pout_2' });
      await goOn(2 * MINUTE_MS);
      expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', attemptNo: 2 });
      expect(await movesOf(world.knex, id)).toEqual([
        'accepted>held',
        'held>dispatched',
        'dispatched>held',
        'held>dispatched',
        'dispatched>succeeded',
      ]);
      const [first, second] = await attemptsOf(world.knex, id);
      expect(second!.ourReference).not.toBe(first!.ourReference);
      expect(second!.idempotencyKey).not.toBe(first!.idempotencyKey);
      expect(await casesOf(world.knex, id)).toEqual([]);
      await expectVerified();
    },
  );

  test('as the answer to the send, too', async () => {
    const id = await sent(() => SHORT);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'held', attemptNo: 1 });
    expect((await outcomesOf(world.knex, id)).map(({ decision }) => decision)).toEqual(['retry']);
  });

  test('never ends the payout: it outlives its expiry, and one case stands for all of them', async () => {
    const ids = [await sent(() => SHORT), await sent(() => SHORT)];
    await watch();
    for (let i = 0; i < 4; i += 1) await anHour();
    for (const id of ids)
      expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'held', outcome: null });
    await watch();
    expect(await fundsCases()).toEqual([
      { open: true, summary: `2 payments wait because our account with ${PROVIDER} holds too little` },
    ]);
    world.connector.onSend = () => succeeded({ providerReference: undefined });
    await anHour();
    for (const id of ids) expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded' });
    await watch();
    expect(await fundsCases()).toMatchObject([{ open: false }]);
    await expectVerified();
  });

  test('is tried at growing gaps, and at once when the provider reports money for it', async () => {
    const id = await sent(() => SHORT);
    let tries = 1;
    world.connector.onSend = () => {
      tries += 1;
      return SHORT;
    };
    await anHour();
    expect(tries).toBeGreaterThanOrEqual(5); // after 1, 2, 5, 10 and 15 minutes
    expect(tries).toBeLessThanOrEqual(7);
    world.connector.onSend = () => succeeded({ providerReference: 'pout_9' });
    has(149_999n);
    await watch();
    await goOn(20_000);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'held' });
    has(150_000n);
    await watch();
    await goOn(20_000);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded' });
  });

  test('a balance that was known before the failure brings nothing forward', async () => {
    has(10_000_000n);
    await watch();
    const id = await sent(() => SHORT);
    world.connector.onSend = () => succeeded();
    await goOn(20_000);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'held', attemptNo: 1 });
  });

  test('P4 a late word about the failed attempt: a repeat is nothing new, a success stops everything', async () => {
    const id = await sent(() => SHORT);
    expect(await told(id, SHORT)).toBe('note');
    expect(await told(id, reversed())).toBe('note');
    expect(await told(id, succeeded())).toBe('case');
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'in_review' });
    expect(await casesOf(world.knex, id)).toEqual(['outcome_of_abandoned_attempt']);
  });

  test('P4 while the provider has several payments under its reference, it is not sent again: people decide', async () => {
    const id = await sent();
    await told(id, { kind: 'unknown', sent: true, rawStatus: '<several>', foundThere: 'several' }, 'poll');
    expect(await casesOf(world.knex, id)).toEqual(['duplicate_at_provider']);
    expect(await told(id, SHORT)).toBe('retry');
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'in_review',
      attemptNo: 1,
      dueAt: null,
    });
    await anHour();
    expect(await attemptsOf(world.knex, id)).toHaveLength(1);
  });

  test('after a known outcome it is no retry', async () => {
    const id = await sent(() => succeeded());
    await runJob(world.first, 'settle', [id]);
    expect(await told(id, SHORT, 'poll', new Date(world.clock.now().getTime() + 1))).toBe('case');
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded' });
  });

  test('P6 two processes at once make one new attempt', async () => {
    const id = await sent(() => SHORT);
    const other = await world.process();
    let calls = 0;
    world.connector.onSend = () => {
      calls += 1;
      return succeeded({ providerReference: 'pout_2' });
    };
    world.clock.advance(2 * MINUTE_MS);
    await Promise.all([runJob(world.first, 'send', [id]), runJob(other, 'send', [id])]);
    expect(calls).toBe(1);
    expect(await attemptsOf(world.knex, id)).toHaveLength(2);
  });

  test('the database refuses a retry that is not of a failure', async () => {
    const id = await sent(() => SHORT);
    await expect(
      execute(
        world.knex,
        `insert into transaction_outcomes (transaction_id, seq, kind, source, decision, attempt_no, asked_at,
          recorded_at, sent, raw_status) values (?, 99, 'unknown', 'poll', 'retry', 1, now(), now(), true, 'x')`,
        [id],
      ),
    ).rejects.toThrow('transaction_outcomes_retry_is_of_failure');
  });
});

describe('payouts that the provider has queued', () => {
  const queued = () => pending({ rawStatus: 'queued', rawReason: 'low_balance' });

  test('wait for money when the balance does not cover them, or is not known', async () => {
    await sent(queued);
    expect((await watch()).waiting).toEqual([{ provider: PROVIDER, why: 'short', count: 1 }]);
    expect(await fundsCases()).toMatchObject([{ open: true }]);
    has(100n);
    expect((await watch()).waiting).toEqual([{ provider: PROVIDER, why: 'short', count: 1 }]);
  });

  test('are no sign of an empty account when the money is there: a floor queues too', async () => {
    await sent(queued);
    has(10_000_000n);
    const { balances, waiting } = await watch();
    expect(balances).toMatchObject([{ provider: PROVIDER, availablePaise: 10_000_000n }]);
    expect(waiting).toEqual([{ provider: PROVIDER, why: 'covered', count: 1 }]);
    expect(await fundsCases()).toEqual([]);
  });

  test('an old balance says nothing of them', async () => {
    await sent(queued);
    has(10_000_000n, new Date(world.clock.now().getTime() - HOUR_MS));
    expect((await watch()).waiting).toEqual([{ provider: PROVIDER, why: 'short', count: 1 }]);
  });

  test('what waits for a bank waits for no money', async () => {
    await sent(() => pending({ rawStatus: 'queued', rawReason: 'beneficiary_bank_down' }));
    await held();
    expect((await watch()).waiting).toEqual([]);
    expect(await fundsCases()).toEqual([]);
  });
});

describe('the balance', () => {
  test('that cannot be read stays as it was, and is told', async () => {
    has(700n);
    await watch();
    const errors: unknown[] = [];
    world.connector.balance = () => Promise.reject(new Error('no answer'));
    const { balances } = await watch(errors);
    expect(balances).toMatchObject([{ availablePaise: 700n }]);
    expect(errors).toHaveLength(1);
  });

  test('of before does not replace a newer one', async () => {
    has(700n);
    await watch();
    has(900n, new Date(world.clock.now().getTime() - MINUTE_MS));
    expect((await watch()).balances).toMatchObject([{ availablePaise: 700n }]);
  });
});

describe('a fee that is collected later', () => {
  const owed = () => succeeded({ isProviderFeeOwed: true });
  const balanceOf = async (code: string): Promise<bigint> => {
    const [account] = await rows<{ paise: bigint }>(
      world.knex,
      'select credits_paise - debits_paise as paise from ledger_accounts where code = ?',
      [code],
    );
    return account?.paise ?? 0n;
  };

  test('is owed to the provider and stays in the float; a reversal takes back both', async () => {
    const id = await sent(owed);
    await runJob(world.first, 'settle', [id]);
    expect(await balanceOf(`owed:fees:${PROVIDER}`)).toBe(354n);
    expect(await balanceOf(`float:${PROVIDER}`)).toBe(150_000n);
    world.clock.advance(1_000);
    await told(id, reversed());
    await runJob(world.first, 'settle', [id]);
    expect(await balanceOf(`owed:fees:${PROVIDER}`)).toBe(0n);
    expect(await balanceOf(`float:${PROVIDER}`)).toBe(0n);
    await expectVerified();
  });

  test('a fee that was taken with the amount goes back to the float, whatever the account is by now', async () => {
    const id = await sent(() => succeeded());
    await runJob(world.first, 'settle', [id]);
    world.clock.advance(1_000);
    await told(id, reversed({ providerFeePaise: 300n, providerTaxPaise: 54n, isProviderFeeOwed: true }));
    await runJob(world.first, 'settle', [id]);
    expect(await balanceOf(`float:${PROVIDER}`)).toBe(0n);
    expect(await balanceOf(`owed:fees:${PROVIDER}`)).toBe(0n);
  });
});
