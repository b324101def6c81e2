/** The same amount to the same beneficiary twice within minutes is refused to whom the rule binds, unless it is meant. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '../../../domain/auth/api-keys';
import type { NewBeneficiary } from '../../../domain/beneficiaries/beneficiaries';
import type { AppUser } from '../../../domain/users/users';
import { execute, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { dispatched, runJob } from '../../support/driver';
import { failed } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import type { DomainProcess } from '../../support/world';

const here = useWorld();
const WINDOW_MS = 600_000;

const bank = (ending = '0000'): NewBeneficiary => ({
  name: 'Test Beneficiary',
  account: { kind: 'bank', accountNumber: `00011122${ending}`, ifsc: 'HDFC0000053' },
});
const caller = (by?: 'session', user: AppUser = here.user): Caller => ({
  ...user,
  ...(by === undefined ? {} : { by }),
  keyId: randomUUID(),
  scopes: ['payouts:write'],
  services: ['payout'],
  role: 'retailer',
});
interface Asked {
  who?: Caller;
  to?: NewBeneficiary | { id: string };
  amountPaise?: bigint;
  force?: boolean;
  key?: string;
  reference?: string;
  p?: DomainProcess;
}
const pay = ({
  who = caller('session'),
  to = bank(),
  amountPaise = 150_000n,
  force,
  key = randomUUID(),
  reference = `ref-${randomUUID().slice(0, 18)}`,
  p = here.world.first,
}: Asked = {}) =>
  p.acceptPayouts.accept(who, key, {
    ...{ amountPaise, currency: 'INR', mode: 'IMPS', beneficiary: to, reference },
    ...(force === undefined ? {} : { force }),
  });
/** `ok`, or the code of the refusal. */
const said = (asked?: Asked): Promise<string> =>
  pay(asked).then(
    () => 'ok',
    (error: { code: string }) => error.code,
  );

it('the second is told how to go on, whichever way its beneficiary is named; another amount, account or user is none', async () => {
  const { world } = here;
  await pay();
  await expect(pay()).rejects.toMatchObject({
    code: 'PAYOUT_DUPLICATE_SUSPECTED',
    detail: expect.stringMatching(
      /in the last 10 minutes; look at it first, and send "force": true/,
    ) as string,
  });
  const { data } = await world.first.payees.list(here.user.userId, {
    status: 'active',
    kind: undefined,
    limit: 5,
  });
  const to = { id: parsePublicId('beneficiary', data[0]!.id)! };
  expect(await said({ to })).toBe('PAYOUT_DUPLICATE_SUSPECTED');
  const other = await world.user(10_000_000n);
  expect([
    await said({ amountPaise: 150_001n }),
    await said({ to: bank('1111') }),
    await said({ who: caller('session', other) }),
    await said({ to, force: true }),
  ]).toEqual(['ok', 'ok', 'ok', 'ok']);
  world.clock.advance(WINDOW_MS - 1);
  expect(await said()).toBe('PAYOUT_DUPLICATE_SUSPECTED');
  world.clock.advance(2);
  expect(await said()).toBe('ok');
});

it('one that failed stands in nobody’s way, and a repeat under its key gets the first answer', async () => {
  const { world } = here;
  const asked = { key: randomUUID(), reference: 'order-1' };
  const first = await pay(asked);
  expect(await pay(asked)).toMatchObject({ replayed: true, body: first.body });
  await expect(pay({ ...asked, force: true })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  world.connector.onSend = () => failed();
  await dispatched(world.first, first.id);
  await runJob(world.first, 'settle', [first.id]);
  expect(await said()).toBe('ok');
});

it('of many at once, in two processes, one goes through; and each of them that is meant', async () => {
  const second = await here.world.process();
  const both = (i: number): DomainProcess => (i % 2 === 0 ? here.world.first : second);
  const all = await Promise.all(Array.from({ length: 10 }, (_, i) => said({ p: both(i) })));
  expect(all.toSorted()).toEqual([...Array<string>(9).fill('PAYOUT_DUPLICATE_SUSPECTED'), 'ok']);
  const meant = await Promise.all(
    Array.from({ length: 4 }, (_, i) => said({ p: both(i), to: bank('2222'), force: true })),
  );
  expect(meant).toEqual(['ok', 'ok', 'ok', 'ok']);
});

it('programs are not bound, and nothing is read or kept for them, unless a row says so', async () => {
  const { world } = here;
  expect([await said({ who: caller() }), await said({ who: caller() })]).toEqual(['ok', 'ok']);
  expect(await said()).toBe('ok'); // nor are they compared with
  const kept = await rows<{ n: number }>(
    world.knex,
    'select count(*)::int4 as n from payouts where is_compared',
  );
  expect(kept).toEqual([{ n: 1 }]);
  await execute(
    world.knex,
    `insert into repeat_rules (service, profile, in_force_from, binds, window_s, source)
     values ('payout', 'production', '2026-01-02', 'everybody', 60, 'a test')`,
  );
  await world.first.repeatRules.refresh();
  expect(await said({ who: caller() })).toBe('PAYOUT_DUPLICATE_SUSPECTED');
});
