import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { DomainError, type Refusal } from '../errors/errors';
import { ACCESS_ERRORS } from './errors';
import { createFreshGrants, type GrantReader, type Reach } from './grants';
import { createNetwork, type Network } from './network';
import type { Permission } from './permissions';

/**
 * Who acts, with the role that it has now: `role_of` in the database says which. A caller of the API, a signed-in
 * member of staff, and the person for whom a job works are actors alike.
 */
export interface Actor {
  readonly userId: UserId;
  readonly role: string;
  /** Of staff: when this session last showed a second factor. */
  readonly provedAt?: Date | null;
}

/** A thing that belongs to a user. What belongs to nobody (a queue, a case) is asked for without one. */
export interface Resource {
  readonly owner: UserId;
}

/** The one question of who may do what, for routes, jobs, commands and pages alike. */
export interface Access {
  /**
   * Whether the actor may do it: to anything at all, or to the thing of this owner. What must hold when it happens
   * (who is not disabled, what is not spent) is asked by whoever does it.
   */
  can(actor: Actor, action: Permission, resource?: Resource): Promise<boolean>;
  /**
   * Throws DomainError AUTH_ROLE_MISSING (OPS_ROLE_MISSING of staff) when the role does not allow it at all, and
   * `missing()` when the thing is out of reach: to such an actor it does not exist.
   */
  require(actor: Actor, action: Permission, resource?: Resource, missing?: () => DomainError): Promise<void>;
  /** Like `require`, where each of several permissions is enough. */
  requireAny(actor: Actor, actions: readonly Permission[]): Promise<void>;
  /** What the actor may do now, for a page that shows what it offers. */
  permitted(actor: Actor): Promise<(action: Permission) => boolean>;
  /** Whose things the actor may do it to, for lists: undefined is nobody's. */
  reach(actor: Actor, action: Permission): Promise<Reach | undefined>;
}

interface AccessDependencies {
  grants: GrantReader;
  network: Network;
  /** What the refusal of a permission is called. */
  denied?: Refusal;
}

export function createAccess({ grants, network, denied = 'AUTH_ROLE_MISSING' }: AccessDependencies): Access {
  const refusal = (actions: readonly Permission[]): DomainError =>
    new DomainError(denied, { detail: `this needs the permission ${actions.join(' or ')}` });
  async function reachOf(actor: Actor, action: Permission): Promise<Reach | undefined> {
    return (await grants.grants()).get(actor.role)?.get(action);
  }
  async function reaches(reach: Reach, actor: Actor, resource: Resource | undefined): Promise<boolean> {
    if (reach === 'all' || resource === undefined || resource.owner === actor.userId) return true;
    return reach === 'subtree' && network.isInSubtree(actor.userId, resource.owner);
  }
  return {
    reach: reachOf,
    async permitted({ role }) {
      const ofRole = (await grants.grants()).get(role);
      return (action) => ofRole?.has(action) === true;
    },
    async can(actor, action, resource) {
      const reach = await reachOf(actor, action);
      return reach !== undefined && reaches(reach, actor, resource);
    },
    async require(actor, action, resource, missing = () => refusal([action])) {
      const reach = await reachOf(actor, action);
      if (reach === undefined) throw refusal([action]);
      if (!(await reaches(reach, actor, resource))) throw missing();
    },
    async requireAny(actor, actions) {
      const ofRole = (await grants.grants()).get(actor.role);
      if (!actions.some((action) => ofRole?.has(action))) throw refusal(actions);
    },
  };
}

/** For commands and pages of staff: changes count at once, and a refusal has the code that it had from the beginning. */
export function createStaffAccess({ knex }: { knex: Knex }): Access {
  return createAccess({
    grants: createFreshGrants({ knex }),
    network: createNetwork({ knex }),
    denied: ACCESS_ERRORS.OPS_ROLE_MISSING,
  });
}
