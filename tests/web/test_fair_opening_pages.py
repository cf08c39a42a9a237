"""The pages of a draw and of kept places, and that nothing on any page or in any mail tells who came by a referral."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import sqlalchemy as sa

from civic.activities.door_codes import code_of
from civic.activities.draw_order import print_of
from civic.activities.models import Activity, Signup
from civic.activities.services.drawing import draw
from civic.activities.types import EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.notifications.models import Notification
from civic.outbox import draining
from tests import factories as make
from tests.web.test_desk import WORDS, conduct, desk  # noqa: F401
from tests.web.test_signing_up_pages import details, one_signup, who

DRAW_AT = make.NOW + timedelta(days=7)


def drawing(**fields):
    with transaction():
        return make.published(**{"entry_mode": EntryMode.DRAW, "draw_at": DRAW_AT, "capacity": 1, **fields})


def hold(opening) -> None:
    with clock.frozen(DRAW_AT), transaction():
        draw(opening.id)


def test_the_desk_says_when_places_are_drawn_and_reads_beside_the_field_what_cannot_be(client, desk):  # noqa: F811
    page = f"{desk[2]}/attivita/nuova"
    refused = client.submit(page, {**WORDS, "entry_mode": "draw"})
    assert refused.status_code == 422 and "Scrivi quando si fa l&#39;estrazione" in refused.text
    late = client.submit(page, {**WORDS, "entry_mode": "draw", "draw_at": "2026-12-09T10:00"})
    assert "almeno 24 ore prima del primo incontro" in late.text and 'value="2026-12-09T10:00"' in late.text
    made = client.submit(page, {**WORDS, "entry_mode": "draw", "draw_at": "2026-12-01T18:00"}, follow_redirects=True)
    assert "I posti vanno a estrazione" in made.text
    conduct(desk)
    base = f"{desk[2]}/attivita/{session().scalar(sa.select(Activity.public_id))}"
    client.submit(f"{base}/pubblica")
    version = client.hidden(f"{base}/modifica", "version")
    words = {"title": "Laboratorio di radio", "languages": "it", "version": version}
    moved = client.submit(f"{base}/modifica", {**words, "entry_mode": "draw", "draw_at": "2026-11-30T18:00"})
    assert moved.status_code == 422 and "si può solo rimandare" in moved.text


def test_who_signs_up_reads_the_date_and_their_code_and_after_the_draw_where_they_stand(client, connection):
    activity, opening, _ = drawing()
    with transaction():
        person = make.account()
        make.signed_up(opening)
    client.sign_in(person)
    assert "Partecipa all&#39;estrazione" in client.get(f"/attivita/{activity.slug}").text
    form = f"/attivita/{activity.slug}/iscrizione"
    assert "non conta chi arriva prima" in client.get(form).text
    values = {"opening": opening.public_id, "person": str(person.id), "joins_queue": "y"}
    page = client.submit(form, values, follow_redirects=True).text
    code = re.search(r"<code>(\w{10})</code>", page)[1]
    assert "Partecipi all&#39;estrazione" in page and "Esci dall&#39;estrazione" in page
    assert "In estrazione" in client.get("/area-personale").text
    public = client.get(f"/attivita/{activity.slug}/estrazione").text
    assert print_of(activity.draw_seed) in public and activity.draw_seed not in public and code not in public
    hold(opening)
    public = client.get(f"/attivita/{activity.slug}/estrazione").text
    assert activity.draw_seed in public and code in public
    sheet = client.get(f"/attivita/{activity.slug}/estrazione/{opening.public_id}.csv")
    assert code in sheet.text and sheet.mimetype == "text/csv"
    states = set(session().scalars(sa.select(Signup.state)))
    assert states == {SignupState.CONFIRMED, SignupState.WAITING}


def test_without_a_draw_there_is_no_page_of_one_and_before_it_no_file(client, connection):
    with transaction():
        plain, _, _ = make.published()
    activity, opening, _ = drawing()
    assert client.get(f"/attivita/{plain.slug}/estrazione").status_code == 404
    assert client.get(f"/attivita/{activity.slug}/estrazione/{opening.public_id}.csv").status_code == 404


def test_a_newcomer_is_told_to_confirm_before_the_draw_and_a_child_that_it_takes_part(client, connection, new_visitor):
    activity, opening, _ = drawing()
    form = f"/attivita/{activity.slug}/iscrizione"
    for visitor, birth, typed, said in (
        (client, ("1", "6", "1990"), dict(family_name="Neri", email="ada@example.org", consent="y"), "prima dell&#39;estrazione"),
        (new_visitor(), ("1", "6", "2014"), {"guardian_email": "mamma@example.org"}, "Partecipi all&#39;estrazione"),
    ):
        second = visitor.submit(form, who(opening, birth))
        sent = visitor.post(form, data=details(second, given_name="Ada", **typed), follow_redirects=True)
        assert said in sent.text and one_signup().state is SignupState.REQUESTED


def reserve(client, desk, **fields):  # noqa: F811
    """Keep one of two places; return the activity, the opening and the page of the desk."""
    row, coordinator, base = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator), capacity=2, **fields)
    page = f"{base}/attivita/{activity.public_id}/riservati"
    values = {"opening": opening.public_id, "count": "50%", "reserved_until": "2026-11-30T18:00"}
    assert "riservati: 1, già usati: 0" in client.submit(page, values, follow_redirects=True).text
    return activity, opening, page


def way_in(client, page) -> str:
    shown = client.submit(page, {"service": "Scuole Besta", "reason": "Accordo"}, follow_redirects=True).text
    url = html.unescape(re.search(r"<code[^>]*>([^<]+)</code>", shown)[1])
    return url[url.index("/attivita") :]


def test_the_desk_keeps_places_and_makes_a_link_and_wrong_numbers_are_told_beside_the_field(client, desk, new_visitor):  # noqa: F811
    _, opening, page = reserve(client, desk)
    for wrong, said in (("tanti", "Scrivi un numero"), ("9", "I posti sono solo 2")):
        values = {"opening": opening.public_id, "count": wrong, "reserved_until": "2026-11-30T18:00"}
        refused = client.submit(page, values)
        assert refused.status_code == 422 and said in refused.text and f'value="{wrong}"' in refused.text
    assert "Scrivi quale servizio" in client.submit(page, {"service": "", "reason": "x"}).text
    path = way_in(client, page)
    visitor = new_visitor()
    second = visitor.submit(path, who(opening, ("1", "6", "1990")))
    typed = {"given_name": "Ada", "family_name": "Neri", "email": "ada@example.org", "consent": "y"}
    visitor.post(path, data=details(second, **typed))
    assert one_signup().is_referred and "Usato" in client.get(page).text
    assert "già stato usato" in visitor.get(path).text
    number = session().scalar(sa.text("SELECT id FROM referral"))
    assert "Ritirato" in client.submit(f"{page}/{number}/ritira", follow_redirects=True).text


def neutral(text: str, *names: object) -> str:
    """Return the page without what is anybody's own: names, ids, keys and addresses."""
    for name in names:
        text = text.replace(str(name), "*")
    own = r'(submit_key|csrf_token)" type="hidden" value="[^"]*"|(value|data-owner)="[^"]{16,}"|#\w{4}\b|>[0-9A-Z]{4}<'
    return re.sub(own, "", text)


