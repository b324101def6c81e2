/**
 * What the sandbox does with a payout, by the last four characters of the account or VPA, and how such a
 * payout must end here.
 */
export type FinalStatus = 'SUCCESS' | 'FAILED' | 'REVERSED';

export interface DemoScenario {
  ending: string;
  /** For the table. */
  what: string;
  endsAs: FinalStatus;
  /**
   * How often the provider must have seen the request: more than once only where the first was lost before it
   * was booked.
   */
  requests: number;
}

export const SCENARIOS: readonly DemoScenario[] = [
  { ending: '0000', what: 'done at once', endsAs: 'SUCCESS', requests: 1 },
  { ending: '1111', what: 'refused: invalid account', endsAs: 'FAILED', requests: 1 },
  { ending: '2222', what: 'done after a while', endsAs: 'SUCCESS', requests: 1 },
  { ending: '3333', what: 'fails after a while', endsAs: 'FAILED', requests: 1 },
  { ending: '4444', what: 'done, then sent back', endsAs: 'REVERSED', requests: 1 },
  { ending: '5555', what: 'no answer, but done', endsAs: 'SUCCESS', requests: 1 },
  { ending: '6666', what: 'no answer, and failed', endsAs: 'FAILED', requests: 1 },
  { ending: '7777', what: 'error 500, then unknown to the provider', endsAs: 'SUCCESS', requests: 2 },
  { ending: '8888', what: 'callbacks repeated, out of order, forged', endsAs: 'SUCCESS', requests: 1 },
  { ending: '9999', what: 'done, but no callback comes', endsAs: 'SUCCESS', requests: 1 },
];
