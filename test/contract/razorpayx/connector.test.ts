import type { ProviderOutcome } from '../../../domain/provider/outcome';
import {
  useRazorpayxSandbox,
  KEYS,
  OPENING_PAISE,
  connector,
  connect,
  beneficiary,
  instruct,
  send,
  byReference,
  finalByReference,
  control,
  bookOf,
} from '../../support/razorpayx-connected';

useRazorpayxSandbox();

describe('beneficiaries', () => {
  it('a bank account and an address of payment get a contact and a fund account', async () => {
    for (const kind of ['bank', 'vpa'] as const) {
      const registered = await connector.payout!.registerBeneficiary(beneficiary('0000', kind));
      expect(registered).toMatchObject({
        ok: true,
        refs: {
          contact: expect.stringMatching(/^cont_/) as string,
          fund_account: expect.stringMatching(/^fa_/) as string,
        },
      });
    }
  });

  it('P4 fifty at the same time share one flight; later the same details find the same fund account', async () => {
    const before = (await control('GET', '/book/summary')).contacts as number;
    const calls: string[] = [];
    const own = connect({
      metrics: {
        called: (_provider, operation) => calls.push(operation),
        refused() {},
        unlistedStatus() {},
        breakerChanged() {},
      },
    });
    const details = beneficiary('0000');
    const all = await Promise.all(
      Array.from({ length: 50 }, () =>
        own.payout!.registerBeneficiary(details, { signal: AbortSignal.timeout(5_000) }),
      ),
    );
    expect(new Set(all.map((r) => JSON.stringify(r))).size).toBe(1);
    expect(calls).toEqual(['contact', 'fund_account']);
    expect(await own.payout!.registerBeneficiary(details)).toEqual(all[0]);
    expect((await control('GET', '/book/summary')).contacts).toBe(before + 1);
    await own.close();
  });

  it('what Razorpay cannot take is refused before anything is sent', async () => {
    const before = await control('GET', '/book/summary');
    const refused = await connector.payout!.registerBeneficiary({ ...beneficiary('0000'), name: 'परीक्षण' });
    expect(refused).toMatchObject({
      ok: false,
      outcome: { kind: 'failed', sent: false, rawStatus: '<beneficiary not sendable>', rawReason: 'name' },
    });
    expect(await control('GET', '/book/summary')).toEqual(before);
  });

  it('a fault on the way is unknown, with certainty that no payout exists', async () => {
    await control('POST', '/faults', { status: 500, path: '/v1/fund_accounts' });
    expect(await connector.payout!.registerBeneficiary(beneficiary('0000'))).toMatchObject({
      ok: false,
      outcome: { kind: 'unknown', sent: false, rawStatus: 'SERVER_ERROR', httpStatus: 500 },
    });
  });
});

