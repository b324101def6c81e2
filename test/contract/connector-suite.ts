import type { Connector } from '../../domain/connectors';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import type { ProviderCallOptions } from '../../domain/provider/calls';
import type { ServiceName } from '../../domain/provider/service-name';
import {
  answering,
  startHostileServer,
  writing,
  type AnsweredWell,
  type Behaviour,
  type HostileServer,
} from '../support/hostile-server';
import { HOSTILE_TOKENS } from '../support/hostile-values';

/**
 * What every connector has to keep, whatever its provider does: nothing is thrown, nothing is sent twice, and
 * nothing ends a transaction that is not a documented answer. Run over each connector and each of its
 * services that move money (connectors.test.ts), against a server that answers as none should.
 */
export interface HostileCall<A> {
  name: string;
  make(connector: Connector, options?: ProviderCallOptions): Promise<A>;
  /** An answer in the form of the contract, whose status is a word that the contract does not know. */
  unlisted: unknown;
  /** Paths of other calls that belong to it, by what they are answered. */
  answeredWell?: AnsweredWell;
  /** Fields whose text the contract wants sealed, with other bytes each time. */
  sealed?: readonly string[];
}

export interface Subject {
  /** For the questions that a connector answers for a service. */
  service: ServiceName;
  connect(baseUrl: string, timeouts: { connectMs: number; totalMs: number }): Connector;
  sends: readonly HostileCall<ProviderOutcome>[];
  inquiries: readonly HostileCall<InquiryAnswer>[];
  /** How the provider itself refuses wrong credentials: certainly nothing created. `isByStatus`: whatever the body says. */
  door: { status: number; body: unknown; isByStatus?: boolean };
  /**
   * Paths that give what every call needs (a token), by what they are answered; and a call that moves
   * nothing, after which the connector has it.
   */
  answeredWell?: AnsweredWell;
  warm?: (connector: Connector) => Promise<unknown>;
  /** What a call says when nobody is there, if it comes no further than its token. */
  nobodyThere?: string;
}

const SLOW_MS = 250;
const TIMEOUTS = { connectMs: 1_000, totalMs: SLOW_MS };
const PATIENT = { connectMs: 2_000, totalMs: 10_000 };
const CLIENT_ERRORS = [
  400, 401, 402, 404, 405, 406, 408, 409, 410, 411, 413, 415, 418, 422, 423, 425, 426, 428, 429, 431, 451,
  499,
];
const SERVER_ERRORS = [500, 501, 502, 503, 504, 505, 507, 520, 521, 524, 599];
const OTHERS = [201, 202, 203, 204, 206, 226, 300, 301, 302, 303, 304, 307, 308];
const BODIES = [
  '{}',
  '',
  'null',
  '<html><body>Error</body></html>',
  '{"status":"error","message":"no"}',
  '{"error":"no"}',
];

