import { Writable } from 'node:stream';
import { createLog, type Log } from './logger';

const ACCOUNT = '501001234567890';

function capture(level = 'debug'): { log: Log; lines: () => Record<string, unknown>[]; text: () => string } {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  const log = createLog({ process: 'test', level, destination });
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('the log', () => {
  it('writes one JSON line each, with an ISO time, a level in words, the process and its number', () => {
    const c = capture();
    c.log.info({ rows: 3 }, 'rows driven again');
    expect(c.lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        process: 'test',
        process_id: process.pid,
        rows: 3,
        msg: 'rows driven again',
      },
    ]);
  });

  it('leaves out what is below its level', () => {
    const c = capture('warn');
    c.log.debug({}, 'debug');
    c.log.info({}, 'info');
    c.log.warn({}, 'warn');
    c.log.error({}, 'error');
    expect(c.lines().map((l) => l.msg)).toEqual(['warn', 'error']);
  });

  it('is silent when told so', () => {
    const c = capture('silent');
    c.log.error({}, 'error');
    expect(c.text()).toBe('');
  });

  const ways: [string, (log: Log) => void][] = [
    [
      'a message',
      (log) => {
        log.warn({}, `account ${ACCOUNT} failed`);
      },
    ],
    [
      'a field',
      (log) => {
        log.warn({ note: `account ${ACCOUNT}` }, 'failed');
      },
    ],
    [
      'a field of a telling name',
      (log) => {
        log.warn({ accountNumber: ACCOUNT, account_number: ACCOUNT }, 'failed');
      },
    ],
    [
      'a field deep inside',
      (log) => {
        log.warn({ a: { b: { c: { d: `x ${ACCOUNT}` } } } }, 'failed');
      },
    ],
    [
      'a list',
      (log) => {
        log.warn({ list: [[ACCOUNT]] }, 'failed');
      },
    ],
    [
      'an error',
      (log) => {
        log.warn({ error: new Error(`no account ${ACCOUNT}`) }, 'failed');
      },
    ],
    [
      "an error under pino's own name for it",
      (log) => {
        log.warn({ err: new Error(`no account ${ACCOUNT}`) }, 'failed');
      },
    ],
    [
      'an error as the fields',
      (log) => {
        log.warn(new Error(`no account ${ACCOUNT}`), 'failed');
      },
    ],
    [
      'the cause of an error',
      (log) => {
        log.warn({ error: new Error('outer', { cause: new Error(`no account ${ACCOUNT}`) }) }, 'failed');
      },
    ],
    [
      'the stack of an error',
      (log) => {
        const error = new Error('x');
        error.stack = `Error: ${ACCOUNT}\n    at ${ACCOUNT} (file.ts:1:1)`;
        log.warn({ error }, 'failed');
      },
    ],
    [
      'extra fields of an error',
      (log) => {
        log.warn(
          {
            error: Object.assign(new Error('x'), {
              detail: `Key (account)=(${ACCOUNT})`,
              bindings: [ACCOUNT],
              where: ACCOUNT,
            }),
          },
          'failed',
        );
      },
    ],
    [
      'the fields of a child',
      (log) => {
        log.child({ lane: ACCOUNT, vpa: 'test.trader@okbank' }).warn({}, 'failed');
      },
    ],
    [
      'a line of a child',
      (log) => {
        log.child({ lane: 'a' }).child({ deeper: 1 }).warn({ note: ACCOUNT }, ACCOUNT);
      },
    ],
    [
      'a key',
      (log) => {
        log.warn({ seen: { [ACCOUNT]: 1 } }, 'failed');
      },
    ],
    [
      'a JSON text in a field',
      (log) => {
        log.warn(
          { answer: JSON.stringify({ account_number: ACCOUNT, vpa: 'test.trader@okbank' }) },
          'failed',
        );
      },
    ],
  ];
  it.each(ways)('P7 hides an account number in %s', (_name, say) => {
    const c = capture();
    say(c.log);
    expect(c.lines()).toHaveLength(1);
    expect(c.text()).not.toContain(ACCOUNT);
    expect(c.text()).not.toContain('test.trader');
  });

  it('P7 hides a name where fields say what they are', () => {
    const c = capture();
    c.log.warn(
      {
        deep: { deeper: { deepest: { beneficiary: { name: 'Asha Planted' } } } },
        body: { name: 'Asha Planted' },
        details: { name: 'Asha Planted' },
      },
      'failed',
    );
    expect(c.text()).not.toContain('Planted');
  });

  it('keeps what people look for: ids, codes, counts and the places of an error', () => {
    const c = capture();
    c.log.error(
      {
        error: Object.assign(new Error('boom'), {
          code: '23514',
          constraint: 'transactions_reference_unique',
        }),
        request: 'req_01k3c2m4e8fwrs3v4x5y6z7a8b',
        rows: 12,
      },
      'a request failed',
    );
    expect(c.lines()[0]).toMatchObject({
      request: 'req_01k3c2m4e8fwrs3v4x5y6z7a8b',
      rows: 12,
      error: {
        message: 'boom',
        code: '23514',
        constraint: 'transactions_reference_unique',
        stack: expect.stringContaining('logger.test.ts'),
      },
    });
  });

  it('takes a line break as data: one call is one line', () => {
    const c = capture();
    c.log.info({ note: 'a\r\n{"level":"error"}' }, 'first\nsecond');
    expect(c.text().trimEnd().split('\n')).toHaveLength(1);
  });

  it('never throws', () => {
    const c = capture();
    const cyclic: Record<string, unknown> = {
      big: 10n ** 30n,
      none: undefined,
      nothing: null,
      symbol: Symbol('x'),
      wrong: new Date(Number.NaN),
    };
    cyclic.self = cyclic;
    expect(() => {
      c.log.info(cyclic, 'odd');
    }).not.toThrow();
    expect(c.lines()).toHaveLength(1);
  });
});
