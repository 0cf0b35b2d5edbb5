"""What is handed over to be measured, made into an op, and how its functions travel to a worker."""
