// Starts everything: `node scripts/launch.mjs <command> [arguments]`. Until the dependencies are installed only Node's
// own modules may be used, so this file is plain JavaScript. It installs when node_modules does not fit
// package-lock.json, builds when a source has changed, and then becomes the command: the same process, so that signals
// and the exit code need no passing on.
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const COMMANDS = [
  'start',
  'demo',
  'attack',
  'verify',
  'reset',
  'bench',
  'interruptions',
  'contracts',
  'docs',
  'ifsc',
  'lint-openapi',
  'new-provider',
  'new-service',
  'migrate',
  'month',
  'munim',
  'night',
  'policies',
  'sample',
  'supply-chain',
  'restore',
  'roles',
  'test',
  'test-long',
  'test-unit',
  'build',
];
const OLDEST_NODE = 20;
/**
 * Tests that take minutes, and that are runs of a command (`npm run interruptions`), or that the whole suite has in another
 * way: with the queues on the other backend, or over the description of the API, which mutates every field of every route.
 */
const LONG_TESTS =
  'test/e2e/(processes/(interruptions-|backlog-|demo-redis)|privacy/.*-postgres|(bbps|dmt)/hostile)';
const SHOWN_LINES = 25;
const LOCK_LIFE_MS = 10 * 60_000;
const INSTALL_STAMP = path.join(ROOT, 'node_modules', '.munim-installed');
const BUILD_STAMP = path.join(ROOT, 'dist', '.built');

const say = (text) => {
  process.stderr.write(`${text}\n`);
};

function fail(text) {
  say(text);
  process.exit(1);
}

