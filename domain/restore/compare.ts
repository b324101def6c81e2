import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { openCases, type NewCase } from '../cases/cases';
import type { DispatchRegistry } from '../dispatch/service-dispatch';
import type { ListedPayment, Provider, ProviderRegistry } from '../provider/provider';
import { SERVICES, type ServiceName } from '../provider/service-name';

/**
 * Compares the providers' own lists of payments with the books, and opens a case for each payment that the
 * books do not know: a transaction that was accepted after the restore point is lost here, and the provider
 * may have paid it. A provider that has no list is named, so that somebody asks for its report.
 */
export interface RestoreComparer {
  /** Throws DomainError PROVIDER_UNAVAILABLE when a list cannot be read. */
  compare(since: Date): Promise<Comparison[]>;
}

export interface Comparison {
  provider: string;
  /** The services that were compared, and those of which the provider has no list. */
  compared: readonly ServiceName[];
  notCompared: readonly ServiceName[];
  listed: number;
  unknown: ListedPayment[];
}

/** The provider has a payment that the books do not know. */
export const PAYMENT_UNKNOWN = 'provider_payment_unknown';
const BATCH = 500;

export function createRestoreComparer(deps: {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  providers: ProviderRegistry;
  dispatches: DispatchRegistry;
}): RestoreComparer {
  return {
    async compare(since) {
      const to = deps.clock.now();
      const comparisons: Comparison[] = [];
      for (const name of deps.providers.names()) {
        const provider = deps.providers.get(name);
        const services = SERVICES.filter((s) => deps.dispatches[s]?.inquiries(provider) !== undefined);
        const comparison = await compareOne(deps.knex, { provider, services }, since, to);
        await openCases(
          deps.knex,
          deps.ids,
          comparison.unknown.map((payment) => caseOf(name, payment)),
          to,
        );
        comparisons.push(comparison);
      }
      return comparisons;
    },
  };
}

async function compareOne(
  knex: Knex,
  { provider, services }: { provider: Provider; services: readonly ServiceName[] },
  since: Date,
  to: Date,
): Promise<Comparison> {
  const compared = provider.paymentsOf ?? [];
  const comparison: Comparison = {
    provider: provider.name,
    compared,
    notCompared: services.filter((service) => !compared.includes(service)),
    listed: 0,
    unknown: [],
  };
  let batch: ListedPayment[] = [];
  const flush = async (): Promise<void> => {
    comparison.unknown.push(...(await unknownOf(knex, provider.name, batch)));
    batch = [];
  };
  for await (const payment of provider.payments?.(since, to) ?? []) {
    comparison.listed += 1;
    if (payment.isVoid) continue;
    batch.push(payment);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return comparison;
}

/** Those of the payments that no attempt of ours stands for. */
async function unknownOf(
  knex: Knex,
  provider: string,
  payments: readonly ListedPayment[],
): Promise<ListedPayment[]> {
  if (payments.length === 0) return [];
  const found = await rows<{ n: number }>(
    knex,
    `
    select w.n::int as n
    from unnest(:ours::text[], :theirs::text[]) with ordinality as w(ours, theirs, n)
    where exists (select from dispatch_attempts a where a.provider = :provider and a.our_reference = w.ours)
      or exists (select from dispatch_attempts a
        where a.provider = :provider and a.provider_reference = w.theirs)
      or exists (select from transactions t where t.provider = :provider and t.provider_reference = w.theirs)`,
    {
      provider,
      ours: payments.map(({ ourReference }) => ourReference),
      theirs: payments.map(({ providerReference }) => providerReference),
    },
  );
  const known = new Set(found.map(({ n }) => n - 1));
  return payments.filter((_, i) => !known.has(i));
}

function caseOf(
  provider: string,
  { ourReference, providerReference, amountPaise, rawStatus }: ListedPayment,
): NewCase {
  const amount = amountPaise === null ? 'an unknown amount' : `${amountPaise} paise`;
  return {
    kind: PAYMENT_UNKNOWN,
    subject: `payment:${provider}:${providerReference}`,
    summary: `the provider has ${amount} as ${rawStatus} under ${ourReference ?? 'no reference of ours'}, and the books do not know it`,
    evidence: { provider, our_reference: ourReference, provider_reference: providerReference },
  };
}
