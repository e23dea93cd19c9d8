export { itShared } from './shared.ts';
export { runReadmeExample } from './readme-example.ts';
