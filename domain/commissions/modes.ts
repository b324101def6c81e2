/** When commission is paid: as it is earned, the day after, or in the month after. */
export const COMMISSION_MODES = ['instant', 'daily', 'monthly'] as const;
export type CommissionMode = (typeof COMMISSION_MODES)[number];
