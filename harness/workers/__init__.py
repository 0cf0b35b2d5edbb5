"""The processes that measure, warm parents and their forks: what they are given and find, and how they die."""
