import type { StatementLine } from '../../domain/provider/provider';
import { DomainError } from '../../domain/errors/errors';
import { isSuccess, type Reply } from '../answers';
import type { RazorpayxClient } from './client';
import { readCollection } from '../razorpay-forms';
import { readStatementItem } from './schemas';
import { statementLine } from './transformers';

const PAGE = 100; // the maximum that Razorpay allows
const WINDOW_S = 86_400;
const MAX_PAGES = 5_000; // half a million lines a day
const MAX_TRIES = 6;
const MAX_WAIT_MS = 10_000;

export interface StatementDeps {
  client: RazorpayxClient;
  accountNumber: string;
  sleep(ms: number): Promise<void>;
}

/**
 * `GET /transactions` from one instant (inclusive) to another (exclusive), oldest first. Read a day at a
 * time: within a day all pages are gathered, repeats dropped (a line that is added while we page shifts the
 * rest by one) and put in order, whichever way round the list came. A page that cannot be read is tried again
 * a few times, since nothing depends on when a statement is read; then DomainError PROVIDER_UNAVAILABLE.
 */
export async function* readStatement(
  deps: StatementDeps,
  from: Date,
  to: Date,
): AsyncGenerator<StatementLine> {
  const last = Math.ceil(to.getTime() / 1_000) - 1;
  for (let start = Math.ceil(from.getTime() / 1_000); start <= last; start += WINDOW_S) {
    yield* oldestFirst(await linesBetween(deps, start, Math.min(start + WINDOW_S - 1, last)));
  }
}

async function linesBetween(deps: StatementDeps, from: number, to: number): Promise<StatementLine[]> {
  const lines = new Map<string, StatementLine>();
  for (let page = 0; page < MAX_PAGES; page++) {
    const items = await readPage(
      deps,
      'statement',
      new URLSearchParams({
        account_number: deps.accountNumber,
        from: `${from}`,
        to: `${to}`,
        count: `${PAGE}`,
        skip: `${page * PAGE}`,
      }),
    );
    for (const item of items) {
      const read = readStatementItem(item);
      if (!read.ok) throw unavailable(`a line of the statement breaks the contract in ${read.field}`);
      lines.set(read.value.id, lines.get(read.value.id) ?? statementLine(read.value));
    }
    if (items.length < PAGE) return [...lines.values()];
  }
  throw unavailable('the statement of one day is too long');
}

const LISTS = {
  statement: { path: '/transactions', name: 'the statement of the provider' },
  payouts: { path: '/payouts', name: 'the list of payouts' },
  balances: { path: '/banking_balances', name: 'the list of balances' },
} as const;

/**
 * One page of a list. It is tried a few times, unless the caller says otherwise: nothing waits for it. Throws
 * PROVIDER_UNAVAILABLE.
 */
export async function readPage(
  deps: Pick<StatementDeps, 'client' | 'sleep'>,
  list: keyof typeof LISTS,
  query: URLSearchParams,
  maxTries = MAX_TRIES,
): Promise<unknown[]> {
  const { path, name } = LISTS[list];
  for (let attempt = 1; ; attempt++) {
    const reply = await deps.client.call(list, { method: 'GET', path: `${path}?${query.toString()}` });
    const items = reply.kind === 'answer' && isSuccess(reply.status) ? readCollection(reply.json) : undefined;
    if (items?.ok === true) return items.value;
    if (items !== undefined || attempt >= maxTries || isFinal(reply))
      throw unavailable(`${name} cannot be read`);
    await deps.sleep(Math.min(waitMs(reply) ?? 250 * 2 ** attempt, MAX_WAIT_MS));
  }
}

function isFinal(reply: Reply): boolean {
  return reply.kind === 'answer' && reply.status >= 400 && reply.status < 500 && reply.status !== 429;
}

function waitMs(reply: Reply): number | undefined {
  return reply.kind === 'refusal' || reply.kind === 'answer' ? reply.retryAfterMs : undefined;
}

/**
 * Times are whole seconds, so the order within one second has to come from the list itself: newest first when
 * its times fall, or, when all are equal, when the running balances only chain up backwards.
 */
export function oldestFirst(lines: readonly StatementLine[]): StatementLine[] {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return [];
  const fell =
    first.at.getTime() === last.at.getTime()
      ? chains(lines.toReversed()) && !chains(lines)
      : first.at > last.at;
  return (fell ? lines.toReversed() : [...lines]).sort((a, b) => a.at.getTime() - b.at.getTime());
}

function chains(lines: readonly StatementLine[]): boolean {
  return lines.every(
    (line, i) =>
      i === 0 || line.balancePaise === lines[i - 1]!.balancePaise + line.creditPaise - line.debitPaise,
  );
}

export function unavailable(detail: string): DomainError {
  return new DomainError('PROVIDER_UNAVAILABLE', { detail });
}
