"""What an embedding is worth: probes, retrieval, clusters, with intervals; a pretrained rival."""
