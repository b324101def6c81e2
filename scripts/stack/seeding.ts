import type { UserId } from '../../domain/ids/ids';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';
import { createApiKey, createAuthenticator } from '../../domain/auth/api-keys';
import { SCOPES } from '../../domain/services/services';
import { createPasswords } from '../../domain/auth/passwords';
import { accountCode, openAccounts } from '../../domain/ledger/accounts';
import { createLedger } from '../../domain/ledger/post';
import { createTerminals } from '../../domain/aeps/terminals';
import { createAppUser, upsertOpsUser } from '../../domain/users/users';
import { seedNetwork, type SeededUser } from './seed-network';
import { systemClock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { derivedUuid, systemIds } from '../../platform/ids';

/** What the seed hands out for development. */
export interface Seeded {
  apiKey: string;
  opsEmail: string;
  opsPassword: string;
  /** Users of a small network, the one above before those below. */
  network: SeededUser[];
}

const OPS_EMAIL = 'ops@munim.example';
const BANK = 'escrow';
/**
 * ₹1,000 crore at each provider (at Setu for each of its two products), as the sandbox opens with, and ₹100
 * crore in the wallet.
 */
export const SANDBOX_FLOAT_PAISE = 1_000_000_000_000n;
const WALLET_PAISE = 100_000_000_000n;
const ROOT = '01930000-0000-7000-8000-000000000000';

/**
 * Fills a development database: one app user with a funded `main` wallet, a small network, one ops user. Money comes by
 * posting, from `bank:escrow`. Running it again gives the same credentials and adds no money: the journals
 * have fixed ids.
 */
export async function seed(knex: Knex, dataDir: string): Promise<Seeded> {
  const user = await appUser(knex);
  const floats = [
    { provider: 'razorpayx', purpose: 'float', paise: SANDBOX_FLOAT_PAISE },
    { provider: 'eko', purpose: 'float:eko', paise: SANDBOX_FLOAT_PAISE },
    { provider: 'setu', purpose: 'float:setu', paise: 2n * SANDBOX_FLOAT_PAISE },
  ];
  const codes = [
    accountCode.capital(),
    accountCode.bank(BANK),
    accountCode.wallet(user.userId, 'main'),
    ...floats.map((f) => accountCode.float(f.provider)),
  ];
  const accounts = await openAccounts(knex, codes);
  const [capital, bank, wallet] = codes.map((code) => accounts.get(code)!);
  const ledger = createLedger({ knex, clock: systemClock });
  // The owners' money comes to our bank first. A float is money that we moved from our bank to the provider;
  // the wallet is money that a customer brought to our bank.
  for (const { provider, purpose, paise } of floats) {
    const account = accounts.get(accountCode.float(provider))!;
    await ledger.post({
      journal: {
        id: derivedUuid(ROOT, purpose.replace('float', 'capital')),
        transactionId: null,
        transfers: [
          { debitAccountId: bank!, creditAccountId: capital!, amountPaise: paise, code: 'capital' },
        ],
      },
    });
    await ledger.post({
      journal: {
        id: derivedUuid(ROOT, purpose),
        transactionId: null,
        transfers: [
          { debitAccountId: account, creditAccountId: bank!, amountPaise: paise, code: 'float_top_up' },
        ],
      },
    });
  }
  await ledger.post({
    journal: {
      id: derivedUuid(user.userId, 'funding'),
      transactionId: null,
      transfers: [
        { debitAccountId: bank!, creditAccountId: wallet!, amountPaise: WALLET_PAISE, code: 'funding' },
      ],
    },
  });
  await registerTerminals(knex, user.userId, DEVELOPMENT_TERMINALS);
  const apiKey = await keptApiKey(knex, user.userId, path.join(dataDir, 'keys', 'api-key'));
  const network = await seedNetwork(knex, (id, file) =>
    keptApiKey(knex, id, path.join(dataDir, 'keys', file)),
  );
  const opsPassword = keptSecret(path.join(dataDir, 'keys', 'ops-password'));
  await upsertOpsUser(knex, systemIds, {
    name: 'Operations',
    email: OPS_EMAIL,
    passwordHash: await createPasswords().hash(opsPassword),
    role: 'admin',
  });
  return { apiKey, opsEmail: OPS_EMAIL, opsPassword, network };
}

/** The terminals that the pages, the demo and the tests use. */
const DEVELOPMENT_TERMINALS = ['till-1', 'till-7', 'demo-1'];

async function registerTerminals(knex: Knex, userId: UserId, ids: readonly string[]): Promise<void> {
  const terminals = createTerminals({ knex, clock: systemClock });
  for (const id of ids) await terminals.register(userId, id, 'npm start');
}

async function appUser(knex: Knex): Promise<{ userId: UserId }> {
  const [found] = await rows<{ userId: UserId }>(
    knex,
    "select id as \"userId\" from users where kind = 'app' and name = 'Munim Test Trader' order by created_at limit 1",
  );
  return found ?? knex.transaction((trx) => createAppUser(trx, systemIds, { name: 'Munim Test Trader' }));
}

/** The key of an earlier start while it is still good, so that a curl from yesterday works today. */
async function keptApiKey(knex: Knex, userId: UserId, file: string): Promise<string> {
  const kept = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  const caller = await createAuthenticator({ knex, clock: systemClock })
    .authenticate(kept, '127.0.0.1')
    .catch(() => undefined);
  if (caller?.userId === userId && SCOPES.every((scope) => caller.scopes.includes(scope))) return kept;
  const { secret } = await createApiKey(knex, systemIds, { userId, mode: 'test', scopes: SCOPES });
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, secret, { mode: 0o600 });
  return secret;
}

/** A secret made once and kept, so that a second start shows the same one. */
function keptSecret(file: string): string {
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, randomBytes(12).toString('base64url'), { mode: 0o600 });
  }
  return fs.readFileSync(file, 'utf8');
}
