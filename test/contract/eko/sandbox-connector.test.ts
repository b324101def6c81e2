import { billTo, connectEko, rechargeTo, send, transferTo } from '../../support/eko-connected';
import { startEkoSandbox, type Json } from '../../support/eko-sandbox';
import { until } from '../../support/until';
import {
  t,
  connector,
  another,
  MONEY,
  bookOf,
  sendTo,
  byReference,
  ends,
  useEkoSandbox,
} from '../../support/eko-sandbox-connector';

useEkoSandbox();

describe.each(MONEY)('$name by scenario', (money) => {
  const given = {
    sent: true,
    httpStatus: 200,
    providerReference: expect.stringMatching(/^\d{10}$/) as string,
  };

  it('0000: succeeded at once, with amount and UTR', async () => {
    const sent = await sendTo(money, '0000');
    expect(sent.outcome).toMatchObject({
      ...given,
      kind: 'succeeded',
      rawStatus: '0',
      amountPaise: money.amountPaise,
    });
    expect((await ends(money, sent, 'succeeded')).utr).toMatch(/^\d{12}$/);
  });

  it('1111: failed at once, with a reason', async () => {
    const sent = await sendTo(money, '1111');
    expect(sent.outcome).toMatchObject({
      ...given,
      kind: 'failed',
      rawStatus: '1',
      rawReason: money.name === 'aeps' ? '1464' : '55',
      description: expect.any(String) as string,
    });
    expect((await ends(money, sent, 'failed')).utr).toBeUndefined();
  });

  it.each([
    ['2222', 'succeeded'],
    ['9999', 'succeeded'],
  ])('%s: awaited, then %s', async (ending, kind) => {
    const sent = await sendTo(money, ending);
    expect(sent.outcome).toMatchObject({ ...given, kind: 'pending', rawStatus: '2' });
    expect(await byReference(money, sent)).toMatchObject({ kind: 'pending', sent: true, rawStatus: '2' });
    await ends(money, sent, kind);
  });

  it('3333: awaited, then failed; a transfer is refund pending', async () => {
    const sent = await sendTo(money, '3333');
    expect(sent.outcome).toMatchObject({ ...given, kind: 'pending', rawStatus: '2' });
    await ends(money, sent, money.lateFailure);
  });

  it('4444: succeeded, then everything back', async () => {
    const sent = await sendTo(money, '4444');
    expect(sent.outcome).toMatchObject({ ...given, kind: 'succeeded' });
    expect(await ends(money, sent, 'refunded')).toMatchObject({ rawStatus: '4' });
  });

  it.each([
    ['5555', 'succeeded'],
    ['6666', 'failed'],
  ])('P5 %s: a time-out is unknown, and the inquiry finds what it came to (%s)', async (ending, kind) => {
    const sent = await sendTo(money, ending);
    expect(sent.outcome).toEqual({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
    await ends(money, sent, kind);
    expect(await bookOf(sent.ourReference)).toHaveLength(1);
  });

  it('P5 7777: a 500 is unknown, then not found, and never a failure by itself', async () => {
    const sent = await sendTo(money, '7777');
    expect(sent.outcome).toEqual({ kind: 'unknown', sent: true, rawStatus: '<http 500>', httpStatus: 500 });
    expect(await byReference(money, sent)).toEqual({
      kind: 'not_found',
      rawStatus: '<not found>',
      httpStatus: 200,
    });
  });

  it('8888: succeeded, whatever the callbacks say', async () => {
    const sent = await sendTo(money, '8888');
    expect(sent.outcome).toMatchObject({ ...given, kind: 'succeeded' });
    await ends(money, sent, 'succeeded');
  });
});

describe.each(MONEY)('$name when something is wrong', (money) => {
  const fault = (what: Json): Promise<unknown> =>
    t.client.control('POST', '/faults', { path: `/ekoapi/v3${money.path}`, method: 'POST', ...what });

  it.each([500, 503])('P5 %i is unknown, and nothing was booked', async (status) => {
    const sendIt = await money.ready('0000');
    await fault({ status });
    const sent = await sendIt(connector);
    expect(sent.outcome).toEqual({
      kind: 'unknown',
      sent: true,
      rawStatus: `<http ${status}>`,
      httpStatus: status,
    });
    expect(await byReference(money, sent)).toMatchObject({ kind: 'not_found' });
  });

  it('P5 429 is unknown, nothing was booked, and the next call waits', async () => {
    const sendIt = await money.ready('0000');
    await fault({ status: 429, retry_after_s: 2 });
    const own = another({});
    const sent = await sendIt(own);
    expect(sent.outcome).toEqual({
      kind: 'unknown',
      sent: true,
      rawStatus: '<http 429>',
      httpStatus: 429,
      retryAfterMs: 2_000,
    });
    expect((await sendIt(own)).outcome).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<rate limited>',
    });
    expect(await byReference(money, sent)).toMatchObject({ kind: 'not_found' });
  });

  it.each(['garbage', 'oversized', 'empty'])(
    'P5 an answer that is %s is unknown, and the inquiry finds the money gone',
    async (body) => {
      const sendIt = await money.ready('0000');
      await fault({ body });
      const sent = await sendIt(connector);
      expect(sent.outcome).toMatchObject({ kind: 'unknown', sent: true });
      await ends(money, sent, 'succeeded');
    },
  );

  it('P1 an answer with another amount says that amount', async () => {
    const sendIt = await money.ready('0000');
    await fault({ body: 'other_amount' });
    expect((await sendIt(connector)).outcome).toMatchObject({
      kind: 'succeeded',
      amountPaise: money.amountPaise + 100n,
    });
  });

  it('P4 a reference that was used is refused: unknown, and the first is not touched', async () => {
    const sendIt = await money.ready('0000');
    const sent = await sendIt(connector);
    expect((await sendIt(connector)).outcome).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: 'status 461',
      rawReason: 'invalid_params',
    });
    await ends(money, sent, 'succeeded');
    expect(await bookOf(sent.ourReference)).toEqual([expect.objectContaining({ requests_seen: 2 })]);
  });

  it('wrong keys and a stranger are refused at the door: nothing was created', async () => {
    for (const options of [{ accessKey: 'another access key' }, { developerKey: 'another_developer_key' }]) {
      const sent = await (await money.ready('0000'))(another(options));
      expect(sent.outcome).toEqual({
        kind: 'unknown',
        sent: false,
        rawStatus: '<http 403>',
        httpStatus: 403,
        isSetupFault: true,
      });
      expect(await byReference(money, sent)).toMatchObject({ kind: 'not_found' });
    }
    const sent = await (await money.ready('0000'))(another({ initiatorId: '9962981720' }));
    expect(sent.outcome).toMatchObject({
      kind: 'unknown',
      sent: false,
      isSetupFault: true,
      rawReason: '319',
    });
  });

  it('a clock of ours that is ten minutes off: refused once, then theirs is used', async () => {
    for (const offMs of [-600_000, 600_000]) {
      const own = another({ clock: { now: () => new Date(Date.now() + offMs) } });
      const sendIt = await money.ready('0000');
      expect((await sendIt(own)).outcome).toMatchObject({ kind: 'unknown', sent: false, httpStatus: 403 });
      expect((await sendIt(own)).outcome).toMatchObject({ kind: 'succeeded' });
    }
  });

  it('a clock of theirs that is ten minutes off: the same', async () => {
    const sendIt = await money.ready('0000');
    await t.client.control('POST', '/settings', { clock_shift_ms: 600_000 });
    try {
      const own = another({});
      expect((await sendIt(own)).outcome).toMatchObject({ kind: 'unknown', sent: false, httpStatus: 403 });
      expect((await own[money.name]!.inquire({ ourReference: 'none' })).kind).toBe('not_found');
    } finally {
      await t.client.control('POST', '/settings', { clock_shift_ms: 0 });
    }
  });
});

