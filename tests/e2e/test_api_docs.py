"""The try-out page: made from the description, usable, and without a script that the policy would stop."""


def test_a_call_is_tried_out(stack, new_page, assert_accessible):
    page = new_page()
    page.goto(f"{stack.url}/api/docs")
    page.wait_for_selector("main[aria-busy=false]")
    call = page.locator("details", has_text="List and search polls")
    call.locator("summary").click()
    call.get_by_label("limit").fill("1")
    call.get_by_role("button").click()
    answer = call.locator("pre")
    answer.get_by_text("200").wait_for()
    assert '"items"' in answer.inner_text()
    call.get_by_label("limit").fill("none")
    call.get_by_role("button").click()
    answer.get_by_text("422").wait_for()
    assert_accessible(page)
