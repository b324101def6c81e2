import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector } from '../../domain/connectors';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import type {
  InquiryTarget,
  NotFoundPolicy,
  PreparedRequest,
  ProviderCallOptions,
} from '../../domain/provider/calls';
import type { BeneficiaryDetails } from '../../domain/beneficiaries/details';
import type { PayoutInstruction, Registration } from '../../domain/payouts/port';
import { systemClock, type Clock } from '../../platform/clock';
import { isSuccess, REQUEST_ALTERED, type Reply } from '../answers';
import { unlistedReporter } from '../caller';
import type { Reading } from '../reading';
import { isUnaltered } from '../requests';
import { maskedText } from './call-log';
import { checkSignature, parseEvent } from './callbacks';
import { createRazorpayxClient, type Operation, type RazorpayxClientOptions } from './client';
import { contactRequest, fundAccountRequest, payoutRequest, unusableField } from './requests';
import { isIdOf, readCreated } from './schemas';
import { readStatement } from './statement';
import { outcomeOfCreate, outcomeOfFetch, outcomeOfRegistration, outcomeOfSearch } from './transformers';

export interface RazorpayxConnectorOptions extends Omit<RazorpayxClientOptions, 'clock'> {
  webhookSecret: string;
  /** The secret before the present one, while older events may still be retried under it. */
  previousWebhookSecret?: string;
  /** The account of ours that pays. */
  accountNumber: string;
  clock?: Clock;
  /** What not-found allows; by default the same request again within six of the seven days that Razorpay documents for a key. */
  notFound?: NotFoundPolicy;
  /** Waits between tries of a statement page; for tests. */
  sleep?: (ms: number) => Promise<void>;
}

const DAY_MS = 86_400_000;
/** "Within 7 calendar days" (Razorpay, Errors: Handling 5XX Errors), less one: calendar days of theirs may begin before ours. */
const KEY_LIFE_MS = 6 * DAY_MS;