it('a float that runs dry: a transfer is declined; of the others nobody says that nothing was created, and the inquiry does', async () => {
  const poor = await startEkoSandbox({ openingPaise: 10_000n });
  const own = connectEko(poor);
  const transfer = await send(own.dmt!, await transferTo(poor, own, '0000'));
  expect(transfer).toMatchObject({
    kind: 'failed',
    sent: true,
    rawStatus: '1',
    rawReason: 'insufficient_balance',
    description: 'Insufficient balance',
  });
  for (const [calls, instruction] of [
    [own.bbps!, billTo('0000')],
    [own.recharge!, rechargeTo('0000')],
  ] as const) {
    expect(
      await send(calls as typeof own.bbps & object, instruction as ReturnType<typeof billTo>),
    ).toMatchObject({ kind: 'unknown', sent: true, rawStatus: 'status 347', rawReason: '347' });
    expect(await calls.inquire({ ourReference: instruction.ourReference })).toMatchObject({
      kind: 'not_found',
    });
  }
  await own.close();
  await poor.close();
});

describe('callbacks', () => {
  const about = (ref: string, count: number): Promise<Buffer[]> =>
    until(
      () => t.receiver.raw.filter((raw) => raw.includes(ref)).map((raw) => Buffer.from(raw)),
      (seen) => seen.length >= count,
    );

  it.each([
    ['0000', ['0']],
    ['1111', ['1']],
    ['2222', ['0']],
    ['3333', ['3']],
    ['4444', ['0', '4']],
  ])('%s: unsigned, and only a hint', async (ending, statuses) => {
    const sent = await sendTo(MONEY[0]!, ending);
    const raws = await about(sent.ourReference, statuses.length);
    expect(
      raws.map((raw) => connector.parseCallback(raw)).toSorted((a, b) => a.event.localeCompare(b.event)),
    ).toEqual(
      statuses.map((status) => ({
        event: `transaction.${status}`,
        target: {
          providerReference: sent.outcome.providerReference,
          ourReference: sent.ourReference,
          amountPaise: 10_050n,
        },
      })),
    );
    for (const raw of raws)
      expect(connector.checkCallback({}, raw)).toEqual({
        verdict: 'unsigned',
        eventId: expect.stringMatching(new RegExp(`^${sent.outcome.providerReference}:[0-6]:`)) as string,
      });
  });

  it('8888: repeats have one event id, the false one has its own, and each names the transfer', async () => {
    const sent = await sendTo(MONEY[0]!, '8888');
    const raws = await about(sent.ourReference, 5);
    const checks = raws.map((raw) => connector.checkCallback({}, raw));
    expect(new Set(checks.map((check) => (check as { eventId: string }).eventId)).size).toBeLessThan(
      raws.length,
    );
    for (const raw of raws)
      expect(connector.parseCallback(raw)).toMatchObject({
        target: { ourReference: sent.ourReference, providerReference: sent.outcome.providerReference },
      });
    expect(new Set(raws.map((raw) => connector.parseCallback(raw).event))).toEqual(
      new Set(['transaction.0', 'transaction.1', 'transaction.2']),
    );
    await ends(MONEY[0]!, sent, 'succeeded');
  });
});
