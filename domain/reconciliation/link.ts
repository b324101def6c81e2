import type { Knex } from 'knex';
import { errorOfConstraint, execute, rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { RECONCILIATION_ERRORS } from './errors';
import { LINKED } from './judge';

/** A row of a report that no rule could match: persons may say which of its candidates it is about. */
export const LINKABLE: ReadonlySet<string> = new Set(['ambiguous', 'identifier_damaged', 'missing_with_us']);

/** Throws DomainError RECON_CANDIDATE_UNKNOWN. */
export function requireCandidate(
  candidates: readonly string[],
  given: string | undefined,
): asserts given is string {
  if (given === undefined || !candidates.includes(given))
    throw new DomainError(RECONCILIATION_ERRORS.RECON_CANDIDATE_UNKNOWN);
}

/**
 * Matches the row of a break with a transaction, on the word of persons: with the attempt that it names, else with the
 * last one. The next run compares the two, as any matched row. The caller holds the source. Throws DomainError
 * RECON_LINK_TAKEN when the row, or that part of the transaction, has been matched by now.
 */
export async function linkRow(trx: Knex.Transaction, breakId: string, transaction: string): Promise<void> {
  try {
    const linked = await execute(
      trx,
      `update recon_rows r set state = 'matched', rule = ${LINKED}, transaction_id = t.id,
        attempt_no = coalesce((select a.attempt_no from dispatch_attempts a
          where a.transaction_id = t.id and a.our_reference = r.our_reference), t.attempt_no)
      from recon_breaks b, transactions t
      where b.id = :breakId and t.id = :transaction and r.source_id = b.source_id and r.row_key = b.row_key
        and r.seq = b.row_seq and r.state = 'open'`,
      { breakId, transaction },
    );
    if (linked !== 1) throw new DomainError(RECONCILIATION_ERRORS.RECON_LINK_TAKEN);
  } catch (error) {
    throw errorOfConstraint(error, {
      recon_rows_part_once: (cause) => new DomainError(RECONCILIATION_ERRORS.RECON_LINK_TAKEN, { cause }),
    });
  }
}

/** The source of a break, so that no run matches meanwhile; before the break itself, as in a run. */
export async function lockSourceOf(trx: Knex.Transaction, breakId: string): Promise<void> {
  await rows<{ id: number }>(
    trx,
    `select s.id from recon_sources s where s.id = (select source_id from recon_breaks where id = ?) for no key update`,
    [breakId],
  );
}
