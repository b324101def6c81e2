import type { Router } from '@koa/router';
import type { Context, Next } from 'koa';

/** A provider beside RazorpayX: its paths, its part of the control API, and its book. */
export interface MountedProvider {
  /** Every path of the provider begins with this. */
  prefix: string;
  /** Everything under the prefix passes here first. */
  guard(ctx: Context, next: Next): Promise<void>;
  routers: Router[];
  /** After the port is taken: goes on with what is open in the book. */
  resume(): void;
  close(): Promise<void>;
}
