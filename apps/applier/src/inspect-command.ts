import { basename } from 'node:path';
import { answerKind, problemOf } from '@diffprune/inference/node';
import type { Properties } from '@diffprune/sparse-diff';
import { inspectFile } from '@diffprune/sparse-diff/node';
import { inspectReport, type InspectReport } from './inspect-report.ts';

export interface InspectOptions {
  readonly diff: string;
  readonly json?: boolean;
}

/** Prints what a diff is for, how it was made and where its bytes go. */
export async function inspectCommand({ diff, json }: InspectOptions): Promise<void> {
  const report = inspectReport(await inspectFile(diff));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : describe(basename(diff), report));
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
    table(
      ['part', 'entries', 'bytes'],
      parts.map(({ part, entries, bytes }) => [part, integer(entries), integer(bytes)]),
    ),
    '',
    table(
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

/** A text of the file's can neither give the terminal orders nor begin a line: control characters are shown as escapes. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function properties(values: Properties): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function integer(value: number): string {
  return value.toLocaleString('en');
}

/** Columns of equal width: words to the left, numbers to the right. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const columns = header.map((_, column) => {
    const width = Math.max(...all.map((row) => row[column]!.length));
    const numbers = rows.every((row) => /^[\d,]+$/.test(row[column]!));
    return (text: string) => (numbers ? text.padStart(width) : text.padEnd(width));
  });
  return all
    .map((row) =>
      row
        .map((text, i) => columns[i]!(text))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
