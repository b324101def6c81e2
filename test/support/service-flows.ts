/** One agent's day over all services, with values that were planted; every answer is kept with the route that gave it. */
import { randomUUID } from 'node:crypto';
import { createApiKey } from '../../domain/auth/api-keys';
import { execute } from '../../platform/database';
import { expectNothingInside } from './problems';
import { payoutBody, type Platform, type Reply } from './platform';
import type { Garden } from './planting';
import { until } from './until';

export interface KeptAnswer {
  route: string;
  status: number;
  text: string;
}
export const PLACE = '28.613900,77.209000';
/** A biller of Eko's catalogue with bills to fetch, and how its customer is named. The number is what a consumer of Setu's has. */
export const EKO_BILLER = { biller: '710', name: 'utility_acc_no' } as const;

export type Day = Awaited<ReturnType<typeof createDay>>;

export async function createDay(p: Platform, g: Garden) {
  const { userId, apiKey: key } = await p.user(100_000_000_00n);
  await p.c.aeps.terminals.register(userId, 'till-7', 'test');
  const answers: KeptAnswer[] = [];
  const keep = (method: string, url: string, reply: Reply): Reply => {
    const route = `${method} ${url
      .replace(/\?.*/, '')
      .replaceAll(/\b[a-z]{3}_[0-9a-z]{26}\b/g, ':id')
      .replace(/(billers|consents)\/\w+$/, '$1/:id')
      .replace(/^(\/callbacks\/\w+)\/.*/, '$1')}`;
    answers.push({ route, status: reply.status, text: `${JSON.stringify([...reply.headers])}${reply.text}` });
    if (reply.status >= 500) expectNothingInside(reply.text);
    return reply;
  };
  const call = async (
    method: string,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> => keep(method, url, await p.call(method, url, { key, body, headers }));
  /** Each call as on a day of its own: how many passwords a person may be sent and may try is no matter here. */
  const post = async (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> => {
    for (const table of ['otp_sends', 'otp_tries']) await execute(p.c.knex, `delete from ${table}`);
    return call('POST', url, body, headers);
  };
  const once = (url: string, body: unknown, idempotencyKey: string = randomUUID()): Promise<Reply> =>
    post(url, body, { 'idempotency-key': idempotencyKey });
  const get = (url: string, headers: Record<string, string> = {}): Promise<Reply> =>
    call('GET', url, undefined, headers);
  const good = async (reply: Promise<Reply>): Promise<Reply> => {
    const got = await reply;
    if (got.status >= 300)
      throw new Error(
        `${answers.at(-1)!.route}: ${got.status} ${String(got.body.code)} ${String(got.body.detail)} ` +
          JSON.stringify(got.body.errors ?? null),
      );
    return got;
  };
  const control = async (method: string, url: string, body?: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(`${p.sandbox.url}/__sandbox${url}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const ended = async (reply: Promise<Reply>): Promise<string> => {
    const accepted = await good(reply);
    const { body } = await get(`/v1/transactions/${accepted.body.id as string}`, { prefer: 'wait=20' });
    await get(`/v1/transactions/${accepted.body.id as string}/events`);
    return body.status as string;
  };
  const reference = (): string => `ref-${randomUUID().slice(0, 18)}`;
  /** The sandbox sends this one-time password from here on. */
  const otp = async (label: string): Promise<string> => {
    const digits = g.otp(label);
    await control('POST', '/eko/settings', { otp: digits });
    return digits;
  };
  return {
    p,
    g,
    userId,
    key,
    answers,
    keep,
    call,
    post,
    once,
    get,
    good,
    control,
    ended,
    reference,
    otp,
    ...moneyTransfer(),
    ...billsAndRecharges(),
    ...aeps(),
    ...network(),
  };

  function network() {
    /** A till below the user, and another one from a file; their ids. */
    async function tills(label: string): Promise<string[]> {
      const mobile = g.mobile(`till ${label}`, '0000');
      const made = await good(
        once('/v1/users', {
          type: 'sub_merchant',
          name: 'Test Till',
          mobile,
          address: { line: g.address(`till ${label}`), city: 'Pune', state_code: '27', pin_code: '411001' },
          services: ['payout'],
        }),
      );
      await good(post('/v1/user-lookups', { mobile }));
      const file = `type,name,mobile\nsub_merchant,Test Till,${g.mobile(`till of a file ${label}`, '0000')}`;
      const { body } = await good(once('/v1/user-imports', file));
      await good(get(`/v1/user-imports/${body.id as string}`));
      await good(get(`/v1/user-imports/${body.id as string}/rows`));
      return [made.body.id as string, body.id as string];
    }
    /** A file of two payouts, of which one cannot be paid, and one that is called off; the address of the first. */
    async function payoutFile(label: string): Promise<string> {
      const lineOf = (payee: string, ifsc: string): string =>
        `1000.00,${reference()},${g.name(payee)},${g.account(payee, '0000')},${ifsc}`;
      const lines = [lineOf(`payee ${label}`, 'HDFC0000053'), lineOf(`wrong payee ${label}`, 'HDFC')];
      const header = 'amount,reference,name,account_number,ifsc';
      const file = [header, ...lines].join('\n');
      const { body } = await good(once('/v1/payout-files?lines=2&amount=200000', file));
      const other = [header, lineOf(`called off payee ${label}`, 'HDFC0000053')].join('\n');
      const { body: off } = await good(once('/v1/payout-files?lines=1&amount=100000', other));
      await good(post(`/v1/payout-files/${off.id as string}/cancel`, {}));
      const at = `/v1/payout-files/${body.id as string}`;
      await good(get('/v1/payout-files'));
      await good(get(`${at}/lines`));
      const scopes = ['payouts:release'];
      const { secret } = await createApiKey(p.c.knex, p.c.ids, { userId, mode: 'test', scopes });
      const release = { key: secret, body: { lines: 1, amount: 100_000 } };
      await good(p.call('POST', `${at}/release`, release).then((r) => keep('POST', `${at}/release`, r)));
      return at;
    }
    return { tills, payoutFile };
  }

  function moneyTransfer() {
    const remitters = new Map<string, string>();
    async function enrolled(label: string): Promise<{ sender: string; mobile: string }> {
      const mobile = g.mobile(`remitter ${label}`, '0000');
      const { body } = await good(post('/v1/dmt/senders', { mobile }));
      const at = `/v1/dmt/senders/${body.id as string}`;
      await good(
        post(`${at}/enrolment`, {
          name: g.name(`remitter ${label}`),
          born_on: '1990-02-28',
          address: {
            line: g.address(`remitter ${label}`),
            city: 'Pune',
            state: 'Maharashtra',
            pincode: '411001',
            district: 'Pune',
          },
        }),
      );
      remitters.set(body.id as string, mobile);
      return { sender: body.id as string, mobile };
    }
    async function verified(label: string): Promise<{ sender: string; mobile: string }> {
      const { sender, mobile } = await enrolled(label);
      const at = `/v1/dmt/senders/${sender}`;
      const good_ = await otp(`eKYC of ${label}`);
      await good(
        post(`${at}/ekyc`, { aadhaar: g.aadhaar(`remitter ${label}`), pid: g.pid(`remitter ${label}`) }),
      );
      expect(
        (await post(`${at}/ekyc/verification`, { otp: g.otp(`wrong, eKYC of ${label}`) })).body.code,
      ).toBe('DMT_REFUSED'); // so it travels and is looked at
      await good(post(`${at}/ekyc/verification`, { otp: good_ }));
      const told = await otp(`phone of ${label}`);
      await good(post(`${at}/phone-otp`, {}));
      await good(post(`${at}/phone-otp/verification`, { otp: told }));
      await good(get(at));
      return { sender, mobile };
    }
    async function recipient(sender: string, label: string, ending: string): Promise<string> {
      const { body } = await good(
        post(`/v1/dmt/senders/${sender}/recipients`, {
          name: g.name(`recipient ${label}`),
          mobile: g.mobile(`recipient ${label}`, '0000'),
          ifsc: 'SBIN0000001',
          account_number: g.account(`recipient ${label}`, ending),
        }),
      );
      return body.id as string;
    }
    /** The transaction of a transfer of one part. */
    async function transfer(
      sender: string,
      to: string,
      label: string,
      given?: string,
    ): Promise<{ transfer: string; transaction: string }> {
      const right = await otp(`transfer ${label}`);
      const asked = await good(
        post(`/v1/dmt/senders/${sender}/transfer-otps`, { recipient: to, amount: 100_000 }),
      );
      const [part] = asked.body.parts as { otp_reference: string }[];
      const ref = reference();
      const { body } = await good(
        once('/v1/dmt/transfers', {
          sender,
          recipient: to,
          reference: ref,
          currency: 'INR',
          parts: [{ amount: 100_000, otp_reference: part!.otp_reference, otp: given ?? right }],
        }),
      );
      // The sandbox knows one password at a time: the next may come when this one was used.
      if (given === undefined)
        await until(
          () => control('GET', `/eko/otps?mobile=${remitters.get(sender)!}`),
          ({ items }) => (items as { is_used: boolean }[])[0]!.is_used,
        );
      const list = await get(`/v1/transactions?reference=${ref}`);
      return { transfer: body.id as string, transaction: (list.body.data as { id: string }[])[0]!.id };
    }
    const statusOf = async ({
      transfer: id,
      transaction,
    }: {
      transfer: string;
      transaction: string;
    }): Promise<string> => {
      const { body } = await get(`/v1/transactions/${transaction}`, { prefer: 'wait=20' });
      await good(get(`/v1/dmt/transfers/${id}`));
      await good(get(`/v1/transactions/${transaction}/events`));
      return body.status as string;
    };
    return { enrolled, verified, recipient, transfer, statusOf };
  }

  function billsAndRecharges() {
    const counter = {
      agent_id: 'AX01AI06512391457204',
      terminal_id: '6000011234',
      mobile: g.mobile('counter', '0000'),
      geocode: '19.0139,72.8254',
      pincode: '600001',
      ip: '10.0.0.7',
    };
    async function bill(
      label: string,
      ending: string,
      {
        biller = 'SUND00000MAH01',
        name = 'Consumer Number',
        value = g.consumer(label, ending),
        wait = 10,
      } = {},
    ): Promise<Reply> {
      return post(
        '/v1/bbps/fetches',
        {
          biller,
          customer: {
            mobile: g.mobile(`customer of ${label}`, '0000'),
            name: g.name(`customer of ${label}`),
            parameters: [{ name, value }],
          },
          counter,
        },
        { prefer: `wait=${wait}` },
      );
    }
    const pay = (
      fetched: Reply,
      amount?: number,
      paidBy: Record<string, unknown> = { payment_mode: 'Cash' },
    ): Promise<Reply> =>
      once('/v1/bbps/payments', {
        fetch: fetched.body.id,
        amount: amount ?? (fetched.body.bills as { amount: number }[])[0]!.amount,
        currency: 'INR',
        reference: reference(),
        ...paidBy,
      });
    /** With a VPA, with an account, and with the agent's wallet: who pays, and from where. */
    const payers = {
      upi: {
        payment_mode: 'UPI',
        remitter: { name: g.name('payer by UPI'), vpa: `${g.text('VPA of a payer')}@okbank` },
      },
      qr: {
        payment_mode: 'Bharat QR',
        remitter: {
          name: g.name('payer by QR'),
          account_number: g.account('account of a payer', '0000'),
          ifsc: 'HDFC0000053',
        },
      },
      wallet: { payment_mode: 'Wallet', remitter: { name: g.name('agent who pays') } },
    };
    const topUp = (label: string, ending: string, fields: Record<string, unknown> = {}): Promise<Reply> =>
      once('/v1/recharges', {
        mobile: g.mobile(label, ending),
        operator: 'airtel',
        circle: 'Maharashtra',
        amount: 19_900,
        currency: 'INR',
        reference: reference(),
        ...fields,
      });
    /** Of 1,000 rupees, which in the sandbox wait for their payer. */
    const load = (fields: Record<string, unknown> = {}): Promise<Reply> =>
      once('/v1/collections', {
        kind: 'wallet_load',
        amount: 100_000,
        currency: 'INR',
        reference: reference(),
        ...fields,
      });
    const payout = (label: string, ending: string): Promise<Reply> =>
      once('/v1/payouts', {
        ...payoutBody('0000'),
        beneficiary: {
          name: g.name(`payee ${label}`),
          account_number: g.account(`payee ${label}`, ending),
          ifsc: 'HDFC0000053',
        },
      });
    return { counter, bill, pay, payers, topUp, load, payout };
  }

  function aeps() {
    const me = { mobile: g.mobile('agent', '0000'), latlong: PLACE, aadhaar: g.aadhaar('agent') };
    const finger = (label: string): Record<string, unknown> => ({ ...me, bank: 'SBIN', pid: g.pid(label) });
    const customer = (label: string, ending: string): Record<string, unknown> => ({
      customer: { mobile: g.mobile(label, ending), bank: 'SBIN' },
      terminal: { id: 'till-7', latlong: PLACE },
      aadhaar: g.aadhaar(label),
      pid: g.pid(label),
    });
    const activation = (): Record<string, unknown> => ({
      user_code: '20810200',
      device: { model: 'MFS110', number: '1234-ABC' },
      account_number: g.account('agent', '0000'),
      ifsc: 'HDFC0000053',
      shop_type: '4215',
      pan: g.pan('agent'),
      aadhaar: me.aadhaar,
      office_address: g.address('office'),
      proof_address: g.address('proof'),
      latlong: PLACE,
      documents: {
        aadhaar_front: g.document('front'),
        aadhaar_back: g.document('back'),
        pan_card: g.document('PAN card'),
      },
    });
    const withdraw = (of: Record<string, unknown>, idempotencyKey?: string): Promise<Reply> =>
      once(
        '/v1/aeps/withdrawals',
        { amount: 100_000, currency: 'INR', reference: reference(), ...of },
        idempotencyKey,
      );
    const askOtp = (of: Record<string, unknown>): Promise<Reply> =>
      once('/v1/aeps/withdrawal-otps', { currency: 'INR', ...of });
    /** Aadhaar Pay: the customer pays the shop. */
    const payShop = (of: Record<string, unknown>): Promise<Reply> =>
      once('/v1/aeps/merchant-payments', { amount: 100_000, currency: 'INR', reference: reference(), ...of });
    return { me, finger, customer, activation, withdraw, askOtp, payShop };
  }
}

/** Waits until a transaction is refund pending: the provider has failed after it took the money. */
export const refundable = (day: Day, transaction: string): Promise<Reply> =>
  until(
    () => day.post(`/v1/transactions/${transaction}/refund-otp`, {}),
    (reply) => reply.status === 200,
  );
