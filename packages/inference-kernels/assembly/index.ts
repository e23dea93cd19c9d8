export { embedHalf, linearHalf, narrow } from './half';
export { linear } from './linear';
export { pack } from './pack';
export { attention } from './attention';
export { add, copyRows, embed, layerNorm } from './rows';
export { exchange, gather, scatter } from './scatter';
