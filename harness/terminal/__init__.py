"""What a terminal shows: tables, lines and progress."""
