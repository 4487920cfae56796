"""The officer's phone."""

from playwright.sync_api import Page, expect

STEPS = ("Terima", "Berangkat", "Tiba", "Selesai")


def swipe(page: Page, label: str) -> None:
    """Pull the knob of the large button to the right, as a thumb does."""
    button = page.get_by_role("button", name=label, exact=True)
    expect(button).to_be_enabled()
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 30, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=5)
    page.mouse.move(box["x"] + box["width"] - 8, middle, steps=5)
    page.mouse.up()


def work_through(page: Page, *steps: str) -> None:
    """Swipe the steps one after another; each next button shows that the step was taken."""
    for step in steps:
        swipe(page, step)
