"""What gpu_day.py finds out on a machine with a GPU, a part a file."""
