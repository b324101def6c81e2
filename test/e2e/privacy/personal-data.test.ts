import { transactionId } from '../../../domain/ids/ids';
import { randomInt, randomUUID } from 'node:crypto';
import path from 'node:path';
import { Writable } from 'node:stream';
import { execute, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { createLog } from '../../../platform/logger';
import { factsOf, payoutEvent, postCallback } from '../../support/callbacks';
import { startDatabaseDoor, type DatabaseDoor } from '../../support/database-door';
import { metricsOf, redisOf, serverLogs, tablesOf } from '../../support/everywhere';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectNothingInside, expectProblem } from '../../support/problems';
import { queueBackends } from '../../support/redis';
import { until } from '../../support/until';

/** Values that stand nowhere else in the world; wherever one is found, it was carried there. */
const planted = new Set<string>();
const plant = (value: string): string => {
  planted.add(value);
  return value;
};
const letters = (n: number): string =>
  Array.from({ length: n }, () => String.fromCodePoint(97 + randomInt(26))).join('');
const digits = (n: number): string => Array.from({ length: n }, () => randomInt(10)).join('');
const plantedName = (): string => `Zxq${plant(letters(12))} Beneficiary`;
const plantedBank = (ending: string): Record<string, unknown> => ({
  name: plantedName(),
  account_number: `${plant(`9${digits(11)}`)}${ending}`,
  ifsc: 'HDFC0000053',
});
const plantedVpa = (ending: string): Record<string, unknown> => ({
  name: plantedName(),
  vpa: `${plant(letters(12))}.${ending}@okbank`,
});

/** A value as it is, and as the encodings would carry it. */
function formsOf(value: string): string[] {
  const raw = Buffer.from(value);
  const base64 = [0, 1, 2]
    .map((shift) =>
      Buffer.concat([Buffer.alloc(shift), raw])
        .toString('base64')
        .slice(shift === 0 ? 0 : shift + 1, -4),
    )
    .map((t) => t.replace(/=+$/, ''));
  return [value, raw.toString('hex'), ...base64.filter((t) => t.length >= 10)];
}
function expectNoPlanted(where: string, text: string): void {
  const lower = text.toLowerCase();
  const found = [...planted].filter((value) =>
    formsOf(value).some((form, i) => (i < 2 ? lower.includes(form) : text.includes(form))),
  );
  expect({ where, length: text.length > 0, found }).toEqual({ where, length: true, found: [] });
}

