/**
 * Jest's own runtime, but for two things.
 * 1. A worker compiles a module once and not again for each test file: what is compiled belongs to no file, and is run
 *    anew in each. A quarter of the time of a run was compiling.
 * 2. What keeps values through promises (AsyncLocalStorage) ends with the test file that made it. Jest itself makes one
 *    for each file; every promise of the later files would carry the values of all.
 */
const asyncHooks = require('node:async_hooks');
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

module.exports = {
  __esModule: true,
  ...others,
  default: class extends Runtime {
    teardown() {
      super.teardown();
      for (const storage of storages) storage.disable();
      storages.clear();
    }
  },
};
