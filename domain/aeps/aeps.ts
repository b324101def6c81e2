import { createAepsAgents, type AepsAgents } from './agents';
import { createEnquiries, type Enquiries } from './enquiries';
import { createEnquiryCommissions, type EnquiryCommissionDependencies } from './enquiry-commission';
import { createAepsKeeper, type AepsKeeper } from './keeper';
import { createAepsPolicies, type AepsPolicies } from './policy';
import { createWithdrawalReader, type WithdrawalReader } from './read';
import { createWithdrawals, type WithdrawalDependencies, type Withdrawals } from './withdraw';
import { createTerminals, type Terminals } from './terminals';
import { createWithdrawalOtps, type WithdrawalOtps } from './withdrawal-otps';
import type { TransactionReader } from '../transactions/read';
import type { OtpSends } from '../otp/sends';
import type { OtpTries } from '../otp/tries';
import type { PolicyProfile } from '../policies/policies';

/** Aadhaar-enabled payments: agents, withdrawals and payments to them, enquiries, and the periodic upkeep. */
export interface Aeps {
  agents: AepsAgents;
  withdrawals: Withdrawals;
  withdrawalOtps: WithdrawalOtps;
  reader: WithdrawalReader;
  enquiries: Enquiries;
  keeper: AepsKeeper;
  terminals: Terminals;
  policies: AepsPolicies;
  close(): void;
}

export type AepsDependencies = Omit<WithdrawalDependencies, 'aepsPolicies' | 'reader'> &
  EnquiryCommissionDependencies & {
    profile: PolicyProfile;
    otpSends: OtpSends;
    otpTries: OtpTries;
    onError?(error: unknown): void;
    transactions: TransactionReader;
  };
export async function createAeps(deps: AepsDependencies): Promise<Aeps> {
  const policies = await createAepsPolicies(deps);
  const shared = { ...deps, aepsPolicies: policies };
  const reader = createWithdrawalReader(deps);
  const commissions = createEnquiryCommissions(deps);
  return {
    agents: createAepsAgents(shared),
    withdrawals: createWithdrawals({ ...shared, reader }),
    withdrawalOtps: createWithdrawalOtps(shared),
    reader,
    enquiries: createEnquiries({ ...shared, commissions }),
    keeper: createAepsKeeper({ ...shared, commissions }),
    terminals: createTerminals(deps),
    policies,
    close: () => policies.close(),
  };
}
