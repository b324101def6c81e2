import type { ApiDependencies } from '../../api/app';

/** Nothing is counted, and there is room for everybody. */
export const NO_LIMITS: ApiDependencies['limits'] = {
  rules: {
    of: () => [],
    share: () => ({ most: 10_000, mostEach: 10_000, waitingEach: 10_000 }),
    refresh: () => Promise.resolve(),
    close: () => undefined,
  },
  permits: {
    take: () => Promise.resolve({ ok: true, states: [] }),
    takeHeld: () => ({ ok: true, states: [] }),
  },
};
