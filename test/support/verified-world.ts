/** A world with a transaction of every kind, for what looks at the books as they are. */
import type { Knex } from 'knex';
import { verifyTables } from '../../domain/verification/verify';
import type { Finding } from '../../domain/promises/check';
import {
  callbackBody,
  failed,
  pending,
  refused,
  reversed,
  signedHeaders,
  succeeded,
} from './scripted-connector';
import { createWorld, type World } from './world';

export const PLANTED = ['Planted Person 0001', '998877665544332211', 'planted.person@okbank'];
export const nowhere = { jobs: 'no queue in this test', logs: 'no log in this test' };

export type Kind =
  | 'accepted'
  | 'held'
  | 'poor'
  | 'dispatched'
  | 'succeeded'
  | 'failed'
  | 'reversed'
  | 'twice'
  | 'expired'
  | 'late';

/** The ids of its transactions, by kind. */
export type Ids = Record<Kind, string>;

export async function createVerifiedWorld(): Promise<{ world: World; ids: Ids }> {
  const world = await createWorld({ start: new Date().toISOString(), profile: 'development' });
  return { world, ids: await populate(world) };
}

async function populate(w: World): Promise<Ids> {
  const { first, connector, clock } = w;
  const user = await w.user(10_000_000n);
  const send = async (id: string, answer: ReturnType<typeof succeeded>): Promise<void> => {
    connector.onSend = () => answer;
    await first.holds.hold([id]);
    await first.sender.send([id]);
    await first.settler.settle([id]);
  };
  const ask = async (id: string, answer: ReturnType<typeof succeeded>): Promise<void> => {
    clock.advance(10);
    connector.onInquire = () => answer;
    await first.poller.poll([id]);
    await first.settler.settle([id]);
  };
  // each in a millisecond of its own, so that verification by parts can tell them apart
  const accept = (): Promise<string> => {
    clock.advance(1);
    return w.accept(user);
  };
  const made = {
    accepted: await accept(),
    held: await accept(),
    poor: await w.accept(await w.user(0n)),
    dispatched: await accept(),
    succeeded: await accept(),
    failed: await accept(),
    reversed: await accept(),
    twice: await accept(),
    expired: await accept(),
    late: await accept(),
  };
  await first.holds.hold([made.held, made.poor]);
  await send(made.dispatched, pending());
  await send(made.succeeded, succeeded({ providerReference: 'pout_s' }));
  await send(made.failed, failed({ providerReference: 'pout_f' }));
  await send(made.reversed, succeeded({ providerReference: 'pout_r' }));
  await ask(made.reversed, reversed({ providerReference: 'pout_r' }));
  await send(made.twice, refused());
  await send(made.twice, succeeded({ providerReference: 'pout_t' }));
  await send(made.expired, refused());
  await first.holds.release(made.expired, 'TRANSACTION_EXPIRED', 'send');
  await send(made.late, failed({ providerReference: 'pout_l' }));
  await ask(made.late, succeeded({ providerReference: 'pout_l' }));
  const body = callbackBody({ event: 'payout.processed' });
  const { due } = await first.callbackReceiver.receive('testpay', signedHeaders('event-1'), body);
  await first.callbackReceiver
    .receive('testpay', { 'x-test-signature': 'wrong' }, body)
    .catch(() => undefined);
  await first.callbackReceiver.receive(
    'testpay',
    signedHeaders('event-2'),
    callbackBody({ event: 'payout.updated' }),
  );
  await first.callbackProcessor.process([due!.id]);
  return made;
}

class RolledBack extends Error {}

/** Breaks the data behind the back of every trigger and of the constraints named, looks, and takes it back. */
export async function broken(
  knex: Knex,
  sql: string,
  constraints: readonly string[] = [],
  input: { accepted?: string[]; planted?: string[] } = {},
): Promise<Finding[]> {
  return lookAtBroken(knex, { sql, drop: constraints }, (trx) => verifyTables(trx, input));
}

/** The same for another way of looking. */
export async function lookAtBroken<Seen>(
  knex: Knex,
  { sql, drop = [] }: { sql: string; drop?: readonly string[] },
  look: (trx: Knex.Transaction) => Promise<Seen>,
): Promise<Seen> {
  let seen: Seen | undefined;
  await knex
    .transaction(async (trx: Knex.Transaction) => {
      await trx.raw('set local session_replication_role = replica');
      for (const constraint of drop)
        await trx.raw(
          `alter table ${constraint.split('.')[0]!} drop constraint ${constraint.split('.')[1]!}`,
        );
      const changed = await trx.raw<{ rowCount: number }>(sql);
      if (changed.rowCount === 0) throw new Error('nothing was broken');
      seen = await look(trx);
      throw new RolledBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    });
  return seen as Seen;
}

export const found = (findings: Finding[], name: string): Finding => findings.find((f) => f.name === name)!;
