/** The part of the control API that is about the account which pays. */
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import { invalid, isWhole, onlyGiven, readBody, readDepositPaise } from '../control-input';
import type { AccountSettings } from './account';
import type { Book } from './book';
import type { Lifecycle } from './lifecycle';

const MAX_PAISE = 1_000_000_000_000_000;
const DAY_MS = 86_400_000;

const SETTINGS = ['threshold_paise', 'refresh_ms', 'fee_in_debit', 'debit_before_failure'];

interface AccountDeps {
  book: Book;
  lifecycle: Lifecycle;
}

export function addAccountRoutes(router: Router, { book, lifecycle }: AccountDeps): void {
  const show = async (ctx: Context): Promise<void> => {
    await book.flushed();
    const { type, settings } = book.account;
    const { balancePaise, refreshedAtMs } = book.account.known();
    ctx.body = {
      account_type: type,
      balance_paise: paiseToJson(book.statement.balancePaise),
      known_balance_paise: paiseToJson(balancePaise),
      refreshed_at_ms: refreshedAtMs,
      fees_due_paise: paiseToJson(book.feesDuePaise),
      threshold_paise: paiseToJson(settings.thresholdPaise),
      refresh_ms: settings.refreshMs,
      fee_in_debit: settings.isFeeInDebit,
      debit_before_failure: settings.isDebitedBeforeFailure,
    };
  };
  router.get('/account', show);
  router.post('/account', async (ctx) => {
    book.account.change(readSettings(await readBody(ctx, SETTINGS)));
    lifecycle.releaseQueued();
    await show(ctx);
  });
  router.post('/account/refresh', async (ctx) => {
    book.account.refresh();
    lifecycle.releaseQueued();
    await show(ctx);
  });
  router.post('/withdrawals', async (ctx) => {
    const { amount_paise: amount } = await readBody(ctx, ['amount_paise']);
    const paise = readDepositPaise(amount);
    unlessShort(() => book.withdraw(paise));
    await show(ctx);
  });
  router.post('/fees/collect', async (ctx) => {
    const collected = unlessShort(() => book.collectFees());
    await book.flushed();
    ctx.body = {
      collected_paise: paiseToJson(collected),
      balance_paise: paiseToJson(book.statement.balancePaise),
    };
  });
}

function unlessShort<T>(take: () => T): T {
  try {
    return take();
  } catch (error) {
    if (error instanceof RangeError) throw invalid('the account holds less');
    throw error;
  }
}

function readSettings({
  threshold_paise: threshold,
  refresh_ms: refreshMs,
  fee_in_debit: isFeeInDebit,
  debit_before_failure: isDebitedBeforeFailure,
}: Record<string, unknown>): Partial<AccountSettings> {
  if (threshold !== undefined && !isWhole(threshold, 0, MAX_PAISE))
    throw invalid('threshold_paise must be a whole number of paise');
  if (refreshMs !== undefined && !isWhole(refreshMs, 0, DAY_MS))
    throw invalid(`refresh_ms must be a whole number from 0 to ${DAY_MS}`);
  if ([isFeeInDebit, isDebitedBeforeFailure].some((is) => is !== undefined && typeof is !== 'boolean'))
    throw invalid('fee_in_debit and debit_before_failure must be true or false');
  return onlyGiven<AccountSettings>({
    thresholdPaise: threshold === undefined ? undefined : paiseFromJson(threshold),
    refreshMs,
    isFeeInDebit: isFeeInDebit as boolean | undefined,
    isDebitedBeforeFailure: isDebitedBeforeFailure as boolean | undefined,
  });
}
