"""A session with what goes on in its background: looking, predicting, comparing, jobs."""

from typing import Self

from studio.jobs import Jobs
from studio.looking import Comparing, Looking
from studio.pictures import PREDICTED
from studio.predicting import Predicting
from studio.session import Session
from studio.settings import StudioSettings
from studio.teach import Teach


class Work:
    """Begins with start(); close() ends it, and the session.

    Raises:
        InputError: as Session.
    """

    def __init__(self, settings: StudioSettings) -> None:
        self.session = Session(settings)
        self.looking = Looking(self.session)
        self.comparing = Comparing(self.session, self.looking.all)
        self.predicting = Predicting(self.session, self.looking.first)
        self.session.on_edited = self.comparing.add
        self.jobs = Jobs(self.session)
        self.teach = Teach(self.session, self.jobs)

    def start(self) -> None:
        """Begin the threads."""
        for picture in self.session.pictures.values():
            if picture.status == PREDICTED or picture.state.edit is not None:
                self.comparing.add(picture)
        self.looking.start()
        self.predicting.start()
        self.comparing.start()

    def close(self) -> None:
        """End the threads, when they are done with the picture they are at, and the session."""
        self.session.closing.set()
        self.jobs.close()
        self.looking.close()
        self.predicting.close()
        self.comparing.close()
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
