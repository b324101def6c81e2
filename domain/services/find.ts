import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { compareTexts } from '../../platform/order';
import type { KeyedDigest } from '../../platform/encryption';
import { parsePublicId } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { everyCustomer } from '../aeps/request';
import { phoneDigests } from '../otp/rules';
import { inListTime } from '../errors/list-time';
import { mobileFingerprints } from '../recharge/sealed';
import { inEitherCase, ofProviderReference, ofUtr, utrForms, withoutBlanks } from '../transactions/search';

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
   * The newest transactions of this UTR or RRN, this reference of an app, this id of a provider or of ours, or
   * this mobile number (the sender of a transfer, the customer of a withdrawal, the number that was
   * recharged). Blanks do not count; a reference may be typed in its own, in large or in small letters. A number
   * is compared by its keyed hash; nothing sealed is opened. Throws DomainError LIST_TOO_SLOW.
   */
  find(text: string): Promise<FoundTransaction[]>;
}

const MOST = 50;
const MOBILE = /^(?:\+?91-?)?([6-9]\d{9})$/;

/** `lists`: the connections on which lists are read. */
export function createTransactionFinder({
  lists,
  digest,
}: {
  lists: Knex;
  digest: KeyedDigest;
}): TransactionFinder {
  return {
    async find(text) {
      const bare = withoutBlanks(text);
      if (bare === '') return [];
      const mobile = MOBILE.exec(bare)?.[1];
      const ofText = {
        id: parsePublicId('transaction', bare.toLowerCase()) ?? null,
        bare,
        utrs: utrForms(bare),
        references: inEitherCase(bare),
        most: MOST,
      };
      const found = await inListTime(
        mobile === undefined
          ? rows<FoundTransaction>(lists, foundSql(OF_TEXT), ofText)
          : rows<FoundTransaction>(lists, foundSql([...OF_TEXT, ...OF_MOBILE]), {
              ...ofText,
              recharged: mobileFingerprints(digest, mobile),
              sender: phoneDigests(digest, mobile),
              customer: everyCustomer(digest, mobile),
            }),
      );
      return found.toSorted((a, b) => compareTexts(b.id, a.id));
    },
  };
}

/**
 * The newest of the ids that a query gives. `offset 0` keeps the query whole: it is answered by its own index,
 * and not by reading all ids from the newest on until enough of them fit.
 */
const newest = (ids: string): string =>
  `(select of_way.id from (${ids} offset 0) of_way(id) order by 1 desc limit :most)`;
/** Each way has an index. */
const OF_TEXT = [
  'select :id::uuid as id',
  newest(ofUtr(':utrs')),
  newest(`select p.id from requests r
    join lateral (
      select r.id union all select t.id from transactions t where t.request_id = r.id and t.request_id <> t.id
    ) p on true
    where r.reference = any(:references::text[])`),
  newest(ofProviderReference(':bare')),
];
const OF_MOBILE = [
  newest('select transaction_id from recharges where mobile_fingerprint = any(:recharged::bytea[])'),
  newest(`select d.transaction_id from (select id from dmt_senders where mobile_fingerprint = any(:sender::bytea[]) offset 0) s
    cross join lateral (select transaction_id from dmt_transfers where sender_id = s.id offset 0) d`),
  newest('select transaction_id from aeps_withdrawals where customer = any(:customer::bytea[])'),
];

function foundSql(ways: readonly string[]): string {
  return `
  with found as materialized (select way.id from (${ways.join(' union ')}) way where way.id is not null
    order by way.id desc limit :most)
  select t.id, t.service, t.state, t.amount_paise as "amountPaise", t.reference, t.utr, t.created_at as "createdAt"
  from found join transactions t on t.id = found.id`;
}
