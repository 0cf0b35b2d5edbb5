"""The processes that measure, warm parents and their forks: what they get and find, and how they die."""
