"""The adjudicator's pages: decide a sentence on which coders differ, undo, see what was decided and by whom."""

from dataclasses import dataclass, replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from framing.annotation.stored import DECISION
from framing.web.answers import Answer
from framing.web.context import Sentence
from framing.web.desk import Desk, Queue
from framing.web.docket import Cases, Docket
from framing.web.forms import SENT_BEFORE, check_codebook, on_form, seconds_since, token_of
from framing.web.pages import ADJUDICATE, new_token, note, render
from framing.web.security import Form, Guard
from framing.web.verdict import decision_page, fingerprint, progress_of, unanswered

_CHANGED = "A coder has changed this answer since the page was shown: look at it again."


def adjudicating_routes(desk: Desk, guard: Guard) -> list[Route]:
    """Addresses below ``/adjudicate``; none without an adjudicator."""
    if desk.adjudicator is None:
        return []
    docket = Docket(desk.store)
    docket.cases()  # reads everything once, before a page is asked for
    pages = AdjudicatorPages(desk, guard, docket, desk.adjudicator)
    return [
        Route(ADJUDICATE, pages.resume),
        Route(f"{ADJUDICATE}/overview", pages.overview),
        Route(f"{ADJUDICATE}/undo", on_form(guard, pages.seat, pages.undo), methods=["POST"]),
        Route(f"{ADJUDICATE}/{{sentence}}", pages.show),
        Route(f"{ADJUDICATE}/{{sentence}}", on_form(guard, pages.seat, pages.save), methods=["POST"]),
    ]


@dataclass(frozen=True)
class AdjudicatorPages:
    """Handlers of the adjudicator's addresses."""

    desk: Desk
    guard: Guard
    docket: Docket
    name: str

    def resume(self, request: Request) -> Response:
        """Where the adjudicator left off."""
        self.seat(request)
        return self._go_on()

    def show(self, request: Request) -> Response:
        """A sentence with what its coders say."""
        self.seat(request)
        return self._page(request, said=note(request.query_params.get("note")))

    def save(self, request: Request, form: Form) -> Response:
        """Keep a decision and go on, or show the page again with what is wrong and all that was filled in."""
        self.seat(request)
        cases = self.docket.cases()
        sentence = self._sentence(request, self._queue(cases))
        answers = self.docket.answers(sentence.id)
        answer = Answer.of_form(form)
        if "take" in form:
            taken = [one for one in answers if fingerprint(one) == form["take"][-1]]
            if not taken:
                return self._page(request, answer=answer, form=form, problems=[_CHANGED])
            answer = replace(Answer.of_coding(taken[0]), unsure=False, comment=answer.comment)
        missing = [] if "take" in form else unanswered(self.desk.codebook, answers, answer, form)
        if problems := [*answer.problems(self.desk.codebook), *missing]:
            return self._page(request, answer=answer, form=form, problems=problems)
        decision = answer.coding(sentence.id, self.name, self.desk.codebook, seconds_since(form))
        if not self.desk.store.record(decision, token=token_of(form), seat=DECISION):
            kept = self.desk.store.answer(DECISION, sentence.id)
            if kept is None or Answer.of_coding(kept) != Answer.of_coding(decision):
                return self._page(request, answer=answer, form=form, problems=[SENT_BEFORE])
        return self._go_on(sentence, "saved")

    def undo(self, request: Request, form: Form) -> Response:
        """Take back the last decision, if it was the adjudicator's own, and show its sentence."""
        self.seat(request)
        undone = self.desk.store.undo(DECISION, token=token_of(form), coder=self.name)
        sentence = self.desk.sentences.get(undone or "")
        if sentence is None or sentence.key not in self._queue(self.docket.cases()).place:
            return self._go_on(said="undone" if undone else "nothing")
        return RedirectResponse(f"{ADJUDICATE}/{sentence.key}?note=undone", 303)

    def overview(self, request: Request) -> Response:
        """What was decided and by whom, what is left, and what to do next."""
        seat, desk, cases = self.seat(request), self.desk, self.docket.cases()
        queue, done = self._queue(cases), cases.done(desk.codebook.sha256)
        decided = [(one, cases.decisions[one.id]) for one in queue.sentences if one.id in cases.decisions]
        page = render(
            "decided",
            adjudicator=self.name,
            codebook=desk.codebook,
            progress=progress_of(desk, queue, done),
            note=note(request.query_params.get("note")),
            form_key=self.guard.form_key(seat),
            undo_token=new_token(),
            decided=decided,
            done=done,
            drawn=len(desk.ledger.rows),
            complete=desk.store.n_complete(),
            judges_own=self.name in desk.store.seats(),
            for_training=desk.for_training,
            folder=desk.folder_name,
        )
        return HTMLResponse(page)

    def seat(self, request: Request) -> str:
        """The adjudicator's seat.

        Raises
        ------
        HTTPException
            403 if the request is not the adjudicator's, 503 if the codebook was changed.
        """
        if not self.guard.admits(request, self.desk.judge):
            raise HTTPException(403, "This page belongs to the adjudicator. Open the link you were given.")
        check_codebook(self.desk)
        return self.desk.judge

    def _queue(self, cases: Cases) -> Queue:
        """All cases, open or decided, in an order that does not follow the articles."""
        found = (self.desk.sentences[one] for one in cases.disputed | cases.decisions.keys())
        return Queue(tuple(sorted(found, key=lambda sentence: sentence.key)))

    def _sentence(self, request: Request, queue: Queue) -> Sentence:
        at = queue.place.get(request.path_params["sentence"])
        if at is None:
            raise HTTPException(404, "On this sentence coders do not differ.")
        return queue.sentences[at]

    def _page(
        self,
        request: Request,
        *,
        said: str = "",
        answer: Answer | None = None,
        form: Form | None = None,
        problems: list[str] | None = None,
    ) -> Response:
        cases = self.docket.cases()
        queue = self._queue(cases)
        sentence = self._sentence(request, queue)
        page = decision_page(
            self.desk,
            queue,
            sentence,
            self.docket.answers(sentence.id),
            cases,
            form_key=self.guard.form_key(self.desk.judge),
            note=said,
            rejected=answer,
            form=form,
            problems=problems,
        )
        content = render("adjudicate", page=page, codebook=self.desk.codebook, blind=self.desk.blind)
        return HTMLResponse(content, 422 if problems else 200)

    def _go_on(self, after: Sentence | None = None, said: str = "") -> Response:
        """On to the next open case, or to the overview if there is none left."""
        cases = self.docket.cases()
        queue = self._queue(cases)
        behind = after if after and after.key in queue.place else None
        sentence = queue.next_open(cases.done(self.desk.codebook.sha256), behind)
        address = f"{ADJUDICATE}/{sentence.key if sentence else 'overview'}"
        return RedirectResponse(f"{address}?note={said}" if said else address, 303)
