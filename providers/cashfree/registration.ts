import type { BeneficiaryDetails } from '../../domain/beneficiaries/details';
import type { PayoutCalls, Registration } from '../../domain/payouts/port';
import type { ProviderCallOptions } from '../../domain/provider/calls';
import { createSingleFlight } from '../../platform/single-flight';
import { isSuccess, listed, unknown, type OnUnlisted, type Reply } from '../answers';
import { notSendable, registrationKey } from '../registrations';
import type { CashfreeClient } from './client';
import { beneficiaryIdOf, beneficiaryRequest, unusableField } from './requests';
import { isBeneficiaryId, readBeneficiary, type Beneficiary } from './schemas';
import { BENEFICIARY_STATUSES, clashOf, outcomeOfRegistration } from './transformers';

/** Registers a beneficiary under our own id of it, or finds the one that Cashfree has of the same account. */
export function createRegistration(
  client: CashfreeClient,
  onUnlisted: OnUnlisted,
): Pick<PayoutCalls, 'registerBeneficiary' | 'callsToRegister'> {
  const once = createSingleFlight();
  return {
    // Concurrent registrations of the same beneficiary share one request. It takes the time-outs and the admission
    // of the first caller, but not its signal and deadline, which concern that caller alone.
    registerBeneficiary: (details, { timeouts = {}, transactionId, admitted } = {}) =>
      once(registrationKey(details), () =>
        register({ client, onUnlisted }, details, { timeouts, transactionId, admitted: admitted === true }),
      ),
    callsToRegister: (known) => (isBeneficiaryId(known.beneficiary) ? 0 : 1),
  };
}

interface RegistrationDeps {
  client: CashfreeClient;
  onUnlisted: OnUnlisted;
}

async function register(
  deps: RegistrationDeps,
  details: BeneficiaryDetails,
  call: ProviderCallOptions,
): Promise<Registration> {
  const unusable = unusableField(details);
  if (unusable !== undefined) return { ok: false, outcome: notSendable(unusable) };
  const body = beneficiaryRequest(details);
  const reply = await deps.client.call('beneficiary', { method: 'POST', path: '/beneficiary', body }, call);
  const clash = clashOf(reply);
  if (clash === undefined) return registered(reply, details, deps.onUnlisted);
  return registered(await ask(deps, details, clash, call), details, deps.onUnlisted);
}

/**
 * The beneficiary that is there already: ours, whose answer was lost, or that of the account, which another of
 * our users has paid before. A call of its own, which takes its turn at the rate limit.
 */
function ask(
  { client }: RegistrationDeps,
  details: BeneficiaryDetails,
  clash: 'id' | 'account',
  call: ProviderCallOptions,
): Promise<Reply> {
  const { account } = details;
  const isByAccount = clash === 'account' && account.kind === 'bank';
  const query: Record<string, string> = isByAccount
    ? { bank_account_number: account.accountNumber, bank_ifsc: account.ifsc }
    : { beneficiary_id: beneficiaryIdOf(details) };
  return client.call(
    isByAccount ? 'beneficiary_by_account' : 'beneficiary_by_id',
    { method: 'GET', path: '/beneficiary', query },
    { ...call, admitted: false },
  );
}

/** A beneficiary that may be paid, and to whom the money goes where we were told. */
function registered(reply: Reply, details: BeneficiaryDetails, onUnlisted: OnUnlisted): Registration {
  const read = reply.kind === 'answer' && isSuccess(reply.status) ? readBeneficiary(reply.json) : undefined;
  if (read?.ok !== true) return { ok: false, outcome: outcomeOfRegistration(reply) };
  const { id, status } = read.value;
  if (!isOf(read.value, details))
    return { ok: false, outcome: { ...unknown('<other beneficiary>'), sent: false } };
  const mayBePaid = listed(BENEFICIARY_STATUSES, status);
  if (mayBePaid === undefined) onUnlisted(`beneficiary/${status}`);
  if (mayBePaid === true) return { ok: true, refs: { beneficiary: id } };
  return {
    ok: false,
    outcome: {
      ...unknown(`<beneficiary ${status}>`),
      sent: false,
      ...(mayBePaid === false ? { kind: 'failed', rawReason: 'BENE_INVALID' } : {}),
    },
  };
}

function isOf({ accountNumber, ifsc, vpa }: Beneficiary, { account }: BeneficiaryDetails): boolean {
  return account.kind === 'vpa'
    ? vpa?.toLowerCase() === account.address.toLowerCase()
    : accountNumber === account.accountNumber && ifsc === account.ifsc;
}
