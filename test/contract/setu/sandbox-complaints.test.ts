import type { ProviderOutcome } from '../../../domain/provider/outcome';
import { type SetuCallback } from '../../support/setu';
import { valueOf } from '../../support/setu-flows';
import { until } from '../../support/until';
import {
  t,
  connector,
  control,
  type Money,
  MONEY,
  sendTo,
  ask,
  ends,
  useSetuSandbox,
} from '../../support/setu-sandbox-connector';

useSetuSandbox();

describe('complaints', () => {
  const [bills] = MONEY as [Money];
  const paid = async (): Promise<ProviderOutcome & { ourReference: string }> => {
    const sent = await sendTo(bills, '0000');
    return { ...(await ends(bills, sent, 'succeeded')), ourReference: sent.ourReference };
  };

  it('have to wait, are raised once, and bring the money back', async () => {
    const { ourReference, utr, providerReference } = await paid();
    expect(await connector.bbps!.complain!(utr!, 'double-payment', 'Paid twice')).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: 'validation-error',
    });
    await control('POST', '/settings', { cool_off_ms: 0 });
    const { refId } = valueOf(await connector.bbps!.complain!(utr!, 'double-payment', 'Paid twice'));
    const ticket = valueOf(await connector.bbps!.complaint!(refId));
    expect(ticket).toEqual({
      refId,
      disputeId: expect.any(String) as string,
      status: 'ASSIGNED',
      assignedTo: 'Sandbox BOU',
      dueOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
      remarks: expect.any(String) as string,
    });
    const second = valueOf(await connector.bbps!.complain!(utr!, 'double-payment', 'Paid twice'));
    expect(valueOf(await connector.bbps!.complaint!(second.refId))).toMatchObject({ status: 'FAILED' });
    await until(
      async () => valueOf(await connector.bbps!.complaint!(refId)),
      ({ status }) => status === 'REFUNDED',
    );
    expect(
      await ask(bills, {
        ourReference,
        providerReference: providerReference!,
        acceptedAt: new Date(),
        mayHaveComeBack: true,
      }),
    ).toMatchObject({ kind: 'reversed', rawStatus: 'Credit_Adjustment', utr });
  });

  it('whose answer was lost are found by the reference of their payment', async () => {
    await control('POST', '/settings', { cool_off_ms: 0 });
    const { ourReference, utr } = await paid();
    expect(valueOf(await connector.bbps!.complaintsAbout!(ourReference))).toEqual([]);
    const { refId } = valueOf(await connector.bbps!.complain!(utr!, 'paid-to-wrong-account', 'To another'));
    const other = await paid();
    await connector.bbps!.complain!(other.utr!, 'service-not-received', 'Nothing came');
    const listed = valueOf(await connector.bbps!.complaintsAbout!(ourReference));
    expect(listed).toEqual([
      expect.objectContaining({
        refId,
        npciCode: 'D21',
        dueOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
        disputeId: valueOf(await connector.bbps!.complaint!(refId)).disputeId,
      }),
    ]);
  });

  it('that could not be raised at NPCI are FAILED, bring nothing back, and may be raised again', async () => {
    await control('POST', '/settings', { cool_off_ms: 0 });
    const { ourReference, providerReference, utr } = await paid();
    const { slowMs } = t.sandbox.settings;
    t.sandbox.settings.slowMs = 60_000; // no ticket moves on by itself
    const { refId } = valueOf(await connector.bbps!.complain!(utr!, 'double-payment', 'Paid twice'));
    await control('POST', '/disputes', { ref_id: refId, status: 'FAILED' });
    expect(valueOf(await connector.bbps!.complaint!(refId))).toMatchObject({ refId, status: 'FAILED' });
    expect(valueOf(await connector.bbps!.complaintsAbout!(ourReference))).toEqual([
      expect.objectContaining({ refId, status: 'FAILED', npciCode: 'D22' }),
    ]);
    const again = { ourReference, providerReference: providerReference!, acceptedAt: new Date() };
    expect(await ask(bills, { ...again, mayHaveComeBack: true })).toMatchObject({ kind: 'succeeded' });
    const second = valueOf(await connector.bbps!.complain!(utr!, 'double-payment', 'Paid twice'));
    expect(valueOf(await connector.bbps!.complaint!(second.refId))).toMatchObject({ status: 'ASSIGNED' });
    t.sandbox.settings.slowMs = slowMs;
  });

  it('about nothing are refused', async () => {
    expect(
      await connector.bbps!.complain!('AX0000000000000000000', 'double-payment', 'Paid twice'),
    ).toMatchObject({ ok: false, kind: 'refused', rawStatus: 'txn-not-found' });
    expect(await connector.bbps!.complaint!('DISNOSUCHTICKET000')).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: 'invalid-ref-id',
    });
  });

  it('without a date by which they have to be closed say none', async () => {
    await control('POST', '/settings', { cool_off_ms: 0 });
    const { refId } = valueOf(
      await connector.bbps!.complain!((await paid()).utr!, 'account-not-updated', 'Not updated'),
    );
    expect(valueOf(await connector.bbps!.complaint!(refId)).dueOn).toBeNull();
    const done = await until(
      async () => valueOf(await connector.bbps!.complaint!(refId)),
      ({ status }) => status !== 'ASSIGNED',
    );
    expect(done).toMatchObject({ status: 'RESOLVED', assignedTo: 'BBPCU' });
  });
});

