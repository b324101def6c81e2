import { businessDate } from '../../platform/clock';
import type { IdKind } from '../../platform/ids';
import { ID_PREFIXES } from '../../platform/ids';
import type { DevUser } from '../stack/run-lock';
import { isIn, type Gun, type Hit } from './http';

/** Who attacks whom, and with what. */
export interface Ground {
  gun: Gun;
  /** Whose things are gone for. */
  victim: Fighter;
  /** One of each role, none of whom stands above the victim. */
  attackers: readonly Fighter[];
  /** Ids of the victim's things, by kind. */
  loot: ReadonlyMap<IdKind, readonly string[]>;
  /** The code that was sent last to a number, and was not shown before. */
  codeOf(mobile: string): Promise<string>;
}
export interface Fighter {
  name: string;
  role: string;
  key: string;
  mobile: string;
  password: string;
}

/** Something that should not have been possible. */
export interface Finding {
  way: string;
  what: string;
}

/** What one way of attacking did. */
export interface Report {
  way: string;
  /** How many routes, or doors, it went for. */
  targets: number;
  requests: number;
  findings: Finding[];
}

/** Lists of the victim's own, from which its ids are known. */
const OWN = ['wallets', 'transactions', 'fund-requests', 'wallet-transfers', 'beneficiaries'].map(
  (list) => `/v1/${list}`,
);

export async function fighterGround(
  gun: Gun,
  network: readonly DevUser[],
  codeOf: Ground['codeOf'],
): Promise<Ground> {
  const named = (name: string): Fighter => {
    const found = network.find((user) => user.name === name);
    if (found === undefined) throw new Error(`the network has no ${name}`);
    const { type: role, api_key: key, mobile, password } = found;
    return { name, role, key, mobile, password };
  };
  const victim = named('Munim Shivajinagar');
  const attackers = ['Munim Nagpur', 'Munim Pune East', 'Munim Sitabuldi', 'Munim Hadapsar, till 2'].map(
    named,
  );
  await bringThings(gun, victim);
  return { gun, victim, attackers, codeOf, loot: await lootOf(gun, victim) };
}

/** So that the victim has one of each at least. */
async function bringThings(gun: Gun, { key }: Fighter): Promise<void> {
  const once = String(Date.now());
  const post = async (path: string, body: object): Promise<Hit> => {
    const headers = { 'idempotency-key': `attack-${path.slice(4)}-${once}` };
    const hit = await gun.shoot({ method: 'POST', path, token: key, headers, body });
    if (!isIn(hit)) throw new Error(`the victim cannot begin: ${path} was answered ${hit.status}`);
    return hit;
  };
  const { body: payout } = await post('/v1/payouts', {
    ...{ amount: 10_000, currency: 'INR', mode: 'IMPS', reference: `attack-${once}` },
    beneficiary: { name: 'Test Beneficiary', account_number: '00111122220000', ifsc: 'HDFC0000053' },
  });
  await post('/v1/fund-requests', {
    ...{ amount: 10_000, currency: 'INR', bank: 'escrow', mode: 'NEFT', utr: `ATTACK${once}` },
    paid_on: businessDate(new Date(String(payout.created_at))), // by the clock of the business
  });
}

async function lootOf(gun: Gun, { key }: Fighter): Promise<Map<IdKind, string[]>> {
  const answers: Hit[] = [];
  for (const path of OWN) answers.push(await gun.shoot({ method: 'GET', path, token: key }));
  const all = answers.map(({ text }) => text).join('\n');
  const me = await gun.shoot({ method: 'GET', path: '/v1/me', token: key });
  const found = Object.entries(ID_PREFIXES).map(([kind, prefix]): [IdKind, string[]] => [
    kind as IdKind,
    [...new Set(all.match(new RegExp(`\\b${prefix}_[0-9a-z]{26}\\b`, 'g')) ?? [])],
  ]);
  return new Map([...found, ['user', [String(me.body.id)]]]);
}
