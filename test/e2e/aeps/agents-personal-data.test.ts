/** What may be found nowhere after the flows of an agent: Aadhaar numbers, PID blocks, one-time passwords. */
import { randomInt, randomUUID } from 'node:crypto';
import { createAepsWorld, freshAadhaar, orderBody, SHOP, type AepsWorld } from '../../support/aeps-world';
import type { Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { awaited, declined, paid, timedOut } from '../../support/scripted-aeps';
import { activation, dumpOf, enquiry, me, withFinger } from '../../support/aeps-agents';

let w: AepsWorld;
let user: Awaited<ReturnType<AepsWorld['user']>>;
let answers = '';
beforeEach(async () => {
  w = await createAepsWorld();
  user = await w.user();
  answers = '';
});
afterEach(async () => {
  await w.close();
});

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const reply = await w.call('POST', `/v1/aeps/${path}`, { key: user.apiKey, body, headers });
  answers += `${JSON.stringify([...reply.headers])}${reply.text}\n`;
  return reply;
}
const get = (path: string): Promise<Reply> => w.call('GET', `/v1/aeps/${path}`, { key: user.apiKey });

/** A value as it is, and as hex, base64 (at any offset) and a URL would carry it. */
function formsOf(value: string): string[] {
  const raw = Buffer.from(value);
  const base64 = [0, 1, 2].flatMap((shift) =>
    ['base64', 'base64url'].map((encoding) =>
      Buffer.concat([Buffer.alloc(shift), raw])
        .toString(encoding as 'base64')
        .slice(shift === 0 ? 0 : shift + 1, -4)
        .replace(/=+$/, ''),
    ),
  );
  return [
    value,
    raw.toString('hex'),
    raw.toString('hex').toUpperCase(),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    ...base64.filter((t) => t.length >= 6),
  ];
}
const found = (text: string, planted: readonly string[]): string[] =>
  planted.filter((value) => formsOf(value).some((form) => text.includes(form)));

