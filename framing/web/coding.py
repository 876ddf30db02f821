"""The coders' pages: code a sentence, undo, see what is left."""

from collections.abc import Callable
from dataclasses import dataclass
from time import time

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from framing.web.answers import Answer
from framing.web.context import Sentence
from framing.web.desk import Desk
from framing.web.pages import coding_page, new_token, note, place, render
from framing.web.security import Form, Guard

_SENT_BEFORE = (
    "This form was sent before with another answer, which is kept. Yours is below: save it to replace that one."
)


def coding_routes(desk: Desk, guard: Guard) -> list[Route]:
    """Addresses below ``/code``; each names its coder."""
    pages = CoderPages(desk, guard)
    return [
        Route("/code/{coder}", pages.resume),
        Route("/code/{coder}/overview", pages.overview),
        Route("/code/{coder}/undo", _on_form(pages, pages.undo), methods=["POST"]),
        Route("/code/{coder}/{sentence}", pages.show),
        Route("/code/{coder}/{sentence}", _on_form(pages, pages.save), methods=["POST"]),
    ]


@dataclass(frozen=True)
class CoderPages:
    """Handlers of the coders' addresses."""

    desk: Desk
    guard: Guard

    def resume(self, request: Request) -> Response:
        """Where the coder left off."""
        coder = self.coder(request)
        return self._go_on(coder, self.desk.queues[coder].next_open(self.desk.store.coded(coder)))

    def show(self, request: Request) -> Response:
        """A sentence with its form."""
        coder = self.coder(request)
        return self._page(coder, self._sentence(request, coder), said=note(request.query_params.get("note")))

    def save(self, request: Request, form: Form) -> Response:
        """Keep an answer and go on, or show the page again with what is wrong and all that was filled in."""
        coder = self.coder(request)
        sentence = self._sentence(request, coder)
        answer = Answer.of_form(form)
        if problems := answer.problems(self.desk.codebook):
            return self._page(coder, sentence, answer=answer, problems=problems)
        coding = answer.coding(sentence.id, coder, self.desk.codebook, _seconds_since(form))
        if not self.desk.store.record(coding, token=_token(form)):
            kept = self.desk.store.answer(coder, sentence.id)
            if kept is None or Answer.of_coding(kept) != Answer.of_coding(coding):
                return self._page(coder, sentence, answer=answer, problems=[_SENT_BEFORE])
        queue = self.desk.queues[coder]
        return self._go_on(coder, queue.next_open(self.desk.store.coded(coder), sentence), "saved")

    def undo(self, request: Request, form: Form) -> Response:
        """Take back the coder's last change and show its sentence."""
        coder = self.coder(request)
        undone = self.desk.store.undo(coder, token=_token(form))
        queue = self.desk.queues[coder]
        sentence = self.desk.sentences.get(undone or "")
        if sentence is None or sentence.key not in queue.place:
            return self._go_on(coder, queue.next_open(self.desk.store.coded(coder)), "nothing")
        return self._go_on(coder, sentence, "undone")

    def overview(self, request: Request) -> Response:
        """How far everything is, and what to do next."""
        coder, desk = self.coder(request), self.desk
        coded, disputed = desk.store.tally()
        purposes = {row["purpose"] for row in desk.ledger.rows.values()}
        page = render(
            "overview",
            coder=coder,
            codebook=desk.codebook,
            progress=desk.progress(coder, desk.store.coded(coder)),
            note=note(request.query_params.get("note")),
            form_key=self.guard.form_key(coder),
            undo_token=new_token(),
            drawn=len(desk.ledger.rows),
            coded=coded,
            disputed=disputed,
            several=len(desk.store.coders()) > 1,
            for_training=purposes == {"training"},
            folder=desk.ledger.folder.name,
        )
        return HTMLResponse(page)

    def coder(self, request: Request) -> str:
        """The coder whose address it is.

        Raises
        ------
        HTTPException
            403 if the request is not theirs, 404 if there is no such coder.
        """
        coder: str = request.path_params["coder"]
        if not self.guard.admits(request, coder):
            raise HTTPException(403, "This page belongs to a coder. Open the link you were given.")
        if coder not in self.desk.queues:
            raise HTTPException(404, "There is no such coder.")
        return coder

    def _sentence(self, request: Request, coder: str) -> Sentence:
        queue = self.desk.queues[coder]
        at = queue.place.get(request.path_params["sentence"])
        if at is None:
            raise HTTPException(404, "This sentence is not among yours.")
        return queue.sentences[at]

    def _page(
        self,
        coder: str,
        sentence: Sentence,
        *,
        said: str = "",
        answer: Answer | None = None,
        problems: list[str] | None = None,
    ) -> Response:
        page = coding_page(
            self.desk,
            coder,
            sentence,
            form_key=self.guard.form_key(coder),
            note=said,
            rejected=answer,
            problems=problems,
        )
        content = render("code", page=page, codebook=self.desk.codebook, blind=self.desk.blind)
        return HTMLResponse(content, 422 if problems else 200)

    def _go_on(self, coder: str, sentence: Sentence | None, said: str = "") -> Response:
        """On to a sentence, or to the overview if there is none left."""
        address = place(coder, sentence) if sentence else f"{place(coder)}/overview"
        return RedirectResponse(f"{address}?note={said}" if said else address, 303)


def _on_form(pages: CoderPages, handle: Callable[[Request, Form], Response]) -> Callable[[Request], object]:
    """Read and check the form, then handle it in a thread, as the database waits for the disk."""

    async def endpoint(request: Request) -> Response:
        form = await pages.guard.form(request, pages.coder(request))
        return await run_in_threadpool(handle, request, form)

    return endpoint


def _token(form: Form) -> str:
    token = form.get("token", [""])[-1]
    if not (len(token) == 32 and token.isalnum()):
        raise HTTPException(400, "This is not a form of these pages. Nothing was saved.")
    return token


def _seconds_since(form: Form) -> float | None:
    """Seconds since the form was shown, None if the form does not say when."""
    try:
        return max(0.0, round(time() - float(form["shown"][-1]), 1))
    except (KeyError, ValueError, OverflowError):
        return None
