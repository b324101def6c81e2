import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import type { UserId } from '../ids/ids';
import type { Notifier } from '../notifications/notifier';
import type { NotificationKind } from '../notifications/rules';
import { tellEverywhere } from '../sign-in/notices';
import { personOf } from '../sign-in/people';

export interface TellDependencies {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  notifier: Notifier;
}

export interface Message {
  kind: NotificationKind;
  values: Readonly<Record<string, string>>;
}

/** What happened longer ago is not told any more. */
export const TOLD_WITHIN_MS = 7 * 86_400_000;

/**
 * Tells people what is due, each in a database transaction of its own, and returns how many were due. `claim` writes the row
 * that says so: whoever writes it tells it, so two processes at once tell one thing once. It returns undefined where another
 * has told it.
 */
export async function tellEach<Due extends { userId: UserId }>(
  { knex, cipher, notifier }: TellDependencies,
  due: readonly Due[],
  claim: (trx: Knex.Transaction, one: Due) => Promise<Message | undefined>,
): Promise<number> {
  for (const one of due)
    await knex.transaction(async (trx) => {
      const message = await claim(trx, one);
      if (message === undefined) return;
      const person = await personOf({ knex: trx, cipher }, one.userId);
      // Whose account is closed is written to by hand.
      if (person !== undefined) await tellEverywhere(trx, notifier, person, message);
    });
  return due.length;
}
