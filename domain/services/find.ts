import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { KeyedDigest } from '../../platform/encryption';
import { parsePublicId } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { customerOf } from '../aeps/request';
import { phoneDigest } from '../otp/rules';
import { mobileFingerprint } from '../recharge/accept';

/** A transaction as staff find it; nothing of it is personal. */
export interface FoundTransaction {
  id: string;
  service: string;
  state: string;
  amountPaise: Paise;
  reference: string;
  utr: string | null;
  createdAt: Date;
}

export interface TransactionFinder {
  /**
   * The newest transactions of this UTR or RRN, this reference of an app, this id, or this mobile number (the
   * sender of a transfer, the customer of a withdrawal, the number that was recharged). A number is compared by
   * its keyed hash; nothing sealed is opened.
   */
  find(text: string): Promise<FoundTransaction[]>;
}

const MOST = 50;
const MOBILE = /^(?:\+?91[ -]?)?([6-9]\d{9})$/;

export function createTransactionFinder({
  knex,
  digest,
}: {
  knex: Knex;
  digest: KeyedDigest;
}): TransactionFinder {
  return {
    async find(text) {
      const mobile = MOBILE.exec(text)?.[1];
      const values =
        mobile === undefined
          ? { recharged: null, sender: null, customer: null }
          : {
              recharged: mobileFingerprint(digest, mobile),
              sender: phoneDigest(digest, mobile),
              customer: customerOf(digest, mobile),
            };
      return rows<FoundTransaction>(knex, FOUND, {
        id: parsePublicId('transaction', text) ?? null,
        text,
        most: MOST,
        ...values,
      });
    },
  };
}

/** Each way has an index; users are few beside their transactions. */
const FOUND = `
  with found as (
    select :id::uuid as id
    union select id from transactions where utr = :text
    union select p.id from users u join requests r on r.user_id = u.id and r.reference = :text
      join lateral (
        select r.id union all select t.id from transactions t where t.request_id = r.id and t.request_id <> t.id
      ) p on true
    union (select r.transaction_id from users u join recharges r on r.user_id = u.id
      and r.mobile_fingerprint = :recharged::bytea order by 1 desc limit :most)
    union (select d.transaction_id from users u join dmt_senders s on s.user_id = u.id
        and s.mobile_fingerprint = :sender::bytea
      join dmt_transfers d on d.sender_id = s.id order by 1 desc limit :most)
    union (select transaction_id from aeps_withdrawals where customer = :customer::bytea order by 1 desc limit :most)
  )
  select t.id, t.service, t.state, t.amount_paise as "amountPaise", t.reference, t.utr, t.created_at as "createdAt"
  from found join transactions t on t.id = found.id
  order by t.id desc limit :most`;
