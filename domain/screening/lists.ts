import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertAll, insertOne, int4, jsonb, table, text } from '../../platform/sql';
import { textOf, type Person } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { ruleInForce } from '../errors/rule-in-force';
import type { ListedName } from './likeness';
import { readUnList, refused, type UnList } from './un-list';

/** The list of names that is compared with, and how a newer one takes its place. */
export interface ScreeningLists {
  /**
   * Takes the place of the list in force, whole or not at all. The same file again changes nothing. Throws DomainError
   * SCREENING_LIST_REFUSED for a file that is cut, older, or much smaller.
   */
  take(given: { file: Buffer; reason: string }, by: Person): Promise<ListInForce>;
  /** Undefined as long as none was ever taken. */
  inForce(): Promise<ListInForce | undefined>;
  /** The names of it, as they are compared. */
  names(listId: string): Promise<ListedName[]>;
}

export interface ListInForce {
  id: string;
  generatedAt: Date;
  individuals: number;
  entities: number;
  names: number;
  emptyAliases: number;
  importedAt: Date;
  /** The UN makes one each night: this one is older than the rule allows. */
  isStale: boolean;
}

interface Rules {
  leastScore: number;
  staleAfterHours: number;
  shrinksByPercent: number;
}

type NewName = Omit<ListedName, 'text'> & { no: number; name: string };

const NAMES = table<NewName>('screening_names', {
  no: int4((n) => n.no),
  reference: text((n) => n.reference),
  kind: text((n) => n.kind),
  regime: text((n) => n.regime),
  name: text((n) => n.name),
  quality: text((n) => n.quality),
  births: jsonb((n) => n.births),
});

const COLUMNS = `id, generated_at as "generatedAt", individuals, entities, names, empty_aliases as "emptyAliases",
  imported_at as "importedAt"`;
const HOUR_MS = 3_600_000;

export function createScreeningLists(deps: { knex: Knex; clock: Clock; ids: Ids }): ScreeningLists {
  const { knex, clock } = deps;
  const inForce = async (): Promise<ListInForce | undefined> => {
    const now = clock.now();
    const [found] = await rows<Omit<ListInForce, 'isStale'>>(
      knex,
      `select ${COLUMNS} from screening_lists where is_current`,
    );
    if (found === undefined) return undefined;
    const { staleAfterHours } = await readRules(knex, now);
    return { ...found, isStale: now.getTime() - found.generatedAt.getTime() > staleAfterHours * HOUR_MS };
  };
  return {
    async take({ file, reason }, by) {
      const said = textOf('reason', reason);
      const list = readUnList(file);
      const sha256 = createHash('sha256').update(file).digest();
      await knex.transaction((trx) => replace(trx, deps, { list, sha256, by, reason: said }));
      return (await inForce())!;
    },
    inForce,
    names: (listId) =>
      rows<ListedName>(
        knex,
        `select reference, kind, regime, name as text, quality, births from screening_names
         where list_id = :listId order by no`,
        { listId },
      ),
  };
}

/** Throws DomainError POLICY_NOT_FOUND. */
export async function readRules(db: Knex | Knex.Transaction, at: Date): Promise<Rules> {
  const [found] = await rows<Rules>(
    db,
    `select least_score as "leastScore", stale_after_hours as "staleAfterHours",
       shrinks_by_percent as "shrinksByPercent"
     from screening_rules where in_force_from <= :date order by in_force_from desc limit 1`,
    { date: businessDate(at) },
  );
  return ruleInForce(found, 'no rules of screening');
}

interface Replacement {
  list: UnList;
  sha256: Buffer;
  by: Person;
  reason: string;
}

async function replace(
  trx: Knex.Transaction,
  { clock, ids }: { clock: Clock; ids: Ids },
  { list, sha256, by, reason }: Replacement,
): Promise<void> {
  // Two at once: the second waits here, and then finds the other's.
  await execute(trx, 'lock table screening_lists in share row exclusive mode', []);
  const now = clock.now();
  const [last] = await rows<{ id: string; generatedAt: Date; entries: number; sha256: Buffer }>(
    trx,
    `select id, generated_at as "generatedAt", individuals + entities as entries, file_sha256 as sha256
     from screening_lists where is_current`,
  );
  if (last?.sha256.equals(sha256) === true) return;
  if (last !== undefined) requireSuccessor(list, last, await readRules(trx, now));
  if (list.entries.length === 0) throw refused('the list is empty: nobody is compared with nothing');
  const names = namesOf(list);
  const id = ids.uuid();
  await execute(trx, 'update screening_lists set is_current = false where is_current', []);
  await insertOne(trx, 'screening_lists', {
    id,
    generated_at: list.generatedAt,
    individuals: list.individuals,
    entities: list.entities,
    names: names.length,
    empty_aliases: list.emptyAliases,
    file_sha256: sha256,
    imported_at: now,
    imported_by: by.userId,
    is_current: true,
  });
  await insertAll(trx, NAMES, names, { list_id: id });
  if (last !== undefined)
    await execute(trx, 'delete from screening_names where list_id = :last', { last: last.id });
  await recordAudit(trx, {
    at: now,
    actor: by.userId,
    action: 'screening.list',
    subject: `screening_list:${id}`,
    outcome: 'succeeded',
    detail: {
      individuals: list.individuals,
      entities: list.entities,
      generated_at: list.generatedAt.toISOString(),
      reason,
    },
  });
}

/** A cut or an old file must not take the place of a good one. */
function requireSuccessor(
  list: UnList,
  last: { generatedAt: Date; entries: number },
  { shrinksByPercent }: Rules,
): void {
  if (list.generatedAt <= last.generatedAt)
    throw refused(
      `the file is of ${list.generatedAt.toISOString()}, the list in force of ${last.generatedAt.toISOString()}`,
    );
  const least = Math.ceil((last.entries * (100 - shrinksByPercent)) / 100);
  if (list.entries.length < least)
    throw refused(`the file has ${list.entries.length} entries, and the list in force ${last.entries}`);
}

function namesOf(list: UnList): NewName[] {
  return list.entries
    .flatMap(({ names, ...entry }) => names.map(({ text: name, quality }) => ({ ...entry, name, quality })))
    .map((name, no) => ({ ...name, no }));
}
