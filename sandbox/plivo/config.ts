import type { EnvironmentReader } from '../setu/config';

/** The credentials of Plivo, as the sender has them. */
export interface PlivoConfig {
  authId: string;
  authToken: string;
}

/** Undefined when no variable of Plivo is set. As soon as one is set, both are required. */
export function readPlivoConfig(env: NodeJS.ProcessEnv, reader: EnvironmentReader): PlivoConfig | undefined {
  if (!Object.keys(env).some((name) => name.startsWith('MUNIM_PLIVO_'))) return undefined;
  return {
    authId: reader.text('MUNIM_PLIVO_AUTH_ID', /^[A-Za-z0-9]{4,40}$/, '4 to 40 letters or digits'),
    authToken: reader.secret('MUNIM_PLIVO_AUTH_TOKEN', 8),
  };
}
