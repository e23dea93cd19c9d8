import { programNames } from './program-names.ts';

it('are the npm scripts where one of them started the program', () => {
  expect(programNames({})).toEqual({ train: 'diffprune-train', apply: 'diffprune-apply' });
  const scripts = { train: 'npm run trainer --', apply: 'npm run applier --' };
  expect(programNames({ npm_lifecycle_event: 'trainer' })).toEqual(scripts);
  expect(programNames({ npm_lifecycle_event: 'applier' })).toEqual(scripts);
});
