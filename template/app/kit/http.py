"""uvicorn's HTTP protocol, with an end to what comes before a body: `--http app.kit.http:Bounded`.

With httptools, uvicorn reads header lines for as long as they come, in time that grows with their
square, before `MAX_HEADER_SIZE` is looked at. Its other parser, h11, has a limit and is slower.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LIMIT = 128 * 1024  # bytes; browsers send less, and `MAX_HEADER_SIZE` counts exactly
_REFUSAL = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n"


class Bounded(HttpToolsProtocol):
    """Hangs up on endless addresses, header lines, chunk extensions and trailers: 431."""

    _size = 0  # of what came since the last of what has a limit elsewhere, such as a body

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
