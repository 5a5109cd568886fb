"""What stands in `inside/` runs in a rendered project, where `test_engines.py` puts it."""

collect_ignore = ["inside"]
