"""One file a library or server that implements a port."""
