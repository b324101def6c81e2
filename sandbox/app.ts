import http from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { silentLog, type Log } from '../platform/logger';
import { controlGuard, createControlRouter } from './control';
import { createHeldAnswers } from './held-answers';
import { createHookEnds } from './hook-ends';
import { openEko } from './eko/provider';
import { createOrders, type Settings } from './orders';
import type { MountedProvider, Surroundings } from './provider';
import { openBook, type Book } from './razorpayx/book';
import { sign, webhookBody } from './razorpayx/entities';
import type { Hook } from './razorpayx/hooks';
import { createLifecycle } from './razorpayx/lifecycle';
import { createRazorpayxGuard, createRazorpayxRouter } from './razorpayx/routes';
import { openSetu } from './setu/mount';
import { createWebhookSender, type WebhookSender } from './webhooks';
import type { SandboxConfig } from './config';

const DRAIN_MS = 5_000;

export interface SandboxOptions extends SandboxConfig {
  log?: Log;
  nowMs?: () => number;
  /** The disk refused the book; nothing can be promised any more. Default: throw, which ends the process. */
  onBookFailure?: (error: Error) => void;
}

export interface Sandbox {
  /** `http://host:port`; RazorpayX's paths are under `/v1`, the others' under their prefixes, the control API under `/__sandbox`. */
  url: string;
  port: number;
  settings: Settings;
  /** Stops taking requests, finishes those under way, and closes the book. */
  close(): Promise<void>;
}

/** Starts a sandbox: opens the book, goes on with what is open in it, listens. Rejects when the port or the book is taken. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log = silentLog, nowMs = Date.now } = options;
  const onFailure =
    options.onBookFailure ??
    ((error: Error) => {
      throw error;
    });
  const book = await openBook({
    dir: options.dir,
    accountNumber: options.accountNumber,
    openingBalancePaise: options.openingBalancePaise,
    nowMs,
    onFailure,
  });
  const settings: Settings = {
    delayMs: options.delayMs,
    slowMs: options.slowMs,
    callbacksOn: true,
    ...book.settings,
  };
  const orders = createOrders(settings);
  const held = createHeldAnswers();
  const callbacks = createCallbacks({ book, options, nowMs, log });
  const lifecycle = createLifecycle({
    book,
    settings,
    log,
    nowMs,
    owe: (hook) => {
      callbacks.owe(hook);
    },
  });
  const providers: MountedProvider[] = [];
  const shut = async (): Promise<void> => {
    lifecycle.stop();
    await callbacks.close();
    await Promise.all(providers.map((provider) => provider.close()));
    await book.close();
  };
  const giveBack = async (error: unknown): Promise<never> => {
    await shut();
    throw error;
  };
  const around: Surroundings = { dir: options.dir, settings, held, log, nowMs, onBookFailure: onFailure };
  if (options.eko !== undefined) providers.push(await openEko(options.eko, around).catch(giveBack));
  if (options.setu !== undefined) providers.push(await openSetu(options.setu, around).catch(giveBack));
  const deps = {
    book,
    lifecycle,
    orders,
    held,
    log,
    webhooks: callbacks.sender,
    keyId: options.keyId,
    keySecret: options.keySecret,
  };

  const app = createApp(deps, log, providers);
  const handle = app.callback();
  const server = http.createServer(
    { keepAliveTimeout: 65_000, headersTimeout: 30_000, requestTimeout: 60_000 },
    (req, res) => {
      void handle(req, res);
    },
  );
  await listen(server, options.port, options.host).catch(giveBack);
  lifecycle.resume();
  for (const provider of providers) provider.resume();
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    port,
    settings,
    close: () =>
      (closing ??= (async () => {
        held.dropAll();
        await drain(server);
        await shut();
      })()),
  };
}

type AppDeps = Parameters<typeof createRazorpayxGuard>[0] & Parameters<typeof createControlRouter>[0];

function createApp(deps: AppDeps, log: Log, providers: readonly MountedProvider[]): Koa {
  const app = new Koa();
  for (const provider of providers) app.use(provider.routes);
  const guard = createRazorpayxGuard(deps);
  app.use((ctx, next) => (ctx.path.startsWith('/__sandbox') ? controlGuard(ctx, next) : guard(ctx, next)));
  app.use(createRazorpayxRouter(deps).routes());
  app.use(createControlRouter(deps).routes());
  for (const provider of providers) app.use(provider.control);
  app.on('error', (error: Error) => {
    log.error({ err: error }, 'a request failed');
  });
  return app;
}

/** The callbacks: from what the book owes to what the other side took. */
function createCallbacks({
  book,
  options,
  nowMs,
  log,
}: {
  book: Book;
  options: SandboxOptions;
  nowMs: () => number;
  log: Log;
}) {
  const ends = createHookEnds(book, log, 'razorpayx');
  const sender: WebhookSender = createWebhookSender({
    url: options.callbackUrl,
    nowMs,
    async render(seq) {
      const hook = book.hooks.get(seq);
      if (hook === undefined) throw new Error(`callback ${seq} is not owed`);
      const body = webhookBody(book, await book.payouts.row(hook.slot), hook);
      const signature = sign(
        body,
        hook.spec.forged === true ? `not ${options.webhookSecret}` : options.webhookSecret,
      );
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Razorpay-Webhook/v1',
        'x-razorpay-signature': signature,
        'x-razorpay-event-id': book.ids.bare('evt', hook.eventSeq),
      };
      return { headers, body };
    },
    onTaken: (seq) => {
      ends.taken(seq);
    },
    onGivenUp: (seq) => {
      ends.givenUp(seq);
    },
  });

  return {
    sender,
    owe(hook: Hook): void {
      const bornAtMs = hook.at * 1_000;
      const dueAtMs = hook.spec.afterMs === 0 ? 0 : nowMs() + hook.spec.afterMs;
      sender.enqueue({ seq: hook.seq, bornAtMs, dueAtMs, once: hook.spec.forged === true });
    },
    async close(): Promise<void> {
      await sender.close();
      ends.settleNow();
    },
  };
}

function listen(server: http.Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 1_024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Waits for the requests under way, 5 s at most. */
function drain(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
    }, DRAIN_MS);
    const idle = setInterval(() => {
      server.closeIdleConnections();
    }, 20); // a connection that was busy a moment ago is kept alive otherwise
    server.close(() => {
      clearTimeout(timer);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}
