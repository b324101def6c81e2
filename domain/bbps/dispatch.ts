import type { OffersBills } from './port';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { Paise } from '../../platform/money';
import type { InstructionBase } from '../provider/calls';
import type { Instruct, ServiceDispatch } from '../dispatch/service-dispatch';
import { BILL_INSTRUCTION, type KeptInstruction } from './sealed';
import { readBill } from './biller-json';
import type { BillInstruction } from './port';

/**
 * Sending a bill payment. All that decides the bytes is on rows that never change (the payment's, and the
 * facts of its transaction), so a repeat under the same key says the same.
 */
export function createBillDispatch(deps: { cipher: FieldCipher }): ServiceDispatch<OffersBills> {
  return {
    inquiries: (connector) => connector.bbps,
    async firstReferences(knex, ids, connector) {
      const held = await readHeld(knex, ids);
      return new Map(held.flatMap((h) => (isUnderFetch(h, connector) ? [[h.id, h.fetchReference]] : [])));
    },
    sending: {
      calls: (connector) => connector.bbps,
      async read(knex, ids) {
        const held = await readHeld(knex, ids);
        return new Map(
          held.map((h) => [h.id, instructing(deps.cipher, h)] satisfies [string, Instruct<OffersBills>]),
        );
      },
      async repeat(knex, transactionId, base) {
        const [held] = await readHeld(knex, [transactionId]);
        return held === undefined ? undefined : instructionOf(deps.cipher, base, held);
      },
    },
  };
}

function instructing(cipher: FieldCipher, h: Held): Instruct<OffersBills> {
  const instruct: Instruct<OffersBills> = (base, connector) => {
    const isFirst = h.attemptNo === 0;
    const own = isFirst && isUnderFetch(h, connector) ? { ...base, ourReference: h.fetchReference } : base;
    return Promise.resolve({ ok: true, instruction: instructionOf(cipher, own, h), refs: {} });
  };
  return Object.assign(instruct, { asked: { class: h.category, subject: h.billerId } });
}

/** Does the first attempt go under the reference of the fetch? */
function isUnderFetch(held: Held, { bbps }: OffersBills): held is Held & { fetchReference: string } {
  return bbps?.paysUnderFetchReference === true && held.fetchReference !== null;
}

interface Held {
  id: string;
  attemptNo: number;
  billerId: string;
  category: string;
  paymentMode: string;
  fetchReference: string | null;
  instructionSealed: string;
  feePaise: Paise;
  taxPaise: Paise;
  chargePaise: Paise;
  createdAt: Date;
}

async function readHeld(knex: Knex, ids: readonly string[]): Promise<Held[]> {
  return rows<Held>(
    knex,
    `
    select p.transaction_id as id, p.biller_id as "billerId", p.category, p.payment_mode as "paymentMode",
      p.fetch_reference as "fetchReference", p.instruction_sealed as "instructionSealed",
      t.fee_paise as "feePaise", t.tax_paise as "taxPaise", t.charge_paise as "chargePaise",
        t.attempt_no as "attemptNo", t.created_at as "createdAt"
    from bbps_payments p join transactions t on t.id = p.transaction_id where p.transaction_id = any(?::uuid[])`,
    [ids],
  );
}

function instructionOf(cipher: FieldCipher, base: InstructionBase, h: Held): BillInstruction {
  const { customer, counter, bill, remitter } = JSON.parse(
    cipher.open(h.instructionSealed, BILL_INSTRUCTION.place(h.id)),
  ) as KeptInstruction;
  return {
    ...base,
    biller: { id: h.billerId, category: h.category },
    customer,
    counter,
    paymentMode: h.paymentMode,
    remitter: remitter ?? null,
    fetchRef: h.fetchReference,
    bill: bill === null ? null : readBill(bill),
    convenienceFeePaise: h.chargePaise,
    ownFeePaise: h.feePaise + h.taxPaise,
    acceptedAt: h.createdAt,
  };
}
