/**
 * Plivo in the sandbox: sending and looking up of SMS, and delivery reports, under `/plivo`. The last four digits of
 * the number choose what happens (README.md).
 */
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { Router } from '@koa/router';
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { runAfter } from '../delays';
import { handlerOf, type MountedProvider, type Surroundings } from '../provider';
import type { PlivoConfig } from './config';
import { createMessages, type Messages, type MessageState, type SandboxMessage } from './messages';
import { postReport } from './reports';

export const PLIVO_PREFIX = '/plivo';
const MAX_BODY_BYTES = 65_536;
const LISTED = 100;

interface Step {
  state: MessageState;
  isSlow?: true;
}
interface Scenario {
  answer?: 'refused' | 'error' | 'silence';
  /** Whether the message is sent, whatever is answered. */
  isTaken: boolean;
  steps: readonly Step[];
}

const DELIVERED: readonly Step[] = [{ state: 'sent' }, { state: 'delivered' }];
const USUAL: Scenario = { isTaken: true, steps: DELIVERED };
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  '1111': { answer: 'refused', isTaken: false, steps: [] },
  '2222': { isTaken: true, steps: [{ state: 'sent' }, { state: 'delivered', isSlow: true }] },
  '3333': { isTaken: true, steps: [{ state: 'sent' }, { state: 'undelivered', isSlow: true }] },
  '5555': { answer: 'silence', isTaken: true, steps: DELIVERED },
  '6666': { answer: 'silence', isTaken: false, steps: [] },
  '7777': { answer: 'error', isTaken: false, steps: [] },
  '9999': { isTaken: true, steps: [] },
};

export async function openPlivo(config: PlivoConfig, around: Surroundings): Promise<MountedProvider> {
  const messages = createMessages();
  return {
    routes: handlerOf(routesOf(config, around, messages)),
    control: handlerOf(controlOf(messages)),
    resume: () => undefined,
    close: async () => undefined,
  };
}

function routesOf(config: PlivoConfig, around: Surroundings, messages: Messages): Router {
  const router = new Router({ prefix: `${PLIVO_PREFIX}/v1/Account/:account/Message` });
  router.use(async (ctx, next) => {
    if (isSignedIn(ctx, config, String(ctx.params.account))) return next();
    refuse(ctx, 401, 'authentication failed');
  });
  router.post('/', async (ctx) => take(ctx, { config, around, messages }));
  router.get('/:uuid/', (ctx) => {
    const found = messages.get(String(ctx.params.uuid));
    if (found === undefined) return refuse(ctx, 404, 'not found');
    ctx.body = {
      api_id: randomUUID(),
      message_uuid: found.uuid,
      message_state: found.state,
      to_number: found.dst,
      from_number: found.src,
      message_type: 'sms',
      error_code: found.errorCode ?? '000',
      dlt_entity_id: found.dltEntityId,
      dlt_template_id: found.dltTemplateId,
    };
  });
  return router;
}

async function take(
  ctx: Context,
  { config, around, messages }: { config: PlivoConfig; around: Surroundings; messages: Messages },
): Promise<void> {
  const body = await readBody(ctx);
  const problem = body === undefined ? 'the body is no JSON object' : problemOf(body);
  if (body === undefined || problem !== undefined) return refuse(ctx, 400, problem!);
  const scenario = SCENARIOS[body.dst!.slice(-4)] ?? USUAL;
  const message: SandboxMessage = {
    uuid: randomUUID(),
    src: body.src!,
    dst: body.dst!,
    text: body.text!,
    url: body.url,
    state: 'queued',
    sequence: 0,
    errorCode: scenario.steps.some(({ state }) => state === 'undelivered') ? '450' : undefined,
    dltEntityId: body.dlt_entity_id!,
    dltTemplateId: body.dlt_template_id!,
    takenAtMs: around.nowMs(),
  };
  if (scenario.isTaken) {
    messages.add(message);
    let afterMs = 0;
    for (const { state, isSlow } of scenario.steps) {
      afterMs += isSlow === true ? around.settings.slowMs : around.settings.delayMs;
      runAfter(afterMs, () => postReport(message, state, { authToken: config.authToken, log: around.log }));
    }
  }
  if (scenario.answer === 'silence') return around.held.hold(ctx);
  if (scenario.answer === 'refused') return refuse(ctx, 400, 'dst is not a valid phone number');
  if (scenario.answer === 'error') return refuse(ctx, 500, 'internal error');
  ctx.status = 202;
  ctx.body = { api_id: randomUUID(), message: 'message(s) queued', message_uuid: [message.uuid] };
}

type Body = Partial<Record<string, string>>;

async function readBody(ctx: Context): Promise<Body | undefined> {
  try {
    const text = await getRawBody(ctx.req, { limit: MAX_BODY_BYTES, encoding: 'utf8' });
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
    return Object.fromEntries(
      Object.entries(body).filter((field): field is [string, string] => typeof field[1] === 'string'),
    );
  } catch {
    return undefined;
  }
}

const FORMS: readonly (readonly [name: string, form: RegExp])[] = [
  ['src', /^[A-Za-z0-9]{3,11}$/],
  ['dst', /^91[6-9]\d{9}$/],
  ['text', /^[^]{1,1600}$/],
  ['dlt_entity_id', /^\d{10,25}$/],
  ['dlt_template_id', /^\d{10,25}$/],
];

function problemOf(body: Body): string | undefined {
  const wrong = FORMS.find(([name, form]) => !form.test(body[name] ?? ''));
  if (wrong !== undefined) return `${wrong[0]} is not valid`;
  if (body.url !== undefined && !URL.canParse(body.url)) return 'url is not valid';
  return body.method === undefined || body.method === 'POST' ? undefined : 'method is not valid';
}

function isSignedIn(ctx: Context, { authId, authToken }: PlivoConfig, account: string): boolean {
  const [kind, given = ''] = ctx.get('Authorization').split(' ');
  const expected = Buffer.from(`${authId}:${authToken}`);
  const shown = Buffer.from(given, 'base64');
  return (
    kind === 'Basic' &&
    account === authId &&
    shown.length === expected.length &&
    timingSafeEqual(shown, expected)
  );
}

function refuse(ctx: Context, status: number, error: string): void {
  ctx.status = status;
  ctx.body = { api_id: randomUUID(), error };
}

/** What was sent, for tests: `GET /__sandbox/plivo/messages`. */
function controlOf(messages: Messages): Router {
  const router = new Router({ prefix: '/__sandbox/plivo' });
  router.get('/messages', (ctx) => {
    ctx.body = messages.list(LISTED);
  });
  return router;
}
