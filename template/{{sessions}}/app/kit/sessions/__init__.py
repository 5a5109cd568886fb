"""Sessions kept on the server. Yours are `app/sign_in.py` and `app/users.py`."""

from app.kit.sessions.attempts import Attempts as Attempts
from app.kit.sessions.dependencies import SessionDependencies as SessionDependencies
from app.kit.sessions.engines import open_store as open_store
from app.kit.sessions.errors import SessionChangedError as SessionChangedError
from app.kit.sessions.errors import SessionEndedError as SessionEndedError
from app.kit.sessions.errors import StoreUnavailableError as StoreUnavailableError
from app.kit.sessions.errors import TooManyAttemptsError as TooManyAttemptsError
from app.kit.sessions.errors import UsersUnavailableError as UsersUnavailableError
from app.kit.sessions.lifespan import add_sessions as add_sessions
from app.kit.sessions.passwords import PasswordHash as PasswordHash
from app.kit.sessions.passwords import hash_password as hash_password
from app.kit.sessions.passwords import verify as verify
from app.kit.sessions.session import CLEAR_SITE_DATA as CLEAR_SITE_DATA
from app.kit.sessions.session import Session as Session
from app.kit.sessions.session import Sessions as Sessions
from app.kit.sessions.settings import PasswordHashes as PasswordHashes
from app.kit.sessions.settings import SessionSettings as SessionSettings
from app.kit.sessions.store import Record as Record
from app.kit.sessions.users import User as User
from app.kit.sessions.users import Users as Users
from app.kit.sessions.visitor import Visitor as Visitor
