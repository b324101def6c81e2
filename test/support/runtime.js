/**
 * Jest's own runtime, but that a worker compiles a module once and not again for each test file: what is compiled
 * belongs to no file, and is run anew in each. A quarter of the time of a run was compiling.
 */
const vm = require('node:vm');

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

module.exports = require('jest-runtime');
