/** A distributor above its retailers, for tests of money within a network. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createCursors } from '../../domain/errors/cursor';
import type { UserId } from '../../domain/ids/ids';
import type { Network } from '../../domain/transfers/network';
import { createWalletTransfers, type WalletTransfers } from '../../domain/transfers/transfers';
import { openWallet, type AppUser } from '../../domain/users/users';
import { fund, type DomainProcess, type World } from './world';

export interface Family {
  transfers: WalletTransfers;
  /** Puts the second below the first. */
  put(upper: AppUser, lower: AppUser): void;
  /** A wallet of the user's with money in it. */
  wallet(user: AppUser, kind: 'aeps' | 'commission', fundsPaise: bigint): Promise<Omit<AppUser, 'userId'>>;
}

export function createFamily({ first }: Pick<World, 'first'>): Family {
  const above = new Set<string>();
  const pair = (upper: UserId, lower: UserId): string => `${upper}>${lower}`;
  const network: Network = {
    isAbove: (_trx, upper, lower) => Promise.resolve(above.has(pair(upper, lower))),
  };
  return {
    transfers: transfersOf(first, network),
    put: (upper, lower) => void above.add(pair(upper.userId, lower.userId)),
    async wallet({ userId }, kind, fundsPaise) {
      const opened = await first.knex.transaction((trx) => openWallet(trx, first.ids, userId, kind));
      if (fundsPaise > 0n) await fund(first, opened.accountId, fundsPaise);
      return opened;
    },
  };
}

export function transfersOf({ knex, clock }: DomainProcess, network: Network): WalletTransfers {
  return createWalletTransfers({
    knex,
    lists: knex,
    clock,
    cursors: createCursors(randomBytes(32)),
    network,
  });
}

/** A reference and a key of their own. */
export const fresh = () => ({ key: randomUUID(), reference: `ref-${randomUUID().slice(0, 18)}` });
