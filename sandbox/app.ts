import http from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { dropRestAfterAnswer } from '../platform/http/rest-of-request';
import { silentLog, type Log } from '../platform/logger';
import { openCashfree } from './cashfree/provider';
import type { SandboxConfig } from './config';
import { controlGuard } from './control-guard';
import { openEko } from './eko/provider';
import { createHeldAnswers } from './held-answers';
import type { Settings } from './orders';
import type { MountedProvider, Surroundings } from './provider';
import { openPlivo } from './plivo/provider';
import { openRazorpay } from './razorpay/provider';
import { openRazorpayx, type RazorpayxProvider } from './razorpayx/provider';
import { openSetu } from './setu/provider';

const DRAIN_MS = 5_000;

export interface SandboxOptions extends SandboxConfig {
  log?: Log;
  nowMs?: () => number;
  /**
   * Called when the disk refuses a book: nothing can be promised any more. By default it throws, which ends
   * the process.
   */
  onBookFailure?: (error: Error) => void;
}

export interface Sandbox {
  /**
   * `http://host:port`. RazorpayX's paths are under `/v1`, those of other providers under their prefixes, the
   * control API under `/__sandbox`.
   */
  url: string;
  port: number;
  settings: Settings;
  /** Stops taking requests, finishes those in flight and closes the books. */
  close(): Promise<void>;
}

/**
 * Starts a sandbox: opens the books, resumes what is open in them and listens. Rejects when the port or the
 * folder of the books is taken.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const held = createHeldAnswers();
  const { log = silentLog } = options;
  const providers = await openProviders(options, {
    dir: options.dir,
    settings: { delayMs: options.delayMs, slowMs: options.slowMs, callbacksOn: true },
    held,
    log,
    nowMs: options.nowMs ?? Date.now,
    onBookFailure: options.onBookFailure ?? rethrow,
  });
  const handle = createApp(providers, options.controlToken, log).callback();
  const server = http.createServer(
    { keepAliveTimeout: 65_000, headersTimeout: 30_000, requestTimeout: 60_000 },
    (req, res) => {
      dropRestAfterAnswer(req, res);
      void handle(req, res);
    },
  );
  try {
    await listen(server, options.port, options.host);
  } catch (error) {
    await closeAll(providers);
    throw error;
  }
  for (const provider of [providers.razorpayx, ...providers.others]) provider.resume();
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    port,
    settings: providers.razorpayx.settings,
    close: () =>
      (closing ??= (async () => {
        held.dropAll();
        await drain(server);
        await closeAll(providers);
      })()),
  };
}

function rethrow(error: Error): never {
  throw error;
}

interface Providers {
  razorpayx: RazorpayxProvider;
  others: MountedProvider[];
}

async function openProviders(options: SandboxOptions, around: Surroundings): Promise<Providers> {
  const razorpayx = await openRazorpayx(options, around);
  const providers: Providers = { razorpayx, others: [] };
  const shared: Surroundings = { ...around, settings: razorpayx.settings };
  try {
    if (options.eko !== undefined) providers.others.push(await openEko(options.eko, shared));
    if (options.plivo !== undefined) providers.others.push(await openPlivo(options.plivo, shared));
    if (options.cashfree !== undefined) providers.others.push(await openCashfree(options.cashfree, shared));
    if (options.razorpay !== undefined) providers.others.push(await openRazorpay(options.razorpay, shared));
    if (options.setu !== undefined) providers.others.push(await openSetu(options.setu, shared));
  } catch (error) {
    await closeAll(providers);
    throw error;
  }
  return providers;
}

/** RazorpayX comes last, because its book holds the lock of the folder. */
async function closeAll({ razorpayx, others }: Providers): Promise<void> {
  await Promise.all(others.map((provider) => provider.close()));
  await razorpayx.close();
}

function createApp({ razorpayx, others }: Providers, controlToken: string | undefined, log: Log): Koa {
  const app = new Koa();
  for (const provider of [...others, razorpayx]) app.use(provider.routes);
  app.use(controlGuard(controlToken));
  for (const provider of [razorpayx, ...others]) app.use(provider.control);
  app.on('error', (error: Error) => {
    log.error({ err: error }, 'a request failed');
  });
  return app;
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

/** Waits for the requests in flight, 5 s at most. */
function drain(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
    }, DRAIN_MS);
    const idle = setInterval(() => {
      server.closeIdleConnections();
    }, 20); // a connection that was just busy would otherwise be kept alive
    server.close(() => {
      clearTimeout(timer);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}
