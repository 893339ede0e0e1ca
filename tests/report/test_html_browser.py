"""The HTML report in a real browser: every view, filter and key, in both themes, without a request to anybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import MISSING, PROGRAM, Window, chromium, opened
from playwright.sync_api import Browser, Page
from report_runs import AUTH, HOSTILE, SEQUENCE, earlier, judged, large, replay

from harness.report.html import write

pytestmark = [pytest.mark.browser, pytest.mark.skipif(PROGRAM is None, reason=MISSING)]

FAINT = Path(__file__).with_name("faint.js").read_text()
UNNAMED = Path(__file__).with_name("unnamed.js").read_text()
PLACES = (
    "#overview",
    "#cases",
    "#case/auth/by_alias",
    "#case/loops/six",
    "#case/http/known",
    "#latency",
    "#coverage",
    "#trend",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = replay()
    path = tmp_path_factory.mktemp("html") / "report.html"
    with path.open("w", encoding="utf-8") as out:
        write(judged(run, *earlier(run)), out)
    return path


@pytest.fixture
def window(browser: Browser, file: Path) -> Iterator[Window]:
    """The report; whatever a test does with it, it must not complain and must not ask for anything."""
    with opened(browser, file) as one:
        yield one
        assert (one.complaints, one.requests) == ([], [])


def seen(page: Page) -> list[str]:
    """The views that are shown."""
    return [(one.get_attribute("id") or "").removeprefix("view-") for one in page.locator(".view:visible").all()]


def listed(page: Page) -> list[str]:
    """The cases that the matrix shows."""
    return [row.get_attribute("data-id") or "" for row in page.locator(".matrix tbody tr:visible").all()]


def test_the_first_screen_names_both_causes_without_scrolling(window: Window) -> None:
    page = window.page
    assert seen(page) == ["overview"]
    assert page.title().startswith("Not good enough")
    for text in (AUTH, SEQUENCE):
        box = page.locator(".cause .fingerprint", has_text=text).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 800


@pytest.mark.parametrize("place", PLACES)
def test_every_place_can_be_linked_to(browser: Browser, file: Path, place: str) -> None:
    with opened(browser, file, place) as window:
        window.settle()
        name = place[1:].partition("/")[0]
        assert seen(window.page) == [name]
        here = [one.get_attribute("data-view") for one in window.page.locator("nav [aria-current]").all()]
        assert here == ["cases" if name == "case" else name]
        assert window.page.locator("h1:visible").count() == 1
        assert (window.complaints, window.requests) == ([], [])


@pytest.mark.parametrize("part", ["why", "timeline", "life", "log", "playbook"])
def test_a_part_of_a_page_can_be_linked_to(browser: Browser, file: Path, part: str) -> None:
    with opened(browser, file, f"#case/auth/by_alias?at={part}") as window:
        window.page.wait_for_function("part => document.activeElement.id === part", arg=part)
        window.page.wait_for_function(f"() => document.querySelector('#{part}').getBoundingClientRect().top < 700")


def test_a_link_to_a_case_that_is_not_there_says_so(window: Window) -> None:
    window.page.evaluate("location.hash = '#case/no/such'")
    window.page.get_by_text("This report has no case no/such.").wait_for()


def test_back_leads_back(window: Window) -> None:
    window.page.locator("#view-overview .cause .size").first.click()
    window.page.locator(".matrix a", has_text="auth/by_alias").click()
    window.settle()
    window.page.go_back()
    window.settle()
    assert listed(window.page) == ["auth/by_alias", "auth/second", "auth/third"]
    window.page.go_back()
    window.settle()
    assert seen(window.page) == ["overview"]


def test_a_cause_leads_to_its_cases(window: Window) -> None:
    window.page.locator("#view-overview .cause .size").first.click()
    window.settle()
    assert listed(window.page) == ["auth/by_alias", "auth/second", "auth/third"]
    assert window.page.locator("#matched").inner_text() == f"3 of {len(replay().pairs)} cases"


def test_search_looks_at_names_causes_kinds_and_ends(window: Window) -> None:
    page = window.go("#cases")
    for text, cases in (
        ("retry", ["retry/visits", "sequence/retry"]),
        ("AUTHCONFIG third", ["auth/third"]),
        ("zombie postgres", ["auth/by_alias", "auth/second", "auth/third"]),
        ("nothing like this", []),
    ):
        page.locator("[name=q]").fill(text)
        assert listed(page) == cases
    assert page.get_by_text("No case matches.").is_visible()
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function("() => document.querySelector('#matched').textContent.indexOf(' of ') < 0")
    assert len(listed(page)) == len(replay().pairs)


def test_filters_combine_and_stand_in_the_address(browser: Browser, file: Path, window: Window) -> None:
    page = window.go("#cases")
    page.locator("[name=state]").select_option("look")
    page.locator("[name=area]").select_option("sequence")
    page.locator("[name=q]").fill("jump")
    assert listed(page) == ["sequence/jump"]
    with opened(browser, file, page.evaluate("location.hash")) as other:
        assert listed(other.page) == ["sequence/jump"]
        assert other.page.locator("[name=area]").input_value() == "sequence"


def test_everything_works_by_keyboard(window: Window) -> None:
    page = window.page
    page.keyboard.press("/")
    page.keyboard.type("auth")
    assert listed(page) == ["auth/by_alias", "auth/second", "auth/third"]
    page.keyboard.press("Escape")
    for key, case in (("n", "auth/by_alias"), ("n", "auth/second"), ("p", "auth/by_alias")):
        page.keyboard.press(key)
        page.wait_for_function("name => document.querySelector('#case-title')?.textContent === name", arg=case)
        window.settle()
    assert page.evaluate("document.activeElement.id") == "case-title"
    for key, view in (("o", "overview"), ("c", "cases"), ("t", "trend")):
        page.keyboard.press(key)
        window.settle()
        assert seen(page) == [view]
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


def test_the_first_key_skips_to_the_content(window: Window) -> None:
    window.page.keyboard.press("Tab")
    assert window.page.evaluate("document.activeElement.textContent") == "Skip to the content"


def test_the_command_is_copied_or_selected(window: Window) -> None:
    page = window.go("#case/auth/by_alias")
    button = page.locator("[data-copy]")
    button.click()
    page.wait_for_function("() => /Copied|Selected/.test(document.querySelector('[data-copy]').textContent)")


def test_both_themes_follow_the_system_and_the_button(browser: Browser, file: Path) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, file, color_scheme="dark") as dark, opened(browser, file, color_scheme="light") as light:
        colours = (dark.page.evaluate(paper), light.page.evaluate(paper))
        assert colours[0] != colours[1]
        for _ in range(2):
            light.page.locator("#theme").click()
        assert light.page.locator("#theme").inner_text() == "Theme: dark"
        assert light.page.evaluate(paper) == colours[0]
        assert light.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_has_enough_contrast(browser: Browser, file: Path, theme: str) -> None:
    with opened(browser, file, color_scheme=theme) as window:
        for place in PLACES:
            window.go(place)
            assert window.page.evaluate(FAINT) == [], place


def test_a_screen_reader_finds_landmarks_headings_names_and_tables(window: Window) -> None:
    for place in PLACES:
        window.go(place)
        assert window.page.evaluate(UNNAMED) == [], place
    assert window.page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("width", [1280, 800, 400])
def test_nothing_runs_out_of_the_page(browser: Browser, file: Path, width: int) -> None:
    with opened(browser, file, viewport={"width": width, "height": 800}) as window:
        for place in PLACES:
            window.go(place)
            assert window.page.evaluate("document.documentElement.scrollWidth") <= width, place


def test_hostile_text_stays_text(window: Window) -> None:
    page = window.go("#cases")
    page.locator(".matrix a", has_text=HOSTILE).click()
    window.settle()
    assert page.locator("#case-title").inner_text() == HOSTILE
    assert page.locator("main img").count() == 0
    assert "taken" not in page.title()


def test_what_a_script_would_ask_for_is_refused(browser: Browser, file: Path) -> None:
    with opened(browser, file) as window:
        window.page.evaluate(
            """() => new Promise((done) => {
              document.addEventListener("securitypolicyviolation", done, { once: true });
              document.body.insertAdjacentHTML("beforeend", "<img src='https://example.invalid/x.png'>");
            })"""
        )
        assert any("Content Security Policy" in one for one in window.complaints)


def test_print_shows_what_was_folded_and_no_controls(browser: Browser, file: Path) -> None:
    with opened(browser, file, "#case/http/known") as window:
        window.settle()
        folded = window.page.locator("#view-case details:not([open])")
        before = folded.count()
        window.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        window.page.emulate_media(media="print")
        assert folded.count() == 0
        assert not window.page.locator(".top nav").is_visible()
        assert not window.page.locator("[data-copy]").is_visible()
        assert len(window.page.pdf()) > 10_000
        window.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert folded.count() == before


def test_a_hundred_thousand_events_open(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    with path.open("w", encoding="utf-8") as out:
        write(judged(large(200, 50)), out)
    with opened(browser, path) as window:
        page = window.go("#cases")
        assert len(listed(page)) == 200
        window.go("#case/area_7/case_199")
        assert page.locator(".life tbody tr").count() == 50
        assert window.complaints == []


def test_without_scripts_the_overview_can_be_read(browser: Browser, file: Path) -> None:
    with opened(browser, file, java_script_enabled=False) as window:
        assert window.page.get_by_role("heading", name="Not good enough").is_visible()
        assert window.page.locator("#view-overview .causes li").count() > 2
