"""The site and the API behind it, as a visitor gets them; both of one version."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from infra.doctor.check import Check, Issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from infra.doctor.installation import Installation

API_PATH = "/api/auth/consent"
VERSION_PATH = "/api-version.txt"
SECONDS = 20.0


def checks(installation: Installation) -> Iterator[Check]:
    """Return the checks of what visitors get."""
    origin = site_origin(installation)
    with_site: list[tuple[str, str, str]] = [("page", "/", "comes"), ("API", API_PATH, "answers")]
    for subject, path, ok_text in with_site:
        yield Check(
            "site", subject, f"{origin}{path} {ok_text}",
            partial(_examine_path, installation, origin, path), seconds=SECONDS,
        )  # fmt: skip
    yield Check(
        "site", "version", "the site was built for the API that runs",
        lambda: examine_version(ask(origin, VERSION_PATH), installation), seconds=SECONDS,
    )  # fmt: skip


def _examine_path(installation: Installation, origin: str, path: str) -> Iterator[Issue]:
    return examine_answer(ask(origin, path), installation)


def site_origin(installation: Installation) -> str:
    """Return where visitors find the site: by the stack's outputs, the local one by its settings."""
    if installation.is_local:
        return installation.environment["SITE_ORIGIN"]
    found = installation.client("cloudformation").describe_stacks(StackName=installation.stack)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found["Stacks"][0].get("Outputs", [])}
    return str(outputs["SiteUrl"])


def ask(origin: str, path: str) -> httpx.Response | str:
    """Return the answer, or in words why there is none."""
    import httpx

    try:
        return httpx.get(origin + path, timeout=SECONDS / 2, follow_redirects=False)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"


def examine_answer(answer: httpx.Response | str, installation: Installation) -> Iterator[Issue]:
    """Yield what is wrong with an answer that should be 200."""
    if isinstance(answer, str) and installation.is_local:
        yield Issue(f"no answer ({answer})", "start it: ./cabinet local")
    elif isinstance(answer, str):
        yield Issue(
            f"no answer ({answer})", "look at the name's DNS and certificate, and at CloudFront's state"
        )
    elif answer.status_code != 200:
        yield Issue(
            f"{answer.request.url.path} answers {answer.status_code}",
            "404 of the API alone: the functions and CloudFront differ in OriginToken (docs/runbook.md, "
            f"Rotating secrets); else {installation.redeploy()}",
        )


def examine_version(answer: httpx.Response | str, installation: Installation) -> Iterator[Issue]:
    """Yield a site that was built for another API than the one whose functions run."""
    found = installation.client("lambda").get_function_configuration(
        FunctionName=installation.names["QueriesFunction"],
        Qualifier=installation.template.tree["Globals"]["Function"]["AutoPublishAlias"],
    )
    api = found["Environment"]["Variables"].get("API_VERSION")
    site = answer.text.strip() if not isinstance(answer, str) and answer.status_code == 200 else None
    if not api or not site:
        which = "API" if not api else "site"
        yield Issue(f"the {which} does not say of which version it is", _both(installation))
    elif api != site:
        yield Issue(f"the API is of version {api}, the site was built for {site}", _both(installation))


def _both(installation: Installation) -> str:
    if installation.is_local:
        return "start the local stack anew: it builds and deploys both"
    return f"deploy both from one commit: ./cabinet deploy --stack {installation.stack}"
