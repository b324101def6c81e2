/**
 * `munim <noun> <verb> [options]`: what ops staff do in production, without SQL. `munim help` lists the
 * commands; docs/munim.md describes them and the exit codes.
 */
import { COMMANDS } from './munim/commands';
import { runCommand } from './munim/run';

process.stdout.on('error', () => undefined); // a closed pipe is no reason to fail
void runCommand(COMMANDS, process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
