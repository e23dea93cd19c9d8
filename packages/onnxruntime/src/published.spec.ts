import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'generated', 'bin');
const files = readdirSync(bin, { recursive: true, encoding: 'utf8' }).map((file) =>
  file.replaceAll('\\', '/'),
);

it('has nothing to run when it is installed, nor has what it depends on', () => {
  const manifest = (file: string) =>
    JSON.parse(readFileSync(file, 'utf8')) as { scripts: object; dependencies?: Record<string, string> };
  const own = manifest(join(root, 'package.json'));
  const resolve = createRequire(import.meta.url).resolve;
  const common = manifest(join(resolve('onnxruntime-common'), '../../../package.json'));
  expect(Object.keys(own.dependencies ?? {})).toEqual(['onnxruntime-common']);
  expect(common.dependencies).toBeUndefined();
  for (const { scripts } of [own, common]) {
    for (const hook of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(hook);
  }
});

it.each(['linux/x64', 'linux/arm64', 'darwin/arm64', 'win32/x64', 'win32/arm64'])(
  'has the libraries of %s',
  (platform) => {
    const own = files.filter((file) => file.includes(`${platform}/`)).map((file) => file.split('/').at(-1));
    expect(own).toContain('onnxruntime_binding.node');
    expect(own.some((name) => /^(lib)?onnxruntime[.\d]*\.(so|dylib|dll)/.test(name!))).toBe(true);
  },
);

const libraries = files.filter((file) => /\.(node|dll|dylib|so[.\d]*)$/.test(file));

/** What the libraries that report (1.29, 1.30) contain: the host, the file of the device's id, the file that they read. */
const reports = ['events.data.microsoft.com', 'OneCollector', 'deviceid', '/proc/self/cmdline'];

it.each(libraries)('%s knows no host to report to, and does not read the command line', (file) => {
  const bytes = readFileSync(join(bin, file));
  for (const text of reports) {
    expect({ text, found: bytes.includes(text) || bytes.includes(Buffer.from(text, 'utf16le')) }).toEqual({
      text,
      found: false,
    });
  }
});
