/** Callbacks as RazorpayX sends them, made by hand. */
import type { TransactionId } from '../../domain/ids/ids';
import { createHmac, randomBytes } from 'node:crypto';
import { rows } from '../../platform/database';
import { parsePublicId } from '../../platform/ids';
import type { Platform, Reply } from './platform';
import { WEBHOOK_SECRET } from './sandbox';

export const sign = (raw: string | Buffer, secret = WEBHOOK_SECRET): string =>
  createHmac('sha256', secret).update(raw).digest('hex');
export const eventId = (): string => randomBytes(7).toString('hex');

/** Posts raw bytes; with `signature` null there is no such header. */
export async function postCallback(
  p: Platform,
  raw: string | Buffer,
  options: {
    signature?: string | null;
    eventId?: string;
    provider?: string;
    headers?: Record<string, string>;
  } = {},
): Promise<Reply> {
  const signature = options.signature === undefined ? sign(raw) : options.signature;
  const response = await fetch(`${p.apiUrl}/callbacks/${options.provider ?? 'razorpayx'}`, {
    method: 'POST',
    body: raw,
    headers: {
      'content-type': 'application/json',
      'x-razorpay-event-id': options.eventId ?? eventId(),
      ...(signature === null ? {} : { 'x-razorpay-signature': signature }),
      ...options.headers,
    },
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

export interface PayoutFacts {
  id: string;
  reference: string;
  fundAccount: string;
  amount: number;
}

/** What the provider knows of a dispatched transaction. */
export async function factsOf(p: Platform, transactionId: TransactionId): Promise<PayoutFacts | undefined> {
  const [found] = await rows<{
    id: string;
    reference: string;
    refs: { fund_account: string };
    amount: bigint;
  }>(
    p.c.knex,
    `
    select coalesce(t.provider_reference, a.provider_reference) as id, a.our_reference as reference, a.refs, t.amount_paise as amount
    from transactions t join dispatch_attempts a on a.transaction_id = t.id
    where t.id = ? and coalesce(t.provider_reference, a.provider_reference) is not null`,
    [parsePublicId('transaction', transactionId)],
  );
  return (
    found && {
      id: found.id,
      reference: found.reference,
      fundAccount: found.refs.fund_account,
      amount: Number(found.amount),
    }
  );
}

/** The body of an event about a payout; `entity` overrides single fields. */
export function payoutEvent(event: string, facts: PayoutFacts, entity: Record<string, unknown> = {}): string {
  const processed = event === 'payout.processed';
  return JSON.stringify({
    entity: 'event',
    account_id: 'acc_BfVUrG6tDiL7H0',
    event,
    contains: ['payout'],
    payload: {
      payout: {
        entity: {
          id: facts.id,
          entity: 'payout',
          fund_account_id: facts.fundAccount,
          amount: facts.amount,
          currency: 'INR',
          fees: processed ? 354 : 0,
          tax: processed ? 54 : 0,
          status: event.replace('payout.', ''),
          purpose: 'payout',
          utr: processed ? '000012345678' : null,
          mode: 'IMPS',
          reference_id: facts.reference,
          narration: 'Munim test',
          status_details: {
            description: 'made by a test',
            source: 'beneficiary_bank',
            reason: processed ? 'payout_processed' : 'bank_account_invalid',
          },
          created_at: 1_793_500_000,
          ...entity,
        },
      },
    },
    created_at: 1_793_500_000,
  });
}
