/** The dependencies that the routes of both products share. */
import type { Context } from 'koa';
import type { Log } from '../../platform/logger';
import type { HeldAnswers } from '../held-answers';
import type { Orders } from '../orders';
import type { Book } from './book';
import type { Lifecycle } from './lifecycle';
import type { SetuSettings } from './settings';
import type { Tokens } from './tokens';

export interface ProductDeps {
  book: Book;
  lifecycle: Lifecycle;
  orders: Orders;
  tokens: Tokens;
  settings: SetuSettings;
  held: HeldAnswers;
  log: Log;
}

/** Answers once everything that the answer states is on disk. */
export async function answer(book: Book, ctx: Context, body: unknown): Promise<void> {
  await book.flushed();
  ctx.body = body;
}

export const MAX_CALLBACKS_OWED = 500_000;
