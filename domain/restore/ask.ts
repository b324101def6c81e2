import { addMs } from '../../platform/clock';
import { openCases, transactionCase, type NewCase } from '../cases/cases';
import { namesOfAttempt } from '../dispatch/attempts';
import { DomainError } from '../errors/errors';
import { isDefinite } from '../lifecycle/decide';
import type { Due } from '../lifecycle/due';
import type { ProviderPolicy } from '../policies/policies';
import { timeoutsOf } from '../policies/timeouts';
import { isOfOtherAmount } from '../provider/answers';
import type { DispatchCalls } from '../provider/calls';
import type { InquiryAnswer } from '../provider/outcome';
import type { Provider } from '../provider/provider';
import { adopt } from './adopt';
import type { Found, RestoreAskerDependencies, Said } from './asking';
import {
  claimQuestions,
  firstAttemptNo,
  lastAttemptNo,
  putOff,
  readStoredReferences,
  type Question,
} from './questions';
import { answerQuestion, readOpenRestore, type OpenRestore } from './restores';

/**
 * Asks the providers about the transactions of an open restore: under the reference of the attempt that may
 * be under way, and of every attempt that may have followed it in the time that was lost. One that may change its road
 * may have been sent by any provider of its service, so all of them are asked.
 *   found        the attempt is written down, and its outcome recorded like any other;
 *   not there    after the provider's window, as often as its policy says: the transaction goes on as usual;
 *   not certain  it is asked about again; a case tells people when that takes too long.
 */
export interface RestoreAsker {
  /** One round over at most `limit` questions that are due. */
  ask(limit: number): Promise<AskReport>;
}
export interface AskReport {
  asked: number;
  due: Due[];
  errors: Error[];
}

const UNDER_WAY: ReadonlySet<string> = new Set(['accepted', 'held', 'dispatched']);

export function createRestoreAsker(deps: RestoreAskerDependencies): RestoreAsker {
  return {
    async ask(limit) {
      const report: AskReport = { asked: 0, due: [], errors: [] };
      const open = await readOpenRestore(deps.knex);
      if (open === undefined) return report;
      const questions = await claimQuestions(deps.knex, open, { now: deps.clock.now(), limit });
      report.asked = questions.length;
      await Promise.all(
        questions.map(async (question) => {
          try {
            report.due.push(...(await askOne(deps, open, question)));
          } catch (error) {
            report.errors.push(
              error instanceof Error ? error : new Error('a question failed', { cause: error }),
            );
          }
        }),
      );
      return report;
    },
  };
}

async function askOne(deps: RestoreAskerDependencies, open: OpenRestore, question: Question): Promise<Due[]> {
  // A callback or an inquiry has said meanwhile what became of it.
  if (!UNDER_WAY.has(question.state) || question.outcome !== null) return end(deps, open, question, 'ended');
  const roads = roadsOf(deps, question);
  const said = await askRoads(deps, { open, question, roads });
  said.sort((a, b) => a.attemptNo - b.attemptNo);
  const found = said.filter(isFound);
  const alive = found.filter(({ answer }) => answer.kind !== 'failed' && answer.kind !== 'reversed');
  if (alive.length > 1) return leave(deps, open, { question, roads, said }, paidTwice(question, alive));
  const isAnswered = said.every((one) => one.answer.kind === 'not_found' || isFound(one));
  const known = alive[0] ?? (isAnswered ? found.at(-1) : undefined);
  if (known !== undefined)
    return isCurrent(question, known)
      ? end(deps, open, question, 'found')
      : adopt(deps, open, question, { found: known, said });
  return leave(deps, open, { question, roads, said });
}

interface Asking {
  open: OpenRestore;
  question: Question;
  roads: readonly Road[];
}

/**
 * Asks by every road. What one failed for our balance does not expire, and its next attempt may have gone by any of them:
 * then all are asked once more, about the attempts after the expiry too.
 */
