import os

# Threads of torch that wait for each other spin for some microseconds and then give up their core. To sleep at once
# doubles a forward pass, since its layers follow each other within microseconds; to spin on slows it tenfold where
# other work runs beside.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # for OpenMP libraries other than GNU's
