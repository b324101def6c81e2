import { exitWithParent } from '../platform/parent-watch';
import { failStart, type StartPlaces } from '../platform/start-fault';
import { loadConfig, type Config } from './config';

/**
 * Runs the main function of a process with its configuration. What goes wrong before it is ready ends the
 * process with one sentence: what, where, what to do.
 */
export function startProcess(name: string, main: (config: Readonly<Config>) => Promise<void>): void {
  let places: StartPlaces = {};
  const run = async (): Promise<void> => {
    exitWithParent();
    const config = loadConfig();
    places = placesOf(config);
    await main(config);
  };
  run().catch((error: unknown) => {
    failStart(name, error, places);
  });
}

function placesOf(config: Config): StartPlaces {
  const { tls } = config;
  return {
    databaseUrl: config.databaseUrl,
    ports: {
      [config.opsPort]: 'MUNIM_OPS_PORT',
      [config.apiPort]: 'MUNIM_API_PORT',
      [config.adminPort]: 'MUNIM_ADMIN_PORT',
    },
    files: tls === undefined ? {} : { [tls.certFile]: 'MUNIM_TLS_CERT', [tls.keyFile]: 'MUNIM_TLS_KEY' },
  };
}
