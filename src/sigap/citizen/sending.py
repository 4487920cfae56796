"""A citizen's report from the form to the queue. Called by `citizen.api`."""

from dataclasses import dataclass

from sigap.citizen.counter import Counter
from sigap.citizen.emergency_words import sounds_urgent
from sigap.city.models import Category
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.photos import store_photo
from sigap.core.refusals import Invalid
from sigap.core.unit_of_work import unit_of_work
from sigap.intake.models import Report
from sigap.intake.reports import NewReport, accept_report

URGENT_PRIORITY = 1


@dataclass(frozen=True, slots=True)
class Sent:
    """What the citizen sent. `photo`: the bytes as they came."""

    category: str
    place: LatLon
    text: str
    place_text: str = ""
    name: str = ""
    phone: str = ""
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The kept report; `urgent`: its words ask for 112."""

    report: Report
    category: Category
    urgent: bool


def send_report(actor: Actor, counter: Counter, sent: Sent) -> Accepted:
    """Keep a report. Words that sound like an emergency raise it to the top of the queue.

    Raises Invalid (category, place, photo, nothing said), TooLarge (photo).
    """
    if not sent.text.strip() and sent.photo is None:
        raise Invalid("nothing_said", "Add a photo or write what is wrong.", fields=["text"])
    city, category = counter.city, counter.category(sent.category)
    with unit_of_work(actor, city.pk):
        urgent = sounds_urgent(sent.text)
        photo = None if sent.photo is None else store_photo(city.pk, sent.photo)
        report = accept_report(
            actor,
            NewReport(
                city=city,
                category=category,
                place=sent.place,
                text=sent.text,
                place_text=sent.place_text,
                photo=photo,
                reporter_name=sent.name,
                reporter_phone=sent.phone,
                priority=URGENT_PRIORITY if urgent else None,
            ),
        )
        return Accepted(report=report, category=category, urgent=urgent)
