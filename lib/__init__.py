import os

# Threads of torch that wait for each other give up their core: where other work runs beside, spinning slows a forward pass tenfold.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
