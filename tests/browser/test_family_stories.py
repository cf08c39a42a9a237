"""Families on a phone: two children at once, a parent who is telephoned, and who comes without anybody at home knowing."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import DESK
from tests.browser.test_stories import (
    an_adult_signs_up,
    choose,
    fill,
    organiser,  # noqa: F401
    press,
    press_details,
    reach,
    start,
)

MOTHER, OFFICER = "chiara@posta.example", "tutela@bologna.example"


def test_two_children_wait_together_and_one_answer_takes_both_places(visit, site, organiser):  # noqa: F811
    slug = organiser.post("Giocoleria in due", "workshop", days=20, roles=(("", 2, "whole"),), ages=(11, 99))
    others = [visit() for _ in range(2)]
    for page, name in zip(others, ("Uno", "Due"), strict=True):
        an_adult_signs_up(page, site, slug, name)
    mother = visit(MOTHER)
    mother.goto(f"/attivita/{slug}/iscrizione")
    press(mother, "Iscrivi più figli insieme")
    choose(mother, "Anna", "Leo", "Tutti o nessuno", "Sono un adulto", "Autorizzo ciascuno")
    press(mother, "Iscrivili")
    expect(mother.locator("main")).to_contain_text("Giocoleria in due")
    for page in others:
        press_details(page, "Non posso venire")
        press(page, "Sì, disdici")
    mail = site.mail(MOTHER, "liberato")
    assert "Anna" in mail.text and "Leo" in mail.text and "Una risposta vale per tutti" in mail.text
    mother.goto(site.path_in(mail, "/iscrizioni/"))
    expect(mother.locator("main")).to_contain_text("una risposta vale per tutti")
    press(mother, "Prendi il posto")
    expect(mother.locator("main .pass")).to_be_visible()
    mother.goto("/area-personale")
    assert mother.locator("main").get_by_role("link", name="Giocoleria in due").count() == 2


def test_two_children_with_the_keyboard_only(visit, site, organiser):  # noqa: F811
    slug = organiser.post("In due da tastiera", "workshop", roles=(("", 9, "whole"),), ages=(11, 19))
    page = visit(MOTHER, DESK)
    page.goto(f"/attivita/{slug}/iscrizione/insieme")
    for name in ("children", "all_or_none", "is_responsible", "authorises"):
        reach(page, f"input[name={name}]")
        page.keyboard.press("Space")
        if name == "children":
            page.keyboard.press("Tab")
            page.keyboard.press("Space")
    reach(page, "main form button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("qui vedi chi ha il posto")


def test_who_is_sixteen_comes_to_counselling_and_nothing_is_asked_at_home(visit, site, organiser):  # noqa: F811
    slug = organiser.post("Sportello Ascolto Zeta", "workshop", roles=(("", 5, "whole"),), ages=(12, 19))
    officer = visit(OFFICER)
    officer.goto("/amministrazione/tutela/ascolto?q=zeta")
    press(officer, "È ascolto")
    expect(officer.locator("body")).to_contain_text("segnata come ascolto")
    page = visit(java_script_enabled=False)
    start(page, slug, "Io", (1, 2, 2010))
    expect(page.locator("main")).to_contain_text("A casa non chiediamo")
    fill(page, given_name="Sole", family_name="Riva", email="sole.riva@posta.example")
    choose(page, "Ho letto come")
    page.locator("main form .btn-primary").click()
    page.goto(site.path_in(site.mail("sole.riva@posta.example", "Conferma"), "/conferma/"))
    press(page, "Sì, confermo")
    expect(page.locator("main .pass")).to_contain_text("Sole")
    organiser.open("Sportello Ascolto Zeta")
    expect(organiser.page.locator("main")).to_contain_text("a casa non lo sa nessuno")


def test_a_parent_leaves_a_number_and_the_desk_notes_the_call(visit, site, organiser):  # noqa: F811
    slug = organiser.post("Gita con telefonata", "workshop", roles=(("", 5, "whole"),), ages=(11, 19))
    desk = organiser.page
    organiser.open("Gita con telefonata")
    press(desk, "Cambia i testi")
    choose(desk, "Telefoniamo a chi dice sì")
    press(desk, "Salva")
    mother = visit(MOTHER)
    mother.goto(f"/attivita/{slug}/iscrizione")
    choose(mother, "Leo")
    press_details(mother, "Se iscrivi un figlio")
    choose(mother, "Sono un adulto", "Autorizzo mio figlio")
    if mother.locator("[name=phone]").count():
        fill(mother, phone="333 123 4567")
    press(mother, "Prendi il posto")
    expect(mother.locator("main .pass")).to_contain_text("Leo")
    organiser.open("Gita con telefonata")
    expect(desk.locator("main")).to_contain_text("da telefonare")
    press(desk, "La telefonata")
    choose(desk, "Conferma: il sì è suo")
    press(desk, "Segna la telefonata")
    expect(desk.locator("body")).to_contain_text("confermato al telefono")
    expect(desk.locator("main")).not_to_contain_text("da telefonare")
