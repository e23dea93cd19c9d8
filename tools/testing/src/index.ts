export { itShared } from './shared.ts';
export { describePython, type RunPython } from './python.ts';
export { readmeExample, readmeTypeErrors } from './readme-example.ts';
export { testReadme } from './test-readme.ts';
export { vulkanEnvironment } from './vulkan.ts';
