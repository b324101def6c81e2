import type { BeneficiaryDetails, ProviderBeneficiaryRefs } from '../../domain/beneficiaries/details';
import type { PayoutCalls, Registration } from '../../domain/payouts/port';
import type { ProviderCallOptions } from '../../domain/provider/calls';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import { createSingleFlight } from '../../platform/single-flight';
import { isSuccess, type Reply } from '../answers';
import { notSendable, registrationKey } from '../registrations';
import type { RazorpayxClient } from './client';
import { ACTIVATION, contactRequest, fundAccountRequest, unusableField } from './requests';
import { readCreated } from './schemas';
import { outcomeOfRegistration } from './transformers';

/** Registers a beneficiary: a contact, and a fund account of it. Whichever is known already is not made again. */
export function createRegistration(
  client: RazorpayxClient,
): Pick<PayoutCalls, 'registerBeneficiary' | 'callsToRegister'> {
  const once = createSingleFlight();
  return {
    // Concurrent registrations of the same beneficiary share one request. It takes the time-outs and the admission
    // of the first caller, but not its signal and deadline, which concern that caller alone.
    registerBeneficiary: (details, { timeouts = {}, transactionId, admitted, known = {} } = {}) =>
      once(registrationKey(details), () =>
        register(client, details, known, { timeouts, transactionId, admitted: admitted === true }),
      ),
    callsToRegister: (known) => (known.fund_account !== undefined ? 0 : known.contact === undefined ? 2 : 1),
  };
}

async function register(
  client: RazorpayxClient,
  details: BeneficiaryDetails,
  known: ProviderBeneficiaryRefs,
  call: ProviderCallOptions,
): Promise<Registration> {
  const unusable = unusableField(details);
  const contactBody = contactRequest(details);
  if (contactBody === undefined || unusable !== undefined)
    return { ok: false, outcome: notSendable(unusable ?? 'name') };
  const contact =
    known.contact ??
    (await make(
      client,
      { operation: 'contact', path: '/contacts', body: contactBody },
      (json) => readCreated(json, 'contact', 'cont'),
      call,
    ));
  if (typeof contact !== 'string') return { ok: false, outcome: contact };
  const fundAccount = await make(
    client,
    { operation: 'fund_account', path: '/fund_accounts', body: fundAccountRequest(details, contact)! },
    (json) => readCreated(json, 'fund_account', 'fa', contact),
    call,
  );
  if (typeof fundAccount !== 'string') return { ok: false, outcome: fundAccount, refs: { contact } };
  return { ok: true, refs: { contact, fund_account: fundAccount } };
}

/**
 * One step of a registration: the id that was made, or why there is none. What exists and was switched off is
 * switched on again, by a call of its own that takes its turn at the rate limit.
 */
async function make(
  client: RazorpayxClient,
  { operation, path, body }: { operation: 'contact' | 'fund_account'; path: string; body: string },
  read: (json: unknown) => ReturnType<typeof readCreated>,
  call: ProviderCallOptions,
): Promise<string | ProviderOutcome> {
  const reply = await client.call(operation, { method: 'POST', path, body }, call);
  const made = readReply(reply, read);
  if (made === undefined || made.isActive) return made?.id ?? outcomeOfRegistration(reply);
  const switchedOn = await client.call(
    `${operation}_activation`,
    { method: 'PATCH', path: `${path}/${made.id}`, body: ACTIVATION },
    { ...call, admitted: false },
  );
  return readReply(switchedOn, read)?.isActive === true ? made.id : outcomeOfRegistration(switchedOn);
}

function readReply(
  reply: Reply,
  read: (json: unknown) => ReturnType<typeof readCreated>,
): { id: string; isActive: boolean } | undefined {
  const value = reply.kind === 'answer' && isSuccess(reply.status) ? read(reply.json) : undefined;
  return value?.ok === true ? value.value : undefined;
}