/** Answers that are none: the request was read, and what it came to is not known. */
const BROKEN: readonly [string, Behaviour][] = [
  [
    'a reset after the request was read',
    (socket) => {
      socket.resetAndDestroy();
    },
  ],
  [
    'an end without an answer',
    (socket) => {
      socket.end();
    },
  ],
  [
    'half a status line',
    (socket) => {
      socket.end('HTTP/1.1 2');
    },
  ],
  [
    'a header that never ends',
    (socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n');
    },
  ],
  [
    'half a body',
    (socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"status":');
    },
  ],
  [
    'a reset in the body',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"status":', () => {
        socket.resetAndDestroy();
      });
    },
  ],
  ['no HTTP', writing('SSH-2.0-OpenSSH_9.6\r\n')],
  ['two lengths', writing('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}')],
  ['a length below zero', writing('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}')],
  ['a header of a megabyte', writing(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`)],
  [
    'compressed bytes that are none',
    writing('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope'),
  ],
  ['a body beyond any size', answering(200, Buffer.alloc(9_000_000, 0x20))],
  [
    'chunks without an end, beyond any size',
    writing(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      ...Array.from({ length: 10 }, () => `f4240\r\n${' '.repeat(1_000_000)}\r\n`),
    ),
  ],
  ['an empty body', answering(200)],
  ['an empty body that is said to be text', answering(200, '', 'text/plain')],
  ['a page', answering(200, '<!doctype html><html><body>Please log in</body></html>', 'text/html')],
  ['bytes of no character set', answering(200, Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x80]))],
  ['JSON that is cut', answering(200, '{"status":0,"data":{"tx_status":"0"')],
  ['two JSON values', answering(200, '{"status":0}{"status":0}')],
];

const SLOW: readonly [string, Behaviour][] = [
  ['silence', () => undefined],
  [
    'a header and then silence',
    writing('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n'),
  ],
  [
    'a body that drips',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n');
      const drip = setInterval(() => {
        socket.write(' ');
      }, 20);
      socket.on('close', () => {
        clearInterval(drip);
      });
    },
  ],
];

interface Suite {
  server(): HostileServer;
  connect(timeouts?: typeof TIMEOUTS): Promise<Connector>;
}

/** Registers the suite for one connector. */
export function describeConnector(name: string, subject: Subject): void {
  describe(`the connector of ${name}`, () => {
    let hostile: HostileServer;
    const open: Connector[] = [];
    const suite: Suite = {
      server: () => hostile,
      async connect(timeouts = PATIENT) {
        const connector = subject.connect(hostile.url, timeouts);
        open.push(connector);
        hostile.order(answering(404, '{}'));
        await subject.warm?.(connector);
        return connector;
      },
    };
    beforeAll(async () => {
      hostile = await startHostileServer();
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((c) => c.close()));
    });
    afterAll(async () => {
      await hostile.close();
    });

    for (const call of subject.sends) {
      describe(`sending: ${call.name}`, () => {
        beforeEach(() => {
          hostile.answerWell({ ...subject.answeredWell, ...call.answeredWell });
        });
        describeCall(suite, call, subject);
        describeSend(suite, call, subject);
      });
    }
    for (const call of subject.inquiries) {
      describe(`asking: ${call.name}`, () => {
        beforeEach(() => {
          hostile.answerWell({ ...subject.answeredWell, ...call.answeredWell });
        });
        describeCall(suite, call, subject);
        describeInquiry(suite, call, subject);
      });
    }
  });
}

/** What holds of both. */
function describeCall(
  suite: Suite,
  call: HostileCall<ProviderOutcome | InquiryAnswer>,
  { door }: Subject,
): void {
  /** Under one behaviour, with a connector of its own: a 429 or a run of errors must not speak for the next. */
  async function under(
    behaviour: Behaviour,
    timeouts?: typeof TIMEOUTS,
  ): Promise<{ answer: ProviderOutcome | InquiryAnswer; requests: number }> {
    const connector = await suite.connect(timeouts);
    suite.server().order(behaviour);
    const answer = await call.make(connector);
    return { answer, requests: suite.server().requests };
  }
  const unknown = {
    answer: { kind: 'unknown', sent: true, rawStatus: expect.any(String) as string },
    requests: 1,
  };

  it('P5 a status that is not documented is pending', async () => {
    expect(await under(answering(200, JSON.stringify(call.unlisted)))).toMatchObject({
      answer: { kind: 'pending', sent: true },
      requests: 1,
    });
  });

  it('a wrong content type changes nothing of what is said', async () => {
    for (const type of ['text/plain', 'text/html', 'application/octet-stream', 'x'])
      expect(await under(answering(200, JSON.stringify(call.unlisted), type))).toMatchObject({
        answer: { kind: 'pending', sent: true },
        requests: 1,
      });
  });

  it.each([
    ['4xx', CLIENT_ERRORS.filter((status) => door.isByStatus !== true || status !== door.status)],
    ['5xx', SERVER_ERRORS],
  ])('P5 a %s that is not in the form of the contract is unknown', async (_name, statuses) => {
    for (const status of statuses)
      for (const body of BODIES)
        expect([status, await under(answering(status, body))]).toEqual([
          status,
          expect.objectContaining({
            answer: expect.objectContaining(unknown.answer) as unknown,
            requests: 1,
          }),
        ]);
  });

  it('P5 any other status without a body is unknown, and a redirect is not followed', async () => {
    for (const status of OTHERS)
      expect([status, await under(answering(status, '', 'text/plain', ['Location: /elsewhere']))]).toEqual([
        status,
        expect.objectContaining({ answer: expect.objectContaining(unknown.answer) as unknown, requests: 1 }),
      ]);
  });

  it.each(BROKEN)('P5 %s: unknown, and asked once', async (_name, behaviour) => {
    expect(await under(behaviour)).toMatchObject(unknown);
  });

  it.each(SLOW)('P5 %s: unknown after the time-out, and asked once', async (_name, behaviour) => {
    expect(await under(behaviour, TIMEOUTS)).toMatchObject({
      ...unknown,
      answer: { ...unknown.answer, rawStatus: '<timeout>' },
    });
  });

  it('P5 any JSON that is no answer is unknown', async () => {
    const connector = await suite.connect();
    const kinds: unknown[] = [];
    for (const token of HOSTILE_TOKENS) {
      suite.server().order(answering(200, token));
      kinds.push([token.slice(0, 60), (await call.make(connector)).kind, suite.server().requests]);
    }
    expect(kinds).toEqual(HOSTILE_TOKENS.map((token) => [token.slice(0, 60), 'unknown', 1]));
  });

  it('P5 any JSON in the place of any field: never a definite answer to this one', async () => {
    const connector = await suite.connect();
    for (const body of mutations(call.unlisted)) {
      suite.server().order(answering(200, body));
      expect([body.slice(0, 300), (await call.make(connector)).kind]).toEqual([
        body.slice(0, 300),
        expect.stringMatching(/^(?:unknown|pending|not_found)$/),
      ]);
    }
  });
}

type Faked = Extract<Parameters<typeof jest.useFakeTimers>[0], { doNotFake?: unknown }>['doNotFake'];
const ALL_BUT_DATE: Faked = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
];
/** Eko's signature is over the time of the call, by its contract. */
const SIGNATURE = /^secret-key(?:-timestamp)?: .*\r\n/gim;

function withoutWhatVaries(request: string, sealed: readonly string[]): string {
  const plain = request.replaceAll(SIGNATURE, '').replace(/^content-length: .*\r\n/im, '');
  return sealed.reduce(
    (text, field) => text.replace(new RegExp(`"${field}":"[^"]*"`), `"${field}":""`),
    plain,
  );
}

