/** Callbacks of the scripted provider about a payout: what it would send, and how they are received and processed. */
import type { AppUser } from '../../domain/users/users';
import { rows } from '../../platform/database';
import { dispatched, runDue, runJob } from './driver';
import { callbackBody, pending, signedHeaders, succeeded, type TestCallback } from './scripted-connector';
import { attemptsOf, transactionRow, type World } from './world';

let events = 0;
/** Headers of an event that was not sent before. */
export const newEventId = (): string => `evt_${(events += 1)}`;

export const jsonOf = (answer: ReturnType<typeof succeeded>): TestCallback['outcome'] =>
  JSON.parse(
    JSON.stringify(answer, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
  ) as TestCallback['outcome'];

export interface CallbackCalls {
  /** A payout whose answer is pending. */
  readonly sent: () => Promise<string>;
  /** What the provider would send about this payout. */
  readonly about: (
    id: string,
    answer: ReturnType<typeof succeeded>,
    over?: TestCallback['target'],
  ) => Promise<TestCallback>;
  readonly receive: (
    callback: TestCallback | Buffer,
    headers?: Record<string, string>,
  ) => Promise<{ duplicate: boolean; id: string | undefined }>;
  readonly process: (...ids: (string | undefined)[]) => Promise<void>;
  readonly stored: (id: string | undefined) => Promise<StoredCallback>;
  readonly state: (id: string) => Promise<string>;
}
export interface StoredCallback {
  state: string;
  result: string | null;
  transactionId: string | null;
}

/** `used` is read at each call: each test has a world of its own. */
export function callbackCalls(used: () => { world: World; user: AppUser }): CallbackCalls {
  return {
    async sent() {
      const { world, user } = used();
      const id = await world.accept(user);
      world.connector.onSend = () => pending();
      await dispatched(world.first, id);
      return id;
    },
    async about(id, answer, over = {}) {
      const [attempt] = await attemptsOf(used().world.knex, id);
      return {
        event: `payout.${answer.rawStatus}`,
        target: {
          ourReference: attempt!.ourReference,
          providerReference: 'pout_1',
          amountPaise: '150000',
          ...over,
        },
        outcome: jsonOf(answer),
      };
    },
    async receive(callback, headers = signedHeaders(newEventId())) {
      const { duplicate, due } = await used().world.first.callbackReceiver.receive(
        'testpay',
        headers,
        Buffer.isBuffer(callback) ? callback : callbackBody(callback),
      );
      return { duplicate, id: due?.id };
    },
    async process(...ids) {
      const { first } = used().world;
      const report = await runJob(
        first,
        'callback',
        ids.filter((id) => id !== undefined),
      );
      expect(report.errors).toEqual([]);
      await runDue(first, report.due);
    },
    async stored(id) {
      const [row] = await rows<StoredCallback>(
        used().world.knex,
        'select state, result, transaction_id as "transactionId" from callbacks where id = ?',
        [id],
      );
      return row!;
    },
    state: async (id) => (await transactionRow(used().world.knex, id)).state,
  };
}
