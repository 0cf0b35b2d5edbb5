"""The page as HTML: nothing in it leads outside, and no name becomes markup."""

from tests.support.pages import EVIL, parsed, payload, references


def test_no_reference_leads_out_of_the_file(html: str) -> None:
    found = list(references(html))
    assert len(found) > 5
    assert [address for address in found if not address.startswith(("#", "data:"))] == []


def test_the_policy_lets_nothing_load_and_only_our_own_script_run(html: str) -> None:
    (policy,) = [a["content"] or "" for tag, a in parsed(html).tags if a.get("http-equiv")]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "connect-src" not in policy


def test_a_name_that_is_markup_stays_text(html: str) -> None:
    page = parsed(html)
    assert {
        attributes["src"][:11] for tag, attributes in page.tags if tag == "img" and attributes["src"]
    } == {"data:image/"}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert any(EVIL in text for texts in page.texts.values() for text in texts)
    assert EVIL in {machine["machine"] for machine in payload(page)["machines"]}
