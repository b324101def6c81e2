import type { UserId } from '../../domain/ids/ids';
import fs from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';
import { createApiKey, createAuthenticator } from '../../domain/auth/api-keys';
import { SCOPES } from '../../domain/services/services';
import { createPasswords } from '../../domain/auth/passwords';
import { bankJournalId, isPosted } from '../../domain/funds/funds';
import { accountCode, openAccounts } from '../../domain/ledger/accounts';
import { createLedger } from '../../domain/ledger/post';
import { createTerminals } from '../../domain/aeps/terminals';
import { createAppUser } from '../../domain/users/users';
import { OPENING_REFERENCE } from '../../sandbox/razorpayx/ids';
import { developmentKeys } from './development-keys';
import { seedNetwork, type SeededUser } from './seed-network';
import { seedStaff, type SeededStaff } from './seed-staff';
import { systemClock } from '../../platform/clock';
import { rows } from '../../platform/database';
import {
  createFieldCipher,
  createKeyedDigest,
  parseEncryptionKeys,
  type FieldCipher,
  type KeyedDigest,
} from '../../platform/encryption';
import { derivedUuid, systemIds } from '../../platform/ids';

/** What the seed hands out for development. */
export interface Seeded {
  apiKey: string;
  opsEmail: string;
  opsPassword: string;
  /** Users of a small network, the one above before those below. */
  network: SeededUser[];
  /** Accounts of the staff, the one that may do everything first. */
  staff: SeededStaff[];
}

/** By which what is sealed in the database is read again: those of its processes. */
export interface SeedKeys {
  cipher: FieldCipher;
  digest: KeyedDigest;
}

const BANK = 'escrow';
/**
 * ₹1,000 crore at each provider (at Setu for each of its two products), as the sandbox opens with, and ₹100
 * crore in the wallet.
 */
export const SANDBOX_FLOAT_PAISE = 1_000_000_000_000n;
const WALLET_PAISE = 100_000_000_000n;
const ROOT = '01930000-0000-7000-8000-000000000000';

/**
 * Fills a development database: one app user with a funded `main` wallet, a small network, staff. Money comes by
 * posting, from `bank:escrow`. Running it again gives the same credentials and adds no money: the journals
 * have fixed ids.
 */
export async function seed(knex: Knex, dataDir: string, keys: SeedKeys = keysOf(dataDir)): Promise<Seeded> {
  const dir = path.join(dataDir, 'keys');
  const user = await appUser(knex);
  const floats = [
    { provider: 'razorpayx', purpose: 'float', paise: SANDBOX_FLOAT_PAISE, reference: OPENING_REFERENCE },
    { provider: 'eko', purpose: 'float:eko', paise: SANDBOX_FLOAT_PAISE },
    { provider: 'setu', purpose: 'float:setu', paise: 2n * SANDBOX_FLOAT_PAISE },
  ];
  const codes = [
    accountCode.capital(),
    accountCode.bank(BANK),
    ...floats.map((f) => accountCode.float(f.provider)),
  ];
  const accounts = await openAccounts(knex, codes);
  const [capital, bank] = codes.map((code) => accounts.get(code)!);
  const ledger = createLedger({ knex, clock: systemClock });
  // The owners' money comes to our bank first. A float is money that we moved from our bank to the provider;
  // the wallet is money that a customer brought to our bank.
  for (const { provider, purpose, paise, reference } of floats) {
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
        id: await topUpId(knex, derivedUuid(ROOT, purpose), reference),
        transactionId: null,
        transfers: [
          { debitAccountId: account, creditAccountId: bank!, amountPaise: paise, code: 'float_top_up' },
        ],
      },
    });
  }
  const fund = async (id: UserId, amountPaise: bigint): Promise<void> => {
    const code = accountCode.wallet(id, 'main');
    const creditAccountId = (await openAccounts(knex, [code])).get(code)!;
    const transfers = [{ debitAccountId: bank!, creditAccountId, amountPaise, code: 'funding' as const }];
    await ledger.post({ journal: { id: derivedUuid(id, 'funding'), transactionId: null, transfers } });
  };
  await fund(user.userId, WALLET_PAISE);
  await registerTerminals(knex, user.userId, DEVELOPMENT_TERMINALS);
  const keyOf = (id: UserId, file: string): Promise<string> => keptApiKey(knex, id, path.join(dir, file));
  const apiKey = await keyOf(user.userId, 'api-key');
  const passwords = createPasswords();
  const network = await seedNetwork({ ...keys, knex, passwords, keyOf, fund, dir });
  const staff = await seedStaff(knex, { passwords, dir });
  const [{ email: opsEmail, password: opsPassword }] = staff as [SeededStaff];
  return { apiKey, opsEmail, opsPassword, network, staff };
}

/**
 * A provider whose statement shows what it opened with: the journal is that of the line, as of every top-up, so that the
 * first night finds it. A database of an older build has it under the id of before, once.
 */
async function topUpId(knex: Knex, idOfBefore: string, reference: string | undefined): Promise<string> {
  return reference === undefined || (await isPosted(knex, [idOfBefore]))
    ? idOfBefore
    : bankJournalId(BANK, reference);
}

function keysOf(dataDir: string): SeedKeys {
  const { encryptionKeysFile, blindIndexKeyFile } = developmentKeys(dataDir);
  return {
    cipher: createFieldCipher(parseEncryptionKeys(fs.readFileSync(encryptionKeysFile, 'utf8').trim())),
    digest: createKeyedDigest(Buffer.from(fs.readFileSync(blindIndexKeyFile, 'utf8').trim(), 'base64')),
  };
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