describe('callbacks', () => {
  const about = (ref: string, count: number): Promise<SetuCallback[]> =>
    until(
      () => Promise.resolve(t.receiver.received.filter(({ raw }) => raw.includes(ref))),
      (seen) => seen.length >= count,
    );
  const parsed = ({ raw }: SetuCallback) => connector.parseCallback(Buffer.from(raw));
  const eventIdOf = ({ raw }: SetuCallback): string =>
    (connector.checkCallback({}, Buffer.from(raw)) as { eventId: string }).eventId;

  it('of bills: unsigned, and only a hint', async () => {
    const sent = await sendTo(MONEY[0]!, '4444');
    const seen = await about(sent.ourReference, 2);
    expect(seen.map(parsed)).toEqual(
      [{}, { tellsReversal: true }].map((told) => ({
        event: 'BILL_PAY',
        target: {
          ourReference: sent.ourReference,
          providerReference: sent.outcome.providerReference,
          amountPaise: sent.amountPaise,
        },
        ...told,
      })),
    );
    expect(seen.map(({ raw }) => connector.checkCallback({}, Buffer.from(raw)).verdict)).toEqual([
      'unsigned',
      'unsigned',
    ]);
  });

  it('of recharges, which do not name our reference: rupees as text', async () => {
    const sent = await sendTo(MONEY[1]!, '4444');
    const seen = await about(sent.outcome.providerReference!, 2);
    expect(seen.map(parsed)).toEqual(
      ['payment.status', 'payment.reversal'].map((event) => ({
        event,
        target: { providerReference: sent.outcome.providerReference, amountPaise: 19_900n },
        ...(event === 'payment.reversal' ? { tellsReversal: true } : {}),
      })),
    );
  });

  it.each(MONEY)('of $name, 8888: repeats have one event id, the false one has its own', async (money) => {
    const sent = await sendTo(money, '8888');
    const seen = await about(sent.outcome.providerReference!, 5);
    expect(new Set(seen.map(eventIdOf)).size).toBe(4);
    expect(seen.map((callback) => parsed(callback).target?.providerReference)).toEqual(
      seen.map(() => sent.outcome.providerReference),
    );
    await ends(money, sent, 'succeeded');
  });

  it('of fetches, complaints and the wallet concern no transaction', async () => {
    await control('POST', '/recharge/deposits', { amount_paise: 12_345, reference: 'deposit' });
    await until(
      () => Promise.resolve(t.receiver.received),
      (seen) => seen.some(({ path }) => path.endsWith('/wallet/topup')),
    );
    const others = t.receiver.received.filter(({ path }) => !path.includes('/payment/')).map(parsed);
    expect(new Set(others.map(({ event }) => event))).toEqual(
      new Set(['BILL_FETCH', 'BILL_DISPUTE', 'wallet.credit']),
    );
    expect(others.filter((callback) => callback.target !== undefined)).toEqual([]);
  });
});
