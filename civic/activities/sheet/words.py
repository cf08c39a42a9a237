"""The words people write in a season file, without accents and in small letters."""

from __future__ import annotations

from civic.activities.types import ActivityKind, EntryMode

HEADINGS: dict[str, tuple[str, ...]] = {
    "code": ("codice", "cod", "id", "codice attivita", "sigla", "code"),
    "organisation": (
        "organizzazione",
        "associazione",
        "ente",
        "ente organizzatore",
        "a cura di",
        "chi organizza",
        "organisation",
    ),
    "kind": ("tipo", "tipologia", "tipo attivita", "tipo di attivita", "categoria", "kind"),
    "title": ("titolo", "nome", "nome attivita", "titolo attivita", "attivita titolo", "attivita", "title"),
    "summary": ("descrizione breve", "breve descrizione", "in breve", "sintesi", "summary"),
    "description": ("descrizione", "descrizione lunga", "descrizione completa", "testo", "description"),
    "audience": ("per chi", "a chi", "a chi si rivolge", "destinatari", "rivolto a", "audience"),
    "ages": ("eta", "fascia di eta", "fascia eta", "eta anni", "ages"),
    "age_min": ("eta da", "da eta", "eta minima", "eta min", "dai anni", "age from"),
    "age_max": ("eta a", "a eta", "eta massima", "eta max", "fino a anni", "eta fino a", "age to"),
    "dates": ("date", "data", "quando", "giorni", "calendario", "date incontri", "date degli incontri", "dates"),
    "hours": ("orario", "orari", "ora", "ore", "dalle alle", "quando orario", "hours"),
    "place": ("luogo", "dove", "sede", "posto", "spazio", "place"),
    "capacity": (
        "posti",
        "numero posti",
        "n posti",
        "posti disponibili",
        "capienza",
        "massimo",
        "max",
        "posti massimo",
        "places",
    ),
    "minimum": ("minimo", "min", "minimo iscritti", "numero minimo", "posti minimo", "minimum"),
    "roles": ("ruoli", "ruolo", "ruoli volontari", "volontari", "ruoli e posti", "roles"),
    "scope": ("iscrizione per", "ci si iscrive a", "iscrizione a", "sign up for"),
    "signup_opens": ("iscrizioni dal", "iscrizione dal", "apertura iscrizioni", "iscrizioni da", "iscrizioni aperte dal"),
    "signup_closes": (
        "iscrizioni al",
        "iscrizione al",
        "chiusura iscrizioni",
        "iscrizioni entro",
        "iscrizioni fino al",
        "scadenza",
    ),
    "entry_mode": ("modalita", "modalita iscrizione", "modalita di iscrizione", "conferma", "entry mode"),
    "languages": ("lingue", "lingua", "lingue parlate", "languages"),
    "accessibility": ("accessibilita", "accessibile", "note accessibilita", "accessibility"),
    "action": ("azione", "azione pon metro", "azione pon", "azione del programma", "progetto", "action"),
    "facilitators": ("conduce", "chi conduce", "conducono", "conduttori", "educatori", "facilitatori", "facilitators"),
    "contact": ("contatto", "contatti", "referente", "per informazioni", "info", "contact"),
}

LABELS = {
    "code": "Codice",
    "kind": "Tipo",
    "title": "Titolo",
    "dates": "Date",
    "hours": "Orario",
    "place": "Luogo",
    "capacity": "Posti",
}
"""How a column is called in a sentence when the file does not have it."""

REQUIRED = ("code", "kind", "title", "dates", "place")

KINDS = {
    ActivityKind.WORKSHOP: ("laboratorio", "laboratori", "lab", "workshop"),
    ActivityKind.VOLUNTEERING: ("volontariato", "volontari", "turno", "turni", "turno di volontariato", "volunteering"),
    ActivityKind.TRAINING: ("formazione", "corso", "corso di formazione", "training"),
    ActivityKind.PUBLIC_EVENT: ("evento", "evento pubblico", "incontro pubblico", "festa", "spettacolo", "public event"),
}

ENTRY_MODES = {
    EntryMode.INSTANT: ("", "immediata", "immediato", "automatica", "subito", "diretta", "libera", "instant"),
    EntryMode.APPROVAL: ("su approvazione", "approvazione", "con approvazione", "da confermare", "con conferma", "approval"),
}

PER_MEETING = ("incontro", "ogni incontro", "singolo incontro", "turno", "ogni turno", "data", "giornata", "meeting")
PER_ACTIVITY = ("corso", "tutto il corso", "corso intero", "percorso", "tutto il percorso", "intero", "ciclo", "course")

LANGUAGES = {
    "it": ("it", "ita", "italiano"),
    "en": ("en", "eng", "inglese"),
    "fr": ("fr", "francese"),
    "es": ("es", "spagnolo"),
    "de": ("de", "tedesco"),
    "ar": ("ar", "arabo"),
    "ro": ("ro", "romeno", "rumeno"),
    "ur": ("ur", "urdu"),
    "bn": ("bn", "bengalese", "bangla"),
    "zh": ("zh", "cinese"),
    "uk": ("uk", "ucraino"),
    "ru": ("ru", "russo"),
    "sq": ("sq", "albanese"),
    "pa": ("pa", "punjabi"),
    "tl": ("tl", "tagalog", "filippino"),
    "pt": ("pt", "portoghese"),
    "lis": ("lis", "lingua dei segni", "lingua dei segni italiana"),
}

DEFAULT_ROLES = {
    ActivityKind.WORKSHOP: "partecipante",
    ActivityKind.TRAINING: "partecipante",
    ActivityKind.PUBLIC_EVENT: "partecipante",
    ActivityKind.VOLUNTEERING: "volontario",
}

WEEKDAYS = ("lun", "mar", "mer", "gio", "ven", "sab", "dom")
MONTHS = ("gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic")
