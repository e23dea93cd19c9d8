import type { MetricName } from '@diffprune/evaluators';
import { DataFileError } from './errors.ts';
import { formatOfName } from './format.ts';
import { showValue } from './show-value.ts';
import type { Column, SplitLayout, Task } from './task.ts';

/** A task of one's own as its JSON file describes it; `config.json` of a run folder keeps it. */
export interface TaskDefinition {
  /** Of the task and of its diff's file: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly type: 'classification' | 'regression';
  /** The column of the text, or the two of a pair: names, or in TSV files without a header positions from 0. */
  readonly texts: readonly Column[];
  /** The column of the label or score; `label` where it is left out. */
  readonly label?: Column;
  /** The column of the row's identifier; where it is left out, rows are counted from 0. */
  readonly index?: Column;
  /** A classification's labels; their order is that of the model's outputs. */
  readonly labels?: readonly string[];
  /** The labels as the files spell them, in the order of `labels`, where that is otherwise: `["0", "1"]`. */
  readonly values?: readonly string[];
  /** Smallest and largest score of a regression. */
  readonly range?: readonly [number, number];
  /** The main score is their mean. */
  readonly metrics?: readonly MetricName[];
  /** Files by split, in the data's folder; where it is left out, those that are called like the splits. */
  readonly splits?: Readonly<Record<string, string>>;
  /** Fields of TSV files may stand in double quotes, as spreadsheets write them. */
  readonly quotes?: boolean;
}

const metricsOf: Readonly<Record<TaskDefinition['type'], readonly MetricName[]>> = {
  classification: ['accuracy', 'f1', 'matthews'],
  regression: ['pearson', 'spearman'],
};
const usualMetrics: Readonly<Record<TaskDefinition['type'], readonly MetricName[]>> = {
  classification: ['accuracy'],
  regression: ['pearson', 'spearman'],
};
/** Metrics of two classes. */
const binary: readonly MetricName[] = ['f1', 'matthews'];

/** What a field must be, and what to say where it is not. */
const fields: Readonly<
  Record<keyof TaskDefinition, readonly [(value: unknown) => boolean, expected: string]>
> = {
  name: [
    (value) => isText(value) && /^[A-Za-z0-9][\w.-]{0,63}$/.test(value),
    'a name of letters, digits, ".", "_" and "-", such as "reviews"',
  ],
  type: [(value) => isText(value) && Object.hasOwn(metricsOf, value), '"classification" or "regression"'],
  texts: [
    (value) => isList(value, isColumn) && value.length <= 2 && isDistinct(value),
    'a list of one column, or of two for pairs, such as ["sentence"]',
  ],
  label: [isColumn, 'the name of a column'],
  index: [isColumn, 'the name of a column'],
  labels: [
    (value) => isList(value, isLabel) && value.length >= 2 && isDistinct(value),
    'a list of two labels or more, all different, without tabs and line breaks, such as ["negative", "positive"]',
  ],
  values: [(value) => isList(value, isLabel) && isDistinct(value), 'a list of texts, all different'],
  range: [
    (value) => isList(value, Number.isFinite) && value.length === 2 && Number(value[0]) < Number(value[1]),
    'the smallest and the largest score, such as [0, 5]',
  ],
  metrics: [
    (value) => isList(value, isText) && isDistinct(value),
    `a list of metrics, some of ${Object.values(metricsOf).flat().join(', ')}`,
  ],
  splits: [
    (value) => isObject(value) && Object.values(value).every(isText),
    'files by split, such as { "train": "train.tsv", "dev": "dev.tsv" }',
  ],
  quotes: [(value) => typeof value === 'boolean', 'true or false'],
};
const names = Object.keys(fields) as (keyof TaskDefinition)[];

/**
 * Checks that a value, which a JSON file holds, describes a task of one's own.
 *
 * @param file the file's name, for messages
 * @throws DataFileError naming the field, what it holds and what was expected
 */
export function checkDefinition(value: unknown, file: string): TaskDefinition {
  const refuse = (problem: string): never => {
    throw new DataFileError(file, undefined, problem);
  };
  if (!isObject(value)) {
    return refuse(`a task is a JSON object with the fields ${names.join(', ')}, not ${showValue(value)}`);
  }
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) {
    refuse(`unknown field ${showValue(unknown)}; a task has the fields ${names.join(', ')}`);
  }
  for (const name of names) {
    const [holds, expected] = fields[name];
    const needed = ['name', 'type', 'texts'].includes(name);
    if (!Object.hasOwn(value, name)) {
      if (needed) refuse(`the field "${name}" is missing; expected ${expected}`);
    } else if (!holds(value[name])) {
      refuse(`"${name}" is ${showValue(value[name])}, expected ${expected}`);
    }
  }
  const definition = value as unknown as TaskDefinition;
  const problem = contradiction(definition);
  return problem === undefined ? definition : refuse(problem);
}

