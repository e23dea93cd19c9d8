import type { RemoteFile } from './incoming-file.ts';
import { SourceError } from './source-error.ts';

/** `name` or `owner/name`, with `@revision` (a branch, tag or commit) or without. */
export interface HubId {
  readonly name: string;
  readonly revision: string;
}

/** A repository at one commit. */
export interface HubListing {
  readonly commit: string;
  readonly files: ReadonlyMap<string, RemoteFile>;
}

/** @throws SourceError for a text that is none */
export function parseId(text: string): HubId {
  const [, name, revision = 'main'] = /^((?:[\w-][\w.-]*\/)?[\w-][\w.-]*)(?:@([^\s@?#]+))?$/.exec(text) ?? [];
  if (name !== undefined) return { name, revision };
  throw new SourceError(
    text,
    'missing',
    'it is no hub id ("name" or "owner/name", with "@revision" or without), and no address: that of a folder ' +
      'begins with https://, /, ./ or ../',
  );
}

/** Where a repository's files of a revision lie. */
export function filesUrl(endpoint: string, { name }: HubId, revision: string): string {
  return `${endpoint}/${name}/resolve/${encodeURIComponent(revision)}/`;
}

/**
 * Asks a hub what a repository holds, so that all files are of one commit.
 *
 * @returns undefined where the server has the hub's addresses, but does not answer such questions
 * @throws SourceError for a repository or revision that there is not, or is not for everybody, and where there is no answer
 */
export async function listHub(
  endpoint: string,
  id: HubId,
  signal: AbortSignal,
): Promise<HubListing | undefined> {
  const { name, revision } = id;
  const url = `${endpoint}/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new SourceError(
      url,
      'unreachable',
      `it cannot be had (${(error as Error).message}); is there a connection?`,
    );
  }
  const code = response.headers.get('x-error-code');
  if (response.status === 401 || response.status === 403 || (response.status === 404 && code !== null)) {
    await response.body?.cancel();
    const problem =
      code === 'RevisionNotFound'
        ? `${name} has no revision "${revision}"`
        : `there is no ${name}, or it is not for everybody`;
    throw new SourceError(url, 'missing', `${problem}; see ${endpoint}/${name}`);
  }
  if (response.status >= 500) {
    await response.body?.cancel();
    throw new SourceError(
      url,
      'refused',
      `the server answered with status ${response.status}; try again later`,
    );
  }
  const answer = (await response.json().catch(() => undefined)) as Partial<HubAnswer> | undefined;
  if (signal.aborted) throw signal.reason;
  const { sha, siblings } = answer ?? {};
  if (!response.ok || typeof sha !== 'string' || !Array.isArray(siblings)) return undefined;
  const folder = filesUrl(endpoint, id, sha);
  const files = siblings.map(({ rfilename, size, lfs }): [string, RemoteFile] => [
    rfilename,
    {
      url: folder + rfilename.split('/').map(encodeURIComponent).join('/'),
      bytes: size,
      hash: lfs?.sha256,
      isFixed: true,
    },
  ]);
  return { commit: sha, files: new Map(files) };
}

/** What the hub answers of a revision, as far as it is used (https://huggingface.co/docs/hub/api, `blobs=true`). */
interface HubAnswer {
  readonly sha: string;
  readonly siblings: readonly {
    readonly rfilename: string;
    readonly size?: number;
    readonly lfs?: { readonly sha256: string };
  }[];
}
