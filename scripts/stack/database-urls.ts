import fs from 'node:fs';

/** A connection URL of the environment, by its name or by the file that `<name>_FILE` names. Throws Error. */
export function urlFrom(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const file = env[`${name}_FILE`];
  if (!file) return env[name] || undefined;
  if (env[name]) throw new Error(`${name} and ${name}_FILE are both set; keep one`);
  try {
    return fs.readFileSync(file, 'utf8').trimEnd();
  } catch {
    throw new Error(`${name}_FILE names a file that cannot be read`);
  }
}

/** In the name of the role that owns the tables; where there is only one role, it is that of the processes. */
export function migrateUrl(env: NodeJS.ProcessEnv): string | undefined {
  return urlFrom(env, 'MUNIM_MIGRATE_DATABASE_URL') ?? urlFrom(env, 'DATABASE_URL');
}
