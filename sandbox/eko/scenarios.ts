/**
 * The scenario of a transaction, chosen by the last four characters of its key: the account number of a
 * transfer or settlement, the consumer number of a bill, the recharged mobile number, the customer's mobile
 * number with AEPS. All providers use the same codes; this table says what they mean for Eko. As documented,
 * only transfers and settlements have callbacks.
 */
import type { ScenarioCode } from '../scenarios';
import type { HookSpec, Service, TxStatus } from './entries';

export interface Step {
  to: TxStatus;
  /** `delay` and `slow` are settings of the sandbox. */
  after: 'delay' | 'slow' | 'one_second';
}

export interface Plan {
  summary: string;
  /** `never`: booked, but the request gets no answer. `error`: answered 500 and nothing is booked. */
  answer: 'given' | 'never' | 'error';
  /** The status when booked and answered. */
  status: TxStatus;
  callbacks: 'each_step' | 'none' | 'disordered';
  steps: readonly Step[];
}

const NOW = { answer: 'given', callbacks: 'each_step', steps: [] } as const;
const LATER: Plan = {
  summary: 'awaited, success after a while',
  ...NOW,
  status: '2',
  steps: [{ to: '0', after: 'slow' }],
};

export const PLANS: Readonly<Record<ScenarioCode, Plan>> = {
  '0000': { summary: 'success', ...NOW, status: '0' },
  '1111': { summary: 'declined', ...NOW, status: '1' },
  '2222': LATER,
  '3333': {
    ...LATER,
    summary: 'awaited, failed after a while; a transfer: refund pending',
    steps: [{ to: '1', after: 'slow' }],
  },
  '4444': {
    ...LATER,
    summary: 'success, reversed after a while: everything back',
    status: '0',
    steps: [{ to: '4', after: 'slow' }],
  },
  '5555': {
    summary: 'no answer and no callback, but success',
    answer: 'never',
    status: '2',
    callbacks: 'none',
    steps: [{ to: '0', after: 'delay' }],
  },
  '6666': {
    summary: 'no answer and no callback, and failed',
    answer: 'never',
    status: '2',
    callbacks: 'none',
    steps: [{ to: '1', after: 'delay' }],
  },
  '7777': {
    summary: 'answered 500, nothing booked, not found by inquiry',
    answer: 'error',
    status: '1',
    callbacks: 'none',
    steps: [],
  },
  '8888': {
    summary: 'success; callbacks repeated, out of order and one false',
    ...NOW,
    status: '0',
    callbacks: 'disordered',
  },
  '9999': {
    summary: 'awaited, success after a second, no callback',
    answer: 'given',
    status: '2',
    callbacks: 'none',
    steps: [{ to: '0', after: 'one_second' }],
  },
};

const REFUND_PENDING: Plan = { ...PLANS['3333'], steps: [{ to: '3', after: 'slow' }] };

export function planOf(service: Service, code: ScenarioCode): Plan {
  return service === 'dmt' && code === '3333' ? REFUND_PENDING : PLANS[code];
}

/**
 * The outcome of a balance enquiry or statement. It moves no money, so it is never awaited: it succeeds,
 * fails or gets no answer.
 */
export function outcomeOfEnquiry(plan: Plan): TxStatus {
  return plan.status === '1' || plan.steps.some((step) => step.to === '1' && plan.answer === 'never')
    ? '1'
    : '0';
}

const hasCallbacks = (service: Service): boolean => service === 'dmt' || service === 'settlement';

/** The callbacks of a change. The forged one states the opposite and looks genuine: Eko signs nothing. */
export function hooksOf(service: Service, plan: Plan, change: { from: TxStatus; to: TxStatus }): HookSpec[] {
  if (!hasCallbacks(service) || plan.callbacks === 'none' || change.to === '2') return [];
  const genuine: HookSpec = { status: change.to, old: change.from, afterMs: 0 };
  if (plan.callbacks === 'each_step') return [genuine];
  return [
    genuine,
    { status: '2', old: null, afterMs: 200 },
    { ...genuine, afterMs: 300 },
    { ...genuine, afterMs: 400 },
    { status: change.to === '0' ? '1' : '0', old: '2', afterMs: 0, forged: true },
  ];
}
