"""A trained model run through onnxruntime, without PyTorch, and the embeddings it makes."""
