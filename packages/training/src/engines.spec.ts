import { createEngine } from '@diffprune/engine';
import { vulkanEnvironment } from '@diffprune/testing';
import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { lossCurve } from './loss-curve.fixture.ts';

const methods = ['full', 'diff-pruning', 'structured-diff-pruning'] as const;

/** The losses of 20 steps and more of each are the same to so much: rounding differs, and Adam magnifies it. */
function expectSameCurves(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBeGreaterThanOrEqual(20);
  expect(found.length).toBe(expected.length);
  found.forEach((loss, step) => expect([step, loss]).toEqual([step, expect.closeTo(expected[step]!, 3)]));
}

it.each(methods)(
  '%s has the same loss curve on an eager engine',
  async (method) => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {}); // TensorFlow.js advertises its native library
    const eager = await lossCurve(method, await createEngine('tfjs-cpu'));
    warn.mockRestore();
    expectSameCurves(eager, await lossCurve(method, await createEngine('cpu', { threads: 1 })));
  },
  120_000,
);

/** A driver in software takes its time; the other method's program is the same. */
const onGpu = ['full', 'structured-diff-pruning'] as const;

const program = `
import { createEngine } from '@diffprune/engine';
import { lossCurve } from './loss-curve.fixture.ts';
const engine = await createEngine('webgpu');
const curves = {};
for (const method of ${JSON.stringify(onGpu)}) curves[method] = await lossCurve(method, engine);
console.log(JSON.stringify(curves));
process.exit(0); // the driver's threads would keep it alive
`;

const describeGpu = vulkanEnvironment ? describe : describe.skip;

describeGpu(`ONNX Runtime on WebGPU${vulkanEnvironment ? '' : ' (skipped: no Vulkan driver)'}`, () => {
  it('has the same loss curves', async () => {
    const file = fileURLToPath(new URL(`.webgpu-${process.pid}.ts`, import.meta.url));
    await writeFile(file, program);
    try {
      const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--conditions=@diffprune/source', '--import', tsx, file],
        { env: { ...process.env, ...vulkanEnvironment, NODE_OPTIONS: '' } },
      );
      const curves = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number[]>;
      const cpu = await createEngine('cpu', { threads: 1 });
      for (const method of onGpu) expectSameCurves(curves[method]!, await lossCurve(method, cpu));
    } finally {
      await rm(file, { force: true });
    }
  }, 300_000);
});
