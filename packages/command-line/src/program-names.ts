/**
 * How the two programs are called from here: by their own names, or through the workspace's npm scripts where that is
 * how this one was started.
 *
 * @param environment usually `process.env`
 */
export function programNames(environment: Readonly<Record<string, string | undefined>>): {
  readonly train: string;
  readonly apply: string;
} {
  return ['trainer', 'applier'].includes(environment['npm_lifecycle_event'] ?? '')
    ? { train: 'npm run trainer --', apply: 'npm run applier --' }
    : { train: 'diffprune-train', apply: 'diffprune-apply' };
}
