const Sequencer = require('@jest/test-sequencer').default;

/**
 * Jest runs the longest files first, so that no worker ends alone. It only knows their times once they have run on this machine: in a
 * fresh checkout the tests of real processes are the long ones.
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isLong = ({ duration, context }) =>
      duration === undefined && context.config.displayName?.name === 'stack';
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
};
