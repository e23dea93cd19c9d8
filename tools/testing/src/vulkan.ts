import { existsSync, readdirSync } from 'node:fs';

const chromium = '/usr/lib/chromium';
const system = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'].some(
  (folder) => existsSync(folder) && readdirSync(folder).length > 0,
);
const software = existsSync(`${chromium}/vk_swiftshader_icd.json`);

/**
 * The WebGPU provider needs a Vulkan driver: the system's, or the one that Chromium brings, which runs on the processor.
 * A process finds that only by its environment at start, so a test of it is a process of its own, with this environment;
 * undefined where there is no driver.
 */
export const vulkanEnvironment: Readonly<Record<string, string>> | undefined = system
  ? {}
  : software
    ? { LD_LIBRARY_PATH: chromium, VK_ICD_FILENAMES: `${chromium}/vk_swiftshader_icd.json` }
    : undefined;
