/**
 * What has to be there before a counter serves customers: agents of AEPS, senders and recipients of money
 * transfers, and a one-time password for each transfer.
 */
import { randomUUID } from 'node:crypto';
import type { UserId } from '../../domain/ids/ids';
import { sandboxToken } from '../stack/sandbox-control';
import { hasVerhoeffCheck } from '../../domain/india/aadhaar';
import { captureData } from '../../sandbox/eko/finger';
import { createCaller, type Caller } from './caller';

export interface CounterUser {
  userId: UserId;
  apiKey: string;
}
/**
 * A transfer that may be ordered once: the one-time password was sent for this sender, recipient and amount.
 */
export interface PreparedTransfer {
  user: CounterUser;
  sender: string;
  recipient: string;
  amount: number;
  otpReference: string;
  otp: string;
}
export interface Places {
  apiUrl: string;
  sandboxUrl: string;
}

/** A number with the right check digit that was given to nobody. */
const AADHAAR = '999941057058';

/** The same for each customer. */
export function aadhaarOf(n: number): string {
  const head = `2${String(n).padStart(10, '0')}`;
  return Array.from({ length: 10 }, (_, digit) => `${head}${digit}`).find(hasVerhoeffCheck)!;
}

/** A capture in form. A capture is used once: another text is another capture. */
export function captureOf(text: string): string {
  return blockOf(Buffer.from(text.padEnd(90)).toString('base64'));
}

/** A new capture, made with a one-time password. */
export function captureWith(otp: string): string {
  return blockOf(captureData(otp));
}

function blockOf(data: string): string {
  return [
    '<?xml version="1.0"?><PidData><Resp errCode="0" fType="2" nmPoints="52"/><DeviceInfo dpId="X" mc="bWM="/>',
    `<Skey ci="20280813">c2tleQ==</Skey><Data type="X">${data}</Data></PidData>`,
  ].join('');
}

const freshCapture = (): string => captureOf(randomUUID());
/** In the middle of Nagpur. */
export const SHOP = '21.145800,79.088200';
/** Whoever sends a one-time password in the sandbox sends this one. */
export const OTP = '4321';
export const BANK = 'HDFC';
/** The direct biller of the sandbox: nothing is fetched before it is paid. */
export const DIRECT_BILLER = 'TARA00000NAT04';

const OTP_TTL_MS = 600_000;
const TOGETHER = 8;
const DOCUMENT = `/9j/${'A'.repeat(200)}`;
/**
 * As many one-time passwords as may be tried before the first is known to be right (`otp_limits`), since all
 * transfers of a sender may be under way at once. It is also fewer than may be sent, and less than a month's
 * limit.
 */
const TRANSFERS_OF_A_SENDER = 5;
const TRANSFER_PAISE = { from: 10_000, to: 50_000 };

/** One one-time password for everything at Eko, good for as long as ours are. */
export async function settleOtps({ sandboxUrl }: Places): Promise<void> {
  await createCaller(`${sandboxUrl}/__sandbox/eko`, sandboxToken(sandboxUrl)).post('/settings', {
    otp: OTP,
    otp_ttl_ms: OTP_TTL_MS,
    recipient_limit_paise: 1_000_000_000_000,
  });
}

