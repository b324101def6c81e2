import { bookOf, CUSTOMERS, customerOf, type AskedService } from '../../customers/customers';
import type { CounterEnd, Rule } from '../../customers/customer';
import { SCENARIOS } from '../scenarios';

/**
 * What the sandbox does with a transaction at the counter, by the last four digits of what the service goes
 * by, and how it must end here.
 */
export type CounterService = Exclude<AskedService, 'payout'>;
export const COUNTER_SERVICES: readonly CounterService[] = CUSTOMERS.map(({ service }) => service).filter(
  (service) => service !== 'payout',
);

export interface CounterScenario {
  service: CounterService;
  ending: string;
  /** For the table. */
  what: string;
  /** More than one where the terminal's deadline decides. */
  endsAs: readonly CounterEnd[];
  /** The provider's own word for it; null: it has nothing in its book. */
  atProvider: string | null;
  /** The provider gives it back and tells nobody: we learn it when it is asked about again. */
  isDoubted?: true;
  /** The money comes back only with the customer's consent, by one-time password. */
  needsConsent?: true;
}

export const COUNTER_SCENARIOS: readonly CounterScenario[] = COUNTER_SERVICES.flatMap((service) =>
  SCENARIOS.map(({ ending, what, endsAs }): CounterScenario => {
    const { done, failed, back } = bookOf(service);
    const { ends = endsAs, ...rule }: Partial<Rule> = customerOf(service).rules?.[ending] ?? {};
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
