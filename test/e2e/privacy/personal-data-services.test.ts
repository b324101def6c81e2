/**
 * P7 over all services together: what customers and agents give travels through every flow, its failures and
 * the answers that quote it, and is found nowhere that it is not documented to be. Aadhaar numbers, PID
 * blocks and one-time passwords are found nowhere at all.
 */
import fs from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { execute, makeKnex } from '../../../platform/database';
import { createLog } from '../../../platform/logger';
import { startEchoingProxy, type EchoingProxy } from '../../support/echoing-proxy';
import { consoleOf, filesOf, jobsOf, queueStoreOf, tablesOf } from '../../support/everywhere';
import {
  createGarden,
  findPlanted,
  formsOf,
  type Found,
  type Garden,
  type Kind,
} from '../../support/planting';
import { EKO_TOKEN, SETU_TOKEN, startPlatform, type Platform, type Reply } from '../../support/platform';
import { queueBackends } from '../../support/redis';
import { until } from '../../support/until';
import { createDay, EKO_BILLER, refundable, type Day } from '../../support/service-flows';

const NEVER: ReadonlySet<Kind> = new Set(['aadhaar', 'pid', 'otp', 'pan', 'document', 'balance']);

/** What an account holds is shown to the terminal that asked, once, and kept nowhere. */
const SHOWN_ONCE: ReadonlySet<string> = new Set(
  ['withdrawals', 'balance-enquiries', 'mini-statements'].map((at) => `POST /v1/aeps/${at}`),
);

/** Answers that are documented to show a value, and of which kind. Nothing else may be in any answer. */
const SHOWN: Readonly<Record<string, readonly Kind[]>> = {
  'POST /v1/dmt/senders/:id/recipients': ['name'],
  'GET /v1/dmt/senders/:id/recipients': ['name'], // to the agent who added them
  'GET /v1/dmt/transfers/:id': ['name'], // the receipt names the recipient
  'GET /v1/bbps/payments/:id/receipt': ['name', 'mobile', 'consumer'], // NPCI's receipt names the customer and the bill
  'POST /v1/bbps/payments/:id/complaints': ['text'],
  'GET /v1/bbps/payments/:id/complaints': ['text'],
  'GET /v1/bbps/payments/:id/complaints/:id': ['text'], // the words of who complains
};

/** Routes that carry a value and do nothing at Eko, each reached with the answer that says so. */
const REFUSED: Readonly<Record<string, string>> = {
  'POST /v1/aeps/merchant-payments': 'AEPS_AADHAAR_PAY_UNAVAILABLE',
};

/** Every other route that carries a value, each answered with 2xx at least once. */
const ROUTES = [
  ...[
    '',
    '/:id/enrolment',
    '/:id/ekyc',
    '/:id/ekyc/verification',
    '/:id/recipients',
    '/:id/transfer-otps',
  ].map((at) => `POST /v1/dmt/senders${at}`),
  'GET /v1/dmt/senders/:id',
  'GET /v1/dmt/senders/:id/recipients',
  'POST /v1/dmt/transfers',
  'GET /v1/dmt/transfers/:id',
  'POST /v1/transactions/:id/refund-otp',
  'POST /v1/transactions/:id/refund',
  'POST /v1/bbps/fetches',
  'GET /v1/bbps/fetches/:id',
  'POST /v1/bbps/payments',
  'GET /v1/bbps/payments/:id/receipt',
  'POST /v1/bbps/payments/:id/complaints',
  'GET /v1/bbps/payments/:id/complaints',
  'GET /v1/bbps/payments/:id/complaints/:id',
  'POST /v1/recharge/operators',
  'POST /v1/recharge/plans',
  'POST /v1/recharges',
  'GET /v1/recharges/:id',
  ...['', '/kyc/otp', '/kyc/verification', '/kyc/biometric', '/kyc/daily'].map(
    (at) => `POST /v1/aeps/agent${at}`,
  ),
  'GET /v1/aeps/agent',
  'POST /v1/aeps/withdrawals',
  'GET /v1/aeps/withdrawals/:id',
  'POST /v1/aeps/withdrawals/:id/acknowledgement',
  'POST /v1/aeps/balance-enquiries',
  'POST /v1/aeps/mini-statements',
  'POST /v1/payouts',
  'GET /v1/transactions',
  'GET /v1/transactions/:id',
  'GET /v1/transactions/:id/events',
  'GET /v1/wallets',
  'POST /callbacks/eko',
  'POST /callbacks/setu',
];

