import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { vulkanEnvironment } from '@diffprune/testing';

const program = `
import { createEngine, valueAndGradients } from '../index.ts';
import { data, names, network, samples } from '../network.fixture.ts';

const results = [];
for (const name of ['cpu', 'webgpu']) {
  const engine = await createEngine(name);
  const program = await engine.compile(valueAndGradients(network, names), samples);
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

(vulkanEnvironment ? describe : describe.skip)('WebGPU (skipped where no Vulkan driver is found)', () => {
  it('gives the same outputs and gradients as the processor, twice the same bytes', async () => {
    const file = fileURLToPath(new URL(`.webgpu-${process.pid}.ts`, import.meta.url));
    await writeFile(file, program);
    try {
      const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
      const args = ['--conditions=@diffprune/source', '--import', tsx, file];
      const env = { ...process.env, NODE_OPTIONS: '', ...vulkanEnvironment };
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines.map(({ name }) => name)).toEqual([
        'loss',
        'logits',
        'gradient/table',
        'gradient/w',
        'gradient/b',
        'gradient/gain',
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
