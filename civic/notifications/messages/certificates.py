"""What somebody takes home is there: a certificate of attendance or a statement of hours."""

from __future__ import annotations

from datetime import timedelta

from civic.certificates.rules import rounded
from civic.certificates.types import CertificateKind
from civic.kernel.i18n import N_, _, format_hours
from civic.notifications.letters import Letter
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.types import Category

_DOCUMENTS = {
    CertificateKind.ATTENDANCE: N_("The certificate of attendance is ready."),
    CertificateKind.HOURS: N_("The document that states the hours is ready."),
}


class CertificateReady(SignupMessage):
    """The document can be downloaded, or a new one takes the place of one that no longer counts."""

    kind = "certificate_ready"
    category = Category.SIGNUP
    max_age = timedelta(days=7)

    def is_due(self) -> bool:
        """Whether the document is there and still counts."""
        certificate = self.facts.certificate
        return self.signup is not None and certificate is not None and certificate.revoked_at is None and certificate.is_made

    def subject(self) -> str:
        """Say what it is about; whose it is, the subject does not say."""
        return _("Hours and certificate: “%(title)s”", title=self.title)

    def letter(self) -> Letter:
        """How many hours, and where the document is."""
        certificate = self.facts.certificate
        kind = CertificateKind(certificate.kind)
        hours = format_hours(rounded(certificate.minutes))
        words = [
            self.own_or_guardian(
                _("You were at “%(title)s” for %(hours)s.", title=self.title, hours=hours),
                _("%(name)s was at “%(title)s” for %(hours)s.", name=self.name, title=self.title, hours=hours),
            ),
            _(_DOCUMENTS[kind]),
        ]
        if self.facts.payload.get("replaces"):
            words.append(_("It takes the place of an earlier one, which no longer counts."))
        return Letter(
            heading=_(kind.label),
            paragraphs=tuple(words),
            lines=(_("Number: %(number)s", number=f"{certificate.number}/{certificate.year}"),),
            button=self.see(_("See and download it")),
            notes=(_("It holds an address and a code with which a school can check that it is valid."),),
        )
