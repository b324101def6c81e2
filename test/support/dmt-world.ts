/** Money transfers on a real database, with a clock that a test moves and a provider that it scripts; no queue, no HTTP. */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { createPoller } from '../../domain/dispatch/poll';
import { createSender } from '../../domain/dispatch/send';
import { createDmtDispatch } from '../../domain/dmt/dispatch';
import { createMoneyTransfer } from '../../domain/dmt/money-transfer';
import { createAccountDirectory } from '../../domain/ledger/accounts';
import { createDebitRules } from '../../domain/transactions/debit-rules';
import { createHolds } from '../../domain/transactions/hold';
import { createTransactionReader } from '../../domain/transactions/read';
import { createSettler } from '../../domain/transactions/settle';
import type { AppUser } from '../../domain/users/users';
import { createCursors } from '../../platform/cursor';
import { rows } from '../../platform/database';
import { createKeyedDigest } from '../../platform/encryption';
import { registryOf } from '../../providers/registry';
import { createScriptedDmt, DMT_PROVIDER, GOOD_OTP, type ScriptedDmt } from './scripted-dmt';
import { createWorld, type DomainProcess, type World, type WorldOptions } from './world';

export type DmtProcess = ReturnType<typeof dmtProcess>;

/** What a process adds to send money transfers; `inner` is the process of the world. */
export function dmtProcess(world: World, inner: DomainProcess, connector: ScriptedDmt) {
  const { knex, clock, ids, policies, ledger, recorder, cipher } = inner;
  const services = { dmt: createDebitRules('dmt', { accounts: createAccountDirectory({ knex }) }) };
  const dispatches = { dmt: createDmtDispatch({ cipher }) };
  const providers = registryOf([connector]);
  const holds = createHolds({ knex, ledger, clock, services });
  const transactions = createTransactionReader({ knex, clock, cursors: createCursors(Buffer.alloc(32, 'cursor key of a test')) });
  const deps = { knex, clock, ids, policies, providers, dispatches, recorder, holds };
  return {
    ...inner, providers, holds, transactions,
    settler: createSettler({ knex, ledger, clock, services, policies }),
    sender: createSender({ ...deps, onPoint: (point) => world.points.send?.(point) }),
    poller: createPoller(deps),
    moneyTransfer: createMoneyTransfer({ ...deps, cipher, digest: createKeyedDigest(world.settings.keys.digest), transactions, provider: DMT_PROVIDER }),
  };
}

export interface DmtWorld extends Omit<World, 'connector' | 'first'> {
  connector: ScriptedDmt;
  first: DmtProcess;
  another(): Promise<DmtProcess>;
  /** An active remitter of a user with one recipient. */
  remitter(user: AppUser, mobile?: string): Promise<Remitter>;
  /** Accepts a transfer of the amounts given (rupees 2,000 otherwise) and returns the ids of its transactions. */
  transfer(remitter: Remitter, amounts?: readonly bigint[]): Promise<Transfer>;
}
export interface Remitter { user: AppUser; mobile: string; senderId: string; recipientId: string }
export interface Transfer { id: string; parts: string[] }

export async function createDmtWorld(options: WorldOptions = {}): Promise<DmtWorld> {
  const world = await createWorld(options);
  const connector = createScriptedDmt();
  const first = dmtProcess(world, world.first, connector);
  const { moneyTransfer: m } = first;
  return {
    ...world, connector, first,
    another: async () => dmtProcess(world, await world.process(), connector),
    async remitter(user, mobile = '9876543210') {
      connector.profiles.set(mobile, { state: 'active', name: null, remainingPaise: 2_500_000n });
      await m.senders.look(user.userId, mobile);
      const [sender] = await rows<{ id: string }>(world.knex, 'select id from dmt_senders where user_id = ? order by created_at desc, id desc limit 1', [user.userId]);
      await m.recipients.add(user.userId, sender!.id, { name: 'Test Recipient', mobile: '9123456780', ifsc: 'SBIN0000001', accountNumber: '000111220000' });
      const [recipient] = await rows<{ id: string }>(world.knex, 'select id from dmt_recipients where sender_id = ?', [sender!.id]);
      return { user, mobile, senderId: sender!.id, recipientId: recipient!.id };
    },
    transfer: (remitter, amounts = [200_000n]) => acceptTransfer(first, remitter, amounts),
  };
}

/** Has a one-time password sent for each amount and accepts the transfer. */
export async function acceptTransfer(p: DmtProcess, { user, senderId, recipientId }: Remitter, amounts: readonly bigint[], otp = GOOD_OTP): Promise<Transfer> {
  const parts = [];
  for (const amountPaise of amounts) {
    const { parts: [part] } = await p.moneyTransfer.transferOtps.request(user.userId, senderId, { recipientId, amountPaise });
    parts.push({ amountPaise, otpId: part!.otpId, otp });
  }
  const accepted = await p.moneyTransfer.acceptTransfers.accept({ ...user, keyId: 'key', scopes: ['dmt:write'] }, randomUUID(), { senderId, recipientId, reference: `ref-${randomUUID().slice(0, 18)}`, currency: 'INR', parts });
  return { id: accepted.id, parts: accepted.due.map((d) => d.id) };
}

/** The sealed one-time password of a transaction, or null. */
export async function sealedOtpOf(p: { knex: Knex }, id: string): Promise<string | null> {
  const [row] = await rows<{ otp: string | null }>(p.knex, 'select otp_sealed as otp from dmt_transfers where transaction_id = ?', [id]);
  return row!.otp;
}
