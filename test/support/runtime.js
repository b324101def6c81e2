/**
 * Jest's own runtime, but for three things.
 * 1. A worker compiles a module once and not again for each test file: what is compiled belongs to no file, and is run
 *    anew in each. A quarter of the time of a run was compiling.
 * 2. What keeps values through promises (AsyncLocalStorage) ends with the test file that made it. Jest itself makes one
 *    for each file; every promise of the later files would carry the values of all.
 * 3. A worker reads the file of a package once.
 */
const asyncHooks = require('node:async_hooks');
const path = require('node:path');
const vm = require('node:vm');
const { default: Runtime, ...others } = require('jest-runtime');

const compileFunction = vm.compileFunction;
/** By filename. A test file itself is run once. */
const compiled = new Map();

vm.compileFunction = (code, parameters, options = {}) => {
  const { filename, parsingContext } = options;
  if (parsingContext === undefined || filename === undefined || filename.endsWith('.test.ts'))
    return compileFunction(code, parameters, options);
  let kept = compiled.get(filename);
  if (kept === undefined || kept.code !== code) {
    const head = `(function (${parameters.join(', ')}) {`;
    // on the line of the head, so that places in errors and source maps stay
    kept = {
      code,
      script: new vm.Script(`${head}${code}\n})`, { filename, columnOffset: -head.length }),
    };
    compiled.set(filename, kept);
  }
  return kept.script.runInContext(parsingContext);
};

/** Those that the test file has made so far: one file at a time runs in a process. */
const storages = new Set();
asyncHooks.AsyncLocalStorage = class AsyncLocalStorage extends asyncHooks.AsyncLocalStorage {
  constructor(...args) {
    super(...args);
    storages.add(this);
  }
};

const PACKAGES = `${path.sep}node_modules${path.sep}`;
const packageSources = new Map();
/** What was read, by filename: files of ours for one test file, as jest has it, since somebody may be at work on them. */
class Sources extends Map {
  get(filename) {
    return filename.includes(PACKAGES) ? packageSources.get(filename) : super.get(filename);
  }
  set(filename, source) {
    if (!filename.includes(PACKAGES)) return super.set(filename, source);
    packageSources.set(filename, source);
    return this;
  }
}

module.exports = {
  __esModule: true,
  ...others,
  default: class extends Runtime {
    constructor(...given) {
      const SOURCES = 4; // its place among them
      super(...given.with(SOURCES, new Sources(given[SOURCES])));
    }
    teardown() {
      super.teardown();
      for (const storage of storages) storage.disable();
      storages.clear();
    }
  },
};