/** What in a definition, each field of which is right, does not go together. */
function contradiction(definition: TaskDefinition): string | undefined {
  const { type, labels, values, range, metrics = [], splits } = definition;
  if (type === 'classification') {
    if (labels === undefined) return `the field "labels" is missing; expected ${fields.labels[1]}`;
    if (range !== undefined) return '"range" is for a regression; leave it out of a classification';
    if (values !== undefined && values.length !== labels.length) {
      return `"values" has ${values.length} texts, expected one for each of the ${labels.length} labels`;
    }
    const twofold = values?.find((value, at) => labels.includes(value) && labels[at] !== value);
    if (twofold !== undefined) {
      return `"values" spells ${showValue(labels[values!.indexOf(twofold)])} as ${showValue(twofold)}, which is another label`;
    }
  } else if ((labels ?? values) !== undefined) {
    return `"${labels === undefined ? 'values' : 'labels'}" is for a classification; leave it out of a regression`;
  }
  const other = metrics.find((metric) => !metricsOf[type].includes(metric));
  if (other !== undefined) {
    return `"metrics" has ${showValue(other)}; a ${type} has ${metricsOf[type].join(', ')}`;
  }
  const ofTwo = metrics.find((metric) => binary.includes(metric));
  if (ofTwo !== undefined && labels!.length > 2) {
    return `"metrics" has "${ofTwo}", which is for two labels, and there are ${labels!.length}; use "accuracy"`;
  }
  return columnsProblem(definition) ?? (splits && splitsProblem(splits));
}

function columnsProblem({ texts, label = 'label', index }: TaskDefinition): string | undefined {
  const columns = [...texts, label, ...(index === undefined ? [] : [index])];
  if (new Set(columns.map((column) => typeof column)).size > 1) {
    return (
      `the columns are ${columns.map(showValue).join(', ')}; give the names of all, ` +
      'or, for TSV files without a header, the positions of all ("label" too)'
    );
  }
  if (isDistinct(columns)) return undefined;
  return `the columns are ${columns.map(showValue).join(', ')}; each must be another`;
}

function splitsProblem(splits: Readonly<Record<string, string>>): string | undefined {
  for (const split of ['train', 'dev']) {
    if (!Object.hasOwn(splits, split)) return `"splits" has no "${split}", which training needs`;
  }
  for (const [split, file] of Object.entries(splits)) {
    if (!/^(train|dev|test|(dev|test)_\w+)$/.test(split)) {
      return `"splits" has ${showValue(split)}; splits are train, dev and test, and others of dev_… and test_…`;
    }
    if (formatOfName(file) === undefined || /^[/\\]|(^|[/\\])\.\.([/\\]|$)/.test(file)) {
      return (
        `"splits" has ${showValue(file)} for "${split}", expected the name of a file in the data's folder ` +
        'that ends in .tsv, .csv, .jsonl or .parquet'
      );
    }
  }
  return undefined;
}

/** The task that a definition describes. */
export function taskOf(definition: TaskDefinition): Task {
  const {
    name,
    type,
    texts,
    label = 'label',
    index,
    labels = [],
    values,
    range,
    splits,
    quotes,
  } = definition;
  const [textA, textB] = texts as [Column, Column?];
  const columns = { textA, ...(textB !== undefined && { textB }), ...(index !== undefined && { index }) };
  const header = typeof textA === 'string';
  const files = splits ?? { train: 'train.tsv', dev: 'dev.tsv', test: 'test.tsv' };
  const layouts = Object.entries(files).map(([split, file]): [string, SplitLayout] => [
    split,
    {
      ...{ file, header, ...columns },
      ...(!split.startsWith('test') && { label }),
      ...(splits && { fileOnly: true }),
      ...(quotes !== undefined && { quotes }),
    },
  ]);
  return {
    name,
    folder: name,
    problemType: type === 'regression' ? 'regression' : 'single_label_classification',
    labels,
    ...(values && { values }),
    ...(range && { range }),
    fields: {
      textA: String(textA),
      ...(textB !== undefined && { textB: String(textB) }),
      label: String(label),
      ...(index !== undefined && { index: String(index) }),
    },
    metrics: definition.metrics ?? usualMetrics[type],
    splits: Object.fromEntries(layouts),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown, holds: (item: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every(holds);
}

function isDistinct(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isLabel(value: unknown): boolean {
  return isText(value) && !/[\t\r\n]/.test(value);
}

function isColumn(value: unknown): value is Column {
  return isText(value) || (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 4096);
}
