/** How far loading has come. */
export interface LoadProgress {
  /** The file that is on its way, by its name in the model's folder. */
  readonly file: string;
  /** Bytes of all files that have come so far. */
  readonly bytes: number;
  /** Bytes of all files that are known to come; at least `bytes`, where a server does not say how long a file is. */
  readonly totalBytes: number;
}

/** What may be said of how a model is loaded. */
export interface LoadOptions {
  /** Called for each piece that arrives. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Aborted when the model is not wanted any more. */
  readonly signal?: AbortSignal | undefined;
  /** The hub that ids are of. @defaultValue https://huggingface.co */
  readonly endpoint?: string | undefined;
  /**
   * Where files of addresses and hub ids are kept: in the page's own file system (`opfs`), from which they are loaded
   * again without a connection, or, for as long as they are read, in `memory`. Where the page has no such file system,
   * or no room in it, it is memory, of which `onNotice` is told. @defaultValue opfs
   */
  readonly store?: 'opfs' | 'memory' | undefined;
  /** Takes a sentence on what the user should know: that files cannot be kept, or that kept ones are used. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

/** Adds up how much has come of each file, and how much there is of it. */
export function trackProgress(
  report: LoadOptions['onProgress'],
): (file: string, bytes: number, total: number | undefined) => void {
  const files = new Map<string, readonly [bytes: number, total: number]>();
  return (file, bytes, total) => {
    files.set(file, [bytes, Math.max(bytes, total ?? 0)]);
    const sum = (index: 0 | 1) =>
      Array.from(files.values(), (each) => each[index]).reduce((a, b) => a + b, 0);
    report?.({ file, bytes: sum(0), totalBytes: sum(1) });
  };
}
