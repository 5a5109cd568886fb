"""The app as operators run it: real servers, real proxies, floods and signals."""
