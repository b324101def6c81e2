import type { KycReminders } from '../../domain/reminders/kyc';

export interface KycReminderDependencies {
  kycReminders: KycReminders;
}

const CLAIM = 200;

/** One round: tells those whose KYC has to be done again. Returns true when there may be more. */
export async function remindOfKyc({ kycReminders }: KycReminderDependencies): Promise<boolean> {
  return (await kycReminders.remind(CLAIM)) === CLAIM;
}
