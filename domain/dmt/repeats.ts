import { createHash } from 'node:crypto';
import { addMs, spanInWords } from '../../platform/clock';
import { rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { keyOfDigest, type DuplicateRule } from '../intake/duplicates';
import type { Repeat } from '../intake/repeats';
import { DMT_ERRORS } from './errors';

/**
 * A transfer of a user whom the rule of repeats binds, as it is compared with those of moments ago: by all of its
 * parts together, since the parts of one are often alike. The customer's password says that they want one transfer,
 * and not that the one before, which seemed to hang, was not made.
 */
export interface ComparedTransfer extends Repeat {
  userId: UserId;
  senderId: string;
  recipientId: string;
  /** Of all parts. */
  amountPaise: Paise;
  at: Date;
}

interface Compared {
  compared?: ComparedTransfer | undefined;
}

export const TRANSFER_REPEATS: DuplicateRule<Compared> = {
  keysOf: ({ compared }) =>
    compared === undefined ? [] : [keyOfDigest(createHash('sha256').update(nameOf(compared)).digest())],
  isExempt: ({ compared }) => compared === undefined || compared.isMeant,
  refusalBeside: ({ compared }, { compared: earlier }) =>
    compared !== undefined && earlier !== undefined && nameOf(compared) === nameOf(earlier)
      ? duplicate(compared)
      : undefined,
  async refusalsOfStored(trx, list) {
    const looked = list.flatMap(({ compared }, place) =>
      compared === undefined || compared.isMeant ? [] : [{ ...compared, place }],
    );
    if (looked.length === 0) return new Map();
    const found = await rows<{ n: number }>(trx, STORED, {
      users: looked.map(({ userId }) => userId),
      senders: looked.map(({ senderId }) => senderId),
      recipients: looked.map(({ recipientId }) => recipientId),
      amounts: looked.map(({ amountPaise }) => amountPaise),
      first: looked.map(({ at, windowMs }) => firstUuidAt(addMs(at, -windowMs))),
    });
    return new Map(found.map(({ n }) => [looked[n - 1]!.place, duplicate(looked[n - 1]!)]));
  },
};

const nameOf = ({ userId, senderId, recipientId, amountPaise }: ComparedTransfer): string =>
  `transfer|${userId}|${senderId}|${recipientId}|${amountPaise}`;

/** By the index of the transfers of a sender. A part that failed leaves less than the whole, which may be sent again. */
const STORED = `
  select d.n::int4 as n
  from unnest(:users::uuid[], :senders::uuid[], :recipients::uuid[], :amounts::int8[], :first::uuid[])
    with ordinality as d(user_id, sender_id, recipient_id, amount, first, n)
  where exists (
    select from dmt_transfers x join transactions t on t.id = x.transaction_id
    where x.sender_id = d.sender_id and x.transaction_id >= d.first and x.recipient_id = d.recipient_id
      and t.user_id = d.user_id and t.state not in ('failed', 'reversed', 'refunded', 'refund_pending')
    group by t.request_id having sum(t.amount_paise) = d.amount)`;

function duplicate({ windowMs }: ComparedTransfer): DomainError {
  return new DomainError(DMT_ERRORS.DMT_DUPLICATE_SUSPECTED, {
    detail:
      `a transfer of this amount from this sender to this recipient was accepted in the last ${spanInWords(windowMs)}; ` +
      'look at it first, and send "force": true if it is to be sent once more',
  });
}
