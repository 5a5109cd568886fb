# Moved to app/sign_in.py: SessionData.
