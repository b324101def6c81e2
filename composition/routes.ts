import type { RoutesAsSet } from '../domain/routing/roads';

/** The provider of each service that no rule sends elsewhere. */
export const ROUTES_AS_SET: RoutesAsSet = {
  payout: 'razorpayx',
  dmt: 'eko',
  aeps: 'eko',
  collection: 'razorpay',
};
