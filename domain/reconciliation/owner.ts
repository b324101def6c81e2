import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { RECONCILIATION_ERRORS } from './errors';

/**
 * Whose an open break is; null gives it back to everybody. Throws DomainError RECON_BREAK_NOT_FOUND,
 * RECON_BREAK_RESOLVED, RECON_OWNER_UNKNOWN.
 */
export async function assignBreak(knex: Knex, breakId: string, owner: UserId | null): Promise<void> {
  const given = await execute(
    knex,
    `update recon_breaks set owner_id = :owner::uuid where id = :id and state = 'open'
      and (:owner::uuid is null
        or exists (select from users u where u.id = :owner::uuid and u.kind = 'ops' and u.status = 'active'))`,
    { id: breakId, owner },
  );
  if (given === 1) return;
  const [found] = await rows<{ state: string }>(knex, 'select state from recon_breaks where id = ?', [
    breakId,
  ]);
  if (found === undefined) throw new DomainError(RECONCILIATION_ERRORS.RECON_BREAK_NOT_FOUND);
  throw new DomainError(
    found.state === 'open'
      ? RECONCILIATION_ERRORS.RECON_OWNER_UNKNOWN
      : RECONCILIATION_ERRORS.RECON_BREAK_RESOLVED,
  );
}
