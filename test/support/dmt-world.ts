/** Money transfers on a real database, with a clock that a test moves and a provider that it scripts; no queue, no HTTP. */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { AppUser } from '../../domain/users/users';
import { execute, rows } from '../../platform/database';
import { parsePublicId } from '../../platform/ids';
import { createScriptedDmt, GOOD_OTP, type ScriptedDmt } from './scripted-dmt';
import { createWorld, type DomainProcess, type World, type WorldOptions } from './world';

export interface DmtWorld extends Omit<World, 'connector'> {
  connector: ScriptedDmt;
  another(): Promise<DomainProcess>;
  /** An active remitter of a user with one recipient. */
  remitter(user: AppUser, mobile?: string): Promise<Remitter>;
  /** Accepts a transfer of the amounts given (rupees 2,000 otherwise) and returns the ids of its transactions. */
  transfer(remitter: Remitter, amounts?: readonly bigint[]): Promise<Transfer>;
}
export interface Remitter {
  user: AppUser;
  mobile: string;
  senderId: string;
  recipientId: string;
}
export interface Transfer {
  id: string;
  parts: string[];
}

/** Without the gaps between one-time passwords unless they are asked for: the clock of a test stands still. */
export async function createDmtWorld(options: WorldOptions & { gaps?: boolean } = {}): Promise<DmtWorld> {
  const connector = createScriptedDmt();
  const world = await createWorld({ ...options, others: [connector, ...(options.others ?? [])] });
  if (options.gaps !== true) {
    await execute(world.knex, "delete from otp_limits where span = 'gap'");
    await world.first.policies.refresh();
  }
  return {
    ...world,
    connector,
    another: () => world.process(),
    remitter: (user, mobile = '9876543210') => createRemitter(world.first, connector, user, mobile),
    transfer: (remitter, amounts = [200_000n]) => acceptTransfer(world.first, remitter, amounts),
  };
}

/** A remitter whom the provider knows, with one recipient. */
export async function createRemitter(
  p: Pick<DomainProcess, 'knex' | 'moneyTransfer'>,
  connector: ScriptedDmt,
  user: AppUser,
  mobile: string,
): Promise<Remitter> {
  connector.profiles.set(mobile, { state: 'active', name: null, remainingPaise: 2_500_000n });
  const { id } = await p.moneyTransfer.senders.look(user.userId, mobile);
  const senderId = parsePublicId('dmtSender', id)!;
  await serve(p, user, senderId);
  await p.moneyTransfer.recipients.add(user.userId, senderId, {
    name: 'Test Recipient',
    mobile: '9123456780',
    ifsc: 'SBIN0000001',
    accountNumber: '000111220000',
  });
  const [recipient] = await rows<{ id: string }>(
    p.knex,
    'select id from dmt_recipients where sender_id = ?',
    [senderId],
  );
  return { user, mobile, senderId, recipientId: recipient!.id };
}

/** The customer tells the one-time password that was sent to their phone. */
export async function serve(
  { moneyTransfer: { senders } }: Pick<DomainProcess, 'moneyTransfer'>,
  { userId }: Pick<AppUser, 'userId'>,
  senderId: string,
): Promise<void> {
  await senders.sendPhoneOtp(userId, senderId);
  await senders.verifyPhone(userId, senderId, GOOD_OTP);
}

/** Has a one-time password sent for each amount and accepts the transfer. */
export async function acceptTransfer(
  p: Pick<DomainProcess, 'moneyTransfer'>,
  { user, senderId, recipientId, by, force }: Remitter & { by?: 'session'; force?: boolean },
  amounts: readonly bigint[],
  otp = GOOD_OTP,
): Promise<Transfer> {
  const parts = [];
  for (const amountPaise of amounts) {
    const {
      parts: [part],
    } = await p.moneyTransfer.transferOtps.request(user.userId, senderId, { recipientId, amountPaise });
    parts.push({ amountPaise, otpId: part!.otpId, otp });
  }
  const accepted = await p.moneyTransfer.acceptTransfers.accept(
    {
      ...{ ...user, keyId: 'key', scopes: ['dmt:write'], services: ['dmt'], role: 'retailer' },
      ...(by === undefined ? {} : { by }),
    },
    randomUUID(),
    {
      ...{ senderId, recipientId, reference: `ref-${randomUUID().slice(0, 18)}`, currency: 'INR', parts },
      ...(force === undefined ? {} : { force }),
    },
  );
  return { id: accepted.id, parts: accepted.due.map((d) => d.id) };
}

/** The sealed one-time password of a transaction, or null. */
export async function sealedOtpOf(p: { knex: Knex }, id: string): Promise<string | null> {
  const [row] = await rows<{ otp: string | null }>(
    p.knex,
    'select otp_sealed as otp from dmt_transfers where transaction_id = ?',
    [id],
  );
  return row!.otp;
}
