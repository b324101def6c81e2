import { describeFlows } from '../../support/setu-flows';
import { until } from '../../support/until';
import {
  connector,
  isOpen,
  type Money,
  MONEY,
  sendTo,
  ask,
  ends,
  useSetuSandbox,
} from '../../support/setu-sandbox-connector';

useSetuSandbox();

describe('the flows', () => {
  describeFlows(() => connector);
});

describe('bills by scenario', () => {
  const [bills] = MONEY as [Money];
  const accepted = {
    kind: 'pending',
    sent: true,
    rawStatus: '<accepted>',
    providerReference: expect.any(String) as string,
    httpStatus: 200,
  };

  it.each([
    ['0000', 'succeeded', 'Success'],
    ['2222', 'succeeded', 'Success'],
    ['8888', 'succeeded', 'Success'],
    ['9999', 'succeeded', 'Success'],
    ['4444', 'reversed', 'Credit_Adjustment'],
  ])('%s: accepted, then %s', async (ending, kind, rawStatus) => {
    const sent = await sendTo(bills, ending);
    expect(sent.outcome).toEqual(accepted);
    expect(await ends(bills, sent, kind)).toMatchObject({ rawStatus, utr: expect.any(String) as string });
  });

  it.each([
    ['1111', 'BRR005'],
    ['3333', 'npci-connectivity-error'],
  ])('%s: accepted, then failed with %s', async (ending, rawReason) => {
    const sent = await sendTo(bills, ending);
    expect(sent.outcome).toEqual(accepted);
    const found = await ends(bills, sent, 'failed');
    expect(found).toMatchObject({
      rawStatus: 'Failure',
      rawReason,
      description: expect.stringMatching(/^BBPS: /) as string,
    });
    expect(found.utr).toBeUndefined();
  });

  it('4444 was a success before the money came back', async () => {
    const sent = await sendTo(bills, '4444');
    expect(
      await until(
        () =>
          ask(bills, { ourReference: sent.ourReference, providerReference: sent.outcome.providerReference! }),
        (a) => !isOpen(a),
      ),
    ).toMatchObject({ kind: 'succeeded' });
    const back = await ends(bills, sent, 'reversed');
    // payment/response goes on saying Success: only an inquiry that looks for it finds it, also where the
    // list does not take their reference for an id.
    const target = { ourReference: sent.ourReference, providerReference: back.providerReference! };
    expect(await ask(bills, target)).toMatchObject({ kind: 'succeeded', rawStatus: 'Success' });
    expect(await ask(bills, { ...target, mayHaveComeBack: true })).toEqual(back);
    expect(
      await ask(bills, {
        ...target,
        mayHaveComeBack: true,
        acceptedAt: new Date(Date.now() - 5 * 86_400_000),
      }),
    ).toMatchObject({ kind: 'succeeded' });
  });

  it.each([
    ['5555', 'succeeded', undefined],
    ['6666', 'failed', 'fund-transfer-error'],
  ])(
    'P5 %s: a time-out is unknown, and the list finds what it came to (%s)',
    async (ending, kind, rawReason) => {
      const sent = await sendTo(bills, ending);
      expect(sent.outcome).toEqual({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
      expect((await ends(bills, sent, kind)).rawReason).toBe(rawReason);
    },
  );
});

describe('recharges by scenario', () => {
  const recharges = MONEY[1]!;
  const given = {
    sent: true,
    providerReference: expect.any(String) as string,
    amountPaise: 19_900n,
    httpStatus: 200,
  };

  it.each(['0000', '8888'])('%s: succeeded at once', async (ending) => {
    const sent = await sendTo(recharges, ending);
    expect(sent.outcome).toMatchObject({
      ...given,
      kind: 'succeeded',
      rawStatus: 'Successful',
      utr: expect.any(String) as string,
    });
    expect((await ends(recharges, sent, 'succeeded')).utr).toBe(sent.outcome.utr);
  });

  it('1111: failed at once', async () => {
    const sent = await sendTo(recharges, '1111');
    expect(sent.outcome).toMatchObject({
      ...given,
      kind: 'failed',
      rawStatus: 'Failure',
      rawReason: 'ERR101',
    });
    expect(await ends(recharges, sent, 'failed')).toMatchObject({
      description: 'Invalid mobile number for the operator',
    });
  });

  it.each([
    ['2222', 'succeeded'],
    ['9999', 'succeeded'],
    ['3333', 'failed'],
  ])('%s: processing, then %s', async (ending, kind) => {
    const sent = await sendTo(recharges, ending);
    expect(sent.outcome).toMatchObject({ ...given, kind: 'pending', rawStatus: 'Processing' });
    await ends(recharges, sent, kind);
  });

  it('4444: succeeded, then reversed, although its status is a failure', async () => {
    const sent = await sendTo(recharges, '4444');
    expect(sent.outcome).toMatchObject({ ...given, kind: 'succeeded' });
    expect(await ends(recharges, sent, 'reversed')).toMatchObject({
      rawStatus: 'Failure',
      utr: sent.outcome.utr,
    });
  });

  it.each([
    ['5555', 'succeeded'],
    ['6666', 'failed'],
  ])('P5 %s: a time-out is unknown, and the inquiry finds what it came to (%s)', async (ending, kind) => {
    const sent = await sendTo(recharges, ending);
    expect(sent.outcome).toEqual({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
    await ends(recharges, sent, kind);
  });
});
