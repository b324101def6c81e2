/**
 * `npm run contracts`: which contracts we speak, and how old each is. `npm run contracts -- --check DIR`
 * compares our copies with newer ones in the folder and prints what differs. Exit codes: `contracts/check.ts`.
 */
import { runContracts } from './contracts/run';
import { ROOT } from './stack/root';

const { lines, exitCode } = runContracts(ROOT, process.argv.slice(2), new Date());
(exitCode === 2 ? console.error : console.log)(lines.join('\n'));
process.exitCode = exitCode;
