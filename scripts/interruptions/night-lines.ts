const text = (...columns: readonly string[]): string => `concat_ws('|', ${columns.join(', ')}) as line`;

/** A break by its key: its id is drawn. */
const KEY = `s.name || ' ' || b.break_key`;

/**
 * Everything that nights write. Accounts are named by their codes; journals of breaks, cases and payouts have drawn ids
 * and are known by what they are about. Balances after a transfer are left out: what steps of different kinds post to one
 * account comes in any order, and the end of each account is among the lines.
 */
export const LINES: Readonly<Record<string, string>> = {
  nights: `select ${text('business_date', 'closed_at is not null')} from nights`,
  steps: `select ${text('business_date', 'kind', 'provider', 'state', 'why')} from nightly_runs`,
  rows: `select ${text(
    ...['s.name', 'coalesce(r.row_key, r.provider_reference)', 'r.seq', 'r.state', 'r.rule'],
    ...['r.transaction_id', 'r.attempt_no', 'r.journal_id'],
  )}
    from recon_rows r join recon_sources s on s.id = r.source_id`,
  fees: `select ${text('transaction_id', 'source_id', 'row_key', 'seq', 'fee_paise')} from recon_fee_matches`,
  breaks: `select ${text(
    KEY,
    'b.kind',
    'b.business_date',
    'b.transaction_id',
    'b.state',
    'b.resolution',
    'b.openings',
    'b.gap_paise',
    'b.suspense_paise',
    'b.postings',
    'b.ours',
    'b.theirs',
    'b.candidates',
    'b.case_id is not null',
  )} from recon_breaks b join recon_sources s on s.id = b.source_id`,
  cases: `select ${text(
    'c.kind',
    'c.situation',
    'c.transaction_id',
    'c.summary',
    'c.closed_at is not null',
    `coalesce((select ${KEY} from recon_breaks b join recon_sources s on s.id = b.source_id
      where c.subject in ('break:' || b.id, 'suspense:' || b.id, 'suspense:' || b.id || ':escalated')), c.subject)`,
  )} from ops_cases c`,
  transactions: `select ${text('id', 'state', 'outcome', 'outcome_count', 'effect_count', 'posted_count', 'move_count', 'utr')}
    from transactions`,
  outcomes: `select ${text('transaction_id', 'seq', 'kind', 'source', 'decision', 'effect', 'commission_paise', 'tds_paise')}
    from transaction_outcomes`,
  transfers: `select ${text('d.code', 'c.code', 't.amount_paise', 't.code', 't.transaction_id', 't.line')} from ledger_transfers t
    join ledger_accounts d on d.id = t.debit_account_id join ledger_accounts c on c.id = t.credit_account_id`,
  accounts: `select ${text('code', 'debits_paise', 'credits_paise')} from ledger_accounts`,
  balances: `select ${text(
    'b.business_date',
    'a.code',
    'b.debits_paise',
    'b.credits_paise',
    'b.day_debits_paise',
    'b.day_credits_paise',
    'b.day_lines',
  )} from balance_snapshots b join ledger_accounts a on a.id = b.account_id`,
  earnings: `select ${text(
    'transaction_id',
    'turn',
    'service',
    'rule_id',
    'slab_from_paise',
    'amount_paise',
    'pool_paise',
    'shared_paise',
    'day',
  )} from commission_earnings`,
  accruals: `select ${text('transaction_id', 'turn', 'user_id', 'level', 'gross_paise', 'mode', 'day', 'payable_from')}
    from commission_accruals`,
  dues: `select ${text('user_id', 'payable_from', 'mode', 'level', 'gross_paise', 'paid_paise')} from commission_dues`,
  returns: `select ${text('transaction_id', 'turn', 'user_id', 'level', 'gross_paise', 'payable_from', 'due_from', 'is_done')}
    from commission_returns`,
  payouts: `select ${text(
    'user_id',
    'level',
    'mode',
    'day',
    'gross_paise',
    'tds_paise',
    'wallet_paise',
    'main_paise',
    'receivable_paise',
    'year',
    'section',
    'bps',
    'base_paise',
  )} from commission_payouts`,
  tax: `select ${text('deductee_id', 'year', 'section', 'bps', 'base_paise', 'tds_paise', 'back_base_paise', 'back_tds_paise')}
    from commission_tds_sums`,
  delays: `select ${text('transaction_id', 'last_day', 'stopped_on')} from tat_delays`,
  compensations: `select ${text('transaction_id', 'business_date', 'amount_paise', 'payer', 'journal_id')}
    from tat_compensations`,
  safeguarding: `select ${text('business_date', 'side', 'name', 'paise')} from safeguarding_lines`,
  seals: `select ${text('seq', 'business_date', 'transfers', `encode(hash, 'hex')`)} from ledger_seals`,
};
