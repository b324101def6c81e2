/** The connector against the sandbox, which shares no code with it: what one says of the contract the other has to understand. */
import { createHmac, randomUUID } from 'node:crypto';
import type { BeneficiaryDetails } from '../../../domain/beneficiaries/details';
import type { Connector } from '../../../domain/connectors';
import type { PayoutInstruction } from '../../../domain/payouts/port';
import type { InquiryAnswer, ProviderOutcome } from '../../../domain/provider/outcome';
import { compareTexts } from '../../../platform/order';
import {
  createCashfreeConnector,
  type CashfreeConnectorOptions,
} from '../../../providers/cashfree/connector';
import {
  CASHFREE,
  CASHFREE_PREFIX,
  startCashfreeSandbox,
  type CashfreeSandbox,
  type CashfreeWebhook,
} from '../../support/cashfree';
import type { Json } from '../../support/cashfree-examples';
import { askCashfreeSdk } from '../../support/cashfree-oracle';
import { NEVER_OPENS } from '../../support/never-opens';
import { until } from '../../support/until';

let t: CashfreeSandbox;
let connector: Connector;
const noted: unknown[] = [];

const connect = (options: Partial<CashfreeConnectorOptions> = {}): Connector =>
  createCashfreeConnector({
    ...CASHFREE,
    baseUrl: `${t.sandbox.url}${CASHFREE_PREFIX}`,
    timeouts: { connectMs: 10_000, totalMs: 10_000 },
    breaker: NEVER_OPENS,
    callLog: { note: (entry) => noted.push(entry) },
    ...options,
  });

beforeAll(async () => {
  t = await startCashfreeSandbox({}, { slowMs: 150 });
  connector = connect();
});
afterAll(async () => {
  await connector.close();
  await t.close();
});

let accounts = 0;
/** Another account each time: Cashfree knows an account once. */
function beneficiary(ending: string, kind: 'bank' | 'vpa' = 'bank'): BeneficiaryDetails {
  accounts += 1;
  const no = String(50_100_000 + accounts);
  return {
    id: randomUUID(),
    name: 'Test Beneficiary',
    account:
      kind === 'bank'
        ? { kind, accountNumber: `${no}${ending}`, ifsc: 'HDFC0000053' }
        : { kind, address: `test${no}.${ending}@exampleupi` },
  };
}

async function instruct(
  ending: string,
  fields: Partial<PayoutInstruction> = {},
  kind: 'bank' | 'vpa' = 'bank',
): Promise<PayoutInstruction> {
  const registered = await connector.payout!.registerBeneficiary(beneficiary(ending, kind));
  if (!registered.ok) throw new Error(registered.outcome.rawStatus);
  return {
    ourReference: randomUUID().replaceAll('-', '').slice(0, 20),
    idempotencyKey: randomUUID(),
    amountPaise: 150_050n,
    currency: 'INR',
    mode: kind === 'bank' ? 'IMPS' : 'UPI',
    narration: 'Test payout',
    refs: registered.refs,
    ...fields,
  };
}

const send = (instruction: PayoutInstruction, c = connector): Promise<ProviderOutcome> =>
  c.payout!.send(instruction, c.payout!.prepare(instruction));
const ask = ({ ourReference }: PayoutInstruction, providerReference?: string): Promise<InquiryAnswer> =>
  connector.payout!.inquire({
    ourReference,
    ...(providerReference === undefined ? {} : { providerReference }),
  });
const finally_ = (instruction: PayoutInstruction, kind: string): Promise<InquiryAnswer> =>
  until(
    () => ask(instruction),
    (answer) => answer.kind === kind,
  );
const bookOf = async ({ ourReference }: PayoutInstruction): Promise<Json[]> =>
  (await t.client.control('GET', `/book/transfers?transfer_ids=${ourReference}`)).items as Json[];
const webhooksOf = ({ ourReference }: PayoutInstruction): CashfreeWebhook[] =>
  t.receiver.received.filter(({ body }) => body.data.transfer_id === ourReference);
const read = ({ raw, headers }: CashfreeWebhook, c = connector) => {
  const bytes = Buffer.from(raw);
  return { check: c.checkCallback(headers, bytes), parsed: c.parseCallback(bytes) };
};

