const { availableParallelism } = require('node:os');
const { include } = require('./tsconfig.json');

/** Unit and property tests stand beside their file; everything else is in `test/`. */
const sources = include.filter((folder) => folder !== 'test');

/** What every project shares. */
const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  runtime: '<rootDir>/test/support/runtime.js',
  transformIgnorePatterns: ['/node_modules/(?!(?:jose|openid-client|oauth4webapi)/)'],
  transform: {
    // these have no other form than that of modules, which Jest does not read by itself
    '^.+\\.ts$|/node_modules/(?:jose|openid-client|oauth4webapi)/.+\\.js$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2022',
          transform: { useDefineForClassFields: false },
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
};

/** What `npm test` leaves to `npm run test:long` (scripts/launch.mjs). */
const leftOut = process.env.MUNIM_LEAVE_OUT ? [process.env.MUNIM_LEAVE_OUT] : [];

/** Tests that start processes of the build. */
const STACK = '<rootDir>/test/e2e/processes';

/**
 * Each project starts only what its tests need: `unit` and `contract` nothing, `database` a PostgreSQL with a template and
 * a Redis, `stack` also the build. A run starts what the chosen files need.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      roots: [...sources, 'test/support'].map((folder) => `<rootDir>/${folder}`),
      testMatch: ['**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'contract',
      roots: ['<rootDir>/test/contract'],
      testMatch: ['**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'database',
      roots: ['<rootDir>/test/integration', '<rootDir>/test/simulation', '<rootDir>/test/e2e'],
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: [STACK, ...leftOut],
      globalSetup: '<rootDir>/test/support/database-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
    {
      ...shared,
      displayName: 'stack',
      roots: [STACK],
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: leftOut,
      globalSetup: '<rootDir>/test/support/stack-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
  ],
  testSequencer: '<rootDir>/test/support/sequencer.js',
  // Every test has databases, ports and folders of its own. Most of their time they wait, for a disk, a time limit or another
  // process: one worker for each core leaves the cores idle.
  maxWorkers: 2 * availableParallelism(),
  // Only what never ends reaches it, also on a machine whose cores are busy.
  testTimeout: 300_000,
};
