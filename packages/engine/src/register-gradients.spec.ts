import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { gradients } from './generated/gradients.js';
import { registerGradients } from './register-gradients.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The names of TensorFlow.js's kernels that have a gradient once `library` is imported, in a process of its own. */
async function differentiable(library: string): Promise<string[]> {
  const program = `
    import * as tf from '${library}';
    const names = Object.entries(tf).flatMap(([name, value]) => (name === value ? [name] : []));
    console.log(JSON.stringify(names.filter((name) => tf.getGradient(name) !== undefined)));`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as string[];
}

it('has the gradients that @tensorflow/tfjs registers and its core alone does not', async () => {
  expect(await differentiable('@tensorflow/tfjs-core')).toEqual([]);
  const names = gradients.map(({ kernelName }) => kernelName);
  expect(names.toSorted()).toEqual((await differentiable('@tensorflow/tfjs')).toSorted());
});

it('leaves a gradient of the caller', () => {
  const own = { kernelName: 'Erf', gradFunc: () => ({}) };
  tf.registerGradient(own);
  registerGradients();
  expect(tf.getGradient('Erf')).toBe(own);
  expect(tf.getGradient('Exp')).toBe(gradients.find(({ kernelName }) => kernelName === 'Exp'));
});