describe('payouts by scenario', () => {
  it('0000: processed, with fee, tax and UTR, by reference and by id', async () => {
    const instruction = await instruct('0000');
    const sent = await send(instruction);
    expect(sent).toMatchObject({
      kind: 'pending',
      sent: true,
      rawStatus: 'processing',
      amountPaise: 150_000n,
    });
    const found = await finalByReference(instruction, 'succeeded');
    expect(found).toMatchObject({
      rawStatus: 'processed',
      providerReference: sent.providerReference,
      amountPaise: 150_000n,
    });
    const { providerFeePaise, providerTaxPaise, utr } = found as ProviderOutcome;
    expect([
      providerFeePaise! > 0n,
      (providerFeePaise! * 18n + 50n) / 100n === providerTaxPaise,
      utr!.length >= 12,
    ]).toEqual([true, true, true]);
    expect(
      await connector.payout!.inquire({
        ourReference: instruction.ourReference,
        providerReference: sent.providerReference!,
      }),
    ).toEqual(found);
  });

  it('an address of payment, over UPI', async () => {
    const instruction = await instruct('0000', {}, 'vpa');
    await send(instruction);
    expect(await finalByReference(instruction, 'succeeded')).toMatchObject({ rawStatus: 'processed' });
  });

  it.each([
    ['1111', 'failed', 'bank_account_invalid'],
    ['2222', 'succeeded', 'payout_processed'],
    ['3333', 'failed', 'beneficiary_bank_rejected'],
    ['9999', 'succeeded', 'payout_processed'],
  ])('%s: %s', async (ending, kind, rawReason) => {
    const instruction = await instruct(ending);
    expect((await send(instruction)).kind).toMatch(/pending|failed/);
    expect(await finalByReference(instruction, kind)).toMatchObject({ sent: true, rawReason });
  });

  it('4444: reversed after it was processed', async () => {
    const instruction = await instruct('4444');
    await send(instruction);
    expect(await finalByReference(instruction, 'reversed')).toMatchObject({
      rawStatus: 'reversed',
      amountPaise: 150_000n,
    });
    expect((await bookOf(instruction))[0]!.net_debit_paise).toBe(0);
  });

  it.each([
    ['5555', 'succeeded'],
    ['6666', 'failed'],
  ])('P5 %s: a time-out is unknown, and the inquiry finds what it came to (%s)', async (ending, kind) => {
    const instruction = await instruct(ending);
    const impatient = connect({ timeouts: { connectMs: 10_000, totalMs: 400 } });
    expect(await send(instruction, impatient)).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<timeout>',
    });
    await impatient.close();
    await finalByReference(instruction, kind);
    expect(await bookOf(instruction)).toHaveLength(1);
  });

  it('P4 7777: a 500 is unknown, then not found; the same bytes under the same key make one payout', async () => {
    const instruction = await instruct('7777');
    expect(await send(instruction)).toMatchObject({ kind: 'unknown', sent: true, rawStatus: 'SERVER_ERROR' });
    expect(await byReference(instruction)).toEqual({
      kind: 'not_found',
      rawStatus: '<not found>',
      httpStatus: 200,
    });
    expect(await send(instruction)).toMatchObject({ kind: 'pending' });
    expect(await send(instruction)).toMatchObject({
      kind: expect.stringMatching(/pending|succeeded/) as string,
    });
    await finalByReference(instruction, 'succeeded');
    const [payout, ...others] = await bookOf(instruction);
    expect([others.length, new Set(payout!.body_sha256).size]).toEqual([0, 1]);
  });

  it('a float that runs dry leaves the payout queued, and a deposit lets it go', async () => {
    const instruction = await instruct('0000', { amountPaise: OPENING_PAISE * 2n, mode: 'NEFT' });
    expect(await send(instruction)).toMatchObject({
      kind: 'pending',
      rawStatus: 'queued',
      rawReason: 'low_balance',
    });
    await control('POST', '/deposits', { amount_paise: Number(OPENING_PAISE * 3n) });
    await finalByReference(instruction, 'succeeded');
  });
});

describe('set-up', () => {
  it.each([
    { webhookSecret: 'short' },
    { previousWebhookSecret: '' },
    { accountNumber: 'x y' },
    { baseUrl: 'http://api.razorpay.com/v1' },
    { keyId: 'a:b:c' },
    { keySecret: '' },
  ])('refuses %p', (fields) => {
    expect(() => connect(fields)).toThrow(TypeError);
  });

  it('P7 shows no secret when it is printed', () => {
    const shown = JSON.stringify(connector) + Object.values(connector).map(String).join('');
    for (const secret of [KEYS.keySecret, KEYS.webhookSecret]) expect(shown).not.toContain(secret);
  });

  it('says what not-found allows: the same request again, for less than the documented seven days', () => {
    expect(connector.payout!.notFound).toEqual({ then: 'resend_same_key', keyLifeMs: 6 * 86_400_000 });
    expect(connect({ notFound: { then: 'case' } }).payout!.notFound).toEqual({ then: 'case' });
  });
});
