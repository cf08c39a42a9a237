"""Registering an organisation, its people and initiatives in the desk, and what the administration does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.accounts.models import Link, Person
from civic.accounts.services import links
from civic.accounts.services.signing_in import grant_role
from civic.accounts.types import LinkPurpose
from civic.initiatives.models import Initiative
from civic.kernel.actor import SYSTEM, OrganisationRole, Role
from civic.kernel.db import session, transaction
from civic.organisations.models import Membership, Organisation
from civic.organisations.rules import control_digit
from civic.organisations.services.verifying import add_member
from civic.organisations.types import OrganisationState
from civic.programme.queries import list_actions
from civic.programme.services import seed_programme
from tests import factories as make

TAX_CODE = "9876543210" + str(control_digit("9876543210"))
FORM = {"name": "Banda Larga APS", "tax_code": TAX_CODE, "kind": "aps", "email": "ciao@bandalarga.example", "quartiere": ""}


@pytest.fixture
def owner(client, connection):
    """An organisation whose owner is signed in; return (organisation, owner)."""
    with transaction():
        row, _ = make.organisation()
        someone = make.account()
        add_member(row.id, someone.id, OrganisationRole.OWNER)
    client.sign_in(someone, with_second_factor=True)
    return row, someone


def staff(visitor, *roles: Role) -> Person:
    with transaction():
        someone = make.account()
        for role in roles:
            grant_role(SYSTEM, someone.id, role)
    visitor.sign_in(someone, with_second_factor=True)
    return someone


def token(purpose: LinkPurpose = LinkPurpose.INVITATION) -> str:
    return links.token_of(session().scalar(sa.select(Link.id).where(Link.purpose == purpose).order_by(Link.id.desc())))


def live_members(row: Organisation) -> int:
    where = (Membership.organisation_id == row.id, Membership.ended_at.is_(None))
    return session().scalar(sa.select(sa.func.count(Membership.id)).where(*where))


def test_who_is_signed_in_registers_an_organisation_once(client, connection):
    with transaction():
        someone = make.account()
    client.sign_in(someone)
    form = {**FORM, "submit_key": "b" * 16}
    answers = [client.submit("/organizzazioni/registra", form) for _ in range(2)]
    assert {answer.headers["Location"] for answer in answers} == {"/gestione/banda-larga-aps"}
    again = client.submit("/organizzazioni/registra", FORM)
    assert again.status_code == 422 and "tax_code-error" in again.text and 'value="Banda Larga APS"' in again.text


@pytest.mark.parametrize(
    "typed", [{"tax_code": "12345678901"}, {"name": ""}, {"kind": "x"}, {"email": "no"}, {"website": "javascript:1"}]
)
def test_a_wrong_registration_says_where_and_keeps_the_rest(client, connection, typed):
    with transaction():
        someone = make.account()
    client.sign_in(someone)
    answer = client.submit("/organizzazioni/registra", {**FORM, **typed})
    assert answer.status_code == 422 and f"{next(iter(typed))}-error" in answer.text


def test_an_invitation_is_accepted_by_who_received_it(client, owner, new_visitor):
    row, _ = owner
    with transaction():
        guest, stranger = make.account(), make.account()
    assert client.submit(f"/gestione/{row.slug}/persone", {"email": guest.email, "role": "facilitator"}).status_code == 302
    url = f"/invito/{token()}"
    visitor = new_visitor()
    assert row.name in visitor.get(url).text and "csrf_token" not in visitor.get(url).text
    visitor.sign_in(stranger)
    refused = visitor.submit(url)
    assert refused.status_code == 422 and "altro indirizzo" in refused.text
    visitor.sign_in(guest)
    assert live_members(row) == 2
    assert visitor.submit(url).headers["Location"] == f"/gestione/{row.slug}"
    assert live_members(row) == 3
    assert "accettato" in visitor.get(url).text


def test_opening_an_invitation_changes_nothing_and_a_wrong_one_is_not_there(client, owner):
    assert client.get("/invito/1-x").status_code == 404
    assert client.get("/invito/abc").status_code == 404


def test_roles_change_and_the_last_owner_stays(client, owner):
    row, someone = owner
    base = f"/gestione/{row.slug}/persone"
    client.submit(f"{base}/{someone.public_id}/ruolo", {"role": "coordinator"})
    assert "titolare" in client.get(base).text
    client.submit(f"/gestione/{row.slug}/lascia")
    assert live_members(row) == 2
    other = next(one for one in session().scalars(sa.select(Person)) if one.id != someone.id)
    client.submit(f"{base}/{other.public_id}/ruolo", {"role": "owner"})
    assert client.submit(f"/gestione/{row.slug}/lascia").headers["Location"] == "/"
    assert live_members(row) == 1


def test_a_coordinator_does_not_manage_people(client, connection):
    with transaction():
        row, coordinator = make.organisation()
    client.sign_in(session().get(Person, coordinator.person_id), with_second_factor=True)
    client.submit(f"/gestione/{row.slug}/persone", {"email": "x@example.org", "role": "owner"})
    assert session().scalar(sa.select(sa.func.count(Link.id))) == 0
    assert "Invita qualcuno" not in client.get(f"/gestione/{row.slug}/persone").text


def test_the_profile_is_changed_and_a_rejected_one_asks_again(client, owner, new_visitor):
    row, _ = owner
    url = f"/gestione/{row.slug}/organizzazione"
    assert 'value="' + row.name in client.get(url).text
    with transaction():
        session().execute(sa.update(Organisation).where(Organisation.id == row.id).values(state=OrganisationState.PENDING))
    officer = new_visitor()
    staff(officer, Role.OFFICER)
    page = f"/amministrazione/organizzazioni/{row.public_id}"
    assert row.name in officer.get("/amministrazione/organizzazioni").text
    assert officer.submit(page, {"reason": ""}).status_code == 422
    assert officer.submit(page, {"reason": "Codice sbagliato"}).status_code == 302
    assert "Codice sbagliato" in client.get(f"/gestione/{row.slug}").text
    assert client.submit(url, FORM).status_code == 302
    client.submit(f"{url}/richiedi")
    officer.submit(f"{page}/verifica")
    assert session().get(Organisation, row.id).state is OrganisationState.VERIFIED
    assert client.submit(url, {**FORM, "tax_code": "00488410010"}).status_code == 422


def test_the_administration_suspends_an_organisation_with_a_reason_and_lifts_it(client, owner, new_visitor):
    row, _ = owner
    officer = new_visitor()
    staff(officer, Role.OFFICER)
    page = f"/amministrazione/organizzazioni/{row.public_id}"
    assert "Sospendi" in officer.get(page).text
    assert officer.submit(f"{page}/sospendi", {"reason": ""}).status_code == 422
    assert officer.submit(f"{page}/sospendi", {"reason": "Documenti falsi"}).status_code == 302
    assert client.get(f"/organizzazioni/{row.slug}").status_code == 404
    today = client.get(f"/gestione/{row.slug}").text
    assert "Documenti falsi" in today and "chiedi di nuovo" not in today
    assert "Togli la sospensione" in officer.get(page).text
    assert officer.submit(f"{page}/verifica").status_code == 302
    assert client.get(f"/organizzazioni/{row.slug}").status_code == 404
    assert officer.submit(f"{page}/riattiva").status_code == 302
    assert client.get(f"/organizzazioni/{row.slug}").status_code == 200


def test_an_initiative_is_written_under_an_action_and_shown(client, owner, new_visitor):
    row, _ = owner
    with transaction():
        seed_programme(SYSTEM)
        action = list_actions()[0].slug
    base = f"/gestione/{row.slug}/iniziative"
    form = {"title": "Orti insieme", "action": action, "summary": "Terra e mani."}
    assert client.submit(f"{base}/nuova", form).status_code == 302
    found = session().scalar(sa.select(Initiative))
    assert found.published_at is None
    assert client.submit(f"{base}/{found.public_id}", {**form, "is_public": "y"}).status_code == 302
    assert new_visitor().get(f"/iniziative/{found.slug}").status_code == 200
    with transaction():
        other, _ = make.organisation()
        add_member(other.id, owner[1].id, OrganisationRole.OWNER)
    assert client.get(f"/gestione/{other.slug}/iniziative/{found.public_id}").status_code == 404


def test_the_administration_is_for_staff_with_the_second_factor(client, owner, new_visitor):
    for path in ("", "organizzazioni", "ruoli", "registro"):
        assert client.get(f"/amministrazione/{path}").status_code == 403
    officer = new_visitor()
    staff(officer, Role.OFFICER)
    for path in (
        "",
        "organizzazioni",
        "registro",
        "registro?persona=1&giorno=2026-11-23&azione=x",
        "organizzazioni?stato=verified",
    ):
        assert officer.get(f"/amministrazione/{path}").status_code == 200
    assert officer.get("/amministrazione/ruoli").status_code == 403


def test_a_small_group_is_not_counted_out(client, connection):
    staff(client, Role.OFFICER)
    with transaction():
        _, opening, _ = make.published(capacity=9)
        for _ in range(4):
            make.signed_up(opening)
    assert "meno di 5" in client.get("/amministrazione/").text


def test_a_platform_administrator_gives_and_takes_roles(client, connection):
    boss = staff(client, Role.PLATFORM_ADMINISTRATOR)
    with transaction():
        colleague = make.account()
    assert client.submit("/amministrazione/ruoli", {"email": "nessuno@example.org", "role": "officer"}).status_code == 422
    assert client.submit("/amministrazione/ruoli", {"email": colleague.email, "role": "officer"}).status_code == 302
    assert colleague.full_name in client.get("/amministrazione/ruoli").text
    client.submit("/amministrazione/ruoli/togli", {"person": colleague.public_id, "role": "officer"})
    client.submit("/amministrazione/ruoli/togli", {"person": boss.public_id, "role": "platform_administrator"})
    text = client.get("/amministrazione/ruoli").text
    assert colleague.full_name not in text and boss.full_name in text


def test_the_audit_shows_numbers_and_no_names(client, connection):
    staff(client, Role.OFFICER)
    with transaction():
        activity, _, coordinator = make.published()
    text = client.get(f"/amministrazione/registro?cosa=activity&numero={activity.id}").text
    assert "publish_activity" in text and coordinator.name not in text
