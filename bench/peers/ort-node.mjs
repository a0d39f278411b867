/** ONNX Runtime as a native library. */
import * as ort from 'onnxruntime-node';

export { ort };
