import {
  commonOptions,
  methodNames,
  methods,
  methodsWith,
  optionsOf,
  showOption,
  type MethodName,
  type Option as TrainingOption,
} from '@diffprune/training';
import type { Option } from 'commander';
import { flagFor } from './command-options.ts';
import { withFlags } from '../settings/settings.ts';

/** The group of the help that options of all methods stand in. */
export const trainingGroup = 'Training:';

/** The group of the help for options that these methods have. */
export function groupOf(having: readonly MethodName[]): string {
  return having.length === methodNames.length ? trainingGroup : `For ${having.join(', ')}:`;
}

/** The methods whose diffs have sparse tensors, which may be stored rounded. */
export const sparseMethods = methodNames.filter((method) => methods[method].sparse);

/** An option of one or several methods, as people are told of it. */
export interface DescribedOption {
  readonly name: string;
  readonly option: TrainingOption;
  /** The methods that have it. */
  readonly methods: readonly MethodName[];
  /** Its default, by method where they differ; undefined where it may be left out. */
  readonly shown: string | undefined;
}

/** The options of all methods, the common ones first, then those that most methods have. */
export function describedOptions(): DescribedOption[] {
  const names = new Set(methodNames.flatMap((method) => Object.keys(optionsOf(method))));
  const described = [...names].map((name): DescribedOption => {
    const having = methodsWith(name);
    return {
      name,
      methods: having,
      option: optionsOf(having[0]!)[name]!,
      shown: shownDefaults(having, name),
    };
  });
  const common = (name: string): number => Number(Object.hasOwn(commonOptions, name));
  return described.sort((a, b) => common(b.name) - common(a.name) || b.methods.length - a.methods.length);
}

/** The default that most methods have, then those of the others: `3; 6 for movement-pruning`. */
function shownDefaults(having: readonly MethodName[], name: string): string | undefined {
  const methodsOf = new Map<string | undefined, MethodName[]>();
  for (const method of having) {
    const text = shownDefault(optionsOf(method)[name]!);
    methodsOf.set(text, [...(methodsOf.get(text) ?? []), method]);
  }
  const [[usual], ...others] = [...methodsOf].sort(([, a], [, b]) => b.length - a.length) as [
    [string | undefined, MethodName[]],
    ...[string | undefined, MethodName[]][],
  ];
  if (others.length === 0) return usual;
  return [usual ?? 'none', ...others.map(([text, by]) => `${text ?? 'none'} for ${by.join(', ')}`)].join(
    '; ',
  );
}

function shownDefault({ shown, default: usual }: TrainingOption): string | undefined {
  if (shown !== undefined) return withFlags(shown);
  return usual === undefined || typeof usual === 'function' ? undefined : showOption(usual);
}

/** The flags of all methods' options. */
export function trainingFlags(): Option[] {
  return describedOptions().map(({ name, option, methods, shown }) => {
    return flagFor(groupOf(methods), name, option, shown);
  });
}
