/** A connector of recharges that does what a test tells it, and remembers what it was asked. Its name decides which routes lead to it. */
import { createHash } from 'node:crypto';
import type {
  Admission,
  DeskAnswer,
  InquiryTarget,
  NotFoundPolicy,
  ProviderCallOptions,
} from '../../domain/provider/calls';
import type { Connector } from '../../domain/connectors';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import type { Operator, Plan, RechargeCalls, RechargeInstruction } from '../../domain/recharge/port';
import { checkCallback, parseCallback } from './scripted-connector';

type Maybe<T> = T | Promise<T>;
type Validation = { mobile: string; operator: string; circle: string; amountPaise: bigint };

export interface ScriptedRecharge extends Connector {
  recharge: RechargeCalls & { notFound: NotFoundPolicy };
  sends: { instruction: RechargeInstruction; body: string; options: ProviderCallOptions | undefined }[];
  inquiries: InquiryTarget[];
  questions: string[];
  onAdmit(): Maybe<Admission>;
  onSend(instruction: RechargeInstruction): Maybe<ProviderOutcome>;
  onInquire(target: InquiryTarget): Maybe<InquiryAnswer>;
  onOperator(mobile: string): Maybe<DeskAnswer<Operator>>;
  onPlans(mobile: string, at: Operator): Maybe<DeskAnswer<Plan[]>>;
  onValidate(request: Validation): Maybe<DeskAnswer<true>>;
}

export const recharged = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'succeeded',
  sent: true,
  rawStatus: 'Successful',
  providerReference: 'rch_1',
  utr: 'OPR0001',
  ...more,
});
export const refusedByOperator = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'failed',
  sent: true,
  rawStatus: 'Failure',
  rawReason: 'operator_down',
  providerReference: 'rch_1',
  ...more,
});
export const takenBack = (more: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'reversed',
  sent: true,
  rawStatus: 'REVERSED',
  rawReason: 'reversed_by_operator',
  providerReference: 'rch_1',
  ...more,
});
export const notLearnt: DeskAnswer<never> = { ok: false, kind: 'unknown', rawStatus: '<timeout>' };
export const notThere: InquiryAnswer = { kind: 'not_found', rawStatus: 'ERR003', httpStatus: 422 };

export function createScriptedRecharge(name: 'setu' | 'eko'): ScriptedRecharge {
  const connector: ScriptedRecharge = {
    name,
    sends: [],
    inquiries: [],
    questions: [],
    onAdmit: () => ({ ok: true }),
    onSend: () => ({ kind: 'pending', sent: true, rawStatus: 'Processing', providerReference: 'rch_1' }),
    onInquire: () => ({ kind: 'pending', sent: true, rawStatus: 'Processing', providerReference: 'rch_1' }),
    onOperator: () => ({ ok: true, value: { operator: 'jio', circle: 'Karnataka' } }),
    onPlans: () => ({
      ok: true,
      value: [
        { amountPaise: 29_900n, validity: '28 days', description: 'Data 2 GB a day' },
        { amountPaise: 19_900n, validity: null, description: 'Talk time' },
      ],
    }),
    onValidate: () => ({ ok: true, value: true }),
    admit: async () => connector.onAdmit(),
    available: () => true,
    recharge: {
      notFound: { then: 'resend_same_key', keyLifeMs: 86_400_000 },
      prepare(instruction) {
        const body = JSON.stringify({ ...instruction, amountPaise: instruction.amountPaise.toString() });
        return { body, bodyHash: createHash('sha256').update(body).digest() };
      },
      async send(instruction, prepared, options) {
        connector.sends.push({ instruction, body: prepared.body, options });
        return connector.onSend(instruction);
      },
      async inquire(target) {
        connector.inquiries.push(target);
        return connector.onInquire(target);
      },
      operatorOf: async (mobile) => ask('operator', () => connector.onOperator(mobile)),
      plans: async (mobile, at) => ask('plans', () => connector.onPlans(mobile, at)),
      validate: async (request) => ask('validate', () => connector.onValidate(request)),
    },
    checkCallback,
    parseCallback,
    close: async () => undefined,
  };
  function ask<T>(question: string, answer: () => T): T {
    connector.questions.push(question);
    return answer();
  }
  return connector;
}
