/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: require('./tsconfig.json').include.map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
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
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // One file at a time: many start a whole platform, and the store and its processes have the other core.
  maxWorkers: 1,
  testTimeout: 30000,
};
