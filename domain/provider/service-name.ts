/**
 * The services that customers can ask for. Each has a folder with its prices, its accounts and the shape of
 * its instruction.
 */
export const SERVICES = ['payout', 'dmt', 'bbps', 'recharge', 'aeps', 'collection'] as const;
export type ServiceName = (typeof SERVICES)[number];
