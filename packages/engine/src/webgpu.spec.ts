import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/*
 * The WebGPU provider needs a Vulkan driver. Chromium brings one that runs on the processor; a process finds
 * it only by its environment at start, so the test is a process of its own.
 */
const chromium = '/usr/lib/chromium';
const system = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'].some(
  (folder) => existsSync(folder) && readdirSync(folder).length > 0,
);
const software = existsSync(`${chromium}/vk_swiftshader_icd.json`);
const environment = system
  ? {}
  : { LD_LIBRARY_PATH: chromium, VK_ICD_FILENAMES: `${chromium}/vk_swiftshader_icd.json` };

const program = `
import * as tf from '@tensorflow/tfjs';
import { createEngine, valueAndGradients } from './index.ts';
import { floats, integers } from './spec-agreement.ts';

const inputs = { table: floats([30, 16]), ids: integers([12], 0, 30), w: floats([16, 16], -1, 1), b: floats([16]) };
const network = ({ table, ids, w, b }) => {
  const rows = tf.gather(table, ids);
  const linear = tf.add(tf.matMul(rows, w, false, true), b);
  const gelu = tf.mul(tf.mul(linear, 0.5), tf.add(tf.erf(tf.mul(linear, Math.SQRT1_2)), 1));
  const heads = tf.transpose(tf.reshape(gelu, [3, 4, 2, 8]), [0, 2, 1, 3]);
  const mixed = tf.matMul(tf.softmax(tf.matMul(heads, heads, false, true)), heads);
  return { loss: tf.mean(tf.square(tf.tanh(mixed))), mixed };
};
const data = Object.fromEntries(Object.entries(inputs).map(([name, sample]) => [name, sample.data]));
const results = [];
for (const name of ['cpu', 'webgpu']) {
  const engine = await createEngine(name);
  const program = await engine.compile(valueAndGradients(network, ['table', 'w', 'b']), inputs);
  results.push(await program.run(data), await program.run(data));
  await program.dispose();
}
const [cpu, , first, second] = results;
for (const [name, expected] of Object.entries(cpu)) {
  const largest = Math.max(...expected.map(Math.abs));
  const error = Math.max(...expected.map((value, i) => Math.abs(value - first[name][i]))) / largest;
  const repeats = second[name].every((value, i) => value === first[name][i]);
  console.log(JSON.stringify({ name, error, repeats }));
}
`;

(system || software ? describe : describe.skip)('WebGPU (skipped where no Vulkan driver is found)', () => {
  it('gives the same outputs and gradients as the processor, twice the same bytes', async () => {
    const file = fileURLToPath(new URL(`.webgpu-${process.pid}.ts`, import.meta.url));
    await writeFile(file, program);
    try {
      const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
      const args = ['--conditions=@diffprune/source', '--import', tsx, file];
      const env = { ...process.env, NODE_OPTIONS: '', ...environment };
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines.map(({ name }) => name)).toEqual([
        'loss',
        'mixed',
        'gradient/table',
        'gradient/w',
        'gradient/b',
      ]);
      for (const { error, repeats } of lines) {
        expect(error).toBeLessThan(1e-5);
        expect(repeats).toBe(true);
      }
    } finally {
      await rm(file, { force: true });
    }
  });
});
