// Lint rules: strict and type-checked for every process, plus the bans that keep the core pure and Electron in its places.
import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const electronPackages = {
  group: ['electron', 'electron/*', 'electron-store', 'electron-updater'],
  message:
    'Only main/index.ts, main/shell and preload/index.ts name electron: importing it in plain Node starts a download.',
};

const nodeModules = {
  group: ['node:*'],
  message: 'This part decides; disk, network and clock belong to adapters.',
};

/** What would make the same input give another answer, and so break the simulation's "same seed, same trace". */
const impureGlobals = [
  'fetch',
  'process',
  'crypto',
  'performance',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
].map((name) => ({ name, message: 'Pass it in: nothing here reads a clock, the network or the machine.' }));

const impureSyntax = [
  {
    selector: 'MemberExpression[object.name="Date"][property.name="now"]',
    message: 'Take the time as an argument or from the clock port.',
  },
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Take the time as an argument or from the clock port.',
  },
  {
    selector: 'CallExpression[callee.name="Date"]',
    message: 'Take the time as an argument or from the clock port.',
  },
  {
    selector: 'MemberExpression[object.name="Math"][property.name="random"]',
    message: 'Take randomness as an argument.',
  },
];

export default defineConfig(
  globalIgnores(['dist/', 'release/', 'coverage/', 'bench/', 'test/results/', '**/.vite/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // tsc resolves names, with the right globals for each process.
      'no-undef': 'off',
      eqeqeq: 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      // The house says three and then an object; a fifth is where reading really stops.
      'max-params': ['error', 5],
      'no-restricted-imports': ['error', { patterns: [electronPackages] }],
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      // Half of a port's methods answer at once in one implementation or another; `async` keeps their errors rejections.
      '@typescript-eslint/require-await': 'off',
      // Names from disks and stores hold control characters, and finding them is the point.
      'no-control-regex': 'off',
      'no-misleading-character-class': 'off',
      // A hook that may answer at once or later is `() => void | Promise<void>`.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // `get<Row>(sql)` names the row that a query is known to give; that is a parser's `as`, said once.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Numbers are not the only sensible index of a record that somebody else's API hands over.
      '@typescript-eslint/no-dynamic-delete': 'off',
      // `while (true)` with a return is the plainest loop over pages.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
    },
  },
  {
    // Vite, Vitest and the like want their configuration as the default export; everything else has a name.
    files: ['**/*.{ts,tsx}'],
    ignores: ['**/*.config.ts', 'build/vite*.ts'],
    rules: {
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
    },
  },
  {
    files: ['main/core/**/*.ts', 'main/ports/**/*.ts', 'main/sync/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [electronPackages, nodeModules] }],
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-syntax': ['error', ...impureSyntax],
    },
  },
  {
    files: ['main/adapters/**/*.ts', 'main/shell/**/*.ts', 'main/compose/app.ts', 'renderer/**/*.{ts,tsx}'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['main/index.ts', 'main/shell/**/*.ts', 'preload/index.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['renderer/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat['recommended-latest']],
    rules: {
      'no-restricted-imports': ['error', { patterns: [electronPackages, nodeModules] }],
      'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // Tests take shortcuts with data that they made themselves, and a story is as long as it is.
    files: ['test/**/*.{ts,tsx}'],
    rules: {
      'max-lines': ['error', { max: 700, skipBlankLines: true }],
      'max-lines-per-function': 'off',
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ ...electronPackages, allowTypeImports: true }] },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Configuration and the bootstrap, which Node runs as they stand, before or without any types.
    files: ['**/*.{mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'module', 'require', 'URL', 'Buffer', 'setTimeout', '__dirname'].map(
          (name) => [name, 'readonly'],
        ),
      ),
    },
    rules: { 'no-unused-vars': ['error', { caughtErrors: 'none' }] },
  },
);
