import { ArgumentError, FormatError } from './errors.ts';
import { diffprune } from './generated/sparse-diff.js';
import { decodeMessage, keptUnknown } from './message.ts';
import type { Manifest, Properties } from './types.ts';
import { checkFields } from './wire.ts';

export const maxManifestBytes = 2 ** 18;
const maxManifestFields = 4096;

/**
 * A manifest with what is given, and with nothing (empty text, no labels, no properties, density 0) elsewhere.
 *
 * @throws ArgumentError for a fingerprint, parameter count or density that cannot be one
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
    metrics: {},
    hyperparameters: {},
    producers: {},
    annotations: {},
    ...rest,
    base: { parameters: 0, architecture: {}, ...base },
  };
  const problem = problemOf(manifest);
  if (problem !== undefined) throw new ArgumentError(`manifest: ${problem}`);
  return manifest;
}

/** What is wrong with a manifest's numbers and fingerprint, if anything. */
function problemOf({ base, density }: Manifest): string | undefined {
  if (!/^[0-9a-f]{64}$/.test(base.fingerprint)) {
    return `base fingerprint ${JSON.stringify(base.fingerprint.slice(0, 80))} is not 64 hexadecimal digits`;
  }
  if (!Number.isSafeInteger(base.parameters) || base.parameters < 0) {
    return `${base.parameters} is not a number of parameters`;
  }
  if (!(density >= 0 && density <= 1)) return `density ${density} is not between 0 and 1`;
  return undefined;
}

/** @throws ArgumentError for a manifest above the format's limits */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { base, metrics, hyperparameters, producers, annotations, unknown, ...same } =
    createManifest(manifest);
  const bytes = diffprune.Manifest.encode({
    ...same,
    labels: [...same.labels],
    baseFingerprint: base.fingerprint,
    baseParameters: base.parameters,
    baseArchitecture: encodeProperties(base.architecture),
    metrics: encodeProperties(metrics),
    hyperparameters: encodeProperties(hyperparameters),
    producers: encodeProperties(producers),
    annotations: encodeProperties(annotations),
    ...(unknown && { $unknowns: [...unknown] }),
  }).finish();
  if (bytes.length > maxManifestBytes || manifest.labels.length > maxManifestFields / 2) {
    throw new ArgumentError(
      `manifest: ${bytes.length} bytes and ${manifest.labels.length} labels, at most ${maxManifestBytes} and ${maxManifestFields / 2} are allowed`,
    );
  }
  return bytes;
}

/**
 * @param at where the message starts in its file
 * @throws FormatError
 */
export function decodeManifest(bytes: Uint8Array, at: number): Manifest {
  checkFields(bytes, at, maxManifestFields);
  const message = decodeMessage(diffprune.Manifest, bytes, at);
  const manifest: Manifest = {
    base: {
      fingerprint: message.baseFingerprint,
      parameters: Number(String(message.baseParameters)),
      architecture: decodeProperties(message.baseArchitecture),
    },
    task: message.task,
    labels: message.labels,
    head: message.head,
    method: message.method,
    density: message.density,
    tokenizer: message.tokenizer,
    metrics: decodeProperties(message.metrics),
    hyperparameters: decodeProperties(message.hyperparameters),
    producers: decodeProperties(message.producers),
    annotations: decodeProperties(message.annotations),
    ...keptUnknown(message),
  };
  const problem = problemOf(manifest);
  if (problem !== undefined) throw new FormatError(`manifest: ${problem}`, at);
  return manifest;
}

type PropertiesMessage = Parameters<typeof diffprune.Properties.encode>[0];

function encodeProperties(properties: Properties): PropertiesMessage | null {
  const names = Object.keys(properties);
  if (names.length === 0) return null;
  const scalar = (value: number | string | boolean) => {
    if (typeof value === 'number') return { number: value };
    return typeof value === 'string' ? { text: value } : { flag: value };
  };
  return { entries: Object.fromEntries(names.sort().map((name) => [name, scalar(properties[name]!)])) };
}

function decodeProperties(message: PropertiesMessage | null | undefined): Properties {
  return Object.fromEntries(
    Object.entries(message?.entries ?? {}).map(([name, { number, text, flag }]) => [
      name,
      number ?? text ?? flag ?? '',
    ]),
  );
}
