import os

# Each worker of the suite has one core: with more threads PyTorch's wait for one another, busily.
os.environ.setdefault("OMP_NUM_THREADS", "1")
