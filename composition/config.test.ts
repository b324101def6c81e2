import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadConfig, redactedConfig } from './config';

const key = (): string => randomBytes(32).toString('base64');
const SECRETS = {
  DATABASE_URL: 'postgres://munim:database-password@db.internal:5432/munim',
  MUNIM_ENCRYPTION_KEYS: `k1:${key()}`,
  MUNIM_BLIND_INDEX_KEY: key(),
  MUNIM_CURSOR_KEY: key(),
  MUNIM_RAZORPAYX_KEY_SECRET: 'razorpayx-key-secret',
  MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'razorpayx-webhook-secret',
};
const production = {
  NODE_ENV: 'production',
  ...SECRETS,
  MUNIM_RAZORPAYX_KEY_ID: 'rzp_live_abcdefgh',
  MUNIM_RAZORPAYX_ACCOUNT_NUMBER: '2323230012345678',
};
const development = {
  ...production,
  NODE_ENV: 'development',
  MUNIM_RAZORPAYX_KEY_ID: 'rzp_test_abcdefgh',
  MUNIM_RAZORPAYX_BASE_URL: 'http://127.0.0.1:9999/v1',
};

/** What loading says; undefined when it is content. */
function refusal(env: Record<string, string | undefined>): string | undefined {
  try {
    loadConfig(env);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('configuration', () => {
  it('is read from the environment, with defaults that suit production', () => {
    expect(loadConfig(production)).toMatchObject({
      environment: 'production',
      policyProfile: 'production',
      apiHost: '127.0.0.1',
      apiPort: 3000,
      redisUrl: undefined,
      trustedProxies: [],
      killPoints: undefined,
      documents: undefined,
      tls: undefined,
      providers: {
        razorpayx: {
          baseUrl: 'https://api.razorpay.com/v1',
          keyId: 'rzp_live_abcdefgh',
          accountType: 'current_account',
        },
      },
    });
  });

  it('is production when nothing says otherwise', () => {
    const { NODE_ENV: _unset, ...rest } = development;
    expect(refusal(rest)).toMatch(/production refuses the sandbox/);
    expect(refusal({ ...production, NODE_ENV: undefined, MUNIM_POLICY_PROFILE: 'development' })).toMatch(
      /development timing profile/,
    );
  });

  it('looks at its own names only', () => {
    expect(
      refusal({
        ...production,
        PATH: '/bin',
        HOME: '/root',
        API_PORT: 'x',
        npm_config_x: '1',
        SOME_FILE: '/nowhere',
        MUNIM_EXIT_WITH_PARENT: '1',
      }),
    ).toBeUndefined();
  });

  it.each(['MUNIM_API_PROT', 'MUNIM_', 'MUNIM_api_port', 'MUNIM_LOG_LEVEL_FILE', 'MUNIM_SANDBOX_PORT'])(
    'refuses the name %s, which it does not know',
    (name) => {
      expect(refusal({ ...production, [name]: '1' })).toContain(`${name} is not a setting of Munim`);
    },
  );

  it.each(['MUNIM_MIGRATE_DATABASE_URL', 'MUNIM_ADMIN_DATABASE_URL_FILE', 'MUNIM_READ_DATABASE_URL'])(
    'refuses %s in production, which is for commands, and does not mind it elsewhere',
    (name) => {
      const message = refusal({ ...production, [name]: 'postgres://munim_migrate:hunter2@db/munim' });
      expect(message).toContain(`${name} is for commands alone`);
      expect(message).not.toContain('hunter2');
      expect(refusal({ ...development, [name]: 'postgres://munim_migrate@db/munim' })).toBeUndefined();
    },
  );

  it('names every problem at once', () => {
    const message = refusal({
      ...production,
      MUNIM_API_PORT: '70000',
      MUNIM_LOG_LEVEL: 'loud',
      MUNIM_WRONG: '1',
      MUNIM_CURSOR_KEY: undefined,
    });
    for (const name of ['MUNIM_API_PORT', 'MUNIM_LOG_LEVEL', 'MUNIM_WRONG', 'MUNIM_CURSOR_KEY'])
      expect(message).toContain(name);
  });

  it.each(Object.keys(SECRETS))('needs %s', (name) => {
    expect(refusal({ ...production, [name]: undefined })).toContain(name);
  });

  const bad: [string, Record<string, string>][] = [
    ['a database that is not PostgreSQL', { DATABASE_URL: 'mysql://munim:hunter2hunter2@db/x' }],
    ['a Redis URL that is none', { REDIS_URL: 'redis//:hunter2hunter2@cache:6379' }],
    [
      'several database hosts',
      {
        DATABASE_URL:
          'postgres://munim:hunter2hunter2@one:5432,two:5432/munim?target_session_attrs=read-write',
      },
    ],
    ['a queue prefix with odd signs', { MUNIM_QUEUE_PREFIX: 'hunter2hunter2:x' }],
    ['an encryption key that is too short', { MUNIM_ENCRYPTION_KEYS: 'k1:hunter2hunter2' }],
    ['an encryption key without an id', { MUNIM_ENCRYPTION_KEYS: 'hunter2hunter2' }],
    [
      'an encryption key of one value',
      { MUNIM_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}` },
    ],
    ['an index key that is not random', { MUNIM_BLIND_INDEX_KEY: Buffer.alloc(32, 1).toString('base64') }],
    [
      'an index key of another length',
      { MUNIM_BLIND_INDEX_KEY: Buffer.from('hunter2hunter2').toString('base64') },
    ],
    ['a cursor key that is not base64', { MUNIM_CURSOR_KEY: 'hunter2hunter2!' }],
    ['a webhook secret that is too short', { MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'hunter2' }],
    ['an account number with odd signs', { MUNIM_RAZORPAYX_ACCOUNT_NUMBER: 'hunter2-hunter2' }],
    ['a type of account that there is not', { MUNIM_RAZORPAYX_ACCOUNT_TYPE: 'hunter2hunter2' }],
    ['a certificate without its key', { MUNIM_TLS_CERT: '/etc/hunter2hunter2' }],
    ['a port that is none', { MUNIM_API_PORT: '-1' }],
    ['a half port', { MUNIM_API_PORT: '80.5' }],
    ['a concurrency of none', { MUNIM_CONCURRENCY: '0' }],
    ['an origin that is none', { MUNIM_OPS_ORIGIN: 'hunter2hunter2' }],
  ];
  it.each(bad)('refuses %s and does not repeat the value', (_name, change) => {
    const message = refusal({ ...production, ...change });
    expect(message).toContain(Object.keys(change)[0]);
    expect(message).not.toMatch(/hunter2/);
  });

  it.each([
    ['REDIS_URL', 'http://cache:6379', 'must be a URL that begins with redis:// or rediss://'],
    ['MUNIM_QUEUE_PREFIX', 'A B', 'must be 1 to 40 small letters'],
    ['MUNIM_EKO_INITIATOR_ID', '12', 'must be a mobile number of ten digits'],
    ['MUNIM_EKO_CALLBACK_TOKEN', 'short', 'must be 24 to 200 letters'],
  ])('says what %s must be', (name, value, said) => {
    expect(refusal({ ...production, [name]: value })).toContain(`${name} ${said}`);
  });

  describe('in production refuses what can be guessed, is shared, or is open to others', () => {
    const same = key();
    it.each<[string, Record<string, string>, RegExp]>([
      [
        'a webhook secret of one letter',
        { MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'aaaaaaaa' },
        /MUNIM_RAZORPAYX_WEBHOOK_SECRET can be guessed.*openssl rand/,
      ],
      [
        'a long one of few letters',
        { MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'abcabcabcabcabcabcabc' },
        /can be guessed/,
      ],
      ['a short one', { MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'Zx81-qwp0' }, /can be guessed/],
      [
        'a key secret of one letter',
        { MUNIM_RAZORPAYX_KEY_SECRET: 'x'.repeat(30) },
        /MUNIM_RAZORPAYX_KEY_SECRET can/,
      ],
      [
        'a cursor key that counts to four',
        { MUNIM_CURSOR_KEY: Buffer.from('1234'.repeat(8)).toString('base64') },
        /MUNIM_CURSOR_KEY can be guessed/,
      ],
      [
        'one key for two purposes',
        { MUNIM_BLIND_INDEX_KEY: same, MUNIM_CURSOR_KEY: same },
        /MUNIM_BLIND_INDEX_KEY and MUNIM_CURSOR_KEY are the same: each purpose needs its own/,
      ],
      [
        'an encryption key that is the index key too',
        { MUNIM_ENCRYPTION_KEYS: `k1:${key()},k2:${same}`, MUNIM_BLIND_INDEX_KEY: same },
        /MUNIM_ENCRYPTION_KEYS \(k2\) and MUNIM_BLIND_INDEX_KEY are the same/,
      ],
      [
        'one secret at the provider and for its webhooks',
        { MUNIM_RAZORPAYX_KEY_SECRET: 'razorpayx-webhook-secret' },
        /MUNIM_RAZORPAYX_KEY_SECRET and MUNIM_RAZORPAYX_WEBHOOK_SECRET are the same/,
      ],
      ['the API on every address without TLS', { MUNIM_API_HOST: '0.0.0.0' }, /MUNIM_API_HOST.*without TLS/],
      [
        'the console on an address without TLS',
        { MUNIM_OPS_HOST: '10.0.0.7' },
        /MUNIM_OPS_HOST.*without TLS/,
      ],
    ])('%s', (_name, change, said) => {
      expect(refusal({ ...production, ...change })).toMatch(said);
      const secrets = Object.values(change).filter((value) => value.length > 12);
      for (const value of secrets) expect(refusal({ ...production, ...change })).not.toContain(value);
      expect(refusal({ ...development, ...change })).toBeUndefined();
    });

    it('nothing where there is TLS, or only this machine is listened to', () => {
      const tls = { MUNIM_TLS_CERT: '/etc/munim/cert.pem', MUNIM_TLS_KEY: '/etc/munim/key.pem' };
      expect(
        refusal({ ...production, ...tls, MUNIM_API_HOST: '0.0.0.0', MUNIM_OPS_HOST: '0.0.0.0' }),
      ).toBeUndefined();
      expect(
        refusal({ ...production, MUNIM_API_HOST: 'localhost', MUNIM_OPS_HOST: '127.0.0.1' }),
      ).toBeUndefined();
    });
  });

  describe('a rehearsal of production', () => {
    const rehearsal = { ...development, NODE_ENV: 'production', MUNIM_REHEARSAL: 'yes' };

    it('has the settings of production and a sandbox for a provider', () => {
      expect(loadConfig(rehearsal)).toMatchObject({
        environment: 'production',
        policyProfile: 'production',
        isRehearsal: true,
      });
      expect(refusal({ ...rehearsal, MUNIM_POLICY_PROFILE: 'development' })).toContain('timing profile');
    });

    it.each([
      ['live keys, whatever they are sent to', { MUNIM_RAZORPAYX_KEY_ID: 'rzp_live_abcdefgh' }],
      ['an address on the internet', { MUNIM_RAZORPAYX_BASE_URL: 'https://api.razorpay.com/v1' }],
      ['no address, which is that of the provider', { MUNIM_RAZORPAYX_BASE_URL: undefined }],
    ])('refuses %s', (_name, change) => {
      expect(refusal({ ...rehearsal, ...change })).toMatch(/a rehearsal refuses/);
    });

    it('is a word of production alone, and has one value', () => {
      expect(refusal({ ...development, MUNIM_REHEARSAL: 'yes' })).toContain('for NODE_ENV=production alone');
      expect(refusal({ ...rehearsal, MUNIM_REHEARSAL: 'no' })).toContain('MUNIM_REHEARSAL');
      expect(refusal({ ...rehearsal, MUNIM_REHEARSAL: undefined })).toContain('production refuses');
    });
  });

  describe('in production refuses', () => {
    it.each<[string, Record<string, string>]>([
      ['the development timing profile', { MUNIM_POLICY_PROFILE: 'development' }],
      ['kill points', { MUNIM_KILL_POINTS: '/var/tmp/hits' }],
      ['a test key', { MUNIM_RAZORPAYX_KEY_ID: 'rzp_test_abcdefgh' }],
      ...[
        'http://api.razorpay.com/v1',
        'https://127.0.0.1:9999/v1',
        'https://localhost/v1',
        'https://localhost./v1',
        'https://sandbox.localhost/v1',
        'https://[::1]/v1',
        'https://[::ffff:127.0.0.1]/v1',
        'https://0.0.0.0/v1',
        'https://2130706433/v1',
        'https://0x7f.1/v1',
        'https://10.0.0.7/v1',
        'https://sandbox/v1',
        'https://sandbox.test/v1',
      ].map((url): [string, Record<string, string>] => [
        `the provider at ${url}`,
        { MUNIM_RAZORPAYX_BASE_URL: url },
      ]),
    ])('%s', (_name, change) => {
      expect(refusal({ ...development, ...change })).toBeUndefined();
      expect(refusal({ ...production, ...change })).toMatch(/The configuration is wrong/);
    });
  });

  describe('secrets from files', () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-config-'));
    afterAll(() => {
      fs.rmSync(dir, { recursive: true });
    });

    it.each(Object.entries(SECRETS))(
      '%s may be a file, whose last line break does not count',
      (name, value) => {
        const file = path.join(dir, name);
        fs.writeFileSync(file, `${value}\n`);
        expect(loadConfig({ ...production, [name]: undefined, [`${name}_FILE`]: file })).toEqual(
          loadConfig(production),
        );
      },
    );

    it('refuses a value and a file for the same secret', () => {
      expect(refusal({ ...production, MUNIM_CURSOR_KEY_FILE: path.join(dir, 'MUNIM_CURSOR_KEY') })).toMatch(
        /MUNIM_CURSOR_KEY and MUNIM_CURSOR_KEY_FILE are both set/,
      );
    });

    it('refuses a file that cannot be read, without its content or a trace', () => {
      expect(
        refusal({
          ...production,
          MUNIM_CURSOR_KEY: undefined,
          MUNIM_CURSOR_KEY_FILE: path.join(dir, 'none'),
        }),
      ).toMatch(/MUNIM_CURSOR_KEY_FILE names a file that cannot be read$/);
    });
  });

  it('cannot be changed', () => {
    const config = loadConfig({ ...production, MUNIM_TLS_CERT: '/a', MUNIM_TLS_KEY: '/b' });
    expect(() => {
      (config as { apiPort: number }).apiPort = 1;
    }).toThrow(TypeError);
    expect(() => {
      (config.providers.razorpayx as { keySecret: string }).keySecret = 'x';
    }).toThrow(TypeError);
    expect(() => {
      config.tls!.keyFile = 'x';
    }).toThrow(TypeError);
  });

  it('takes the webhook secret before the present one, and shows it no more than the other', () => {
    const config = loadConfig({
      ...production,
      MUNIM_RAZORPAYX_PREVIOUS_WEBHOOK_SECRET: 'webhook-secret-of-before',
    });
    expect(config.providers.razorpayx?.previousWebhookSecret).toBe('webhook-secret-of-before');
    expect(JSON.stringify(redactedConfig(config))).not.toContain('of-before');
    expect(loadConfig(production).providers.razorpayx).not.toHaveProperty('previousWebhookSecret');
  });

  describe('Eko', () => {
    const eko = {
      MUNIM_EKO_BASE_URL: 'https://api.eko.in/ekoicici/v3',
      MUNIM_EKO_DEVELOPER_KEY: 'eko-developer-key',
      MUNIM_EKO_ACCESS_KEY: 'eko-access-key',
      MUNIM_EKO_INITIATOR_ID: '9962981729',
      MUNIM_EKO_USER_CODE: '20810200',
      MUNIM_EKO_AADHAAR_KEY: '-----BEGIN PUBLIC KEY-----\nMIGf\n-----END PUBLIC KEY-----',
      MUNIM_EKO_CALLBACK_TOKEN: 'eko-callbacks-come-to-this-place',
    };

    it('is there with all its settings, and not there without any', () => {
      expect(loadConfig(production).providers.eko).toBeUndefined();
      expect(loadConfig({ ...production, ...eko }).providers.eko).toEqual({
        baseUrl: eko.MUNIM_EKO_BASE_URL,
        developerKey: 'eko-developer-key',
        accessKey: 'eko-access-key',
        initiatorId: '9962981729',
        userCode: '20810200',
        aadhaarKey: eko.MUNIM_EKO_AADHAAR_KEY,
        callbackToken: 'eko-callbacks-come-to-this-place',
      });
      for (const name of Object.keys(eko))
        expect(refusal({ ...production, ...eko, [name]: undefined })).toContain(name);
    });

    it('in production refuses the sandbox and staging', () => {
      for (const url of [
        'http://api.eko.in/ekoicici/v3',
        'https://staging.eko.in/ekoapi/v3',
        'https://127.0.0.1:4000/ekoapi/v3',
      ]) {
        expect(refusal({ ...production, ...eko, MUNIM_EKO_BASE_URL: url })).toContain('MUNIM_EKO_BASE_URL');
        expect(refusal({ ...development, ...eko, MUNIM_EKO_BASE_URL: url })).toBeUndefined();
      }
    });

    it('P7 shows none of its keys when it is printed', () => {
      const printed = JSON.stringify(redactedConfig(loadConfig({ ...production, ...eko })));
      for (const secret of [
        'eko-developer-key',
        'eko-access-key',
        '9962981729',
        'MIGf',
        'come-to-this-place',
      ])
        expect(printed).not.toContain(secret);
    });
  });

  it('P7 shows no secret when it is printed', () => {
    const redis = 'rediss://:redis-password@cache:6379/0?tls=1&password=redis-password';
    const printed = JSON.stringify(redactedConfig(loadConfig({ ...production, REDIS_URL: redis })));
    const parts = [
      ...Object.values(SECRETS),
      redis,
      'database-password',
      'redis-password',
      '2323230012345678',
      production.MUNIM_ENCRYPTION_KEYS.slice(3),
    ];
    for (const secret of parts) expect(printed).not.toContain(secret);
    expect(printed).toContain('postgres://***@db.internal:5432/munim');
    expect(printed).toContain('…5678');
    for (const odd of [
      'postgres://munim:p%40ss%2Fword@db/x',
      'postgres://db/x?user=munim&password=p%40ss%2Fword',
    ]) {
      expect(JSON.stringify(redactedConfig(loadConfig({ ...production, DATABASE_URL: odd })))).not.toContain(
        'word',
      );
    }
  });
});
