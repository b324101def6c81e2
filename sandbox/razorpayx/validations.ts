/**
 * Account validation in its composite form (docs: api/x/composite-account-validation). There is no idempotency
 * key: every request is a validation of its own, and is paid for.
 */
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Log } from '../../platform/logger';
import { NONE, UNREAD } from '../book/lookup';
import { delayOf, runAfter } from '../delays';
import type { HeldAnswers } from '../held-answers';
import type { Orders } from '../orders';
import { SCENARIOS, scenarioOfEnding, type ScenarioCode } from '../scenarios';
import type { Book } from './book';
import { collection } from './entities';
import type { HookSpec, Notes } from './entries';
import { idDoesNotExist, invalidField, missingField, serverError, unexpectedFields } from './errors';
import type { Hook } from './hooks';
import type { ContactDetails, FundAccountDetails } from './parties';
import { readContact, readFundAccount, readJsonObject, readNotes } from './requests';
import { readRaw } from './routes';
import { endingOf, validationEntity } from './validation-entities';

const PATH = '/fund_accounts/validations';
const PAGE = 10; // no other length is documented
const TYPES = new Set(['pennydrop', 'penniless', 'optimized']);
const FIELDS = new Set(['source_account_number', 'validation_type', 'reference_id', 'notes', 'fund_account']);

export interface Validations {
  create(ctx: Context): Promise<void>;
  /** After a start: plans the open ones. */
  resume(): void;
  stop(): void;
}

export interface ValidationsDeps {
  book: Book;
  orders: Orders;
  held: HeldAnswers;
  log: Log;
  nowMs: () => number;
  owe: (hook: Hook) => void;
}

export function addValidationRoutes(router: Router, book: Book, validations: Validations): void {
  router.post(PATH, (ctx) => validations.create(ctx));
  router.get(PATH, (ctx) => list(book, ctx));
  router.get(`${PATH}/:id`, async (ctx) => {
    const slot = book.ids.slotOf('fav', (ctx.params as { id: string }).id);
    if (slot === -1 || slot >= book.validations.count) throw idDoesNotExist();
    await answer(book, ctx, await validationEntity(book, slot));
  });
}

export function createValidations({ book, orders, held, log, nowMs, owe }: ValidationsDeps): Validations {
  const refused = new Set<string>(); // references whose first request was answered 500
  let stopped = false;

  async function create(ctx: Context): Promise<void> {
    const request = readValidation(readJsonObject(await readRaw(ctx)));
    if (request.sourceAccount !== book.accountNumber)
      throw invalidField('source_account_number', 'The source account number is invalid.');
    // their pages say so; the words of the refusal are ours
    if (book.account.type !== 'razorpayx_lite')
      throw invalidField('source_account_number', 'Account validation is possible only for RazorpayX Lite.');
    const contact = await contactOf(book, request.contact);
    const fundAccount = await fundAccountOf(book, { contact, account: request.account });
    const scenario = scenarioOf(request);
    if (SCENARIOS[scenario].answer === 'error_first' && isFirst(request.referenceId)) throw serverError();
    const slot = book.addValidation({
      fund_account: fundAccount,
      reference_id: request.referenceId,
      notes: request.notes,
      scenario,
    });
    const entity = await validationEntity(book, slot);
    await book.flushed();
    plan(slot, 0);
    if (SCENARIOS[scenario].answer === 'never') held.hold(ctx);
    else ctx.body = entity;
  }

  function scenarioOf({ account, referenceId }: ValidationRequest): ScenarioCode {
    const accountEnding = endingOf(account);
    return orders.takeScenario({ accountEnding, referenceId }) ?? scenarioOfEnding(accountEnding);
  }

  function isFirst(referenceId: string | null): boolean {
    if (referenceId === null || refused.has(referenceId)) return false;
    refused.add(referenceId);
    return true;
  }

  function plan(slot: number, elapsedMs: number): void {
    const [step] = SCENARIOS[book.validations.row(slot).scenario].steps;
    runAfter(delayOf(step!.after, orders.settings) - elapsedMs, () => {
      void end(slot);
    });
  }

  async function end(slot: number): Promise<void> {
    if (stopped || book.validations.status(slot) !== 'created') return;
    const { scenario } = book.validations.row(slot);
    try {
      const status = statusOf(scenario);
      const hooks = orders.settings.callbacksOn ? hooksOf(SCENARIOS[scenario].callbacks, status) : [];
      const owed = book.endValidation(slot, status, hooks);
      await book.flushed();
      for (const hook of owed) owe(hook);
    } catch (error) {
      log.error({ err: error }, 'a validation could not be ended');
    }
  }

  return {
    create,
    resume() {
      for (let slot = 0; slot < book.validations.count; slot += 1)
        if (book.validations.status(slot) === 'created')
          plan(slot, nowMs() - book.validations.row(slot).at * 1_000);
    },
    stop() {
      stopped = true;
    },
  };
}

