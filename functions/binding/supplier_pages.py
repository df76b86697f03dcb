"""Routes of what a supplier publishes for its residents: its logo and its help text. Open to anyone."""

from fastapi import Response

from binding.schemas import SupplierHelp
from cabinet.accounts.texts_and_logo import load_logo, load_texts
from cabinet.core.errors import NotFound, raises
from cabinet.web.app import Identifier, create_router

_LOGO_HEADERS = {
    # The name is made of the content.
    "Cache-Control": "public, max-age=31536000, immutable",
    # Opened as a page of its own, it is a picture and nothing else.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "inline",
    "X-Content-Type-Options": "nosniff",
}

router = create_router(prefix="/api/suppliers/{supplier_id}", tags=["suppliers"])


@router.get(
    "/logo/{name}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}, "image/svg+xml": {}}}},
)
@raises(NotFound)
def logo(supplier_id: Identifier, name: Identifier) -> Response:
    """Return the supplier's logo by the name that its accounts carry; it was checked when it was applied."""
    found = load_logo(supplier_id, name)
    if found is None:
        raise NotFound
    return Response(found.content, media_type=found.media_type, headers=_LOGO_HEADERS)


@router.get("/help")
def help_text(supplier_id: Identifier) -> SupplierHelp:
    """Return the supplier's text for the help page; empty if it has none or the supplier is unknown."""
    return SupplierHelp(text=load_texts(supplier_id).help)
