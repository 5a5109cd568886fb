# Moved to app/kit/delivery.py and app/kit/caching.py. Delete this file once nothing imports it.
from app.kit import delivery
from app.kit.delivery import keep_temporal_response as keep_temporal_response

TemporalResponseDelivery = delivery.with_temporal_response
