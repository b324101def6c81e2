import { accountId, userId, type AccountId } from '../../../domain/ids/ids';
import type { Knex } from 'knex';
import {
  accountCode,
  accountType,
  createAccountDirectory,
  openAccounts,
} from '../../../domain/ledger/accounts';
import { createLedger, type Ledger } from '../../../domain/ledger/post';
import type { Journal } from '../../../domain/ledger/journal';
import { FakeClock } from '../../../platform/clock';
import { execute, makeKnex, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { assertCleanBooks } from '../../support/books';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { balances } from '../../support/world';

let database: TestDatabase;
let knex: Knex;
let ledger: Ledger;
let ids: Map<string, AccountId>;
const CODES = ['bank:escrow', 'wallet:a:main', 'wallet:b:main', 'clearing:payout', 'float:testpay'];
const id = (code: string): AccountId => ids.get(code)!;
const journal = (
  debit: string,
  credit: string,
  amountPaise: bigint,
  over: Partial<Journal> = {},
): Journal => ({
  id: systemIds.uuid(),
  transactionId: null,
  transfers: [{ debitAccountId: id(debit), creditAccountId: id(credit), amountPaise, code: 'test' }],
  ...over,
});

beforeAll(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url);
  ledger = createLedger({ knex, clock: new FakeClock() });
  ids = await openAccounts(knex, CODES);
});
afterAll(async () => {
  const books = assertCleanBooks(knex);
  await books.catch(() => undefined);
  await knex.destroy();
  await database.drop();
  await books;
});

describe('accounts', () => {
  test('are opened once, whoever opens them at the same time', async () => {
    const other = makeKnex(database.url);
    const codes = Array.from({ length: 20 }, (_, i) => accountCode.wallet(userId(`w${i}`), 'main'));
    const opened = await Promise.all(
      [knex, other, knex, other].map((k, i) => openAccounts(k, i % 2 === 0 ? codes : codes.toReversed())),
    );
    for (const found of opened) expect(found).toEqual(opened[0]);
    expect(opened[0]!.size).toBe(20);
    await other.destroy();
  });

  test('have the type and floor that their code says', async () => {
    const found = await rows<{ code: string; type: string; floor: bigint | null }>(
      knex,
      'select code, type, floor_paise as floor from ledger_accounts where code = any(?::text[]) order by code',
      [CODES],
    );
    expect(found).toEqual([
      { code: 'bank:escrow', type: 'asset', floor: null },
      { code: 'clearing:payout', type: 'liability', floor: 0n },
      { code: 'float:testpay', type: 'asset', floor: null },
      { code: 'wallet:a:main', type: 'liability', floor: 0n },
      { code: 'wallet:b:main', type: 'liability', floor: 0n },
    ]);
    expect(
      [
        accountCode.gstPayable(),
        accountCode.gstInput(),
        accountCode.feeIncome('payout'),
        accountCode.providerFee('x'),
        accountCode.suspense('x'),
      ].map(accountType),
    ).toEqual(['liability', 'asset', 'income', 'expense', 'liability']);
    expect(() => accountType('nothing:like:it')).toThrow(
      expect.objectContaining({ code: 'LEDGER_ACCOUNT_UNKNOWN' }),
    );
  });

  test('the directory asks once for many, and asks again after an error', async () => {
    const directory = createAccountDirectory({ knex });
    const found = await Promise.all(Array.from({ length: 5 }, () => directory.id('clearing:dmt')));
    expect(new Set(found).size).toBe(1);
    await expect(directory.id('nothing:like:it')).rejects.toMatchObject({ code: 'LEDGER_ACCOUNT_UNKNOWN' });
    await expect(directory.id('nothing:like:it')).rejects.toMatchObject({ code: 'LEDGER_ACCOUNT_UNKNOWN' });
  });
});

