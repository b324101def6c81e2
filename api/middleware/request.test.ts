import type { Context } from 'koa';
import { DomainError } from '../../domain/errors/errors';
import { shedLoad } from './request';

const ctx = (url: string): Context => ({ req: { url } }) as Context;
const refusal = (error: unknown): unknown =>
  error instanceof DomainError ? [error.code, error.retryAfterS] : error;

test('what comes while as many are under way as may, and what comes late to its turn, is refused', async () => {
  const shed = shedLoad(
    () => 1,
    ({ url }) => url === 'late',
  );
  let end: () => void = () => undefined;
  const first = shed(ctx('a'), () => new Promise<void>((resolve) => (end = resolve)));
  await expect(Promise.resolve(shed(ctx('b'), jest.fn())).catch(refusal)).resolves.toEqual([
    'SERVICE_UNAVAILABLE',
    1,
  ]);
  const callback = jest.fn(() => Promise.resolve());
  await shed(ctx('/callbacks/razorpayx'), callback);
  expect(callback).toHaveBeenCalledTimes(1);
  end();
  await first;
  const work = jest.fn(() => Promise.resolve());
  await shed(ctx('c'), work);
  await expect(Promise.resolve(shed(ctx('late'), work)).catch(refusal)).resolves.toEqual([
    'SERVICE_UNAVAILABLE',
    1,
  ]);
  expect(work).toHaveBeenCalledTimes(1);
});
