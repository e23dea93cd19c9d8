import { commonOptions, type CommonOptions } from './common-options.ts';
import type { Method, OptionsOf } from './method.ts';
import { methodNames, methods, type MethodName } from './methods/registry.ts';
import {
  checkOption,
  OptionError,
  showOption,
  type OptionTable,
  type OptionValue,
  type OptionValues,
  type RunSize,
} from './options.ts';

type Values<Name extends MethodName> = OptionsOf<(typeof methods)[Name]['options']>;

/** What may be said of a method's options; what is left out, or undefined, is the default. */
export type TrainingOptions<Name extends MethodName = MethodName> = Name extends MethodName
  ? { readonly [Option in keyof Values<Name>]?: Values<Name>[Option] | undefined }
  : never;

/** All options of a method, whichever it is, with their values. */
export type CompleteOptions = CommonOptions & OptionValues;

/** The options of a method, the common ones first. */
export function optionsOf(method: MethodName): OptionTable {
  return { ...commonOptions, ...methods[method].options };
}

/** The methods that have an option, in the registry's order; none for one that nobody knows. */
export function methodsWith(option: string): MethodName[] {
  return methodNames.filter((method) => Object.hasOwn(optionsOf(method), option));
}

/** @throws OptionError naming the first option that is out of its range, or that the method does not have */
export function validateOptions(method: MethodName, values: OptionValues): void {
  const table = optionsOf(method);
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(table, name)) {
      const others = methodsWith(name);
      const who = others.length > 0 ? `it is an option of ${others.join(', ')}` : 'no method has it';
      throw new OptionError(name, `has no meaning for method ${method}: leave it out; ${who}`);
    }
    checkOption(name, table[name]!, value);
  }
}

/** The options of a method with the defaults of those that are left out. */
export function completeOptions(method: MethodName, values: OptionValues, size: RunSize): CompleteOptions {
  const complete: Record<string, OptionValue> = {};
  for (const [name, { default: usual }] of Object.entries(optionsOf(method))) {
    const value = values[name] ?? (typeof usual === 'function' ? usual(size, complete) : usual);
    if (value !== undefined) complete[name] = value;
  }
  return complete as CompleteOptions;
}

/**
 * Options as a diff's manifest holds them: an interval as its two ends, `stretch` as `stretchLow` and `stretchHigh`, words
 * with commas between them.
 */
export function describeOptions(
  method: MethodName,
  values: OptionValues,
): Readonly<Record<string, number | string>> {
  return Object.fromEntries(
    Object.entries(optionsOf(method)).flatMap(([name, { kind }]): [string, number | string][] => {
      const value = values[name];
      if (value === undefined) return [];
      if (typeof value !== 'object') return [[name, value]];
      if (kind !== 'interval') return [[name, showOption(value)]];
      const [low, high] = value as readonly [number, number];
      return [
        [`${name}Low`, low],
        [`${name}High`, high],
      ];
    }),
  );
}

/** A method whatever its options are. */
export function findMethod(name: MethodName): Method {
  return methods[name] as Method;
}