async function askRoads(deps: RestoreAskerDependencies, asking: Asking): Promise<Said[]> {
  const { question, roads } = asking;
  const stored = await readStoredReferences(deps.knex, question.transactionId);
  const said = await askAll(deps, asking, stored);
  if (roads.length < 2 || question.wasShortOfFunds || !said.some(isShort)) return said;
  return askAll(deps, { ...asking, question: { ...question, wasShortOfFunds: true } }, stored);
}

async function askAll(
  deps: RestoreAskerDependencies,
  { open, question, roads }: Asking,
  stored: ReadonlyMap<number, string>,
): Promise<Said[]> {
  const said: Said[] = [];
  for (const road of roads) said.push(...(await askAbout(deps, { open, question, road, stored })));
  return said;
}

function isShort({ answer }: Said): boolean {
  return answer.kind === 'failed' && answer.isShortOfFunds === true;
}

/** A provider that may have it. */
interface Road {
  connector: Provider;
  calls: Pick<DispatchCalls, 'notFound' | 'inquire'>;
  policy: ProviderPolicy;
}

/** That of the transaction, and where it may change its road every other of its service. */
function roadsOf(
  { providers, policies, dispatches }: RestoreAskerDependencies,
  { provider, service }: Question,
): Road[] {
  const dispatch = dispatches[service];
  const others = dispatch?.changesRoads === true ? providers.names().filter((name) => name !== provider) : [];
  const roads = [provider, ...others].flatMap((name) => {
    const connector = providers.get(name);
    const calls = dispatch?.inquiries(connector);
    return calls === undefined ? [] : [{ connector, calls, policy: policies.provider(name) }];
  });
  if (roads[0]?.connector.name !== provider)
    throw new DomainError('PROVIDER_UNKNOWN', { detail: `${provider} does not answer for ${service}` });
  return roads;
}

/**
 * The provider knows the attempt that is dispatched in our books. It was sent, so none followed it, and
 * polling records what became of it.
 */
function isCurrent({ state, attemptNo, provider }: Question, found: Found): boolean {
  return state === 'dispatched' && found.attemptNo === attemptNo && found.provider === provider;
}

function isFound(said: Said): said is Found {
  const { kind } = said.answer;
  return kind === 'pending' || isDefinite(kind);
}

interface AskedRoad extends Omit<Asking, 'roads'> {
  road: Road;
  /** The references of the attempts that are stored, by number. */
  stored: ReadonlyMap<number, string>;
}

async function askAbout(
  deps: RestoreAskerDependencies,
  { open, question, road, stored }: AskedRoad,
): Promise<Said[]> {
  const { connector, calls, policy } = road;
  const provider = connector.name;
  const { transactionId, service, createdAt } = question;
  const dispatch = deps.dispatches[service]!;
  const ofFirst = (await dispatch.firstReferences?.(deps.knex, [transactionId], connector))?.get(
    transactionId,
  );
  const isSentOnce = dispatch.isSentOnce === true;
  let isShortOfFunds = question.wasShortOfFunds;
  const reach = (): { last: number; isAll: boolean } =>
    lastAttemptNo(question, open, { isSentOnce, isShortOfFunds });
  const said: Said[] = [];
  for (let attemptNo = firstAttemptNo(question); attemptNo <= reach().last; attemptNo += 1) {
    const derived = namesOfAttempt(transactionId, attemptNo).ourReference;
    const ourReference = stored.get(attemptNo) ?? (attemptNo === 1 ? ofFirst : undefined) ?? derived;
    const askedAt = deps.clock.now();
    const answer = await calls.inquire(
      { ourReference, acceptedAt: createdAt },
      { timeouts: timeoutsOf(policy), transactionId },
    );
    const checked: InquiryAnswer = isOfOtherAmount(answer, question.amountPaise)
      ? { kind: 'unknown', sent: true, rawStatus: '<amount mismatch>' }
      : answer;
    const one: Said = { provider, attemptNo, ourReference, askedAt, answer: checked };
    said.push(one);
    isShortOfFunds ||= isShort(one);
  }
  // There may have been more attempts than are asked about, since it does not expire: nobody knows of them.
  if (isShortOfFunds && !reach().isAll) said.push(beyondReach(said.at(-1)!));
  return said;
}

