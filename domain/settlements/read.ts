import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { publicId } from '../../platform/ids';
import { paiseToJson, type Paise } from '../../platform/money';
import { type Page, type PageAfter, type PageRequest, mapPage, pageOf } from '../../platform/page';
import type { Cursors } from '../errors/cursor';
import { DomainError } from '../errors/errors';
import { inListTime } from '../errors/list-time';
import type { UserId } from '../ids/ids';
import type { WalletKind } from '../ledger/accounts';
import { SETTLEMENT_ERRORS } from './errors';
import type { PaysBy } from './rules';

/** What a user reads of the settlements of their wallets. */
export interface SettlementReader {
  /** The newest first. Throws DomainError LIST_TOO_SLOW. */
  list(userId: UserId, page: PageRequest): Promise<Page<SettlementView>>;
  /** Throws DomainError SETTLEMENT_NOT_FOUND. */
  get(userId: UserId, id: string): Promise<SettlementView>;
}

/** `RETURNED`: the bank had paid it, and sent it back; like what failed it is in the wallet again. */
export const SETTLEMENT_STATUSES = ['PENDING', 'PAID', 'FAILED', 'RETURNED'] as const;
export type SettlementStatus = (typeof SETTLEMENT_STATUSES)[number];

export interface SettlementView {
  id: string;
  object: 'settlement';
  status: SettlementStatus;
  wallet: WalletKind;
  amount: number;
  fee: number;
  tax: number;
  currency: 'INR';
  /** What of the account people may see. */
  account: string;
  ifsc: string;
  utr: string | null;
  /** The payout that pays it; null where our bank is told by a file. */
  transaction: string | null;
  business_date: string;
  cutoff_at: string;
  created_at: string;
  links: { self: string };
}

export interface SettlementRow {
  id: string;
  status: SettlementStatus;
  walletKind: WalletKind;
  userId: UserId;
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  hint: string;
  ifsc: string;
  utr: string | null;
  transactionId: string | null;
  paysBy: PaysBy;
  businessDate: string;
  cutoffAt: Date;
  madeAt: Date;
}

/** Of an item `i`, its payout `t`, and what our bank said of it. */
const STATUS = `
  case when e.returned then 'RETURNED' when e.failed then 'FAILED' when e.paid then 'PAID'
    when t.state = 'succeeded' then 'PAID' when t.state = 'failed' then 'FAILED'
    when t.state in ('reversed', 'refunded') then 'RETURNED' else 'PENDING' end`;

const ENDS = `
  left join lateral (select bool_or(kind = 'paid') as paid, bool_or(kind = 'failed') as failed,
      bool_or(kind = 'returned') as returned, max(utr) filter (where kind = 'paid') as utr
    from settlement_endings where item_id = i.id) e on true`;

const SHOWN = `
  select i.id, ${STATUS} as status, s.wallet_kind as "walletKind", i.user_id as "userId",
    i.amount_paise as "amountPaise", i.fee_paise as "feePaise", i.tax_paise as "taxPaise", b.hint, b.ifsc,
    coalesce(t.utr, e.utr) as utr, i.transaction_id as "transactionId", i.pays_by as "paysBy",
    s.business_date::text as "businessDate", s.cutoff_at as "cutoffAt", i.made_at as "madeAt"
  from settlement_items i join settlement_batches s on s.id = i.batch_id
    join beneficiaries b on b.id = i.beneficiary_id left join transactions t on t.id = i.transaction_id ${ENDS}`;

const FIRST_UUID = '00000000-0000-0000-0000-000000000000';
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export function createSettlementReader({
  lists,
  knex,
  cursors,
}: {
  knex: Knex;
  lists: Knex;
  cursors: Cursors;
}): SettlementReader {
  return {
    async list(userId, { limit, cursor }) {
      const { decode, encode } = cursors.of(JSON.stringify(['settlements', userId]));
      const found = await inListTime(
        rows<SettlementRow>(
          lists,
          `${SHOWN} where i.user_id = :userId and i.id < :before::uuid order by i.id desc limit :limit`,
          { userId, before: decode(cursor) ?? LAST_UUID, limit: limit + 1 },
        ),
      );
      return mapPage(
        pageOf(found, limit, (last) => encode(last.id)),
        viewOf,
      );
    },
    async get(userId, id) {
      const [found] = await rows<SettlementRow>(
        knex,
        `${SHOWN} where i.id = :id::uuid and i.user_id = :userId`,
        { id, userId },
      );
      if (found === undefined) throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_NOT_FOUND);
      return viewOf(found);
    },
  };
}

