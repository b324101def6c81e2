import { createErrorLog } from './error-log';
import { backendIdentity, parseRedisUrl } from './index';
import { silentLog } from '../logger';

describe('Redis URLs', () => {
  test.each([
    ['redis://localhost', { kind: 'single', nodes: [{ host: 'localhost', port: 6379 }], db: 0, tls: false }],
    [
      'redis://:p%40ss@10.0.0.1:6380/2',
      { kind: 'single', nodes: [{ host: '10.0.0.1', port: 6380 }], db: 2, password: 'p@ss', tls: false },
    ],
    [
      'rediss://user:a:b@cache.example:6379',
      { kind: 'single', username: 'user', password: 'a:b', tls: true },
    ],
    ['redis://[::1]:6379', { kind: 'single', nodes: [{ host: '::1', port: 6379 }] }],
    [
      'redis://s1:26379,s2/1?sentinel=mymaster&sentinelPassword=x',
      {
        kind: 'sentinel',
        nodes: [
          { host: 's1', port: 26379 },
          { host: 's2', port: 26379 },
        ],
        db: 1,
        master: 'mymaster',
        sentinelPassword: 'x',
      },
    ],
    [
      'redis://n1:7000,n2:7001',
      {
        kind: 'cluster',
        nodes: [
          { host: 'n1', port: 7000 },
          { host: 'n2', port: 7001 },
        ],
      },
    ],
    ['redis://n1:7000?cluster', { kind: 'cluster', nodes: [{ host: 'n1', port: 7000 }] }],
  ])('%s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  test.each(['http://h', 'redis://', 'redis://:secret@h:99999999', 'redis://:secret@h h', ''])(
    '%p is refused, and not repeated',
    (url) => {
      expect(() => parseRedisUrl(url)).toThrow(/^the Redis URL (is|names)/);
    },
  );
});

describe('the identity of a backend', () => {
  const redis = (redisUrl: string, prefix?: string): string =>
    backendIdentity({ backend: 'redis', databaseUrl: '', redisUrl, prefix });

  test('names the place, not the secret', () => {
    expect(redis('redis://:one@h:6379')).toBe(redis('redis://:two@h'));
    expect(redis('redis://h')).toMatch(/^redis-[0-9a-f]{24}$/);
  });

  test('another host, database or prefix is another place', () => {
    expect(
      new Set([redis('redis://h'), redis('redis://i'), redis('redis://h/1'), redis('redis://h', '{other}')])
        .size,
    ).toBe(4);
    expect(backendIdentity({ backend: 'postgres', databaseUrl: 'postgres://a/b' })).toBe('postgres');
  });

  test('nodes in another order are the same cluster', () => {
    expect(redis('redis://a:1,b:2')).toBe(redis('redis://b:2,a:1'));
  });
});

test('a flood of one error is one line in ten seconds, with the number left out', () => {
  let now = 0;
  const lines: object[] = [];
  const logError = createErrorLog(
    {
      ...silentLog,
      warn: (fields) => {
        lines.push(fields);
      },
    },
    'trouble',
    { now: () => now },
  );
  for (let i = 0; i < 1_000; i++) logError(new Error('away'), { queue: 'hold' });
  logError(new TypeError('other'));
  expect(lines).toHaveLength(2);
  now = 10_001;
  logError(new Error('away'), { queue: 'hold' });
  expect(lines[2]).toMatchObject({ queue: 'hold', left_out: 999 });
});
