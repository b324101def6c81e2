import { addMs } from '../../platform/clock';
import { namedUuidAt } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import type { Caller } from '../auth/api-keys';
import { firstDriveAt } from '../lifecycle/due';
import type { AgreedCommission, Policies } from '../policies/policies';
import type { ServiceName } from '../provider/service-name';
import { acceptedBody } from './accepted-body';
import type { NewRequest, NewTransaction } from './accepted-rows';
import { expectedBy } from './turnaround';

/**
 * The caller, the Idempotency-Key, and the digests of the request. A repeat has the same three.
 */
export interface Order {
  caller: Pick<Caller, 'userId' | 'walletId' | 'accountId'>;
  key: string;
  /** Under every key that is valid; the first is kept. */
  hashes: readonly Buffer[];
}

/**
 * The id of a request's transaction: part 1, 2, … of several, and 0 for the request itself where there are
 * several. All of it but the time follows from the caller, the key and the part. So a request that is sent
 * again after a restore lost its row has the same names at the provider (`namesOfAttempt`), and a provider
 * that refuses duplicates pays once.
 */
export function partId({ caller, key }: Pick<Order, 'caller' | 'key'>, at: Date, part = 1): string {
  return namedUuidAt(at, `${part}|${caller.userId}|${key}`);
}

/** The facts that every service's request has. `at`: when it was accepted; `policies`: how long it may wait. */
export interface Asked {
  service: ServiceName;
  currency: string;
  reference: string;
  at: Date;
  policies: Pick<Policies, 'service' | 'provider'>;
}

/** The price in paise, and the provider that carries it out. The hold reserves the limit. */
export interface Quote {
  provider: string;
  /** Why by this one; missing where nothing had to be chosen. */
  route?: string | null;
  /** The bank or the biller that is paid, as stops name it; missing where none is known. */
  subject?: string | null;
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  chargePaise: Paise;
  limitKey: string | null;
  limitCapPaise: Paise | null;
  /** What the provider's price list promises us for it; undefined where it says nothing. */
  agreed?: AgreedCommission | undefined;
}

/** A request of one transaction, whose id it shares. `shown` is what the service adds to the answer. */
export function newRequest<D>(
  order: Order,
  asked: Asked,
  quote: Quote,
  own: { id: string; details: D; shown?: object; answerBefore?: Date },
): NewRequest<D> {
  const { service, currency, reference, at } = asked;
  return enveloped(order, asked, {
    id: own.id,
    acceptedBody: acceptedBody(
      { id: own.id, service, ...quote, currency, reference, createdAt: at },
      own.shown,
    ),
    transactions: [newTransaction(asked, quote, own)],
  });
}

/** The envelope of a request: whose it is, and what a repeat is compared with. */
export function enveloped<D>(
  { caller, key, hashes }: Order,
  { service, currency, reference, at }: Asked,
  own: Pick<NewRequest<D>, 'id' | 'acceptedBody' | 'transactions'>,
): NewRequest<D> {
  return {
    userId: caller.userId,
    walletId: caller.walletId,
    accountId: caller.accountId,
    service,
    currency,
    reference,
    idempotencyKey: key,
    requestHashes: hashes,
    createdAt: at,
    ...own,
  };
}

/**
 * A transaction with its times: when it is first driven, when it is given up unsent, and by when a failure is
 * made whole.
 */
export function newTransaction<D>(
  { service, at, policies }: Asked,
  quote: Quote,
  { id, details, answerBefore }: { id: string; details: D; answerBefore?: Date },
): NewTransaction<D> {
  const policy = policies.service(service);
  return {
    id,
    provider: quote.provider,
    route: quote.route ?? null,
    subject: quote.subject ?? null,
    amountPaise: quote.amountPaise,
    feePaise: quote.feePaise,
    taxPaise: quote.taxPaise,
    chargePaise: quote.chargePaise,
    limitKey: quote.limitKey,
    limitCapPaise: quote.limitCapPaise,
    agreed: quote.agreed,
    dueAt: firstDriveAt(at),
    pollFrom: addMs(at, policies.provider(quote.provider).pollScheduleMs[0]!),
    expiresAt: addMs(at, policy.expireAfterMs),
    expectedBy: expectedBy(at, policy.turnaroundDays),
    answerBefore,
    details,
  };
}
