/** A connector of collections that does what a test tells it, and remembers what it was asked. */
import { createHash } from 'node:crypto';
import type { CheckoutReturn, CollectionCalls, CollectionInstruction } from '../../domain/collection/port';
import type { Connector } from '../../domain/connectors';
import type { DeskAnswer, InquiryTarget } from '../../domain/provider/calls';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import { checkCallback, parseCallback } from './scripted-connector';

/** The timings of the first real provider are its own (database-setup.ts). */
export const COLLECTION_PROVIDER = 'collectpay';
/** With what the checkout of the test signs. */
export const CHECKOUT_SIGNATURE = 'signed';

type Maybe<T> = T | Promise<T>;

export interface ScriptedCollection extends Connector {
  collection: CollectionCalls;
  sends: CollectionInstruction[];
  inquiries: InquiryTarget[];
  told: CheckoutReturn[];
  onSend(instruction: CollectionInstruction): Maybe<ProviderOutcome>;
  onInquire(target: InquiryTarget): Maybe<InquiryAnswer>;
}

export const orderOf = (ourReference: string): string => `order_${ourReference}`;
/** Somebody has paid it. */
export const collected = (order: string, more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'succeeded',
  sent: true,
  rawStatus: 'paid',
  providerReference: order,
  utr: '633312345678',
  amountPaise: 100_000n,
  providerFeePaise: 2_000n,
  providerTaxPaise: 360n,
  ...more,
});
/** Nobody has paid it: what a connector makes of that is a matter of time. */
export const unpaid = (order: string, isOver = false): ProviderOutcome => ({
  kind: isOver ? 'failed' : 'pending',
  sent: true,
  rawStatus: 'created',
  rawReason: isOver ? 'collection_expired' : 'waiting_for_payer',
  providerReference: order,
});
export const notLearnt: DeskAnswer<never> = { ok: false, kind: 'unknown', rawStatus: '<timeout>' };

/** By the clock, an order that nobody pays goes as a real connector has it go. */
export function createScriptedCollection(clock: { now(): Date }): ScriptedCollection {
  const connector: ScriptedCollection = {
    name: COLLECTION_PROVIDER,
    sends: [],
    inquiries: [],
    told: [],
    onSend: ({ ourReference }) => unpaid(orderOf(ourReference)),
    onInquire: ({ ourReference, payableUntil }) =>
      unpaid(orderOf(ourReference), payableUntil !== undefined && clock.now() >= payableUntil),
    admit: async () => ({ ok: true }),
    available: () => true,
    collection: {
      notFound: { then: 'fail' },
      prepare(instruction) {
        const body = JSON.stringify({ ...instruction, amountPaise: instruction.amountPaise.toString() });
        return { body, bodyHash: createHash('sha256').update(body).digest() };
      },
      async send(instruction) {
        connector.sends.push(instruction);
        return connector.onSend(instruction);
      },
      async inquire(target) {
        connector.inquiries.push(target);
        return connector.onInquire(target);
      },
      checkout: async (order) => ({
        ok: true,
        value: { order, key: 'pk_test', url: `https://pay.example/${order}` },
      }),
      isFromCheckout(told) {
        connector.told.push(told);
        return told.signature === CHECKOUT_SIGNATURE;
      },
    },
    checkCallback,
    parseCallback,
    close: async () => undefined,
  };
  return connector;
}
