"""The processes that measure: what they are given, what they find, and how they die."""