function beyondReach({ attemptNo, ...last }: Said): Said {
  const answer: InquiryAnswer = {
    kind: 'unknown',
    sent: true,
    rawStatus: '<more attempts than asked about>',
  };
  return { ...last, attemptNo: attemptNo + 1, answer };
}

/** What stays unfinished is driven from its row. */
async function end(
  deps: RestoreAskerDependencies,
  open: OpenRestore,
  { transactionId }: Question,
  answer: 'found' | 'ended' | 'not_there',
): Promise<Due[]> {
  const now = deps.clock.now();
  await deps.knex.transaction((trx) =>
    answerQuestion(trx, { restoreId: open.id, transactionId, answer, now }),
  );
  return [];
}

interface Unanswered {
  question: Question;
  roads: readonly Road[];
  said: readonly Said[];
}

/**
 * Nothing was found. Either that is certain by now, of every provider that may have it, or the question is put off;
 * with `opens` a person has to decide.
 */
async function leave(
  deps: RestoreAskerDependencies,
  open: OpenRestore,
  { question, roads, said }: Unanswered,
  opens?: NewCase,
): Promise<Due[]> {
  const now = deps.clock.now();
  // What was sent last was sent before the restore began.
  const { policy } = roads[0]!;
  const windowMs = Math.max(...roads.map((road) => road.policy.sendWindowMs + road.policy.notFoundWindowMs));
  const inquiries = Math.max(...roads.map((road) => road.policy.notFoundInquiries));
  const certainFrom = addMs(open.begunAt, windowMs);
  const isNothingThere = said.every(({ answer }) => answer.kind === 'not_found');
  const counts = isNothingThere && said.every(({ askedAt }) => askedAt >= certainFrom);
  const isEnough = counts && question.notFoundCount + 1 >= inquiries;
  const isKnown = opens === undefined && roads.every(({ calls }) => saysNotFoundSurely(calls, question, now));
  if (isEnough && isKnown) return end(deps, open, question, 'not_there');
  const gaps = policy.pollScheduleMs;
  const gapMs = gaps[Math.min(question.askedCount, gaps.length) - 1] ?? gaps[0]!;
  const soon = addMs(now, gapMs);
  const until = isNothingThere && now < certainFrom && soon < certainFrom ? certainFrom : soon;
  await putOff(deps.knex, open, question, { until, notFound: counts });
  const isLate = now >= addMs(open.begunAt, policy.pollForMs);
  const uncertain = isLate || (isEnough && !isKnown) ? [unanswered(question)] : [];
  await openCases(deps.knex, deps.ids, opens === undefined ? uncertain : [opens], now);
  return [];
}

/**
 * Does the provider's not-found say that there is nothing? Where its rules ask for a person, or the
 * transaction is older than the provider remembers a request, it does not.
 */
function saysNotFoundSurely(
  { notFound: rule }: Pick<DispatchCalls, 'notFound'>,
  { createdAt }: Question,
  now: Date,
): boolean {
  if (rule.then === 'case') return false;
  return rule.then === 'fail' || now < addMs(createdAt, rule.keyLifeMs);
}

function unanswered({ transactionId, state }: Question): NewCase {
  return transactionCase(
    'restore_uncertain',
    transactionId,
    `it was ${state} at the restore point, and the provider does not say whether it was sent since`,
  );
}

function paidTwice({ transactionId }: Question, alive: readonly Found[]): NewCase {
  const names = alive.map(({ ourReference, answer }) => `${ourReference} (${answer.kind})`).join(', ');
  return transactionCase(
    'restore_paid_twice',
    transactionId,
    `after the restore the provider knows several attempts: ${names}`,
  );
}
