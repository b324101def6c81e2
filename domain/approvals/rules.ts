import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { isPermission, type Permission } from '../access/permissions';
import { DomainError } from '../errors/errors';

/** How proposals of one action are made and decided: a row of `approval_rules`. */
export interface ApprovalRule {
  /** Whoever proposes needs `<area>.propose`, whoever decides `<area>.decide`. */
  area: string;
  expiresAfterS: number;
  /** Up to this much, counted with what was done before, one person may do it alone; 0 is never. */
  aloneUpToPaise: bigint;
}

/** Of the moment that the proposal is made or decided. Throws DomainError INTERNAL_ERROR when there is none. */
export async function readRule(db: Knex | Knex.Transaction, action: string, at: Date): Promise<ApprovalRule> {
  const [rule] = await rows<ApprovalRule>(
    db,
    `select area, expires_after_s as "expiresAfterS", alone_up_to_paise as "aloneUpToPaise"
    from approval_rule(:action, :at) where area is not null`,
    { action, at },
  );
  if (rule === undefined)
    throw new DomainError('INTERNAL_ERROR', { detail: `no rule says who approves ${action}` });
  return rule;
}

export function halfOf({ area }: ApprovalRule, half: 'propose' | 'decide'): Permission {
  const permission = `${area}.${half}`;
  if (isPermission(permission)) return permission;
  throw new DomainError('INTERNAL_ERROR', { detail: `there is no permission ${permission}` });
}
