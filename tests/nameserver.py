"""A real DNS server for tests: answers over UDP what it is told, and NXDOMAIN for everything else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@contextmanager
def nameserver(records: Mapping[tuple[str, str], list[str]]) -> Iterator[str]:
    """Answer with `records`, (name, type) -> texts, as long as the block runs; yield address:port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(listener, records), daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.sendto(b"", listener.getsockname())
        thread.join(5)


def _serve(listener: socket.socket, records: Mapping[tuple[str, str], list[str]]) -> None:
    while True:
        asked, sender = listener.recvfrom(4096)
        if not asked:
            return
        listener.sendto(_answer(dns.message.from_wire(asked), records).to_wire(), sender)


def _answer(query: dns.message.Message, records: Mapping[tuple[str, str], list[str]]) -> dns.message.Message:
    question = query.question[0]
    name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    if not any(known == name for known, _kind in records):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    texts = records.get((name, kind), [])
    if texts:
        values = [_quoted(text) if kind == "TXT" else text for text in texts]
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
    return answer


def _quoted(text: str) -> str:
    """Return a text as a TXT record holds it: in pieces of at most 255 bytes."""
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
