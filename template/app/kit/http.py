"""uvicorn's HTTP protocol with a limit on headers: `--http app.kit.http:Bounded`.

With httptools, uvicorn reads header lines for as long as they come, in quadratic time,
before the app can count them against `MAX_HEADER_SIZE`. Its other parser, h11, has a
limit but is slower.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LIMIT = 128 * 1024  # bytes; browsers send less, and `MAX_HEADER_SIZE` counts exactly
_REFUSAL = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n"


class Bounded(HttpToolsProtocol):
    """Answers 431 to endless request lines, headers, chunk extensions and trailers."""

    # Bytes since the last part of a request that ended or that has another limit, such
    # as a piece of a body.
    _size = 0

    def data_received(self, data: bytes) -> None:
        self._size += len(data)
        super().data_received(data)
        if self._size > LIMIT and not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(_REFUSAL)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._size = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._size = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._size = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._size = 0
        super().on_message_complete()