function describeSend(suite: Suite, call: HostileCall<ProviderOutcome>, subject: Subject): void {
  const { door } = subject;
  it("a refusal at the door is certain: nothing was created, and it is not the transaction's fault", async () => {
    const connector = await suite.connect();
    suite.server().order(answering(door.status, JSON.stringify(door.body)));
    expect(await call.make(connector)).toMatchObject({
      kind: 'unknown',
      sent: false,
      httpStatus: door.status,
    });
  });

  it('P4 the same instruction is the same request, whoever sends it and whenever', async () => {
    const requests: string[] = [];
    for (const hours of [0, 30]) {
      const connector = await suite.connect();
      suite.server().order(answering(404, '{}'));
      const later = new Date(Date.now() + hours * 3_600_000);
      jest.useFakeTimers({ now: later, doNotFake: ALL_BUT_DATE });
      await call.make(connector);
      jest.useRealTimers();
      requests.push(withoutWhatVaries(suite.server().lastRequest, call.sealed ?? []));
    }
    expect(requests[0]).toMatch(/^POST /);
    expect(requests[1]).toBe(requests[0]);
  });

  it('P5 a connection that is cut before the request was read: not sent only if not one byte left', async () => {
    for (let i = 0; i < 10; i++) {
      const connector = await suite.connect();
      suite.server().order('reset');
      const outcome = await call.make(connector);
      expect([outcome.kind, outcome.sent || suite.server().bytes === 0, suite.server().requests]).toEqual([
        'unknown',
        true,
        0,
      ]);
    }
  });

  it('nobody there: certainly not sent', async () => {
    const nobody = subject.connect('http://127.0.0.1:9', PATIENT);
    expect(await call.make(nobody)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: subject.nobodyThere ?? '<connection refused>',
    });
    await nobody.close();
  });

  it('too late, or given up before: nothing leaves', async () => {
    const connector = await suite.connect();
    suite.server().order(answering(200, JSON.stringify(call.unlisted)));
    expect(await call.make(connector, { sendBefore: new Date(Date.now() - 1) })).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<too late>',
    });
    expect(await call.make(connector, { signal: AbortSignal.abort() })).toMatchObject({
      kind: 'unknown',
      sent: false,
    });
    expect(suite.server().bytes).toBe(0);
  });

  it('429 pauses the next: not sent', async () => {
    const connector = await suite.connect();
    suite.server().order(answering(429, '{}', 'application/json', ['Retry-After: 3']));
    expect(await call.make(connector)).toMatchObject({
      kind: 'unknown',
      sent: true,
      httpStatus: 429,
      retryAfterMs: 3_000,
    });
    expect(await call.make(connector)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<rate limited>',
    });
    expect([
      suite.server().requests,
      connector.available(subject.service),
      (await connector.admit(subject.service)).ok,
    ]).toEqual([1, false, false]);
  });
}

function describeInquiry(suite: Suite, call: HostileCall<InquiryAnswer>, subject: Subject): void {
  const { door } = subject;
  it('P5 that fails says nothing of the transaction, least of all that it was not sent', async () => {
    const [first, second] = [await suite.connect(), await suite.connect()];
    suite.server().order(answering(door.status, JSON.stringify(door.body)));
    expect(await call.make(first)).toMatchObject({ kind: 'unknown', sent: true });
    suite.server().order('reset');
    expect(await call.make(second)).toMatchObject({ kind: 'unknown', sent: true });
    const nobody = subject.connect('http://127.0.0.1:9', PATIENT);
    expect(await call.make(nobody)).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: subject.nobodyThere ?? '<connection refused>',
    });
    await nobody.close();
  });
}

const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e300,
  '',
  'null',
  ' ',
  'x'.repeat(5_000),
  '\u0000',
  '__proto__',
  [],
  {},
  [[]],
  { toString: 1 },
];

/** The answer with each of its fields in turn missing or odd. */
function* mutations(answer: unknown): Generator<string> {
  for (const path of pathsOf(answer)) {
    for (const odd of [undefined, ...ODD]) {
      const copy = structuredClone(answer);
      let at = copy as Record<string, unknown>;
      for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
      at[path.at(-1)!] = odd;
      yield JSON.stringify(copy);
    }
  }
}

function* pathsOf(value: unknown, above: string[] = []): Generator<string[]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    yield [...above, key];
    yield* pathsOf(item, [...above, key]);
  }
}
