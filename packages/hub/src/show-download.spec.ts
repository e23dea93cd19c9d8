import { showDownload } from './show-download.ts';

function recorder(isTTY: boolean): { isTTY: boolean; text: string; write(text: string): void } {
  return {
    isTTY,
    text: '',
    write(text) {
      this.text += text;
    },
  };
}

describe('showDownload', () => {
  it('writes one line over and over on a terminal', async () => {
    const stream = recorder(true);
    let time = 0;
    const result = await showDownload(
      stream,
      ({ onProgress }) => {
        for (const bytes of [0, 1e6, 2e6, 4e6]) {
          onProgress({ file: 'a.bin', bytes, totalBytes: 4e6 });
          time += 0.06;
        }
        return Promise.resolve('done');
      },
      () => time,
    );
    expect(result).toBe('done');
    const line = (megabytes: string) => `\r\x1b[Kdownloading a.bin: ${megabytes} of 4.0 MB`;
    expect(stream.text).toBe(`${line('0.0')}${line('2.0')}${line('4.0')}\n`);
  });

  it('writes a line now and then elsewhere', async () => {
    const stream = recorder(false);
    let time = 0;
    const lines = async ({
      onProgress,
    }: Parameters<Parameters<typeof showDownload>[1]>[0]): Promise<void> => {
      for (let bytes = 0; bytes <= 100; bytes++, time++)
        onProgress({ file: 'b', bytes: bytes * 1e5, totalBytes: 1e7 });
    };
    await showDownload(stream, lines, () => time);
    expect(stream.text.split('\n')).toHaveLength(12);
    expect(stream.text).toMatch(/^downloading b: 0.0 of 10.0 MB\ndownloading b: 1.0 of 10.0 MB\n/);
    expect(stream.text).toMatch(/\ndownloading b: 10.0 of 10.0 MB\n$/);
  });

  it('ends its line before a notice and before an error', async () => {
    const stream = recorder(true);
    const failing = showDownload(stream, ({ onProgress, onNotice }) => {
      onProgress({ file: 'c', bytes: 0, totalBytes: 1e6 });
      onNotice('using the copy');
      onProgress({ file: 'c', bytes: 1e6, totalBytes: 1e6 });
      return Promise.reject(new Error('broken'));
    });
    await expect(failing).rejects.toThrow('broken');
    expect(stream.text).toMatch(/0\.0 of 1\.0 MB\nusing the copy\n[^\n]*1\.0 of 1\.0 MB\n$/);
  });
});
