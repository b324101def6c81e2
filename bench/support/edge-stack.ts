import { spawn } from 'node:child_process';
import path from 'node:path';
import { execute, makeKnex } from '../../platform/database';
import type { Stack } from '../../scripts/stack/stack';
import type { Answers, EdgeLoad } from './edge-load';

/** Development's limits are those of a whole network: these benches run with production's, at development's pace. */
export async function useProductionLimits(stack: Stack): Promise<void> {
  const knex = makeKnex(stack.urls.owner, { max: 1 });
  try {
    await execute(
      knex,
      `update request_limits d set most = p.most, window_s = p.window_s from request_limits p
       where d.profile = 'development' and p.profile = 'production' and (d.class, d.counted_by, d.in_force_from)
         = (p.class, p.counted_by, p.in_force_from)`,
    );
    await execute(
      knex,
      `update request_shares d set most = p.most, most_each = p.most_each, waiting_each = p.waiting_each
       from request_shares p where d.profile = 'development' and p.profile = 'production'
         and (d.place, d.in_force_from) = (p.place, p.in_force_from)`,
    );
  } finally {
    await knex.destroy();
  }
  await stack.stopProcesses('api');
  await stack.startProcesses('api'); // limits are read at the start
  await stack.ready();
}

/** A load in a process of its own. */
export function runLoad(load: EdgeLoad): Promise<Answers> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [path.join(__dirname, '..', 'edge-load.js'), JSON.stringify(load)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
    });
    child.on('exit', (code) => {
      if (code === 0) resolve(JSON.parse(out) as Answers);
      else reject(new Error(`the load ended with ${code}`));
    });
  });
}
