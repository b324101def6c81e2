/**
 * What names a payment at its provider follows from the rows alone: a restore that loses them loses no name.
 */
import { randomBytes } from 'node:crypto';
import { transactionId } from '../../../domain/ids/ids';
import { namesOfAttempt } from '../../../domain/dispatch/attempts';
import type { DomainError } from '../../../domain/errors/errors';
import type { PayoutRequest } from '../../../domain/payouts/payout';
import { createAppUser, type AppUser } from '../../../domain/users/users';
import { FakeClock } from '../../../platform/clock';
import { derivedUuid, systemIds, type Ids } from '../../../platform/ids';
import { dispatched } from '../../support/driver';
import { refused, timedOut } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import {
  attemptsOf,
  createWorld,
  fund,
  startProcess,
  type DomainProcess,
  type World,
} from '../../support/world';

const here = useWorld();
const request = (reference: string): PayoutRequest => ({
  amountPaise: 150_000n,
  currency: 'INR',
  mode: 'IMPS',
  reference,
  beneficiary: {
    name: 'Test Beneficiary',
    account: { kind: 'bank', accountNumber: '000111220000', ifsc: 'HDFC0000053' },
  },
});
const accept = (p: DomainProcess, user: AppUser, key: string) =>
  p.acceptPayouts.accept(
    { ...user, keyId: 'key', scopes: ['payouts:write'], services: ['payout'], role: 'retailer' },
    key,
    request(key),
  );

test('each attempt has the names that follow from the transaction and its number', async () => {
  const { world } = here;
  const id = await here.sent(() => refused());
  await dispatched(world.first, id);
  world.clock.advance(60_000);
  world.connector.onSend = timedOut;
  await world.first.sender.send([id]);
  const attempts = await attemptsOf(world.knex, id);
  expect(attempts.length).toBeGreaterThan(1);
  for (const { attemptNo, ourReference, idempotencyKey } of attempts)
    expect({ ourReference, idempotencyKey }).toEqual(namesOfAttempt(transactionId(id), attemptNo));
});

test('P4 of requests under one key in one instant one is stored, whatever the others say', async () => {
  const same = await Promise.all(
    Array.from({ length: 5 }, () => accept(here.world.first, here.user, 'order-1')),
  );
  expect(new Set(same.map(({ id }) => id)).size).toBe(1);
  expect(same.filter(({ replayed }) => !replayed)).toHaveLength(1);
  const { acceptPayouts } = here.world.first;
  const caller = {
    ...here.user,
    keyId: 'key',
    scopes: ['payouts:write'],
    services: ['payout'],
    role: 'retailer',
  };
  const others = await Promise.allSettled(
    [1n, 2n, 3n].map((more) =>
      acceptPayouts.accept(caller, 'order-2', { ...request('order-2'), amountPaise: 150_000n + more }),
    ),
  );
  const codes = others.map((other) =>
    other.status === 'rejected' ? (other.reason as DomainError).code : '',
  );
  expect(codes.toSorted()).toEqual(['', 'IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_REUSED']);
});

describe('a request that is sent again after its row was lost', () => {
  const user = '01930000-0000-7000-8000-000000000001';
  const keys = { encryption: randomBytes(32), digest: randomBytes(32) };
  let nth = 0;
  /** The same user in a database that knows nothing of the request. */
  async function sentIn(world: World, at: string): Promise<unknown> {
    const first = await startProcess({ ...world.settings, keys, clock: new FakeClock(at) });
    const ids: Ids = { uuid: () => derivedUuid(user, `${(nth += 1) % 2}`) };
    const app = await first.knex.transaction((trx) => createAppUser(trx, ids, { name: 'Test Trader' }));
    await fund({ ...first, ids: systemIds }, app.accountId, 10_000_000n);
    world.connector.onSend = timedOut;
    const { id } = await accept(first, app, 'order-1');
    await dispatched(first, id);
    await first.close();
    const [{ instruction, body }] = world.connector.sends as [(typeof world.connector.sends)[0]];
    const { ourReference, idempotencyKey } = instruction;
    return { ourReference, idempotencyKey, body, registered: world.connector.registrations };
  }

  it('has the same reference, key and bytes at the provider, and the same beneficiary', async () => {
    const [one, other] = [await createWorld(), await createWorld()];
    const before = await sentIn(one, '2026-11-01T06:30:00.000Z');
    const again = await sentIn(other, '2026-11-01T09:45:00.000Z');
    expect(again).toEqual(before);
    await Promise.all([one.close(), other.close()]);
  });
});
