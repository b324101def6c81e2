import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { Ids } from '../../platform/ids';
import { closeCases, openCases } from '../cases/cases';
import type { InquiryAnswer } from '../provider/outcome';
import type { ServiceName } from '../provider/service-name';

/**
 * The case that a provider refuses us, whoever's payment we bring: one for each service of a provider,
 * however many payments met it. It closes itself when the provider takes a payment again.
 */
export interface SetupFaults {
  heard(provider: string, service: ServiceName, answer: InquiryAnswer): Promise<void>;
}

/** How long a process that has opened the case trusts that it is still open. */
const TRUST_MS = 60_000;

export function createSetupFaults(deps: { knex: Knex; clock: Clock; ids: Ids }): SetupFaults {
  const openUntil = new Map<string, number>(); // 0: it is closed
  return {
    async heard(provider, service, answer) {
      const subject = `provider:${provider}:${service}`;
      const now = deps.clock.now();
      const known = openUntil.get(subject);
      if ('isSetupFault' in answer && answer.isSetupFault === true) {
        if ((known ?? 0) > now.getTime()) return;
        const code = answer.rawReason ?? answer.rawStatus;
        const summary = `${provider} refuses our calls for ${service} and not a payment (${code}): look at keys, address and account`;
        await openCases(deps.knex, deps.ids, [{ kind: KIND, subject, summary }], now);
        openUntil.set(subject, now.getTime() + TRUST_MS);
      } else if (answer.kind !== 'unknown' && answer.kind !== 'not_found' && known !== 0) {
        const how = { by: 'dispatch', note: 'the provider answers for our payments again', at: now };
        await closeCases(deps.knex, [{ kind: KIND, subject }], how);
        openUntil.set(subject, 0);
      }
    },
  };
}

const KIND = 'provider_refuses_us';
