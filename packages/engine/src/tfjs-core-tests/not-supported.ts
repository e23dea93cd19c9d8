/*
 * What of TensorFlow.js's core tests the engine does not support, and why. Whoever adds a translation takes its kernel
 * off the first list; an entry of the others that no case needs any more makes `tfjs-core.spec.ts` fail.
 */

/** Kernels without translation, by reason. A function that needs one is refused by its name when it is compiled. */
export const kernels: readonly { readonly why: string; readonly names: string }[] = [
  {
    why: 'convolutions, pooling and images: no layer of a BERT has them',
    names: `
      AvgPool AvgPool3D AvgPool3DGrad AvgPoolGrad BatchToSpaceND Conv2D Conv2DBackpropFilter Conv2DBackpropInput Conv3D
      Conv3DBackpropFilterV2 Conv3DBackpropInputV2 CropAndResize DepthToSpace DepthwiseConv2dNative
      DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput Dilation2D Dilation2DBackpropFilter
      Dilation2DBackpropInput Draw FlipLeftRight FusedBatchNorm FusedConv2D FusedDepthwiseConv2D LRN LRNGrad MaxPool
      MaxPool3D MaxPool3DGrad MaxPoolGrad MaxPoolWithArgmax MirrorPad NonMaxSuppressionV3 NonMaxSuppressionV4
      NonMaxSuppressionV5 ResizeBilinear ResizeBilinearGrad ResizeNearestNeighbor ResizeNearestNeighborGrad
      RotateWithOffset SpaceToBatchND Transform`,
  },
  {
    why: 'complex numbers: ONNX has no element type for them',
    names: 'Complex ComplexAbs FFT IFFT Imag Real',
  },
  {
    why: 'strings: they do not cross the edges of a program',
    names: 'StaticRegexReplace StringNGrams StringSplit StringToHashBucketFast',
  },
  {
    why: 'the shape of the result depends on values, and the shapes of a program are fixed',
    names: `
      RaggedGather RaggedRange RaggedTensorToTensor SparseFillEmptyRows SparseReshape SparseSegmentMean
      SparseSegmentSum Unique`,
  },
  {
    why: 'random numbers: nothing inside a program is random',
    names: 'Multinomial',
  },
  {
    why: 'no function of this workspace needs it; it can be composed of translated kernels',
    names: `
      Atan2 Bincount BitwiseAnd BroadcastArgs Cumprod DenseBincount Diag Einsum LinSpace SearchSorted SparseToDense
      TensorScatterUpdate TopK`,
  },
];

/** What translated kernels refuse, by kernel and the start of the reason that they give. */
export const refusals: Readonly<Record<string, string>> = {
  'BatchMatMul: matrix products are of float32': 'ONNX Runtime has products of int32 on the processor only',
  '_FusedMatMul: activation leakyrelu': 'activations that models of this workspace do not fuse',
  '_FusedMatMul: activation prelu': 'activations that models of this workspace do not fuse',
  'Fill: use numbers': 'strings and complex numbers, as above',
  'write: a string tensor': 'strings, as above',
};

/** Cases that fail, by their names (without that of the test environment). */
export const cases: Readonly<Record<string, string>> = {
  'exp int32': "ONNX Runtime's e^10 is one float32 away from the nearest one",
  'tan numbers exceed float32 precision':
    "ONNX Runtime's tangent near a pole is one float32 away from the nearest one",
  'gather throws when index is out of bound':
    'the operation would have to read its indices; the run of the program fails instead',
  'profile squaring': timing(),
  'profile squaring without disposing': timing(),
  'profile squaring in async query': timing(),
  'profile reports correct kernelNames': timing(),
  'time cpu simple upload': timing(),
};

function timing(): string {
  return 'operations of a program are not timed: they run together';
}
