/**
 * What can be permitted, by name: `<area>.<verb>`. A role is given permissions in rows (`role_permissions`, by
 * files of `policies/`), and whoever asks for one names it from this list. The table `permissions` has the same
 * names; a test compares the two.
 *
 * `read` shows; `change` changes something by one person's word; `propose` and `decide` are the two halves of the
 * maker-checker of an area, which only a role that is meant for both has together.
 */
export type Does = 'read' | 'change' | 'propose' | 'decide';

export const PERMISSIONS = {
  // the services, for their customers: of the same name as the scope that a key or a token must have as well
  'payouts.write': 'change',
  'dmt.write': 'change',
  'bbps.write': 'change',
  'recharge.write': 'change',
  'aeps.write': 'change',
  /** Let a file of payouts be paid that somebody else has brought. */
  'payouts.release': 'change',
  'collection.write': 'change',
  'transactions.read': 'read',
  'wallets.read': 'read',
  /** Move money between own wallets and to the network. */
  'wallets.write': 'change',
  /** Take back what was given to somebody below. */
  'wallets.pull_back': 'change',
  /** Freeze wallets, and reserve parts of them. */
  'wallets.hold': 'change',

  /** Take a beneficiary off the list of a user. */
  'beneficiaries.archive': 'change',

  // users of apps
  'users.read': 'read',
  'users.write': 'change',
  /** Say who is active, suspended or closed. */
  'users.status': 'change',
  'users.propose': 'propose',
  'users.decide': 'decide',
  'api_keys.read': 'read',
  'api_keys.write': 'change',
  'kyc.read': 'read',
  'kyc.write': 'change',
  /** See a personal value; the reason is written down. */
  'kyc.unmask': 'change',
  'kyc.propose': 'propose',
  'kyc.decide': 'decide',
  /** What people ask about their data, and how long it is kept. */
  'privacy.read': 'read',
  'privacy.propose': 'propose',
  'privacy.decide': 'decide',

  // money and matters that persons decide
  'funds.propose': 'propose',
  'funds.decide': 'decide',
  'cases.read': 'read',
  'cases.close': 'change',
  'cases.propose': 'propose',
  'cases.decide': 'decide',
  /** Files of providers and banks, and what in them does not fit our books. */
  'recon.read': 'read',
  /** Import a file, run a day again, take a break on. */
  'recon.write': 'change',
  /** The rules of risk, what they have found, and the register of suspicious transactions. */
  'risk.read': 'read',
  /** Say of a finding whether it was a false alarm. */
  'risk.judge': 'change',
  /** Commission schemes, what they earn, and the tax on it. */
  'commissions.read': 'read',
  'commissions.propose': 'propose',
  'commissions.decide': 'decide',
  /** What goes from wallets to bank accounts, and the taxes that are paid to the state. */
  'settlements.read': 'read',
  'settlements.propose': 'propose',
  'settlements.decide': 'decide',
  /** What networks claim of transactions back, and how it ended. */
  'disputes.read': 'read',
  /** Write down a claim, which holds the money back. */
  'disputes.write': 'change',
  'disputes.propose': 'propose',
  'disputes.decide': 'decide',
  'limits.propose': 'propose',
  'limits.decide': 'decide',
  'approvals.read': 'read',
  'terminals.write': 'change',

  // staff
  /** The own account: its page in the console; sessions and devices of people who are signed in. */
  'account.read': 'read',
  'staff.read': 'read',
  /** Make, confirm and end ops accounts. */
  'staff.write': 'change',
  'staff.propose': 'propose',
  'staff.decide': 'decide',
  'roles.read': 'read',
  'roles.propose': 'propose',
  'roles.decide': 'decide',

  // the night
  /** See nights and the clock of the business. */
  'nights.read': 'read',
  /** Move the clock on, where that may be done. */
  'nights.write': 'change',

  // reports
  /** Ask for reports and fetch them; each asks for a permission of its own besides. */
  'reports.read': 'read',
  /** The books: trial balance, day book, ledgers, profit, tax. */
  'books.read': 'read',

  // the platform
  /** See queues and jobs. */
  'queues.read': 'read',
  /** Wake, hold and resume work: safe at any time, since a processor looks at the row first. */
  'queues.wake': 'change',
  /** Remove finished jobs, set how fast a queue goes. */
  'queues.tend': 'change',
  /** By which provider payments go, and what is stopped. */
  'routing.read': 'read',
  /** Stop a service, a provider or a bank, and let it go again. */
  'routing.write': 'change',
  'api_calls.read': 'read',
  'transactions.find': 'read',
  'policies.read': 'read',
  'audit.read': 'read',
  'restores.read': 'read',
  'restores.write': 'change',
  'encryption.read': 'read',
  'encryption.write': 'change',
} as const satisfies Readonly<Record<`${string}.${string}`, Does>>;
export type Permission = keyof typeof PERMISSIONS;

export function isPermission(name: string): name is Permission {
  return Object.hasOwn(PERMISSIONS, name);
}

/** The permission of the same name as a scope: `payouts:write` is `payouts.write`, and `account` is `account.read`. */
export type PermissionOf<Scope extends string> = Scope extends `${infer Area}:${infer Verb}`
  ? `${Area}.${Verb}`
  : `${Scope}.read`;

/** What a role must allow where a key or a token must have the scope. Both hold: neither widens the other. */
export function permissionOf<Scope extends string>(scope: Scope): PermissionOf<Scope> {
  return (scope.includes(':') ? scope.replace(':', '.') : `${scope}.read`) as PermissionOf<Scope>;
}
