import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { insertNew, int8, table, text } from '../../platform/sql';
import { closeCases, openCases, type NewCase } from '../cases/cases';
import type { NightContext, NightResult, NightStep } from '../night/step';
import { BALANCES_AT } from '../snapshots/snapshots';

/**
 * Safeguarding: at the end of each day, all that is owed to users and customers against what stands for it: our bank
 * accounts, floats at providers and what providers owe. From the snapshots of the day; a shortfall opens a case.
 */
export function createSafeguardingStep(deps: SafeguardingDependencies): NightStep {
  return {
    kind: 'safeguarding',
    dependsOn: ['balances'],
    run: (context) => safeguard(deps, context),
  };
}

export interface SafeguardingDependencies {
  knex: Knex;
  long: Knex;
  clock: Clock;
  ids: Ids;
}

interface Line {
  side: 'owed' | 'held';
  name: string;
  paise: Paise;
}

/**
 * Owed: wallets, what is under way, refunds and compensation to customers, and what has no owner yet, at a provider or at
 * a bank of ours. A wallet that is overdrawn by its credit line lessens nothing of what others are owed, and what users
 * owe us stands for nothing. Held: what is overdrawn there is missing.
 */
const LINES_OF_DAY = `
  select 'owed' as side, split_part(code, ':', 1) as name, sum(greatest(balance, 0))::int8 as paise
  from (${BALANCES_AT}) b where split_part(code, ':', 1) in ('wallet', 'clearing', 'payable', 'suspense', 'unidentified')
  group by 2
  union all
  select 'held', code, -balance from (${BALANCES_AT}) b where split_part(code, ':', 1) in ('bank', 'float', 'receivable')
    and split_part(code, ':', 2) <> 'user'
  order by 1, 2`;

const LINES = table<Line>('safeguarding_lines', {
  side: text((l) => l.side),
  name: text((l) => l.name),
  paise: int8((l) => l.paise),
});
const MATTER = { kind: 'safeguarding_shortfall', subject: 'safeguarding' } as const;

async function safeguard(deps: SafeguardingDependencies, { date }: NightContext): Promise<NightResult> {
  const lines = await rows<Line>(deps.long, LINES_OF_DAY, { date });
  const sum = (side: Line['side']): Paise =>
    lines.filter((line) => line.side === side).reduce((all, { paise }) => all + paise, 0n);
  const [owed, held] = [sum('owed'), sum('held')];
  const shortfall = owed > held ? owed - held : 0n;
  const at = deps.clock.now();
  await deps.knex.transaction(async (trx) => {
    await execute(
      trx,
      `insert into safeguarding_days (business_date, owed_paise, held_paise) values (:date::date, :owed, :held)
      on conflict do nothing`,
      { date, owed, held },
    );
    await insertNew(trx, LINES, lines, { conflict: '', returning: 'name', shared: { business_date: date } });
    if (shortfall === 0n)
      await closeCases(trx, [MATTER], { by: 'night', note: `covered at the end of ${date}`, at });
    else await openCases(trx, deps.ids, [caseOf({ date, owed, held, shortfall })], at);
  });
  return { owed_paise: owed.toString(), held_paise: held.toString(), shortfall_paise: shortfall.toString() };
}

function caseOf(day: { date: string; owed: Paise; held: Paise; shortfall: Paise }): NewCase {
  const { date, owed, held, shortfall } = day;
  return {
    ...MATTER,
    summary: `At the end of ${date} users are owed ${owed} paise and ${held} paise stand for it: ${shortfall} are missing`,
    evidence: { date, owed: owed.toString(), held: held.toString() },
  };
}