export interface BatchRow {
  id: string;
  walletKind: WalletKind;
  businessDate: string;
  cutoffAt: Date;
  paysBy: PaysBy;
  bank: string | null;
  isMade: boolean;
  items: number;
  totalPaise: Paise;
  pending: number;
  paidPaise: Paise;
  backPaise: Paise;
}

export interface ItemFilter {
  /** A business day, or one batch of it. */
  day?: string | undefined;
  batchId?: string | undefined;
  status?: SettlementStatus | undefined;
}

/** What staff read. */
export interface SettlementDesk {
  /** The newest first. */
  batches(page: PageAfter): Promise<Page<BatchRow>>;
  /** Items of a business day or of a batch, in the order in which they were made. */
  itemPage(filter: ItemFilter, page: PageAfter): Promise<Page<SettlementRow>>;
}

export const createSettlementDesk = ({ knex }: { knex: Knex }): SettlementDesk => ({
  async batches({ limit, after }) {
    const found = await rows<BatchRow>(
      knex,
      `select s.id, s.wallet_kind as "walletKind", s.business_date::text as "businessDate",
        s.cutoff_at as "cutoffAt", s.pays_by as "paysBy", s.bank, s.made_at is not null as "isMade",
        count(x.id)::int4 as items, coalesce(sum(x.amount_paise), 0)::int8 as "totalPaise",
        (count(*) filter (where x.status = 'PENDING'))::int4 as pending,
        coalesce(sum(x.amount_paise) filter (where x.status = 'PAID'), 0)::int8 as "paidPaise",
        coalesce(sum(x.amount_paise) filter (where x.status in ('FAILED', 'RETURNED')), 0)::int8 as "backPaise"
      from (select * from settlement_batches
          where :after::uuid is null or (business_date, cutoff_at, id) < (select business_date, cutoff_at, id
            from settlement_batches where id = :after::uuid)
          order by business_date desc, cutoff_at desc, id desc limit :limit) s
        left join lateral (select i.id, i.amount_paise, ${STATUS} as status
          from settlement_items i left join transactions t on t.id = i.transaction_id ${ENDS}
          where i.batch_id = s.id) x on true
      group by s.id, s.wallet_kind, s.business_date, s.cutoff_at, s.pays_by, s.bank, s.made_at
      order by s.business_date desc, s.cutoff_at desc, s.id desc`,
      { limit: limit + 1, after: after ?? null },
    );
    return pageOf(found, limit, (last) => last.id);
  },
  async itemPage({ day, batchId, status }, { limit, after }) {
    const found = await rows<SettlementRow>(
      knex,
      `${SHOWN}
      where i.batch_id in (select id from settlement_batches
          where business_date = :day::date or id = :batch::uuid)
        and (:status::text is null or ${STATUS} = :status::text) and i.id > :after::uuid
      order by i.id limit :limit`,
      {
        ...{ day: day ?? null, batch: batchId ?? null, status: status ?? null },
        ...{ after: after ?? FIRST_UUID, limit: limit + 1 },
      },
    );
    return pageOf(found, limit, (last) => last.id);
  },
});

function viewOf(row: SettlementRow): SettlementView {
  const id = publicId('settlementItem', row.id);
  return {
    id,
    object: 'settlement',
    status: row.status,
    wallet: row.walletKind,
    amount: paiseToJson(row.amountPaise),
    fee: paiseToJson(row.feePaise),
    tax: paiseToJson(row.taxPaise),
    currency: 'INR',
    account: row.hint,
    ifsc: row.ifsc,
    utr: row.utr,
    transaction: row.transactionId === null ? null : publicId('transaction', row.transactionId),
    business_date: row.businessDate,
    cutoff_at: row.cutoffAt.toISOString(),
    created_at: row.madeAt.toISOString(),
    links: { self: `/v1/settlements/${id}` },
  };
}
