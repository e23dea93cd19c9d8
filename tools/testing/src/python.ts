import { spawnSync } from 'node:child_process';

/** The Python that compares with Hugging Face's own libraries: `DIFFPRUNE_PYTHON`, or `python3`. */
const python = process.env['DIFFPRUNE_PYTHON'] ?? 'python3';

/** What a Python program makes of an input, which it reads as JSON from its standard input and answers as JSON. */
export type RunPython = (script: string, input: unknown) => unknown;

/**
 * A `describe` that needs Python with some modules: where one of them is missing, as on a user's machine, its tests are
 * skipped, and the skipped block's name says what they need.
 *
 * @param needs names of modules, with the first part of the version where it matters: `transformers 5`
 */
export function describePython(
  needs: readonly string[],
  name: string,
  tests: (run: RunPython) => void,
): void {
  const missing =
    spawnSync(python, ['-c', '']).status === 0 ? needs.find((need) => !has(need)) : 'interpreter';
  if (missing === undefined) describe(name, () => tests(run));
  else
    describe.skip(`${name} (skipped: ${python} has no ${missing}; name one by DIFFPRUNE_PYTHON)`, () =>
      tests(run));
}

function has(need: string): boolean {
  const [module, major] = need.split(' ');
  const code = `from importlib.metadata import version; assert version('${module}').startswith('${major ? `${major}.` : ''}')`;
  return spawnSync(python, ['-c', code]).status === 0;
}

function run(script: string, input: unknown): unknown {
  const { status, stdout, stderr, error } = spawnSync(python, [script], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error', PYTHONIOENCODING: 'utf-8' },
  });
  if (status !== 0) throw new Error(`${python} ${script} failed: ${error?.message ?? stderr}`);
  return JSON.parse(stdout);
}
