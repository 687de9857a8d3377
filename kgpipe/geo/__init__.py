"""Satellite tiles, locations and entity descriptions in one embedding space.

What trains needs the extra `geo`, with PyTorch; what embeds, searches and links runs through
onnxruntime, in the core.
"""
