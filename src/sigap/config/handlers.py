"""How requests reach Django under ASGI: the API in one thread hop, the event stream natively."""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class OneHopHandler(ASGIHandler):
    """Runs middlewares and view of a request in one thread.

    Django's own handler keeps its async-capable middlewares in the event loop, and each of them
    crosses to a thread and back for its synchronous parts: about 1 ms of processor time a request.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the synchronous chain."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """The response, made in the thread of this request."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
