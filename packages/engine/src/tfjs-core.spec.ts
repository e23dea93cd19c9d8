import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { CaseResult } from './tfjs-core-tests/main.ts';
import { report, translated, type Report } from './tfjs-core-tests/report.ts';

/** Runs TensorFlow.js's core tests, which are written for Jasmine, in a process of their own. */
async function run(mode: string): Promise<CaseResult[]> {
  const main = fileURLToPath(new URL('./tfjs-core-tests/main.ts', import.meta.url));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const args = ['--conditions=@diffprune/source', '--import', tsx, main, mode];
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 2 ** 28 });
  return JSON.parse(stdout) as CaseResult[];
}

it('the list of what is not supported names no translated kernel', () => {
  expect(translated).toEqual([]);
});

describe.each(['inputs', 'constants'])("TensorFlow.js's core tests, their tensors %s of programs", (mode) => {
  let result: Report;
  beforeAll(async () => {
    result = report(await run(mode));
    const { passed, notSupported, failures, skipped } = result;
    process.stdout.write(
      `tfjs-core, tensors as ${mode}: ${passed} cases pass, ${notSupported} not supported, ` +
        `${failures.length} fail, ${skipped} skipped\n`,
    );
  }, 600_000);

  it('pass, but for what is listed as not supported', () => {
    expect(result.failures).toEqual([]);
    expect(result.passed).toBeGreaterThan(3000);
  });

  it('need each entry of that list', () => {
    expect(result.stale).toEqual([]);
  });

  it('reach every translated kernel', () => {
    expect(result.unreached).toEqual([]);
  });
});
