"""From samples to values with intervals; sources are cited, and no benchmark is known."""
