import type { Knex } from 'knex';
import { deleteOver, type Outdated } from '../../platform/claim';
import { addMs, type Clock } from '../../platform/clock';
import type { KeyedDigest } from '../../platform/encryption';
import { bytea, insertNew, table } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import { CAPTURE_ERRORS } from './errors';

/**
 * A capture of a finger is good for one request: who holds an old one cannot use it again under another key
 * or for another purpose. Only its keyed digest is kept, for as long as a provider would take the capture.
 */
export interface Captures {
  /**
   * The digest of a PID block. It covers the encrypted biometrics alone, so that a block that was dressed up
   * anew is the same capture. Throws DomainError REQUEST_FIELD_INVALID if the block holds no such data, or
   * several.
   */
  digestOf(pid: string): Capture;
  /** Throws DomainError CAPTURE_USED. In a database transaction the use goes with it. */
  use(db: Knex | Knex.Transaction, capture: Capture): Promise<void>;
  /** Deletes up to `limit` digests that are past their time; returns how many. */
  deleteOld(limit: number): Promise<number>;
}

/** A capture under every key that is valid: used under one, it is used. */
export type Capture = readonly Buffer[];

/** A provider takes a capture for a few minutes after it was made. */
const KEPT_MS = 30 * 60_000;
const OLD_CAPTURES: Outdated = {
  table: 'used_captures',
  key: 'capture',
  over: 'used_at <= :before',
  orderBy: 'used_at',
};
const USED = table<Buffer>('used_captures', { capture: bytea((capture) => capture) });
/** `Data` of the RD service's XML: the encrypted biometrics, in base64. */
const DATA = /<Data(?:\s[^<>]*)?>([A-Za-z0-9+/=\s]+)<\/Data\s*>/;
const ANY_DATA = /<(?:[\w.-]+:)?Data[\s/>]/gi;

export function createCaptures(deps: { knex: Knex; clock: Clock; digest: KeyedDigest }): Captures {
  return {
    digestOf(pid) {
      const data = DATA.exec(pid)?.[1];
      if (data === undefined || pid.match(ANY_DATA)?.length !== 1) throw malformed();
      return deps.digest.every(
        'capture',
        Buffer.from(data.replaceAll(/\s/g, ''), 'base64').toString('base64'),
      );
    },
    async use(db, capture) {
      const first = await insertNew(
        db,
        USED,
        capture.toSorted((a, b) => a.compare(b)),
        {
          conflict: 'on constraint used_captures_once',
          returning: 'capture',
          shared: { used_at: deps.clock.now() },
        },
      );
      if (first.length < capture.length)
        throw new DomainError(CAPTURE_ERRORS.CAPTURE_USED, {
          detail: 'capture the finger anew for each request; to repeat a request, repeat its Idempotency-Key',
        });
    },
    deleteOld: (limit) =>
      deleteOver(deps.knex, OLD_CAPTURES, { before: addMs(deps.clock.now(), -KEPT_MS), limit }),
  };
}

function malformed(): DomainError {
  return new DomainError('REQUEST_FIELD_INVALID', {
    detail: 'the PID block is not in the form in which the RD service gives it',
    errors: [
      {
        pointer: '#/pid',
        code: 'FIELD_FORM_WRONG',
        detail: 'must hold one <Data> element with the encrypted biometrics in base64',
      },
    ],
  });
}
