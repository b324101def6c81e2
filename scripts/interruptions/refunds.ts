/**
 * Customers who come for their money: a transfer that failed after the provider took it waits for their
 * one-time password, and gets it.
 */
import type { UserId } from '../../domain/ids/ids';
import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { publicId } from '../../platform/ids';
import { createCaller } from '../mix/caller';
import { OTP } from '../mix/prepare';
import type { Ground } from './ground';

export interface Refunds {
  stop(): Promise<void>;
  /** Refunds that were answered with a 2xx. */ given(): number;
}

const EVERY_MS = 500;

/** Until it is stopped. What goes wrong in an interruption is tried again, with a new one-time password. */
export function startRefunds(ground: Ground): Refunds {
  const state = { stopped: false, given: 0 };
  const running = (async () => {
    while (!state.stopped) {
      for (const { id, userId } of await waiting(ground.knex)) {
        if (await refund(ground, id, userId)) state.given += 1;
      }
      await pause(EVERY_MS);
    }
  })();
  return {
    given: () => state.given,
    async stop() {
      state.stopped = true;
      await running;
    },
  };
}

async function waiting(knex: Knex): Promise<{ id: string; userId: UserId }[]> {
  try {
    return await rows<{ id: string; userId: UserId }>(
      knex,
      `select id, user_id as "userId" from transactions
        where state = 'refund_pending' and outcome = 'refund_pending' and posted_count = effect_count
        order by random() limit 20`,
    );
  } catch {
    return []; // the database is away
  }
}

async function refund({ stack, users }: Ground, id: string, userId: UserId): Promise<boolean> {
  const user = users.find((u) => u.userId === userId);
  if (user === undefined) return false;
  const api = createCaller(`${stack.urls.api}/v1/transactions/${publicId('transaction', id)}`, user.apiKey);
  try {
    await api.post('/refund-otp', {});
    await api.post('/refund', { otp: OTP });
    return true;
  } catch {
    return false; // the API or the provider is away: again in a moment
  }
}
