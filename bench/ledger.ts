import { spawn } from 'node:child_process';
import path from 'node:path';
import { Client } from 'pg';
import type { EmbeddedPostgres } from '../scripts/stack/embedded-postgres';
import {
  durability,
  findPgbench,
  freshBenchDatabase,
  startBenchPostgres,
  withAdmin,
} from './support/database';
import { figure, median, note, readFlags, report } from './support/flags';

/**
 * Transfers a second through the public post(), one transfer per journal, from 100,000 wallets to 5 hot accounts, with
 * constraints and triggers on. Peer: pgbench's TPC-B-like script. Limit: the same rows, as many per statement, into a
 * table with the same columns and indexes, whose triggers refuse changes and check the stated balances, but move none.
 * The arms alternate; medians are reported.
 */
const DEFAULTS = {
  seconds: 30,
  rounds: 3,
  wallets: 100_000,
  hot: 5,
  callers: '1000,1,10,100',
  processes: '2,4',
  scale: 50,
  clients: 8,
  threads: 2,
};

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  const pgbench = findPgbench();
  const pg = await startBenchPostgres('postgres');
  try {
    const url = await freshBenchDatabase(pg, 'bench_ledger', { queues: false });
    const first = await fill(pg, flags);
    await freshPgbench(pg, pgbench, flags.scale);
    const settings = { ...(await durability(pg)), ...flags };
    const [many, ...fewer] = flags.callers.split(',').map(Number);
    const ours: Sample[] = [];
    const peers: number[] = [];
    const limits: number[] = [];
    for (let round = 1; round <= flags.rounds; round++) {
      ours.push(await callers(url, { processes: 1, each: many! }, flags, first));
      peers.push(await peer(pg, pgbench, flags));
      const rowsAStatement = Math.max(1, Math.round(ours.at(-1)!.posted / ours.at(-1)!.batches));
      limits.push(await limit(pg, rowsAStatement, flags.seconds));
      note(
        `round ${round}: ours ${figure(ours.at(-1)!.rate)}/s (${rowsAStatement} a batch), ` +
          `pgbench ${figure(peers.at(-1)!)}/s, limit ${figure(limits.at(-1)!)}/s`,
      );
    }
    const rate = median(ours.map((s) => s.rate));
    report({
      bench: 'ledger',
      ours: figure(rate),
      unit: 'transfers/s',
      callers: many,
      processes: 1,
      peer: figure(median(peers)),
      peer_name: `pgbench -n -s ${flags.scale} -c ${flags.clients} -j ${flags.threads} -M prepared`,
      ratio: figure(rate / median(peers)),
      aim: 10,
      limit: figure(median(limits)),
      limit_ratio: figure(rate / median(limits)),
      limit_aim: 0.6,
      errors: ours.reduce((n, s) => n + s.errors, 0),
      flags: settings,
    });
    for (const n of fewer)
      await reportOther(url, { processes: 1, each: n }, flags, { first, peerRate: median(peers), settings });
    for (const n of flags.processes.split(',').map(Number))
      await reportOther(url, { processes: n, each: many! }, flags, {
        first,
        peerRate: median(peers),
        settings,
      });
    await checkBooks(pg);
  } finally {
    await pg.stop();
  }
}

interface Sample {
  rate: number;
  posted: number;
  errors: number;
  batches: number;
  cpuS: number;
}
type Flags = typeof DEFAULTS;

/** Processes, and callers in each of them. */
interface Callers {
  processes: number;
  each: number;
}

async function reportOther(
  url: string,
  { processes, each }: Callers,
  flags: Flags,
  { first, peerRate, settings }: { first: number; peerRate: number; settings: object },
): Promise<void> {
  const shorter = { ...flags, seconds: Math.min(flags.seconds, 10) };
  const s = await callers(url, { processes, each }, shorter, first);
  report({
    bench: 'ledger',
    ours: figure(s.rate),
    unit: 'transfers/s',
    callers: each,
    processes,
    peer: figure(peerRate),
    ratio: figure(s.rate / peerRate),
    ms_a_post: figure((1_000 * each * processes) / s.rate),
    errors: s.errors,
    flags: settings,
  });
}

/** Runs several processes with several callers each, and adds up their rates. */
async function callers(
  url: string,
  { processes, each }: Callers,
  flags: Flags,
  first: number,
): Promise<Sample> {
  const samples = await Promise.all(
    Array.from({ length: processes }, () =>
      child([url, each, flags.seconds, flags.wallets, flags.hot, first].map(String)),
    ),
  );
  return {
    rate: samples.reduce((n, s) => n + s.posted / s.elapsedS, 0),
    posted: samples.reduce((n, s) => n + s.posted, 0),
    errors: samples.reduce((n, s) => n + s.errors, 0),
    batches: samples.reduce((n, s) => n + s.batches, 0),
    cpuS: samples.reduce((n, s) => n + s.cpuS, 0),
  };
}