describe('posting', () => {
  test('moves money, states the balances after each transfer, and is done once', async () => {
    const funding = journal('bank:escrow', 'wallet:a:main', 10_000n);
    await expect(ledger.post({ journal: funding })).resolves.toMatchObject({ status: 'posted' });
    await expect(ledger.post({ journal: funding })).resolves.toEqual({ status: 'repeat' });
    const both: Journal = journal('wallet:a:main', 'wallet:b:main', 700n, {
      transfers: [
        {
          debitAccountId: id('wallet:a:main'),
          creditAccountId: id('wallet:b:main'),
          amountPaise: 700n,
          code: 'one',
        },
        {
          debitAccountId: id('wallet:b:main'),
          creditAccountId: id('wallet:a:main'),
          amountPaise: 200n,
          code: 'two',
        },
      ],
    });
    await ledger.post({ journal: both });
    const lines = await rows(
      knex,
      `select line, code, amount_paise as amount, debit_balance_after as debit, credit_balance_after as credit
        from ledger_transfers where journal_id = ? order by line`,
      [both.id],
    );
    expect(lines).toEqual([
      { line: 0, code: 'one', amount: 700n, debit: 9_300n, credit: 700n },
      { line: 1, code: 'two', amount: 200n, debit: 500n, credit: 9_500n },
    ]);
    expect(await balances(knex)).toMatchObject({
      'bank:escrow': -10_000n,
      'wallet:a:main': 9_500n,
      'wallet:b:main': 500n,
    });
  });

  test('P4 the same id with other content is refused, and so is content in another order', async () => {
    const first = journal('bank:escrow', 'wallet:a:main', 5n);
    await ledger.post({ journal: first });
    const other = { ...first.transfers[0]!, amountPaise: 6n };
    for (const transfers of [
      [other],
      [first.transfers[0]!, other],
      [{ ...first.transfers[0]!, code: 'else' }],
    ]) {
      await expect(ledger.post({ journal: { ...first, transfers } })).resolves.toMatchObject({
        status: 'refused',
        code: 'LEDGER_JOURNAL_MISMATCH',
      });
    }
  });

  test('P2 refuses what would leave a wallet below its floor, and posts it when the money has come', async () => {
    const before = (await balances(knex))['wallet:b:main']!;
    const much = journal('wallet:b:main', 'wallet:a:main', before + 1n);
    await expect(ledger.post({ journal: much })).resolves.toMatchObject({
      status: 'refused',
      code: 'LEDGER_INSUFFICIENT_FUNDS',
    });
    await ledger.post({ journal: journal('bank:escrow', 'wallet:b:main', 1n) });
    await expect(ledger.post({ journal: much })).resolves.toMatchObject({ status: 'posted' });
  });

  test('money may pass through an account in one journal', async () => {
    const through = journal('bank:escrow', 'wallet:b:main', 1n, {
      transfers: [
        {
          debitAccountId: id('wallet:b:main'),
          creditAccountId: id('float:testpay'),
          amountPaise: 1_000_000n,
          code: 'out',
        },
        {
          debitAccountId: id('bank:escrow'),
          creditAccountId: id('wallet:b:main'),
          amountPaise: 1_000_000n,
          code: 'in',
        },
      ],
    });
    await expect(ledger.post({ journal: through })).resolves.toMatchObject({ status: 'posted' });
  });

  test('accounts are never created by it', async () => {
    const nowhere = journal('bank:escrow', 'wallet:a:main', 1n, {
      transfers: [
        {
          debitAccountId: id('bank:escrow'),
          creditAccountId: accountId(999_999n),
          amountPaise: 1n,
          code: 'test',
        },
      ],
    });
    await expect(ledger.post({ journal: nowhere })).resolves.toMatchObject({
      status: 'refused',
      code: 'LEDGER_ACCOUNT_UNKNOWN',
    });
  });

  test('P1 what cannot be written down is refused at the door', async () => {
    const t = journal('bank:escrow', 'wallet:a:main', 1n).transfers[0]!;
    for (const transfers of [
      [],
      [{ ...t, amountPaise: 0n }],
      [{ ...t, amountPaise: -1n }],
      [{ ...t, creditAccountId: t.debitAccountId }],
      Array.from({ length: 21 }, () => t),
    ]) {
      await expect(
        ledger.post({ journal: { id: systemIds.uuid(), transactionId: null, transfers } }),
      ).rejects.toMatchObject({ code: 'LEDGER_JOURNAL_INVALID' });
    }
  });

  test('a limit is reserved and given back with its journal, never beyond cap or zero', async () => {
    const reserve = (amountPaise: bigint): { key: string; capPaise: bigint; amountPaise: bigint } => ({
      key: 'payout:a:2026-11-01',
      capPaise: 100n,
      amountPaise,
    });
    const used = async (): Promise<bigint | undefined> =>
      (
        await rows<{ used: bigint }>(knex, 'select used_paise as used from limit_counters where key = ?', [
          'payout:a:2026-11-01',
        ])
      )[0]?.used;
    await expect(
      ledger.post({ journal: journal('wallet:a:main', 'wallet:b:main', 1n), reserve: reserve(60n) }),
    ).resolves.toMatchObject({ status: 'posted' });
    await expect(
      ledger.post({ journal: journal('wallet:a:main', 'wallet:b:main', 1n), reserve: reserve(41n) }),
    ).resolves.toMatchObject({ status: 'refused', code: 'LIMIT_EXCEEDED' });
    await expect(
      ledger.post({ journal: journal('wallet:a:main', 'wallet:b:main', 10n ** 9n), reserve: reserve(1n) }),
    ).resolves.toMatchObject({ status: 'refused', code: 'LEDGER_INSUFFICIENT_FUNDS' });
    expect(await used()).toBe(60n);
    await expect(ledger.post({ reserve: reserve(-61n) })).resolves.toMatchObject({
      status: 'refused',
      code: 'LIMIT_EXCEEDED',
    });
    await expect(ledger.post({ reserve: reserve(-60n) })).resolves.toMatchObject({ status: 'posted' });
    expect(await used()).toBe(0n);
  });

  // Not part of the chart; leaves nothing behind.
  test('currencies do not mix', async () => {
    const [dollars] = await rows<{ id: bigint }>(
      knex,
      `insert into ledger_accounts (code, type, currency) values ('bank:usd', 'asset', 'USD') returning id`,
    );
    const mixed = journal('bank:escrow', 'wallet:a:main', 1n, {
      transfers: [
        {
          debitAccountId: accountId(dollars!.id),
          creditAccountId: id('wallet:a:main'),
          amountPaise: 1n,
          code: 'test',
        },
      ],
    });
    await expect(ledger.post({ journal: mixed })).resolves.toMatchObject({
      status: 'refused',
      code: 'LEDGER_JOURNAL_INVALID',
    });
  });
});

