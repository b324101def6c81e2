import type { Cell } from 'cli-table3';
import type { DevUser } from '../stack/run-lock';
import { paint, plainTable } from '../verify/terminal';
import { tryPaths, tryVerbs } from './doors';
import { fillFormsIn } from './forms';
import { fighterGround, type Finding, type Ground, type Report } from './ground';
import { HOLES, openHole } from './holes';
import { createGun } from './http';
import { readLists, takeThingsOfOthers } from './things-of-others';
import { replay, tamper } from './tokens';

export interface AttackTarget {
  apiUrl: string;
  network: readonly DevUser[];
  codeOf: Ground['codeOf'];
  say: (line: string) => void;
}

const WAYS: Readonly<Record<string, (ground: Ground) => Promise<Report>>> = {
  "others' ids": takeThingsOfOthers,
  lists: readLists,
  'more fields': fillFormsIn,
  'other verbs': tryVerbs,
  'other paths': tryPaths,
  tokens: tamper,
  replays: replay,
};

export interface AttackResult {
  /** Holes that were planted and not found: then the rest says nothing. */
  missed: string[];
  reports: Report[];
  findings: Finding[];
}

/** First every planted hole, each by the way that must find it; then the API itself, by all of them. */
export async function attack({ apiUrl, network, codeOf, say }: AttackTarget): Promise<AttackResult> {
  const ground = await fighterGround(createGun(apiUrl), network, codeOf);
  const missed: string[] = [];
  const planted: Cell[][] = [];
  for (const hole of HOLES) {
    const copy = await openHole(hole, apiUrl, ground.victim.key);
    try {
      const gun = createGun(copy.url);
      const { findings } = await WAYS[hole.way]!({ ...ground, gun });
      gun.close();
      if (findings.length === 0) missed.push(hole.name);
      planted.push([
        hole.name,
        hole.way,
        findings.length === 0 ? paint.red('not found') : paint.green('found'),
      ]);
    } finally {
      await copy.close();
    }
  }
  say(`\n${paint.bold('Planted holes')}\n`);
  say(plainTable(['in a copy of the API', 'looked for by', ''], ['left', 'left', 'left'], planted));
  const reports: Report[] = [];
  for (const way of Object.values(WAYS)) reports.push(await way(ground));
  ground.gun.close();
  say(`\n${paint.bold('The API itself')}\n\n${reportTable(reports)}`);
  return { missed, reports, findings: reports.flatMap(({ findings }) => findings) };
}

function reportTable(reports: readonly Report[]): string {
  const rows: Cell[][] = reports.map(({ way, targets, requests, findings }) => [
    way,
    targets,
    requests,
    findings.length === 0 ? paint.green('nothing') : paint.red(String(findings.length)),
  ]);
  return plainTable(['way', 'targets', 'requests', 'found'], ['left', 'right', 'right', 'right'], rows);
}
