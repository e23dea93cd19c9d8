/** A repository of the hub at a revision. */
export interface Repository {
  readonly type: 'model' | 'dataset';
  /** `bert-base-uncased` or `google/bert_uncased_L-2_H-128_A-2`. */
  readonly name: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

/** The hub's rules for a name: letters, digits, `-`, `_`, `.`, at most 96 characters, no `--` or `..` inside. */
const segment = /^(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?$/;

/** What git allows in the name of a branch or tag, without what a path could climb out by. */
const revisionSegment = /^(?!\.)[^\s\p{Cc}~^:?*[\]\\@{}]+$/u;

/**
 * Reads `name`, `owner/name` or either with `@revision`; without one, the revision is `main`.
 *
 * @returns undefined for a text that is no hub id, such as a path `./x`, `/x` or `a/b/c`
 */
export function parseHubId(text: string): Omit<Repository, 'type'> | undefined {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? 'main' : text.slice(at + 1);
  const names = name.split('/');
  if (names.length > 2 || !names.every((part) => segment.test(part)) || name.endsWith('.git')) {
    return undefined;
  }
  return revision.split('/').every((part) => revisionSegment.test(part)) ? { name, revision } : undefined;
}

/** How a repository is named in messages. */
export function describe({ type, name, revision }: Repository): string {
  return `${type} ${name}${revision === 'main' ? '' : `@${revision}`}`;
}
