"""What axe and the browser's console said of every page of the demonstration."""

from django.template.loader import render_to_string

from apps.core.headers import PERMISSIONS_POLICY


def test_the_band_of_the_demonstration_is_a_landmark_with_a_name():
    page = render_to_string("base.html", {"demo": True})
    assert '<section class="demo-band" aria-label="Demonstration">' in page


def test_no_browser_warns_of_a_feature_that_it_does_not_know():
    assert "bluetooth" not in PERMISSIONS_POLICY
