/** First bytes of a file: 0x89 (not text), "SDIFF", then the version. */
export const magic = Uint8Array.of(0x89, 0x53, 0x44, 0x49, 0x46, 0x46);
export const version = { major: 1, minor: 1 } as const;
/** The major version of a file whose model has adapters: without them a reader of version 1 would compute another. */
export const majorWithAdapters = 2;
export const headerBytes = 8;

/** Numbers of the fields of a file's body (`message SparseDiff`). */
export const field = { manifest: 1, tensor: 2, checksum: 15 } as const;
export const checksumTag = (field.checksum << 3) | 5;
