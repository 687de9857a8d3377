"""CROMA, SatMAE, GAIR, MoSAiC and conjured similarity, a small file a part; needs PyTorch."""
