import type { DownloadProgress, ResolveOptions } from './resolve-repository.ts';

/** What {@link showDownload} hands to a download. */
export type DownloadView = Required<Pick<ResolveOptions, 'onProgress' | 'onNotice'>>;

/** Seconds between two lines on a terminal, which are written over one another, and elsewhere, where they stay. */
const intervals = { terminal: 0.1, lines: 10 } as const;

/**
 * Shows how a download goes on, and what the user should know: one line that changes on a terminal, a line now and
 * then elsewhere, nothing where nothing is downloaded.
 *
 * @param stream where to write, usually stderr
 * @param download gets the callbacks to hand on to `resolveRepository`
 * @returns what `download` does
 */
export async function showDownload<T>(
  stream: { write(text: string): unknown; readonly isTTY?: boolean },
  download: (view: DownloadView) => Promise<T>,
  now: () => number = () => performance.now() / 1000,
): Promise<T> {
  const interval = stream.isTTY ? intervals.terminal : intervals.lines;
  let shownAt = -Infinity;
  let open = false; // whether the cursor stands behind a line that is not finished
  const endLine = (): void => {
    if (open) stream.write('\n');
    open = false;
  };
  try {
    return await download({
      onProgress(progress) {
        const whole = progress.bytes === progress.totalBytes;
        if (!whole && now() - shownAt < interval) return;
        shownAt = now();
        stream.write(stream.isTTY ? `\r\x1b[K${describe(progress)}` : `${describe(progress)}\n`);
        open = stream.isTTY === true;
      },
      onNotice(text) {
        endLine();
        stream.write(`${text}\n`);
      },
    });
  } finally {
    endLine();
  }
}

function describe({ file, bytes, totalBytes }: DownloadProgress): string {
  const megabytes = (count: number): string => (count / 1e6).toFixed(1);
  return `downloading ${file}: ${megabytes(bytes)} of ${megabytes(totalBytes)} MB`;
}
