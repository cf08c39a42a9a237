import base64

import pytest

from config import ConfigError, load

KEY = base64.b64encode(bytes(range(32))).decode()


def settings(**changes) -> dict[str, str]:
    values = {
        "ENVIRONMENT": "development",
        "SECRET_KEY": "s" * 32,
        "FIELD_KEY": KEY,
        "DATABASE_URL": "postgresql://civic:pw@db.example.org/civic",
        "REDIS_URL": "redis://redis.example.org:6379/0",
        "SMTP_URL": "smtp://127.0.0.1:1025",
        "BASE_URL": "https://site.example.org",
        "MAIL_FROM": "Bologna <no-reply@example.org>",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def test_what_is_well_formed_is_read_with_its_defaults():
    config = load(settings())
    assert config.DATABASE_URL == "postgresql+psycopg://civic:pw@db.example.org/civic"
    assert config.FIELD_KEY == bytes(range(32))
    assert config.TRUSTED_HOSTS == ("site.example.org",)
    assert config.MAIL_DOMAIN == "example.org"
    assert config.MAX_CONTENT_LENGTH == 5 * 1024 * 1024
    assert (config.PROXY_HOPS, config.CLOCK_SHIFT, config.is_https) == (0, 0, True)


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEY", "DATABASE_URL", "REDIS_URL", "SMTP_URL", "BASE_URL", "MAIL_FROM"])
def test_a_missing_setting_stops_the_start_with_its_name(name):
    with pytest.raises(ConfigError, match=f"{name} is missing: it must"):
        load(settings(**{name: None}))


@pytest.mark.parametrize(
    "name, value",
    [
        ("ENVIRONMENT", "staging"),
        ("SECRET_KEY", "short"),
        ("FIELD_KEY", "AAAA"),
        ("FIELD_KEY", "not base64!"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "postgresql://"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "unix:relative"),
        ("SMTP_URL", "mail.example.org"),
        ("SMTP_URL", "smtp://host:port"),
        ("BASE_URL", "site.example.org"),
        ("BASE_URL", "https://site.example.org/path"),
        ("TRUSTED_HOSTS", "https://site.example.org"),
        ("PROXY_HOPS", "-1"),
        ("PROXY_HOPS", "one"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_DOMAIN_CAPS", "outlook.com"),
        ("MAIL_DOMAIN_CAPS", "outlook.com=0"),
        ("METRICS_TOKEN", "short"),
        ("MAIL_DKIM_KEY", "/nowhere/key.pem"),
        ("MAIL_DKIM_KEY", "/etc/hostname"),
        ("MAIL_BOUNCE_ADDRESS", "nobody"),
        ("MAIL_BOUNCE_ADDRESS", "much-too-long-a-name@example.org"),
        ("MAX_CONTENT_LENGTH", "5MB"),
        ("CLOCK_SHIFT", "tomorrow"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_malformed_setting_stops_the_start_with_its_name(name, value):
    with pytest.raises(ConfigError, match=f"^{name} is malformed: it "):
        load(settings(**{name: value}))


def test_every_problem_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        load({})
    assert len(caught.value.problems) == 7


def test_a_shifted_clock_is_refused_in_production():
    assert load(settings(CLOCK_SHIFT="-3600")).CLOCK_SHIFT == -3600
    with pytest.raises(ConfigError, match="CLOCK_SHIFT"):
        load(settings(ENVIRONMENT="production", CLOCK_SHIFT="60"))


def test_production_needs_https_except_on_this_machine():
    with pytest.raises(ConfigError, match="BASE_URL"):
        load(settings(ENVIRONMENT="production", BASE_URL="http://site.example.org"))
    assert not load(settings(ENVIRONMENT="production", BASE_URL="http://127.0.0.1:8000")).is_https


def test_without_a_word_the_site_is_in_production():
    assert load(settings(ENVIRONMENT=None)).is_production


def test_a_password_never_goes_to_a_mail_server_in_clear():
    with pytest.raises(ConfigError, match="SMTP_URL is malformed: it would send the password in clear"):
        load(settings(SMTP_URL="smtp://user:pw@mail.example.org:25"))


def test_the_mail_server_is_read_from_its_address():
    server = load(settings(SMTP_URL="smtp://us%40er:p%2Fw@mail.example.org:587")).smtp
    assert (server.user, server.password, server.port, server.is_starttls, server.is_tls) == ("us@er", "p/w", 587, True, False)
    server = load(settings(SMTP_URL="smtps://mail.example.org")).smtp
    assert (server.user, server.port, server.is_starttls, server.is_tls) == (None, 465, False, True)


def test_a_socket_of_redis_is_named_as_each_library_wants_it():
    config = load(settings(REDIS_URL="unix:///run/valkey.sock?db=2"))
    assert config.broker_url == "redis+socket:///run/valkey.sock?virtual_host=2"
    assert config.limiter_url == "redis+unix:///run/valkey.sock?db=2"


def test_secrets_do_not_show_when_the_settings_are_printed():
    shown = repr(load(settings())) + repr(load(settings(SMTP_URL="smtps://user:geheim@host")).smtp)
    assert not any(secret in shown for secret in ("ssss", "pw@db", "redis.example", "geheim"))
