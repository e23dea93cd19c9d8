import { Option } from 'commander';
import { parseCountTo } from './option-values.ts';

/** What runs the model: `--engine` and `--threads`. */
export function engineOptions(): Option[] {
  return [
    new Option(
      '--engine <name>',
      'cpu, webgpu, cuda, tensorflow, webgl or tfjs-<backend> (default: cpu)',
    ).helpGroup('Machine:'),
    new Option('--threads <number>', 'threads of engine and kernels (default: one for each core)')
      .argParser(parseCountTo(1024))
      .helpGroup('Machine:'),
  ];
}

/** How a diff's values are stored: `--values`. */
export function valuesOption(): Option {
  const text = 'how the values of the diff are stored: exactly (fp32, the default), or rounded';
  return new Option('--values <coding>', text).choices(['fp32', 'fp16', 'bf16', 'int8', 'int4', 'sign']);
}
