import { ApiGoneError, createDemoApi, type DemoApi } from './api';
import type { PlannedPayout } from './plan';
import { pushAll } from './push';

const planned = Array.from({ length: 20 }, (_x, i) => ({
  idempotencyKey: `key-${i}`,
  body: {},
  scenario: { ending: '0000', endsAs: 'SUCCESS' },
  planted: [],
})) as unknown as PlannedPayout[];
const options = { concurrency: 4, onDone: () => undefined, signal: new AbortController().signal };

it('one payout that is refused stops nobody', async () => {
  const api: Pick<DemoApi, 'send' | 'finalOf'> = {
    send: async () => {
      throw new Error('a payout was refused with 422');
    },
    finalOf: async () => {
      throw new Error('not asked');
    },
  };
  const pushed = await pushAll(planned, [api], options);
  expect(pushed.map((p) => p.status)).toEqual(planned.map(() => 'NOT ACCEPTED'));
});

it('an API that is gone ends the demo, instead of counting what is not known as ended', async () => {
  const api: Pick<DemoApi, 'send' | 'finalOf'> = {
    send: async () => {
      throw new ApiGoneError('http://127.0.0.1:1');
    },
    finalOf: async () => {
      throw new Error('not asked');
    },
  };
  await expect(pushAll(planned, [api], options)).rejects.toThrow(/nothing answers at .* any more/);
});

it('an API that does not listen is gone after some tries', async () => {
  const fetched = jest.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'));
  jest.useFakeTimers();
  try {
    const outcome = createDemoApi('http://127.0.0.1:1', 'key', options.signal)
      .send({}, 'key-1')
      .catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await outcome).toBeInstanceOf(ApiGoneError);
    expect(fetched.mock.calls.length).toBeGreaterThan(5);
  } finally {
    jest.useRealTimers();
    fetched.mockRestore();
  }
});
