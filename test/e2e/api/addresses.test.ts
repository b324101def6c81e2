/** Who calls, by address: through proxies of ours, and from where a key or a provider may come. */
import { createApiKey } from '../../../domain/auth/api-keys';
import { execute, rows } from '../../../platform/database';
import { networksOf } from '../../../platform/addresses';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { exchange } from '../../support/raw-http';
import { until } from '../../support/until';

const [INSIDE, OUTSIDE] = ['203.0.113.9', '198.51.100.7'];
const RAZORPAYX = ['52.66.75.0/24', '2001:db8:77::/48'];

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
beforeAll(async () => {
  p = await startPlatform({
    workers: [],
    trustedProxies: networksOf(['127.0.0.0/8', '::1']),
    callbackAddresses: { MUNIM_RAZORPAYX_CALLBACK_ADDRESSES: RAZORPAYX.join(', ') },
  });
  user = await p.user(1_000_000n);
});
afterAll(async () => {
  await p.close();
});

const count = async (metric: string): Promise<number> => {
  const { values } = (await p.c.metrics.registry.getSingleMetric(metric)!.get()) as {
    values: { value: number; labels: { verdict?: string } }[];
  };
  return (
    values.filter(({ labels: { verdict } }) => [undefined, 'elsewhere'].includes(verdict))[0]?.value ?? 0
  );
};

describe('a key that may be used from some networks', () => {
  let key: { id: string; secret: string };
  const use = (forwardedFor: string): Promise<Reply> =>
    p.call('GET', '/v1/wallets', { key: key.secret, headers: { 'x-forwarded-for': forwardedFor } });
  beforeAll(async () => {
    key = await createApiKey(p.c.knex, p.c.ids, {
      userId: user.userId,
      mode: 'test',
      scopes: ['wallets:read'],
      allowedFrom: ['203.0.113.0/24', '2001:db8:1::/48'],
    });
  });

  test('is good from there', async () => {
    for (const from of [
      INSIDE,
      `${OUTSIDE}, ${INSIDE}`,
      '2001:db8:1::5',
      `[2001:db8:1::5]:443`,
      '::ffff:203.0.113.1',
    ])
      expect([from, (await use(from)).status]).toEqual([from, 200]);
  });

  test('is refused from elsewhere, whatever its caller writes, and nobody learns from where it is good', async () => {
    for (const from of [OUTSIDE, `${INSIDE}, ${OUTSIDE}`, '2001:db8:2::5', 'unknown', '']) {
      const reply = await use(from);
      expectProblem(reply, 'AUTH_ADDRESS_NOT_ALLOWED');
      expect(reply.status).toBe(403);
      expect(reply.text).not.toContain('203.0.113');
    }
  });

  test('is counted each time, and stands in the audit log once in a while', async () => {
    const before = await count('munim_key_address_refused_total');
    for (let n = 0; n < 20; n += 1) await use(OUTSIDE);
    expect((await count('munim_key_address_refused_total')) - before).toBe(20);
    const audited = await until(
      () =>
        rows<{ actor: string; outcome: string; actor_ip: string }>(
          p.c.knex,
          "select actor, outcome, actor_ip from audit_log where action = 'key.use' and subject = ?",
          [`api_key:${key.id}`],
        ),
      (found) => found.length > 0,
    );
    expect(audited).toEqual([{ actor: user.userId, outcome: 'refused', actor_ip: expect.any(String) }]);
  });

  test('a key of another form, or one that is none, learns nothing of it', async () => {
    const reply = await p.call('GET', '/v1/wallets', {
      key: key.secret.slice(0, -1) + (key.secret.endsWith('x') ? 'y' : 'x'),
      headers: { 'x-forwarded-for': OUTSIDE },
    });
    expectProblem(reply, 'AUTH_KEY_INVALID');
  });

  test('a change is seen within two seconds', async () => {
    await execute(p.c.knex, 'update api_keys set allowed_from = ? where id = ?', [
      ['198.51.100.0/24'],
      key.id,
    ]);
    await until(
      () => use(OUTSIDE),
      (reply) => reply.status === 200,
    );
    expectProblem(await use(INSIDE), 'AUTH_ADDRESS_NOT_ALLOWED');
    await execute(p.c.knex, 'update api_keys set allowed_from = null where id = ?', [key.id]);
    await until(
      () => use(INSIDE),
      (reply) => reply.status === 200,
    );
  });

  test('the database takes no list that opens nothing, and no network with bits behind its prefix', async () => {
    for (const list of [[], ['10.0.0.1/8'], ['here'], Array.from({ length: 51 }, (_, n) => `10.0.0.${n}`)])
      await expect(
        execute(p.c.knex, 'update api_keys set allowed_from = ? where id = ?', [list, key.id]),
      ).rejects.toThrow(/api_keys_allowed_from_some|invalid (?:cidr|input syntax)/);
  });
});

describe('a provider that posts from some networks', () => {
  const post = (from: string, event: string): Promise<Reply> =>
    p.call('POST', '/callbacks/razorpayx', {
      body: JSON.stringify({ event }),
      headers: { 'x-forwarded-for': from, 'content-type': 'application/json' },
    });
  const kept = (): Promise<{ state: string; n: number }[]> =>
    rows(p.c.knex, 'select state, count(*)::int as n from callbacks group by state', []);

  test('is asked for its signature only there; from elsewhere it goes to the quarantine, and is counted', async () => {
    expectProblem(await post('52.66.75.9', 'a'), 'CALLBACK_SIGNATURE_INVALID');
    const before = await count('munim_callbacks_total');
    for (const from of [OUTSIDE, '2001:db8:78::1', '52.66.76.1, 198.51.100.7']) {
      const reply = await post(from, `b ${from}`);
      expectProblem(reply, 'CALLBACK_ADDRESS_NOT_ALLOWED');
      expect([reply.status, reply.text.includes('52.66')]).toEqual([403, false]);
    }
    expect((await count('munim_callbacks_total')) - before).toBe(3);
    expect(await kept()).toEqual([{ state: 'quarantined', n: 4 }]);
  });
});

test('two hosts are one too many', async () => {
  const answer = async (hosts: string): Promise<string> =>
    (await exchange(p.apiUrl, `GET /healthz HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)).text;
  expect(await answer('Host: munim.test\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  for (const hosts of [
    'Host: munim.test\r\nHost: munim.test\r\n',
    'Host: munim.test\r\nhOST: evil.test\r\n',
  ]) {
    const text = await answer(hosts);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('REQUEST_MALFORMED');
  }
});
