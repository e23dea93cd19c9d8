export { describeShared, sharedPath } from './shared.ts';
export { runReadmeExample } from './readme-example.ts';