/** RazorpayX payouts (README.md beside this file: the contract, its traps and what we decided). */
export function createRazorpayxConnector(options: RazorpayxConnectorOptions): Connector {
  const { accountNumber, log } = options;
  const settings = { ...options, clock: options.clock ?? systemClock };
  const secrets = [
    options.webhookSecret,
    ...(options.previousWebhookSecret === undefined ? [] : [options.previousWebhookSecret]),
  ];
  if (secrets.some((s) => s.length < 8))
    throw new TypeError('the webhook secret must have at least 8 characters');
  if (!/^[A-Za-z0-9]{5,35}$/.test(accountNumber))
    throw new TypeError('the account number that pays is not usable');
  const client = createRazorpayxClient(settings);
  const flights = new Map<string, Promise<Registration>>();

  const onUnlisted = unlistedReporter('razorpayx', settings);

  /** One step of a registration: the id that was made, or why not. */
  async function create(
    operation: Operation,
    path: string,
    body: string,
    read: (json: unknown) => Reading<string>,
    call: ProviderCallOptions,
  ): Promise<string | ProviderOutcome> {
    const reply: Reply = await client.call(operation, { method: 'POST', path, body }, call);
    const made = reply.kind === 'answer' && isSuccess(reply.status) ? read(reply.json) : undefined;
    return made?.ok === true ? made.value : outcomeOfRegistration(reply);
  }

  async function register(details: BeneficiaryDetails, call: ProviderCallOptions): Promise<Registration> {
    const contactBody = contactRequest(details);
    if (contactBody === undefined || unusableField(details) !== undefined)
      return { ok: false, outcome: notSendable(unusableField(details)!) };
    const contact = await create(
      'contact',
      '/contacts',
      contactBody,
      (json) => readCreated(json, 'contact', 'cont'),
      call,
    );
    if (typeof contact !== 'string') return { ok: false, outcome: contact };
    const fundAccount = await create(
      'fund_account',
      '/fund_accounts',
      fundAccountRequest(details, contact)!,
      (json) => readCreated(json, 'fund_account', 'fa', contact),
      call,
    );
    if (typeof fundAccount !== 'string') return { ok: false, outcome: fundAccount };
    return { ok: true, refs: { contact, fund_account: fundAccount } };
  }

  async function sendPayout(
    instruction: PayoutInstruction,
    prepared: PreparedRequest,
    call: ProviderCallOptions = {},
  ): Promise<ProviderOutcome> {
    // Other bytes under a used key would be refused as a conflict, or pay something else: they do not leave.
    if (!isUnaltered(prepared)) return REQUEST_ALTERED;
    const request = {
      method: 'POST',
      path: '/payouts',
      body: prepared.body,
      headers: { 'x-payout-idempotency': instruction.idempotencyKey },
      ourReference: instruction.ourReference,
    } as const;
    const reply = await client.call('payout', request, call);
    return outcomeOfCreate(
      reply,
      { ourReference: instruction.ourReference, ...fundAccountOf(instruction) },
      onUnlisted,
    );
  }

  async function inquirePayout(
    target: InquiryTarget,
    call: ProviderCallOptions = {},
  ): Promise<InquiryAnswer> {
    const { ourReference, providerReference } = target;
    if (isIdOf('pout', providerReference)) {
      return outcomeOfFetch(
        await client.call(
          'payout_by_id',
          { method: 'GET', path: `/payouts/${providerReference}`, ourReference },
          call,
        ),
        { ourReference, providerReference },
        onUnlisted,
      );
    }
    const query = new URLSearchParams({
      account_number: accountNumber,
      reference_id: ourReference,
      count: '10',
    });
    const answer = outcomeOfSearch(
      await client.call(
        'payout_by_reference',
        { method: 'GET', path: `/payouts?${query.toString()}`, ourReference },
        call,
      ),
      { ourReference },
      onUnlisted,
    );
    if (answer.kind === 'unknown' && answer.rawStatus === '<duplicate at provider>')
      log?.error(
        { provider: 'razorpayx', reference: ourReference, found: answer.description },
        'several payouts of the provider carry one reference',
      );
    return answer;
  }

  return {
    name: 'razorpayx',
    admit: () => client.guard.admit(),
    available: () => client.guard.available(),
    payout: {
      notFound: options.notFound ?? { then: 'resend_same_key', keyLifeMs: KEY_LIFE_MS },
      registerBeneficiary(details, call = {}) {
        // One flight for all who ask meanwhile, so only the time-outs of the first count: its signal, its latest instant and its admission are its own.
        const key = flightKey(details);
        const flight =
          flights.get(key) ??
          register(details, {
            timeouts: call.timeouts ?? {},
            ...(call.transactionId === undefined ? {} : { transactionId: call.transactionId }),
          }).finally(() => flights.delete(key));
        flights.set(key, flight);
        return flight;
      },
      prepare: (instruction) => payoutRequest(instruction, accountNumber),
      send: sendPayout,
      inquire: inquirePayout,
    },
    checkCallback: (headers, raw) => checkSignature(headers, raw, secrets),
    parseCallback: (raw) => parseEvent(raw, onUnlisted),
    maskCallback: maskedText,
    statement: (from, to) =>
      readStatement({ client, accountNumber, sleep: options.sleep ?? ((ms) => sleep(ms)) }, from, to),
    close: () => client.close(),
  };
}

function fundAccountOf({ refs }: PayoutInstruction): { fundAccount?: string } {
  return refs.fund_account === undefined ? {} : { fundAccount: refs.fund_account };
}

/** Hashed, so that no personal value is a key in memory longer than its call. */
function flightKey(details: BeneficiaryDetails): string {
  return createHash('sha256')
    .update(JSON.stringify([details.id, details.name, details.account]))
    .digest('base64');
}

function notSendable(field: string): ProviderOutcome {
  return {
    kind: 'failed',
    sent: false,
    rawStatus: '<beneficiary not sendable>',
    rawReason: field,
    description: `the provider cannot take the ${field.replace('_', ' ')} of the beneficiary`,
  };
}
