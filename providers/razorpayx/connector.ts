import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector } from '../../domain/connectors';
import type { NotFoundPolicy } from '../../domain/provider/calls';
import { systemClock, type Clock } from '../../platform/clock';
import { unlistedReporter } from '../caller';
import { checkSignature, webhookSecrets } from '../razorpay-forms';
import { maskedText } from './call-log';
import { parseEvent } from './callbacks';
import { readBalance } from './balance';
import { createRazorpayxClient, type RazorpayxClientOptions } from './client';
import { listPayouts } from './list';
import { createPayoutCalls } from './payouts';
import { RAZORPAYX_REASONS } from './reasons';
import type { OutcomeReading } from './transformers';
import { isAccountType } from './schemas';
import { readStatement } from './statement';
import { createValidationCalls } from './validations';

export interface RazorpayxConnectorOptions extends Omit<RazorpayxClientOptions, 'clock'> {
  webhookSecret: string;
  /** The secret before the present one, while older events may still be retried under it. */
  previousWebhookSecret?: string;
  /** The account of ours that pays. */
  accountNumber: string;
  /** What it is: the fees of a current account are collected apart. */
  accountType: string;
  clock?: Clock;
  /**
   * How not-found is handled; by default the same request is sent again within six of the seven days that
   * Razorpay documents for a key.
   */
  notFound?: NotFoundPolicy;
  /** Waits between tries of a statement page; for tests. */
  sleep?: (ms: number) => Promise<void>;
}

const DAY_MS = 86_400_000;
/**
 * "Within 7 calendar days" (Razorpay, Errors: Handling 5XX Errors), less one: Razorpay's calendar days may
 * begin before ours.
 */
const KEY_LIFE_MS = 6 * DAY_MS;

/** RazorpayX payouts (README.md beside this file: the contract, its traps and what we decided). */
export function createRazorpayxConnector(options: RazorpayxConnectorOptions): Connector {
  const { accountNumber, accountType, webhookSecret, previousWebhookSecret, log } = options;
  const settings = { ...options, clock: options.clock ?? systemClock };
  const secrets = webhookSecrets(webhookSecret, previousWebhookSecret);
  if (!/^[A-Za-z0-9]{5,35}$/.test(accountNumber))
    throw new TypeError('the account number that pays is not usable');
  if (!isAccountType(accountType)) throw new TypeError('the type of the account is not known');
  const client = createRazorpayxClient(settings);
  const onUnlisted = unlistedReporter('razorpayx', settings);
  const reading: OutcomeReading = { onUnlisted, areFeesOwed: accountType === 'current_account' };

  const lists = { client, accountNumber, onUnlisted, sleep: options.sleep ?? ((ms: number) => sleep(ms)) };

  return {
    name: 'razorpayx',
    reasons: RAZORPAYX_REASONS,
    admit: (_service, calls) => client.guard.admit(calls),
    available: () => client.guard.available(),
    payout: createPayoutCalls({
      client,
      accountNumber,
      notFound: options.notFound ?? { then: 'resend_same_key', keyLifeMs: KEY_LIFE_MS },
      reading,
      log,
    }),
    // "only supported for RazorpayX Lite and not the Current Account" (their questions and answers)
    ...(accountType === 'razorpayx_lite' && {
      validation: createValidationCalls({ client, accountNumber, onUnlisted }),
    }),
    checkCallback: (headers, raw) => checkSignature(headers, raw, secrets),
    parseCallback: (raw) => parseEvent(raw, reading),
    maskCallback: maskedText,
    statement: (from, to) => readStatement(lists, from, to),
    payments: (from, to) => listPayouts(lists, from, to),
    paymentsOf: ['payout'],
    balance: () => readBalance({ ...lists, accountType }),
    close: () => client.close(),
  };
}
