"""The coders' pages: code a sentence, undo, see what is left."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from framing.web.answers import Answer
from framing.web.context import Sentence
from framing.web.desk import Desk, Queue, Work
from framing.web.forms import SENT_BEFORE, check_codebook, on_form, seconds_since, token_of
from framing.web.pages import coding_page, new_token, note, place, render
from framing.web.security import Form, Guard


def coding_routes(desk: Desk, guard: Guard) -> list[Route]:
    """Addresses below ``/code``; each names its coder."""
    pages = CoderPages(desk, guard)
    return [
        Route("/code/{coder}", pages.resume),
        Route("/code/{coder}/overview", pages.overview),
        Route("/code/{coder}/undo", on_form(guard, pages.coder, pages.undo), methods=["POST"]),
        Route("/code/{coder}/{sentence}", pages.show),
        Route("/code/{coder}/{sentence}", on_form(guard, pages.coder, pages.save), methods=["POST"]),
    ]


@dataclass(frozen=True)
class CoderPages:
    """Handlers of the coders' addresses."""

    desk: Desk
    guard: Guard

    def resume(self, request: Request) -> Response:
        """Where the coder left off."""
        coder = self.coder(request)
        return self._go_on(coder, self.desk.work(coder).next_open())

    def show(self, request: Request) -> Response:
        """A sentence with its form."""
        work = self.desk.work(self.coder(request))
        return self._page(work, _sentence(request, work.queue), said=note(request.query_params.get("note")))

    def save(self, request: Request, form: Form) -> Response:
        """Keep an answer and go on, or show the page again with what is wrong and all that was filled in."""
        coder = self.coder(request)
        sentence = _sentence(request, self.desk.queues[coder])
        answer, book = Answer.of_form(form), self.desk.codebook
        if problems := [*answer.problems(book), *answer.unsaid(book)]:
            return self._page(self.desk.work(coder), sentence, answer=answer, problems=problems)
        coding = answer.coding(sentence.id, coder, book, seconds_since(form))
        if not self.desk.store.record(coding, token=token_of(form)):
            kept = self.desk.store.answer(coder, sentence.id)
            if kept is None or Answer.of_coding(kept) != Answer.of_coding(coding):
                return self._page(self.desk.work(coder), sentence, answer=answer, problems=[SENT_BEFORE])
        return self._go_on(coder, self.desk.work(coder).next_open(sentence), "saved")

    def undo(self, request: Request, form: Form) -> Response:
        """Take back the coder's last change and show its sentence."""
        coder = self.coder(request)
        undone = self.desk.store.undo(coder, token=token_of(form))
        work, sentence = self.desk.work(coder), self.desk.sentences.get(undone or "")
        if sentence is None or sentence.key not in work.queue.place:
            return self._go_on(coder, work.next_open(), "nothing")
        return self._go_on(coder, sentence, "undone")

    def overview(self, request: Request) -> Response:
        """How far everything is, and what to code next.

        How many sentences are disputed is not said before all are coded: it would tell a coder, who can try one
        answer after another, what the others say.
        """
        coder, desk = self.coder(request), self.desk
        drawn, (coded, disputed) = len(desk.ledger.rows), desk.store.tally()
        page = render(
            "overview",
            coder=coder,
            codebook=desk.codebook,
            progress=desk.progress(desk.work(coder)),
            note=note(request.query_params.get("note")),
            form_key=self.guard.form_key(coder),
            undo_token=new_token(),
            drawn=drawn,
            coded=coded,
            disputed=disputed if desk.store.n_complete() == drawn else None,
            several=len(desk.store.coders()) > 1,
            for_training=desk.for_training,
            folder=desk.folder_name,
            judges=desk.adjudicator == coder and self.guard.admits(request, desk.judge),
        )
        return HTMLResponse(page)

    def coder(self, request: Request) -> str:
        """The coder whose address it is.

        Raises
        ------
        HTTPException
            403 if the request is not theirs, 404 if there is no such coder, 503 if the codebook was changed.
        """
        coder: str = request.path_params["coder"]
        if not self.guard.admits(request, coder):
            raise HTTPException(403, "This page belongs to a coder. Open the link you were given.")
        if coder not in self.desk.queues:
            raise HTTPException(404, "There is no such coder.")
        check_codebook(self.desk)
        return coder

    def _page(
        self,
        work: Work,
        sentence: Sentence,
        *,
        said: str = "",
        answer: Answer | None = None,
        problems: list[str] | None = None,
    ) -> Response:
        page = coding_page(
            self.desk,
            work,
            sentence,
            form_key=self.guard.form_key(work.coder),
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


def _sentence(request: Request, queue: Queue) -> Sentence:
    at = queue.place.get(request.path_params["sentence"])
    if at is None:
        raise HTTPException(404, "This sentence is not among yours, or was given to somebody else. Nothing was saved.")
    return queue.sentences[at]
