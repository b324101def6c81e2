import type { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { Log } from '../platform/logger';
import type { HeldAnswers } from './held-answers';
import type { Settings } from './orders';

/** A provider in the sandbox: its paths, its part of the control API and its book. */
export interface MountedProvider {
  /** Answers the provider's paths and passes on the rest. */
  routes: Middleware;
  control: Middleware;
  /** Resumes what is open in the book; called once the port is open. */
  resume(): void;
  close(): Promise<void>;
}

/** What the sandbox gives to each provider. */
export interface Surroundings {
  dir: string;
  settings: Settings;
  held: HeldAnswers;
  log: Log;
  nowMs: () => number;
  onBookFailure: (error: Error) => void;
}

/** A router as a middleware of the app. The types differ because the router sets its own `ctx.params`. */
export const handlerOf = (router: Router): Middleware => router.routes() as unknown as Middleware;
