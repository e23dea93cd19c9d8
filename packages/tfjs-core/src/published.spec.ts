import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as published from '@tensorflow/tfjs-core';

const generated = fileURLToPath(new URL('../generated', import.meta.url));
const files = readdirSync(generated, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => statSync(join(generated, file)).isFile());

it('is small, and has no tests, no maps, no require and no import of a folder', () => {
  const sizes = files.map((file) => statSync(join(generated, file)).size);
  expect(sizes.reduce((a, b) => a + b)).toBeLessThan(3e6);
  expect(files.filter((file) => /_test\.|\.map$|tf-core/.test(file))).toEqual([]);
  for (const file of files.filter((file) => file !== 'node.js')) {
    const text = readFileSync(join(generated, file), 'utf8');
    expect([file, /sourceMappingURL|types\/dist"|^[^*/]*\brequire\(/m.test(text)]).toEqual([file, false]);
  }
});

it('has nothing to run when it is installed, nor has what it depends on', () => {
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    dependencies: object;
  };
  const { resolve } = createRequire(import.meta.url);
  for (const name of Object.keys(dependencies)) {
    const { scripts } = JSON.parse(readFileSync(resolve(`${name}/package.json`), 'utf8')) as {
      scripts?: object;
    };
    for (const hook of ['preinstall', 'install', 'postinstall'])
      expect(scripts ?? {}).not.toHaveProperty(hook);
  }
});

/** What a process of its own prints that has this package's modules as `core`. */
async function printed(program: string): Promise<unknown> {
  const args = ['--input-type=module', '-e', program.replace('CORE', JSON.stringify(`${generated}/node.js`))];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, env });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

it('exports what is published', async () => {
  const names = await printed('import * as core from CORE; console.log(JSON.stringify(Object.keys(core)))');
  expect(names).toEqual(
    Object.keys(published)
      .filter((name) => !['default', 'module.exports'].includes(name))
      .toSorted(),
  );
});

it.each([
  ['before', "import * as core from CORE; import * as tf from '@tensorflow/tfjs';"],
  ['behind', "import * as tf from '@tensorflow/tfjs'; import * as core from CORE;"],
])('works on the backends of @tensorflow/tfjs, loaded %s it, and the other way round', async (_, imports) => {
  const found = await printed(`${imports}
    await tf.setBackend('cpu');
    Object.assign(tf.findBackend('cpu'), { firstUse: false });
    const x = core.tensor1d([1, 2, 3]);
    const loss = (x) => core.sum(core.mul(core.square(x), tf.exp(x)));
    const { grad } = core.valueAndGrad(loss)(x);
    const expected = tf.grad((x) => tf.sum(tf.mul(tf.square(x), tf.exp(x))))(tf.tensor1d([1, 2, 3]));
    console.log(JSON.stringify({
      grad: [...grad.dataSync()],
      expected: [...expected.dataSync()],
      isOne: core.engine() === tf.engine(),
      isTensor: x instanceof tf.Tensor && expected instanceof core.Tensor,
    }));`);
  const { grad, expected, ...rest } = found as { grad: number[]; expected: number[] };
  expect(rest).toEqual({ isOne: true, isTensor: true });
  expect(grad).toEqual(expected);
  expect(grad[0]).toBeCloseTo(3 * Math.E, 5); // (2x + x²) eˣ
});
