import type { Paise } from '../../platform/money';
import { paiseToJson } from '../../platform/money';
import { publicId } from '../../platform/ids';
import type { PublicStatus } from '../lifecycle/lifecycle';
import type { TransactionView } from '../transactions/read';

/**
 * A transfer as requested, with checked fields: one part, or the parts of an amount above the limit. Amounts
 * in paise; ids are UUIDs.
 */
export interface TransferRequest {
  senderId: string;
  recipientId: string;
  reference: string;
  currency: 'INR';
  parts: readonly { amountPaise: Paise; otpId: string; otp: string }[];
  /** It is meant, also where the same was sent moments ago. */
  force?: boolean;
}

/**
 * The status of a transfer of several parts: `PARTIAL` if some parts reached the recipient and others did
 * not.
 */
export type TransferStatus = PublicStatus | 'PARTIAL';

/**
 * Derives the status of the whole from its parts: pending while one is, and FAILED if nothing arrived, for
 * whatever reasons.
 */
export function wholeStatus(parts: readonly PublicStatus[]): TransferStatus {
  const kinds = new Set(parts);
  if (kinds.has('PENDING')) return 'PENDING';
  if (kinds.size === 1) return parts[0]!;
  return kinds.has('SUCCESS') ? 'PARTIAL' : 'FAILED';
}

/**
 * One part, which is one transaction. Amounts in paise; `charge_tax` is included in `charge`, which is added
 * to `amount`.
 */
export interface PartView {
  id: string;
  object: 'transaction';
  status: PublicStatus;
  status_reason: TransactionView['status_reason'];
  status_message: string | null;
  provider_reason: string | null;
  next_action: TransactionView['next_action'];
  amount: number;
  charge: number;
  charge_tax: number;
  utr: string | null;
  /** Recipient (masked) and mode; null in the answer to the request itself. */
  details: TransactionView['details'];
  finished_at: string | null;
  links: { self: string; events: string };
}
export interface TransferView {
  id: string;
  object: 'dmt_transfer';
  status: TransferStatus;
  amount: number;
  charge: number;
  total: number;
  currency: string;
  reference: string;
  sender: string;
  recipient: string;
  parts: PartView[];
  created_at: string;
  links: { self: string };
}

export interface TransferFacts {
  id: string;
  senderId: string;
  recipientId: string;
  reference: string;
  currency: string;
  createdAt: Date;
}
export interface PartFacts {
  id: string;
  status: PublicStatus;
  statusReason: TransactionView['status_reason'];
  statusMessage: string | null;
  providerReason: string | null;
  nextAction: TransactionView['next_action'];
  details: TransactionView['details'];
  amountPaise: Paise;
  chargePaise: Paise;
  chargeTaxPaise: Paise;
  utr: string | null;
  finishedAt: string | null;
}

export function transferView(t: TransferFacts, parts: readonly PartFacts[]): TransferView {
  const id = publicId('dmtTransfer', t.id);
  const amountPaise = parts.reduce((sum, p) => sum + p.amountPaise, 0n);
  const chargePaise = parts.reduce((sum, p) => sum + p.chargePaise, 0n);
  return {
    id,
    object: 'dmt_transfer',
    status: wholeStatus(parts.map((p) => p.status)),
    amount: paiseToJson(amountPaise),
    charge: paiseToJson(chargePaise),
    total: paiseToJson(amountPaise + chargePaise),
    currency: t.currency,
    reference: t.reference,
    sender: publicId('dmtSender', t.senderId),
    recipient: publicId('dmtRecipient', t.recipientId),
    parts: parts.map(partView),
    created_at: t.createdAt.toISOString(),
    links: { self: `/v1/dmt/transfers/${id}` },
  };
}

function partView(p: PartFacts): PartView {
  const id = publicId('transaction', p.id);
  return {
    id,
    object: 'transaction',
    status: p.status,
    status_reason: p.statusReason,
    status_message: p.statusMessage,
    provider_reason: p.providerReason,
    next_action: p.nextAction,
    amount: paiseToJson(p.amountPaise),
    charge: paiseToJson(p.chargePaise),
    charge_tax: paiseToJson(p.chargeTaxPaise),
    utr: p.utr,
    details: p.details,
    finished_at: p.finishedAt,
    links: { self: `/v1/transactions/${id}`, events: `/v1/transactions/${id}/events` },
  };
}
