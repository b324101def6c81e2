const path = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;
const seconds = require('./file-seconds.json');

/** For a file that has never run here and is not among the long ones, by its project; s. */
const SHORT_S = { unit: 0.5, contract: 3, database: 8, stack: 10 };

/**
 * Which file begins when. Long ones first, so that no worker ends alone; and those that start processes spread over
 * the run, since they use the cores in bursts and wait in between, while the others keep the cores busy. Jest knows
 * how long a file takes once it has run on this machine; before that `file-seconds.json` says it.
 */
module.exports = class extends Sequencer {
  async sort(tests) {
    const sorted = Array.from(await super.sort(tests));
    // jest's own order also has what failed last before the rest
    if (sorted.some(({ duration }) => duration === undefined))
      sorted.sort((a, b) => secondsOf(b) - secondsOf(a));
    const isStack = (test) => projectOf(test) === 'stack';
    return spread(
      sorted.filter(isStack),
      sorted.filter((test) => !isStack(test)),
    );
  }
};

function projectOf({ context }) {
  return context.config.displayName.name;
}

function secondsOf(test) {
  if (test.duration !== undefined) return test.duration / 1_000;
  const name = path.relative(test.context.config.rootDir, test.path).replace(/\.test\.ts$/, '');
  return seconds[name] ?? SHORT_S[projectOf(test)];
}

/** Both lists, each in its order, so that at any place the same part of the time of each is behind. */
function spread(...lists) {
  const left = lists.map((tests) => ({ tests, total: sum(tests), done: 0, next: 0 }));
  const ordered = [];
  while (ordered.length < lists.flat().length) {
    const [list] = left
      .filter(({ tests, next }) => next < tests.length)
      .sort((a, b) => a.done / a.total - b.done / b.total);
    const test = list.tests[list.next];
    list.next += 1;
    list.done += secondsOf(test);
    ordered.push(test);
  }
  return ordered;
}

function sum(tests) {
  return tests.reduce((total, test) => total + secondsOf(test), 0);
}
