/**
 * P7 and Aadhaar Pay where a provider has it: the contract of Eko has none, so a scripted one takes the
 * payment. What the customer gives reaches the provider, and no table, log, job or answer; however the
 * payment ends, and whatever the provider says back.
 */
import { createAepsWorld, orderBody, SHOP, type AepsWorld, type Agent } from '../../support/aeps-world';
import { rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { tablesOf } from '../../support/everywhere';
import { createGarden, findPlanted, type Garden } from '../../support/planting';
import type { Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { awaited, declined, paid, timedOut } from '../../support/scripted-aeps';
import { useAepsWorld } from '../../support/use-aeps-world';

const here = useAepsWorld({ aadhaarPay: true });
let w: AepsWorld;
let agent: Agent;
let g: Garden;
let answers: Reply[];
beforeEach(() => {
  [g, answers] = [createGarden(), []];
  ({ w, agent } = here);
});

interface Given {
  aadhaar: string;
  pid: string;
  mobile: string;
}

async function pay(label: string, key?: string): Promise<{ given: Given; reply: Reply }> {
  const given = { aadhaar: g.aadhaar(label), pid: g.pid(label), mobile: g.mobile(label, '0000') };
  const reply = await w.withdraw(
    agent,
    {
      amount: 100_000,
      customer: { mobile: given.mobile, bank: '607152' },
      terminal: { id: 'term-7', latlong: SHOP },
      aadhaar: given.aadhaar,
      pid: given.pid,
    },
    key,
    'merchant-payments',
  );
  answers.push(reply);
  return { given, reply };
}

/** Tables, log, what was to be queued, and answers with their headers. */
async function expectNowhere(): Promise<void> {
  const tables = await tablesOf({ c: w }, 'public');
  const places = [
    ...tables,
    ['log', w.logged.join('')],
    ['queue', JSON.stringify(w.woken)],
    ['answers', answers.map((r) => `${JSON.stringify([...r.headers])}${r.text}`).join('\n')],
  ] as const;
  expect(places.flatMap(([place, text]) => findPlanted(g.planted, place, text))).toEqual([]);
}

it('a payment that succeeds: the provider is given all of it, once, and it stays nowhere', async () => {
  w.connector.onWithdraw = ({ biometrics }) => paid({ maskedAadhaar: biometrics.aadhaar }); // one that forgets to mask it
  const { given, reply } = await pay('paid');
  expect(reply.body).toMatchObject({
    status: 'SUCCESS',
    kind: 'merchant_payment',
    instruction: 'treat_as_paid',
  });
  expect(
    w.connector.withdrawals.map(({ request }) => ({ ...request.biometrics, mobile: request.customerMobile })),
  ).toEqual([given]);
  answers.push(
    await w.call('GET', `/v1/aeps/merchant-payments/${reply.body.id as string}`, { key: agent.apiKey }),
    await w.call('GET', `/v1/transactions/${reply.body.id as string}/events`, { key: agent.apiKey }),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  await expectNowhere();
});

it('payments that fail, wait, are not answered, or find a connector that throws what it was given', async () => {
  const quote = ({
    biometrics,
    customerMobile,
  }: {
    biometrics: { aadhaar: string; pid: string };
    customerMobile: string;
  }): string => `${biometrics.aadhaar} of ${customerMobile} with ${biometrics.pid} is refused`;
  w.connector.onWithdraw = (request) => declined({ rawReason: quote(request), description: quote(request) });
  const failed = await pay('declined');
  w.connector.onWithdraw = (request) => awaited({ rawReason: quote(request) });
  const waiting = await pay('awaited');
  w.connector.onWithdraw = timedOut;
  const unanswered = await pay('unanswered');
  w.connector.onWithdraw = (request) => {
    throw new Error(quote(request));
  };
  const thrown = await pay('thrown');
  expect(
    [failed, waiting, unanswered, thrown].map(({ reply }) => [
      reply.status,
      reply.body.status,
      reply.body.instruction,
    ]),
  ).toEqual([
    [200, 'FAILED', 'treat_as_unpaid'],
    [202, 'PENDING', 'treat_as_unpaid'],
    [202, 'PENDING', 'treat_as_unpaid'],
    [202, 'PENDING', 'treat_as_unpaid'],
  ]);
  w.connector.onInquire = () => declined();
  for (const { reply } of [waiting, unanswered, thrown])
    await w.poll(parsePublicId('transaction', reply.body.id as string)!);
  expect(w.connector.withdrawals.map(({ request }) => request.biometrics.aadhaar)).toEqual(
    [failed, waiting, unanswered, thrown].map(({ given }) => given.aadhaar),
  );
  expect(await rows(w.knex, 'select kind, count(*)::int as count from aeps_withdrawals group by 1')).toEqual([
    { kind: 'merchant_payment', count: 4 },
  ]);
  await expectNowhere();
});

it('a key that was used for another payment is refused, and what came with it stays nowhere', async () => {
  await pay('first', 'till-7-000001');
  expectProblem((await pay('of another customer', 'till-7-000001')).reply, 'IDEMPOTENCY_KEY_REUSED');
  expect(w.connector.withdrawals).toHaveLength(1);
  await expectNowhere();
});

it('a provider that has no Aadhaar Pay refuses it before anything is kept', async () => {
  const without = await createAepsWorld();
  try {
    const shop = await without.agent();
    const [aadhaar, pid, mobile] = [
      g.aadhaar('unavailable'),
      g.pid('unavailable'),
      g.mobile('unavailable', '0000'),
    ];
    const reply = await without.withdraw(
      shop,
      { aadhaar, pid, customer: { mobile, bank: '607152' } },
      undefined,
      'merchant-payments',
    );
    expectProblem(reply, 'AEPS_AADHAAR_PAY_UNAVAILABLE');
    const places = [
      ...(await tablesOf({ c: without }, 'public')),
      ['log', without.logged.join('')],
      ['answer', reply.text],
    ] as const;
    expect(places.flatMap(([place, text]) => findPlanted(g.planted, place, text))).toEqual([]);
    expect(await rows(without.knex, 'select 1 from aeps_withdrawals')).toEqual([]);
  } finally {
    await without.close();
  }
});

describe('a number of somebody else in a field that is kept', () => {
  const grouped = (digits: string): string => digits.replaceAll(/(\d{4})(?=\d)/g, '$1-');

  it.each([
    ['#/reference', (other: string) => ({ reference: `r-${other}` })],
    ['#/reference', (other: string) => ({ reference: grouped(other) })],
    ['#/terminal/id', (other: string) => ({ terminal: { id: other, latlong: SHOP } })],
  ])('%s: 422 that says where, and nothing is kept', async (pointer, fields) => {
    for (const path of ['withdrawals', 'merchant-payments']) {
      const reply = await w.withdraw(
        agent,
        { amount: 100_000, ...fields(g.aadhaar('of somebody else')) },
        undefined,
        path,
      );
      expectProblem(reply, 'REQUEST_FIELD_INVALID');
      expect(reply.body.errors).toEqual([
        expect.objectContaining({ pointer, code: 'FIELD_PERSONAL_NUMBER' }),
      ]);
      answers.push(reply);
    }
    expect(await rows(w.knex, 'select 1 from requests')).toEqual([]);
    await expectNowhere();
  });

  it('the terminal of an enquiry, and the Idempotency-Key', async () => {
    const { amount: _amount, currency: _currency, reference: _reference, ...enquiry } = orderBody();
    for (const path of ['balance-enquiries', 'mini-statements']) {
      const reply = await w.call('POST', `/v1/aeps/${path}`, {
        key: agent.apiKey,
        body: { ...enquiry, terminal: { id: `t.${g.aadhaar(path)}`, latlong: SHOP } },
      });
      expectProblem(reply, 'REQUEST_FIELD_INVALID');
      expect((reply.body.errors as { pointer: string }[]).map((e) => e.pointer)).toEqual(['#/terminal/id']);
      answers.push(reply);
    }
    const reply = await w.withdraw(agent, {}, `key-${g.aadhaar('in the key')}`);
    expectProblem(reply, 'REQUEST_HEADER_INVALID');
    answers.push(reply);
    await expectNowhere();
  });

  it('twelve digits that are none are taken, and so are random ids', async () => {
    for (const reference of ['261125093012', 'a1b2c3d4-0000-4000-8000-234567890124', '20261125234567890124'])
      expect((await w.withdraw(agent, { reference })).status).toBe(200);
  });
});
