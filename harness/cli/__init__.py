"""The command line: arguments in, text and files out, an exit code per kind of error."""