describe.each(queueBackends())('P7 personal data over all services, queues on %s', (backend) => {
  let p: Platform;
  let g: Garden;
  let day: Day;
  let proxy: EchoingProxy;
  let logged = '';
  const jobs = new Set<string>(); // lines, each once
  let watching: NodeJS.Timeout;
  let sender: string;

  beforeAll(async () => {
    g = createGarden();
    const log = createLog({
      process: 'test',
      level: 'debug',
      destination: new Writable({
        write(chunk: Buffer, _encoding, done) {
          logged += chunk.toString('utf8');
          done();
        },
      }),
    });
    p = await startPlatform({
      redisUrl: backend === 'redis' ? process.env.TEST_REDIS_URL : undefined,
      log,
      setu: true,
      eko: true,
      sandbox: { slowMs: 600 },
      between: async (url) => (proxy = await startEchoingProxy(url)).url,
      through: async (url) => {
        await routesToEko(url);
        return url;
      },
    });
    day = await createDay(p, g);
    let busy = false;
    watching = setInterval(() => {
      // jobs are gone soon after they are done
      if (busy) return;
      busy = true;
      void queueStoreOf(p)
        .then(keepJobs, () => undefined)
        .finally(() => {
          busy = false;
        });
    }, 400);
  });
  afterAll(async () => {
    clearInterval(watching);
    await p.close();
    await proxy.close();
  });

  const keepJobs = (text: string): void => {
    for (const line of text.split('\n')) jobs.add(line);
  };
  const bookOf = async (where: string): Promise<string> => JSON.stringify(await day.control('GET', where));
  /** One and the same call, answered in every way that quotes it. */
  async function expectQuoted(pathPart: string, act: () => Promise<Reply>): Promise<Reply[]> {
    const replies: Reply[] = [];
    for (const kind of ['error', 'text', 'reason'] as const) {
      proxy.echo(kind, pathPart);
      replies.push(await act());
      expect([pathPart, kind, proxy.pending()]).toEqual([pathPart, kind, 0]); // it was asked, and it was quoted
    }
    return replies;
  }

  describe('travels', () => {
    it('through money transfers: success, failure, a wrong password, refund pending and refund', async () => {
      ({ sender } = await day.verified('of all'));
      const to = {
        ok: await day.recipient(sender, 'paid', '0000'),
        no: await day.recipient(sender, 'declined', '1111'),
        back: await day.recipient(sender, 'refunded', '3333'),
        late: await day.recipient(sender, 'unanswered', '5555'),
      };
      await day.good(day.get(`/v1/dmt/senders/${sender}/recipients`));
      expect(await day.statusOf(await day.transfer(sender, to.ok, 'paid'))).toBe('SUCCESS');
      expect(await day.statusOf(await day.transfer(sender, to.no, 'declined'))).toBe('FAILED');
      expect(
        await day.statusOf(
          await day.transfer(sender, to.ok, 'with a wrong password', g.otp('wrong, transfer')),
        ),
      ).toBe('FAILED'); // the password really went there
      const late = await day.transfer(sender, to.late, 'unanswered');
      const back = await day.transfer(sender, to.back, 'refunded');
      const right = await day.otp('refund');
      await refundable(day, back.transaction);
      expect(
        (await day.post(`/v1/transactions/${back.transaction}/refund`, { otp: g.otp('wrong, refund') })).body
          .code,
      ).toBe('REFUND_REFUSED');
      expect(
        (await day.good(day.post(`/v1/transactions/${back.transaction}/refund`, { otp: right }))).body.status,
      ).toBe('REFUNDED');
      expect(await day.statusOf(back)).toBe('REFUNDED');
      expect(await day.statusOf(late)).toBe('SUCCESS');
    });

    it('through bills and recharges at both providers', async () => {
      const fetched = await day.good(day.bill('paid bill', '0000'));
      await day.good(day.get(`/v1/bbps/fetches/${fetched.body.id as string}`));
      const paid = await day.good(day.pay(fetched));
      const declined = await day.good(day.bill('declined bill', '1111'));
      expect(await day.ended(day.pay(declined))).toBe('FAILED');
      expect((await day.good(day.bill('unknown consumer', '0404'))).body.state).toBe('failed');
      expect(
        (await day.get(`/v1/transactions/${paid.body.id as string}`, { prefer: 'wait=20' })).body.status,
      ).toBe('SUCCESS');
      await day.good(day.get(`/v1/bbps/payments/${paid.body.id as string}/receipt`));
      const tag = await day.good(
        day.bill('tag', '0000', {
          biller: 'PATH00000NAT05',
          name: 'Vehicle Registration Number',
          value: 'MH12AB0000',
        }),
      );
      const toll = await day.good(day.pay(tag, 50_000));
      expect(
        (await day.get(`/v1/transactions/${toll.body.id as string}`, { prefer: 'wait=20' })).body.status,
      ).toBe('SUCCESS');
      const complaints = `/v1/bbps/payments/${toll.body.id as string}/complaints`;
      const raised = await day.good(
        day.post(complaints, {
          disposition: 'service-not-received',
          description: `The tag of ${g.text('complaint')} shows the old balance`,
        }),
      );
      await day.good(day.get(complaints));
      await day.good(day.get((raised.body.links as { self: string }).self));

      await day.good(day.post('/v1/recharge/operators', { mobile: g.mobile('looked up', '0000') }));
      for (const operator of ['airtel', 'vi'])
        await day.good(
          day.post('/v1/recharge/plans', {
            mobile: g.mobile(`plans of ${operator}`, '0000'),
            operator,
            circle: 'Maharashtra',
          }),
        );
      for (const operator of ['airtel', 'vi']) {
        const done = await day.good(day.topUp(`recharged, ${operator}`, '0000', { operator }));
        expect(await day.ended(day.topUp(`declined recharge, ${operator}`, '1111', { operator }))).toBe(
          'FAILED',
        );
        expect([
          operator,
          (await day.get(`/v1/transactions/${done.body.id as string}`, { prefer: 'wait=20' })).body.status,
        ]).toEqual([operator, 'SUCCESS']);
        await day.good(day.get(`/v1/recharges/${done.body.id as string}`));
      }
    });

    it('through bills at Eko: paid, declined, unanswered, and without a bill', async () => {
      const paid = await day.good(day.bill('bill at Eko', '0000', EKO_BILLER));
      expect(paid.body).toMatchObject({ state: 'fetched', biller: EKO_BILLER.biller });
      await day.good(day.get(`/v1/bbps/fetches/${paid.body.id as string}`));
      const payment = await day.good(day.pay(paid));
      expect(
        (await day.get(`/v1/transactions/${payment.body.id as string}`, { prefer: 'wait=20' })).body.status,
      ).toBe('SUCCESS');
      await day.good(day.get(`/v1/bbps/payments/${payment.body.id as string}/receipt`));
      expect(
        await day.ended(day.pay(await day.good(day.bill('declined bill at Eko', '1111', EKO_BILLER)))),
      ).toBe('FAILED');
      expect(
        await day.ended(day.pay(await day.good(day.bill('unanswered bill at Eko', '5555', EKO_BILLER)))),
      ).toBe('SUCCESS');
      expect((await day.good(day.bill('no bill at Eko', '1468', EKO_BILLER))).body.state).toBe('failed');
    });

    it('through AEPS: becoming an agent, withdrawals, enquiries, payments to the shop', async () => {
      await day.good(day.post('/v1/aeps/agent', day.activation()));
      const right = await day.otp('agent');
      await day.good(day.post('/v1/aeps/agent/kyc/otp', day.me));
      expect(
        (await day.post('/v1/aeps/agent/kyc/verification', { ...day.me, otp: g.otp('wrong, agent') })).body
          .code,
      ).toBe('AEPS_KYC_REFUSED');
      await day.good(day.post('/v1/aeps/agent/kyc/verification', { ...day.me, otp: right }));
      await day.good(day.post('/v1/aeps/agent/kyc/biometric', day.finger('agent, once')));
      await day.good(day.post('/v1/aeps/agent/kyc/daily', day.finger('agent, daily')));
      await day.good(day.get('/v1/aeps/agent'));
      proxy.amend('/customer/collection/aeps-fingpay/', (json) => {
        // a bank's answer, with amounts that stand nowhere else
        const data = json.data as Record<string, unknown> | undefined;
        if (data === undefined) return;
        const held = g.balance('of the account');
        if (json.response_status_id === 0 && 'customer_balance' in data)
          Object.assign(data, { customer_balance: held, comment: `Balance ${held}` });
        if (Array.isArray(data.mini_statement_list))
          data.mini_statement_list = data.mini_statement_list.map((line: object) => ({
            ...line,
            amount: g.balance('line of a statement'),
          }));
        else if (json.response_type_id === 1466) data.amount = g.balance('as an amount');
      });
      const paid = await day.good(day.withdraw(day.customer('withdrawal', '0000')));
      expect(paid.body).toMatchObject({ status: 'SUCCESS', instruction: 'hand_out_cash' });
      await day.good(
        day.post(`/v1/aeps/withdrawals/${paid.body.id as string}/acknowledgement`, { cash_handed_out: true }),
      );
      expect((await day.withdraw(day.customer('declined withdrawal', '1111'))).body.status).toBe('FAILED');
      const late = await day.withdraw(day.customer('unanswered withdrawal', '5555'));
      expect([
        [200, 'SUCCESS'],
        [202, 'PENDING'],
      ]).toContainEqual([late.status, late.body.status]); // polling may find it while the terminal waits
      await day.good(day.get(`/v1/aeps/withdrawals/${late.body.id as string}`));
      expect((await day.payShop(day.customer('payment to the shop', '0000'))).body.code).toBe(
        'AEPS_AADHAAR_PAY_UNAVAILABLE',
      );
      for (const [ending, status] of [
        ['0000', 'SUCCESS'],
        ['1111', 'FAILED'],
      ] as const) {
        for (const kind of ['balance-enquiries', 'mini-statements'])
          expect(
            (await day.good(day.post(`/v1/aeps/${kind}`, day.customer(`${kind} ${ending}`, ending)))).body
              .status,
          ).toBe(status);
      }
    });

    it('through payouts', async () => {
      const ends = await Promise.all(
        (['0000', '1111', '3333', '6666'] as const).map((ending) => day.ended(day.payout(ending, ending))),
      );
      expect(ends).toEqual(['SUCCESS', 'FAILED', 'FAILED', 'FAILED']);
      await day.good(day.get('/v1/wallets'));
      await day.good(day.get('/v1/transactions'));
    });

    it('through answers of providers that quote it', async () => {
      const at = `/v1/dmt/senders/${sender}`;
      proxy.says =
        `The account ${g.account('spoken of', '0000')} of ${g.name('spoken of')} ` +
        `(${g.mobile('spoken of', '0000')}, Aadhaar ` +
        `${g.aadhaar('spoken of').replaceAll(/(\d{4})(?=\d)/g, '$1 ')}, OTP ${g.otp('spoken of')}) is ` +
        `closed`;
      const { sender: other } = await day.enrolled('who is quoted');
      await expectQuoted('/dmt-fino/sender', () =>
        day.post('/v1/dmt/senders', { mobile: g.mobile('quoted remitter', '0000') }),
      );
      await expectQuoted('/otp', () =>
        day.post(`/v1/dmt/senders/${other}/ekyc`, {
          aadhaar: g.aadhaar('quoted eKYC'),
          pid: g.pid('quoted eKYC'),
        }),
      );
      await day.otp('quoted eKYC');
      await day.good(
        day.post(`/v1/dmt/senders/${other}/ekyc`, { aadhaar: g.aadhaar('eKYC'), pid: g.pid('eKYC') }),
      );
      await expectQuoted('/otp/verify', () =>
        day.post(`/v1/dmt/senders/${other}/ekyc/verification`, { otp: g.otp('quoted check') }),
      );
      await expectQuoted('/recipient', () =>
        day.post(`${at}/recipients`, {
          name: g.name('quoted recipient'),
          mobile: g.mobile('quoted recipient', '0000'),
          ifsc: 'SBIN0000001',
          account_number: g.account('quoted recipient', '0000'),
        }),
      );
      const to = await day.recipient(sender, 'quoted transfer', '0000');
      await expectQuoted('/dmt-fino/otp', () =>
        day.post(`${at}/transfer-otps`, { recipient: to, amount: 100_000 }),
      );
      for (const kind of ['reason', 'error', 'after', 'text'] as const) {
        const right = await day.otp(`quoted transfer, ${kind}`);
        const { body } = await day.good(day.post(`${at}/transfer-otps`, { recipient: to, amount: 100_000 }));
        proxy.echo(kind, '/customer/payment/dmt-fino');
        await day.good(
          day.once('/v1/dmt/transfers', {
            sender,
            recipient: to,
            reference: day.reference(),
            currency: 'INR',
            parts: [
              {
                amount: 100_000,
                otp_reference: (body.parts as { otp_reference: string }[])[0]!.otp_reference,
                otp: right,
              },
            ],
          }),
        );
        await until(
          () => proxy.pending(),
          (n) => n === 0,
        );
      }
      await expectQuoted('/aeps-fingpay/kyc/otp', () => day.post('/v1/aeps/agent/kyc/otp', day.me));
      await expectQuoted('/biometric/daily', () =>
        day.post('/v1/aeps/agent/kyc/daily', day.finger('quoted')),
      );
      await expectQuoted('/balance-enquiry', () =>
        day.post('/v1/aeps/balance-enquiries', day.customer('quoted balance', '0000')),
      );
      await expectQuoted('/mini-statement', () =>
        day.post('/v1/aeps/mini-statements', day.customer('quoted statement', '0000')),
      );
      await expectQuoted('/cash-withdrawl', () => day.withdraw(day.customer('quoted withdrawal', '0000')));
      await expectQuoted('/bills/fetch/request', () => day.bill('quoted bill', '0000'));
      await expectQuoted('/customer/payment/bbps/bill', () =>
        day.bill('quoted bill at Eko', '0000', EKO_BILLER),
      );
      await expectQuoted('/fetch-operator-details', () =>
        day.post('/v1/recharge/operators', { mobile: g.mobile('quoted look-up', '0000') }),
      );
      for (const kind of ['error', 'text', 'reason', 'after'] as const) {
        const fetched = await day.good(day.bill(`quoted payment, ${kind}`, '0000'));
        const fetchedAtEko = await day.good(day.bill(`quoted payment at Eko, ${kind}`, '0000', EKO_BILLER));
        for (const [operator, where] of [
          ['airtel', '/recharge/request'],
          ['vi', '/customer/payment/bbps'],
        ]) {
          proxy.echo(kind, where!);
          await day.good(day.topUp(`quoted recharge, ${kind}, ${operator!}`, '0000', { operator }));
          await until(
            () => proxy.pending(),
            (n) => n === 0,
          );
        }
        proxy.echo(kind, '/bills/payment/request');
        await day.good(day.pay(fetched));
        proxy.echo(kind, '/customer/payment/bbps');
        await day.good(day.pay(fetchedAtEko));
        proxy.echo(kind, '/v1/contacts');
        await day.good(day.payout(`quoted, ${kind}`, '0000'));
        await until(
          () => proxy.pending(),
          (n) => n === 0,
        );
      }
    });

    it('through garbage and faults of the sandbox', async () => {
      for (const body of ['garbage', 'empty', 'oversized']) {
        await day.control('POST', '/eko/faults', { body, path: '/ekoapi/v3/customer/collection' });
        await day.post('/v1/aeps/balance-enquiries', day.customer(`balance, ${body}`, '0000'));
        await day.control('POST', '/eko/faults', { body, path: '/ekoapi/v3/customer/payment/dmt-fino' });
        await day.post(`/v1/dmt/senders`, { mobile: g.mobile(`remitter, ${body}`, '0000') });
      }
      expect((await day.control('GET', '/eko/faults')).orders).toEqual([]);
    });

    it('through callbacks', async () => {
      const said = (label: string): string =>
        `${g.name(label)} ${g.mobile(label, '0000')} ${g.account(label, '0000')} ${g.aadhaar(label)} ${g.otp(label)}`;
      for (const [provider, token] of [
        ['eko', EKO_TOKEN],
        ['setu', SETU_TOKEN],
      ] as const) {
        for (const where of provider === 'eko'
          ? ['']
          : [
              '/bills/payment/response',
              '/bills/fetch/response',
              '/bills/dispute/response',
              '/payment/status',
              '/payment/reversal',
              '/wallet/low-balance',
            ]) {
          const url = `/callbacks/${provider}/${token}${where}`;
          const text = said(`callback ${provider}${where}`);
          for (const body of [
            {
              tx_status: 1,
              tid: '1234567',
              client_ref_id: 'nobody0000000000',
              amount: text,
              message: text,
              reason: text,
              customer_id: text,
              data: { refId: 'NOBODY', paymentRefId: text, status: text, reason: text },
              event: text,
              eventName: 'PAYMENT',
              error: { message: text },
            },
            { client_ref_id: text, tid: text, status: text, paymentRefId: text, transactionRefId: text },
            [text],
            text,
          ])
            expect((await day.post(url, body)).status).toBeLessThan(500);
          await day.post(url, `{"tid":"${text}`);
        }
        await day.post(`/callbacks/${provider}/${'a'.repeat(24)}`, { message: said(`guessed ${provider}`) });
      }
      await day.post(
        '/callbacks/razorpayx',
        { event: 'payout.failed', payload: { text: said('forged') } },
        { 'x-razorpay-signature': 'a'.repeat(64) },
      );
    });

    it('through requests that are refused, with the values in the wrong fields', async () => {
      const text = g.text('refused');
      const [aadhaar, pid, otp, mobile, name] = [
        g.aadhaar('misplaced'),
        g.pid('misplaced'),
        g.otp('misplaced'),
        g.mobile('misplaced', '0000'),
        g.name('misplaced'),
      ];
      const all = { aadhaar, pid, otp, mobile, name, text };
      const bodies: [string, unknown][] = [
        ['/v1/dmt/senders', { mobile: aadhaar }],
        ['/v1/dmt/senders', { mobile: pid }],
        ['/v1/dmt/senders', { [mobile]: mobile }],
        [`/v1/dmt/senders/${sender}/ekyc`, { aadhaar: otp, pid: aadhaar }],
        [`/v1/dmt/senders/${sender}/ekyc`, { aadhaar: `${aadhaar}1`, pid: `x${pid}` }],
        [`/v1/dmt/senders/${sender}/ekyc/verification`, { otp: aadhaar }],
        [`/v1/dmt/senders/${sender}/enrolment`, { name: pid, born_on: otp, address: all }],
        [
          `/v1/dmt/senders/${sender}/recipients`,
          { name: aadhaar, mobile: name, ifsc: otp, account_number: pid },
        ],
        [`/v1/dmt/senders/${sender}/transfer-otps`, { recipient: aadhaar, amount: Number(mobile) }],
        [
          '/v1/dmt/transfers',
          { sender: mobile, recipient: name, reference: pid, currency: otp, parts: [all] },
        ],
        [
          '/v1/bbps/fetches',
          {
            biller: aadhaar,
            customer: { mobile: name, name: mobile, parameters: [{ name: otp, value: pid }] },
            counter: all,
          },
        ],
        ['/v1/bbps/payments', { fetch: mobile, ...all }],
        [
          '/v1/recharges',
          { mobile: aadhaar, operator: name, circle: mobile, amount: otp, currency: pid, reference: pid },
        ],
        ['/v1/recharge/operators', { mobile: name }],
        [
          '/v1/aeps/agent',
          { ...day.activation(), pan: aadhaar, account_number: name, documents: { aadhaar_front: pid } },
        ],
        ['/v1/aeps/agent/kyc/otp', { ...day.me, latlong: pid, aadhaar: mobile }],
        ['/v1/aeps/agent/kyc/verification', { ...day.me, otp: aadhaar }],
        ['/v1/aeps/agent/kyc/daily', { ...day.finger('refused'), bank: aadhaar }],
        ['/v1/aeps/withdrawals', { ...all, customer: all, terminal: all, reference: aadhaar }],
        ['/v1/aeps/agent', { ...day.activation(), user_code: day.me.aadhaar }],
        [
          '/v1/aeps/balance-enquiries',
          { ...day.customer('of the wrong bank', '0000'), customer: { mobile, bank: mobile } },
        ],
        [
          '/v1/aeps/withdrawals',
          {
            amount: 100_000,
            currency: 'INR',
            reference: `ref-${day.me.aadhaar}`,
            ...day.customer('in its reference', '0000'),
            aadhaar: day.me.aadhaar,
          },
        ],
        [
          '/v1/aeps/mini-statements',
          { ...day.customer('enquiry', '0000'), terminal: { id: pid, latlong: aadhaar } },
        ],
        ['/v1/aeps/merchant-payments', { ...all, customer: all, terminal: all, reference: aadhaar }],
        [
          '/v1/aeps/merchant-payments',
          {
            amount: 100_000,
            currency: 'INR',
            reference: `ref-${day.me.aadhaar}`,
            ...day.customer('in the reference of a payment', '0000'),
            aadhaar: day.me.aadhaar,
          },
        ],
        [
          '/v1/payouts',
          {
            amount: aadhaar,
            beneficiary: { name: pid, account_number: name, ifsc: otp },
            mode: mobile,
            reference: pid,
          },
        ],
        ['/v1/payouts', pid],
        ['/v1/aeps/withdrawals', `{"aadhaar":"${aadhaar}","aadhaar":`],
        ['/v1/dmt/senders', [mobile]],
      ];
      for (const [url, body] of bodies)
        expect([url, [400, 422].includes((await day.once(url, body)).status)]).toEqual([url, true]);
      for (const query of [
        `reference=${mobile}%20`,
        `status=${otp}`,
        `cursor=${aadhaar}`,
        `limit=${aadhaar}`,
        `${mobile}=1`,
      ])
        expect((await day.get(`/v1/transactions?${query}`)).status).toBeGreaterThanOrEqual(400);
      for (const url of [
        `/v1/dmt/senders/${mobile}`,
        `/v1/recharges/${mobile}`,
        `/v1/aeps/withdrawals/${aadhaar}`,
        `/v1/aeps/merchant-payments/${aadhaar}`,
        `/v1/bbps/billers/${mobile}`,
        `/v1/${otp}`,
      ])
        expect((await day.get(url)).status).toBe(404);
    });

    it('through connectors that throw it', async () => {
      const eko = p.c.providers.get('eko');
      const thrown = new Set<string>();
      const quote = (name: string, given: unknown[]): never => {
        thrown.add(name);
        throw new Error(
          `cannot send ${JSON.stringify(given, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v))}`,
        );
      };
      const to = await day.recipient(sender, 'thrown transfer', '0000');
      const right = await day.otp('thrown transfer');
      const { body: asked } = await day.good(
        day.post(`/v1/dmt/senders/${sender}/transfer-otps`, { recipient: to, amount: 100_000 }),
      );
      const [fetched, fetchedAtEko] = [
        await day.good(day.bill('thrown payment', '0000')),
        await day.good(day.bill('thrown payment at Eko', '0000', EKO_BILLER)),
      ];
      const restore = [
        withThrowing(p.c.providers.get('razorpayx').payout!, quote),
        withThrowing(eko.aeps!, quote),
        withThrowing(eko.dmt!, quote),
        withThrowing(p.c.providers.get('setu').recharge!, quote),
        withThrowing(p.c.providers.get('setu').bbps!, quote),
        withThrowing(eko.bbps!, quote),
      ];
      try {
        await day.withdraw(day.customer('thrown withdrawal', '0000'));
        await day.post('/v1/aeps/balance-enquiries', day.customer('thrown balance', '0000'));
        await day.post('/v1/aeps/agent/kyc/daily', day.finger('thrown'));
        await day.post('/v1/dmt/senders', { mobile: g.mobile('thrown', '0000') });
        await day.post(`/v1/dmt/senders/${sender}/ekyc`, {
          aadhaar: g.aadhaar('thrown eKYC'),
          pid: g.pid('thrown eKYC'),
        });
        await day.post(`/v1/dmt/senders/${sender}/recipients`, {
          name: g.name('thrown recipient'),
          mobile: g.mobile('thrown recipient', '0000'),
          ifsc: 'SBIN0000001',
          account_number: g.account('thrown recipient', '0000'),
        });
        await day.post('/v1/recharge/operators', { mobile: g.mobile('thrown look-up', '0000') });
        await day.good(day.topUp('thrown recharge', '0000')); // what could not be learnt refuses nothing
        await day.good(day.pay(fetched));
        await day.good(day.pay(fetchedAtEko));
        await day.payShop(day.customer('thrown payment to the shop', '0000'));
        await day.good(day.payout('thrown', '0000'));
        await day.good(
          day.once('/v1/dmt/transfers', {
            sender,
            recipient: to,
            reference: day.reference(),
            currency: 'INR',
            parts: [
              {
                amount: 100_000,
                otp_reference: (asked.parts as { otp_reference: string }[])[0]!.otp_reference,
                otp: right,
              },
            ],
          }),
        );
        for (const at of [{}, EKO_BILLER])
          expect((await day.good(day.bill('thrown bill', '0000', { ...at, wait: 1 }))).body.state).toBe(
            'failed',
          );
        expect(
          await until(
            () => [...thrown],
            (names) => names.length >= 8 && names.includes('send') && names.includes('validate'),
          ),
        ).toContain('send');
      } finally {
        for (const undo of restore) undo();
      }
    });
  });

  describe('was there', () => {
    it('every route was reached and did what it is for', () => {
      const reached = new Set(
        day.answers.filter(({ status }) => status >= 200 && status < 300).map(({ route }) => route),
      );
      expect(ROUTES.filter((route) => !reached.has(route))).toEqual([]);
      for (const [route, code] of Object.entries(REFUSED))
        expect([
          route,
          day.answers.some((answer) => answer.route === route && answer.text.includes(code)),
        ]).toEqual([route, true]);
    });
    it('the books of the sandbox hold a booking for each service', async () => {
      const eko = await bookOf('/eko/book/summary');
      for (const service of ['dmt', 'bbps', 'recharge', 'aeps_withdrawal', 'aeps_balance', 'aeps_statement'])
        expect(eko).toContain(`"${service}"`);
      for (const product of ['billpay', 'recharge'])
        expect(await bookOf(`/setu/${product}/book/summary`)).toMatch(/Success/);
      expect(await bookOf('/book/summary')).toMatch(/processed/);
      const books = [...filesOf(p.sandboxDir).values()].join('\n');
      for (const label of [
        'recipient paid',
        'paid bill',
        'bill at Eko',
        'unanswered bill at Eko',
        'recharged, airtel',
        'recharged, vi',
        'withdrawal',
        'payee 0000',
      ]) {
        const value = g.planted.find(
          (one) => one.label === label && ['account', 'consumer', 'mobile'].includes(one.kind),
        )!;
        expect({ label, inTheBook: books.includes(value.value) }).toEqual({ label, inTheBook: true });
      }
    });
  });

  describe('is found', () => {
    const expectNothing = (found: Found[]): void => {
      expect(found).toEqual([]);
    };
    const search = (place: string, text: string): Found[] => findPlanted(g.planted, place, text);

    it('in no column of any table', async () => {
      await p.c.callLog.drain();
      const tables = new Map([...(await tablesOf(p, 'public')), ...(await tablesOf(p, 'bullmq'))]);
      for (const table of [
        'api_calls',
        'requests',
        'transaction_outcomes',
        'callbacks',
        'dmt_senders',
        'bbps_fetches',
        'recharges',
        'aeps_withdrawals',
        'aeps_enquiries',
        'ops_cases',
      ])
        expect([table, tables.get(`public.${table}`)?.length]).toEqual([table, expect.any(Number)]);
      expect(tables.get('public.dmt_recipients')).toMatch(/v1\.test1\./);
      expectNothing([...tables].flatMap(([name, text]) => search(name, text)));
    });
    it('in no job: data, result, failed reason, stack, log; as stored and as the queues give it', async () => {
      clearInterval(watching);
      keepJobs(await queueStoreOf(p));
      const stored = [...jobs].join('\n');
      expect(stored).toMatch(/transaction-send/);
      expectNothing([...search('queues', stored), ...search('jobs', await jobsOf(p))]);
    });
    it('in no line of the log', () => {
      expect(logged.split('\n').length).toBeGreaterThan(5);
      expectNothing(search('log', logged));
    });
    it('in nothing that ops staff see', async () => {
      const { board, apiCalls } = await consoleOf(p);
      expect(apiCalls).toMatch(/aeps_withdrawal/);
      expect(board).toContain('"queues"');
      expectNothing([...search('Bull Board', board), ...search('API log', apiCalls)]);
    });
    it('in no metric', async () => {
      expectNothing(search('metrics', await p.c.metrics.registry.metrics()));
    });
    it('in no answer but those that are documented to show it', () => {
      const byRoute = new Map<string, string>();
      for (const { route, text } of day.answers) byRoute.set(route, `${byRoute.get(route) ?? ''}${text}\n`);
      expect(
        Object.values(SHOWN)
          .flat()
          .filter((kind) => NEVER.has(kind)),
      ).toEqual([]);
      expectNothing(
        [...byRoute].flatMap(([route, text]) =>
          search(route, text).filter(
            ({ kind }) =>
              SHOWN[route]?.includes(kind) !== true && !(kind === 'balance' && SHOWN_ONCE.has(route)),
          ),
        ),
      );
      for (const route of SHOWN_ONCE)
        expect([route, search(route, byRoute.get(route)!).some(({ kind }) => kind === 'balance')]).toEqual([
          route,
          true,
        ]);
    });
    it('in no log of PostgreSQL', () => {
      const dir = process.env.TEST_RUN_DIR!;
      expectNothing(
        [...filesOf(dir)]
          .filter(([name]) => name.endsWith('.log'))
          .flatMap(([name, text]) => search(name, text)),
      );
    });
    it('not even in the books of the sandbox: Aadhaar numbers, PID blocks, one-time passwords, documents', () => {
      for (const [name, text] of filesOf(p.sandboxDir))
        expectNothing(search(name, text).filter(({ kind }) => NEVER.has(kind)));
    });
    it('where it is put: the search would see it', () => {
      for (const one of [
        g.planted.find(({ kind }) => kind === 'aadhaar')!,
        g.planted.find(({ kind }) => kind === 'otp')!,
        g.planted.find(({ kind }) => kind === 'name')!,
      ]) {
        const { value } = one;
        const raw = Buffer.from(`ab${value}cd`);
        for (const text of [
          value,
          value.toUpperCase(),
          raw.toString('hex'),
          raw.toString('base64'),
          Buffer.from(`abc${value}`).toString('base64url'),
          [...Buffer.from(value)].map((b) => `%${b.toString(16)}`).join(''),
          Array.from(value).reverse().join(''),
        ]) {
          expect([one.kind, text.length, findPlanted([one], 'here', ` ${text} `).length]).toEqual([
            one.kind,
            text.length,
            1,
          ]);
        }
        for (const between of /^\d+$/.test(value) ? [' ', '-', '%20'] : [])
          expect(
            findPlanted([one], 'here', ` ${value.replaceAll(/(\d{4})(?=\d)/g, `$1${between}`)} `),
          ).toHaveLength(1);
        expect(formsOf(one).length).toBeGreaterThan(6);
      }
      expect(g.planted.length).toBeGreaterThan(150);
      expect(fs.existsSync(path.join(p.sandboxDir, 'eko.jsonl'))).toBe(true);
    });
  });
});

/** Every function of the connector's part throws what it was given; gives the way back. */
function withThrowing(part: object, thrower: (name: string, given: unknown[]) => never): () => void {
  const own = { ...part } as Record<string, unknown>;
  const passive = new Set(['prepare', 'notFound']);
  for (const [name, value] of Object.entries(own))
    if (typeof value === 'function' && !passive.has(name))
      (part as Record<string, unknown>)[name] = async (...given: unknown[]) => thrower(name, given);
  return () => {
    Object.assign(part, own);
  };
}

/** Recharges of one operator and bills of one biller go to Eko; the others to Setu. */
async function routesToEko(databaseUrl: string): Promise<void> {
  const knex = makeKnex(databaseUrl, { max: 1 });
  await execute(knex, "insert into recharge_routes values ('vi', '2026-04-02', 1, 'eko')");
  await execute(knex, "insert into bbps_routes values ('biller', ?, '2026-04-02', '{eko}')", [
    EKO_BILLER.biller,
  ]);
  await knex.destroy();
}
