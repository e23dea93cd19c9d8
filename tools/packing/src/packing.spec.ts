import { execFile } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { readmeExample } from '@diffprune/testing';
import { chromiumPath } from '@diffprune/testing/chromium';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { installedWith, packAll, workspaceRoot, type PackedPackage } from './pack.ts';
import { askPage, bundlePage, type Bundle } from './page.ts';
import { Stranger } from './stranger.ts';

/** Everything that is published, as npm would publish it. */
describe('the packed packages', () => {
  let folder: string;
  let packed: PackedPackage[];
  /** Generated sources that packing has changed, or taken away for a while. */
  const touched = new Set<string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packing-'));
    const packages = join(workspaceRoot, 'packages');
    const generated = (await readdir(packages))
      .map((name) => join(packages, name, 'src/generated'))
      .filter((path) => existsSync(path));
    const watchers = generated.map((path) => watch(path, () => void touched.add(path)));
    packed = await packAll(folder);
    for (const watcher of watchers) watcher.close();
    expect(generated.length).toBeGreaterThan(2);
  }, 900_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are what publint and the types of their users expect', async () => {
    const problems: string[] = [];
    for (const { name, tarball, importable } of packed) {
      const bytes = Uint8Array.from(await readFile(tarball));
      const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer } });
      problems.push(...messages.map((message) => `${name}: ${formatMessage(message, pkg)}`));
      if (!importable) continue;
      const checked = await checkPackage(createPackageFromTarballData(bytes));
      // ES modules alone: CommonJS and resolution by Node 10 are not served
      const served = ('problems' in checked ? checked.problems : [{ kind: 'no types' as const }]).filter(
        (problem) =>
          !('resolutionKind' in problem && ['node10', 'node16-cjs'].includes(problem.resolutionKind)),
      );
      problems.push(...served.map((problem) => `${name}: ${JSON.stringify(problem)}`));
    }
    expect(packed.length).toBeGreaterThan(10);
    expect(problems).toEqual([]);
  });

  const inTask = process.env['NX_TASK_TARGET_PROJECT'] === undefined ? it.skip : it;
  inTask(
    'leave generated sources to those who read them meanwhile (skipped where no task of Nx packs)',
    () => {
      expect([...touched]).toEqual([]);
    },
  );

  it('carry their licence, and no test', async () => {
    for (const { name, tarball } of packed) {
      const { stdout } = await promisify(execFile)('tar', ['-tzf', tarball]);
      const files = stdout.trim().split('\n');
      expect([name, files.filter((file) => /^package\/LICENSE(\.md)?$/.test(file)).length]).toEqual([
        name,
        1,
      ]);
      expect(files).toContain('package/README.md');
      expect(files.filter((file) => /\.spec\.|\.fixture\.|\/fixtures\//.test(file))).toEqual([]);
    }
  });

  describe('in a project of somebody else', () => {
    let stranger: Stranger;

    beforeAll(async () => {
      const tarballs = packed.map(({ tarball }) => tarball);
      stranger = await Stranger.install(join(folder, 'stranger'), [...tarballs, '@types/node@20']);
    }, 600_000);

    /** The README's examples of the packages as they are installed, by the package's short name. */
    async function examples() {
      const found = new Map<string, Awaited<ReturnType<typeof readmeExample>>>();
      for (const { name, importable } of packed) {
        if (!importable) continue;
        const example = await readmeExample(join(stranger.folder, 'node_modules', name, 'README.md'));
        found.set(name.replace('@diffprune/', ''), example);
      }
      return found;
    }

    it('are compiled strictly, their declarations and READMEs too', async () => {
      const programs = new Map([...(await examples())].map(([name, { code }]) => [name, code]));
      expect(programs.size).toBeGreaterThan(10);
      const bundler = { module: 'esnext', moduleResolution: 'bundler' };
      expect(await stranger.compile(programs, bundler)).toBe('');
      expect(await stranger.compile(programs, { module: 'nodenext', moduleResolution: 'nodenext' })).toBe('');
    });

    it("run each README's example", async () => {
      for (const [name, { promised }] of await examples()) {
        const { stdout } = await stranger.node([`compiled/${name}.js`]);
        expect([name, ...stdout.trimEnd().split('\n')]).toEqual([name, ...promised]);
      }
    });

    it('print nothing when they are imported', async () => {
      for (const { name, importable } of packed) {
        if (!importable) continue;
        const printed = await stranger.node(['-e', `import(${JSON.stringify(name)})`]);
        expect({ name, ...printed }).toEqual({ name, stdout: '', stderr: '' });
      }
    });

    it('run the examples', async () => {
      const copied = ['own-data', 'switch-tasks', 'distillation'].map(async (name) => {
        const folder = join(stranger.folder, name);
        await cp(join(workspaceRoot, 'examples', name), folder, { recursive: true });
        return folder;
      });
      const [own, , distillation] = (await Promise.all(copied)) as [string, string, string];
      const trained = await stranger.node(['train.mjs'], own);
      expect(trained.stdout).toMatch(/\nwritten: messages\.sdiff\n$/);
      const args = ['../switch-tasks/switch.mjs', 'The amount on the invoice is wrong.', 'messages.sdiff'];
      const answered = await stranger.node(args, own);
      expect(answered.stdout).toMatch(/^messages: billing \(applied in [\d.]+ ms\)\n$/);
      const taught = await stranger.node(['distil.mjs', '80'], distillation);
      expect(taught.stdout).toMatch(/\nstructured-diff-pruning, taught: accuracy 0\.\d+\n$/);
    });

    (chromiumPath ? describe : describe.skip)(
      `in a page${chromiumPath ? '' : ' (skipped: no Chromium)'}`,
      () => {
        const asked = [
          ['I never liked the film.', 'The staff were friendly, and I loved the bread.'],
          [
            { textA: 'The man left the house.', textB: 'A man left.' },
            { textA: 'The man left the house.', textB: 'Nobody left.' },
          ],
        ];
        /** Tasks in the order of `asked`. */
        const tasks = ['opinion', 'inference'] as const;
        let bundles: Record<'vite' | 'esbuild', Bundle>;
        let samples: string;
        let expected: Record<string, [string, ...number[]][]>;

        beforeAll(async () => {
          bundles = await bundlePage(stranger.folder);
          samples = join(stranger.folder, 'node_modules/@diffprune/samples');
          const program = `
            import { applyDiff, classify, loadBase } from '@diffprune/inference/node';
            const base = await loadBase('node_modules/@diffprune/samples/model', { threads: 1 });
            const found = {};
            for (const [i, task] of ${JSON.stringify(tasks)}.entries()) {
              const model = await applyDiff(base, 'node_modules/@diffprune/samples/diffs/' + task + '.sdiff');
              const answers = await classify(model, ${JSON.stringify(asked)}[i]);
              found[task] = answers.map(({ label, probabilities }) => [label, ...probabilities.values()]);
              model.revert();
            }
            await base.predictors.dispose();
            console.log(JSON.stringify(found));`;
          expected = JSON.parse((await stranger.node(['--input-type=module', '-e', program])).stdout);
        }, 120_000);

        it.each(['vite', 'esbuild'] as const)(
          '%s bundles them with nothing of Node, and warns of nothing',
          (name) => {
            const { warnings, modules } = bundles[name];
            expect(warnings).toEqual([]);
            expect(
              modules.filter((path) => path.includes('@diffprune/inference/dist')).length,
            ).toBeGreaterThan(0);
            const unwanted =
              /^node:|browser-external|\(disabled\)|node_modules\/(@diffprune\/(hub|kernels|onnxruntime)|@huggingface|undici|hyparquet|commander|koffi|onnxruntime|@tensorflow)/;
            expect(modules.filter((path) => unwanted.test(path))).toEqual([]);
          },
        );

        it.each([
          ['vite', 1],
          ['vite', 2],
          ['esbuild', 1],
          ['esbuild', 2],
        ] as const)(
          'bundled by %s, it answers under a sub-path as Node does, on threads: %d',
          async (name, threads) => {
            const { answers, runtimes, hiddenSize, rows, logged } = await askPage(
              bundles[name],
              samples,
              asked,
              threads,
            );
            expect(logged).toEqual([]);
            expect(Object.keys(answers)).toEqual(tasks);
            for (const task of tasks) {
              for (const found of answers[task]!) {
                expect(found.map(([label]) => label)).toEqual(expected[task]!.map(([label]) => label));
                found.forEach(([, ...probabilities], i) => {
                  const [, ...wanted] = expected[task]![i]!;
                  probabilities.forEach((p, k) => expect(Math.abs(p - wanted[k]!)).toBeLessThan(1e-4));
                });
              }
            }
            expect(runtimes[0]).toMatch(/^WebAssembly, 1 thread, /);
            expect(runtimes[1]).toMatch(
              threads === 1 ? /^WebAssembly, 1 thread, / : /^WebAssembly, 2 threads, /,
            );
            expect({ hiddenSize, rows }).toEqual({ hiddenSize: 128, rows: [1, 1] });
          },
          60_000,
        );
      },
    );
  });

  describe('@diffprune/inference in an empty project', () => {
    let stranger: Stranger;
    let modules: string;

    beforeAll(async () => {
      const wanted = [
        ...installedWith('@diffprune/inference', packed),
        ...packed.filter(({ name }) => name === '@diffprune/samples'),
      ];
      const tarballs = wanted.map(({ tarball }) => tarball);
      stranger = await Stranger.install(join(folder, 'lean'), tarballs);
      modules = join(stranger.folder, 'node_modules');
    }, 300_000);

    it('takes at most 30 MB without the samples, and runs nothing when it is installed', async () => {
      const files = (await readdir(modules, { recursive: true })).map((file) => file.replaceAll('\\', '/'));
      const found = await Promise.all(files.map((file) => stat(join(modules, file))));
      const counts = (i: number): boolean =>
        found[i]!.isFile() && !files[i]!.startsWith('@diffprune/samples/');
      const bytes = found.reduce((sum, { size }, i) => sum + (counts(i) ? size : 0), 0);
      expect(bytes).toBeGreaterThan(5e6);
      expect(bytes).toBeLessThanOrEqual(30e6);
      expect(
        files.filter((file) => /\.(node|so|dylib|dll)$|(^|\/)(koffi|onnxruntime(-node)?)$/.test(file)),
      ).toEqual([]);
      const lock = JSON.parse(await readFile(join(stranger.folder, 'package-lock.json'), 'utf8')) as {
        packages: Record<string, { hasInstallScript?: true }>;
      };
      const scripts = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript);
      expect(scripts).toEqual([]);
    });

    it('predicts in the three lines of its README, with kernels of our own and no network', async () => {
      const readme = await readFile(join(modules, '@diffprune/inference/README.md'), 'utf8');
      const [, program] = /^```js\n([^]*?)^```/m.exec(readme)!;
      expect(program!.trim().split('\n')).toHaveLength(3);
      const refuse = `
        import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url);
        const refuse = () => { process._rawDebug('the network was asked'); process.exit(9); };
        require('net').Socket.prototype.connect = refuse;
        require('dgram').createSocket = refuse;
        for (const dns of [require('dns'), require('dns').promises]) for (const name of ['lookup', 'resolve']) dns[name] = refuse;
        globalThis.fetch = refuse;`;
      await writeFile(join(stranger.folder, 'offline.mjs'), refuse);
      await writeFile(
        join(stranger.folder, 'three-lines.mjs'),
        `${program}console.log(await model.base.predictors.runtime());\n`,
      );
      await symlink(join(modules, '@diffprune/samples'), join(stranger.folder, 'samples'));
      const { stdout, stderr } = await stranger.node(['--import', './offline.mjs', 'three-lines.mjs']);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^\{\s+label: 'negative',[^]*\nWebAssembly, \d+ threads?, (relaxed )?SIMD\n$/);
      await expect(
        stranger.node(['--import', './offline.mjs', '-e', "require('net').connect(1)"]),
      ).rejects.toThrow('the network was asked');
    });
  });
});
