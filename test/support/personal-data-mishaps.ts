/** Flows that go wrong with planted values: quoted by a provider, garbled, refused, or thrown by a connector. */
import type { EchoingProxy } from './echoing-proxy';
import { EKO_TOKEN, SETU_TOKEN, type Reply } from './platform';
import { until } from './until';
import { EKO_BILLER } from './service-flows';
import type { Trip } from './personal-data-flows';

/** The tests of the mishaps; the flows come first. */
export function describeMishaps(given: () => Trip): void {
  it('through answers of providers that quote it', async () => {
    const { g, day, proxy, sender } = given();
    const at = `/v1/dmt/senders/${sender}`;
    proxy.says =
      `The account ${g.account('spoken of', '0000')} of ${g.name('spoken of')} ` +
      `(${g.mobile('spoken of', '0000')}, Aadhaar ` +
      `${g.aadhaar('spoken of').replaceAll(/(\d{4})(?=\d)/g, '$1 ')}, OTP ${g.otp('spoken of')}) is ` +
      `closed`;
    const { sender: other } = await day.enrolled('who is quoted');
    await expectQuoted(proxy, '/dmt-fino/sender', () =>
      day.post(`/v1/dmt/senders/${other}/enrolment`, {
        name: g.name('quoted remitter'),
        born_on: '1990-02-28',
        address: {
          line: g.address('quoted remitter'),
          city: 'Pune',
          state: 'Maharashtra',
          pincode: '411001',
          district: 'Pune',
        },
      }),
    );
    await expectQuoted(proxy, '/otp', () =>
      day.post(`/v1/dmt/senders/${other}/ekyc`, {
        aadhaar: g.aadhaar('quoted eKYC'),
        pid: g.pid('quoted eKYC'),
      }),
    );
    await day.otp('quoted eKYC');
    await day.good(
      day.post(`/v1/dmt/senders/${other}/ekyc`, { aadhaar: g.aadhaar('eKYC'), pid: g.pid('eKYC') }),
    );
    await expectQuoted(proxy, '/otp/verify', () =>
      day.post(`/v1/dmt/senders/${other}/ekyc/verification`, { otp: g.otp('quoted check') }),
    );
    await expectQuoted(proxy, '/recipient', () =>
      day.post(`${at}/recipients`, {
        name: g.name('quoted recipient'),
        mobile: g.mobile('quoted recipient', '0000'),
        ifsc: 'SBIN0000001',
        account_number: g.account('quoted recipient', '0000'),
      }),
    );
    const to = await day.recipient(sender, 'quoted transfer', '0000');
    await expectQuoted(proxy, '/dmt-fino/otp', () =>
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
    await expectQuoted(proxy, '/aeps-fingpay/kyc/otp', () => day.post('/v1/aeps/agent/kyc/otp', day.me));
    await expectQuoted(proxy, '/biometric/daily', () =>
      day.post('/v1/aeps/agent/kyc/daily', day.finger('quoted')),
    );
    await expectQuoted(proxy, '/balance-enquiry', () =>
      day.post('/v1/aeps/balance-enquiries', day.customer('quoted balance', '0000')),
    );
    await expectQuoted(proxy, '/mini-statement', () =>
      day.post('/v1/aeps/mini-statements', day.customer('quoted statement', '0000')),
    );
    await expectQuoted(proxy, '/cash-withdrawl', () =>
      day.withdraw(day.customer('quoted withdrawal', '0000')),
    );
    await expectQuoted(proxy, '/bills/fetch/request', () => day.bill('quoted bill', '0000'));
    await expectQuoted(proxy, '/customer/payment/bbps/bill', () =>
      day.bill('quoted bill at Eko', '0000', EKO_BILLER),
    );
    await expectQuoted(proxy, '/fetch-operator-details', () =>
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
    const { day, sender } = given();
    for (const body of ['garbage', 'empty', 'oversized']) {
      await day.control('POST', '/eko/faults', { body, path: '/ekoapi/v3/customer/collection' });
      await day.post('/v1/aeps/balance-enquiries', day.customer(`balance, ${body}`, '0000'));
      await day.control('POST', '/eko/faults', { body, path: '/ekoapi/v3/customer/payment/dmt-fino' });
      await day.get(`/v1/dmt/senders/${sender}/recipients`);
    }
    expect((await day.control('GET', '/eko/faults')).orders).toEqual([]);
  });

  it('through callbacks', async () => {
    const { g, day } = given();
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
    const { g, day, sender } = given();
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
      ['/v1/dmt/transfers', { sender: mobile, recipient: name, reference: pid, currency: otp, parts: [all] }],
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
    const { p, g, day, sender } = given();
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
}

/** One and the same call, answered in every way that quotes it. */
async function expectQuoted(
  proxy: EchoingProxy,
  pathPart: string,
  act: () => Promise<Reply>,
): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const kind of ['error', 'text', 'reason'] as const) {
    proxy.echo(kind, pathPart);
    replies.push(await act());
    expect([pathPart, kind, proxy.pending()]).toEqual([pathPart, kind, 0]); // it was asked, and it was quoted
  }
  return replies;
}

/** Every function of the connector's part that calls the provider throws what it was given; gives the way back. */
function withThrowing(part: object, thrower: (name: string, given: unknown[]) => never): () => void {
  const own = { ...part } as Record<string, unknown>;
  const passive = new Set(['prepare', 'notFound', 'callsToRegister']);
  for (const [name, value] of Object.entries(own))
    if (typeof value === 'function' && !passive.has(name))
      (part as Record<string, unknown>)[name] = async (...given: unknown[]) => thrower(name, given);
  return () => {
    Object.assign(part, own);
  };
}
