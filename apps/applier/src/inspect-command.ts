import { basename } from 'node:path';
import { InputError } from '@diffprune/command-line';
import { answerKind, problemOf } from '@diffprune/inference/node';
import type { Properties } from '@diffprune/sparse-diff';
import { inspectFile } from '@diffprune/sparse-diff/node';
import { checkPage, compareFiles, writePage } from './compare/compare-command.ts';
import { inspectReport, type InspectReport } from './inspect-report.ts';
import { printable, textTable } from './text-table.ts';

export interface InspectOptions {
  readonly diff: string;
  readonly json?: boolean;
  /** The page to write, and the base that it may need. */
  readonly plots?: string;
  readonly base?: string;
}

/** Prints what a diff is for, how it was made and where its bytes go. */
export async function inspectCommand({ diff, json, plots, base }: InspectOptions): Promise<void> {
  if (plots !== undefined) await checkPage('--plots', plots, [diff], base);
  else if (base !== undefined)
    throw new InputError('--base is for the plots alone; give --plots a file, too');
  const report = inspectReport(await inspectFile(diff));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : describe(basename(diff), report));
  if (plots !== undefined) await writePage(plots, await compareFiles([diff], base));
}

function describe(
  file: string,
  { bytes, manifest, tensors, parts, positions, pruned }: InspectReport,
): string {
  const { base } = manifest;
  const names = problemOf(manifest).labels; // those of older diffs are spelt as GLUE's files have them
  const labels = names.length > 0 ? `: ${names.join(', ')}` : '';
  const inputs = answerKind(manifest.head)?.inputs(manifest.texts) ?? '';
  const { kind, bottleneck, nonLinearity } = manifest.adapters ?? {};
  const adapters = kind === undefined ? '' : `${kind}, bottleneck ${bottleneck}, ${nonLinearity}`;
  const fields: [string, string][] = [
    ['file', `${file}, ${integer(bytes)} bytes`],
    ['task', `${[manifest.task || '(none)', inputs, manifest.head].filter(Boolean).join(', ')}${labels}`],
    ['method', `${manifest.method}, density ${manifest.density}`],
    ['adapters', adapters],
    ['metrics', properties(manifest.metrics)],
    ['hyper-parameters', properties(manifest.hyperparameters)],
    ['base', `${base.fingerprint}, ${integer(base.parameters)} parameters`],
    ['architecture', properties(base.architecture)],
    ['tokenizer', manifest.tokenizer],
    ['made by', properties(manifest.producers)],
    ['annotations', properties(manifest.annotations)],
  ];
  const shown = fields
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [name, printable(value)] as const);
  const width = Math.max(...shown.map(([name]) => name.length));
  return [
    ...shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    textTable(
      ['part', 'entries', 'bytes'],
      parts.map(({ part, entries, bytes }) => [part, integer(entries), integer(bytes)]),
    ),
    '',
    textTable(
      ['tensor', 'operation', 'entries', 'of', 'position bytes', 'values', 'value bytes'],
      tensors.map((tensor) => [
        printable(tensor.name),
        tensor.operation,
        integer(tensor.count),
        integer(tensor.shape.reduce((product, size) => product * size, 1)),
        integer(tensor.positionBytes),
        tensor.valueCoding,
        integer(tensor.valueBytes),
      ]),
    ),
    ...(pruned
      ? [
          '',
          `${integer(pruned.remaining)} of the ${integer(pruned.entries)} entries of ${pruned.tensors} tensors are left ` +
            `(${((100 * pruned.remaining) / pruned.entries).toFixed(2)}%), the others are pruned to 0`,
        ]
      : []),
    ...(positions
      ? [
          '',
          `${integer(positions.count)} positions in ${integer(positions.bytes)} bytes: ` +
            `${positions.bitsPerPosition.toFixed(3)} bits each; ` +
            `the entropy bound for random positions is ${positions.entropyBound.toFixed(3)}`,
        ]
      : []),
    '',
  ].join('\n');
}

function properties(values: Properties): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function integer(value: number): string {
  return value.toLocaleString('en');
}
