import type { WithdrawalAnswer, WithdrawalRequest } from '../../../domain/aeps/port';
import { freshReference } from '../../support/references';
import { AADHAAR, valueOf, visitOf } from '../../support/eko-connected';
import { newMobile } from '../../support/eko-sandbox';
import { bookOf, connector, t, useEkoSandbox } from '../../support/eko-sandbox-connector';
import { pidBlock } from '../../../sandbox/eko/finger';

useEkoSandbox();

const AMOUNT_PAISE = 600_000n;

/** A customer at a terminal, who wants 6,000 rupees. */
function customer(ending = '0000'): WithdrawalRequest {
  return { ...visitOf(ending), amountPaise: AMOUNT_PAISE };
}

async function asked(request: WithdrawalRequest): Promise<string> {
  const { biometrics: _none, ...rest } = request;
  const ask = { ...rest, ourReference: freshReference(), aadhaar: AADHAAR };
  return valueOf(await connector.aeps!.sendWithdrawalOtp(ask)).otpRequestRef;
}

/** Of the last withdrawal. */
let lastReference = '';

/** Withdraws with a finger that was captured with these digits. */
function withdraw(
  request: WithdrawalRequest,
  otpRequestRef: string,
  digits: string,
): Promise<WithdrawalAnswer> {
  const biometrics = { aadhaar: AADHAAR, pid: pidBlock(digits) };
  lastReference = freshReference();
  return connector.aeps!.withdraw({ ...request, ourReference: lastReference, biometrics, otpRequestRef });
}

const plainFailure = { kind: 'failed', sent: true, rawStatus: '1', rawReason: '1464' };

it('asked, captured with the digits, withdrawn: and the id is good for one try', async () => {
  const request = customer();
  const id = await asked(request);
  const digits = await t.client.otpOf(id);
  expect(digits).toMatch(/^\d{6}$/);
  expect(await withdraw(request, id, digits)).toMatchObject({ kind: 'succeeded', amountPaise: AMOUNT_PAISE });
  expect(await withdraw(request, id, digits)).toMatchObject(plainFailure);
});

it('without an id nothing is withdrawn: one is sent, and the next call goes with it', async () => {
  const request = customer();
  const answer = await connector.aeps!.withdraw(request);
  expect(answer).toMatchObject({ kind: 'failed', sent: true, rawReason: 'otp_required' });
  expect(await bookOf(request.ourReference)).toEqual([]);
  const digits = await t.client.otpOf(answer.otpRequestRef);
  expect(await withdraw(request, answer.otpRequestRef!, digits)).toMatchObject({ kind: 'succeeded' });
});

it('5,000 rupees need none', async () => {
  expect(await connector.aeps!.withdraw({ ...customer(), amountPaise: 500_000n })).toMatchObject({
    kind: 'succeeded',
  });
});

it.each<[string, (request: WithdrawalRequest, id: string, digits: string) => Promise<WithdrawalAnswer>]>([
  ['wrong digits', (r, id, digits) => withdraw(r, id, digits === '111111' ? '222222' : '111111')],
  ['a finger captured without the digits', (r, id) => withdraw(r, id, '')],
  ['another amount', (r, id, digits) => withdraw({ ...r, amountPaise: 700_000n }, id, digits)],
  ['another customer', (r, id, digits) => withdraw({ ...r, customerMobile: newMobile() }, id, digits)],
  ['another bank', (r, id, digits) => withdraw({ ...r, bankCode: 'SBIN' }, id, digits)],
  [
    'another place',
    (r, id, digits) =>
      withdraw({ ...r, terminal: { ...r.terminal, latlong: '28.6139,77.2091' } }, id, digits),
  ],
  ['an id of nobody', (r, _id, digits) => withdraw(r, 'FP0000000000000001', digits)],
])('%s: a plain failure, which an inquiry finds too', async (_what, attempt) => {
  const request = customer();
  const id = await asked(request);
  const answer = await attempt(request, id, await t.client.otpOf(id));
  expect(answer).toMatchObject(plainFailure);
  const found = await connector.aeps!.inquire({
    ourReference: lastReference,
    providerReference: answer.providerReference!,
  });
  expect(found.kind).toBe('failed');
});

it('a wrong try uses the id up', async () => {
  const request = customer();
  const id = await asked(request);
  const digits = await t.client.otpOf(id);
  expect(await withdraw(request, id, '000000' === digits ? '000001' : '000000')).toMatchObject(plainFailure);
  expect(await withdraw(request, id, digits)).toMatchObject(plainFailure);
});

it('an old one is a plain failure too', async () => {
  const request = customer();
  const id = await asked(request);
  const digits = await t.client.otpOf(id);
  await t.client.control('POST', '/settings', { otp_ttl_ms: 0 });
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
  const answer = await withdraw(request, id, digits);
  await t.client.control('POST', '/settings', { otp_ttl_ms: 300_000 });
  expect(answer).toMatchObject(plainFailure);
});

it('a refusal to send one has a text only', async () => {
  const { biometrics: _none, ...rest } = customer();
  expect(
    await connector.aeps!.sendWithdrawalOtp({ ...rest, bankCode: 'ZZZZ', aadhaar: AADHAAR }),
  ).toMatchObject({ ok: false, kind: 'refused', rawStatus: '1' });
});

it('P7 the book of the sandbox holds no digits', async () => {
  const request = customer();
  const id = await asked(request);
  const digits = await t.client.otpOf(id);
  await withdraw(request, id, digits);
  const rows = JSON.stringify((await t.client.control('GET', '/book/transactions')).body);
  expect(rows).not.toContain(`"${digits}"`);
});
