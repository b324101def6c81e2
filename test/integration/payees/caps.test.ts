/** What may be paid to a new beneficiary, for those who try to begin its sum or its day anew; and that verify sees it. */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Caller } from '../../../domain/auth/api-keys';
import type { NewBeneficiary } from '../../../domain/beneficiaries/beneficiaries';
import { lockPayeesOf } from '../../../domain/payees/rows';
import { execute } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { waitingForLocks } from '../../support/lock-waits';
import { violationsIn } from '../../support/operations';
import { until } from '../../support/until';
import { useWorld } from '../../support/use-world';
import { lookAtBroken } from '../../support/verified-world';

const here = useWorld();
const CAP = 5_000_000n;
const DAY_MS = 86_400_000;

const bank = (ending: string): NewBeneficiary => ({
  name: 'Test Beneficiary',
  account: { kind: 'bank', accountNumber: `00011122${ending}`, ifsc: 'HDFC0000053' },
});
const signedIn = (): Caller => ({
  ...here.user,
  by: 'session',
  keyId: randomUUID(),
  scopes: ['payouts:write'],
  services: ['payout'],
  role: 'retailer',
});
const doer = () => ({ caller: signedIn(), ip: '192.0.2.7' });
const add = async (ending = '0000'): Promise<string> =>
  parsePublicId('beneficiary', (await here.world.first.payees.add(doer(), bank(ending))).view.id)!;
const archive = (id: string) => here.world.first.payees.archive(doer(), id);
/** `ok`, or the code of the refusal. */
const pay = (
  amountPaise: bigint,
  beneficiary: NewBeneficiary | { id: string } = bank('0000'),
): Promise<string> =>
  here.world.first.acceptPayouts
    .accept(signedIn(), randomUUID(), {
      ...{ amountPaise, currency: 'INR', mode: 'IMPS', beneficiary, force: true },
      reference: `ref-${randomUUID().slice(0, 18)}`,
    })
    .then(
      () => 'ok',
      (error: { code: string }) => error.code,
    );
/** Of what beneficiaries promise; the clock of this world is not that of the database. */
const broken = async (db: Knex): Promise<string[]> =>
  (await violationsIn(db)).filter((said) => said.startsWith('beneficiary-'));

it('one that is taken off and put back begins no new sum: what was paid to it while it was new counts for a day', async () => {
  const id = await add();
  expect(await pay(CAP)).toBe('ok');
  here.world.clock.advance(1_000);
  await archive(id);
  await add();
  expect(await pay(100n)).toBe('BENEFICIARY_NEW');
  here.world.clock.advance(DAY_MS - 2_000); // it is new still, and what was paid first was within the last day
  expect(await pay(100n)).toBe('BENEFICIARY_NEW');
  here.world.clock.advance(1_001); // and now it was longer ago
  expect([await pay(CAP), await pay(100n)]).toEqual(['ok', 'BENEFICIARY_NEW']);
  here.world.clock.advance(1_000);
  expect(await pay(CAP + 1n)).toBe('ok');
  expect(await broken(here.world.knex)).toEqual([]);
});

it('one that is put back counts among those of the day, and one of this day is put back at any time', async () => {
  const old = [await add('0000'), await add('1111')];
  await Promise.all(old.map(archive));
  here.world.clock.advance(DAY_MS);
  await execute(
    here.world.knex,
    `insert into beneficiary_rules (profile, in_force_from, binds, new_for_s, new_cap_paise, most_new_a_day, source)
     values ('production', '2026-01-02', 'signed_in', 86400, 5000000, 2, 'a test')`,
  );
  await here.world.first.payeeRules.refresh();
  const today = await add('2222');
  await add('0000');
  await expect(add('1111')).rejects.toMatchObject({ code: 'BENEFICIARIES_USED_UP' });
  expect(await pay(100n, bank('3333'))).toBe('BENEFICIARIES_USED_UP');
  await archive(today);
  expect(await add('2222')).toBe(today);
});

describe('asked before, and judged after', () => {
  /** Of two that wait for the same lock, the one that came first has it first. */
  const inTurn = async (first: () => Promise<unknown>, then: () => Promise<string>): Promise<string> => {
    const { world, user } = here;
    const other = await world.knex.transaction();
    try {
      await lockPayeesOf(other, [user.userId]);
      const begun = first();
      await until(
        () => waitingForLocks(world.knex),
        (n) => n === 1,
      );
      const asked = then();
      await until(
        () => waitingForLocks(world.knex),
        (n) => n === 2,
      );
      world.clock.advance(5_000);
      await other.commit();
      await begun;
      return await asked;
    } finally {
      if (!other.isCompleted()) await other.rollback();
    }
  };

  it('what is paid to one that was made meanwhile counts', async () => {
    expect(
      await inTurn(
        () => add(),
        () => pay(CAP),
      ),
    ).toBe('ok');
    expect(await pay(100n)).toBe('BENEFICIARY_NEW');
    expect(await broken(here.world.knex)).toEqual([]);
  });

  it('to one that was put back meanwhile it is as if it were off the list', async () => {
    const id = await add();
    here.world.clock.advance(DAY_MS);
    await archive(id);
    const judged = await inTurn(
      () => add(),
      () => pay(CAP),
    );
    expect(judged).toBe('BENEFICIARY_ARCHIVED');
  });
});

describe('verify', () => {
  const LAST = '(select transaction_id from payouts order by transaction_id desc limit 1)';
  const ids = async (): Promise<{ id: string }> => ({ id: await add() });

  it.each<[string, string, RegExp]>([
    [
      'a sum over the cap of its rule',
      `update payouts set new_cap_paise = 3999999`,
      /beneficiary-capped: .*4000000 paise were paid while it was new, not 3999999/,
    ],
    [
      'a payout to one that was off the list',
      `insert into beneficiary_changes (beneficiary_id, user_id, kind, at, is_told)
       select beneficiary_id, b.user_id, 'archived', now() + interval '9 years', false
       from payouts p join beneficiaries b on b.id = p.beneficiary_id where transaction_id = ${LAST};
       update transactions set created_at = now() + interval '10 years' where id = ${LAST}`,
      /beneficiary-listed: .*which was off the list since/,
    ],
  ])('finds %s, and nothing before', async (_what, sql, seen) => {
    const { id } = await ids();
    expect([await pay(2_000_000n), await pay(2_000_000n, { id })]).toEqual(['ok', 'ok']);
    expect(await broken(here.world.knex)).toEqual([]);
    const found = await lookAtBroken(here.world.knex, { sql }, (trx) => broken(trx));
    expect(found.join('\n')).toMatch(seen);
  });
});
