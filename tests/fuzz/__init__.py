"""What stands in `inside/` runs in a rendered project, where `test_fuzz.py` puts it."""

collect_ignore = ["inside"]
