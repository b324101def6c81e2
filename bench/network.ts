import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { Client } from 'pg';
import type { Knex } from 'knex';
import { createCursors } from '../domain/errors/cursor';
import { userId, type UserId } from '../domain/ids/ids';
import { isInSubtree } from '../domain/network/subtree';
import { createUserDirectory, type UserDirectory } from '../domain/users/directory';
import { mobileDigests } from '../domain/users/sealed';
import { makeKnex, makeListsKnex } from '../platform/database';
import { createKeyedDigest } from '../platform/encryption';
import { freshBenchDatabase, startBenchPostgres } from './support/database';
import { figure, note, percentile, readFlags, report } from './support/flags';
import { LEVELS, makeNetwork } from './support/network';

/**
 * A network of users on six levels: lists of those below, by every filter and from users of every level, and what each
 * request asks, "is it below me?". The p50 and p99 of each at `connections` connections, through the real readers; and
 * how long a move of a distributor with all below takes. The database is made for it and thrown away at the end.
 */
const DEFAULTS = { users: 100_000, connections: 10, seconds: 5 };
type Flags = typeof DEFAULTS;

const AIM_P99_MS = 20;
const PAGE = 50;
/** Of each level so many users ask in turn. */
const ASKING = 20;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  const pg = await startBenchPostgres('network');
  try {
    const url = await freshBenchDatabase(pg, 'network', { queues: false });
    const db = new Client({ connectionString: pg.url('network') });
    await db.connect();
    const knex = makeKnex(url, { max: flags.connections });
    const lists = makeListsKnex(url, { max: flags.connections });
    try {
      await makeNetwork(db, flags.users, note);
      const lines = await measureAll(db, { knex, lists }, flags);
      const moveMs = await measureMoves(db);
      const worst = Math.max(...lines.map(({ p99Ms }) => p99Ms));
      report({
        bench: 'network',
        ours: figure(worst),
        unit: 'ms, the worst p99 of a list of those below',
        aim: AIM_P99_MS,
        asked: lines,
        move_of_a_distributor_ms: moveMs,
        flags,
      });
    } finally {
      await Promise.all([knex.destroy(), lists.destroy()]);
      await db.end();
    }
  } finally {
    await pg.stop();
    fs.rmSync(pg.dataDir, { recursive: true, force: true });
  }
}

interface Question {
  name: string;
  ask: (i: number) => Promise<unknown>;
}

interface Line {
  name: string;
  asked: number;
  p50Ms: number;
  p99Ms: number;
}

async function measureAll(
  db: Client,
  { knex, lists }: { knex: Knex; lists: Knex },
  flags: Flags,
): Promise<Line[]> {
  const digest = createKeyedDigest(randomBytes(32));
  const directory = createUserDirectory({ knex, lists, digest, cursors: createCursors(randomBytes(32)) });
  const questions = [
    ...(await questionsOfLevels(db, directory)),
    ...(await questionsOfOne(db, { knex, directory, digest })),
  ];
  const lines: Line[] = [];
  for (const question of questions) {
    await load(question, { ...flags, seconds: 1 }); // plans and pages are there, as in a process that has run for a while
    const ms = await load(question, flags);
    const line = {
      name: question.name,
      asked: ms.length,
      p50Ms: figure(percentile(ms, 50)),
      p99Ms: figure(percentile(ms, 99)),
    };
    note(JSON.stringify(line));
    lines.push(line);
  }
  return lines;
}

