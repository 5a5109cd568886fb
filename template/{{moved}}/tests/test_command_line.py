# Moved to tests/kit/test_commands.py.