describe.each(queueBackends())('P7 personal data, queues on %s', (backend) => {
  const redisUrl = backend === 'redis' ? process.env.TEST_REDIS_URL : undefined;
  let p: Platform;
  let user: Awaited<ReturnType<Platform['user']>>;
  let door: DatabaseDoor;
  let logged = '';
  let jobs = '';
  let answers = '';
  let watching: NodeJS.Timeout;

  beforeAll(async () => {
    planted.clear();
    const log = createLog({
      process: 'test',
      level: 'debug',
      destination: new Writable({
        write(chunk: Buffer, _encoding, done) {
          logged += chunk.toString('utf8');
          done();
        },
      }),
    });
    p = await startPlatform({
      redisUrl,
      log,
      sandbox: { slowMs: 300 },
      through: async (url) => {
        door = await startDatabaseDoor(url);
        return door.url;
      },
    });
    user = await p.user(100_000_000_000n);
    let busy = false;
    watching = setInterval(() => {
      // finished jobs stay for five minutes (`platform/queue`), and of a queue the last thousand
      if (busy) return;
      busy = true;
      void dumpJobs()
        .then(
          (text) => {
            jobs += text;
          },
          () => undefined,
        )
        .finally(() => {
          busy = false;
        });
    }, 2_000);
  });
  afterAll(async () => {
    clearInterval(watching);
    await p.close();
    await door.shut();
  });

  const keep = (reply: Reply): Reply => {
    answers += `${JSON.stringify([...reply.headers])}${reply.text}\n`;
    return reply;
  };
  const pay = async (
    beneficiary: Record<string, unknown>,
    fields: Record<string, unknown> = {},
  ): Promise<Reply> =>
    keep(
      await p.call('POST', '/v1/payouts', {
        key: user.apiKey,
        body: { ...payoutBody('0000'), mode: undefined, ...fields, beneficiary },
        headers: { 'idempotency-key': randomUUID() },
      }),
    );
  const ended = async (reply: Reply): Promise<string> => {
    expect(reply.status).toBe(202);
    const final = keep(
      await p.call('GET', `/v1/transactions/${reply.body.id as string}`, {
        key: user.apiKey,
        headers: { prefer: 'wait=25' },
      }),
    );
    keep(await p.call('GET', `/v1/transactions/${reply.body.id as string}/events`, { key: user.apiKey }));
    return final.body.status as string;
  };
  const fault = async (order: Record<string, unknown>): Promise<void> => {
    expect(
      (
        await fetch(`${p.sandbox.url}/__sandbox/faults`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(order),
        })
      ).status,
    ).toBe(201);
  };

  async function dumpJobs(): Promise<string> {
    return redisUrl === undefined ? dumpTables('bullmq') : redisOf(p);
  }
  async function dumpTables(schema: string): Promise<string> {
    return [...(await tablesOf(p, schema))].map(([name, text]) => `${name} ${text}`).join('');
  }

  it('travels through every scenario', async () => {
    const endings: [string, string][] = [
      ['0000', 'SUCCESS'],
      ['1111', 'FAILED'],
      ['2222', 'SUCCESS'],
      ['3333', 'FAILED'],
      ['5555', 'SUCCESS'],
      ['6666', 'FAILED'],
      ['8888', 'SUCCESS'],
      ['9999', 'SUCCESS'],
    ];
    await Promise.all(
      endings.flatMap(([ending, status]) =>
        [plantedBank(ending), plantedVpa(ending)].map(async (beneficiary) => {
          expect([ending, await ended(await pay(beneficiary))]).toEqual([ending, status]);
        }),
      ),
    );
    await ended(await pay(plantedBank('4444'))); // reversed before or after it is a success
  });

  it('travels through faults of the provider', async () => {
    await fault({ status: 500, path: '/v1/contacts', times: 1 });
    await fault({ status: 503, path: '/v1/fund_accounts', times: 1 });
    await fault({ status: 429, path: '/v1/contacts', retry_after_s: 1, times: 1 });
    const ends = await Promise.all(
      [pay(plantedBank('0000')), pay(plantedVpa('0000'))].map(async (reply) => ended(await reply)),
    );
    expect(ends).toEqual(['SUCCESS', 'SUCCESS']);
  });

  it('is repeated by a provider in what it writes for people', async () => {
    const beneficiary = plantedBank('2222');
    await fetch(`${p.sandbox.url}/__sandbox/settings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ slow_ms: 60_000 }),
    });
    const reply = await pay(beneficiary);
    const facts = (await until(
      () => factsOf(p, transactionId(reply.body.id as string)),
      (f) => f !== undefined,
    ))!;
    const address = `${plant(letters(12))}@okbank`;
    await postCallback(
      p,
      payoutEvent('payout.failed', facts, {
        status_details: {
          description: `the account ${beneficiary.account_number as string} (${address}) of ${beneficiary.name as string} is closed`,
          source: 'beneficiary_bank',
          reason: 'beneficiary_account_closed',
        },
      }),
    );
    expect(await ended(reply)).toBe('FAILED');
    await fetch(`${p.sandbox.url}/__sandbox/settings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ slow_ms: 300 }),
    });
    const [row] = await rows<{ reason: string; description: string | null }>(
      p.c.knex,
      "select raw_reason as reason, description from transaction_outcomes where transaction_id = ? and effect = 'failure'",
      [parsePublicId('transaction', reply.body.id as string)],
    );
    expect(row).toEqual({ reason: 'beneficiary_account_closed', description: null });
    // forged and malformed ones are kept too
    await postCallback(
      p,
      payoutEvent('payout.failed', facts, { narration: beneficiary.account_number, utr: plant(digits(12)) }),
      { signature: 'a'.repeat(64) },
    );
    await postCallback(p, `{"entity":"event","event":"payout.failed","payload":{"vpa":"${address}"`);
  });

  it('is not in the answer to a request that is refused for it', async () => {
    const bad = plant(letters(14));
    for (const beneficiary of [
      { ...plantedBank('0000'), name: `<${bad}>` },
      { ...plantedBank('0000'), account_number: `${plant(digits(12))}-x` },
      { ...plantedBank('0000'), ifsc: bad },
      { ...plantedBank('0000'), ifsc: 'SYNB0000445' },
      { ...plantedVpa('0000'), vpa: `${bad}@` },
      { ...plantedBank('0000'), [bad.slice(0, 6)]: bad },
      { ...plantedBank('0000'), [plant(digits(14))]: 1 },
      { ...plantedBank('0000'), ...plantedVpa('0000') },
      bad,
      [bad],
    ]) {
      const reply = await pay(beneficiary as Record<string, unknown>);
      expect([400, 422]).toContain(reply.status);
    }
    for (const text of [`{"beneficiary":{"name":"${bad}"`, bad, `{"a":"${bad}","a":"${bad}"}`]) {
      expectProblem(
        keep(
          await p.call('POST', '/v1/payouts', {
            key: user.apiKey,
            body: text,
            headers: { 'idempotency-key': randomUUID() },
          }),
        ),
        'REQUEST_BODY_UNPARSABLE',
      );
    }
    for (const query of [
      `reference=${bad}%20`,
      `status=${bad}`,
      `cursor=${bad}`,
      `limit=${plant(digits(12))}`,
    ])
      keep(await p.call('GET', `/v1/transactions?${query}`, { key: user.apiKey }));
  });

  it('travels through refusals of the database, in the API and in jobs', async () => {
    const closed: [string, string][] = [
      ['beneficiaries', "hint <> '…8123'"],
      ['transactions', 'amount_paise <> 123401'],
      ['transactions', "not (amount_paise = 123402 and state = 'held')"],
      ['payouts', "narration <> 'closed'"],
      ['transaction_outcomes', "raw_reason <> 'invalid_account'"],
    ];
    for (const [i, [table, check]] of closed.entries())
      await execute(
        p.db,
        `alter table ${table} add constraint ${table}_closed_${i} check (${check}) not valid`,
      );
    try {
      expectProblem(await pay(plantedBank('8123')), 'INTERNAL_ERROR');
      expectProblem(await pay(plantedBank('0000'), { amount: 123_401 }), 'INTERNAL_ERROR');
      expectProblem(await pay(plantedVpa('0000'), { narration: 'closed' }), 'INTERNAL_ERROR');
      const stuck = await pay(plantedBank('0000'), { amount: 123_402 });
      expect(stuck.status).toBe(202);
      await until(
        () => logged,
        (text) => text.includes('transactions_closed_2'),
      );
      const good = await pay(plantedBank('0000'));
      expect(await ended(good)).toBe('SUCCESS');
    } finally {
      for (const [i, [table]] of closed.entries())
        await execute(p.db, `alter table ${table} drop constraint ${table}_closed_${i}`);
    }
    for (const i of [0, 1, 3]) expect(logged).toContain(`_closed_${i}`);
  });

  it("travels through a beneficiary that does not open, and one that the provider's ids cannot be kept for", async () => {
    await p.db.raw(
      'alter table provider_beneficiaries add constraint provider_beneficiaries_closed check (false) not valid',
    );
    const stuck = await pay(plantedVpa('0000'));
    await until(
      () => logged,
      (text) => text.includes('provider_beneficiaries_closed'),
    );
    await p.db.raw('alter table provider_beneficiaries drop constraint provider_beneficiaries_closed');
    expect(stuck.status).toBe(202);
    const swapped = plantedBank('0000');
    await ended(await pay(swapped));
    await p.db.raw('delete from provider_beneficiaries');
    const bank = "kind = 'bank' and hint = '…0000'";
    await p.db.raw(
      `
        update beneficiaries set account_sealed = (select account_sealed from beneficiaries where ${bank}
        order by created_at limit 1) where id = (select id from beneficiaries where ${bank} order by created_at desc limit 1)`,
    );
    expect((await pay(swapped)).status).toBe(202);
    await until(
      () => logged,
      (text) => text.includes('does not open in this place'),
    );
  });

  it('travels through a database that goes away and comes back', async () => {
    const replies: Reply[] = [];
    for (let round = 0; round < 3; round += 1) {
      const going = Promise.all([
        ...Array.from({ length: 6 }, () => pay(plantedBank('0000'))),
        p.call('GET', '/v1/wallets', { key: user.apiKey }).then(keep),
      ]);
      await door.shut();
      await door.open();
      replies.push(...(await going));
    }
    await door.shut();
    const away = [
      await pay(plantedBank('0000')),
      await p.call('GET', '/v1/wallets', { key: user.apiKey }).then(keep),
      await p.call('GET', '/v1/transactions', { key: user.apiKey }).then(keep),
      await postCallback(
        p,
        `{"entity":"event","event":"transaction.created","payload":{"a":"${plant(digits(15))}"}}`,
      ).then(keep),
      await p.call('GET', '/readyz').then(keep),
    ];
    await door.open();
    for (const reply of [...replies, ...away]) {
      expect([200, 202, 500, 503]).toContain(reply.status);
      expectNothingInside(reply.text);
    }
    for (const reply of away.slice(0, 4)) {
      expectProblem(reply, 'SERVICE_UNAVAILABLE');
      expect(reply.headers.get('retry-after')).toBe('1');
    }
    expect(away[4]!.body).toEqual({ status: 'not ready' });
    await until(
      () => p.call('GET', '/readyz'),
      (r) => r.status === 200,
    );
    expect(await ended(await pay(plantedBank('0000')))).toBe('SUCCESS');
  });

  describe('is found', () => {
    it('in no line of the log', () => {
      expect(logged.split('\n').length).toBeGreaterThan(10);
      expectNoPlanted('log', logged);
      expect(logged).not.toMatch(/v1\.test1\.|accepted_body|Bearer mk_|rzp_whsec/); // nor statements with what is sealed, nor keys
    });
    it('in no job: payload, failed reason, stack or log', async () => {
      clearInterval(watching);
      jobs += await dumpJobs();
      expect(jobs).toMatch(/left to their re-drive/);
      expectNoPlanted('jobs', jobs);
    });
    it('in no plain column of the database', async () => {
      const text = await dumpTables('public');
      expect(text).toMatch(/beneficiaries \(.*v1\.test1\./);
      expectNoPlanted('tables', text);
    });
    it('in no metric', async () => {
      expectNoPlanted('metrics', await metricsOf(p));
    });
    it('in no answer', () => {
      expectNoPlanted('answers', answers);
    });
    it('in no log of PostgreSQL', () => {
      const logs = serverLogs();
      expect([...logs.keys()]).toContain(path.join('postgres', 'server.log'));
      for (const [name, text] of logs) expectNoPlanted(name, `.${text}`);
    });
    it('where it was planted: the test would see it', () => {
      expect(planted.size).toBeGreaterThan(60);
      const [one] = planted;
      expect(() => {
        expectNoPlanted('here', `x${one}`);
      }).toThrow(one);
      expect(() => {
        expectNoPlanted('here', Buffer.from(`ab${one}cd`).toString('hex'));
      }).toThrow(one);
      for (const before of ['', 'a', 'ab'])
        expect(() => {
          expectNoPlanted('here', Buffer.from(`${before}${one}xyz`).toString('base64'));
        }).toThrow(one);
    });
    it('in labels of metrics only what is from a closed list', async () => {
      const labels = [
        ...(await p.c.metrics.registry.metrics()).matchAll(
          /(route|method|status|job|queue|provider|verdict|outcome|call|answer)="([^"]*)"/g,
        ),
      ].map(([, name, value]) => `${name}=${value}`);
      const allowed = [
        /route=(?:none|\/[a-z0-9/:]*)/,
        /method=[A-Z]+/,
        /status=\d{3}/,
        /(?:job|queue|provider|verdict|outcome|call|answer)=[a-z0-9_.<> -]+/,
      ];
      const whole = new RegExp(`^(?:${allowed.map(({ source }) => source).join('|')})$`);
      for (const label of new Set(labels)) expect(label).toMatch(whole);
    });
  });
});
