# Removed: what it tested is in tests/kit, and on every engine in the template's own tests.
