import type { BookName } from '../../mix/provider-books';
import { SCENARIOS } from '../scenarios';

/** What the sandbox does with a transaction at the counter, by the last four digits of what the service goes by, and how it must end here. */
export const COUNTER_SERVICES = ['dmt', 'bbps', 'recharge', 'aeps'] as const;
export type CounterService = (typeof COUNTER_SERVICES)[number];

/** `IN REVIEW`: the success was learnt after the terminal's time was over, and a person decides. */
export type CounterEnd = 'SUCCESS' | 'FAILED' | 'REVERSED' | 'REFUNDED' | 'IN REVIEW';

export interface CounterScenario {
  service: CounterService;
  ending: string;
  /** For the table. */
  what: string;
  /** More than one where the terminal's deadline decides. */
  endsAs: readonly CounterEnd[];
  /** The provider's own word for it; null: it has nothing in its book. */
  atProvider: string | null;
  /** The provider has reversed it, and we hear of it when successes are asked about again, from tomorrow on. */
  isHeardLater?: true;
  /** The money comes back only with the customer's consent, by one-time password. */
  needsConsent?: true;
}

/** The provider that serves each, the name of its book, and its words for done, failed and given back. */
export const BOOKS = {
  dmt: { book: 'eko', provider: 'Eko', done: '0', failed: '1', back: '4' },
  bbps: { book: 'billpay', provider: 'Setu', done: 'Success', failed: 'Failure', back: 'Credit_Adjustment' },
  recharge: { book: 'recharge', provider: 'Setu', done: 'Successful', failed: 'Failure', back: 'REVERSED' },
  aeps: { book: 'eko', provider: 'Eko', done: '0', failed: '1', back: '4' },
} as const satisfies Record<CounterService, { book: BookName } & Record<string, string>>;

interface Rule {
  ends: CounterEnd | readonly CounterEnd[];
  atProvider?: string | null;
  what?: string;
  isHeardLater?: true;
  needsConsent?: true;
}

const IN_TIME_OR_NOT: readonly CounterEnd[] = ['SUCCESS', 'IN REVIEW'];
const NOT_BOOKED: Rule = { ends: 'FAILED', atProvider: null };

/** What is different from the payouts. Eko has nothing to send again: what it does not know has failed when its window is over. */
const RULES: Readonly<Record<CounterService, Readonly<Record<string, Rule>>>> = {
  dmt: {
    3333: {
      ends: 'REFUNDED',
      atProvider: '4',
      what: 'fails later; refunded with the OTP',
      needsConsent: true,
    },
    4444: { ends: 'REFUNDED', atProvider: '4', what: 'done, then refunded (tx_status 4)' },
    7777: NOT_BOOKED,
  },
  bbps: {},
  recharge: {},
  aeps: {
    2222: { ends: IN_TIME_OR_NOT },
    4444: {
      ends: 'SUCCESS',
      atProvider: '4',
      isHeardLater: true,
      what: 'done, then sent back: heard tomorrow',
    },
    5555: { ends: IN_TIME_OR_NOT },
    7777: NOT_BOOKED,
    8888: { ends: 'SUCCESS', what: 'done (no callbacks here)' },
    9999: { ends: IN_TIME_OR_NOT, what: 'done after a second' },
  },
};

export const COUNTER_SCENARIOS: readonly CounterScenario[] = COUNTER_SERVICES.flatMap((service) =>
  SCENARIOS.map(({ ending, what, endsAs }): CounterScenario => {
    const { done, failed, back } = BOOKS[service];
    const { ends = endsAs, ...rule }: Partial<Rule> = RULES[service][ending] ?? {};
    const all = typeof ends === 'string' ? [ends] : ends;
    return {
      service,
      ending,
      what,
      endsAs: all,
      atProvider: all.includes('SUCCESS') ? done : all.includes('FAILED') ? failed : back,
      ...rule,
    };
  }),
);

export function scenariosOf(service: CounterService): readonly CounterScenario[] {
  return COUNTER_SCENARIOS.filter((s) => s.service === service);
}
