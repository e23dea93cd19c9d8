import { excerptJson } from '@diffprune/files';

/** A `config.json` that is malformed or describes a model that this package does not implement. */
export class BertConfigError extends Error {
  override readonly name = 'BertConfigError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}

/** Settings of which only one value is implemented, and what to say of others. */
export type FixedSettings = Readonly<Record<string, { readonly value: unknown; readonly expected: string }>>;

/** What makes a model something else than an encoder. */
export const encoderSettings: FixedSettings = {
  is_decoder: { value: false, expected: 'false: only encoders are supported' },
  is_encoder_decoder: { value: false, expected: 'false: only encoders are supported' },
  add_cross_attention: { value: false, expected: 'false: only encoders are supported' },
};

/** The fields of a Hugging Face `config.json` (snake_case keys), each read as what it should be. */
export class ConfigFields {
  readonly fields: Readonly<Record<string, unknown>>;

  /**
   * @param json the parsed file
   * @param source what to call it in messages, usually its path
   * @throws BertConfigError unless it is an object
   */
  constructor(
    json: unknown,
    readonly source: string,
  ) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new BertConfigError(`${source}: expected a JSON object`);
    }
    this.fields = json as Record<string, unknown>;
  }

  /** @throws BertConfigError naming the key and the value found */
  refuse(key: string, expected: string): never {
    const found = excerptJson(this.fields[key]);
    throw new BertConfigError(`${this.source}: "${key}" is ${found}, expected ${expected}`);
  }

  /** Refuses other values than these; a key that is left out stands for the one. */
  fixed(settings: FixedSettings): void {
    for (const [key, { value, expected }] of Object.entries(settings)) {
      if ((this.fields[key] ?? value) !== value) this.refuse(key, expected);
    }
  }

  /** Refuses models that are changed, or defined elsewhere, whatever their architecture. */
  refuseChangedModels(): void {
    const keys = (key: string): string[] => Object.keys((this.fields[key] ?? {}) as object);
    if (keys('pruned_heads').length > 0) {
      this.refuse('pruned_heads', 'none: models without some heads are not supported');
    }
    if (keys('quantization_config').length > 0) {
      this.refuse('quantization_config', 'none: load the model as it was before');
    }
    if (keys('auto_map').some((name) => name.startsWith('AutoModel'))) {
      this.refuse('auto_map', 'none: the model is defined by code of its own, which is not run');
    }
  }

  /** A positive integer, which must be there. */
  size(key: string, most = Infinity): number {
    const value = this.fields[key];
    if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > most) {
      this.refuse(key, most === Infinity ? 'a positive integer' : `an integer from 1 to ${most}`);
    }
    return value as number;
  }

  /** A dropout rate. */
  rate(key: string, fallback: number): number {
    return this.#real(key, fallback, (x) => x >= 0 && x < 1, 'a number of at least 0 and below 1');
  }

  positive(key: string, fallback: number): number {
    return this.#real(key, fallback, (x) => x > 0 && x < Infinity, 'a positive number');
  }

  oneOf<T extends string>(key: string, values: readonly T[], fallback: T): T {
    const value = (this.fields[key] ?? fallback) as T;
    if (!values.includes(value)) this.refuse(key, `one of ${values.join(', ')}`);
    return value;
  }

  #real(key: string, fallback: number, fits: (x: number) => boolean, expected: string): number {
    const value = this.fields[key] ?? fallback;
    if (typeof value !== 'number' || !fits(value)) this.refuse(key, expected);
    return value;
  }
}
