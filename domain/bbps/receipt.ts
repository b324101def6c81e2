import type { UserId, TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import { BBPS_ERRORS } from './errors';
import { publicId } from '../../platform/ids';
import { paiseToJson, type Paise } from '../../platform/money';
import type { State } from '../lifecycle/lifecycle';
import { BILL_INSTRUCTION, type KeptInstruction } from './sealed';

/**
 * The receipt of a bill payment, with what NPCI asks for: biller, customer, bill, amount, convenience fee,
 * total, the B-Connect reference, mode, remitter, channel and time. Only a confirmed success has one: whoever holds a
 * receipt has paid.
 */
export type Receipt = ReturnType<typeof receiptView>;
export interface Receipts {
  /** Throws DomainError TRANSACTION_NOT_FOUND, BBPS_RECEIPT_NOT_READY. */
  get(userId: UserId, transactionId: TransactionId): Promise<Receipt>;
}

interface Paid {
  id: string;
  state: State;
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  chargePaise: Paise;
  currency: string;
  reference: string;
  utr: string | null;
  providerReference: string | null;
  finishedAt: Date | null;
  billerId: string;
  billerName: string;
  category: string;
  paymentMode: string;
  instructionSealed: string;
}

export function createReceipts(deps: { knex: Knex; cipher: FieldCipher }): Receipts {
  return {
    async get(userId, transactionId) {
      const [paid] = await rows<Paid>(
        deps.knex,
        `
        select t.id, t.state, t.amount_paise as "amountPaise", t.fee_paise as "feePaise",
          t.tax_paise as "taxPaise", t.charge_paise as "chargePaise", t.currency, t.reference, t.utr,
          t.provider_reference as "providerReference",
          t.finished_at as "finishedAt", p.biller_id as "billerId", p.biller_name as "billerName",
            p.category, p.payment_mode as "paymentMode", p.instruction_sealed as "instructionSealed"
        from bbps_payments p join transactions t on t.id = p.transaction_id where t.id = ? and t.user_id = ?`,
        [transactionId, userId],
      );
      if (paid === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
      if (paid.state !== 'succeeded')
        throw new DomainError(BBPS_ERRORS.BBPS_RECEIPT_NOT_READY, {
          detail:
            'follow the payment at /v1/transactions/{id}; do not tell the customer that it is paid before its status is SUCCESS',
        });
      return receiptView(
        paid,
        JSON.parse(
          deps.cipher.open(paid.instructionSealed, BILL_INSTRUCTION.place(paid.id)),
        ) as KeptInstruction,
      );
    },
  };
}

function receiptView(paid: Paid, { customer, counter, bill, remitter }: KeptInstruction) {
  const total = paid.amountPaise + paid.feePaise + paid.taxPaise + paid.chargePaise;
  return {
    object: 'bill_receipt' as const,
    payment: publicId('transaction', paid.id),
    reference: paid.reference,
    bbps_reference: paid.utr ?? paid.providerReference,
    approval_reference: paid.utr === null ? null : paid.providerReference,
    biller: { id: paid.billerId, name: paid.billerName, category: paid.category },
    customer: {
      name: bill?.customerName ?? customer.name,
      mobile: customer.mobile,
      parameters: customer.parameters,
    },
    bill:
      bill === null
        ? null
        : {
            bill_number: bill.billNumber,
            bill_date: bill.billDate,
            due_date: bill.dueDate,
            period: bill.period,
          },
    amount: paiseToJson(paid.amountPaise),
    convenience_fee: paiseToJson(paid.chargePaise),
    fee: paiseToJson(paid.feePaise),
    tax: paiseToJson(paid.taxPaise),
    total: paiseToJson(total),
    currency: paid.currency,
    payment_mode: paid.paymentMode,
    remitter: { name: remitter?.name ?? customer.name },
    channel: 'AGT' as const,
    agent: { id: counter.agentId, terminal: counter.terminalId },
    paid_at: paid.finishedAt!.toISOString(),
  };
}
