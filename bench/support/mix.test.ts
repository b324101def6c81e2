/** Loads of the pipeline's bench: the shares of a mix, how many agents its withdrawals need, and what counts as refused. */
import { userId, accountId } from '../../domain/ids/ids';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { agentCount, alone, parseMix, sendMix, shareNames } from './mix';
import type { BenchUser } from './users';

const MIX = 'payout=60,bbps=10,recharge=10,dmt=10,aeps=10';
const user = (n: number): BenchUser => ({
  userId: userId(`user-${n}`),
  walletId: `wallet-${n}`,
  accountId: accountId(BigInt(n)),
  apiKey: `mk_test_${n}`,
});

it('shares make a hundred, of services that there are', () => {
  expect(parseMix(MIX)).toEqual({ payout: 60, bbps: 10, recharge: 10, dmt: 10, aeps: 10 });
  expect(shareNames(parseMix('aeps=100'))).toEqual(['aeps']);
  expect(() => parseMix('payout=60')).toThrow('must make 100');
  expect(() => parseMix('loans=100')).toThrow('payout, bbps, recharge, dmt, aeps');
});

it('no agent makes so many withdrawals in all loads together that ten minutes of them would be a case', () => {
  expect(
    agentCount([
      { mix: parseMix(MIX), count: 20_000 },
      { mix: alone('aeps'), count: 1_000 },
    ]),
  ).toBe(200);
  expect(agentCount([{ mix: alone('payout'), count: 20_000 }])).toBe(0);
  expect(agentCount([{ mix: alone('aeps'), count: 16 }])).toBe(2);
});

describe('withdrawals', () => {
  let server: http.Server;
  let url: string;
  let answers: { status: number; body: object }[];
  let asked: { path: string; key: string; body: Record<string, unknown> }[];
  let otpState: string;
  const answerTo = (path: string): { status: number; body: object } => {
    if (path.endsWith('/acknowledgement')) return { status: 200, body: {} };
    if (path.endsWith('/withdrawal-otps')) return { status: 200, body: { id: 'aot_1', state: otpState } };
    return answers.shift()!;
  };

  beforeEach(async () => {
    [answers, asked, otpState] = [[], [], 'sent'];
    server = http.createServer((req, res) => {
      void json(req).then((order) => {
        asked.push({
          path: req.url!,
          key: req.headers.authorization!,
          body: order as Record<string, unknown>,
        });
        const { status, body } = answerTo(req.url!);
        res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
  });

  const succeeding = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      status: 200,
      body: { id: `txn_${n}`, status: 'SUCCESS', instruction: 'hand_out_cash' },
    }));
  const send = (count: number) =>
    sendMix({
      apiUrl: url,
      users: [user(0)],
      count,
      callers: 1,
      beneficiaries: 1,
      mix: alone('aeps'),
      prepared: { transfers: [], agents: [user(1), user(2)], next: 0, withdrawals: 0 },
    });

  it('are refused unless the answer says SUCCESS: not a failure, not one that nobody knows of, no refusal', async () => {
    const view = (status: string, instruction: string) => ({ id: 'txn_1', status, instruction });
    answers = [
      { status: 200, body: view('SUCCESS', 'hand_out_cash') },
      { status: 200, body: view('FAILED', 'do_not_hand_out_cash') },
      { status: 202, body: view('PENDING', 'do_not_hand_out_cash') },
      { status: 409, body: { code: 'AEPS_VELOCITY_REFUSED' } },
      { status: 503, body: { code: 'PROVIDER_UNAVAILABLE' } },
    ];
    const { refused, latenciesMs } = await send(5);
    expect({ refused, sent: latenciesMs.length }).toEqual({ refused: 4, sent: 5 });
  });

  it('are made by the agents in their turn, and what succeeded is acknowledged by its own', async () => {
    answers = succeeding(3);
    expect((await send(3)).refused).toBe(0);
    expect(asked.map(({ path, key }) => `${key.slice(-1)} ${path.slice('/v1/aeps/'.length)}`)).toEqual([
      '1 withdrawals',
      '1 withdrawals/txn_0/acknowledgement',
      '2 withdrawals',
      '2 withdrawals/txn_1/acknowledgement',
      '1 withdrawals',
      '1 withdrawals/txn_2/acknowledgement',
    ]);
  });

  it('above 5,000 rupees, every fifth, name the one-time password that was sent for them', async () => {
    answers = succeeding(5);
    const { refused, latenciesMs } = await send(5);
    expect({ refused, sent: latenciesMs.length }).toEqual({ refused: 0, sent: 5 });
    const of = (path: string) => asked.filter((a) => a.path === `/v1/aeps/${path}`).map(({ body }) => body);
    expect(of('withdrawals').map(({ amount, otp_request: otp }) => [amount, otp])).toEqual([
      ...Array.from({ length: 4 }, () => [10_000, undefined]),
      [510_000, 'aot_1'],
    ]);
    const [otp] = of('withdrawal-otps');
    expect(of('withdrawals')[4]).toMatchObject(otp!);
  });

  it('are refused, and not made, without the password that they need', async () => {
    otpState = 'refused';
    answers = succeeding(4);
    expect((await send(5)).refused).toBe(1);
    expect(asked.filter(({ path }) => path.endsWith('/withdrawals'))).toHaveLength(4);
  });
});
