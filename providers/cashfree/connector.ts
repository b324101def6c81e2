import type { Connector } from '../../domain/connectors';
import type { NotFoundPolicy } from '../../domain/provider/calls';
import { systemClock, type Clock } from '../../platform/clock';
import { defined } from '../../platform/defined';
import { unlistedReporter } from '../caller';
import { maskedBytes } from './call-log';
import { checkSignature, parseWebhook } from './callbacks';
import { createCashfreeClient, type CashfreeClientOptions } from './client';
import { createPayoutCalls } from './payouts';
import { CASHFREE_REASONS } from './reasons';

export interface CashfreeConnectorOptions extends Omit<CashfreeClientOptions, 'clock'> {
  /** The oldest active client secret, under which webhooks are signed; where it is not the one of the calls. */
  webhookSecret?: string;
  /** The source that pays; the account's default without it. */
  fundsourceId?: string;
  clock?: Clock;
  /** How not-found is handled; by default the same request is sent again for a day. */
  notFound?: NotFoundPolicy;
}

/** A used transfer id is refused (409), whatever its age: the day is ours (README.md, Decisions). */
const REPEAT_FOR_MS = 86_400_000;

/** Payouts by Cashfree (README.md beside this file: the contract, its traps and what we decided). */
export function createCashfreeConnector(options: CashfreeConnectorOptions): Connector {
  const { clientSecret, webhookSecret, fundsourceId } = options;
  const clock = options.clock ?? systemClock;
  const settings = { ...options, clock };
  const secrets = [clientSecret, webhookSecret].filter((secret) => secret !== undefined);
  if (secrets.some((secret) => secret.length < 8))
    throw new TypeError('the secrets of Cashfree must have at least 8 characters');
  const client = createCashfreeClient(settings);
  const onUnlisted = unlistedReporter('cashfree', settings);
  return {
    name: 'cashfree',
    reasons: CASHFREE_REASONS,
    admit: (_service, calls) => client.guard.admit(calls),
    available: () => client.guard.available(),
    payout: createPayoutCalls({
      client,
      notFound: options.notFound ?? { then: 'resend_same_key', keyLifeMs: REPEAT_FOR_MS },
      onUnlisted,
      ...defined({ fundsourceId }),
    }),
    checkCallback: (headers, raw) => checkSignature(headers, raw, { secrets, clock }),
    parseCallback: (raw) => parseWebhook(raw, onUnlisted),
    maskCallback: maskedBytes,
    close: () => client.close(),
  };
}