/** Each user becomes an agent who may serve customers today. */
export async function prepareAgents(places: Places, users: readonly CounterUser[]): Promise<void> {
  const eko = createCaller(`${places.sandboxUrl}/__sandbox/eko`, sandboxToken(places.sandboxUrl));
  await together(
    users.map((user, i) => async () => {
      const code = String(30_000_000 + i);
      await eko.post('/agents', { user_code: code });
      const api = createCaller(`${places.apiUrl}/v1/aeps`, user.apiKey);
      // A phone for each: one-time passwords are counted by phone.
      const me = { mobile: `90${code}`, latlong: SHOP, aadhaar: AADHAAR };
      await api.post('/agent', {
        user_code: code,
        device: { model: 'MFS110', number: '1234-ABC' },
        account_number: '000111220000',
        ifsc: 'HDFC0000053',
        shop_type: '4215',
        pan: 'ABCPE1234F',
        aadhaar: AADHAAR,
        office_address: 'Shop 12, Main Road, Nagpur 440001',
        proof_address: 'Shop 12, Main Road, Nagpur 440001',
        latlong: SHOP,
        documents: { aadhaar_front: DOCUMENT, aadhaar_back: DOCUMENT, pan_card: DOCUMENT },
      });
      await api.post('/agent/kyc/otp', me);
      await api.post('/agent/kyc/verification', { ...me, otp: OTP });
      await api.post('/agent/kyc/biometric', { ...me, bank: BANK, pid: freshCapture() });
      await api.post('/agent/kyc/daily', { ...me, bank: BANK, pid: freshCapture() });
    }),
  );
}

/**
 * So many transfers, over as many senders as the monthly limit asks for; the n-th goes to an account that
 * ends as `endingOf(n)` says.
 */
export async function prepareTransfers(
  places: Places,
  users: readonly CounterUser[],
  count: number,
  endingOf: (n: number) => string,
): Promise<PreparedTransfer[]> {
  const senders = Math.max(Math.min(users.length, count), Math.ceil(count / TRANSFERS_OF_A_SENDER));
  const prepared: PreparedTransfer[][] = await together(
    Array.from({ length: senders }, (_, s) => async () => {
      const user = users[s % users.length]!;
      const api = createCaller(`${places.apiUrl}/v1/dmt`, user.apiKey);
      const sender = await activeSender(api, `98${String(10_000_000 + s)}`);
      const recipients = new Map<string, string>();
      const transfers: PreparedTransfer[] = [];
      for (let n = s; n < count; n += senders) {
        const ending = endingOf(n);
        const recipient =
          recipients.get(ending) ?? (await newRecipient(api, sender, `${String(38_000_000 + s)}${ending}`));
        recipients.set(ending, recipient);
        const amount = TRANSFER_PAISE.from + ((n * 4_100) % (TRANSFER_PAISE.to - TRANSFER_PAISE.from));
        const { parts } = (await api.post(`/senders/${sender}/transfer-otps`, { recipient, amount })) as {
          parts: { otp_reference: string }[];
        };
        transfers.push({ user, sender, recipient, amount, otpReference: parts[0]!.otp_reference, otp: OTP });
      }
      return transfers;
    }),
  );
  return prepared.flat();
}

/** The catalogue is read once before anybody pays, as it is on any day. */
export async function prepareBills(places: Places, user: CounterUser): Promise<void> {
  await createCaller(`${places.apiUrl}/v1/bbps`, user.apiKey).get(`/billers/${DIRECT_BILLER}`);
}

async function activeSender(api: Caller, mobile: string): Promise<string> {
  const { id } = (await api.post('/senders', { mobile })) as { id: string };
  await api.post(`/senders/${id}/enrolment`, {
    name: 'Test Remitter',
    born_on: '1990-02-28',
    address: {
      line: '12, Test Street',
      city: 'Pune',
      state: 'Maharashtra',
      pincode: '411001',
      district: 'Pune',
    },
  });
  await api.post(`/senders/${id}/ekyc`, { aadhaar: AADHAAR, pid: freshCapture() });
  await api.post(`/senders/${id}/ekyc/verification`, { otp: OTP });
  return id;
}

async function newRecipient(api: Caller, sender: string, account: string): Promise<string> {
  const { id } = (await api.post(`/senders/${sender}/recipients`, {
    name: 'Test Recipient',
    mobile: '9123456780',
    ifsc: 'SBIN0000001',
    account_number: account,
  })) as { id: string };
  return id;
}

/** A few at a time, in order. */
async function together<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: TOGETHER }, async () => {
      while (next < tasks.length) {
        const i = next;
        next += 1;
        results[i] = await tasks[i]!();
      }
    }),
  );
  return results;
}