/** Runs a command with a line that shows how long it takes; returns its exit code and the last lines it printed. */
async function runShown(label, command, args, env = process.env) {
  const started = Date.now();
  const lines = [];
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const keep = (chunk) => {
    lines.push(
      ...String(chunk)
        .split('\n')
        .filter((line) => line.trim() !== ''),
    );
    lines.splice(0, lines.length - 200);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const stopChild = (signal) => {
    child.kill(signal);
  };
  process.once('SIGINT', stopChild).once('SIGTERM', stopChild);
  const seconds = () => ((Date.now() - started) / 1000).toFixed(0);
  let timer;
  if (process.stderr.isTTY)
    timer = setInterval(() => {
      process.stderr.write(`\r${label} ... ${seconds()} s`);
    }, 200);
  else say(`${label} ...`);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      lines.push(error.message);
      resolve(1);
    });
    child.once('close', (status, signal) => {
      resolve(signal ? 130 : status);
    });
  });
  clearInterval(timer);
  process.off('SIGINT', stopChild).off('SIGTERM', stopChild);
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  if (code === 0) say(`${label}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return { code, tail: lines.slice(-SHOWN_LINES).join('\n') };
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two commands at once in a fresh clone: the second waits until the first has installed and built. */
async function alone(work) {
  const lock = path.join(ROOT, '.data', 'launch.lock');
  fs.mkdirSync(path.dirname(lock), { recursive: true });
  let told = false;
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let owner = Number.NaN;
    let age = 0;
    try {
      owner = Number(fs.readFileSync(lock, 'utf8'));
      age = Date.now() - fs.statSync(lock).mtimeMs;
    } catch {
      /* just released */
    }
    if (owner === process.pid || age > LOCK_LIFE_MS || (owner && !alive(owner)))
      fs.rmSync(lock, { force: true });
    else if (owner && !told) {
      told = true;
      say(`waiting for process ${owner}, which is installing or building`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  const release = () => {
    fs.rmSync(lock, { force: true });
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

function lockHash() {
  return crypto
    .createHash('sha256')
    .update(fs.readFileSync(path.join(ROOT, 'package-lock.json')))
    .digest('hex');
}

function isInstalled() {
  const own = path.join(ROOT, 'node_modules', '.package-lock.json');
  if (!fs.existsSync(own) || !fs.existsSync(path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')))
    return false;
  const hash = lockHash();
  if (fs.existsSync(INSTALL_STAMP)) return fs.readFileSync(INSTALL_STAMP, 'utf8') === hash;
  if (fs.statSync(own).mtimeMs < fs.statSync(path.join(ROOT, 'package-lock.json')).mtimeMs) return false;
  fs.writeFileSync(INSTALL_STAMP, hash); // somebody ran npm ci or npm install himself
  return true;
}

async function install() {
  if (isInstalled()) return;
  const npm = process.env.npm_execpath;
  // No package is run before it is used: scripts/supply-chain/rules.ts lists those that would like to be.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
  // NODE_ENV=production in the shell must not leave out the compiler
  const env = { ...process.env, NODE_ENV: 'development' };
  const label = 'installing dependencies (once, about half a minute)';
  const { code, tail } =
    npm && /\.c?js$/.test(npm)
      ? await runShown(label, process.execPath, [npm, ...args], env)
      : await runShown(label, process.platform === 'win32' ? 'npm.cmd' : 'npm', args, env);
  if (code !== 0) fail(`npm ci failed (exit code ${code}). Its last lines:\n\n${tail}`);
  fs.writeFileSync(INSTALL_STAMP, lockHash());
  useHooks();
}

/** What `npm run prepare` does, which an installation without scripts leaves out. No repository, no hooks. */
function useHooks() {
  if (fs.existsSync(path.join(ROOT, '.git')))
    spawnSync('git', ['config', 'core.hooksPath', '.githooks'], { cwd: ROOT, stdio: 'ignore' });
}

function* files(dir) {
  let entries = [];
  try {
    entries = fs.readdirSync(dir, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) yield* files(full);
    else yield full;
  }
}

function sourceFolders() {
  const { include } = JSON.parse(fs.readFileSync(path.join(ROOT, 'tsconfig.json'), 'utf8'));
  return include.filter((folder) => folder !== 'test');
}

function sourceHash() {
  const hash = crypto.createHash('sha256');
  const single = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) =>
    path.join(ROOT, name),
  );
  for (const file of [
    ...single,
    ...sourceFolders().flatMap((folder) =>
      [...files(path.join(ROOT, folder))]
        .filter((file) => !file.endsWith('.test.ts'))
        .sort((a, b) => (a < b ? -1 : 1)),
    ),
  ]) {
    const { size, mtimeMs } = fs.statSync(file);
    hash.update(`${path.relative(ROOT, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** A migration that is gone from the sources must be gone from the build as well. */
function removeOrphans() {
  for (const folder of sourceFolders()) {
    for (const file of files(path.join(ROOT, 'dist', folder))) {
      const source = path
        .join(ROOT, path.relative(path.join(ROOT, 'dist'), file))
        .replace(/\.js(\.map)?$/, '');
      if (/\.js(\.map)?$/.test(file) && !fs.existsSync(`${source}.ts`) && !fs.existsSync(`${source}.js`))
        fs.rmSync(file);
    }
  }
}

async function build() {
  const hash = sourceHash();
  if (fs.existsSync(BUILD_STAMP) && fs.readFileSync(BUILD_STAMP, 'utf8') === hash) return;
  const { code, tail } = await runShown('building', process.execPath, [
    path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    'tsconfig.build.json',
  ]);
  if (code !== 0) fail(`The build failed:\n\n${tail}`);
  removeOrphans();
  fs.writeFileSync(BUILD_STAMP, hash);
}

/** Runs a CommonJS program as the main module of this process. */
function become(file, args) {
  process.argv = [process.argv[0], file, ...args];
  Module.runMain();
}

/** `ledger-apply` also finds `ledger/apply`: a dash in a name may stand for a folder. */
function testPattern(arg) {
  return /^[\w/-]+$/.test(arg) && !arg.startsWith('-') ? arg.replaceAll('-', '[-/]') : arg;
}

async function main() {
  const [command, ...args] = process.argv.slice(2);
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE)
    fail(`Munim needs Node ${OLDEST_NODE} or newer; this is ${process.version}.`);
  if (!COMMANDS.includes(command))
    fail(`usage: node scripts/launch.mjs <${COMMANDS.join(' | ')}> [arguments]`);
  process.chdir(ROOT);
  const testing = command.startsWith('test');
  await alone(async () => {
    await install();
    if (testing) return; // tests that need the build make it, see test/support/stack-setup.ts
    if (command !== 'reset' || !fs.existsSync(path.join(ROOT, 'dist', 'scripts', 'reset.js'))) await build();
  });
  if (command === 'build') return;
  if (testing) {
    // Tests make much that lives shortly: with more room for it the workers, which take this over, spend a tenth less
    // of the processor.
    process.execArgv.push('--max-semi-space-size=32');
    // each long one is a whole platform whose time to recover is judged: one at a time
    const long = [LONG_TESTS, '--maxWorkers=1'];
    const chosen = { 'test-unit': ['--selectProjects', 'unit'], 'test-long': long }[command] ?? [];
    const patterns = [...args.map(testPattern), ...chosen];
    // whoever names one gets it
    if (patterns.every((arg) => arg.startsWith('-'))) process.env.MUNIM_LEAVE_OUT = LONG_TESTS;
    become(path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), patterns);
    return;
  }
  const script = path.join(ROOT, 'dist', 'scripts', `${command}.js`);
  const folder = path.join(ROOT, 'dist', command, 'main.js');
  if (!fs.existsSync(script) && !fs.existsSync(folder)) fail(`there is no ${command} in this version`);
  become(fs.existsSync(script) ? script : folder, args);
}

await main();