describe('beneficiaries', () => {
  it('a bank account and a VPA are registered under our own id', async () => {
    for (const kind of ['bank', 'vpa'] as const) {
      const details = beneficiary('0000', kind);
      const registered = await connector.payout!.registerBeneficiary(details);
      expect(registered).toEqual({ ok: true, refs: { beneficiary: details.id.replaceAll('-', '') } });
    }
    expect(connector.payout!.callsToRegister({})).toBe(1);
    expect(connector.payout!.callsToRegister({ beneficiary: randomUUID().replaceAll('-', '') })).toBe(0);
  });

  it('P4 fifty at the same time share one call; again, and after a lost answer, it is the same', async () => {
    const calls: string[] = [];
    const metrics = {
      called: (_provider: string, operation: string) => calls.push(operation),
      refused() {},
      unlistedStatus() {},
      breakerChanged() {},
    };
    const own = connect({ metrics });
    const details = beneficiary('0000');
    const all = await Promise.all(Array.from({ length: 50 }, () => own.payout!.registerBeneficiary(details)));
    expect(new Set(all.map((registered) => JSON.stringify(registered))).size).toBe(1);
    expect(calls).toEqual(['beneficiary']);
    expect(await own.payout!.registerBeneficiary(details)).toEqual(all[0]);
    expect(calls).toEqual(['beneficiary', 'beneficiary', 'beneficiary_by_id']);
    await own.close();
  });

  it('an account that another of our users pays is the beneficiary that is there', async () => {
    const first = beneficiary('0000');
    expect((await connector.payout!.registerBeneficiary(first)).ok).toBe(true);
    const second = { ...first, id: randomUUID(), name: 'Another Name' };
    expect(await connector.payout!.registerBeneficiary(second)).toEqual({
      ok: true,
      refs: { beneficiary: first.id.replaceAll('-', '') },
    });
  });

  it('our id with another account behind it is never paid', async () => {
    const details = beneficiary('0000');
    await connector.payout!.registerBeneficiary(details);
    const other = { ...details, account: beneficiary('0000').account };
    expect(await connector.payout!.registerBeneficiary(other)).toEqual({
      ok: false,
      outcome: { kind: 'unknown', sent: false, rawStatus: '<other beneficiary>' },
    });
  });

  it('one that was deleted there is forgotten and registered again', async () => {
    const details = beneficiary('0000');
    const instruction = {
      ...(await instruct('0000')),
      refs: { beneficiary: details.id.replaceAll('-', '') },
    };
    await connector.payout!.registerBeneficiary(details);
    await t.client.call('DELETE', `/beneficiary?beneficiary_id=${instruction.refs.beneficiary}`);
    expect(await send(instruction)).toMatchObject({ kind: 'unknown', sent: false, refusesRefs: true });
    expect(await connector.payout!.registerBeneficiary(details)).toMatchObject({ ok: true });
    expect(await send(instruction)).toMatchObject({ kind: 'pending' });
  });

  it('a name that Cashfree cannot take is refused before anything is sent', async () => {
    const before = await t.client.control('GET', '/book/summary');
    const named = { ...beneficiary('0000'), name: 'परीक्षण' };
    expect(await connector.payout!.registerBeneficiary(named)).toMatchObject({
      ok: false,
      outcome: { kind: 'failed', sent: false, rawStatus: '<beneficiary not sendable>', rawReason: 'name' },
    });
    expect(await t.client.control('GET', '/book/summary')).toEqual(before);
  });

  it('a fault while registering is unknown, and no payout came of it', async () => {
    await t.client.control('POST', '/faults', { status: 500, path: `${CASHFREE_PREFIX}/beneficiary` });
    expect(await connector.payout!.registerBeneficiary(beneficiary('0000'))).toMatchObject({
      ok: false,
      outcome: { kind: 'unknown', sent: false, rawStatus: 'internal_server_error', httpStatus: 500 },
    });
  });
});

