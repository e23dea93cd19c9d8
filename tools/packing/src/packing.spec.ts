import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { readmeExample } from '@diffprune/testing';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll, workspaceRoot, type PackedPackage } from './pack.ts';
import { Stranger } from './stranger.ts';

/** Everything that is published, as npm would publish it. */
describe('the packed packages', () => {
  let folder: string;
  let packed: PackedPackage[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packing-'));
    packed = await packAll(folder);
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
  });
});
