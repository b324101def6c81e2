import type { Roads } from '../routing/roads';
import type { TierLimits } from '../standings/standings';
import type { OffersTransfers } from './port';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import type { ProviderRegistry } from '../provider/provider';
import type { RepeatRules } from '../intake/repeats';
import type { Policies } from '../policies/policies';
import type { Holds } from '../posting/hold';
import type { TransactionReader } from '../transactions/read';
import { createAcceptTransfers, type AcceptTransfers } from './accept';
import { createDesk } from './desk';
import { createNewOtps, type NewOtps } from './new-otps';
import { createOtpExpiry, type OtpExpiry } from './otp-expiry';
import type { Captures } from '../captures/captures';
import type { OtpSends } from '../otp/sends';
import type { OtpTries } from '../otp/tries';
import { createRecipients, type Recipients } from './recipients';
import { createSenders, type Senders } from './senders';
import { createTransferOtps, type TransferOtps } from './transfer-otps';
import { createTransferReader, type TransferReader } from './transfers';

/** The parts that domestic money transfer adds to the platform, over one provider. */
export interface MoneyTransfer {
  senders: Senders;
  recipients: Recipients;
  transferOtps: TransferOtps;
  acceptTransfers: AcceptTransfers;
  transfers: TransferReader;
  otpExpiry: OtpExpiry;
  newOtps: NewOtps;
}

export interface MoneyTransferDependencies {
  tiers: Pick<TierLimits, 'cap'>;
  roads: Pick<Roads, 'requireOpen'>;
  knex: Knex;
  clock: Clock;
  ids: Ids;
  policies: Policies;
  providers: ProviderRegistry<OffersTransfers>;
  cipher: FieldCipher;
  digest: KeyedDigest;
  otpSends: OtpSends;
  otpTries: OtpTries;
  repeatRules: Pick<RepeatRules, 'repeatOf'>;
  captures: Captures;
  holds: Holds;
  transactions: TransactionReader;
  provider: string;
  onPoint?(point: 'committed'): Promise<void> | void;
}

export function createMoneyTransfer(given: MoneyTransferDependencies): MoneyTransfer {
  const desk = createDesk(given);
  const senders = createSenders({ ...given, desk });
  const recipients = createRecipients({ ...given, desk, senders });
  const deps = { ...given, desk, senders, recipients };
  return {
    senders,
    recipients,
    transferOtps: createTransferOtps(deps),
    acceptTransfers: createAcceptTransfers(deps),
    transfers: createTransferReader(given),
    otpExpiry: createOtpExpiry(given),
    newOtps: createNewOtps(deps),
  };
}
