import type { Context } from 'koa';
import type { Access } from '../../domain/access/access';
import { ACCESS_ERRORS } from '../../domain/access/errors';
import { DomainError } from '../../domain/errors/errors';
import type { Reply, Route, StaffCaller } from './route';

/** Who lets staff in, and writes down what they do. */
export interface StaffDoor {
  /** Throws DomainError AUTH_REQUIRED, OPS_ORIGIN_REFUSED. */
  admit(ctx: Context): Promise<StaffCaller>;
  /**
   * Does what changes something between two rows of the audit log: one before, without which nothing is done, and one
   * with the result.
   */
  noted(ctx: Context, of: Noted, act: () => Promise<Reply>): Promise<Reply>;
  /** Somebody wanted to change something that the role does not permit. */
  refused(ctx: Context, of: { caller: StaffCaller; route: Route }): Promise<void>;
}

export interface Noted {
  caller: StaffCaller;
  /** Of the route: `break.assign`. */
  action: string;
}

type StaffRoute = Route & { readonly access: { readonly kind: 'staff' } };
export const isForStaff = (route: Route): route is StaffRoute => route.access.kind === 'staff';

/** What the role of a signed-in member of staff permits. Throws DomainError AUTH_REQUIRED, OPS_ROLE_MISSING. */
export async function admitted(
  ctx: Context,
  route: StaffRoute,
  { staff, access }: { staff: StaffDoor; access: Access },
): Promise<StaffCaller> {
  const caller = await staff.admit(ctx);
  const { permission } = route.access;
  if (permission === 'anyone') return caller;
  try {
    await access.require(caller, permission);
  } catch (error) {
    const isRole = error instanceof DomainError && error.code === ACCESS_ERRORS.OPS_ROLE_MISSING.code;
    if (isRole && route.action !== undefined) await staff.refused(ctx, { caller, route });
    throw error;
  }
  return caller;
}