/** `failed` is a technical fault. That an account does not exist is a result like another: completed. */
function statusOf(scenario: ScenarioCode): 'completed' | 'failed' {
  const [step] = SCENARIOS[scenario].steps;
  return step!.to === 'failed' && scenario !== '1111' ? 'failed' : 'completed';
}

function hooksOf(style: 'each_step' | 'none' | 'disordered', status: 'completed' | 'failed'): HookSpec[] {
  const spec = (of: 'completed' | 'failed'): HookSpec => ({
    event: `fund_account.validation.${of}`,
    status: of === 'completed' ? 'processed' : 'failed', // of a payout; here the event says it
    reason: null,
    afterMs: 0,
  });
  if (style === 'none') return [];
  if (style === 'each_step') return [spec(status)];
  return [spec(status), { ...spec(status), afterMs: 300, sameIdAs: 0 }, { ...spec('failed'), forged: true }];
}

interface ValidationRequest {
  sourceAccount: string;
  referenceId: string | null;
  notes: Notes;
  account: FundAccountDetails['account'];
  contact: ContactDetails;
}

type Fields = Record<string, unknown>;

function readValidation(body: Fields): ValidationRequest {
  const others = Object.keys(body).filter((key) => !FIELDS.has(key));
  if (others.length > 0) throw unexpectedFields(others.slice(0, 10));
  const sourceAccount = textOf(body, 'source_account_number');
  if (sourceAccount === null) throw missingField('source_account_number');
  const fundAccount = body.fund_account;
  if (typeof fundAccount !== 'object' || fundAccount === null || Array.isArray(fundAccount))
    throw missingField('fund_account');
  const { contact, ...account } = fundAccount as Fields;
  if (account.account_type === 'vpa' && body.validation_type !== undefined)
    throw unexpectedFields(['validation_type']);
  const type = textOf(body, 'validation_type');
  if (type !== null && !TYPES.has(type))
    throw invalidField('validation_type', 'The selected validation type is invalid.');
  const referenceId = textOf(body, 'reference_id');
  if (referenceId !== null && referenceId.length > 40)
    throw invalidField('reference_id', 'The reference id may not be greater than 40 characters.');
  if (typeof contact !== 'object' || contact === null || Array.isArray(contact))
    throw missingField('fund_account.contact');
  const named = readContact(contact as Fields);
  return {
    sourceAccount,
    referenceId,
    notes: readNotes(body.notes),
    account: readFundAccount({ contact_id: 'made here', ...withName(account, named.name) }).account,
    contact: named,
  };
}

/** The name of the holder is optional here: it is then the contact's. */
function withName(account: Fields, name: string): Fields {
  const bank = account.bank_account;
  return typeof bank === 'object' && bank !== null && !Array.isArray(bank)
    ? { ...account, bank_account: { name, ...bank } }
    : account;
}

function textOf(body: Fields, field: string): string | null {
  const value = body[field];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string')
    throw invalidField(field, `The ${field.replaceAll('_', ' ')} must be a string.`);
  return value;
}

/** Equal details are the contact that exists, as when it is made by a call of its own. */
async function contactOf(book: Book, details: ContactDetails): Promise<number> {
  let slot = book.parties.sameContact(details);
  while (slot === UNREAD) {
    await book.parties.loadContact(details);
    slot = book.parties.sameContact(details);
  }
  return slot === NONE ? book.addContact(details).n : slot;
}

async function fundAccountOf(book: Book, details: FundAccountDetails): Promise<number> {
  let slot = book.parties.sameFundAccount(details);
  while (slot === UNREAD) {
    await book.parties.loadFundAccount(details);
    slot = book.parties.sameFundAccount(details);
  }
  return slot === NONE ? book.addFundAccount(details).n : slot;
}

/** Newest first. The account is the only documented parameter. */
async function list(book: Book, ctx: Context): Promise<void> {
  const others = Object.keys(ctx.query).filter((name) => name !== 'account_number');
  if (others.length > 0) throw unexpectedFields(others.slice(0, 10));
  if (ctx.query.account_number === undefined) throw missingField('account_number');
  if (ctx.query.account_number !== book.accountNumber)
    throw invalidField('account_number', 'The account number is invalid.');
  const slots = Array.from({ length: Math.min(PAGE, book.validations.count) }, (_, at) => at);
  const items = slots.map((at) => validationEntity(book, book.validations.count - 1 - at));
  await answer(book, ctx, collection(await Promise.all(items)));
}

async function answer(book: Book, ctx: Context, body: unknown): Promise<void> {
  await book.flushed();
  ctx.body = body;
}
