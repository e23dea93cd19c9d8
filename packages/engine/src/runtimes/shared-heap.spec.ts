import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const source = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/** MiB that a process of its own holds more after it has run programs for eight lengths in turns. */
async function held(shares: boolean): Promise<number> {
  const script = `
    import * as tf from '@diffprune/tfjs-core';
    import { createEngine, valueAndGradients } from ${source('../index.ts')};
    const held = () => process.memoryUsage.rss() / 2 ** 20;
    const runtime = ${shares} ? {} : { runtime: (await import('@diffprune/onnxruntime')).default };
    const engine = await createEngine('cpu', { threads: 1, ...runtime });
    const width = 512;
    const lengths = [3072, 2048, 2560, 3584, 2304, 3328, 2816, 4096];
    const weights = new Float32Array(width * width).fill(1 / width);
    const x = new Float32Array(Math.max(...lengths) * width).fill(0.5);
    const loss = ({ x, weights }) => {
      let h = x;
      for (let layer = 0; layer < 6; layer++) h = tf.tanh(tf.matMul(h, weights));
      return { loss: tf.sum(h) };
    };
    const programs = [];
    for (const n of lengths) {
      const inputs = { x: { shape: [n, width], dtype: 'float32' }, weights: { shape: [width, width], dtype: 'float32' } };
      programs.push(await engine.compile(valueAndGradients(loss, ['weights']), inputs));
    }
    const before = held();
    for (let round = 0; round < 2; round++) {
      for (const [i, n] of lengths.entries()) await programs[i].run({ x: x.subarray(0, n * width), weights });
    }
    process.stdout.write(String(held() - before));
  `;
  const node = ['--conditions=@diffprune/source', '--import', tsx, '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, node, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return Number(stdout);
}

const { header } = process.report.getReport() as { header: Record<string, unknown> };
const onGlibc = header['glibcVersionRuntime'] === undefined ? it.skip : it;

onGlibc(
  'programs that run one after the other use the same memory',
  async () => {
    const [shared, apart] = [await held(true), await held(false)];
    expect(shared).toBeLessThan(0.6 * apart);
  },
  60_000,
);