/** Pages as the users of each level see them: from all users down to a handful. */
async function questionsOfLevels(db: Client, users: UserDirectory): Promise<Question[]> {
  const questions: Question[] = [];
  for (const { type } of LEVELS.slice(0, -1)) {
    const tops = await someOf(db, type);
    const top = (i: number): UserId => tops[i % tops.length]!;
    const cursors = await Promise.all(tops.map((one) => cursorAfter(users, one, 3)));
    questions.push(
      { name: `${type}: newest`, ask: (i) => users.list(top(i), {}, { limit: PAGE }) },
      {
        name: `${type}: fourth page`,
        ask: (i) => users.list(top(i), {}, { limit: PAGE, cursor: cursors[i % tops.length] }),
      },
      {
        name: `${type}: a type`,
        ask: (i) => users.list(top(i), { type: LEVELS[1 + (i % 5)]!.type }, { limit: PAGE }),
      },
      {
        name: `${type}: a stage`,
        ask: (i) => users.list(top(i), { stage: STAGES[i % 3]! }, { limit: PAGE }),
      },
      {
        name: `${type}: a type and a stage`,
        ask: (i) =>
          users.list(top(i), { type: LEVELS[1 + (i % 5)]!.type, stage: STAGES[i % 3]! }, { limit: PAGE }),
      },
    );
  }
  return questions;
}
const STAGES = ['active', 'lead', 'kyc_submitted'] as const;

async function questionsOfOne(
  db: Client,
  {
    knex,
    directory,
    digest,
  }: { knex: Knex; directory: UserDirectory; digest: ReturnType<typeof createKeyedDigest> },
): Promise<Question[]> {
  const [root] = await someOf(db, 'white_label');
  const staff = await someOf(db, 'field_staff');
  const tills = await someOf(db, 'sub_merchant');
  for (const [i, till] of tills.entries())
    await db.query(
      "update users set mobile_sealed = 'v1.x', mobile_hint = 'x', mobile_fingerprint = $2 where id = $1",
      [till, mobileDigests(digest, mobileOf(i))[0]],
    );
  return [
    {
      name: 'right below one',
      ask: (i) => directory.list(root!, { parent: staff[i % staff.length]! }, { limit: PAGE }),
    },
    {
      name: 'by number',
      ask: (i) => directory.lookUp(root!, mobileOf(i % tills.length)),
    },
    { name: 'one user', ask: (i) => directory.get(root!, tills[i % tills.length]!) },
    {
      name: 'is it below?',
      ask: (i) => isInSubtree(knex, { top: staff[i % staff.length]!, user: tills[i % tills.length]! }),
    },
  ];
}

const mobileOf = (i: number): string => `98${String(i).padStart(8, '0')}`;

async function cursorAfter(users: UserDirectory, top: UserId, pages: number): Promise<string | undefined> {
  let cursor: string | undefined;
  for (let i = 0; i < pages; i += 1) {
    const page = await users.list(top, {}, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    if (page.nextCursor === null) return cursor;
    cursor = page.nextCursor;
  }
  return cursor;
}

async function someOf(db: Client, type: string): Promise<UserId[]> {
  const { rows } = await db.query<{ id: string }>(
    'select id from users where type = $1 order by md5(id::text) limit $2',
    [type, ASKING],
  );
  return rows.map(({ id }) => userId(id));
}

async function load({ ask }: Question, { connections, seconds }: Flags): Promise<number[]> {
  const until = performance.now() + seconds * 1_000;
  const ms: number[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) {
        const began = performance.now();
        await ask(next++);
        ms.push(performance.now() - began);
      }
    }),
  );
  return ms;
}

/** Distributors with some thousand users below go from one master distributor to another. */
async function measureMoves(db: Client): Promise<{ below: number; ms: number }[]> {
  const masters = await someOf(db, 'master_distributor');
  const moved: { below: number; ms: number }[] = [];
  for (const [i, distributor] of (await someOf(db, 'distributor')).slice(0, 5).entries()) {
    const { rows } = await db.query<{ below: string }>(
      'select count(*) - 1 as below from user_ancestors where ancestor_id = $1',
      [distributor],
    );
    const began = performance.now();
    await db.query('update users set parent_id = $2 where id = $1', [
      distributor,
      masters[i % masters.length],
    ]);
    moved.push({ below: Number(rows[0]!.below), ms: figure(performance.now() - began) });
  }
  return moved;
}
