import { generateKeyPairSync } from 'node:crypto';
import { DomainError } from '../../../domain/errors/errors';
import { systemClock } from '../../../platform/clock';
import { createTemplateConnector } from '../../../providers/_template/connector';
import { createProviderRegistry } from '../../../providers/registry';
import { withQuietErrors } from '../../../providers/quiet-errors';

const GIVEN = 'one-time password 471100 of Asha Rao';
const fails = (): never => {
  throw new TypeError(`cannot read ${GIVEN}`);
};
const failsLater = (): Promise<never> => Promise.reject(new TypeError(`cannot read ${GIVEN}`));

class Mandates {
  readonly #given = GIVEN;
  revoke(): Promise<never> {
    return Promise.reject(new Error(`no mandate for ${this.#given}`));
  }
}

/** Ports that no list of ours names. */
const madeUp = () => ({
  collection: {
    notFound: { then: 'case' },
    send: failsLater,
    prepare: fails,
    links: { open: failsLater, deeper: { still: fails } },
    async *lines() {
      yield 'the first';
      await failsLater();
    },
  },
  mandates: new Mandates(),
});

const errorOf = async (call: () => unknown): Promise<Error> => {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
};

describe('the errors of a port that was added later', () => {
  const connector = withQuietErrors(madeUp());
  const readAll = async (): Promise<string[]> => {
    const seen: string[] = [];
    for await (const line of connector.collection.lines()) seen.push(line);
    return seen;
  };

  it.each<[string, () => unknown]>([
    ['a call', () => connector.collection.send()],
    ['a synchronous call', () => connector.collection.prepare()],
    ['a call of a nested part', () => connector.collection.links.open()],
    ['a call two parts deep', () => connector.collection.links.deeper.still()],
    ['a method of a class', () => connector.mandates.revoke()],
    ['a list that fails half-way', readAll],
  ])('%s quotes nothing of what it was given', async (_, call) => {
    const error = await errorOf(call);
    expect(error.message).toBe('the connector failed');
    expect(`${error.stack}${JSON.stringify(error)}`).not.toMatch(/471100|Asha/);
    expect(error.stack).toMatch(/^\w+: the connector failed\n\s+at /);
  });

  it('are quiet in every connector of the registry', async () => {
    const template = createTemplateConnector({
      baseUrl: 'http://127.0.0.1:9',
      apiKey: 'unused-key',
      callbackSecret: 'unused-secret',
      clock: systemClock,
      timeouts: { connectMs: 100, totalMs: 100 },
    });
    const registry = createProviderRegistry(
      {},
      { clock: systemClock, boundsOf: () => ({ timeouts: { connectMs: 100, totalMs: 100 } }) },
      [Object.assign(template, madeUp())],
    );
    const connector = registry.get('template') as unknown as ReturnType<typeof madeUp>;
    for (const call of [connector.collection.send, connector.collection.links.deeper.still])
      expect((await errorOf(call)).message).toBe('the connector failed');
    await registry.close();
  });
});

it('errors with a code, ours and those of drivers, pass unchanged', async () => {
  const ours = new DomainError('PROVIDER_REJECTED');
  const driver = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
  const connector = withQuietErrors({
    port: { ours: () => Promise.reject(ours), driver: () => Promise.reject(driver) },
  });
  expect(await errorOf(() => connector.port.ours())).toBe(ours);
  expect(await errorOf(() => connector.port.driver())).toBe(driver);
});

it('values that are no parts of a connector are handed on as they are', async () => {
  const key = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey;
  const values = {
    bytes: Buffer.from('bytes'),
    at: new Date(0),
    names: ['a', 'b'],
    byName: new Map([['a', 1]]),
    key,
    flight: Promise.resolve(7),
    text: 'text',
    nothing: null,
  };
  const connector = withQuietErrors({ ...values, part: { ...values } });
  for (const [name, value] of Object.entries(values)) {
    expect(connector[name as keyof typeof values]).toBe(value);
    expect(connector.part[name as keyof typeof values]).toBe(value);
  }
  expect(connector.part).toBe(connector.part);
  expect(await connector.part.flight).toBe(7);
});
