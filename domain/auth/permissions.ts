/** The roles of ops staff. Each may do what those before it may. */
export const OPS_ROLES = ['viewer', 'operator', 'admin'] as const;
export type OpsRole = (typeof OPS_ROLES)[number];

/** What can be done in the console, and the least role that may do it. */
export const PERMISSIONS = {
  /** See queues and jobs. */
  'queues.read': 'viewer',
  /** Wake, hold and resume work: safe at any time, since a processor looks at the row first. */
  'queues.wake': 'operator',
  /** Remove finished jobs, set how fast a queue goes. */
  'queues.tend': 'admin',
  'api_calls.read': 'viewer',
  'transactions.find': 'viewer',
  'account.read': 'viewer',
} as const satisfies Readonly<Record<string, OpsRole>>;
export type Permission = keyof typeof PERMISSIONS;

export function may(role: OpsRole, permission: Permission): boolean {
  return OPS_ROLES.indexOf(role) >= OPS_ROLES.indexOf(PERMISSIONS[permission]);
}
