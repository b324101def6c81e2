/**
 * The API log through the whole platform: every call and callback is there under its transaction, what was
 * planted is not, and payouts do not depend on it.
 */
import { transactionId } from '../../../domain/ids/ids';
import request from 'supertest';
import { createCallLog } from '../../../domain/api-log/write';
import { execute, rows } from '../../../platform/database';
import { parsePublicId, publicId } from '../../../platform/ids';
import { eventId, factsOf, payoutEvent, postCallback } from '../../support/callbacks';
import { email, PASSWORD, startConsole, type TestConsole } from '../../support/console';
import { HOSTILE_TEXTS } from '../../support/hostile-values';
import { startPlatform, type Platform } from '../../support/platform';
import { until } from '../../support/until';

interface Line {
  operation: string;
  route: string;
  method: string;
  result: string;
  our_reference: string | null;
  request: Record<string, unknown> | null;
  response: Record<string, unknown> | null;
}

describe('what is noted', () => {
  let p: Platform;
  let user: Awaited<ReturnType<Platform['user']>>;
  beforeAll(async () => {
    p = await startPlatform({ sandbox: { slowMs: 100 } });
    user = await p.user(1_000_000_000n);
  });
  afterAll(async () => {
    await p.close();
  });

  const lines = async (id: unknown): Promise<Line[]> => {
    await p.c.callLog.drain();
    return rows<Line>(
      p.c.knex,
      'select operation, route, method, result, our_reference, request, response from api_calls where transaction_id = ? order by id',
      [parsePublicId('transaction', String(id))],
    );
  };

  it('the calls of a payout with their answers, under its id and our reference; ids are in no route', async () => {
    const { body } = await p.payout(user.apiKey, '0000', {
      beneficiary: { name: 'Plantedname Beneficiary', account_number: '735291840000', ifsc: 'HDFC0000053' },
      narration: 'Plantednarration',
    });
    expect(await p.final(user.apiKey, String(body.id))).toMatchObject({ status: 'SUCCESS' });
    const found = await until(
      () => lines(body.id),
      (seen) => seen.length >= 4 && seen.some((l) => l.operation.startsWith('payout.')),
    );
    const facts = await factsOf(p, transactionId(String(body.id)));
    expect(found.find((l) => l.operation === 'contact')).toMatchObject({
      method: 'POST',
      route: '/contacts',
      result: '200',
      request: { name: '<hidden>', type: 'customer' },
      response: { name: '<hidden>', entity: 'contact' },
    });
    expect(found.find((l) => l.operation === 'fund_account')).toMatchObject({
      route: '/fund_accounts',
      request: {
        account_type: 'bank_account',
        bank_account: { name: '<hidden>', ifsc: 'HDFC0000053', account_number: '…0000' },
      },
    });
    expect(found.find((l) => l.operation === 'payout')).toMatchObject({
      route: '/payouts',
      result: '200',
      our_reference: facts!.reference,
      request: {
        amount: 150_000,
        mode: 'IMPS',
        narration: '<hidden>',
        reference_id: facts!.reference,
        fund_account_id: facts!.fundAccount,
      },
      response: { id: facts!.id, narration: '<hidden>' },
    });
    expect(found.find((l) => l.operation === 'payout.processed')).toMatchObject({
      method: 'POST',
      route: '/callbacks/razorpayx',
      result: expect.stringMatching(/^signed: /),
      our_reference: facts!.reference,
      request: {
        event: 'payout.processed',
        payload: { payout: { entity: { id: facts!.id, amount: 150_000 } } },
      },
    });
    const all = await rows<{ line: string }>(p.c.knex, 'select c::text as line from api_calls c');
    for (const planted of ['Plantedname', 'Plantednarration', '735291840000', 'rzp_test', user.apiKey])
      expect(all.filter((l) => l.line.includes(planted))).toEqual([]);
  });

  it('a time-out and an inquiry by id, whose route names none', async () => {
    const { body } = await p.payout(user.apiKey, '5555');
    const found = await until(
      () => lines(body.id),
      (seen) =>
        seen.some((l) => l.operation === 'payout') && seen.some((l) => l.operation.startsWith('payout_by')),
    );
    expect(found.find((l) => l.operation === 'payout')).toMatchObject({ result: 'timeout', response: null });
    expect(found.find((l) => l.operation.startsWith('payout_by'))).toMatchObject({
      method: 'GET',
      route: expect.stringMatching(/^\/payouts(?:\/\{id\})?$/),
      our_reference: expect.stringMatching(/^[0-9a-z]{20}$/),
    });
  });

  it('callbacks that are repeated, forged or unmatched, without what they say where nobody vouches for it', async () => {
    const { body } = await p.payout(user.apiKey, '2222');
    const facts = await until(
      () => factsOf(p, transactionId(String(body.id))),
      (seen) => seen !== undefined,
    );
    const [raw, event] = [
      payoutEvent('payout.processed', facts!, { notes: { note: 'Plantednote' } }),
      eventId(),
    ];
    await postCallback(p, raw, { eventId: event });
    await postCallback(p, raw, { eventId: event });
    await postCallback(p, raw.replace('Munim', 'Forged'), { signature: 'f'.repeat(64) });
    await postCallback(p, payoutEvent('payout.processed', { ...facts!, reference: 'nobody00000000000000' }));
    const results = await until(
      async () => {
        await p.c.callLog.drain();
        return (
          await rows<{ result: string }>(
            p.c.knex,
            "select result from api_calls where route = '/callbacks/razorpayx'",
          )
        ).map((r) => r.result);
      },
      (seen) => ['duplicate', 'forged', 'signed: unmatched'].every((r) => seen.includes(r)),
    );
    expect(results).toEqual(expect.arrayContaining(['duplicate', 'forged', 'signed: unmatched']));
    expect(
      await rows(
        p.c.knex,
        "select from api_calls where result in ('forged', 'duplicate') and (request is not null or response is not null)",
      ),
    ).toEqual([]);
    expect(await rows(p.c.knex, "select from api_calls c where c::text like '%Plantednote%'")).toEqual([]);
  });

  it('payouts go on when the log cannot be written', async () => {
    await execute(p.db, 'alter table api_calls rename to api_calls_away');
    const { body } = await p.payout(user.apiKey, '0000');
    expect(await p.final(user.apiKey, String(body.id))).toMatchObject({ status: 'SUCCESS' });
    await p.c.callLog.drain();
    expect(
      (await p.c.metrics.callLogDropped.get()).values.find((v) => v.labels.why === 'failed')!.value,
    ).toBeGreaterThan(0);
    await execute(p.db, 'alter table api_calls_away rename to api_calls');
  });
});

