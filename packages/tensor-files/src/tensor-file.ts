/** A tensor with its values: floats as float32, F64 rounded to it; U32 as uint32, other integers and BOOL as int32. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint32Array;
}

/** Open tensors, whose directory has been checked, and whose numbers are read when they are asked for. */
export interface TensorFile {
  /** In the order of the file. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /**
   * Reads a tensor of the file.
   *
   * @throws the error of its kind of file for numbers of a type that is not read, or a file that became shorter
   */
  read(name: string): Promise<StoredTensor>;
  /**
   * As `read`, of values that nobody may change, and that stay what they are until the next tensor is read: they are not
   * copied where that can be.
   */
  view(name: string): Promise<StoredTensor>;
}

/** Reads all tensors of a file, one after the other. */
export async function readAll(file: TensorFile): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const name of file.shapes.keys()) tensors.set(name, await file.read(name));
  return tensors;
}
