"""Secrets differ between labs, are the same within one, and are masked."""

from topologies.lab.credentials import Secrets


def test_any_name_has_one() -> None:
    secrets = Secrets()
    assert len(secrets["stats"]) == 20
    assert secrets["stats"].isalnum()
    assert secrets["stats"] == secrets["stats"] != secrets["vrrp"]
    assert list(secrets) == ["stats", "vrrp"]
    assert Secrets()["stats"] != secrets["stats"]


def test_other_process_sees_the_same() -> None:
    secrets = Secrets()
    assert Secrets(secrets.key)["stats"] == secrets["stats"]


def test_masked_everywhere() -> None:
    secrets = Secrets(names=["stats"])
    again = Secrets(secrets.key, secrets)
    text = (
        f"user x {secrets['stats']};-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\nrest"
    )
    masked = again.masked(text)
    assert masked.startswith("user x <secret stats>;-----BEGIN EC PRIVATE KEY----- <secret>")
    assert "MHc" not in masked
    assert masked.endswith("rest")


def test_key_that_was_cut_off_is_masked_too() -> None:
    assert "MHc" not in Secrets().masked("-----BEGIN PRIVATE KEY-----\nMHc")


def test_representation_tells_nothing() -> None:
    secrets = Secrets(names=["stats"])
    assert repr(secrets) == "Secrets(stats)"
