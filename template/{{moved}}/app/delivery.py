# Moved to app/kit/delivery.py and app/kit/caching.py. Delete this file once nothing imports it.
from starlette.types import ASGIApp

from app.kit import delivery, request
from app.kit.delivery import keep_temporal_response as keep_temporal_response


def TemporalResponseDelivery(app: ASGIApp) -> ASGIApp:
    return request.with_headers(app, delivery.deliver_temporal_response)
