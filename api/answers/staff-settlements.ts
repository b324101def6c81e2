import { WALLET_KINDS, type WalletKind } from '../../domain/ledger/accounts';
import type { FileRow, FileState } from '../../domain/settlements/files';
import {
  SETTLEMENT_STATUSES,
  type BatchRow,
  type SettlementRow,
  type SettlementStatus,
} from '../../domain/settlements/read';
import type { PaysBy } from '../../domain/settlements/rules';
import Joi from 'joi';
import { publicId } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import { answer, count, day, hint, id, instant, is, list, paise, part, path, words } from './fields';

/** Settlements of everybody, and files to our bank, for staff. */

const MOST = Number.MAX_SAFE_INTEGER;
const bank = () => words(40).example('escrow');

interface BatchAnswer {
  object: 'settlement_batch';
  id: string;
  date: string;
  cutoff_at: string;
  wallet: WalletKind;
  pays_by: PaysBy;
  bank: string | null;
  made: boolean;
  items: number;
  pending: number;
  total: number;
  paid: number;
  back: number;
  links: { items: string };
}
export const batches = list(
  answer<BatchAnswer>('SettlementBatch', 'What was settled at a cut-off, and how much of it is paid', {
    object: is('settlement_batch'),
    id: id('settlementBatch'),
    date: day(),
    cutoff_at: instant(),
    wallet: is(...WALLET_KINDS),
    pays_by: is('payout', 'bank_file'),
    bank: bank().allow(null),
    made: Joi.boolean().description('Every wallet has been looked at'),
    items: count(MOST),
    pending: count(MOST),
    total: paise(),
    paid: paise(),
    back: paise().description('Failed or returned, and in the wallets again; paise'),
    links: part<BatchAnswer['links']>({
      items: path('/admin/v1/settlements/batches/stb_01jxvqexvqexvt0xvqexvqexvq/items'),
    }),
  }),
  'SettlementBatchList',
);
export function batchOf(batch: BatchRow): BatchAnswer {
  const shown = publicId('settlementBatch', batch.id);
  return {
    ...{ object: 'settlement_batch', id: shown, date: batch.businessDate },
    ...{ cutoff_at: batch.cutoffAt.toISOString(), wallet: batch.walletKind, pays_by: batch.paysBy },
    ...{ bank: batch.bank, made: batch.isMade, items: batch.items, pending: batch.pending },
    ...{ total: paiseToJson(batch.totalPaise), paid: paiseToJson(batch.paidPaise) },
    back: paiseToJson(batch.backPaise),
    links: { items: `/admin/v1/settlements/batches/${shown}/items` },
  };
}

interface ItemAnswer {
  object: 'settlement';
  id: string;
  status: SettlementStatus;
  user: string;
  wallet: WalletKind;
  account: string;
  ifsc: string;
  amount: number;
  fee: number;
  tax: number;
  utr: string | null;
  transaction: string | null;
  date: string;
  made_at: string;
}
export const items = list(
  answer<ItemAnswer>('SettlementOfUser', 'What goes from a wallet to the bank account of its owner', {
    object: is('settlement'),
    id: id('settlementItem'),
    status: is(...SETTLEMENT_STATUSES),
    user: id('user'),
    wallet: is(...WALLET_KINDS),
    account: hint('••••1234').description('What of the account people may see'),
    ifsc: words(11).example('HDFC0000053'),
    amount: paise(),
    fee: paise(),
    tax: paise(),
    utr: words(40).allow(null),
    transaction: id('transaction').allow(null).description('The payout that pays it; null in a file'),
    date: day(),
    made_at: instant(),
  }),
  'SettlementOfUserList',
);
export const itemOf = (item: SettlementRow): ItemAnswer => ({
  ...{ object: 'settlement', id: publicId('settlementItem', item.id), status: item.status },
  ...{ user: publicId('user', item.userId), wallet: item.walletKind, account: item.hint, ifsc: item.ifsc },
  ...{ amount: paiseToJson(item.amountPaise), fee: paiseToJson(item.feePaise) },
  ...{ tax: paiseToJson(item.taxPaise), utr: item.utr, date: item.businessDate },
  transaction: item.transactionId === null ? null : publicId('transaction', item.transactionId),
  made_at: item.madeAt.toISOString(),
});

interface FileAnswer {
  object: 'settlement_file';
  file: string;
  bank: string;
  layout: string;
  state: FileState;
  lines: number;
  total: number;
  made_by: string;
  made_at: string;
  links: { self: string };
}
export const settlementFile = answer<FileAnswer>('SettlementFile', 'A file to our bank', {
  object: is('settlement_file'),
  file: words(18).description('Its number').example('12'),
  bank: bank(),
  layout: words(40),
  state: is('made', 'released', 'written', 'cancelled'),
  lines: count(MOST),
  total: paise(),
  made_by: id('user'),
  made_at: instant(),
  links: part<FileAnswer['links']>({ self: path('/admin/v1/settlements/files/12') }),
});
export const settlementFiles = list(settlementFile, 'SettlementFileList');
export const settlementFileOf = (file: FileRow): FileAnswer => ({
  ...{ object: 'settlement_file', file: file.number.toString(), bank: file.bank, layout: file.layout },
  ...{ state: file.state, lines: file.itemCount, total: paiseToJson(file.totalPaise) },
  ...{ made_by: publicId('user', file.madeBy), made_at: file.madeAt.toISOString() },
  links: { self: `/admin/v1/settlements/files/${file.number}` },
});