describe('transfers by scenario', () => {
  it('0000: received, then succeeded, with charge, tax and UTR, by our reference and by theirs', async () => {
    const instruction = await instruct('0000');
    const sent = await send(instruction);
    expect(sent).toMatchObject({ kind: 'pending', rawStatus: 'RECEIVED', amountPaise: 150_050n });
    const found = await finally_(instruction, 'succeeded');
    expect(found).toMatchObject({
      rawStatus: 'SUCCESS',
      providerReference: sent.providerReference,
      amountPaise: 150_050n,
      providerFeePaise: 300n,
      providerTaxPaise: 54n,
      utr: expect.stringMatching(/^\d{12}$/) as string,
    });
    expect(found).not.toHaveProperty('isProviderFeeOwed');
    expect(await ask(instruction, sent.providerReference)).toEqual(found);
  });

  it('a VPA, over UPI', async () => {
    const instruction = await instruct('0000', {}, 'vpa');
    await send(instruction);
    expect(await finally_(instruction, 'succeeded')).toMatchObject({ rawStatus: 'SUCCESS' });
  });

  it.each([
    ['1111', 'failed', 'INVALID_ACCOUNT_FAIL'],
    ['3333', 'failed', 'BENE_BANK_DECLINED'],
    ['4444', 'reversed', 'RETURNED_FROM_BENEFICIARY'],
  ])('%s: %s', async (ending, kind, rawReason) => {
    const instruction = await instruct(ending);
    await send(instruction);
    expect(await finally_(instruction, kind)).toMatchObject({ rawReason, amountPaise: 150_050n });
    expect((await bookOf(instruction))[0]!.net_debit_paise).toBe(0);
  });

  it('2222: sent to the bank of the beneficiary is pending until it is completed', async () => {
    const instruction = await instruct('2222');
    await send(instruction);
    const seen = new Set<string>();
    await until(
      async () => {
        const answer = await ask(instruction);
        seen.add(`${answer.kind} ${answer.rawStatus} ${'rawReason' in answer ? answer.rawReason : ''}`);
        return answer;
      },
      (answer) => answer.kind === 'succeeded',
    );
    expect([...seen]).toContain('pending SUCCESS SENT_TO_BENEFICIARY');
  });

  it.each([
    ['5555', 'succeeded'],
    ['6666', 'failed'],
  ])('P5 %s: a time-out is unknown, and the inquiry finds what it came to (%s)', async (ending, kind) => {
    const instruction = await instruct(ending);
    const impatient = connect({ timeouts: { connectMs: 10_000, totalMs: 300 } });
    expect(await send(instruction, impatient)).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<timeout>',
    });
    await impatient.close();
    await finally_(instruction, kind);
    expect(await bookOf(instruction)).toHaveLength(1);
  });

  it('P4 7777: a 500 is unknown, then not found; the same bytes again make one transfer', async () => {
    const instruction = await instruct('7777');
    expect(await send(instruction)).toMatchObject({ kind: 'unknown', sent: true, httpStatus: 500 });
    expect(await ask(instruction)).toEqual({
      kind: 'not_found',
      rawStatus: 'transfer_id_not_found',
      httpStatus: 404,
    });
    expect(await send(instruction)).toMatchObject({ kind: 'pending' });
    // Once more: a used id is refused, and shows that the transfer is there.
    expect(await send(instruction)).toMatchObject({
      kind: 'unknown',
      sent: true,
      foundThere: 'one',
      httpStatus: 409,
    });
    await finally_(instruction, 'succeeded');
    const [transfer, ...others] = await bookOf(instruction);
    expect([others.length, transfer!.requests_seen, transfer!.body_sha256]).toEqual([
      0,
      3,
      [connector.payout!.prepare(instruction).bodyHash.toString('hex')],
    ]);
  });

  it('P4 bytes that were altered on the way to us are not sent', async () => {
    const instruction = await instruct('0000');
    const prepared = connector.payout!.prepare(instruction);
    const altered = { ...prepared, body: prepared.body.replace('1500.50', '9500.50') };
    expect(await connector.payout!.send(instruction, altered)).toEqual({
      kind: 'unknown',
      sent: false,
      rawStatus: '<request altered>',
    });
    expect(await bookOf(instruction)).toEqual([]);
  });

  it('an empty wallet: queued until there is money, or refused for it, which is no failure of the customer', async () => {
    const { balance_paise } = await t.client.control('GET', '/book/summary');
    await t.client.control('POST', '/withdrawals', { amount_paise: balance_paise });
    const queued = await instruct('0000');
    expect(await send(queued)).toMatchObject({ kind: 'pending', rawStatus: 'QUEUED' });
    expect(connector.reasons).toMatchObject({ QUEUED: 'PROVIDER_FUNDS_SHORT' });
    await t.client.control('POST', '/settings', { queue_low_balance: false });
    const refused = await instruct('0000');
    expect(await send(refused)).toMatchObject({
      kind: 'failed',
      isShortOfFunds: true,
      rawStatus: 'REJECTED',
      rawReason: 'INSUFFICIENT_BALANCE',
    });
    await t.client.control('POST', '/settings', { queue_low_balance: true });
    await t.client.control('POST', '/deposits', { amount_paise: balance_paise });
    await finally_(queued, 'succeeded');
    expect(await ask(refused)).toMatchObject({ kind: 'failed', isShortOfFunds: true });
  });

  it('wrong keys and a product that is off: held, nothing sent, nothing failed', async () => {
    const instruction = await instruct('0000');
    const locked = connect({ clientSecret: 'another-client-secret' });
    expect(await send(instruction, locked)).toMatchObject({
      kind: 'unknown',
      sent: false,
      isSetupFault: true,
    });
    await locked.close();
    await t.client.control('POST', '/faults', { status: 400 });
    expect(await send(instruction)).toMatchObject({
      kind: 'unknown',
      sent: false,
      isSetupFault: true,
      rawStatus: 'apis_not_enabled',
    });
    expect(await bookOf(instruction)).toEqual([]);
  });
});

