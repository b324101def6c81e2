/**
 * The scenario of a payout, chosen by the last four characters of the beneficiary's account number, or of the
 * part of a VPA before the @. Any other ending means 0000. The control API can order a scenario for single
 * payouts.
 */
export const SCENARIO_CODES = [
  '0000',
  '1111',
  '2222',
  '3333',
  '4444',
  '5555',
  '6666',
  '7777',
  '8888',
  '9999',
] as const;
export type ScenarioCode = (typeof SCENARIO_CODES)[number];

export type StepStatus = 'processed' | 'failed' | 'reversed';

export interface Step {
  to: StepStatus;
  /** `delay` and `slow` are settings (MUNIM_SANDBOX_DELAY_MS, MUNIM_SANDBOX_SLOW_MS). */
  after: 'at_once' | 'delay' | 'slow' | 'one_second';
  reason: string;
}

export interface Scenario {
  summary: string;
  /**
   * `never`: booked, but the first request gets no answer. `error_first`: the first request with a key is
   * answered 500 and nothing is booked.
   */
  answer: 'processing' | 'never' | 'error_first';
  /** `disordered`: repeated, out of order, and one of them forged. */
  callbacks: 'each_step' | 'none' | 'disordered';
  steps: readonly Step[];
}

const PROCESSED = { to: 'processed', reason: 'payout_processed' } as const;

export const SCENARIOS: Readonly<Record<ScenarioCode, Scenario>> = {
  '0000': {
    summary: 'processed',
    answer: 'processing',
    callbacks: 'each_step',
    steps: [{ ...PROCESSED, after: 'delay' }],
  },
  '1111': {
    summary: 'failed at once: invalid account',
    answer: 'processing',
    callbacks: 'each_step',
    steps: [{ to: 'failed', after: 'at_once', reason: 'bank_account_invalid' }],
  },
  '2222': {
    summary: 'processed after a while',
    answer: 'processing',
    callbacks: 'each_step',
    steps: [{ ...PROCESSED, after: 'slow' }],
  },
  '3333': {
    summary: 'failed after a while',
    answer: 'processing',
    callbacks: 'each_step',
    steps: [{ to: 'failed', after: 'slow', reason: 'beneficiary_bank_rejected' }],
  },
  '4444': {
    summary: 'processed, then reversed after a while',
    answer: 'processing',
    callbacks: 'each_step',
    steps: [
      { ...PROCESSED, after: 'delay' },
      { to: 'reversed', after: 'slow', reason: 'beneficiary_bank_offline' },
    ],
  },
  '5555': {
    summary: 'no answer and no callback, but processed',
    answer: 'never',
    callbacks: 'none',
    steps: [{ ...PROCESSED, after: 'delay' }],
  },
  '6666': {
    summary: 'no answer and no callback, and failed',
    answer: 'never',
    callbacks: 'none',
    steps: [{ to: 'failed', after: 'delay', reason: 'gateway_timeout' }],
  },
  '7777': {
    summary: 'first answer 500 and nothing booked, then processed',
    answer: 'error_first',
    callbacks: 'each_step',
    steps: [{ ...PROCESSED, after: 'delay' }],
  },
  '8888': {
    summary: 'processed; callbacks repeated, out of order and one forged',
    answer: 'processing',
    callbacks: 'disordered',
    steps: [{ ...PROCESSED, after: 'delay' }],
  },
  '9999': {
    summary: 'processed after a second, no callback',
    answer: 'processing',
    callbacks: 'none',
    steps: [{ ...PROCESSED, after: 'one_second' }],
  },
};

export function scenarioOfEnding(ending: string): ScenarioCode {
  return isScenarioCode(ending) ? ending : '0000';
}

export function isScenarioCode(text: string): text is ScenarioCode {
  return (SCENARIO_CODES as readonly string[]).includes(text);
}

/** What each scenario is, for people. */
export const SCENARIO_SUMMARIES = Object.fromEntries(
  Object.entries(SCENARIOS).map(([code, { summary }]) => [code, summary]),
);
