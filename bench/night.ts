import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { createNightDesk } from '../domain/night/desk';
import { systemClock } from '../platform/clock';
import { makeKnex } from '../platform/database';
import { hasRedisServer } from '../scripts/stack/redis-server';
import type { Stack } from '../scripts/stack/stack';
import { pass, withStack } from './pipeline';
import { figure, median, note, readFlags, report } from './support/flags';
import { forgetNight, makeNightDay } from './support/night-day';
import { sendPayouts } from './support/payouts';
import type { BenchUser } from './support/users';

/**
 * The day's traffic beside the night, on one machine. Payouts come at half of the rate that the pipeline can carry:
 * without the night, and while a nightly process does the night of a day of `rows` transactions. Beside it the time that
 * this night takes alone. Both in one run; the rounds alternate and medians count.
 */
const DEFAULTS = {
  rows: 500_000,
  wallets: 1_000,
  beneficiaries: 200,
  callers: 128,
  capacity: 10_000,
  least: 10,
  rounds: 3,
};
type Flags = typeof DEFAULTS;
/** What traffic keeps of its throughput, and how many times as long as alone the night may take. */
const AIM_TRAFFIC = 0.9;
const AIM_NIGHT = 3;
const LOOK_MS = 200;
const NIGHT_TIMEOUT_MS = 1_800_000;

interface Place {
  stack: Stack;
  db: Client;
  users: BenchUser[];
  flags: Flags;
  day: string;
}

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  if (!hasRedisServer()) throw new Error('the pipeline runs on Redis: install redis-server');
  await withStack(
    {},
    async (stack, _redis, users) => {
      await stack.stopProcesses('nightly'); // until there is a day to close
      const db = new Client({ connectionString: stack.urls.owner });
      await db.connect();
      try {
        await measure({ stack, db, users, flags, day: await lastEnded(stack) });
      } finally {
        await db.end();
      }
    },
    { ...flags, folder: 'night' },
  );
}

async function measure(place: Place): Promise<void> {
  const { stack, db, users, flags, day } = place;
  await pass(stack, users, { ...flags, count: flags.wallets }); // registers the beneficiaries
  await makeNightDay(db, { day, rows: flags.rows });
  note(`${flags.rows.toLocaleString('en-IN')} transactions of ${day} are made`);
  const capacity = (await pass(stack, users, { ...flags, count: flags.capacity })).rate;
  const perSecond = capacity / 2;
  note(`the pipeline carries ${figure(capacity)} payouts/s: ${figure(perSecond)} come while it is measured`);
  await night(place); // plans and pages are there, as on every other night
  const [quiet, beside, nightAlone, nightBeside] = [[], [], [], []] as number[][];
  for (let round = 1; round <= flags.rounds; round++) {
    nightAlone!.push(await night(place));
    const count = Math.round(perSecond * Math.max(flags.least, nightAlone!.at(-1)!));
    const traffic = async (): Promise<number> => (await paced(place, count, perSecond)).rate;
    quiet!.push(await traffic());
    const both = await together(place, traffic);
    beside!.push(both.rate);
    nightBeside!.push(both.seconds);
    note(
      `round ${round}: ${figure(both.rate)} payouts/s beside the night, ${figure(quiet!.at(-1)!)} without; ` +
        `the night takes ${figure(both.seconds)} s, ${figure(nightAlone!.at(-1)!)} s alone`,
    );
  }
  tell({ quiet: quiet!, beside: beside!, nightAlone: nightAlone!, nightBeside: nightBeside! }, flags);
}

function tell(
  {
    quiet,
    beside,
    nightAlone,
    nightBeside,
  }: Record<'quiet' | 'beside' | 'nightAlone' | 'nightBeside', number[]>,
  flags: Flags,
): void {
  const kept = median(beside) / median(quiet);
  const times = median(nightBeside) / median(nightAlone);
  report({
    ...{ bench: 'night', with: 'traffic beside the night', ours: figure(median(beside)), unit: 'payouts/s' },
    ...{ peer: figure(median(quiet)), peer_name: 'the same traffic without the night' },
    ...{ ratio: figure(kept), aim: AIM_TRAFFIC, met: kept >= AIM_TRAFFIC, flags },
  });
  report({
    ...{ bench: 'night', with: 'the night beside traffic', ours: figure(median(nightBeside)), unit: 's' },
    ...{ peer: figure(median(nightAlone)), peer_name: 'the same night alone' },
    ...{ ratio: figure(times), aim: AIM_NIGHT, met: times <= AIM_NIGHT, rows: flags.rows, flags },
  });
}

const paced = ({ stack, users, flags }: Place, count: number, perSecond: number) =>
  pass(stack, users, { ...flags, count }, () =>
    sendPayouts({ apiUrl: stack.urls.api, users, ...flags, count, perSecond }),
  );

/** Traffic from the begin of the night to its end; of several loads, the median. */
async function together(
  place: Place,
  traffic: () => Promise<number>,
): Promise<{ rate: number; seconds: number }> {
  const state = { isDone: false };
  const running = night(place).finally(() => {
    state.isDone = true;
  });
  const rates: number[] = [];
  await untilBegun(place);
  while (!state.isDone) rates.push(await traffic());
  return { rate: median(rates), seconds: await running };
}

/** Does the night of the day by a process of the stack; returns its seconds, from the first step to the last. */
async function night({ stack, db, day }: Place): Promise<number> {
  await forgetNight(db);
  await stack.startProcesses('nightly');
  try {
    for (const until = Date.now() + NIGHT_TIMEOUT_MS; ; await pause(LOOK_MS)) {
      const { rows } = await db.query<{ left: number; failed: string | null; seconds: number }>(
        `select count(*) filter (where state <> 'done')::int as left, count(*)::int as steps,
          min(why) filter (where state = 'failed' and attempt_no > 3) as failed,
          extract(epoch from max(ended_at) - min(begun_at))::float8 as seconds
        from nightly_runs where business_date = $1::date having count(*) > 0`,
        [day],
      );
      if (rows[0]?.left === 0) return rows[0].seconds;
      if (typeof rows[0]?.failed === 'string')
        throw new Error(`a step of the night fails: ${rows[0].failed}`);
      if (Date.now() > until) throw new Error('the night is not done');
    }
  } finally {
    await stack.stopProcesses('nightly');
  }
}

async function untilBegun({ db, day }: Place): Promise<void> {
  for (;;) {
    const { rows } = await db.query(
      'select from nightly_runs where business_date = $1::date and begun_at is not null limit 1',
      [day],
    );
    if (rows.length > 0) return;
    await pause(LOOK_MS);
  }
}

async function lastEnded(stack: Stack): Promise<string> {
  const knex = makeKnex(stack.urls.database, { max: 1 });
  try {
    return await createNightDesk({ knex, clock: systemClock, profile: 'development' }).lastEnded();
  } finally {
    await knex.destroy();
  }
}
