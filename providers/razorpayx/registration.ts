import { createHash } from 'node:crypto';
import type { BeneficiaryDetails } from '../../domain/beneficiaries/details';
import type { Registration } from '../../domain/payouts/port';
import type { ProviderCallOptions } from '../../domain/provider/calls';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import { createSingleFlight } from '../../platform/single-flight';
import { isSuccess } from '../answers';
import type { Reading } from '../reading';
import type { Operation, RazorpayxClient } from './client';
import { contactRequest, fundAccountRequest, unusableField } from './requests';
import { readCreated } from './schemas';
import { outcomeOfRegistration } from './transformers';

/** Registers a beneficiary: a contact, and a fund account of it. */
export function createRegistration(
  client: RazorpayxClient,
): (details: BeneficiaryDetails, call?: ProviderCallOptions) => Promise<Registration> {
  const once = createSingleFlight();
  // Concurrent registrations of the same beneficiary share one request. It takes the time-outs of the first caller,
  // but not its signal, deadline or admission, which concern that caller alone.
  return (details, { timeouts = {}, transactionId } = {}) =>
    once(flightKey(details), () => register(client, details, { timeouts, transactionId }));
}

/** Hashed, so that no personal value is a key in memory longer than its call. */
function flightKey({ id, name, account }: BeneficiaryDetails): string {
  return createHash('sha256')
    .update(JSON.stringify([id, name, account]))
    .digest('base64');
}

async function register(
  client: RazorpayxClient,
  details: BeneficiaryDetails,
  call: ProviderCallOptions,
): Promise<Registration> {
  const unusable = unusableField(details);
  const contactBody = contactRequest(details);
  if (contactBody === undefined || unusable !== undefined)
    return { ok: false, outcome: notSendable(unusable ?? 'name') };
  const contact = await create(
    client,
    { operation: 'contact', path: '/contacts', body: contactBody },
    (json) => readCreated(json, 'contact', 'cont'),
    call,
  );
  if (typeof contact !== 'string') return { ok: false, outcome: contact };
  const fundAccount = await create(
    client,
    { operation: 'fund_account', path: '/fund_accounts', body: fundAccountRequest(details, contact)! },
    (json) => readCreated(json, 'fund_account', 'fa', contact),
    call,
  );
  if (typeof fundAccount !== 'string') return { ok: false, outcome: fundAccount };
  return { ok: true, refs: { contact, fund_account: fundAccount } };
}

/** One step of a registration: the id that was made, or why there is none. */
async function create(
  client: RazorpayxClient,
  { operation, path, body }: { operation: Operation; path: string; body: string },
  read: (json: unknown) => Reading<string>,
  call: ProviderCallOptions,
): Promise<string | ProviderOutcome> {
  const reply = await client.call(operation, { method: 'POST', path, body }, call);
  const made = reply.kind === 'answer' && isSuccess(reply.status) ? read(reply.json) : undefined;
  return made?.ok === true ? made.value : outcomeOfRegistration(reply);
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
