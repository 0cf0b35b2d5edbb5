"""The timer proves itself: acceptance tests of the measuring, run on the user's own machine."""
