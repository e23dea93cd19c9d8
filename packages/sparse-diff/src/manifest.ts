import { ArgumentError, FormatError } from './errors.ts';
import { Manifest as table } from './generated/tables.ts';
import { decodeMessage, encodeMessage, type Message } from './message.ts';
import type { Manifest, Properties } from './types.ts';

const maxManifestBytes = 2 ** 18;
const maxManifestFields = 4096;

/** A manifest's groups of free properties. */
const groups = ['metrics', 'hyperparameters', 'producers', 'annotations'] as const;
type Group = (typeof groups)[number];

function eachGroup<Value>(value: (group: Group) => Value): Record<Group, Value> {
  return Object.fromEntries(groups.map((group) => [group, value(group)])) as Record<Group, Value>;
}

/**
 * A manifest with what is given, and with nothing (empty text, no labels, no properties, density and texts 0) elsewhere.
 *
 * @throws ArgumentError for a fingerprint, parameter count, density, number of texts or bottleneck that cannot be one
 */
export function createManifest(
  given: Partial<Omit<Manifest, 'base'>> & { base: Partial<Manifest['base']> & { fingerprint: string } },
): Manifest {
  const { base, ...rest } = given;
  const manifest: Manifest = {
    task: '',
    labels: [],
    head: '',
    method: '',
    density: 0,
    tokenizer: '',
    texts: 0,
    ...eachGroup(() => ({})),
    ...rest,
    base: { parameters: 0, architecture: {}, ...base },
  };
  const problem = problemOf(manifest);
  if (problem) throw new ArgumentError(problem);
  return manifest;
}

/** What is wrong with a manifest's numbers and fingerprint, if anything. */
function problemOf({
  base,
  density,
  texts,
  adapters,
}: Pick<Manifest, 'base' | 'density' | 'adapters'> & { readonly texts: number }): string | undefined {
  if (!/^[0-9a-f]{64}$/.test(base.fingerprint)) {
    return `manifest: base fingerprint ${JSON.stringify(base.fingerprint.slice(0, 80))} is not 64 hexadecimal digits`;
  }
  if (!Number.isSafeInteger(base.parameters) || base.parameters < 0) {
    return `manifest: ${base.parameters} is not a number of parameters`;
  }
  if (![0, 1, 2].includes(texts))
    return `manifest: ${texts} texts in an input, expected 1, 2, or 0 for unknown`;
  if (!(density >= 0 && density <= 1)) return `manifest: density ${density} is not between 0 and 1`;
  if (adapters === undefined) return undefined;
  const { bottleneck } = adapters;
  if (!Number.isInteger(bottleneck) || bottleneck < 1 || bottleneck >= 2 ** 31) {
    return `manifest: adapters of bottleneck ${bottleneck}, expected 1 to 2^31 - 1`;
  }
  // it might change what they compute: that is not passed over
  return 'unknown' in adapters ? 'manifest: adapters with an unknown field' : undefined;
}

/** @throws ArgumentError for a manifest above the format's limits */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { base, ...rest } = manifest;
  const bytes = encodeMessage(table, {
    ...rest,
    baseFingerprint: base.fingerprint,
    baseParameters: base.parameters,
    baseArchitecture: listOf(base.architecture),
    ...eachGroup((group) => listOf(rest[group])),
  });
  try {
    checkManifestLength(bytes.length, 0);
    decodeManifest(bytes, 0);
  } catch (error) {
    throw new ArgumentError((error as Error).message);
  }
  return bytes;
}

/** @throws FormatError for a manifest that is too long */
export function checkManifestLength(bytes: number, at: number): void {
  if (bytes > maxManifestBytes) {
    throw new FormatError(`a manifest of ${bytes} bytes, at most ${maxManifestBytes} are allowed`, at);
  }
}

/**
 * @param at where the message starts in its file
 * @throws FormatError
 */
export function decodeManifest(bytes: Uint8Array, at: number): Manifest {
  const { baseFingerprint, baseParameters, baseArchitecture, ...rest } = decodeMessage(
    table,
    bytes,
    at,
    maxManifestFields,
  );
  const manifest = {
    ...rest,
    base: {
      fingerprint: baseFingerprint,
      parameters: baseParameters,
      architecture: propertiesOf(baseArchitecture),
    },
    ...eachGroup((group) => propertiesOf(rest[group])),
  };
  const problem = problemOf(manifest);
  if (problem) throw new FormatError(problem, at);
  return manifest as Manifest;
}

type PropertyList = Message<typeof table>['metrics'];

/** The field that a property of a type stands in. */
const fieldOf = { number: 'number', string: 'text', boolean: 'flag' } as const;

function listOf(properties: Properties): PropertyList {
  return Object.keys(properties)
    .sort()
    .map((name) => {
      const value = properties[name]!;
      const field = fieldOf[typeof value as 'string'];
      if (!field) throw new ArgumentError(`manifest: ${name} is no number, text or flag`);
      return { name, [field]: value } as PropertyList[number];
    });
}

function propertiesOf(list: PropertyList): Properties {
  return Object.fromEntries(list.map(({ name, number, text, flag }) => [name, number ?? text ?? flag ?? '']));
}