function child(
  args: string[],
): Promise<{ posted: number; errors: number; elapsedS: number; batches: number; cpuS: number }> {
  return new Promise((resolve, reject) => {
    const p = spawn(process.execPath, [path.join(__dirname, 'ledger-caller.js'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    p.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
    });
    p.on('exit', (code) => {
      if (code === 0) resolve(JSON.parse(out));
      else reject(new Error(`a caller process ended with ${code}`));
    });
  });
}

/**
 * Makes hot accounts, then wallets with money, and returns the id of the first wallet. The money is written past the
 * triggers: this is the bench's own database.
 */
async function fill(pg: EmbeddedPostgres, flags: Flags): Promise<number> {
  return withAdmin(
    pg,
    async (db) => {
      await db.query('set session_replication_role = replica');
      await db.query(
        "insert into ledger_accounts (code, type) select 'income:hot:' || n, 'income' from generate_series(1, $1) n",
        [flags.hot],
      );
      await db.query(
        `insert into ledger_accounts (code, type, floor_paise, credits_paise)
         select 'wallet:' || n, 'liability', 0, 100000000000 from generate_series(1, $1) n`,
        [flags.wallets],
      );
      await db.query('create table limit_transfers (like ledger_transfers including all)');
      await db.query(
        `create trigger limit_transfers_immutable before update or delete or truncate on limit_transfers
         for each statement execute function refuse_change()`,
      );
      // ledger_transfers_move_balances would not work on another table; this checks what it checks
      await db.query(
        `create function limit_transfers_match_accounts() returns trigger language plpgsql as $$
         begin
           if exists (
             select from (
               select distinct on (side.account_id) side.account_id, side.balance_after
               from (
                 select debit_account_id as account_id, id, debit_balance_after as balance_after from added
                 union all
                 select credit_account_id, id, credit_balance_after from added
               ) side
               order by side.account_id, side.id desc
             ) last
             where (select a.credits_paise - a.debits_paise from ledger_accounts a where a.id = last.account_id)
               is distinct from last.balance_after)
           then
             raise exception 'another balance';
           end if;
           return null;
         end $$;
         create trigger limit_transfers_match_accounts after insert on limit_transfers
         referencing new table as added for each statement execute function limit_transfers_match_accounts()`,
      );
      await db.query('vacuum analyze ledger_accounts');
      const { rows } = await db.query<{ first: string }>(
        'select min(id)::text as first from ledger_accounts',
      );
      return Number(rows[0]!.first);
    },
    'bench_ledger',
  );
}

/** Plain inserts of ready rows, one commit per statement: the cost of the table, its indexes and its triggers alone. */
async function limit(pg: EmbeddedPostgres, rowsAStatement: number, seconds: number): Promise<number> {
  const db = new Client({ connectionString: pg.url('bench_ledger') });
  await db.connect();
  const text = `insert into limit_transfers (journal_id, line, debit_account_id, credit_account_id, amount_paise, code,
      debit_balance_after, credit_balance_after)
    select gen_random_uuid(), 0, d.id, c.id, 100, 'bench', d.credits_paise - d.debits_paise, c.credits_paise - c.debits_paise
    from unnest($1::int8[], $2::int8[]) as n(debit, credit)
      join ledger_accounts d on d.id = n.debit join ledger_accounts c on c.id = n.credit`;
  const {
    rows: [range],
  } = await db.query<{ first: string; last: string }>(
    'select min(id)::text as first, max(id)::text as last from ledger_accounts',
  );
  const [first, last] = [Number(range!.first), Number(range!.last)];
  const deadline = performance.now() + seconds * 1_000;
  const started = performance.now();
  let written = 0;
  while (performance.now() < deadline) {
    const debits = Array.from(
      { length: rowsAStatement },
      () => first + 5 + Math.floor(Math.random() * (last - first - 5)),
    );
    const credits = debits.map(() => first + Math.floor(Math.random() * 5));
    await db.query({ name: 'limit', text, values: [debits, credits] });
    written += rowsAStatement;
  }
  const rate = written / ((performance.now() - started) / 1_000);
  await db.end();
  return rate;
}

async function freshPgbench(pg: EmbeddedPostgres, pgbench: string, scale: number): Promise<void> {
  await withAdmin(pg, async (admin) => {
    await admin.query('drop database if exists bench_peer with (force)');
    await admin.query('create database bench_peer');
  });
  await command(pgbench, ['-i', '-q', '-s', String(scale), pg.url('bench_peer')]);
}

async function peer(pg: EmbeddedPostgres, pgbench: string, flags: Flags): Promise<number> {
  const out = await command(pgbench, [
    '-n',
    '-c',
    String(flags.clients),
    '-j',
    String(flags.threads),
    '-M',
    'prepared',
    '-T',
    String(flags.seconds),
    pg.url('bench_peer'),
  ]);
  const match = /tps = ([\d.]+) \(without initial connection time\)/.exec(out);
  if (match === null) throw new Error('pgbench printed no rate');
  return Number(match[1]);
}

function command(file: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const p = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    p.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
    });
    p.stderr.on('data', () => undefined);
    p.on('error', reject);
    p.on('exit', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${path.basename(file)} ended with ${code}`));
    });
  });
}

/** The figures count only if the books are right. */
async function checkBooks(pg: EmbeddedPostgres): Promise<void> {
  await withAdmin(
    pg,
    async (db) => {
      const { rows } = await db.query<{ wrong: string }>(`
      select count(*) as wrong from ledger_accounts a
        left join (select debit_account_id as id, sum(amount_paise) as debits from ledger_transfers group by 1) d
          using (id)
      where a.debits_paise <> coalesce(d.debits, 0)`);
      if (rows[0]!.wrong !== '0' && Number(rows[0]!.wrong) !== 0)
        throw new Error(`${rows[0]!.wrong} accounts do not equal their transfers`);
    },
    'bench_ledger',
  );
}
