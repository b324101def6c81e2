/** Flows of people with planted values: who they are, how they sign in, what they confirm, and their wallets. */
import { randomUUID } from 'node:crypto';
import { createApiKey } from '../../domain/auth/api-keys';
import { createPasswords } from '../../domain/auth/passwords';
import type { UserId } from '../../domain/ids/ids';
import { SESSION_SCOPES } from '../../domain/services/services';
import { createAppUser, type AppUser } from '../../domain/users/users';
import { addMs, businessDate } from '../../platform/clock';
import { execute } from '../../platform/database';
import { publicId } from '../../platform/ids';
import type { Trip } from './personal-data-flows';
import { fund, type Reply } from './platform';
import { codeIn, giveMobile, signIn, textTo } from './signed-in';

type Said = (method: string, url: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

/** What somebody says with a key or a token; the answer is kept, and must be a good one. */
const speaking =
  ({ p, day }: Trip, key: string): Said =>
  (method, url, body, headers = {}) =>
    day.good(p.call(method, url, { key, body, headers }).then((reply) => day.keep(method, url, reply)));

const once = (): Record<string, string> => ({ 'idempotency-key': randomUUID() });
const idOf = ({ body }: Reply): string => body.id as string;
const idsOf = ({ body }: Reply): string[] => (body.data as { id: string }[]).map(({ id }) => id);

interface People {
  above: AppUser;
  below: AppUser;
  beside: AppUser;
}

/** A distributor with two retailers below. */
async function createPeople({ p }: Trip): Promise<People> {
  const people = await p.c.knex.transaction(async (trx) => {
    const above = await createAppUser(trx, p.c.ids, { name: 'Test Distributor', type: 'distributor' });
    const retailer = { name: 'Test Retailer', parentId: above.userId };
    const below = await createAppUser(trx, p.c.ids, retailer);
    return { above, below, beside: await createAppUser(trx, p.c.ids, retailer) };
  });
  await fund(p.c, people.above, 10_000_000n);
  await fund(p.c, people.below, 10_000_000n);
  return people;
}

async function keyOf({ p }: Trip, userId: UserId): Promise<string> {
  const { secret } = await createApiKey(p.c.knex, p.c.ids, { userId, mode: 'test', scopes: SESSION_SCOPES });
  return secret;
}

/** The tests of the flows, in their order. */
export function describePeople(given: () => Trip): void {
  let people: People;
  beforeAll(async () => {
    people = await createPeople(given());
  });

  it('through KYC: details, scans, an account at a bank, consents; by the owner, and by whoever is above', async () => {
    const trip = given();
    const { g } = trip;
    const details = (label: string): object => ({
      tier: 'small',
      holder: 'individual',
      name: g.name(`known, ${label}`),
      address: g.address(`known, ${label}`),
      pan: g.pan(`known, ${label}`),
    });
    const scanOf = (kind: string): object => ({ kind, content: g.scan(`scan of ${kind}`) });
    const say = speaking(trip, await keyOf(trip, people.below.userId));
    await say('PUT', '/v1/kyc', details('owner'));
    await say('GET', '/v1/consent-words');
    for (const purpose of ['kyc', 'bank_account'])
      await say('POST', '/v1/consents', { purpose, version: 1, language: 'en' });
    await say('PUT', '/v1/kyc/bank-account', {
      account_number: g.account('known, bank account', '0000'),
      ifsc: 'HDFC0000053',
    });
    for (const kind of ['pan_card', 'address_proof']) await say('POST', '/v1/kyc/documents', scanOf(kind));
    await say('POST', '/v1/kyc/submission');
    await say('GET', '/v1/kyc');
    await say('GET', '/v1/consents');
    await say('DELETE', '/v1/consents/bank_account');

    const speak = speaking(trip, await keyOf(trip, people.above.userId));
    const of = `/v1/users/${publicId('user', people.beside.userId)}/kyc`;
    await speak('PUT', of, details('by whoever is above'));
    await speak('POST', `${of}/documents`, scanOf('pan_card'));
    await speak('GET', of);
  });

  it('through what is confirmed, and through the account: a PIN, codes, a password, a new number, devices', async () => {
    const trip = given();
    const { p, g } = trip;
    const { userId } = people.below;
    const [mobile, other] = [g.mobile('signed in', '0001'), g.mobile('signed in, the new one', '0002')];
    await giveMobile(p, userId, mobile);
    const [first, next] = [g.text('password'), g.text('password, the next')];
    const set = 'insert into user_passwords (user_id, password_hash, set_at) values (?, ?, now())';
    await execute(p.c.knex, set, [userId, await createPasswords().hash(first)]);
    const { accessToken } = await signIn(p, userId);
    const say = speaking(trip, accessToken);

    await say('PUT', '/v1/pin', { pin: '482915' });
    await say('GET', '/v1/pin');
    const beneficiary = {
      name: g.name('confirmed payee'),
      account_number: g.account('confirmed payee', '0000'),
      ifsc: 'HDFC0000053',
    };
    const order = { amount: 1_000_000, currency: 'INR', beneficiary, pin: '482915' };
    const confirmation = idOf(await say('POST', '/v1/confirmations', order));
    const shown = { code: codeIn(await textTo(p, mobile)) };
    await say('POST', `/v1/confirmations/${confirmation}/code`, shown);

    await say('POST', '/v1/account/password', { current_password: first, password: next });
    const id = idOf(await say('POST', '/v1/account/contact', { contact: other, password: next }));
    await say('POST', '/v1/account/contact/code', { id, code: codeIn(await textTo(p, other)) });
    await signIn(p, userId);
    const [session] = idsOf(await say('GET', '/v1/sessions'));
    const devices = idsOf(await say('GET', '/v1/devices'));
    await say('DELETE', `/v1/sessions/${session!}`);
    await signIn(p, userId).then(async (again) => {
      const later = speaking(trip, again.accessToken);
      await later('DELETE', `/v1/devices/${devices.at(-1)!}`);
      await later('DELETE', '/v1/sessions');
    });
  });

  it('through wallets: money between users and wallets, money that was brought, statements', async () => {
    const trip = given();
    const { day } = trip;
    const [say, below] = [
      speaking(trip, await keyOf(trip, people.above.userId)),
      publicId('user', people.below.userId),
    ];
    const amount = { amount: 10_000, currency: 'INR' };
    const sent = { ...amount, reference: 'sent-1', to_user: below };
    const transfer = idOf(await say('POST', '/v1/wallet-transfers', sent, once()));
    await say('GET', `/v1/wallet-transfers/${transfer}`);
    const back = { ...amount, reference: 'back-1', from_user: below, reason: 'Sent to the wrong shop' };
    await say('POST', '/v1/wallet-pull-backs', back, once());
    await say('GET', '/v1/wallet-transfers');
    const between = { ...amount, reference: 'move-1', from: 'aeps', to: 'main' };
    await day.good(day.once('/v1/wallet-moves', between));

    const paid = { bank: 'escrow', mode: 'IMPS', utr: '569690930707', paid_on: businessDate(new Date()) };
    const request = idOf(await say('POST', '/v1/fund-requests', { ...amount, ...paid }, once()));
    await say('GET', '/v1/fund-requests');
    await say('GET', `/v1/fund-requests/${request}`);
    await say('POST', `/v1/fund-requests/${request}/withdrawal`, {});

    const today = businessDate(new Date());
    const at = encodeURIComponent(addMs(new Date(), -3_600_000).toISOString());
    for (const wallet of idsOf(await say('GET', '/v1/wallets'))) {
      for (const form of ['/summary', '.csv', '.pdf'])
        await say('GET', `/v1/wallets/${wallet}/statement${form}?from=${today}&to=${today}`);
      await say('GET', `/v1/wallets/${wallet}/balance?at=${at}`);
    }
  });
}
