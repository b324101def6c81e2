import { createHash } from 'node:crypto';
import type { CallbackCheck, ParsedCallback } from '../../domain/provider/callback';
import { DomainError } from '../../domain/errors/errors';
import { defined } from '../../platform/defined';
import { isFields, no, parseJsonBytes, type Reading } from '../reading';
import { readTransactionFields, type Transaction } from './schemas';

/**
 * Callbacks of Eko are not signed: whoever knows the address can write one. So each says only "something
 * changed with this transaction", and the provider is asked. The event id carries a digest of the bytes, so
 * that a repeat is recognised and an invented callback never takes the place of a genuine one.
 */
export function checkUnsigned(raw: Buffer): CallbackCheck {
  const digest = createHash('sha256').update(raw).digest('hex').slice(0, 32);
  const read = readCallback(raw);
  return {
    verdict: 'unsigned',
    eventId: read.ok ? `${read.value.tid!}:${read.value.txStatus!}:${digest}` : `unreadable:${digest}`,
  };
}

/** The transaction that a callback is about; never an outcome. Throws DomainError CALLBACK_MALFORMED. */
export function parseCallback(raw: Buffer): ParsedCallback {
  const read = readCallback(raw);
  if (!read.ok)
    throw new DomainError('CALLBACK_MALFORMED', { detail: `the field ${read.field} is missing or wrong` });
  const { tid, txStatus, ourReference, amountPaise } = read.value;
  return {
    event: `transaction.${txStatus!}`,
    target: {
      providerReference: tid!,
      ...defined({ ourReference, amountPaise }),
    },
  };
}

/** `tid` and `tx_status` have to be there. */
function readCallback(raw: Buffer): Reading<Transaction> {
  const json = parseJsonBytes(raw);
  if (!isFields(json)) return no('body');
  const read = readTransactionFields(json);
  if (!read.ok) return read;
  if (read.value.tid === undefined) return no('tid');
  return read.value.txStatus === undefined ? no('tx_status') : read;
}
