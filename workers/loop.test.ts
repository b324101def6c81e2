import { setTimeout as pause } from 'node:timers/promises';
import { silentLog } from '../platform/logger';
import { startLoop } from './loop';

const NEVER_MS = 2_147_483_647;
const loop = { name: 'test', everyMs: NEVER_MS, log: silentLog };

it('ends with the round in which it is stopped', async () => {
  let endRound = (): void => undefined;
  let rounds = 0;
  const running = startLoop(loop, () => {
    rounds += 1;
    return new Promise((resolve) => {
      endRound = () => resolve(false);
    });
  });
  await pause(1);
  const stopped = running.stop();
  endRound();
  await stopped;
  expect(rounds).toBe(1);
});

it('ends while it waits for its next round', async () => {
  let rounds = 0;
  const running = startLoop(loop, async () => {
    rounds += 1;
    return false;
  });
  await pause(1);
  await running.stop();
  expect(rounds).toBe(1);
});

it('goes on after a round that failed, and at once where there is more', async () => {
  let rounds = 0;
  await new Promise<void>((resolve) => {
    const running = startLoop({ ...loop, everyMs: 1 }, async () => {
      rounds += 1;
      if (rounds === 1) throw new Error('the first');
      if (rounds === 4) void running.stop().then(resolve);
      return true;
    });
  });
  expect(rounds).toBe(4);
});
