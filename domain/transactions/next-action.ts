import type { State } from '../lifecycle/lifecycle';

/**
 * Who has to do what next, and until when. One table: `docs/status-reasons.md` is written from it, and lists
 * are filtered by the same rules in SQL (`nextActionSql`); a test compares the two.
 */
export const NEXT_ACTIONS = {
  send: { who: 'munim', says: 'it is held and sent; if it cannot be sent until then, it ends as FAILED' },
  confirm: { who: 'provider', says: 'the provider decides; it is asked again and again' },
  chase: { who: 'operations', says: 'it is overdue: operations ask the provider and decide' },
  consent_to_refund: {
    who: 'customer',
    says: 'the customer agrees to the refund with a one-time password that you ask for and send',
  },
  refund_customer: {
    who: 'operations',
    says: 'the money is with the bank of the customer: operations see that it goes back',
  },
  review: { who: 'operations', says: 'a person decides what became of it' },
  acknowledge_cash: {
    who: 'caller',
    says: 'say whether cash was handed out: POST /v1/aeps/withdrawals/{id}/acknowledgement',
  },
} as const satisfies Readonly<
  Record<string, { who: 'munim' | 'provider' | 'operations' | 'customer' | 'caller'; says: string }>
>;
export type NextActionName = keyof typeof NEXT_ACTIONS;
export const NEXT_ACTION_NAMES = Object.keys(NEXT_ACTIONS) as NextActionName[];

export interface NextAction {
  who: (typeof NEXT_ACTIONS)[NextActionName]['who'];
  what: NextActionName;
  /** When it should be done; null where no time is set. */
  until: string | null;
}

/** A state in which something is left to do, in the order in which the rules are tried. */
interface Rule {
  what: NextActionName;
  states: readonly State[];
  /** Past `expected_by`, or not yet; either when missing. */
  overdue?: boolean;
  /** Of services whose refunds wait for the consent of the customer, or of the others. */
  byConsent?: boolean;
  /** Which of its times says until when. */
  until?: 'expiresAt' | 'expectedBy';
}

const RULES: readonly Rule[] = [
  { what: 'send', states: ['accepted', 'held'], until: 'expiresAt' },
  { what: 'confirm', states: ['dispatched'], overdue: false, until: 'expectedBy' },
  { what: 'chase', states: ['dispatched'], overdue: true },
  { what: 'consent_to_refund', states: ['refund_pending'], byConsent: true },
  { what: 'refund_customer', states: ['refund_pending'], byConsent: false },
  { what: 'review', states: ['in_review'] },
];

export interface ActionFacts {
  state: State;
  service: string;
  expiresAt: Date;
  expectedBy: Date;
  /** The caller still has to do what `afterSuccess` of its service says. */
  owedAfterSuccess: NextActionName | null;
}

export function nextActionOf(
  t: ActionFacts,
  consentServices: readonly string[],
  now: Date,
): NextAction | null {
  if (t.state === 'succeeded') return t.owedAfterSuccess === null ? null : actionOf(t.owedAfterSuccess, null);
  const isOverdue = t.expectedBy < now;
  const isByConsent = consentServices.includes(t.service);
  const rule = RULES.find(
    ({ states, overdue, byConsent }) =>
      states.includes(t.state) &&
      (overdue === undefined || overdue === isOverdue) &&
      (byConsent === undefined || byConsent === isByConsent),
  );
  if (rule === undefined) return null;
  return actionOf(rule.what, rule.until === undefined ? null : t[rule.until]);
}

function actionOf(what: NextActionName, until: Date | null): NextAction {
  return { who: NEXT_ACTIONS[what].who, what, until: until?.toISOString() ?? null };
}

/** The states in which this may be left to do. */
export function statesOfAction(what: NextActionName): readonly State[] {
  const own = RULES.filter((rule) => rule.what === what).flatMap(({ states }) => states);
  return own.length > 0 ? own : ['succeeded'];
}

/**
 * The same rules as a condition on `transactions`, with `:now` and `:consentServices`; `owed` is an SQL
 * expression for what the caller still has to do after a success.
 */
export function nextActionSql(what: NextActionName, owed: string): string {
  const own = RULES.filter((rule) => rule.what === what).map(({ states, overdue, byConsent }) =>
    [
      `transactions.state in (${states.map((state) => `'${state}'`).join(', ')})`,
      ...(overdue === undefined ? [] : [`transactions.expected_by ${overdue ? '<' : '>='} :now`]),
      ...(byConsent === undefined
        ? []
        : [`${byConsent ? '' : 'not '}transactions.service = any(:consentServices::text[])`]),
    ].join(' and '),
  );
  if (own.length > 0) return `(${own.join(' or ')})`;
  return `(transactions.state = 'succeeded' and ${owed} = '${what}')`;
}
