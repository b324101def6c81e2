import type { Cell } from 'cli-table3';
import type { DevUser } from '../stack/run-lock';
import { paint, plainTable } from '../verify/terminal';
import { RefusedError, type DemoApi } from './api';

/**
 * Who sees what: each user of the network asks for everybody, their transactions and their wallets, and is answered by
 * its role and by who stands below, or as if there were nothing. What must come is written here, and read from no
 * table of the platform.
 */
export interface Sight {
  viewer: DevUser;
  /** Of how many others it found users, transactions and wallets. */
  users: number;
  transactions: number;
  wallets: number;
  /** Where it saw what it must not, or did not see what it must, as sentences. */
  problems: string[];
}

/** Whether a role sees of those below that they are there, and what they do and have. Everybody sees themselves. */
const BELOW: Readonly<Record<string, { users: boolean; money: boolean }>> = {
  master_distributor: { users: true, money: true },
  distributor: { users: true, money: true },
  field_staff: { users: true, money: true },
  retailer: { users: true, money: false },
  sub_merchant: { users: false, money: false },
};
const LISTED = 100;

type Asking = Pick<DemoApi, 'call'>;
interface Owned {
  user: DevUser;
  transaction: string | undefined;
  wallet: string;
}

/** `apiOf` asks as a user. */
export async function lookAround(
  network: readonly DevUser[],
  apiOf: (user: DevUser) => Asking,
): Promise<Sight[]> {
  const owned = await Promise.all(network.map((user) => ownOf(user, apiOf(user))));
  return Promise.all(network.map((viewer) => sightOf(viewer, apiOf(viewer), owned)));
}

async function ownOf(user: DevUser, api: Asking): Promise<Owned> {
  const first = async (path: string): Promise<string | undefined> => {
    const { data } = (await api.call('GET', path)).body as { data: { id: string }[] };
    return data[0]?.id;
  };
  const wallet = await first('/v1/wallets');
  if (wallet === undefined) throw new Error(`${user.name} has no wallet`);
  return { user, wallet, transaction: await first('/v1/transactions?limit=1') };
}

async function sightOf(viewer: DevUser, api: Asking, owned: readonly Owned[]): Promise<Sight> {
  const sight: Sight = { viewer, users: 0, transactions: 0, wallets: 0, problems: [] };
  const look = async (
    what: 'users' | 'transactions' | 'wallets',
    path: string,
    may: boolean,
    whose: string,
  ) => {
    const { seen, code } = await outcomeOf(api, path);
    if (seen && whose !== viewer.name) sight[what] += 1;
    if (seen !== may)
      sight.problems.push(
        `${viewer.name} ${seen ? 'sees' : `does not see (${code})`} ${what} of ${whose}: ${path.split('/').at(-1)!}`,
      );
    else if (!seen && !code.endsWith('_NOT_FOUND'))
      sight.problems.push(`${viewer.name} learns by ${code} that ${whose} exists`);
  };
  const names = new Set(owned.map(({ user }) => user.name));
  const parents = new Map(owned.map(({ user }) => [user.name, user.below]));
  const rights = BELOW[viewer.type] ?? { users: false, money: false };
  for (const { user, transaction, wallet } of owned) {
    const isOwn = user.name === viewer.name;
    const isBelow = standsBelow(user.name, viewer.name, parents);
    const sees = { users: isOwn || (isBelow && rights.users), money: isOwn || (isBelow && rights.money) };
    await look('users', `/v1/users/${user.user}`, sees.users, user.name);
    await look('transactions', `/v1/users/${user.user}/transactions`, sees.money, user.name);
    await look('wallets', `/v1/users/${user.user}/wallets`, sees.money, user.name);
    // what has an id of its own is its owner's alone
    await look('wallets', `/v1/wallets/${wallet}/statement`, isOwn, user.name);
    if (transaction !== undefined)
      await look('transactions', `/v1/transactions/${transaction}`, isOwn, user.name);
  }
  const listed = (await api.call('GET', `/v1/users?limit=${LISTED}`)).body as { data: { name: string }[] };
  for (const { name } of listed.data)
    if (names.has(name) && !standsBelow(name, viewer.name, parents))
      sight.problems.push(`${viewer.name} has ${name} in its list`);
  return sight;
}

function standsBelow(name: string, above: string, parents: ReadonlyMap<string, string | null>): boolean {
  const parent = parents.get(name) ?? null;
  return parent !== null && (parent === above || standsBelow(parent, above, parents));
}

async function outcomeOf(api: Asking, path: string): Promise<{ seen: boolean; code: string }> {
  try {
    await api.call('GET', path);
    return { seen: true, code: '' };
  } catch (error) {
    if (error instanceof RefusedError) return { seen: false, code: error.code };
    throw error;
  }
}

export function sightTable(sights: readonly Sight[]): string {
  const rows: Cell[][] = sights.map(({ viewer, users, transactions, wallets, problems }) => [
    viewer.name,
    viewer.type.replaceAll('_', ' '),
    viewer.below ?? '',
    users,
    transactions,
    wallets,
    problems.length === 0 ? paint.green('as expected') : paint.red(`${problems.length} wrong`),
  ]);
  return plainTable(
    ['who asks', 'role', 'below', 'others it finds', 'whose transactions', 'whose wallets', ''],
    ['left', 'left', 'left', 'right', 'right', 'right', 'left'],
    rows,
  );
}