describe('what the database refuses, whoever asks', () => {
  const refused = (sql: string, bindings: readonly unknown[] = []): Promise<string> =>
    execute(knex, sql, bindings).then(
      () => 'done',
      (error: Error & { constraint?: string }) => error.constraint ?? error.message,
    );
  const insert = (
    debit: bigint,
    credit: bigint,
    amount: bigint,
    debitAfter: bigint,
    creditAfter: bigint,
  ): Promise<string> =>
    refused(
      `
        insert into ledger_transfers (journal_id, line, debit_account_id, credit_account_id, amount_paise, code,
        debit_balance_after, credit_balance_after) values (?, 0, ?, ?, ?, 'test', ?, ?)`,
      [systemIds.uuid(), debit, credit, amount, debitAfter, creditAfter],
    );

  test('P1 transfers are never changed', async () => {
    await ledger.post({ journal: journal('bank:escrow', 'wallet:a:main', 1n) });
    for (const sql of [
      'update ledger_transfers set amount_paise = amount_paise',
      'delete from ledger_transfers',
      'truncate ledger_transfers',
      'delete from ledger_transfers where false',
    ]) {
      expect(await refused(sql)).toBe('ledger_transfers_immutable');
    }
  });

  test('P1 a balance changes only with its transfers: money cannot be invented', async () => {
    const before = await balances(knex);
    for (const set of [
      'credits_paise = credits_paise + 100',
      'debits_paise = debits_paise + 1, credits_paise = credits_paise + 1',
      'debits_paise = debits_paise - 1',
      'credits_paise = credits_paise - 1',
      'credits_paise = credits_paise',
    ])
      expect(await refused(`update ledger_accounts set ${set} where code = 'wallet:a:main'`)).toBe(
        'ledger_accounts_move_with_transfers',
      );
    expect(
      await refused(
        `insert into ledger_accounts as a (code, type) values ('wallet:a:main', 'liability')
         on conflict (code) do update set credits_paise = a.credits_paise + 100`,
      ),
    ).toBe('ledger_accounts_move_with_transfers');
    expect(
      await refused(`merge into ledger_accounts a using (select 100 as gain) g on a.code = 'wallet:a:main'
        when matched then update set credits_paise = a.credits_paise + g.gain`),
    ).toBe('ledger_accounts_move_with_transfers');
    expect(await balances(knex)).toEqual(before);
  });

  test('P1 the trigger that moves balances works on the transfers alone', async () => {
    const before = await balances(knex);
    const trx = await knex.transaction();
    await trx.raw(`create temp table made_up (like ledger_transfers) on commit drop;
      create trigger made_up after insert on made_up referencing new table as added
        for each statement execute function ledger_transfers_move_balances()`);
    await expect(
      trx.raw(
        `insert into made_up select 1, gen_random_uuid(), 0, null, b.id, a.id, 100, 'INR', 'test',
           b.credits_paise - b.debits_paise - 100, a.credits_paise - a.debits_paise + 100, now()
         from ledger_accounts a, ledger_accounts b where a.code = 'wallet:a:main' and b.code = 'bank:escrow'`,
      ),
    ).rejects.toMatchObject({ constraint: 'ledger_transfers_move_balances' });
    await trx.rollback();
    expect(await balances(knex)).toEqual(before);
  });

  test('P1 accounts stay what they are', async () => {
    for (const set of ["code = 'wallet:other:main'", "type = 'income'", "currency = 'USD'"]) {
      expect(await refused(`update ledger_accounts set ${set} where code = 'wallet:a:main'`)).toBe(
        'ledger_accounts_totals_only_grow',
      );
    }
    expect(await refused("delete from ledger_accounts where code = 'wallet:a:main'")).toBe(
      'ledger_accounts_stay',
    );
    expect(await refused('truncate ledger_accounts cascade')).toMatch(/_stay|_immutable/);
    expect(
      await refused(
        `insert into ledger_accounts (code, type, credits_paise) values ('bank:rich', 'asset', 1)`,
      ),
    ).toBe('ledger_accounts_start_at_zero');
  });

  test('P2 no account goes below its floor, even if the code forgets', async () => {
    const now = await balances(knex);
    for (const code of ['wallet:a:main', 'clearing:payout']) {
      const held = now[code] ?? 0n;
      const more = held + 1n;
      expect(await insert(id(code), id('bank:escrow'), more, held - more, now['bank:escrow']! + more)).toBe(
        'ledger_accounts_floor',
      );
    }
    expect(await refused(`insert into limit_counters (key, used_paise, cap_paise) values ('x', 2, 1)`)).toBe(
      'limit_counters_within_cap',
    );
    expect(await refused(`insert into limit_counters (key, used_paise, cap_paise) values ('x', -1, 1)`)).toBe(
      'limit_counters_within_cap',
    );
  });

  test('P1 a transfer whose stated balance is not that of its account', async () => {
    const [a, bank] = [id('wallet:a:main'), id('bank:escrow')];
    const now = await balances(knex);
    const [inWallet, atBank] = [now['wallet:a:main']!, now['bank:escrow']!];
    expect(await insert(bank, a, 5n, atBank, inWallet + 1n)).toBe('ledger_transfers_match_accounts');
    expect(await insert(bank, a, 5n, atBank - 5n, inWallet + 6n)).toBe('ledger_transfers_match_accounts');
    expect(await insert(bank, 999_999n, 5n, atBank - 5n, 5n)).toBe('ledger_transfers_match_accounts'); // no such account
    expect(await balances(knex)).toEqual(now);
  });

  test('P1 transfers move their accounts by exactly what they say', async () => {
    const [a, bank] = [id('wallet:a:main'), id('bank:escrow')];
    const totals = (): Promise<{ id: bigint; debits: bigint; credits: bigint }[]> =>
      rows(
        knex,
        `select id, debits_paise as debits, credits_paise as credits from ledger_accounts
         where id = any(?::int8[]) order by id`,
        [[a, bank]],
      );
    const moved = async (): Promise<[bigint, bigint, bigint][]> => {
      const before = await totals();
      const at = await balances(knex);
      expect(await insert(bank, a, 5n, at['bank:escrow']! - 5n, at['wallet:a:main']! + 5n)).toBe('done');
      return (await totals()).map((now, i) => [
        now.id,
        now.debits - before[i]!.debits,
        now.credits - before[i]!.credits,
      ]);
    };
    expect(new Map((await moved()).map(([account, ...gains]) => [account, gains]))).toEqual(
      new Map([
        [bank, [5n, 0n]],
        [a, [0n, 5n]],
      ]),
    );
  });

  test('P1 transfers of nothing, of less, or from an account to itself', async () => {
    expect(await insert(id('bank:escrow'), id('wallet:a:main'), 0n, 0n, 0n)).toBe(
      'ledger_transfers_amount_positive',
    );
    expect(await insert(id('bank:escrow'), id('wallet:a:main'), -1n, 0n, 0n)).toBe(
      'ledger_transfers_amount_positive',
    );
    expect(await insert(id('bank:escrow'), id('bank:escrow'), 1n, 0n, 0n)).toBe(
      'ledger_transfers_two_accounts',
    );
  });

  test('codes in another form or of another type', async () => {
    expect(await refused(`insert into ledger_accounts (code, type) values ('Wallet A', 'liability')`)).toBe(
      'ledger_accounts_code_form',
    );
    expect(await refused(`insert into ledger_accounts (code, type) values ('bank:x', 'asse')`)).toBe(
      'ledger_accounts_type_known',
    );
    expect(await refused(`insert into ledger_accounts (code, type) values ('bank:escrow', 'asset')`)).toBe(
      'ledger_accounts_code_unique',
    );
  });
});
