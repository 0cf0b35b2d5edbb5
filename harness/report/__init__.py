"""The page people open: everything that a store tells, in HTML that fetches nothing from outside."""
