/** Recharge and subscription plans of billers. Amounts are paise. */
export interface Plan {
  id: string;
  billerId: string;
  amountPaise: bigint;
  categoryType: string;
  subType: string;
  description: string;
  status: 'ACTIVE' | 'DEACTIVATED';
}

export const PLANS: readonly Plan[] = [
  {
    id: '1',
    billerId: 'MOBI00000NAT09',
    amountPaise: 1_900n,
    categoryType: 'Data',
    subType: '1 Day',
    description: '1 GB for a day',
    status: 'ACTIVE',
  },
  {
    id: '2',
    billerId: 'MOBI00000NAT09',
    amountPaise: 19_900n,
    categoryType: 'Unlimited',
    subType: '28 Days',
    description: 'Unlimited calls, 1.5 GB a day',
    status: 'ACTIVE',
  },
  {
    id: '3',
    billerId: 'MOBI00000NAT09',
    amountPaise: 59_900n,
    categoryType: 'Unlimited',
    subType: '84 Days',
    description: 'Unlimited calls, 2 GB a day',
    status: 'ACTIVE',
  },
  {
    id: '4',
    billerId: 'MOBI00000NAT09',
    amountPaise: 9_900n,
    categoryType: 'Talktime',
    subType: '28 Days',
    description: 'Withdrawn talktime pack',
    status: 'DEACTIVATED',
  },
  {
    id: '1',
    billerId: 'TARA00000NAT04',
    amountPaise: 15_300n,
    categoryType: 'Basic',
    subType: '1 Month',
    description: 'Free-to-air and regional channels',
    status: 'ACTIVE',
  },
  {
    id: '2',
    billerId: 'TARA00000NAT04',
    amountPaise: 36_000n,
    categoryType: 'Premium',
    subType: '1 Month',
    description: 'Sports and films',
    status: 'ACTIVE',
  },
];

export const plansOf = (billerId: string): readonly Plan[] =>
  PLANS.filter((plan) => plan.billerId === billerId);
