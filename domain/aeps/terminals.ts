import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { errorOfConstraint, execute, rows, type ConstraintErrors } from '../../platform/database';
import { recordAudit } from '../audit/audit';
import { AUTH_ERRORS } from '../auth/errors';
import { DomainError, fieldError } from '../errors/errors';
import { AEPS_ERRORS } from './errors';

/**
 * The terminals of an agent are registered: a request from any other is refused, so that an id that a caller
 * makes up says nothing and opens nothing.
 */
export interface Terminals {
  /**
   * Registers a terminal, or puts a retired one to work again. `by`: who does it, and why, for the audit log.
   * Throws DomainError USER_NOT_FOUND.
   */
  register(userId: UserId, terminalId: string, by: string, reason?: string): Promise<void>;
  /** Its requests are refused from now on. */
  retire(userId: UserId, terminalId: string, by: string, reason?: string): Promise<void>;
}

const CONSTRAINT_ERRORS: ConstraintErrors = {
  aeps_terminals_user_id_fkey: (cause) => new DomainError(AUTH_ERRORS.USER_NOT_FOUND, { cause }),
};

export function createTerminals({ knex, clock }: { knex: Knex; clock: Clock }): Terminals {
  const change = (
    action: 'register' | 'retire',
    { userId, terminalId, by, reason }: { userId: UserId; terminalId: string; by: string; reason?: string },
    statement: string,
  ): Promise<void> =>
    knex.transaction(async (trx) => {
      const at = clock.now();
      const changed = await execute(trx, statement, { userId, terminalId, at }).catch((error: unknown) => {
        throw errorOfConstraint(error, CONSTRAINT_ERRORS);
      });
      if (changed === 0) return;
      const subject = `user:${userId}`;
      const detail = { terminal: terminalId, ...(reason === undefined ? {} : { reason }) };
      await recordAudit(trx, {
        at,
        actor: by,
        action: `aeps_terminal.${action}`,
        subject,
        outcome: 'succeeded',
        detail,
      });
    });
  return {
    register: (userId, terminalId, by, reason) =>
      change('register', { userId, terminalId, by, reason }, REGISTER),
    retire: (userId, terminalId, by, reason) => change('retire', { userId, terminalId, by, reason }, RETIRE),
  };
}

const REGISTER = `
  insert into aeps_terminals as t (user_id, terminal_id, registered_at) values (:userId, :terminalId, :at)
  on conflict (user_id, terminal_id) do update set registered_at = excluded.registered_at, retired_at = null
    where t.retired_at is not null`;
const RETIRE = `
  update aeps_terminals set retired_at = :at
  where user_id = :userId and terminal_id = :terminalId and retired_at is null`;

/** Throws DomainError AEPS_TERMINAL_UNKNOWN. */
export async function requireTerminal(
  db: Knex | Knex.Transaction,
  userId: UserId,
  terminalId: string,
): Promise<void> {
  const found = await rows<object>(
    db,
    'select terminal_id from aeps_terminals where user_id = ? and terminal_id = ? and retired_at is null',
    [userId, terminalId],
  );
  if (found.length === 0)
    throw fieldError(
      AEPS_ERRORS.AEPS_TERMINAL_UNKNOWN,
      '#/terminal/id',
      'this terminal is not registered for you; use one that is, or have it registered',
    );
}