describe('P7 what may be found nowhere', () => {
  it('Aadhaar number, PID and one-time password, after every flow and every fault', async () => {
    const planted: string[] = [];
    const plant = (value: string): string => {
      planted.push(value);
      return value;
    };
    const secrets = (): { aadhaar: string; pid: string } => {
      const token = Array.from({ length: 48 }, () => String.fromCodePoint(97 + randomInt(26))).join('');
      plant(token);
      return {
        aadhaar: plant(freshAadhaar()),
        pid: plant(`<PidData><Data type="X">${token}</Data><Hmac>${'x'.repeat(40)}</Hmac></PidData>`),
      };
    };
    const echo = (given: unknown): string =>
      JSON.stringify(given, (_k, v: unknown) => (typeof v === 'bigint' ? v.toString() : v));
    const otp = (): string => plant(`${randomInt(10_000_000, 99_999_999)}`);
    const faults = [
      (given: unknown) => ({
        ok: false as const,
        kind: 'refused' as const,
        rawStatus: '1600',
        rawReason: `refused ${echo(given)}`,
      }),
      (given: unknown) => ({
        ok: false as const,
        kind: 'unknown' as const,
        rawStatus: `<${echo(given).slice(0, 2_000)}>`,
      }),
      (given: unknown): never => {
        throw new Error(`a bug with ${echo(given)}`);
      },
    ];
    const step = async (path: string, body: () => Record<string, unknown>): Promise<void> => {
      await post(path, body());
    };
    const agentSteps: [string, () => Record<string, unknown>][] = [
      ['agent', () => ({ ...activation(), aadhaar: secrets().aadhaar })],
      ['agent/kyc/otp', () => ({ ...me(), aadhaar: secrets().aadhaar })],
      ['agent/kyc/verification', () => ({ ...me(), aadhaar: secrets().aadhaar, otp: otp() })],
      ['agent/kyc/biometric', () => ({ ...withFinger(), ...secrets() })],
      ['agent/kyc/daily', () => ({ ...withFinger(), ...secrets() })],
    ];
    const honest = { ...w.connector };
    for (const [path, body] of agentSteps) {
      for (const fault of faults) {
        w.connector.onActivate = fault;
        w.connector.onKyc = (_step, given) => fault(given);
        await step(path, body);
        w.clock.advance(31_000);
      }
      Object.assign(w.connector, honest);
      await step(path, body);
      w.clock.advance(31_000);
    }
    expect((await get('agent')).body).toMatchObject({
      state: 'active',
      ekyc: 'done',
      is_verified_today: true,
    });

    const order = (key: string = randomUUID(), fields: Record<string, unknown> = {}): Promise<Reply> =>
      post(
        'withdrawals',
        { ...orderBody(), terminal: { id: `term-${randomInt(10)}`, latlong: SHOP }, ...secrets(), ...fields },
        { 'idempotency-key': key },
      );
    const outcomes: AepsWorld['connector']['onWithdraw'][] = [
      () => paid(),
      () => awaited(),
      () => timedOut(),
      (request) => declined({ rawReason: `declined ${echo(request)}`, description: echo(request) }),
      (request) => paid({ amountPaise: 1n, description: echo(request) }),
      (request) => ({ kind: 'unknown', sent: false, rawStatus: '<refused>', rawReason: echo(request) }),
      (request) => awaited({ rawReason: echo(request) }),
      (request): never => {
        throw new Error(echo(request));
      },
    ];
    const replay = randomUUID();
    for (const outcome of outcomes) {
      w.connector.onWithdraw = outcome;
      await order();
      w.clock.advance(1_000);
    }
    const same = { reference: 'replayed', terminal: { id: 'term-2', latlong: SHOP } };
    const [first, again] = [await order(replay, same), await order(replay, same)];
    expect([first.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([
      202,
      first.body.id,
      'true',
    ]);
    expect(w.connector.withdrawals).toHaveLength(outcomes.length + 1);
    for (const fault of faults) {
      w.connector.onBalance = fault;
      w.connector.onStatement = fault;
      for (const path of ['balance-enquiries', 'mini-statements'])
        await step(path, () => ({ ...enquiry(), ...secrets() }));
    }
    Object.assign(w.connector, honest);
    for (const path of ['balance-enquiries', 'mini-statements'])
      await step(path, () => ({ ...enquiry(), ...secrets() }));

    // Where they do not belong, and through refusals of ours and of the database.
    const stray = secrets();
    for (const fields of [
      { reference: stray.aadhaar },
      { terminal: { id: stray.aadhaar, latlong: SHOP } },
      { customer: { mobile: '9000000002', bank: stray.aadhaar } },
    ])
      expectProblem(await order(undefined, { ...stray, ...fields }), 'REQUEST_FIELD_INVALID');
    expectProblem(await order(`key-${stray.aadhaar}`, stray), 'REQUEST_HEADER_INVALID');
    for (const fields of [
      { [stray.aadhaar]: 1 },
      { pid: stray.aadhaar },
      { aadhaar: stray.pid },
      { currency: stray.aadhaar },
      { amount: stray.pid },
      { customer: stray.aadhaar },
    ])
      expect([400, 422]).toContain((await order(undefined, { ...stray, ...fields })).status);
    await post('withdrawals', JSON.stringify({ ...orderBody(), ...stray }).slice(0, -1), {
      'idempotency-key': randomUUID(),
    });
    w.connector.onWithdraw = () => paid();
    for (const [i, [table, check]] of [
      ['aeps_withdrawals', 'false'],
      ['dispatch_attempts', 'false'],
      ['transaction_outcomes', "kind <> 'succeeded'"],
      ['ledger_transfers', 'false'],
    ].entries()) {
      await w.knex.raw(`alter table ${table!} add constraint closed_${i} check (${check!}) not valid`);
      expect(
        (
          await order(undefined, {
            customer: { mobile: `92${randomInt(10_000_000, 99_999_999)}`, bank: '607152' },
          })
        ).status,
      ).toBe(i < 2 ? 500 : 202);
      await w.knex.raw(`alter table ${table!} drop constraint closed_${i}`);
    }

    expect(planted.length).toBeGreaterThan(90);
    const logs = w.logged.join('');
    expect(logs).toMatch(/a request failed/);
    expect(logs).toMatch(/left to its row/);
    expect({
      database: found(await dumpOf(w), planted),
      logs: found(logs, planted),
      answers: found(answers, planted),
    }).toEqual({ database: [], logs: [], answers: [] });
    // Nor does a mobile number, a PAN or an account number lie anywhere in clear.
    expect({
      database: found(await dumpOf(w), ['9000000001', '9000000002', 'ABCPE1234F', '000111220000']),
      logs: found(logs, ['9000000001', '9000000002', 'ABCPE1234F', '000111220000']),
    }).toEqual({ database: [], logs: [] });
    for (const form of formsOf(planted[0]!)) expect(found(`x${form}y`, planted)).toEqual([planted[0]]); // the test would see it
  });
});
