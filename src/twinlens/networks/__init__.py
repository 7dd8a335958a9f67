"""Learned networks, for inference only: ONNX files run on the processor by onnxruntime."""
