import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const workspaceRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** A package that is published, and its tarball. */
export interface PackedPackage {
  readonly name: string;
  /** Its folder in the workspace, such as `packages/bert`. */
  readonly folder: string;
  /** Path of the tarball. */
  readonly tarball: string;
  /** Whether other code can import it; a command alone cannot be. */
  readonly importable: boolean;
  /** Names of the packages of the workspace that are installed with it. */
  readonly dependencies: readonly string[];
}

/** What is installed with a package, and itself. */
export function installedWith(name: string, packed: readonly PackedPackage[]): PackedPackage[] {
  const names = new Set([name]);
  for (const each of names) {
    const found = packed.find((pack) => pack.name === each);
    for (const dependency of found?.dependencies ?? []) names.add(dependency);
  }
  return packed.filter((each) => names.has(each.name));
}

/** Packs every package of the workspace that is not private, as `npm publish` would, into a folder. */
export async function packAll(destination: string): Promise<PackedPackage[]> {
  const packed: PackedPackage[] = [];
  for (const parent of ['packages', 'apps']) {
    for (const entry of (await readdir(join(workspaceRoot, parent))).sort()) {
      const folder = `${parent}/${entry}`;
      const manifest = JSON.parse(await readFile(join(workspaceRoot, folder, 'package.json'), 'utf8'));
      if (manifest.private) continue;
      const args = ['pack', '--json', '--pack-destination', destination];
      const { stdout } = await promisify(execFile)('npm', args, {
        cwd: join(workspaceRoot, folder),
        maxBuffer: 2 ** 26,
      });
      const [{ filename }] = JSON.parse(stdout);
      const importable = manifest.exports !== undefined;
      const dependencies = Object.keys(manifest.dependencies ?? {}).filter((name) =>
        name.startsWith('@diffprune/'),
      );
      const tarball = join(destination, filename);
      packed.push({ name: manifest.name, folder, tarball, importable, dependencies });
    }
  }
  return packed;
}
