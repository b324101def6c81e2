/** SQL of the seal, which step and verification share. */

const NOTHING = `''`;

/** The hash of all columns of a transfer. */
export const TRANSFER_HASH = (t: string): string => `
  sha256(convert_to(concat_ws('|', 'munim.transfer.1', ${t}.id, ${t}.journal_id, ${t}.line,
    coalesce(${t}.transaction_id::text, ${NOTHING}), ${t}.debit_account_id, ${t}.credit_account_id, ${t}.amount_paise,
    ${t}.currency, ${t}.code, ${t}.debit_balance_after, ${t}.credit_balance_after,
    to_char(${t}.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')), 'UTF8'))`;

/** Of the hash of a transfer, what its link keeps, so that the one that was altered can be named. */
export const MARK = (hash: string): string => `substr(${hash}, 1, 8)`;

/** The hash of a link that has `seq`, `business_date`, `previous_hash` and `hashes`, those of its transfers one behind the other. */
export const CHAIN_HASH = (link: string): string => `
  sha256(convert_to('munim.seal.1:' || ${link}.seq || ':' || :date::date || ':', 'UTF8')
    || ${link}.previous_hash || sha256(${link}.hashes))`;
