import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { insertOne } from '../../platform/sql';
import type { FieldCipher } from '../../platform/encryption';
import { keepResult, readResult, type FetchResult } from './biller-json';
import type { FetchedBill } from './port';
import { FETCH_REQUEST, FETCH_RESULT, type FetchRequest } from './sealed';

/** The rows of fetches. The caller's request and the bill are sealed under the row's id. */
export interface FetchRow {
  id: string;
  userId: UserId;
  provider: string;
  billerId: string;
  requestSealed: string;
  state: FetchedBill['state'];
  providerReference: string | null;
  resultSealed: string | null;
  createdAt: Date;
  startBefore: Date;
  nextAskAt: Date | null;
  expiresAt: Date;
}
export type NewFetch = Pick<
  FetchRow,
  'id' | 'userId' | 'provider' | 'billerId' | 'createdAt' | 'startBefore' | 'expiresAt'
> & { ourReference: string; request: FetchRequest };

const COLUMNS = `f.id, f.user_id as "userId", f.provider, f.biller_id as "billerId", f.request_sealed as "requestSealed",
  f.state, f.provider_reference as "providerReference", f.result_sealed as "resultSealed",
  f.created_at as "createdAt", f.start_before as "startBefore", f.next_ask_at as "nextAskAt", f.expires_at as "expiresAt"`;

export async function insertFetch(knex: Knex, cipher: FieldCipher, fetch: NewFetch): Promise<void> {
  await insertOne(knex, 'bbps_fetches', {
    id: fetch.id,
    user_id: fetch.userId,
    provider: fetch.provider,
    biller_id: fetch.billerId,
    our_reference: fetch.ourReference,
    request_sealed: cipher.seal(JSON.stringify(fetch.request), FETCH_REQUEST.place(fetch.id)),
    created_at: fetch.createdAt,
    start_before: fetch.startBefore,
    expires_at: fetch.expiresAt,
  });
}

/** The user's fetch, and whether it has been paid with. */
export async function readFetch(
  knex: Knex,
  userId: UserId,
  id: string,
): Promise<(FetchRow & { isUsed: boolean }) | undefined> {
  const [found] = await rows<FetchRow & { isUsed: boolean }>(
    knex,
    `select ${COLUMNS}, exists (select from bbps_payments p where p.fetch_id = f.id) as "isUsed"
      from bbps_fetches f where f.id = ? and f.user_id = ?`,
    [id, userId],
  );
  return found;
}

/** Notes under which reference the provider works on it. */
export async function noteProcessing(
  knex: Knex,
  id: string,
  reference: string,
  nextAskAt: Date,
): Promise<void> {
  await execute(
    knex,
    `update bbps_fetches set provider_reference = ?, next_ask_at = ?
      where id = ? and state = 'processing' and provider_reference is null`,
    [reference, nextAskAt, id],
  );
}

/** The result of a fetch. `reference` is the provider's. */
export interface FetchEnding {
  state: 'fetched' | 'failed';
  reference: string | null;
  result: FetchResult;
}

/** Ends a fetch that is still open; false when it was ended before. */
export async function finishFetch(
  knex: Knex,
  cipher: FieldCipher,
  { id, state, reference, result, at }: FetchEnding & { id: string; at: Date },
): Promise<boolean> {
  return (
    (await execute(
      knex,
      `update bbps_fetches
        set state = ?, provider_reference = coalesce(?, provider_reference), result_sealed = ?,
          next_ask_at = null, finished_at = ?
        where id = ? and state = 'processing'`,
      [state, reference, cipher.seal(keepResult(result), FETCH_RESULT.place(id)), at, id],
    )) === 1
  );
}

/**
 * Claims the next question to the provider: if it is due, and never twice within `minGapMs`, by any process.
 */
export async function claimAsk(
  knex: Knex,
  id: string,
  now: Date,
  { gapMs, minGapMs }: { gapMs: number; minGapMs: number },
): Promise<boolean> {
  return (
    (await execute(
      knex,
      `update bbps_fetches set asked_at = ?, next_ask_at = ?
        where id = ? and state = 'processing' and next_ask_at <= ? and (asked_at is null or asked_at <= ?)`,
      [now, addMs(now, gapMs), id, now, addMs(now, -minGapMs)],
    )) === 1
  );
}

/** Brings the next question forward; the ids of the fetches that this concerns. */
export async function bringForward(
  knex: Knex,
  provider: string,
  reference: string,
  now: Date,
): Promise<string[]> {
  const found = await rows<{ id: string }>(
    knex,
    `update bbps_fetches set next_ask_at = least(next_ask_at, ?::timestamptz)
      where provider = ? and provider_reference = ? and state = 'processing' returning id`,
    [now, provider, reference],
  );
  return found.map((f) => f.id);
}

export function openRequest(cipher: FieldCipher, row: Pick<FetchRow, 'id' | 'requestSealed'>): FetchRequest {
  return JSON.parse(cipher.open(row.requestSealed, FETCH_REQUEST.place(row.id))) as FetchRequest;
}

export function openResult(
  cipher: FieldCipher,
  row: Pick<FetchRow, 'id' | 'resultSealed'>,
): FetchResult | undefined {
  return row.resultSealed === null
    ? undefined
    : readResult(cipher.open(row.resultSealed, FETCH_RESULT.place(row.id)));
}
