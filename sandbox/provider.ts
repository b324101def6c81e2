import type { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { Log } from '../platform/logger';
import type { HeldAnswers } from './held-answers';
import type { Settings } from './orders';

/** A provider beside RazorpayX: its paths, its part of the control API, and its book. */
export interface MountedProvider {
  /** Answers what is under the provider's prefixes, and hands on the rest. */
  routes: Middleware;
  control: Middleware;
  /** After the port is taken: goes on with what is open in the book. */
  resume(): void;
  close(): Promise<void>;
}

/** What the sandbox gives to each of them. */
export interface Surroundings {
  dir: string;
  settings: Settings;
  held: HeldAnswers;
  log: Log;
  nowMs: () => number;
  onBookFailure: (error: Error) => void;
}

/** The routes of a router as a middleware: it brings its own parameters. */
export const handlerOf = (router: Router): Middleware => router.routes() as unknown as Middleware;
