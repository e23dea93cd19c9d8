import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A project of somebody else: an empty folder, with what npm installs into it and no setting of this workspace. */
export class Stranger {
  private constructor(readonly folder: string) {}

  /**
   * Installs packages as `npm install` does for anybody.
   *
   * @param packages names with versions, or paths of tarballs
   */
  static async install(folder: string, packages: readonly string[]): Promise<Stranger> {
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    const env = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS|NX_)/i.test(name));
    const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages];
    await run('npm', args, { cwd: folder, env: Object.fromEntries(env), maxBuffer: 2 ** 26 });
    return new Stranger(folder);
  }

  /**
   * Compiles programs strictly, the declarations of all packages included.
   *
   * @param programs TypeScript by name
   * @returns what the compiler prints; nothing where all is well. The programs are then in `compiled/<name>.js`
   */
  async compile(
    programs: ReadonlyMap<string, string>,
    module: { readonly module: string; readonly moduleResolution: string },
  ): Promise<string> {
    for (const [name, code] of programs) await writeFile(join(this.folder, `${name}.ts`), code);
    const compilerOptions = {
      ...module,
      ...{ strict: true, skipLibCheck: false, outDir: 'compiled', target: 'es2022' },
      ...{ lib: ['es2023', 'dom', 'dom.iterable', 'esnext.disposable'], types: ['node'] },
    };
    const files = [...programs.keys()].map((name) => `${name}.ts`);
    await writeFile(join(this.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
    return run(process.execPath, [join(dirname(typescript), 'bin/tsc'), '--pretty', 'false'], {
      cwd: this.folder,
    }).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
  }

  /** Runs Node in the folder, or in one within it, and returns what it prints. */
  node(args: readonly string[], folder = this.folder): Promise<{ stdout: string; stderr: string }> {
    const env = { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0' };
    return run(process.execPath, [...args], { cwd: folder, env });
  }
}