describe('webhooks', () => {
  it('P6 8888: late, repeated, told anew and forged; only what Cashfree signed counts, and repeats are known', async () => {
    const instruction = await instruct('8888');
    await send(instruction);
    const webhooks = await until(
      () => webhooksOf(instruction),
      (seen) => seen.length === 5,
    );
    const verdicts = webhooks.map((webhook) => read(webhook));
    const signed = verdicts.filter(({ check }) => check.verdict === 'signed');
    expect(signed.map(({ parsed }) => parsed.outcome?.kind ?? '').toSorted(compareTexts)).toEqual([
      'pending',
      'succeeded',
      'succeeded',
      'succeeded',
    ]);
    const forged = verdicts.filter(({ check }) => check.verdict === 'forged');
    expect(forged.map(({ parsed }) => parsed.event)).toEqual(['TRANSFER_FAILED']);
    expect(new Set(signed.map(({ check }) => 'eventId' in check && check.eventId)).size).toBe(3);
    expect(signed[0]!.parsed.target).toEqual({
      ourReference: instruction.ourReference,
      providerReference: expect.stringMatching(/^\d{13}$/) as string,
      amountPaise: 150_050n,
      refs: instruction.refs,
    });
  });

  it('P6 one that is replayed a day later is only a hint', async () => {
    const instruction = await instruct('0000');
    await send(instruction);
    const [webhook] = await until(
      () => webhooksOf(instruction),
      (seen) => seen.length > 0,
    );
    expect(read(webhook!).check.verdict).toBe('signed');
    const later = connect({ clock: { now: () => new Date(Date.now() + 86_400_000) } });
    expect(read(webhook!, later).check.verdict).toBe('unsigned');
    await later.close();
  });

  it("what Cashfree's own SDK would accept is accepted here, and nothing else", async () => {
    const raw = '{"type":"TRANSFER_SUCCESS","event_time":"x","data":{"transfer_amount":170.00}}';
    const timestamp = String(Date.now());
    const under = (secret: string, of = raw): string =>
      createHmac('sha256', secret).update(`${timestamp}${of}`).digest('base64');
    const cases = [
      { raw, signature: under(CASHFREE.clientSecret) },
      { raw, signature: under('another-secret') },
      { raw: raw.replace('170.00', '170'), signature: under(CASHFREE.clientSecret) },
      { raw: `${raw} `, signature: under(CASHFREE.clientSecret, `${raw} `) },
      { raw, signature: '' },
    ].map((webhook) => ({ ...webhook, timestamp }));
    const { types } = await askCashfreeSdk({
      ...CASHFREE,
      baseUrl: 'http://127.0.0.1:9',
      calls: [],
      webhooks: cases,
    });
    const ours = cases.map(
      (webhook) =>
        connector.checkCallback(
          { 'x-webhook-signature': webhook.signature, 'x-webhook-timestamp': timestamp },
          Buffer.from(webhook.raw),
        ).verdict,
    );
    expect(types.map((type) => type !== null)).toEqual([true, false, false, true, false]);
    expect(ours).toEqual(types.map((type) => (type === null ? 'forged' : 'signed')));
  });
});

describe('P7 what is kept', () => {
  it('no name, account, VPA, remark or secret is in the API log, and no query', async () => {
    const [bank, vpa] = [beneficiary('0000'), beneficiary('0000', 'vpa')];
    noted.length = 0;
    for (const details of [bank, { ...bank, id: randomUUID() }, vpa])
      expect((await connector.payout!.registerBeneficiary(details)).ok).toBe(true);
    const instruction = await instruct('1111', { narration: 'Rent of March' });
    await send(instruction);
    await finally_(instruction, 'failed');
    await ask(instruction, '1234567890123');
    const kept = JSON.stringify(noted);
    expect(kept).toContain(instruction.ourReference);
    expect(kept).toContain('"route":"/beneficiary"');
    const { account } = bank;
    if (account.kind !== 'bank' || vpa.account.kind !== 'vpa') throw new Error('of another kind');
    for (const planted of [
      'Test Beneficiary',
      'Rent of March',
      account.accountNumber,
      vpa.account.address,
      CASHFREE.clientSecret,
      CASHFREE.clientId,
      'bank_account_number=',
    ])
      expect(kept).not.toContain(planted);
  });

  it('no secret is shown when the connector is printed', () => {
    const shown = JSON.stringify(connector) + Object.values(connector).map(String).join('');
    for (const secret of [CASHFREE.clientSecret, CASHFREE.clientId]) expect(shown).not.toContain(secret);
  });
});

it('not found allows the same request again, for a day', () => {
  expect(connector.payout!.notFound).toEqual({ then: 'resend_same_key', keyLifeMs: 86_400_000 });
  expect(connect({ notFound: { then: 'case' } }).payout!.notFound).toEqual({ then: 'case' });
});