def test_no_page_mail_or_list_tells_who_came_by_a_referral(client, desk, new_visitor):  # noqa: F811
    activity, opening, page = reserve(client, desk)
    path = way_in(client, page)
    pages, mails = [], []
    for where in (path, path.partition("?")[0]):
        with transaction():
            person = make.account(name="Ada")
        visitor = new_visitor()
        visitor.sign_in(person)
        visitor.submit(where, {"opening": opening.public_id, "person": str(person.id)})
        draining.drain()
        signup = one_signup()
        own = (signup.public_id, code_of(signup.public_id), person.family_name, person.public_id, person.email, f'"{person.id}"')
        seen = [visitor.get(f"/iscrizioni/{signup.public_id}").text, visitor.get("/area-personale").text]
        seen.append(visitor.get("/area-personale/messaggi").text)
        pages.append([neutral(one, *own) for one in seen])
        mails.append(set(session().execute(sa.select(Notification.kind).where(Notification.recipient_id == person.id)).scalars()))
        assert signup.state is SignupState.CONFIRMED
    assert pages[0] == pages[1] and mails[0] == mails[1]
    base = page.removesuffix("/riservati")
    for shared in (base, f"{base}/iscritti.csv", f"/attivita/{activity.slug}", "/laboratori"):
        assert not re.search("besta|referr|invito=|segnala", client.get(shared).text.casefold())


def test_a_kept_place_that_is_free_looks_taken_in_public(client, desk, new_visitor):  # noqa: F811
    activity, opening, _ = reserve(client, desk)
    visitor = new_visitor()
    assert "1 posto libero" in visitor.get(f"/attivita/{activity.slug}").text
    with transaction():
        make.signed_up(opening)
    assert "Lista d&#39;attesa" in visitor.get(f"/attivita/{activity.slug}").text
    assert activity.title not in visitor.get("/laboratori?posti=1").text
