"""What the server answers: the page, pictures and columns (GET), and what a person does (POST)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fsannot.data.errors import FsannotError, InputError
from fsannot.studio import messages, pictures, previews
from fsannot.studio.desk import StaleError
from fsannot.studio.frames import encode_frame
from fsannot.studio.office import NotReadyError, Office

KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FRAME = "application/octet-stream"
MOST_SIMILAR = 20_000
"""Segments a radius can reach."""


def page_files() -> Mapping[str, tuple[bytes, str]]:
    """The files of the page, read once: no request leads to the file system.

    Returns:
        name → content and media type.
    """
    found = {}
    for entry in files("fsannot.studio").joinpath("page").iterdir():
        suffix = "." + entry.name.rpartition(".")[2]
        if suffix in KINDS:
            found[entry.name] = (entry.read_bytes(), KINDS[suffix])
    return found


def application(office: Office) -> Starlette:
    """The application behind the door.

    Args:
        office: where the session is used.

    Returns:
        an ASGI application.
    """
    content = page_files()

    async def page(request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        if name not in content:
            return JSONResponse({"error": "there is no such page"}, 404)
        body, kind = content[name]
        return Response(body, media_type=kind)

    async def status(_: Request) -> Response:
        return JSONResponse(office.status())

    async def screen(_: Request) -> Response:
        return Response(await office.use(lambda desk: desk.screen()), media_type=FRAME)

    async def tiles(request: Request) -> Response:
        rows = (await messages.read_message(request)).get("rows")
        return Response(await office.look(lambda desk: desk.tiles.sheet(rows)), media_type="image/png")

    async def row_map(request: Request) -> Response:
        image = request.path_params["image"]
        return Response(await office.use(lambda desk: desk.row_map(image)), media_type=FRAME)

    async def image(request: Request) -> Response:
        number = request.path_params["image"]
        body = await office.look(lambda desk: pictures.image_picture(desk.session, number))
        return Response(body, media_type="image/jpeg")

    async def crop(request: Request) -> Response:
        segment = request.path_params["segment"]
        body = await office.look(lambda desk: pictures.crop_picture(desk.session, segment))
        return Response(body, media_type="image/png")

    async def place(request: Request) -> Response:
        segment = request.path_params["segment"]
        body = await office.look(lambda desk: pictures.place_picture(desk.session, segment))
        return Response(body, media_type="image/png")

    async def act(request: Request) -> Response:
        message = await messages.read_message(request)
        version, prepared = messages.whole(message, "version"), office.preparation.prepared
        record = message.get("action")
        return Response(await office.use(lambda desk: desk.act(record, version, prepared)), media_type=FRAME)

    async def redo(request: Request) -> Response:
        version = messages.whole(await messages.read_message(request), "version")
        return Response(await office.use(lambda desk: desk.redo(version)), media_type=FRAME)

    async def name_class(request: Request) -> Response:
        message = await messages.read_message(request)
        version, name = messages.whole(message, "version"), messages.text(message, "name")
        index = None if message.get("index") is None else messages.whole(message, "index")
        return Response(
            await office.use(lambda desk: desk.name_class(index, name, version)), media_type=FRAME
        )

    async def save(request: Request) -> Response:
        await messages.read_message(request)
        return JSONResponse(await office.use(lambda desk: desk.save()))

    async def similar(request: Request) -> Response:
        segment = messages.whole(await messages.read_message(request), "segment")
        return Response(await office.use(lambda desk: desk.similar(segment, MOST_SIMILAR)), media_type=FRAME)

    async def split(request: Request) -> Response:
        message = await messages.read_message(request)
        segment = messages.whole(message, "segment")
        positive, negative = message.get("positive"), message.get("negative")
        header, columns = await office.use(
            lambda desk: previews.preview_split(desk.session, segment, positive, negative)
        )
        return _frame(header, columns)

    async def slider(request: Request) -> Response:
        message = await messages.read_message(request)
        number, criterion = messages.whole(message, "image"), messages.text(message, "criterion")
        return JSONResponse(await office.use(lambda desk: previews.slider(desk.session, number, criterion)))

    async def cut(request: Request) -> Response:
        message = await messages.read_message(request)
        number, criterion = messages.whole(message, "image"), messages.text(message, "criterion")
        threshold = messages.number(message, "threshold")
        header, columns = await office.use(
            lambda desk: previews.preview_cut(desk.session, number, criterion, threshold)
        )
        return _frame(header, columns)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/api/status", status),
            Route("/api/screen", screen),
            Route("/api/tiles", tiles, methods=["POST"]),
            Route("/api/rows/{image:int}", row_map),
            Route("/api/image/{image:int}", image),
            Route("/api/crop/{segment:int}", crop),
            Route("/api/place/{segment:int}", place),
            Route("/api/act", act, methods=["POST"]),
            Route("/api/redo", redo, methods=["POST"]),
            Route("/api/class", name_class, methods=["POST"]),
            Route("/api/save", save, methods=["POST"]),
            Route("/api/similar", similar, methods=["POST"]),
            Route("/api/preview/split", split, methods=["POST"]),
            Route("/api/slider", slider, methods=["POST"]),
            Route("/api/preview/cut", cut, methods=["POST"]),
            Route("/{name}", page),
        ],
        exception_handlers={FsannotError: _refused},
    )


def _frame(header: dict[str, Any], columns: dict[str, np.ndarray]) -> Response:
    return Response(encode_frame(header, columns), media_type=FRAME)


def _refused(_: Request, error: Exception) -> Response:
    """A sentence for the person, and a status by which the page knows what to do."""
    if isinstance(error, messages.TooLong):
        status = 413
    elif isinstance(error, NotReadyError):
        status = 425
    elif isinstance(error, StaleError):
        status = 409
    elif isinstance(error, InputError):
        status = 422
    else:
        status = 507
    return JSONResponse({"error": str(error)}, status)