describe('the ops page', () => {
  let c: TestConsole;
  const cookies: Record<string, string> = {};
  const TX = transactionId('01890a5d-ac96-774b-bcce-b302099a8057');
  const TXN = publicId('transaction', TX);
  beforeAll(async () => {
    c = await startConsole();
    for (const role of ['viewer', 'admin']) {
      const response = await request(c.url)
        .post('/ops/login')
        .set('Origin', c.origin)
        .type('form')
        .send({ email: email(role), password: PASSWORD });
      cookies[role] = String(response.headers['set-cookie']![0]).split(';')[0]!;
    }
    const log = createCallLog({ knex: c.knex });
    const at = (i: number): Date => new Date(Date.parse('2026-11-25T06:00:00Z') + i * 1_000);
    for (let i = 0; i < 120; i++) {
      log.note({
        provider: i % 2 === 0 ? 'setu' : 'eko',
        operation: 'recharge',
        method: 'POST',
        route: '/recharge/request',
        result: i % 3 === 0 ? 'timeout' : '200',
        latencyMs: i,
        at: at(i),
        ...(i === 60 ? { transactionId: TX, ourReference: 'ref60' } : {}),
        request: { amount: i },
      });
    }
    log.note({
      provider: '<script>alert(1)</script>',
      operation: '"><img src=x>',
      method: 'GET',
      route: '/<b>',
      result: "'><i>",
      latencyMs: 1,
      at: at(200),
      response: { '<script>': '</pre><script>alert(2)</script>' },
    });
    await log.drain();
  });
  afterAll(async () => {
    await c.close();
  });

  const get = (url: string, role: string | undefined = 'viewer') => {
    const call = request(c.url).get(url);
    return role === undefined ? call : call.set('Cookie', cookies[role]!);
  };
  const rowsOf = (html: string): string[] => html.match(/<tr>\s*<td[^>]*>.*?<\/tr>/gs) ?? [];

  it('is for those who are signed in, of any role; nothing can be sent to it', async () => {
    for (const url of ['/ops/api-calls', '/ops/api-calls/x']) {
      const anonymous = await request(c.url).get(url);
      expect([anonymous.status, anonymous.headers.location]).toEqual([302, '/ops/login']);
      for (const method of ['post', 'put', 'delete'] as const)
        expect(
          (await request(c.url)[method](url).set('Cookie', cookies.admin!).set('Origin', c.origin)).status,
        ).toBe(405);
    }
    for (const role of ['viewer', 'admin']) expect((await get('/ops/api-calls', role)).status).toBe(200);
  });

  it('filters by provider, transaction, result and time, and pages', async () => {
    const first = await get('/ops/api-calls?provider=setu&result=200');
    expect(rowsOf(first.text)).toHaveLength(40);
    expect(first.text).not.toContain('Older calls');
    expect(rowsOf((await get(`/ops/api-calls?transaction=${TXN}`)).text)).toHaveLength(1);
    expect(rowsOf((await get(`/ops/api-calls?transaction=${TX}`)).text)).toHaveLength(1);
    expect(rowsOf((await get('/ops/api-calls?reference=ref60')).text)).toHaveLength(1);
    expect(
      rowsOf((await get('/ops/api-calls?from=2026-11-25T11:31&before=2026-11-25T11:32&provider=eko')).text),
    ).toHaveLength(30);
    let url: string | undefined = '/ops/api-calls?provider=&before=2026-11-25T11:33';
    let seen = 0;
    for (let page = 0; url !== undefined && page < 10; page++) {
      const { text } = await get(url);
      seen += rowsOf(text).length;
      url = /href="([^"]*cursor=[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toBe(120);
  });

  it('shows one call with its masked JSON', async () => {
    const link = /\/ops\/api-calls\/[0-9a-f-]{36}/.exec(
      (await get('/ops/api-calls?reference=ref60')).text,
    )![0];
    const { text, status } = await get(link);
    expect(status).toBe(200);
    for (const shown of ['/recharge/request', 'ref60', TXN, '&quot;amount&quot;: 60', 'Nothing was noted.'])
      expect(text).toContain(shown);
    expect((await get('/ops/api-calls/01890a5d-ac96-774b-bcce-b302099a8057')).status).toBe(404);
  });

  it('writes nothing as HTML that came from outside', async () => {
    const list = (await get('/ops/api-calls')).text;
    const details = (await get(/\/ops\/api-calls\/[0-9a-f-]{36}/.exec(list)![0])).text;
    for (const html of [list, details]) {
      expect(html).not.toMatch(/<script|<img src=x|<b>|<i>/);
      expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    }
    expect(details).not.toContain('</pre><script>');
  });

  it.each(['provider', 'operation', 'transaction', 'reference', 'result', 'from', 'before', 'cursor', 'id'])(
    'hostile values of %s never break it',
    async (name) => {
      for (const value of HOSTILE_TEXTS.filter((t) => t.length < 1_000)) {
        const encoded = encodeURIComponent(Buffer.from(value).toString());
        const reply = await get(
          name === 'id' ? `/ops/api-calls/${encoded}` : `/ops/api-calls?${name}=${encoded}`,
        );
        expect([200, 302, 400, 404]).toContain(reply.status);
        expect(reply.text).not.toMatch(/<script>|<img src=x/);
      }
    },
  );
});
