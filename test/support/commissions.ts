/** Commission rules that two persons have approved, and transactions that earned. */
import type { Knex } from 'knex';
import { planProposal, ruleProposal, schemeProposal } from '../../domain/commissions/schemes';
import type { SchemeRow } from '../../domain/commissions/rule-rows';
import { slabsFromText } from '../../domain/commissions/slab-text';
import type { Proposal } from '../../domain/approvals/approvals';
import type { UserId } from '../../domain/ids/ids';
import { execute } from '../../platform/database';
import type { Staff } from './operations';

const SAID = { reason: 'agreed with the network', evidence: 'price list of the month' };

export interface Desk {
  approved(proposal: Proposal): Promise<void>;
  scheme(name: string, scope: SchemeRow['scope'], user?: UserId): Promise<void>;
  /** `place`: `dmt`, `bbps:8` for a category, `recharge::jio` for an operator. */
  rule(scheme: string, place: string, slabs: string, inForceFrom: string): Promise<void>;
  plan(user: UserId, scheme: string | null, inForceFrom: string): Promise<void>;
}

export function createDesk({ operations, asha, ravi }: Staff): Desk {
  const approved = async (proposal: Proposal): Promise<void> => {
    const { id } = await operations.approvals.propose(proposal, asha);
    await operations.approvals.approve(id, ravi);
  };
  return {
    approved,
    scheme: (name, scope, user) => approved(schemeProposal({ name, scope, user: user ?? null, ...SAID })),
    rule: (scheme, place, slabs, inForceFrom) => approved(ruleOf({ scheme, place, slabs, inForceFrom })),
    plan: (user, scheme, inForceFrom) => approved(planProposal({ user, scheme, inForceFrom, ...SAID })),
  };
}

export function ruleOf(given: {
  scheme: string;
  place: string;
  slabs: string;
  inForceFrom: string;
}): Proposal {
  const { place, slabs, ...rest } = given;
  const [service, category, operator] = place.split(':');
  return ruleProposal({
    ...{ ...rest, ...SAID, service: service!, slabs: slabsFromText(slabs) },
    category: category === undefined || category === '' ? null : category,
    operator: operator ?? null,
  });
}

export interface Planted {
  id: string;
  userId: string;
  service: string;
  amountPaise: bigint;
  createdAt: Date;
  /** Of a bill, the provider's; of a withdrawal, its kind. */
  category?: string;
  operator?: string;
}

/**
 * Transactions as rows alone, with no journal of theirs: what they were is all that commission asks of them. Only the
 * superuser can; the books do not hold with them, so tests that verify books have others.
 */
export async function plantTransactions(knex: Knex, list: readonly Planted[]): Promise<void> {
  await knex.transaction(async (trx) => {
    await execute(trx, 'set local session_replication_role = replica');
    for (const one of list) {
      const { operator = null, category = null, ...values } = one;
      await execute(trx, PLANT, { ...values });
      if (one.service === 'recharge')
        await execute(trx, RECHARGE, { id: one.id, userId: one.userId, operator, at: one.createdAt });
      if (one.service === 'aeps')
        await execute(trx, WITHDRAWAL, { id: one.id, userId: one.userId, kind: category, at: one.createdAt });
      if (one.service === 'bbps')
        await execute(trx, BILL, { id: one.id, category, operator: operator ?? 'B1' });
    }
  });
}

const PLANT = `
  insert into transactions (id, user_id, wallet_id, account_id, service, flow, state, provider, amount_paise, fee_paise,
    tax_paise, reference, expected_by, expires_at, created_at, updated_at, finished_at, outcome, outcome_at,
    outcome_count, effect_count, posted_count, attempt_no, upline_id, request_id)
  select :id, u.id, w.id, w.account_id, :service, s.flow, 'succeeded', 'eko', :amountPaise, 0, 0, :id, :createdAt,
    :createdAt, :createdAt, :createdAt, :createdAt, 'succeeded', :createdAt, 1, 1, 1, 1, u.upline_id, :id
  from users u join wallets w on w.user_id = u.id and w.kind = 'main', services s
  where u.id = :userId and s.name = :service`;
const RECHARGE = `
  insert into recharges (transaction_id, user_id, mobile_sealed, mobile_fingerprint, mobile_hint, operator, circle,
    amount_paise, created_at)
  values (:id, :userId, 'v1.x', decode(repeat('00', 32), 'hex'), '98XXXXXX10', :operator, 'KA', 100, :at)`;
const WITHDRAWAL = `
  insert into aeps_withdrawals (transaction_id, user_id, kind, customer, mobile_sealed, bank, terminal_id, lat_micro,
    long_micro, business_date, created_at, customer_ref, day_cap)
  values (:id, :userId, :kind, decode(repeat('00', 32), 'hex'), 'v1.x', '607152', 'T1', 12971600, 77594600,
    (:at::timestamptz)::date, :at, decode(repeat('00', 32), 'hex'), 1)`;
const BILL = `
  insert into bbps_payments (transaction_id, biller_id, biller_name, category, payment_mode, instruction_sealed,
    subject_fingerprint)
  values (:id, :operator, 'Test Biller', :category, 'Cash', 'v1.x', sha256(:id::text::bytea))`;
