import type { Check, CheckGroup } from '../promises/check';

/** What went to bank accounts is in the ledger what its own rows say. */

const debited: Check = {
  promise: 'P1',
  name: 'settlement-debited',
  what: 'a settlement has taken its amount from its wallet once, by its payout or by its own journal',
  over: 'settlement_items',
  offenders: `
    select 'settlement ' || i.id, format('says %s paise; %s', i.total_paise, case
      when i.pays_by = 'payout' and t.id is null then 'it names no payout'
      when i.pays_by = 'payout' then format('its payout says %s paise', t.total_paise)
      else format('its journal took %s', coalesce(j.paise, 0)) end)
    from settlement_items i left join transactions t on t.id = i.transaction_id
      left join lateral (select sum(amount_paise) as paise from ledger_transfers
        where journal_id = i.journal_id and debit_account_id = i.account_id) j on true
      join settlement_batches b on b.id = i.batch_id
    where case i.pays_by
      when 'payout' then b.made_at is not null and (t.id is null or t.total_paise <> i.total_paise
        or t.wallet_id <> i.wallet_id)
      else coalesce(j.paise, 0) <> i.total_paise end`,
};

export const SETTLEMENTS: readonly CheckGroup[] = [{ checks: [debited] }];
